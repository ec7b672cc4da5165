"""Records: a run on disk with everything that another run can be held against.

A record is a folder: what `BacktestResult.save` writes, the signals that the strategy gave
(`given.jsonl`), the chained digest (`chain.bin`), the trace (`trace.parquet`), and `pin.json`,
which says who made it, of what, and the digest of every file.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fillproof.results import BacktestResult
from fillproof.storage import refuse_foreign, swap_in

from ..client import BackendSpec, Client
from ..jobs import Job
from .chain import Chain
from .making import CHAIN, TRACE, rules_in_force
from .pins import REFERENCE, made_by, read_pin, write_pin
from .sources import file_digest
from .trace_file import read_trace

__all__ = ["PIN", "SCHEMA", "Connect", "Record", "RecordError", "ask_record", "changed_files"]
__all__ += ["is_record", "make"]

PIN = "pin.json"
SCHEMA = "fillproof-pin"
Connect = Callable[[str], Any]
"""Starts what a candidate's text names."""


class RecordError(ValueError):
    """A run that cannot be recorded, or a record that cannot be read, with the reason."""


@dataclass(frozen=True)
class Record:
    """A record that was read; files beside the tables are read when asked for.

    Attributes
    ----------
    folder
        Where it lies.
    pin
        Content of `pin.json`.
    """

    folder: Path
    pin: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Record:
        """Read a record's pin.

        Raises
        ------
        ValueError
            It is no record, or its pin was changed.
        """
        if not is_record(folder):
            raise RecordError(f"{folder} is no record: it has no {PIN}; make one: fillproof record")
        return cls(folder, read_pin(folder / PIN, SCHEMA))

    def result(self) -> BacktestResult:
        """Read the tables."""
        return BacktestResult.load(self.folder)

    def chain(self) -> Chain:
        """Read the chained digest."""
        return Chain.read(self.folder / CHAIN)

    def events(self) -> list[dict[str, Any]]:
        """Read the trace."""
        return read_trace(self.folder / TRACE)


def is_record(folder: Path) -> bool:
    """Tell whether a folder has the pin of a record."""
    return (folder / PIN).is_file()


def changed_files(record: Record) -> list[str]:
    """Name every file of a record that is not the one that was written, with what is wrong."""
    listed: dict[str, str] = record.pin["files"]
    present = {path.name for path in record.folder.iterdir() if path.name != PIN}
    found = [f"{name} is missing" for name in sorted(set(listed) - present)]
    found += [f"{name} was added" for name in sorted(present - set(listed))]
    found += [
        f"{name} was changed"
        for name in sorted(present & set(listed))
        if file_digest(record.folder / name) != listed[name]
    ]
    return found


def make(
    job: Job,
    out: Path,
    *,
    backend: str = REFERENCE,
    reference: str = REFERENCE,
    seconds: float = 600.0,
    connect: Connect | None = None,
) -> Record:
    """Run a job on a backend in a process of its own and write its record.

    Parameters
    ----------
    job
        What to run.
    out
        The folder; an older result in its place is replaced, anything else is not.
    backend
        Which one runs.
    reference
        Which one is taken as right; the record says whether its maker was it.
    seconds
        How long the run may take.
    connect
        How the process is started.

    Raises
    ------
    RecordError
        The run failed; nothing was written.
    FileExistsError
        There is something in the folder's place that is not a result.
    WorkerAbsent, WorkerCrashed, WorkerSilent
        As `conformance.client` raises them.
    """
    out = out.absolute()
    refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, since only a move within one file system is all or nothing.
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        made = aside / "record"
        pin = ask_record(job, backend, made, reference=reference, seconds=seconds, connect=connect)
        files = {path.name: file_digest(path) for path in sorted(made.iterdir())}
        write_pin(made / PIN, {**pin, "schema": SCHEMA, "version": 1, "files": files})
        swap_in(made, out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Record.read(out)


def ask_record(
    job: Job,
    backend: str,
    folder: Path | None = None,
    *,
    reference: str = REFERENCE,
    seconds: float = 600.0,
    connect: Connect | None = None,
) -> dict[str, Any]:
    """Run a job in a process of its own; give what a pin says of it, without writing it.

    Returns
    -------
    dict
        `made_by`, `rules` (version and digest of the registry), `question`, `outputs` and
        `exercised` (rule to count).

    Raises
    ------
    RecordError
        The run failed.
    """
    worker = _connect(backend) if connect is None else connect(backend)
    try:
        request = {
            "do": "record",
            "job": job.plain(),
            "folder": None if folder is None else str(folder),
        }
        told = worker.ask(request, seconds)["outcome"]
        if told["error"] is not None:
            failure = told["error"]
            where = "" if failure["bar"] is None else f" at bar {failure['bar']}"
            raise RecordError(
                f"{job.label} fails on {backend}{where}: "
                f"{failure['code'] or failure['type']}: {failure['message']}"
            )
        proof = worker.ask({"do": "proof"}, 60.0)["proof"]
    finally:
        worker.close()
    if proof.get("faults"):
        raise RecordError(f"{backend} is not itself: {'; '.join(proof['faults'])}")
    return {
        "made_by": made_by(backend, proof, reference),
        "rules": rules_in_force(),
        "question": told["question"],
        "outputs": told["outputs"],
        "exercised": told["rules"],
    }


def _connect(backend: str) -> Client:
    return Client(BackendSpec(backend))
