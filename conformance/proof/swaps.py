"""The process that swaps parts: reads a question, runs it with each part of either side, answers.

`python -m fillproof.conformance.proof.swaps` reads one JSON object and writes one.  No guard
against twins stands here; what was loaded from where is part of the answer.
"""

from __future__ import annotations

import filecmp
import os
import sys
from pathlib import Path
from typing import Any

from ..client import BackendSpec
from ..compare import first_difference
from ..difference import Difference
from ..outcome import Outcome
from ..wire import dumps, loads
from .engines import CannotLoad, Engines, source_folder
from .mixing import PAIR, PARTS, Mixed
from .playing import player

__all__ = ["main", "swap"]

_MOST_FILES = 25


def main() -> int:
    """Answer one question."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a strategy prints must not be taken for the answer.
    os.dup2(2, 1)
    request = loads(sys.stdin.readline())
    answers.write(dumps(swap(request)) + "\n")
    answers.flush()
    return 0


def swap(request: dict[str, Any]) -> dict[str, Any]:
    """Run a question with each part swapped.

    Parameters
    ----------
    request
        `left`, `right`: texts of backends; `case`, `run` or `job` (with `until`).

    Returns
    -------
    dict
        `whole` and `kind` (the first difference of the two sides, the kind of its event), `rows`
        (`swapped`, `same`, `first`, `back`: the same in the candidate's run, None where it was not
        tried), `unused`, `impossible` (part to reason), `base`, `modules`; or `cannot`.
    """
    try:
        with Engines() as engines:
            return _Swapping(engines, request).run()
    except CannotLoad as error:
        return {"cannot": str(error)}


class _Swapping:
    def __init__(self, engines: Engines, request: dict[str, Any]) -> None:
        self.engines = engines
        self.texts = (request["left"], request["right"])
        self.play, self.specs = player(request)
        self.sides = tuple(
            engines.load(text, f"swap_{name}")
            for text, name in zip(self.texts, ("reference", "candidate"), strict=True)
        )
        plain = [BackendSpec(text).backend == "python" for text in self.texts]
        # The run in which parts are swapped: the reference's, or the plain one where that is none.
        self.base_text = self.texts[0] if plain[0] else "python"
        self.base = engines.load(self.base_text, "swap_base")
        self.back = engines.load(self.texts[1], "swap_back") if plain[1] else None
        self.rows: list[dict[str, Any]] = []
        self.unused: list[str] = []
        self.impossible: dict[str, str] = {}

    def run(self) -> dict[str, Any]:
        whole = self.difference(*self.sides)
        self.alone = self.play(self.base)
        for part in PARTS:
            if part == PAIR and any(not row["same"] for row in self.rows):
                continue
            if part == "indicators" and self.both_plain():
                self.indicators()
            else:
                self.part(part)
        if self.both_plain():
            self.files()
        elif self.native():
            self.fast_way()
        aliases = [name for name in sys.modules if name.startswith("swap_") and "." not in name]
        return {
            "whole": _told(whole),
            "kind": None if whole is None else whole.kind or whole.stage,
            "rows": self.rows,
            "unused": self.unused,
            "impossible": self.impossible,
            "base": self.base_text,
            "modules": {name: self.engines.modules(name) for name in aliases},
        }

    def both_plain(self) -> bool:
        return all(BackendSpec(text).backend == "python" for text in self.texts)

    def native(self) -> bool:
        return any(BackendSpec(text).backend == "rust" for text in self.texts)

    def difference(self, left: Any, right: Any) -> Difference | None:
        return first_difference(self.play(left), self.play(right))

    def part(self, part: str) -> None:
        """Put a part of each side into one and the same run, and compare the two."""
        mixed = [Mixed(self.base, part, side, self.specs) for side in self.sides]
        outcomes = [self.play(engine) for engine in mixed]
        if not any(engine.used for engine in mixed):
            self.unused.append(part)
            return
        broken = _broken(self.alone, outcomes)
        if broken is not None:
            self.impossible[part] = broken
            return
        found = first_difference(outcomes[0], outcomes[1])
        back = None
        if self.back is not None:
            turned = [self.play(Mixed(self.back, part, side, self.specs)) for side in self.sides]
            back = first_difference(turned[0], turned[1]) is None
        self.row(part, found, back)

    def row(self, name: str, found: Difference | None, back: bool | None) -> None:
        self.rows.append(
            {"swapped": name, "same": found is None, "first": _told(found), "back": back}
        )

    def indicators(self) -> None:
        """Take all modules of indicators from the other side, those behind strategies included."""
        changed = {
            name: path for name, path in self.changed().items() if name.startswith("indicators.")
        }
        self.with_files("indicators", "indicators", changed)

    def files(self) -> None:
        """Take each module that differs from the other side alone."""
        changed = self.changed()
        if len(changed) > _MOST_FILES:
            why = f"{len(changed)} differ, more than {_MOST_FILES}"
            self.impossible["single files"] = why
            return
        for name, path in changed.items():
            row = f"module {name.replace('.', '/')}.py"
            self.with_files(row, name.replace(".", "_"), {name: path})

    def with_files(self, row: str, alias: str, files: dict[str, Path]) -> None:
        """Put files of the candidate into the reference, and those of the reference back."""
        if not files:
            self.row(row, None, True)
            return
        try:
            found = self.replaced(0, f"swap_in_{alias}", files)
        except CannotLoad as error:
            self.impossible[row] = str(error)
            return
        folder = source_folder(self.texts[0])
        own = {name: path for name in files if (path := _file_of(folder, name)).is_file()}
        try:
            back = self.replaced(1, f"swap_out_{alias}", own) is None
        except CannotLoad:
            # A file may fit one way only, where a module has become two.
            back = None
        self.row(row, found, back)

    def replaced(self, side: int, alias: str, files: dict[str, Path]) -> Difference | None:
        """Compare a side with itself in which files are replaced.

        Raises
        ------
        CannotLoad
            The files do not fit the others.
        """
        engine = self.engines.load(self.texts[side], alias, files)
        outcome = self.play(engine)
        failure = outcome.get("error")
        if failure is not None and failure["type"] in {"ImportError", "ModuleNotFoundError"}:
            raise CannotLoad(failure["message"])
        return first_difference(self.play(self.sides[side]), outcome)

    def changed(self) -> dict[str, Path]:
        """Map the modules whose files differ to the candidate's files."""
        left, right = (source_folder(text) for text in self.texts)
        found = {}
        for path in sorted(right.rglob("*.py")):
            inner = path.relative_to(right)
            if {"_compiled", "tests"} & set(inner.parts) or inner.name == "__init__.py":
                continue
            twin = left / inner
            if not twin.is_file() or not filecmp.cmp(path, twin, shallow=False):
                found[".".join(inner.with_suffix("").parts)] = path
        return found

    def fast_way(self) -> None:
        """Drive the candidate's own parts by their public methods, as for those of a user."""
        found = {}
        for text, side in zip(self.texts, self.sides, strict=True):
            if BackendSpec(text).backend == "rust":
                found[text] = self.difference(side, _Slow(side))
        differing = [difference for difference in found.values() if difference is not None]
        self.row("shorter way through its own parts", next(iter(differing), None), None)


class _Slow:
    """An engine whose executor is of a derived class, so that the loop takes no shorter way."""

    def __init__(self, base: Any) -> None:
        self.base = base
        self.ExecutionSimulator = type("ExecutionSimulator", (base.ExecutionSimulator,), {})

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)


def _file_of(folder: Path, module: str) -> Path:
    return folder.joinpath(*module.split(".")).with_suffix(".py")


def _broken(alone: Outcome, outcomes: list[Outcome]) -> str | None:
    """Say why a part could not be swapped: both raise where the run by itself does not."""
    failures = [outcome.get("error") for outcome in outcomes]
    if alone.get("error") is not None or not all(failures):
        return None
    failure = failures[0]
    assert failure is not None
    return f"{failure['code'] or failure['type']}: {failure['message']}"


def _told(found: Difference | None) -> str | None:
    if found is None:
        return None
    where = [
        f"{name} {value}"
        for name, value in (("bar", found.bar), ("phase", found.phase), ("kind", found.kind))
        if value is not None
    ]
    rule = found.left_rule or found.right_rule
    return ", ".join(
        [*where, f"{found.field} {found.left!r} against {found.right!r}", *([rule] if rule else [])]
    )


if __name__ == "__main__":
    sys.exit(main())
