"""Names what is held against the reference, and starts it.

python | cython | rust | NAME@FOLDER    a backend of ours, in a worker process
callable:module:function                a function of Python, in a process of its own
adapter:FILE.toml                       a program in any language that reads and writes lines
logs:FILE.toml                          a list of trades from another platform
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .adapters.adapter_file import ForeignSpec, read_adapter
from .adapters.foreign import ForeignClient
from .client import BackendSpec, Candidate, Client, Spec
from .isolation import BACKENDS

__all__ = ["FORMS", "connect", "known_gaps_of", "reference_of", "spec_of"]

FORMS = (
    f"{', '.join(BACKENDS)}, NAME@FOLDER, callable:module:function, adapter:FILE.toml "
    "or logs:FILE.toml"
)
"""The forms that a text may have, for messages."""


def spec_of(text: str, folder: Path | None = None) -> Spec:
    """Read the text that names a candidate; nothing is started.

    Parameters
    ----------
    text
        By the grammar above.
    folder
        Where files and modules are looked for; the current one by default.

    Raises
    ------
    ValueError
        The text is of no form, or its file is wrong.
    OSError
        Its file cannot be read.

    Examples
    --------
    >>> spec_of("rust").backend, spec_of("callable:mine:play").backend
    ('rust', 'callable')
    >>> spec_of("java")
    Traceback (most recent call last):
    ValueError: candidate 'java' is none; expected python, cython, rust, NAME@FOLDER, \
callable:module:function, adapter:FILE.toml or logs:FILE.toml
    """
    kind, colon, rest = text.partition(":")
    if colon and kind in _KINDS:
        return _KINDS[kind](text, rest, folder or Path())
    if text.partition("@")[0] not in BACKENDS:
        raise ValueError(f"candidate {text!r} is none; expected {FORMS}")
    return BackendSpec(text)


def reference_of(text: str) -> BackendSpec:
    """Read the text that names a reference: a backend, since nothing else gives everything.

    Raises
    ------
    ValueError
        It is something else.

    Examples
    --------
    >>> reference_of("callable:mine:play")
    Traceback (most recent call last):
    ValueError: reference 'callable:mine:play' does not give everything; expected python, cython, \
rust or NAME@FOLDER
    """
    spec = spec_of(text)
    if not isinstance(spec, BackendSpec):
        raise ValueError(  # noqa: TRY004
            f"reference {text!r} does not give everything; expected {', '.join(BACKENDS)} "
            "or NAME@FOLDER"
        )
    return spec


def connect(candidate: str | Spec, *, folder: Path | None = None) -> Candidate:
    """Start a candidate.

    Parameters
    ----------
    candidate
        Its text, or what `spec_of` made of it.
    folder
        As for `spec_of`.

    Raises
    ------
    ValueError, OSError
        As `spec_of` raises them.
    WorkerAbsent
        It cannot be started, or is not what it should be.

    Examples
    --------
    >>> with connect("python") as client:
    ...     client.hello["backend"]
    'python'
    """
    spec = spec_of(candidate, folder) if isinstance(candidate, str) else candidate
    if isinstance(spec, BackendSpec):
        return Client(spec)
    if isinstance(spec, ForeignSpec):
        return ForeignClient(spec)
    started: Candidate = _trade_logs().connect_spec(spec)
    return started


def known_gaps_of(candidate: str | Spec, folder: Path | None = None) -> Path | None:
    """Find the list of known gaps that an adapter file names; None where there is none."""
    spec = spec_of(candidate, folder) if isinstance(candidate, str) else candidate
    found: Path | None = getattr(spec, "known_gaps", None)
    return found


def _callable(text: str, rest: str, folder: Path) -> ForeignSpec:
    module, _, name = rest.rpartition(":")
    if not module or not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(
            f"candidate {text!r} names no function; expected callable:module:function "
            "or callable:path/to/file.py:function"
        )
    if module.endswith(".py"):
        if not (folder / module).is_file():
            raise ValueError(f"candidate {text!r}: there is no file {folder / module}")
    elif not all(part.isidentifier() for part in module.split(".")):
        raise ValueError(f"candidate {text!r}: {module!r} is no name of a module")
    command = (sys.executable, "-P", "-m", "fillproof.conformance.adapters.host", rest)
    return ForeignSpec(
        label=text,
        backend="callable",
        command=(*command, "--folder", str(folder.resolve())),
    )


def _adapter(text: str, rest: str, folder: Path) -> ForeignSpec:
    if not rest:
        raise ValueError(f"candidate {text!r} names no file; expected adapter:FILE.toml")
    return read_adapter(folder / rest, text)


def _logs(text: str, rest: str, folder: Path) -> Spec:
    if not rest:
        raise ValueError(f"candidate {text!r} names no file; expected logs:FILE.toml")
    spec: Spec = _trade_logs().read_spec(folder / rest, text)
    return spec


def _trade_logs() -> Any:
    try:
        return importlib.import_module(f"{__package__}.trade_logs.candidate")
    except ModuleNotFoundError as error:
        raise ValueError(f"logs: is not installed here: {error}") from error


_KINDS: dict[str, Callable[[str, str, Path], Spec]] = {
    "callable": _callable,
    "adapter": _adapter,
    "logs": _logs,
}
