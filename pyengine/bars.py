"""The bars of both sides as columns, for passes over many of them at once."""

# ruff: noqa: SLF001 - the modules of one engine share the columns of a strategy

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arithmetic import is_finite
from .candles import Candles
from .quotes import Quote
from .signals import ORDER_TYPES, CheckedSignal
from .triggers import MARKET

if TYPE_CHECKING:
    from .strategies.columns import ColumnStrategy

NEVER_BELOW = float("-inf")
NEVER_ABOVE = float("inf")
NAN = float("nan")


class Bars:
    """Columns of bid and ask, and the levels whose touch is waited for.

    Parameters
    ----------
    bid, ask : Candles
        Equally long.

    Examples
    --------
    >>> side = Candles([0, 60, 120], [1.1, 1.2, 1.3], [1.2, 1.3, 1.4], [1.0, 1.1, 1.2],
    ...                [1.1, 1.2, 1.3])
    >>> bars = Bars(side, side)
    >>> bars.bid_high_at = 1.3
    >>> bars.first_touch(0, 3), bars.first_from(61), bars.first_fault()
    (1, 2, -1)
    """

    def __init__(self, bid: Candles, ask: Candles) -> None:
        self.size = len(bid)
        # A memoryview gives Python's numbers, and to the compiled twin C's.
        self.times, self.ask_times = bid.time_us.data, ask.time_us.data
        self.bid_open, self.ask_open = bid.open.data, ask.open.data
        self.bid_high, self.ask_high = bid.high.data, ask.high.data
        self.bid_low, self.ask_low = bid.low.data, ask.low.data
        self.bid_close, self.ask_close = bid.close.data, ask.close.data
        self.crossed = 0
        self.first_crossed = -1
        self.watch_nothing()

    def first_fault(self) -> int:
        """Count the crossed bars; return the first bar that breaks a rule of T1 or T2, else -1."""
        self.crossed = 0
        self.first_crossed = -1
        for bar in range(self.size):
            if not (
                self.times[bar] == self.ask_times[bar]
                and (bar == 0 or self.times[bar] > self.times[bar - 1])
                and is_sound(
                    self.bid_open[bar], self.bid_high[bar], self.bid_low[bar], self.bid_close[bar]
                )
                and is_sound(
                    self.ask_open[bar], self.ask_high[bar], self.ask_low[bar], self.ask_close[bar]
                )
            ):
                return bar
            if (
                self.ask_open[bar] < self.bid_open[bar]
                or self.ask_high[bar] < self.bid_high[bar]
                or self.ask_low[bar] < self.bid_low[bar]
                or self.ask_close[bar] < self.bid_close[bar]
            ):
                self.crossed += 1
                if self.first_crossed < 0:
                    self.first_crossed = bar
        return -1

    def watch_nothing(self) -> None:
        """Wait for no level."""
        self.bid_low_at = self.ask_low_at = NEVER_BELOW
        self.bid_high_at = self.ask_high_at = NEVER_ABOVE

    def time_at(self, bar: int) -> int:
        """Return the open of a bar, microseconds since 1970 UTC."""
        return self.times[bar]

    def quote(self, symbol: str, bar: int) -> Quote:
        """Return a bar as the executor reads it, without its candles."""
        quote = Quote.__new__(Quote)
        quote.symbol = symbol
        self.show(quote, bar)
        return quote

    def show(self, quote: Quote, bar: int) -> None:
        """Make a quote that of another bar."""
        quote.bid = quote.ask = None
        quote.time_us = self.times[bar]
        quote.bid_open, quote.ask_open = self.bid_open[bar], self.ask_open[bar]
        quote.bid_high, quote.ask_high = self.bid_high[bar], self.ask_high[bar]
        quote.bid_low, quote.ask_low = self.bid_low[bar], self.ask_low[bar]
        quote.bid_close, quote.ask_close = self.bid_close[bar], self.ask_close[bar]

    def is_touched(self, bar: int) -> bool:
        """Tell whether a bar touches a level."""
        return (
            self.bid_low[bar] <= self.bid_low_at
            or self.bid_high[bar] >= self.bid_high_at
            or self.ask_low[bar] <= self.ask_low_at
            or self.ask_high[bar] >= self.ask_high_at
        )

    def first_touch(self, first: int, until: int) -> int:
        """Return the first bar from `first` on that touches a level, `until` where none does."""
        for bar in range(first, until):
            if self.is_touched(bar):
                return bar
        return until

    def first_from(self, time_us: int) -> int:
        """Return the first bar at or after a time, as many as there are where none is."""
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            if self.times[middle] < time_us:
                low = middle + 1
            else:
                high = middle
        return low

    def shortest_step(self, first: int, until: int) -> int:
        """Return the shortest time from one bar to the next, of those from `first` on."""
        shortest = self.times[first] - self.times[first - 1]
        for bar in range(first + 1, until):
            step = self.times[bar] - self.times[bar - 1]
            if step < shortest:
                shortest = step
        return shortest


class SignalRows:
    """The rows of a strategy of columns that have a signal, in order.

    Parameters
    ----------
    strategy : ColumnStrategy
    start : int
        The first row that counts.
    """

    def __init__(self, strategy: ColumnStrategy, start: int) -> None:
        self.size = len(strategy.direction)
        rows = np.flatnonzero(strategy.direction[start:]) + start
        self._rows = rows.astype("int64").data
        self._count = len(rows)
        self._place = 0
        views: tuple[Any, ...] = strategy._views
        self._directions, self._entries, self._stops, self._targets, self._kinds = views
        self._type = strategy._type
        # What read_plain has read.
        self.sign, self.entry, self.stop, self.target = 1.0, NAN, NAN, NAN
        # One for all rows: nobody keeps it.
        self._asked = CheckedSignal("long", "", MARKET, None, None, None)

    def next_row(self, first: int) -> int:
        """Return the first row from `first` on that has a signal, else the number of rows."""
        while self._place < self._count and self._rows[self._place] < first:
            self._place += 1
        return self._rows[self._place] if self._place < self._count else self.size

    def read_plain(self, row: int, bid_close: float, ask_close: float) -> bool:
        """Take over a market order with a finite entry into sign, entry, stop and target.

        An absent stop or target is NaN there. False for another signal.
        """
        if (self._type if self._kinds is None else ORDER_TYPES[self._kinds[row]]) != MARKET:
            return False
        self.sign = 1.0 if self._directions[row] > 0 else -1.0
        self.entry = NAN if self._entries is None else self._entries[row]
        self.stop = NAN if self._stops is None else self._stops[row]
        self.target = NAN if self._targets is None else self._targets[row]
        if self.entry != self.entry:
            self.entry = ask_close if self.sign > 0.0 else bid_close
        return is_finite(self.entry)

    def read(
        self, row: int, symbol: str, bid_close: float, ask_close: float
    ) -> CheckedSignal | None:
        """Return the signal of a row; None where the executor would not understand it (S1).

        It is good until the next one is read.
        """
        is_long = self._directions[row] > 0
        order_type = self._type if self._kinds is None else ORDER_TYPES[self._kinds[row]]
        entry = None if self._entries is None else price_of(self._entries[row])
        if entry is None:
            if order_type != MARKET:
                return None
            entry = ask_close if is_long else bid_close
        elif not is_finite(entry):
            return None
        asked = self._asked
        asked.direction = "long" if is_long else "short"
        asked.sign = 1.0 if is_long else -1.0
        asked.symbol = symbol
        asked.order_type = order_type
        asked.entry = entry
        asked.stop = None if self._stops is None else price_of(self._stops[row])
        asked.target = None if self._targets is None else price_of(self._targets[row])
        return asked


def is_sound(opened: float, high: float, low: float, close: float) -> bool:
    """Tell whether a candle keeps to T2; each comparison is false of a NaN.

    >>> is_sound(1.1, 1.2, 1.0, 1.1), is_sound(1.1, float("inf"), 1.0, 1.1)
    (True, False)
    """
    return (
        low > 0.0
        and opened >= low
        and close >= low
        and high >= opened
        and high >= close
        and high < NEVER_ABOVE
    )


def price_of(value: float) -> float | None:
    """Return a price of a column, None where it is absent."""
    return value if value == value else None
