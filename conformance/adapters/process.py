"""A process that is spoken to by lines: started, asked, noticed when it dies or stays silent."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["LineProcess", "WorkerAbsent", "WorkerCrashed", "WorkerSilent"]

_LAST_WORDS = 6
_KEPT_LINES = 1000


class WorkerAbsent(RuntimeError):
    """The candidate cannot be started: it is not installed, or not itself."""


class WorkerCrashed(RuntimeError):
    """The process ended while an answer was due, or broke the protocol."""


class WorkerSilent(RuntimeError):
    """No answer came within the time limit; the process was killed."""


class LineProcess:
    """A running process whose stdout is read line by line and whose stderr is kept.

    Parameters
    ----------
    command
        Program and arguments.
    cwd
        Folder in which it runs; the current one by default.
    env
        Its whole environment; that of this process by default.
    alone
        Give it a process group of its own, so that what it starts ends with it.

    Raises
    ------
    WorkerAbsent
        The program cannot be started at all.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        alone: bool = False,
    ) -> None:
        # Kept open for the life of the process and closed in close().
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._group = alone and os.name == "posix"
        try:
            self._process = subprocess.Popen(  # noqa: S603
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=cwd,
                env=None if env is None else dict(env),
                encoding="utf-8",
                errors="backslashreplace",
                start_new_session=self._group,
            )
        except OSError as error:
            self._errors.close()
            raise WorkerAbsent(
                f"cannot start {command[0]!r}: {error.strerror or error}"
                + ("" if cwd is None else f", in {cwd}")
            ) from error
        # Bounded, so that a program that never stops printing does not fill the memory.
        self._lines: queue.Queue[str | None] = queue.Queue(_KEPT_LINES)
        self._closed = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def send(self, line: str) -> None:
        """Write one line.

        Raises
        ------
        WorkerCrashed
            The process reads no more.
        """
        try:
            self._stdin.write(line + "\n")
            self._stdin.flush()
        except OSError:
            raise self.crashed() from None

    def receive(self, seconds: float) -> str:
        """Wait for one line.

        Raises
        ------
        WorkerSilent
            Nothing came within `seconds`; the process is killed.
        WorkerCrashed
            The process has ended; the message has its exit code and last words.
        """
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            self.kill()
            told = [f"no answer within {seconds:g} s", *self.last_words()]
            raise WorkerSilent(" | ".join(told)) from None
        if line is None:
            raise self.crashed()
        return line

    def unasked(self) -> str | None:
        """Take a line that came while nothing was asked; None where there is none."""
        try:
            return self._lines.get_nowait()
        except queue.Empty:
            return None

    def last_words(self) -> list[str]:
        """Give the last lines that the process wrote to stderr."""
        self._errors.seek(0)
        return self._errors.read().strip().splitlines()[-_LAST_WORDS:]

    def crashed(self) -> WorkerCrashed:
        """Wait for the end of a process that has ended, and say how it did."""
        try:
            code = self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            self.kill()
            told = "the process closed its output and went on; it was killed"
            return WorkerCrashed(" | ".join([told, *self.last_words()]))
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return WorkerCrashed(" | ".join([f"the process ended with {how}", *self.last_words()]))

    def kill(self) -> None:
        """End the process at once, and what it has started where it has a group of its own."""
        if self._group:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the process, kindly first: its input ends."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            self.kill()
        self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._lines.get_nowait()
        self._reader.join(timeout=2.0)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()
        self._errors.close()

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is not None:
            with contextlib.suppress(ValueError, OSError):
                for line in stream:
                    self._put(line)
                    if self._closed:
                        return
        self._put(None)

    def _put(self, line: str | None) -> None:
        while not self._closed:
            try:
                self._lines.put(line, timeout=0.2)
            except queue.Full:
                continue
            return
