"""The bars of a lower timeframe that drilldown looks into (rules X3.drilldown, X3.lower_times)."""

from __future__ import annotations

import warnings
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from fillproof.errors import CrossedBarsWarning, FillproofError

from .candle_checks import check_quotes, check_times, crossed_error
from .candles import from_time_us
from .config import ExecutionPolicy
from .errors import make_error
from .quotes import Quote
from .sessions import timeframe_us

DRILLDOWN = "drilldown"
FIELD = "lower_candles"
SIDES = ("bid", "ask")


class LowerCandles:
    """The lower bars of one symbol, found by their times.

    Parameters
    ----------
    symbol : str
    bid, ask : sequence of candles
        Of equal times.
    time_us : list of int
        Those times, ascending.
    step_us : int
        Length of a bar; 0 where there is only one and nobody told.
    """

    def __init__(
        self,
        symbol: str,
        bid: Sequence[Any],
        ask: Sequence[Any],
        time_us: list[int],
        step_us: int,
    ) -> None:
        self._symbol = symbol
        self._bid = bid
        self._ask = ask
        self._time_us = time_us
        self._step_us = step_us

    def within(self, from_us: int, to_us: int) -> list[Quote]:
        """Return the bars from a moment on and before another one (X3.drilldown)."""
        first = bisect_left(self._time_us, from_us)
        last = bisect_left(self._time_us, to_us, first)
        return [Quote(self._symbol, self._bid[at], self._ask[at]) for at in range(first, last)]

    def check_parents(self, times: Sequence[int], length_us: int) -> None:
        """Check that no bar of a run begins or ends inside a lower bar (X3.lower_times).

        Parameters
        ----------
        times : sequence of int
            When the bars of the run open, ascending.
        length_us : int
            How long they are.

        Errors
        ------
        LOWER_TIMES
        """
        before = None
        for bar, time_us in enumerate(times):
            if before is not None and time_us - before < length_us:
                raise self._fault("timeframe", length_us, bar, "at most the step to this bar")
            before = time_us
            for edge_us in (time_us, time_us + length_us):
                at = bisect_left(self._time_us, edge_us) - 1
                if at >= 0 and self._time_us[at] + self._step_us > edge_us:
                    begun = from_time_us(self._time_us[at]).isoformat()
                    ends = from_time_us(edge_us).isoformat()
                    raise self._fault("timestamp", begun, bar, f"a lower bar that ends by {ends}")

    def _fault(self, name: str, value: object, bar: int, expected: str) -> FillproofError:
        return make_error(
            "LOWER_TIMES", bar=bar, symbol=self._symbol, field=f"{FIELD}.{name}", value=value,
            expected=expected,
        )  # fmt: skip


def read_lower_candles(
    given: Mapping[str, Mapping[str, Any]] | None, policy: ExecutionPolicy, length_us: int
) -> dict[str, LowerCandles]:
    """Read and check the lower bars of every symbol (X3.lower_required, X3.lower_unused, T2).

    Parameters
    ----------
    given : mapping, optional
        symbol -> {"bid": candles, "ask": candles, "timeframe": such as "M1", optional}.
    policy : ExecutionPolicy
    length_us : int
        Length of the run's bars, 0 where it is not known.

    Errors
    ------
    LOWER_REQUIRED, LOWER_UNUSED, TIMEFRAME_REQUIRED, LOWER_TIMES, TIMEFRAME_INVALID and those of
    the checks of candles, their fields under ``lower_candles``.
    """
    check_wanted(bool(given), policy, length_us)
    return {
        symbol: _read_symbol(symbol, sides, policy.on_crossed, length_us)
        for symbol, sides in (given or {}).items()
    }


def check_wanted(are_given: bool, policy: ExecutionPolicy, length_us: int) -> None:
    """Check that lower bars are there where they are needed, and only there.

    Errors
    ------
    LOWER_REQUIRED, LOWER_UNUSED, TIMEFRAME_REQUIRED
    """
    is_asked = policy.intrabar == DRILLDOWN
    if not are_given:
        if is_asked:
            raise make_error(
                "LOWER_REQUIRED", field=FIELD, value=None,
                expected="the lower bars of each symbol, for intrabar 'drilldown'",
            )  # fmt: skip
        return
    if not is_asked:
        raise make_error(
            "LOWER_UNUSED", field=FIELD, value=policy.intrabar,
            expected="intrabar 'drilldown', or no lower_candles",
        )  # fmt: skip
    if length_us == 0:
        raise make_error(
            "TIMEFRAME_REQUIRED", field=FIELD, value="no timeframe",
            expected="timeframe=, the length of the run's bars",
        )  # fmt: skip


def _read_symbol(
    symbol: str, sides: Mapping[str, Any], on_crossed: str, length_us: int
) -> LowerCandles:
    if not isinstance(sides, Mapping):
        raise make_error(
            "LOWER_REQUIRED", symbol=symbol, field=FIELD, value=sides,
            expected="a mapping with its bid and ask candles",
        )  # fmt: skip
    for side in SIDES:
        if sides.get(side) is None:
            raise make_error(
                "LOWER_REQUIRED", symbol=symbol, field=f"{FIELD}.{side}", value=None,
                expected="its candles",
            )  # fmt: skip
    bid, ask = sides["bid"], sides["ask"]
    try:
        times = check_times(bid, ask, symbol)
        crossed, first = check_quotes(bid, ask, symbol)
        if crossed and on_crossed == "error":
            raise crossed_error(bid[first], ask[first], first, symbol)
    except FillproofError as error:
        raise _named(error) from None
    if crossed:
        warnings.warn(
            f"{crossed} of {len(times)} lower bars of {symbol} are crossed (ask below bid), "
            f"the first is bar {first}",
            CrossedBarsWarning,
            stacklevel=6,
        )
    return LowerCandles(symbol, bid, ask, times, _step(symbol, sides, times, length_us))


def _named(error: FillproofError) -> FillproofError:
    """Return an error of candles as one of lower candles."""
    assert error.code is not None
    return make_error(
        error.code, bar=error.bar, symbol=error.symbol, field=f"{FIELD}.{error.field}",
        value=error.value, expected=error.expected,
    )  # fmt: skip


def _step(symbol: str, sides: Mapping[str, Any], times: list[int], length_us: int) -> int:
    """Return the length of the lower bars: the one given, else their shortest step."""
    named = sides.get("timeframe")
    step_us = 0 if named is None else timeframe_us(named, f"{FIELD}.timeframe")
    for bar in range(1, len(times)):
        apart_us = times[bar] - times[bar - 1]
        if named is None:
            step_us = apart_us if step_us == 0 or apart_us < step_us else step_us
        elif apart_us < step_us:
            raise make_error(
                "LOWER_TIMES", bar=bar, symbol=symbol, field=f"{FIELD}.timestamp",
                value=from_time_us(times[bar]).isoformat(),
                expected=f"a step of {named} from the bar before",
            )  # fmt: skip
    if step_us >= length_us:
        raise make_error(
            "LOWER_TIMES", symbol=symbol, field=f"{FIELD}.timeframe", value=step_us,
            expected=f"below {length_us}, the length of the run's bars in microseconds",
        )  # fmt: skip
    return step_us
