"""All candles that a strategy is shown: the bars of the run, built timeframes, given ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from fillproof import intake, look_ahead
from fillproof.errors import ConfigError
from fillproof.timeframes import align, resample, times_of

if TYPE_CHECKING:
    from fillproof.types import MultiCandleData


class Built:
    """Higher timeframes of the same bars, each built once for all runs that share them.

    Parameters
    ----------
    most : int
        Timeframes that are kept; those that were asked for longest ago go first.
    """

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, ...], tuple[tuple[Any, Any], Mapping[str, Any]]]
        self._kept = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was built, which another process builds for itself."""
        return {"_most": self._most, "_kept": OrderedDict()}

    def sides(
        self, bars: tuple[Any, Any], timeframe: str, higher: str, backend: str
    ) -> dict[str, Any]:
        """Return bid and ask of a timeframe along the bars, by name.

        Parameters
        ----------
        bars : pair of candles
        timeframe, higher : str
            Theirs, and the one wanted.
        backend : str
            Whose they are.
        """
        key = (backend, timeframe, higher)
        (bid, ask), built = self._kept.pop(key, ((None, None), {}))
        if bid is not bars[0] or ask is not bars[1]:
            built = _build(bars, timeframe, higher, backend)
        self._kept[key] = ((bars[0], bars[1]), built)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return dict(built)


_shared: ContextVar[Built | None] = ContextVar("_shared", default=None)


@contextmanager
def sharing(built: Built) -> Iterator[None]:
    """Let the runs within take timeframes that were built for the same bars before."""
    token = _shared.set(built)
    try:
        yield
    finally:
        _shared.reset(token)


def _build(bars: tuple[Any, Any], timeframe: str, higher: str, backend: str) -> Mapping[str, Any]:
    built = resample(*bars, timeframe, higher)
    return align(bars[0], timeframe, {higher: built}, backend=backend)[higher]


def assemble(
    bars: tuple[Any, Any],
    timeframe: str,
    timeframes: Sequence[str] | None,
    given: MultiCandleData | None,
    backend: tuple[str, Any],
) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    """Put ``multi_candle_data`` for the engine together.

    Parameters
    ----------
    bars : pair of candles
        Bid and ask, as the engine takes them.
    timeframe : str
        Of the bars.
    timeframes : sequence of str, optional
        Higher ones, to be built of the bars.
    given : mapping, optional
        The user's own, used as they are.
    backend : pair
        Its name, its package.

    Returns
    -------
    data : dict
    notes : list of str
        For the result.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: no list of names, or a timeframe that is given, too;
        ``TIMEFRAME_INVALID``.

    Warns
    -----
    LookAheadWarning
        Given candles are seen before they close.
    """
    name, engine = backend
    given = given or {}
    wanted = _wanted(timeframes, given)
    data: dict[str, Mapping[str, Any]] = {timeframe: dict(zip(("bid", "ask"), bars, strict=True))}
    build = _build if (shared := _shared.get()) is None else shared.sides
    for higher in wanted:
        if higher not in data:
            data[higher] = build(bars, timeframe, higher, name)
    if not given:
        return data, []
    own = {
        key: {side: intake.candles(series, engine) for side, series in sides.items()}
        for key, sides in given.items()
    }
    times = times_of(bars[0], "bid")
    return {**data, **own}, look_ahead.report(own, times, timeframe)


def _wanted(timeframes: Sequence[str] | None, given: Mapping[str, Any]) -> list[str]:
    wanted = [] if timeframes is None else timeframes
    if isinstance(wanted, str) or not isinstance(wanted, Sequence):
        raise _refusal(wanted, "a list of names, such as ['H4', 'D1']")
    for name in wanted:
        if name in given:
            raise _refusal(name, "a timeframe that multi_candle_data does not give")
    return list(wanted)


def _refusal(value: object, expected: str) -> ConfigError:
    return ConfigError(
        f"timeframes is {value!r}; expected {expected}",
        code="OPTION_UNKNOWN",
        field="timeframes",
        value=value,
        expected=expected,
    )
