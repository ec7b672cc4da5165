"""Mutants of the interpreted reference: each a copy of the package with one changed module."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..client import BackendSpec, Client, WorkerAbsent, WorkerCrashed, WorkerSilent
from ..compare import first_difference
from ..expectation import check
from ..outcome import Outcome
from ..suite import Case, load_suite
from .mutants import Mutant
from .mutator import mutants_of
from .outcomes import Verdict
from .reach import Reach, find_reach
from .tree import MutationError, digest_of, listed, refresh

__all__ = ["EXCLUDED", "FACE_TESTS", "PythonEngine"]

_WHOLE_SECONDS = 120.0
_TEST_SECONDS = 600.0

FACE_TESTS = (
    "tests/test_docstrings.py",
    *(
        f"conformance/tests/test_{name}.py"
        for name in (
            "series_view", "multi_slice", "manager_foreign", "indicators", "wrapper", "face",
            "manager", "order", "loop_order",
        )
    ),
    *(
        f"tests/boundary/test_{name}.py"
        for name in (
            "rubbish", "exceptions", "phases", "built_in", "pair_spread", "callbacks",
            "subclasses", "cross_symbols", "multi_slice", "account",
        )
    ),
    "tests/test_signatures.py",
)  # fmt: skip
"""Tests of what no golden case can ask for: objects and calls of the Python face."""

EXCLUDED = {
    "pyengine/_compiled/": "what compiles the same sources; its own backend",
    "pyengine/error_table.py": "generated from golden/errors.toml; a lint compares",
    "pyengine/rule_ids.py": "generated from golden/rules.toml; a lint compares",
}
"""Sources of which no mutant is made, each with the reason."""


class PythonEngine:
    """The sources of the reference under change.

    Parameters
    ----------
    root
        A checkout of the project.
    folder
        Where the copies are made.
    seconds
        Time limit of one case.
    """

    name = "python"
    stages = ("golden", "verify", "tests")
    sources = ("pyengine",)
    evidence = ("golden", "conformance")

    def __init__(self, root: Path, folder: Path, seconds: float = 10.0) -> None:
        self._root = root
        self._folder = folder
        self._seconds = seconds
        self.tree = folder / "tree"
        refresh(root, ("pyengine", "golden"), self.tree)
        self._files = [
            name
            for name in listed(root, self.sources)
            if name.endswith(".py") and not name.startswith(tuple(EXCLUDED))
        ]
        suite = load_suite(self.tree / "golden")
        self._cases = {case.id: case for case in suite.cases}
        self._sound: dict[str, Outcome] = {}
        self._reference: Client | None = None
        self._reach: Reach | None = None
        self._kept = folder / f"reach-{digest_of(root, self.sources)}.jsonl"

    def mutants(self) -> list[Mutant]:
        """Make all mutants of all modules."""
        return [m for name in self._files for m in mutants_of(self._text(name), name)]

    def prepare(self, stages: Sequence[str]) -> None:
        """Play all cases on the sources as they are, and find out what each runs.

        Raises
        ------
        MutationError
            A case fails: nothing can be told by it.
        """
        label = f"python@{self.tree}"
        with Client(BackendSpec(label)) as client:
            for case in self._cases.values():
                wrong = self._differs(client, case, ("golden",))
                if wrong:
                    raise MutationError(f"without any change {case.id} fails: {wrong}")
        if "tests" in stages and self._tested(self.tree) != ("survived", ""):
            raise MutationError("without any change tests of the Python face fail")
        self._reach = find_reach(self.tree / "golden", self.tree, self._kept)
        self._reference = Client(BackendSpec(label))

    def play(self, mutant: Mutant, stages: Sequence[str]) -> Verdict:
        """Play a mutant over the cases that run what was changed, until one fails."""
        started = time.perf_counter()
        copy = self._folder / "mutant"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.tree / "pyengine", copy / "pyengine")
        (copy / mutant.file).write_bytes(mutant.plant(self._text(mutant.file)).encode())
        verdict, stage, by = self._played(BackendSpec(f"python@{copy}"), mutant, stages)
        if verdict == "survived" and "tests" in stages:
            verdict, by = self._tested(copy)
            stage = "tests"
        return Verdict(mutant.name, verdict, stage, by, time.perf_counter() - started)

    def line(self, mutant: Mutant) -> str:
        """Return the line of the source that a mutant changes."""
        return self._text(mutant.file).split("\n")[mutant.line - 1]

    def close(self) -> None:
        """End the sound engine."""
        if self._reference is not None:
            self._reference.close()

    def _text(self, name: str) -> str:
        return (self.tree / name).read_bytes().decode()

    def _played(
        self, spec: BackendSpec, mutant: Mutant, stages: Sequence[str]
    ) -> tuple[str, str, str]:
        case: Case | None = None
        only_verify = ""
        try:
            with Client(spec) as client:
                for case in self._order(mutant):
                    found = self._differs(client, case, stages if not only_verify else ("golden",))
                    if found == "golden":
                        return "killed", "golden", case.id
                    # It may still be caught by what a later case expects.
                    only_verify = only_verify or (case.id if found else "")
        except WorkerAbsent:
            return "killed", "golden", "the engine cannot be loaded"
        except WorkerCrashed:
            return "killed", "golden", f"{case and case.id}: the process ended"
        except WorkerSilent:
            return "timeout", "golden", case.id if case else ""
        if only_verify:
            return "killed", "verify", only_verify
        return "survived", stages[-1], ""

    def _tested(self, package: Path) -> tuple[str, str]:
        """Run the tests of the Python face on the interpreted engine of a folder alone."""
        tests = [name for name in FACE_TESTS if (self._root / name).is_file()]
        if not tests:
            return "survived", ""
        command = [
            sys.executable, "-P", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider",
            "-k", "not cython and not rust and not fillproof", *tests,
        ]  # fmt: skip
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(package), str(self._root)]),
            "FILLPROOF_BACKEND": "python",
            "FILLPROOF_TEST_BACKENDS": "python",
        }
        try:
            done = subprocess.run(  # noqa: S603
                command, cwd=self._root, env=environment, capture_output=True, text=True,
                check=False, timeout=_TEST_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "timeout", ""
        if done.returncode == 0:
            return "survived", ""
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
        return "killed", failed[1] if failed else f"pytest ends with {done.returncode}"

    def _order(self, mutant: Mutant) -> Iterator[Case]:
        assert self._reach is not None, "prepare() comes first"
        for name in self._reach.killers(mutant.file, *mutant.reached):
            yield self._cases[name]

    def _differs(self, client: Client, case: Case, stages: Sequence[str]) -> str:
        """Play a case; the stage that finds something, empty where nothing does."""
        outcome = self._ask(client, case)
        if outcome is None:
            return ""
        if check({**case.data, "id": case.id, "kind": case.kind}, outcome) is not None:
            return "golden"
        if "verify" in stages:
            sound = self._sound_outcome(case)
            if sound is not None and first_difference(sound, outcome) is not None:
                return "verify"
        return ""

    def _sound_outcome(self, case: Case) -> Outcome | None:
        if case.id not in self._sound and self._reference is not None:
            outcome = self._ask(self._reference, case)
            if outcome is not None:
                self._sound[case.id] = outcome
        return self._sound.get(case.id)

    def _ask(self, client: Client, case: Case) -> Outcome | None:
        if case.kind == "whole":
            request: dict[str, Any] = {"do": "whole", "run": case.data}
            answer = client.ask(request, _WHOLE_SECONDS)
        else:
            request = {"do": "case", "case": case.data, "states": True}
            answer = client.ask(request, self._seconds)
        return answer.get("outcome")
