"""A progress bar for `on_progress`, drawn at most ten times a second.

The engines report every bar; how often a screen can take it is decided here, by the clock, which
the engines never read.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

#: Seconds between two drawings.
INTERVAL = 0.1


class RichProgress:
    """A context manager that is also the callback.

    Parameters
    ----------
    label : str
        Shown before the bar.
    console : rich.console.Console, optional
        Standard error by default, so that standard output holds nothing but the results.
    interval : float
        Seconds between two drawings.

    Examples
    --------
    >>> with RichProgress("test", Console(file=__import__("io").StringIO())) as progress:
    ...     for bar in range(1, 4):
    ...         progress(bar, 3)
    >>> progress.drawn
    2
    """

    def __init__(
        self, label: str, console: Console | None = None, interval: float = INTERVAL
    ) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("bars"),
            TimeElapsedColumn(),
            console=console or Console(stderr=True),
            transient=True,
            # No thread of its own: between two bars the interpreter belongs to the strategy.
            auto_refresh=False,
        )
        self._label = label
        self._task: Any = None
        self._next = 0.0
        self._interval = interval
        #: How often the bar was drawn.
        self.drawn = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._progress.stop()

    def __call__(self, current: int, total: int) -> None:
        """Take the count of bars done and of all, and draw if it is time."""
        now = time.monotonic()
        if now < self._next and current != total:
            return
        self._next = now + self._interval
        if self._task is None:
            # Only now: a bar that was started leaves an empty line even where nothing was drawn.
            self._progress.start()
            self._task = self._progress.add_task(self._label, total=total)
        self._progress.update(self._task, completed=current, total=total)
        self._progress.refresh()
        self.drawn += 1
