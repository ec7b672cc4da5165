"""The candles that trades are held against, seen from either direction.

All checks are written for a long.  For a short every price is negated, so that the bid's high is
its low and buying at the ask becomes buying back; `Facing.shown` turns a price back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fillproof.candle_table import PRICES, CandleTable
from fillproof.errors import CandleError

__all__ = ["Facing", "Market", "Sides"]

_Prices = NDArray[np.float64]


@dataclass(frozen=True)
class Sides:
    """Prices of one side, negated for a short."""

    open: _Prices
    high: _Prices
    low: _Prices
    close: _Prices


@dataclass(frozen=True)
class Facing:
    """A market as a long sees it.

    Attributes
    ----------
    sign
        1, or -1 where the prices are negated.
    opening, closing
        The side that positions open on and the one that they close on.
    crossed
        Bars whose ask lies under their bid somewhere.
    widest
        Largest of the four spreads of each bar.
    """

    sign: float
    opening: Sides
    closing: Sides
    crossed: NDArray[np.bool_]
    widest: _Prices

    def shown(self, price: float) -> float:
        """Turn a price of this view into one of the market."""
        return price * self.sign


class Market:
    """Bid and ask of one symbol.

    Parameters
    ----------
    symbol
        Such as EURUSD.
    bid, ask
        Bars of the same times.
    pip, digits
        Price units of a pip and decimals of a price, where they are known.
    length_us
        Length of a bar; without it the step that is met most often.
    note
        Where the candles are from.

    Raises
    ------
    CandleError
        The sides do not have the same times, the times do not ascend, or a price is not finite.

    Examples
    --------
    >>> hours = [0, 3_600_000_000, 10_800_000_000]
    >>> side = CandleTable(hours, *[[1.1, 1.2, 1.3]] * 4)
    >>> market = Market("EURUSD", side, side)
    >>> market.bar_at(3_700_000_000), market.bar_at(7_200_000_000), market.in_hole(7_200_000_000)
    (1, None, True)
    """

    def __init__(
        self,
        symbol: str,
        bid: CandleTable,
        ask: CandleTable,
        *,
        pip: float | None = None,
        digits: int | None = None,
        length_us: int | None = None,
        note: str = "",
    ) -> None:
        _check(symbol, bid, ask)
        self.symbol, self.bid, self.ask = symbol, bid, ask
        self.pip, self.digits, self.note = pip, digits, note
        self.times = bid.time_us
        self.length_us = length_us or _usual_step(self.times)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def tick(self) -> float:
        """The smallest step of a price; a hair where it is not known."""
        if self.digits is not None:
            return float(10.0**-self.digits)
        return float(abs(self.bid.close[-1]) * 1e-9)

    def bar_at(self, time_us: int) -> int | None:
        """Find the bar that contains a moment."""
        bar = int(np.searchsorted(self.times, time_us, side="right")) - 1
        if bar < 0 or time_us >= int(self.times[bar]) + self.length_us:
            return None
        return bar

    def in_hole(self, time_us: int) -> bool:
        """Tell whether a moment lies between the first and the last bar and in none."""
        inside = int(self.times[0]) <= time_us < int(self.times[-1]) + self.length_us
        return inside and self.bar_at(time_us) is None

    def facing(self, direction: str) -> Facing:
        """See the market as a long or a short does."""
        return self._long if direction == "long" else self._short

    @cached_property
    def _long(self) -> Facing:
        return self._face(1.0, self.ask, self.bid)

    @cached_property
    def _short(self) -> Facing:
        return self._face(-1.0, self.bid, self.ask)

    def _face(self, sign: float, opening: CandleTable, closing: CandleTable) -> Facing:
        spreads = np.stack([getattr(self.ask, n) - getattr(self.bid, n) for n in PRICES])
        crossed = np.asarray((spreads < 0.0).any(axis=0), dtype=np.bool_)
        return Facing(
            sign, _seen(opening, sign), _seen(closing, sign), crossed, spreads.max(axis=0)
        )


def _seen(table: CandleTable, sign: float) -> Sides:
    if sign > 0:
        return Sides(table.open, table.high, table.low, table.close)
    return Sides(-table.open, -table.low, -table.high, -table.close)


def _usual_step(times: NDArray[np.int64]) -> int:
    steps, counts = np.unique(np.diff(times), return_counts=True)
    # One bar alone has no step; a day is the longest that anybody would call a bar.
    return int(steps[counts.argmax()]) if len(steps) else 86_400_000_000


def _check(symbol: str, bid: CandleTable, ask: CandleTable) -> None:
    if not len(bid) or len(bid) != len(ask):
        raise _wrong(symbol, None, "bars", f"{len(bid)} of bid, {len(ask)} of ask", "as many")
    apart = np.flatnonzero(bid.time_us != ask.time_us)
    if len(apart):
        bar = int(apart[0])
        found = f"bid {int(bid.time_us[bar])}, ask {int(ask.time_us[bar])}"
        raise _wrong(symbol, bar, "timestamp", found, "the same on both sides")
    back = np.flatnonzero(np.diff(bid.time_us) <= 0)
    if len(back):
        bar = int(back[0]) + 1
        raise _wrong(symbol, bar, "timestamp", int(bid.time_us[bar]), "later than the bar before")
    for side, table in (("bid", bid), ("ask", ask)):
        for name in PRICES:
            bad = np.flatnonzero(~np.isfinite(getattr(table, name)))
            if len(bad):
                value = float(getattr(table, name)[bad[0]])
                raise _wrong(symbol, int(bad[0]), f"{side} {name}", value, "a finite price")


def _wrong(symbol: str, bar: int | None, field: str, value: object, expected: str) -> CandleError:
    return CandleError(
        f"{field} of {symbol}: {value}; expected {expected}",
        code="CELL_INVALID",
        bar=bar,
        symbol=symbol,
        field=field,
        value=value,
        expected=expected,
    )
