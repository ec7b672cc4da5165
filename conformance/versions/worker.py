"""A worker of another version, in its own environment, spoken to by the lines of protocol 1."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from ..adapters.process import LineProcess, WorkerAbsent, WorkerCrashed, WorkerSilent
from ..client import BackendSpec, Client
from ..wire import PROTOCOL, dumps, loads
from .building import Built

__all__ = ["Law", "OldWorker", "connect_built", "law_of"]

_START_SECONDS = 60.0
_ASK_LAW = """
import json
from fillproof import golden
version = getattr(golden, "rules_version", lambda: None)()
schema = golden.schema("case.schema.json")
print(json.dumps({"version": version, "rules": golden.rules(), "schema": schema}))
"""


@dataclass(frozen=True)
class Law:
    """What a version says of itself.

    Attributes
    ----------
    version
        Number of its rules; None where they have none yet.
    rules
        By id.
    schema
        Of its cases.
    """

    version: int | None = None
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    schema: dict[str, Any] = field(default_factory=dict)


class OldWorker:
    """A running worker of a version that was built.

    Parameters
    ----------
    built
        What `building.build` gave.

    Raises
    ------
    WorkerAbsent
        It does not start, is not what it should be, or speaks another protocol.
    """

    def __init__(self, built: Built) -> None:
        version = built.version
        self.spec: Any = SimpleNamespace(
            label=version.label, backend=version.backend, folder=built.folder
        )
        # A folder of its own, so that nothing of the current one is imported.
        self._cwd = tempfile.TemporaryDirectory()
        module = "fillproof.conformance.worker"
        command = [str(built.python), "-P", "-m", module, "--backend", version.backend]
        try:
            self._process = LineProcess(command, cwd=Path(self._cwd.name), env=_environment(built))
        except WorkerAbsent:
            self._cwd.cleanup()
            raise
        try:
            self.hello = loads(self._process.receive(_START_SECONDS))
        except (WorkerCrashed, WorkerSilent, ValueError) as error:
            self.close()
            raise WorkerAbsent(f"{version.label}: {error}") from error
        wrong = list(self.hello.get("faults", []))
        if self.hello.get("protocol") != PROTOCOL:
            wrong.append(f"protocol {self.hello.get('protocol')!r}, expected {PROTOCOL}")
        if wrong:
            self.close()
            raise WorkerAbsent(f"{version.label}: {'; '.join(wrong)}")
        # Older releases do not say so, but this is what they are asked.
        self.hello.setdefault("can", ["case"])

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send one request and wait for its answer.

        Raises
        ------
        WorkerCrashed, WorkerSilent
            As `client.Client.ask`.
        """
        self._process.send(dumps(request))
        line = self._process.receive(seconds)
        try:
            return loads(line)
        except ValueError as error:
            self._process.kill()
            raise WorkerCrashed(f"the answer is no JSON line: {error}") from error

    def close(self) -> None:
        """End the process."""
        self._process.close()
        self._cwd.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect_built(built: Built) -> Any:
    """Start a worker of a version; a folder that holds only an engine runs under this harness."""
    if built.folder is not None and not (built.folder / "fillproof" / "__init__.py").is_file():
        return Client(BackendSpec(f"{built.version.backend}@{built.folder}"))
    return OldWorker(built)


def law_of(built: Built) -> Law:
    """Read the registry of rules of a version, and what its cases may hold."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603
            [str(built.python), "-P", "-c", _ASK_LAW],
            cwd=folder,
            env=_environment(built),
            capture_output=True,
            text=True,
            check=False,
            timeout=_START_SECONDS,
        )
    if done.returncode != 0:
        return Law()
    told = json.loads(done.stdout)
    return Law(told["version"], {rule["id"]: rule for rule in told["rules"]}, told["schema"])


def _environment(built: Built) -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "FILLPROOF_BACKEND", "VIRTUAL_ENV"}
    }
    if built.folder is not None:
        environment["PYTHONPATH"] = str(built.folder)
    return environment
