"""All candles that a strategy is shown: the bars of the run, built timeframes, given ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fillproof import intake, look_ahead
from fillproof.errors import ConfigError
from fillproof.timeframes import align, resample, times_of

if TYPE_CHECKING:
    from fillproof.types import MultiCandleData


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
    for higher in wanted:
        if higher not in data:
            built = resample(*bars, timeframe, higher)
            data |= align(bars[0], timeframe, {higher: built}, backend=name)
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
