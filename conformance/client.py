"""The other end of a worker: starts it, asks it, and notices when it dies or stays silent."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Self

from .isolation import engine_module
from .wire import PROTOCOL, dumps, loads

__all__ = ["BackendSpec", "Client", "WorkerAbsent", "WorkerCrashed", "WorkerSilent"]

_START_SECONDS = 60.0


class WorkerAbsent(RuntimeError):
    """The backend cannot be loaded: it is not installed, or not itself."""


class WorkerCrashed(RuntimeError):
    """The process ended while an answer was due."""


class WorkerSilent(RuntimeError):
    """No answer came within the time limit; the process was killed."""


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
    """A running worker.

    Parameters
    ----------
    spec
        The backend and where it lies.
    command
        Another program that speaks the same lines, for implementations that are not Python's.

    Raises
    ------
    WorkerAbsent
        The process ended, said nothing or another protocol, or its proof names a fault.
    """

    def __init__(self, spec: BackendSpec, command: list[str] | None = None) -> None:
        self.spec = spec
        # Kept open for the life of the process and closed in close().
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(  # noqa: S603
            command or _worker_command(spec),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(spec),
            encoding="utf-8",
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
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
        try:
            self._stdin.write(dumps(request) + "\n")
            self._stdin.flush()
        except OSError:
            raise self._crashed() from None
        return self._receive(seconds)

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def close(self) -> None:
        """End the process, kindly first."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=2.0)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is not None:
            with contextlib.suppress(ValueError):
                for line in stream:
                    self._lines.put(line)
        self._lines.put(None)

    def _receive(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            self._process.kill()
            self._process.wait()
            raise WorkerSilent(f"no answer within {seconds:g} s") from None
        if line is None:
            raise self._crashed()
        try:
            return loads(line)
        except ValueError as error:
            self._process.kill()
            raise WorkerCrashed(f"the answer is no JSON line: {error}") from error

    def _crashed(self) -> WorkerCrashed:
        code = self._process.wait()
        self._errors.seek(0)
        last = self._errors.read().strip().splitlines()[-6:]
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return WorkerCrashed(" | ".join([f"the process ended with {how}", *last]))


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
