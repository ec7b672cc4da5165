"""Talks to a candidate that is no backend of ours: strictly by the protocol, within its time."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any, Self

from ..wire import dumps
from .adapter_file import ForeignSpec
from .answers import ProtocolError, read_answer, read_message
from .hello import read_hello
from .process import LineProcess, WorkerAbsent, WorkerCrashed, WorkerSilent

__all__ = ["ForeignClient"]

# What a case says of its own answer; a candidate must not see it.
_HIDDEN = ("expect", "sum", "comment")
_SHOWN = 200


class ForeignClient:
    """A running candidate.

    Parameters
    ----------
    spec
        How it is started, and what is known of it.

    Attributes
    ----------
    spec
        As given.
    hello
        What it said of itself, with what the adapter file adds.
    answered
        How many requests it has answered, skips among them.

    Raises
    ------
    WorkerAbsent
        It cannot be started, says nothing in time, or its hello is not by the protocol.
    """

    def __init__(self, spec: ForeignSpec) -> None:
        self.spec = spec
        self.answered = 0
        self._number = 0
        environment = {**os.environ, **spec.env}
        environment.pop("FILLPROOF_BACKEND", None)
        try:
            self._process = LineProcess(spec.command, cwd=spec.cwd, env=environment, alone=True)
        except WorkerAbsent as error:
            raise WorkerAbsent(f"{spec.label}: {error}") from error
        try:
            line = self._process.receive(spec.start_seconds)
            self.hello = read_hello(read_message(line), spec.said)
        except (WorkerCrashed, WorkerSilent, ValueError) as error:
            words = self._process.last_words() if isinstance(error, ValueError) else []
            self._process.close()
            told = " | ".join([str(error), *words])
            raise WorkerAbsent(f"{spec.label}: {told}") from error

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send one request and wait for its answer; what the candidate cannot do is a skip.

        Parameters
        ----------
        request
            As our own workers take it.  What a case expects is not sent.
        seconds
            Time limit, unless the adapter file has its own.

        Returns
        -------
        dict
            `outcome` or `skip`, and `seconds`; for a request of `proof` that.

        Raises
        ------
        WorkerCrashed
            The process has ended, or its line was not by the protocol.
        WorkerSilent
            Nothing came within the limit.
        """
        limit = self.spec.case_seconds or seconds
        if request["do"] == "proof":
            return {"proof": self._proof(limit)}
        reason = self._unable(request)
        if reason is not None:
            return {"skip": reason, "seconds": 0.0}
        started = time.perf_counter()
        message = self._exchange(request, limit)
        spent = time.perf_counter() - started
        try:
            answer = read_answer(message, self._number, self.hello)
        except ProtocolError as error:
            raise self._broken(error) from error
        self.answered += 1
        return {**answer, "seconds": spent}

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

    def _unable(self, request: dict[str, Any]) -> str | None:
        kind = request["do"]
        if kind not in self.hello["can"]:
            return f"takes no request of kind {kind}"
        if "resume" in request:
            return "does not go on from a state"
        arithmetic = request.get("case", {}).get("kind") == "arithmetic"
        if arithmetic and "value" not in self.hello["gives"]:
            return "gives no values of single functions"
        return None

    def _exchange(self, request: dict[str, Any], limit: float) -> dict[str, Any]:
        noise = self._process.unasked()
        if noise is not None:
            raise self._broken(
                f"its output has the line {noise.rstrip()[:_SHOWN]!r}, which nobody asked for; "
                "what is meant for readers goes to stderr"
            )
        self._number += 1
        content = dict(request)
        if "case" in request:
            content["case"] = {
                key: value for key, value in request["case"].items() if key not in _HIDDEN
            }
        self._process.send(dumps({"id": self._number, **content}))
        try:
            return read_message(self._process.receive(limit))
        except ProtocolError as error:
            raise self._broken(error) from error

    def _broken(self, reason: object) -> WorkerCrashed:
        self._process.kill()
        return WorkerCrashed(" | ".join([str(reason), *self._process.last_words()]))

    def _proof(self, limit: float) -> dict[str, Any]:
        """Gather what shows that this program, and no other, has answered."""
        told: dict[str, Any] = {}
        faults = []
        if "proof" in self.hello["can"]:
            answered = self.answered
            told = self._exchange({"do": "proof"}, limit).get("proof", {})
            if told.get("answered", answered) != answered:
                faults.append(
                    f"says it answered {told['answered']} requests; it was heard to answer "
                    f"{answered}"
                )
            faults += map(str, told.get("faults", []))
        if self.answered == 0:
            faults.append("answered no request")
        return {
            "backend": self.spec.backend,
            "modules": {**_files(self.spec.command, self.spec.cwd), **told.get("modules", {})},
            "build": {"name": self.hello["name"], "version": self.hello["version"]},
            "answered": self.answered,
            "faults": faults,
        }


def _files(command: tuple[str, ...], cwd: Path | None) -> dict[str, str]:
    """Name the files that a command mentions, each with a digest."""
    found = {}
    for part in command:
        path = (cwd or Path()) / part
        if path.is_file():
            digest = hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
            found[part] = digest
    return found
