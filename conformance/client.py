"""The other end of a worker: starts it, asks it, and notices when it dies or stays silent."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Protocol, Self

from .adapters.process import LineProcess, WorkerAbsent, WorkerCrashed, WorkerSilent
from .isolation import engine_module
from .wire import PROTOCOL, dumps, loads

__all__ = [
    "BackendSpec", "Candidate", "Client", "Spec", "WorkerAbsent", "WorkerCrashed", "WorkerSilent",
]  # fmt: skip

_START_SECONDS = 60.0


class Spec(Protocol):
    """What names a candidate before it runs."""

    @property
    def label(self) -> str:
        """The text by which it was asked for."""

    @property
    def backend(self) -> str:
        """Its kind: a backend's name, or callable, adapter, logs."""


class Candidate(Protocol):
    """Anything that can be held against the reference."""

    @property
    def spec(self) -> Spec:
        """Who it is."""

    @property
    def hello(self) -> dict[str, Any]:
        """What it said of itself."""

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send one request and wait for its answer."""

    def close(self) -> None:
        """End it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class BackendSpec:
    """Which backend, and from which folder: `rust` or `python@/path/to/another/build`.

    Parameters
    ----------
    text
        Name of a backend; after an `@`, a folder that its process looks into first for modules.

    Examples
    --------
    >>> spec = BackendSpec("python@patched")
    >>> spec.backend, spec.folder.name
    ('python', 'patched')
    """

    def __init__(self, text: str) -> None:
        self.label = text
        self.backend, _, folder = text.partition("@")
        engine_module(self.backend)
        self.folder = Path(folder).resolve() if folder else None

    def __repr__(self) -> str:
        return f"BackendSpec({self.label!r})"


class Client:
    """A running worker of one of our backends.

    Parameters
    ----------
    spec
        The backend and where it lies.
    command
        Another program that speaks the same lines.

    Raises
    ------
    WorkerAbsent
        The process ended, said nothing or another protocol, or its proof names a fault.
    """

    def __init__(self, spec: BackendSpec, command: list[str] | None = None) -> None:
        self.spec = spec
        self._process = LineProcess(command or _worker_command(spec), env=_environment(spec))
        try:
            self.hello = self._receive(_START_SECONDS)
        except (WorkerCrashed, WorkerSilent) as error:
            self.close()
            raise WorkerAbsent(f"{spec.label}: {error}") from error
        wrong = list(self.hello.get("faults", []))
        if self.hello.get("protocol") != PROTOCOL:
            wrong.append(f"protocol {self.hello.get('protocol')!r}, expected {PROTOCOL}")
        if wrong:
            self.close()
            raise WorkerAbsent(f"{spec.label}: {'; '.join(wrong)}")

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send one request and wait for its answer.

        Raises
        ------
        WorkerCrashed
            The process has ended; the message has its exit code and last words.
        WorkerSilent
            Nothing came within `seconds`.
        """
        self._process.send(dumps(request))
        return self._receive(seconds)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def close(self) -> None:
        """End the process, kindly first."""
        self._process.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receive(self, seconds: float) -> dict[str, Any]:
        line = self._process.receive(seconds)
        try:
            return loads(line)
        except ValueError as error:
            self._process.kill()
            raise WorkerCrashed(f"the answer is no JSON line: {error}") from error


def _worker_command(spec: BackendSpec) -> list[str]:
    # -P: the current folder must not shadow an installed backend.
    command = [sys.executable, "-P", "-m", "fillproof.conformance.worker"]
    foreign = [] if spec.folder is None else ["--foreign"]
    return [*command, "--backend", spec.backend, *foreign]


def _environment(spec: BackendSpec) -> dict[str, str]:
    environment = dict(os.environ)
    # A backend is chosen by the command line alone.
    environment.pop("FILLPROOF_BACKEND", None)
    if spec.folder is not None:
        rest = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([str(spec.folder), *([rest] if rest else [])])
    return environment
