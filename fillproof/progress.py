"""What a run can be shown with while it goes on: progress bars for `on_progress`.

The engines report every bar, or every so many where the callable has an attribute ``every``, with
the bars done and all bars after the warm-up. How often a screen can take it is decided here, by
bars and by the clock, which the engines never read. `rich` and `tqdm` are imported when the first
bar is drawn.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Self, TextIO

from fillproof.errors import ConfigError

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from fillproof.types import ProgressCallback

#: Seconds between two drawings.
INTERVAL = 0.1
#: Looks at the clock between two drawings, about.
_LOOKS = 32
#: Looks at the clock in a run, at least.
_STEPS = 200


def every_bars(callback: ProgressCallback, bars: int) -> ProgressCallback:
    """Pass on every so many bars, and the last one; the engines do not call for the others.

    Parameters
    ----------
    callback : callable
        As for ``on_progress``.
    bars : int
        At least 1.

    Returns
    -------
    callable
        With the attribute ``every``, the number of bars.

    Raises
    ------
    ConfigError
        ``NUMBER_INVALID``

    Examples
    --------
    >>> seen = []
    >>> report = every_bars(lambda current, total: seen.append(current), 100)
    >>> for bar in range(1, 251):
    ...     report(bar, 250)
    >>> seen
    [100, 200, 250]
    """
    every = _whole(bars, "bars")

    def report(current: int, total: int) -> None:
        if current % every == 0 or current == total:
            callback(current, total)

    report.every = every  # type: ignore[attr-defined]
    return report


class ProgressBar:
    """A context manager that is also the callback; `RichProgress` and `TqdmProgress` draw it.

    Attributes
    ----------
    every : int
        So many bars until the next look at the clock: those asked for, and more where bars go by
        fast. The engines read it and do not call for the bars between.
    drawn : int
        How often the bar was drawn.
    """

    def __init__(self, interval: float, every: int) -> None:
        self.every = self._least = _whole(every, "every")
        self.drawn = 0
        self._interval = interval
        self._next = 0.0
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._begin()
        if self.drawn:
            self._stop()

    def __call__(self, current: int, total: int) -> None:
        """Take the count of bars done and of all, and draw if it is time; always the last bar."""
        if current == total:
            self._begin()
        else:
            if current < self._due:
                return
            now = time.monotonic()
            self._wait(current, total, now)
            if now < self._next:
                return
            self._next = now + self._interval
        if not self.drawn:
            # Only now: a bar that was started leaves an empty line even where nothing was drawn.
            self._start(total)
        self.drawn += 1
        self._draw(current, total)

    def _begin(self) -> None:
        """Forget how fast the bars of a run went by."""
        self.every = self._due = self._least
        self._looked: tuple[int, float] | None = None

    def _wait(self, current: int, total: int, now: float) -> None:
        """Decide after how many bars to look at the clock again."""
        if self._looked is not None:
            bars, seconds = current - self._looked[0], now - self._looked[1]
            # At most twice as many as before: one fast bar does not tell of the next thousand.
            wanted = 2 * self.every
            if seconds > 0.0:
                wanted = min(wanted, int(bars * self._interval / (_LOOKS * seconds)))
            self.every = max(self._least, min(wanted, total // _STEPS))
        self._looked = current, now
        self._due = current + self.every

    def _start(self, total: int) -> None:
        raise NotImplementedError

    def _draw(self, current: int, total: int) -> None:
        raise NotImplementedError

    def _stop(self) -> None:
        raise NotImplementedError


class RichProgress(ProgressBar):
    """A bar of rich's, which disappears at the end.

    Parameters
    ----------
    label : str
        Shown before the bar.
    console : rich.console.Console, optional
        Standard error by default, so that standard output holds nothing but the results.
    interval : float
        Seconds between two drawings.
    every : int
        Bars between two looks at the clock, at least.

    Examples
    --------
    >>> import io
    >>> from rich.console import Console
    >>> with RichProgress("test", Console(file=io.StringIO()), interval=60.0) as progress:
    ...     for bar in range(1, 4):
    ...         progress(bar, 3)
    >>> progress.drawn
    2
    """

    def __init__(
        self,
        label: str,
        console: Console | None = None,
        interval: float = INTERVAL,
        every: int = 1,
    ) -> None:
        super().__init__(interval, every)
        self._label = label
        self._console = console
        self._progress: Any = None
        self._task: Any = None

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("bars"),
            Elapsed(),
            console=self._console or Console(stderr=True),
            transient=True,
            # No thread of its own: between two bars the interpreter belongs to the strategy.
            auto_refresh=False,
        )
        self._progress.start()
        self._task = self._progress.add_task(self._label, total=total)

    def _draw(self, current: int, total: int) -> None:
        self._progress.update(self._task, completed=current, total=total)
        self._progress.refresh()

    def _stop(self) -> None:
        self._progress.stop()


class TqdmProgress(ProgressBar):
    """A bar of tqdm's, which is not installed with Fillproof.

    Parameters
    ----------
    label : str
        Shown before the bar.
    file : text stream, optional
        Standard error by default.
    interval : float
        Seconds between two drawings.
    every : int
        Bars between two looks at the clock, at least.
    **options
        Further ones of ``tqdm.tqdm``, such as ``leave=False`` or ``ncols=80``.

    Examples
    --------
    >>> import io
    >>> with TqdmProgress("test", io.StringIO()) as progress:  # doctest: +SKIP
    ...     for bar in range(1, 4):
    ...         progress(bar, 3)
    """

    def __init__(
        self,
        label: str,
        file: TextIO | None = None,
        interval: float = INTERVAL,
        every: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(interval, every)
        self._label = label
        self._file = file
        self._options = options
        self._bar: Any = None

    def _start(self, total: int) -> None:
        from tqdm import tqdm

        # How often is decided here; tqdm is to draw whenever it is told.
        given = {"desc": self._label, "unit": " bars", "mininterval": 0, "miniters": 1}
        given["file"] = self._file or sys.stderr
        self._bar = tqdm(total=total, **{**given, **self._options})

    def _draw(self, current: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(current - self._bar.n)

    def _stop(self) -> None:
        self._bar.close()


def _whole(value: Any, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(
            f"{field} is {value!r}; expected a whole number of at least 1",
            code="NUMBER_INVALID",
            field=field,
            value=value,
            expected="a whole number of at least 1",
        )
    return value
