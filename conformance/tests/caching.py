"""Workers that are asked each question once; what they answered is kept for a module's tests."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any, Self

import pyengine
from fillproof.conformance.candidates import connect
from fillproof.conformance.client import Candidate, Spec
from fillproof.conformance.wire import dumps

__all__ = ["Caching", "doctor_copy"]


def doctor_copy(folder: Path, module: str, old: str, new: str) -> str:
    """Copy the interpreted engine, change one place in one module, name it as a backend."""
    if not folder.exists():
        shutil.copytree(
            Path(pyengine.__file__).parent,
            folder / "pyengine",
            ignore=shutil.ignore_patterns("_compiled", "tests", "__pycache__"),
        )
        path = folder / "pyengine" / module
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {module}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return f"python@{folder}"


class Caching:
    """Starts workers as they are needed and keeps their answers; a `connect` for `verify`."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], dict[str, Any]] = {}
        self.hellos: dict[str, dict[str, Any]] = {}
        self._open: dict[str, Candidate] = {}
        # The reference runs twice, at once, and here both are one worker.
        self.lock = threading.Lock()

    def __call__(self, spec: Spec) -> Candidate:
        with self.lock:
            if spec.label not in self.hellos:
                self.hellos[spec.label] = self.client(spec).hello
        return _Kept(self, spec)

    def client(self, spec: Spec) -> Candidate:
        """Give the running worker of a label."""
        if spec.label not in self._open:
            self._open[spec.label] = connect(spec)
        return self._open[spec.label]

    def close(self) -> None:
        """End all workers."""
        for client in self._open.values():
            client.close()


class _Kept:
    def __init__(self, kept: Caching, spec: Spec) -> None:
        self._kept = kept
        self.spec = spec
        self.hello = kept.hellos[spec.label]

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        key = (self.spec.label, dumps(request))
        with self._kept.lock:
            if key not in self._kept.answers:
                self._kept.answers[key] = self._kept.client(self.spec).ask(request, seconds)
        return self._kept.answers[key]

    def close(self) -> None:
        """Leave the worker running for the next test."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
