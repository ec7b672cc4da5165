"""The bars of both sides as columns, for passes over many of them at once."""

from __future__ import annotations

from .arithmetic import larger, smaller
from .candles import Candles
from .exits import touch_levels
from .positions import Position
from .quotes import Quote
from .triggers import LIMIT

NEVER_BELOW = float("-inf")
NEVER_ABOVE = float("inf")


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

    def show_side(self, quote: Quote, bar: int, sign: float) -> None:
        """Make a quote that of another bar, but of the side alone that a position closes on."""
        quote.bid = quote.ask = None
        quote.time_us = self.times[bar]
        if sign > 0.0:
            quote.bid_open, quote.bid_close = self.bid_open[bar], self.bid_close[bar]
            quote.bid_high, quote.bid_low = self.bid_high[bar], self.bid_low[bar]
        else:
            quote.ask_open, quote.ask_close = self.ask_open[bar], self.ask_close[bar]
            quote.ask_high, quote.ask_low = self.ask_high[bar], self.ask_low[bar]

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
        low_at, high_at = self.bid_low_at, self.bid_high_at
        if self.ask_low_at == NEVER_BELOW and self.ask_high_at == NEVER_ABOVE:
            if low_at == NEVER_BELOW and high_at == NEVER_ABOVE:
                return until
            # Levels on the bid alone, as on the ask below: half of the columns are not read.
            for bar in range(first, until):
                if self.bid_low[bar] <= low_at or self.bid_high[bar] >= high_at:
                    return bar
        elif low_at == NEVER_BELOW and high_at == NEVER_ABOVE:
            low_at, high_at = self.ask_low_at, self.ask_high_at
            for bar in range(first, until):
                if self.ask_low[bar] <= low_at or self.ask_high[bar] >= high_at:
                    return bar
        else:
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


def watch_exit(bars: Bars, position: Position, buffer: float) -> None:
    """Wait for the levels of an open position: at their price or where they count (X1, X2)."""
    stop, target = position.committed_stop_loss, position.committed_take_profit
    near_stop, near_target = stop, target
    if buffer != 0.0:
        near_stop, near_target = touch_levels(position, buffer)
    if stop is not None and near_stop is not None:
        if position.sign > 0.0:
            bars.bid_low_at = larger(bars.bid_low_at, larger(stop, near_stop))
        else:
            bars.ask_high_at = smaller(bars.ask_high_at, smaller(stop, near_stop))
    if target is not None and near_target is not None:
        if position.sign > 0.0:
            bars.bid_high_at = smaller(bars.bid_high_at, smaller(target, near_target))
        else:
            bars.ask_low_at = larger(bars.ask_low_at, larger(target, near_target))


def watch_entry(bars: Bars, position: Position) -> None:
    """Wait for the price at which a waiting order fills, or is at least looked at (E2)."""
    entry, trigger = position.entry, position.trigger
    assert entry is not None
    assert trigger is not None
    if (position.sign > 0.0) == (position.order_type == LIMIT):
        level = larger(entry, trigger)
        if position.sign > 0.0:
            bars.ask_low_at = larger(bars.ask_low_at, level)
        else:
            bars.bid_low_at = larger(bars.bid_low_at, level)
        return
    level = smaller(entry, trigger)
    if position.sign > 0.0:
        bars.ask_high_at = smaller(bars.ask_high_at, level)
    else:
        bars.bid_high_at = smaller(bars.bid_high_at, level)
