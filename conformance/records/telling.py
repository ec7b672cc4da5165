"""What the commands about records say on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from fillproof.errors import FillproofError

from ..client import WorkerAbsent, WorkerCrashed, WorkerSilent
from .record import Record

__all__ = ["fails_with_a_line", "told_record"]

_USER_ERRORS = (OSError, ValueError, FillproofError, WorkerAbsent, WorkerCrashed, WorkerSilent)


@contextmanager
def fails_with_a_line() -> Iterator[None]:
    """Turn what a user can put right into one line and exit code 3."""
    try:
        yield
    except _USER_ERRORS as error:
        told = str(error)
        if isinstance(error, OSError) and error.filename is not None:
            told = f"{error.filename}: {error.strerror}"
        sys.stderr.write(f"error: {' '.join(told.split())}\n")
        raise typer.Exit(3) from error


def told_record(record: Record) -> str:
    """Say in a few lines what a record holds and who made it."""
    pin = record.pin
    maker, outputs = pin["made_by"], pin["outputs"]
    modules = pin["question"]["strategy"]["modules"]
    sources = ", ".join(row["file"] for row in modules) or "built in"
    counts = (
        f"{outputs['rows']['trades']} trades, {outputs['signals_given']} signals, "
        f"{outputs['events']} events"
    )
    size = sum(path.stat().st_size for path in record.folder.iterdir())
    return "\n".join(
        [
            f"{maker['role']} record by {maker['backend']}, rules {pin['rules']['version']}",
            f"strategy  {pin['question']['strategy']['name']}: {sources}",
            f"data      {pin['question']['data']['bars']} bars",
            f"results   {counts}",
            f"digest    {outputs['digest']}",
            f"chain     {outputs['chain']}",
            f"written to {record.folder} ({size / 1e6:.1f} MB)",
        ]
    )
