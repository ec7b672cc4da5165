"""Mutants of the Rust engine: cargo-mutants names them, cargo builds and tests them.

The list, the places and the replacements are those of `cargo mutants --list --json`. Building and
testing is done here, in one copy of the sources that is changed and changed back, since that keeps
what cargo built, tries the golden cases before all other tests, and can go on where it was stopped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .mutants import Mutant
from .outcomes import Verdict
from .tree import MutationError, refresh, run

__all__ = ["EXCLUDED", "RustEngine", "read_mutant"]

_PACKAGE = "fillproof-engine"
_TREE = ("rsengine", "golden", "Cargo.toml", "Cargo.lock")
_BUILD_SECONDS = 600.0
_TESTS = {"golden": ["--test", "golden"], "tests": ["--lib", "--tests"]}

EXCLUDED = {
    r"fmt::(Debug|Display) for ": "texts for readers; no rule says how they are worded",
}
"""Patterns over the names of mutants that are not made, each with the reason."""


class RustEngine:
    """The sources of the engine crate under change.

    Parameters
    ----------
    root
        A git checkout of the project.
    folder
        Where the copy and what cargo builds of it are kept.
    seconds
        Time limit of one run of the tests.
    """

    name = "rust"
    stages = ("golden", "tests")
    sources = ("rsengine/crates/engine/src",)
    evidence = ("golden", "rsengine/crates/engine/tests")

    def __init__(self, root: Path, folder: Path, seconds: float = 60.0) -> None:
        self.tree = folder / "tree"
        self._target = folder / "target"
        self._seconds = seconds
        refresh(root, _TREE, self.tree)
        if shutil.which("cargo-mutants") is None:
            raise MutationError(
                "cargo-mutants is not installed; expected it on the path: "
                "cargo install cargo-mutants --locked"
            )

    def mutants(self) -> list[Mutant]:
        """List what cargo-mutants would change."""
        command = ["cargo", "mutants", "--list", "--json", "--no-config", "--package", _PACKAGE]
        rows = json.loads(run(command, self.tree))
        texts = {name: self._text(name) for name in {row["file"] for row in rows}}
        found = [read_mutant(row, texts[row["file"]]) for row in rows]
        return [mutant for mutant in found if not any(re.search(x, mutant.name) for x in EXCLUDED)]

    def prepare(self, stages: Sequence[str]) -> None:
        """Build and test without any change.

        Raises
        ------
        MutationError
            The tests fail: nothing can be told by them.
        """
        for stage in stages:
            tests = _TESTS[stage]
            verdict, _ = self._try(tests)
            if verdict != "survived":
                raise MutationError(
                    f"without any change `cargo test {' '.join(tests)}` ends in {verdict}; "
                    "expected all tests to pass"
                )

    def play(self, mutant: Mutant, stages: Sequence[str]) -> Verdict:
        """Build a mutant and try it: over `golden`, and by all `tests` of the crate."""
        started = time.perf_counter()
        path = self.tree / mutant.file
        sound = path.read_bytes().decode()
        verdict, by, stage = "survived", "", ""
        try:
            path.write_bytes(mutant.plant(sound).encode())
            for stage in stages:
                verdict, by = self._try(_TESTS[stage])
                if verdict != "survived":
                    break
        finally:
            path.write_bytes(sound.encode())
        return Verdict(mutant.name, verdict, stage, by, time.perf_counter() - started)

    def close(self) -> None:
        """Keep what was built, for the next time."""

    def line(self, mutant: Mutant) -> str:
        """Return the line of the source that a mutant changes."""
        return self._text(mutant.file).split("\n")[mutant.line - 1]

    def _text(self, name: str) -> str:
        return (self.tree / name).read_bytes().decode()

    def _try(self, tests: list[str]) -> tuple[str, str]:
        """Build and run; a verdict and the test that failed."""
        command = ["cargo", "test", "--quiet", "--locked", "--package", _PACKAGE, *tests]
        environment = self._environment()
        try:
            built = subprocess.run(  # noqa: S603
                [*command, "--no-run"],
                cwd=self.tree,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=_BUILD_SECONDS,
            )
            if built.returncode != 0:
                return "unviable", ""
        except subprocess.TimeoutExpired:
            return "unviable", "the build"
        # A process group of its own, so that a test that does not end can be ended with cargo.
        with subprocess.Popen(  # noqa: S603
            command,
            cwd=self.tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
        ) as process:
            try:
                output, _ = process.communicate(timeout=self._seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                return "timeout", ""
        if process.returncode == 0:
            return "survived", ""
        failed = re.search(
            r"^test (\S+) \.\.\. FAILED|^---- (\S+) stdout|'(\S+)' panicked", output, re.MULTILINE
        )
        return "killed", next(filter(None, failed.groups()), "") if failed else ""

    def _environment(self) -> dict[str, str]:
        flags = os.environ.get("RUSTFLAGS", "")
        if shutil.which("mold"):
            flags = f"{flags} -C link-arg=-fuse-ld=mold".strip()
        return {
            **os.environ,
            "CARGO_TARGET_DIR": str(self._target),
            "CARGO_PROFILE_DEV_DEBUG": "0",
            "CARGO_INCREMENTAL": "1",
            "CARGO_TERM_COLOR": "never",
            "RUSTFLAGS": flags,
            "RUST_BACKTRACE": "0",
        }


def read_mutant(row: dict[str, Any], text: str) -> Mutant:
    """Make a mutant of an entry of cargo-mutants' list; `text` is the source."""
    begin, end = row["span"]["start"], row["span"]["end"]
    return Mutant(
        file=row["file"],
        line=begin["line"],
        column=begin["column"],
        mutation=row["name"].split(": ", 1)[1],
        start=_offset(text, begin),
        end=_offset(text, end),
        text=row["replacement"],
    )


def _offset(text: str, place: dict[str, int]) -> int:
    """Count the characters before a place that is given by line and column, both from 1."""
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: place["line"] - 1]) + place["column"] - 1
