"""Which lines of the interpreted engine each case runs: found out once, kept in a file.

`python -m fillproof.conformance.mutation.reach GOLDEN`, with ids of cases line by line as its
input, prints one JSON object a line: the id of a case and the lines it runs by file. Of a whole run
only the functions are noted, since that is faster; all lines of a function that it calls count as
run.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from ..isolation import engine_module
from ..suite import Case, load_suite

__all__ = ["Reach", "find_reach", "main"]


@dataclass(frozen=True)
class Reach:
    """What the cases run.

    Attributes
    ----------
    cases
        Ids, those that run few lines first: they are about something.
    lines
        Of each case, the lines it runs by file, relative to the engine's folder.
    loaded
        Lines that run when a module is loaded, by file.
    """

    cases: tuple[str, ...]
    lines: dict[str, dict[str, frozenset[int]]]
    loaded: dict[str, frozenset[int]]

    def killers(self, file: str, first: int, last: int) -> list[str]:
        """Return the cases that may notice a change of some lines, likely ones first."""
        span = set(range(first, last + 1))
        own = [case for case in self.cases if not span.isdisjoint(self.lines[case].get(file, ()))]
        if span.isdisjoint(self.loaded.get(file, ())):
            return own
        # What is fixed at the load of a module shows wherever the module is used.
        user = [case for case in self.cases if file in self.lines[case]]
        first_choice = dict.fromkeys([*own, *user])
        return [*first_choice, *(case for case in self.cases if case not in first_choice)]


def find_reach(golden: Path, package: Path, kept: Path) -> Reach:
    """Trace in a process of its own what an earlier run has not traced.

    Parameters
    ----------
    golden
        Folder of the cases.
    package
        Folder that holds `pyengine`.
    kept
        File of what is known of these sources; what is found is added.
    """
    suite = load_suite(golden)
    wanted = {"": "", **{case.id: _digest(case) for case in suite.cases}}
    known = _read(kept)
    left = [name for name, digest in wanted.items() if known.get(name, ("-", {}))[0] != digest]
    if left:
        command = [
            sys.executable, "-P", "-m", "fillproof.conformance.mutation.reach", str(golden),
        ]  # fmt: skip
        paths = [str(package), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        done = subprocess.run(  # noqa: S603
            command, env=environment, input="\n".join(left), stdout=subprocess.PIPE, text=True,
            check=True,
        )  # fmt: skip
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("a", encoding="utf-8") as file:
            file.write(done.stdout)
        known = _read(kept)
    lines = {name: known[name][1] for name in wanted if name in known}
    loaded = lines.pop("")
    size = {case: sum(map(len, found.values())) for case, found in lines.items()}
    return Reach(tuple(sorted(lines, key=lambda case: (size[case], case))), lines, loaded)


def _read(kept: Path) -> dict[str, tuple[str, dict[str, frozenset[int]]]]:
    """Read what is known: by case its digest, and lines by file."""
    if not kept.is_file():
        return {}
    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    return {
        row["case"]: (row["digest"], {f: frozenset(n) for f, n in row["lines"].items()})
        for row in rows
    }


def _digest(case: Case) -> str:
    content = json.dumps(case.data, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def main(arguments: list[str] | None = None) -> int:
    """Trace all cases of a folder of goldens on the engine that is found first."""
    folder = Path((arguments or sys.argv[1:])[0])
    asked = set(sys.stdin.read().split("\n"))
    suite = load_suite(folder)
    tracer = _Tracer()
    # Loaded under the tracer: these lines run once, whatever the case.
    tracer.start()
    engine = _engine()
    tracer.stop()
    # Imported now: they must not load the engine before.
    from ..functions import Unsupported
    from ..play import play
    from ..whole import play_whole

    print(json.dumps({"case": "", "digest": "", "lines": tracer.taken()}))
    for case in suite.cases:
        if case.id not in asked:
            continue
        tracer.start(calls_only=case.kind == "whole")
        try:
            if case.kind == "whole":
                play_whole(engine, case.data)
            else:
                play(engine, case.data, states=True)
        except Unsupported:
            # The engine does not show what is asked for: nothing runs.
            pass
        finally:
            tracer.stop()
        row = {"case": case.id, "digest": _digest(case), "lines": tracer.taken()}
        print(json.dumps(row))
    return 0


def _engine() -> Any:
    engine = importlib.import_module(engine_module("python"))
    for name in engine.__all__:
        getattr(engine, name)
    return engine


class _Tracer:
    """Collects lines of the files below the folder of pyengine."""

    def __init__(self) -> None:
        self._calls_only = False
        self._found: dict[CodeType, set[int]] = {}
        self._all: dict[CodeType, set[int]] = {}
        self._ours: dict[CodeType, str | None] = {}

    def start(self, *, calls_only: bool = False) -> None:
        self._calls_only = calls_only
        sys.settrace(self._call)

    def stop(self) -> None:
        sys.settrace(None)

    def taken(self) -> dict[str, list[int]]:
        """Return the lines since the last time."""
        lines: dict[str, set[int]] = {}
        for code, found in self._found.items():
            file = self._ours[code]
            if file is not None:
                lines.setdefault(file, set()).update(found)
        self._found = {}
        return {file: sorted(found) for file, found in sorted(lines.items())}

    def _call(self, frame: FrameType, _event: str, _: Any) -> Any:
        code = frame.f_code
        if code not in self._ours:
            self._ours[code] = _file_of(code)
        if self._ours[code] is None:
            return None
        if code not in self._all:
            self._all[code] = {line for _, _, line in code.co_lines() if line is not None}
        if self._calls_only:
            self._found[code] = self._all[code]
            return None
        found = self._found.setdefault(code, set())
        found.add(frame.f_lineno)
        return None if len(found) == len(self._all[code]) else self._line

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self._found[frame.f_code].add(frame.f_lineno)
        return self._line


def _file_of(code: CodeType) -> str | None:
    parts = Path(code.co_filename).parts
    if "pyengine" not in parts or "_compiled" in parts:
        return None
    return Path(*parts[len(parts) - parts[::-1].index("pyengine") - 1 :]).as_posix()


if __name__ == "__main__":
    sys.exit(main())
