"""The equity curve: a row for each bar, and what is largest in them (rule P3).

The rows are kept as columns. ``add`` writes the row of one bar; ``repeat`` and ``hold`` write those
of many bars in which nothing happens, with the same arithmetic in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .positions import AT_CLOSE

if TYPE_CHECKING:
    from .bars import Bars
    from .positions import Position

COLUMNS = ("cash", "equity", "equity_worst", "drawdown")


class EquityCurve:
    """Rows of (time, cash, equity, worst equity, drawdown), and the extremes so far.

    Parameters
    ----------
    initial_balance : float

    Examples
    --------
    >>> curve = EquityCurve(100.0)
    >>> curve.add(0, 100.0, -5.0, -8.0)
    >>> curve.max_drawdown, curve.max_drawdown_worst, curve.rows()
    (5.0, 8.0, [(0, 100.0, 95.0, 92.0, 5.0)])
    """

    def __init__(self, initial_balance: float) -> None:
        self.initial_balance = initial_balance
        self.equity = initial_balance
        self.max_equity = initial_balance
        self.max_drawdown = 0.0
        self.max_drawdown_worst = 0.0
        self.initial_max_drawdown = 0.0
        self.size = 0
        # How many rows somebody holds a view of.
        self._shown = 0
        self._arrays: tuple[np.ndarray, ...] = ()
        self._allot(0)

    def _allot(self, room: int) -> None:
        """Take room for so many rows and bring over those that are there."""
        made = (np.empty(room, dtype="int64"), *np.empty((len(COLUMNS), room)))
        for column, before in zip(made, self._arrays, strict=False):
            column[: self.size] = before[: self.size]
        self._arrays = made
        self._shown = 0
        # A memoryview gives Python's numbers, and to the compiled twin C's.
        self._times = made[0].data
        self._cash = made[1].data
        self._equity = made[2].data
        self._equity_worst = made[3].data
        self._drawdown = made[4].data
        self._room = room

    def reserve(self, more: int) -> None:
        """Make sure that so many rows more have room."""
        if self.size + more > self._room:
            self._allot(max(self.size + more, 2 * self._room))

    def add(self, time_us: int, cash: float, marked: float, worst: float) -> None:
        """Write the row of a bar; that of the same time again is replaced, the extremes stay.

        Parameters
        ----------
        time_us : int
        cash : float
        marked, worst : float
            What open positions gain, at the close and at the worst of the bar.
        """
        place = self.size
        if place > 0 and self._times[place - 1] == time_us:
            self.size = place - 1
            if self._shown >= place:
                self._allot(self._room)
        else:
            self.reserve(1)
        self._put(time_us, cash, marked, worst)

    def _put(self, time_us: int, cash: float, marked: float, worst: float) -> None:
        """Write the next row; there is room for it."""
        equity = cash + marked
        equity_worst = cash + worst
        if not equity_worst < equity:
            equity_worst = equity
        self.equity = equity
        if equity > self.max_equity:
            self.max_equity = equity
        drawdown = self.max_equity - equity
        if drawdown > self.max_drawdown:
            self.max_drawdown = drawdown
        if self.max_equity - equity_worst > self.max_drawdown_worst:
            self.max_drawdown_worst = self.max_equity - equity_worst
        if self.initial_balance - equity > self.initial_max_drawdown:
            self.initial_max_drawdown = self.initial_balance - equity
        place = self.size
        self._times[place] = time_us
        self._cash[place] = cash
        self._equity[place] = equity
        self._equity_worst[place] = equity_worst
        self._drawdown[place] = drawdown
        self.size = place + 1

    def repeat(self, bars: Bars, first: int, until: int, cash: float) -> None:
        """Write the rows of bars in which nothing is open: all alike but for their times."""
        if first >= until:
            return
        self.reserve(until - first)
        self._put(bars.times[first], cash, 0.0, 0.0)
        place = self.size
        equity, equity_worst = self._equity[place - 1], self._equity_worst[place - 1]
        drawdown = self._drawdown[place - 1]
        for bar in range(first + 1, until):
            self._times[place] = bars.times[bar]
            self._cash[place] = cash
            self._equity[place] = equity
            self._equity_worst[place] = equity_worst
            self._drawdown[place] = drawdown
            place += 1
        self.size = place

    def hold(self, bars: Bars, first: int, until: int, cash: float, held: list[Position]) -> None:
        """Write the rows of bars in which positions stay open as they are.

        Parameters
        ----------
        bars : Bars
        first, until : int
        cash : float
        held : list of Position
            All open positions of the bars' symbol in the order of their fills, all filled before
            these bars.
        """
        self.reserve(until - first)
        for bar in range(first, until):
            total = 0.0
            low_sum = 0.0
            high_sum = 0.0
            for position in held:
                sign, entry = position.sign, position.entry_price
                size, unit = position.size, position.now_unit
                if sign > 0.0:
                    close, low, high = bars.bid_close[bar], bars.bid_low[bar], bars.bid_high[bar]
                else:
                    close, low, high = bars.ask_close[bar], bars.ask_low[bar], bars.ask_high[bar]
                total = total + (((((close - entry) * sign) * size) * unit) + 0.0)
                low_sum = low_sum + (((((low - entry) * sign) * size) * unit) + 0.0)
                high_sum = high_sum + (((((high - entry) * sign) * size) * unit) + 0.0)
            self._put(bars.times[bar], cash, total, high_sum if high_sum < low_sum else low_sum)

    def hold_filled(self, bars: Bars, bar: int, cash: float, held: list[Position]) -> None:
        """Write the row of a bar in which something may have been filled.

        What was filled at its close counts there in both sums (P3.equity_worst).
        """
        self.reserve(1)
        total = 0.0
        low_sum = 0.0
        high_sum = 0.0
        time_us = bars.times[bar]
        for position in held:
            sign, entry = position.sign, position.entry_price
            size, unit = position.size, position.now_unit
            if sign > 0.0:
                close, low, high = bars.bid_close[bar], bars.bid_low[bar], bars.bid_high[bar]
            else:
                close, low, high = bars.ask_close[bar], bars.ask_low[bar], bars.ask_high[bar]
            if position.at == AT_CLOSE and position.trigger_time_us == time_us:
                low = high = close
            total = total + (((((close - entry) * sign) * size) * unit) + 0.0)
            low_sum = low_sum + (((((low - entry) * sign) * size) * unit) + 0.0)
            high_sum = high_sum + (((((high - entry) * sign) * size) * unit) + 0.0)
        self._put(time_us, cash, total, high_sum if high_sum < low_sum else low_sum)

    def hold_one(self, bars: Bars, first: int, until: int, cash: float, held: Position) -> None:
        """Write the rows of bars in which one position stays open as it is."""
        self.reserve(until - first)
        sign, entry, size, unit = held.sign, held.entry_price, held.size, held.now_unit
        most, deepest, deepest_worst = self.max_equity, self.max_drawdown, self.max_drawdown_worst
        lost, place = self.initial_max_drawdown, self.size
        # As _put for each bar, but the extremes are carried in local names.
        for bar in range(first, until):
            if sign > 0.0:
                close, low, high = bars.bid_close[bar], bars.bid_low[bar], bars.bid_high[bar]
            else:
                close, low, high = bars.ask_close[bar], bars.ask_low[bar], bars.ask_high[bar]
            total = ((((close - entry) * sign) * size) * unit) + 0.0
            at_low = ((((low - entry) * sign) * size) * unit) + 0.0
            at_high = ((((high - entry) * sign) * size) * unit) + 0.0
            equity = cash + total
            equity_worst = cash + (at_high if at_high < at_low else at_low)
            if not equity_worst < equity:
                equity_worst = equity
            if equity > most:
                most = equity
            if most - equity > deepest:
                deepest = most - equity
            if most - equity_worst > deepest_worst:
                deepest_worst = most - equity_worst
            if lost < self.initial_balance - equity:
                lost = self.initial_balance - equity
            self._times[place] = bars.times[bar]
            self._cash[place] = cash
            self._equity[place] = equity
            self._equity_worst[place] = equity_worst
            self._drawdown[place] = most - equity
            place += 1
        if place > self.size:
            self.equity = self._equity[place - 1]
        self.max_equity, self.max_drawdown, self.max_drawdown_worst = most, deepest, deepest_worst
        self.initial_max_drawdown = lost
        self.size = place

    def last(self) -> tuple[float, float, float, float]:
        """Return the last row without its time."""
        place = self.size - 1
        return (
            self._cash[place], self._equity[place], self._equity_worst[place],
            self._drawdown[place],
        )  # fmt: skip

    def columns(self) -> dict[str, np.ndarray]:
        """Return the rows as columns: time_us int64, the rest float64; read-only."""
        columns = {}
        for name, column in zip(("time_us", *COLUMNS), self._arrays, strict=True):
            columns[name] = column[: self.size]
            columns[name].flags.writeable = False
        self._shown = self.size
        return columns

    def rows(self) -> list[tuple[int, float, float, float, float]]:
        """Return the rows as tuples."""
        columns = [column.tolist() for column in self.columns().values()]
        return list(zip(*columns, strict=True))
