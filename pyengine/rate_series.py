"""The rates of one pair in the course of time (rule P5.moment)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arithmetic import is_finite
from .candle_checks import check_bars, prices_of
from .candles import from_time_us
from .errors import make_error
from .sessions import timeframe_us


class RateSeries:
    """The rates of a pair, each known from the end of its bar; a frozen value (P5.moment).

    Parameters
    ----------
    end_us : array-like of int64, shape (n,)
        Ends of the bars, microseconds since 1970 UTC, strictly ascending.
    rates : array-like of float64, shape (n,)
        Units of the second currency for one of the first, above 0.

    Errors
    ------
    RATES_INVALID

    Examples
    --------
    >>> RateSeries([60_000_000, 120_000_000], [1.25, 1.5]).last(90_000_000)
    (1.25, 30000000)
    """

    def __init__(self, end_us: object, rates: object) -> None:
        self._end_us = _column(end_us, "int64", "end_us")
        self._rates = _column(rates, "float64", "rates")
        if len(self._end_us) != len(self._rates):
            raise make_error(
                "RATES_INVALID", field="rates", value=len(self._rates),
                expected=f"{len(self._end_us)}, as many as end_us",
            )  # fmt: skip
        previous: int | None = None
        for place, end in enumerate(self._end_us.tolist()):
            if previous is not None and end <= previous:
                raise make_error(
                    "RATES_INVALID", bar=place, field="end_us", value=end,
                    expected=f"later than {previous}",
                )  # fmt: skip
            previous = end
        for place, rate in enumerate(self._rates.tolist()):
            if not is_finite(rate) or rate <= 0.0:
                raise make_error(
                    "RATES_INVALID", bar=place, field="rates", value=rate,
                    expected="a finite number > 0",
                )  # fmt: skip
        # Nearly every question is about the same moment as the last, or the next bar.
        self._place = 0

    @classmethod
    def of(cls, bid: Sequence[object], ask: Sequence[object], timeframe: str) -> RateSeries:
        """Make a series of the candles of a pair: the mid of both closes.

        Parameters
        ----------
        bid, ask : sequence of candles
        timeframe : str
            Length of the bars, such as H1.

        Errors
        ------
        TIMEFRAME_INVALID, and those of candles: LENGTHS_DIFFER, TIMES_DIFFER and so on
        """
        length_us = timeframe_us(timeframe, "timeframe")
        times, _, _ = check_bars(bid, ask, "rates")
        sides = zip(prices_of(bid, "bid", "rates"), prices_of(ask, "ask", "rates"), strict=True)
        return cls(
            np.array([time + length_us for time in times], dtype="int64"),
            np.array([(below[3] + above[3]) / 2.0 for below, above in sides], dtype="float64"),
        )

    @property
    def end_us(self) -> np.ndarray:
        """Ends of the bars, int64, read-only."""
        return self._end_us

    @property
    def rates(self) -> np.ndarray:
        """Rates, float64, read-only."""
        return self._rates

    def __len__(self) -> int:
        return len(self._end_us)

    def last(self, moment_us: int) -> tuple[float, int] | None:
        """Return the last rate known at a moment, and its age in microseconds; None before any."""
        ends, place = self._end_us, self._place
        if not (
            (place == 0 or ends[place - 1] <= moment_us)
            and (place == len(ends) or moment_us < ends[place])
        ):
            place = int(np.searchsorted(ends, moment_us, side="right"))
            self._place = place
        if place == 0:
            return None
        return float(self._rates[place - 1]), moment_us - int(ends[place - 1])

    def __eq__(self, other: object) -> bool:
        if type(other).__name__ != "RateSeries":
            return NotImplemented
        return np.array_equal(self._end_us, other.end_us) and np.array_equal(  # type: ignore[attr-defined]
            self._rates,
            other.rates,  # type: ignore[attr-defined]
        )

    def __hash__(self) -> int:
        return hash(("RateSeries", self._end_us.tobytes(), self._rates.tobytes()))

    def __repr__(self) -> str:
        if not len(self):
            return "RateSeries(0 rates)"
        first, last = (from_time_us(int(self._end_us[place])).isoformat() for place in (0, -1))
        return f"RateSeries({len(self)} rates, {first} to {last})"

    def __reduce__(self) -> tuple[object, ...]:
        return RateSeries, (self._end_us, self._rates)


def _column(values: object, dtype: str, field: str) -> np.ndarray:
    try:
        column = np.array(values, dtype=dtype)
    except (TypeError, ValueError, OverflowError):
        raise make_error(
            "RATES_INVALID", field=field, value=values, expected=f"a column of {dtype}"
        ) from None
    if column.ndim != 1:
        raise make_error("RATES_INVALID", field=field, value=column.shape, expected="one dimension")
    column.flags.writeable = False
    return column
