"""The equity curve: a row for each bar, and what is largest in them (rule P3).

The rows are kept as columns. ``add`` writes the row of one bar; ``keep`` takes bars in which
nothing happens, with the same arithmetic in the same order. Where at most one position is open
its rows are left for later: they are written when somebody asks for a row or an extreme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .positions import AT_CLOSE
from .stretches import Stretches

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
        # That of the last row; behind what was left for later, see present.
        self.equity = initial_balance
        self.max_equity = initial_balance
        self.max_drawdown = 0.0
        self.max_drawdown_worst = 0.0
        self.initial_max_drawdown = 0.0
        self.size = 0
        # How many rows somebody holds a view of.
        self._shown = 0
        # Rows that are not written yet, all of the same bars.
        self._kept = Stretches()
        self._bars: Bars | None = None
        # And one after them.
        self._has_tail = False
        self._tail_us, self._tail_cash, self._tail_marked, self._tail_worst = 0, 0.0, 0.0, 0.0
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
        if self._kept.count > 0:
            if not self._has_tail and self._kept_until() < time_us:
                self._has_tail = True
                self._tail_us, self._tail_cash = time_us, cash
                self._tail_marked, self._tail_worst = marked, worst
                return
            self.write_up()
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

    def keep(
        self,
        bars: Bars,
        first: int,
        until: int,
        cash: float,
        held: list[Position],
        filled_us: int | None,
    ) -> None:
        """Leave the rows of bars for later in which positions stay open as they are.

        Parameters
        ----------
        bars : Bars
        first, until : int
        cash : float
        held : list of Position
            All open positions of the bars' symbol in the order of their fills.
        filled_us : int or None
            Time of the one bar, if something may have been filled at its close (P3.equity_worst).
        """
        if first >= until:
            return
        if len(held) > 1:
            self._hold(bars, first, until, cash, held, filled_us is not None)
            return
        if bars is not self._bars or self._has_tail:
            self.write_up()
            self._bars = bars
        if not held:
            self._kept.keep(first, until, cash, 0.0, 0.0, 0.0, 0.0, False)
            return
        position = held[0]
        sign, entry, size, unit = (
            position.sign, position.entry_price, position.size, position.now_unit,
        )  # fmt: skip
        if not (size > 0.0 and unit > 0.0):
            self._hold(bars, first, until, cash, held, filled_us is not None)
            return
        filled = (
            filled_us is not None
            and position.at == AT_CLOSE
            and position.trigger_time_us == filled_us
        )
        self._kept.keep(first, until, cash, sign, entry, size, unit, filled)

    def present(self) -> float:
        """Return the equity of the last row, be it written or left for later."""
        kept, bars = self._kept, self._bars
        if self._has_tail:
            return self._tail_cash + self._tail_marked
        if kept.count == 0 or bars is None:
            return self.equity
        last = kept.count - 1
        bar, cash, sign = kept.untils[last] - 1, kept.cash[last], kept.signs[last]
        gain = 0.0
        if sign != 0.0:
            close = bars.bid_close[bar] if sign > 0.0 else bars.ask_close[bar]
            gain = ((close - kept.entries[last]) * sign) * kept.sizes[last]
            gain = (gain * kept.units[last]) + 0.0
        equity: float = cash + gain
        return equity

    def write_up(self) -> None:
        """Write the rows that were left for later."""
        kept, bars = self._kept, self._bars
        if kept.count == 0 or bars is None:
            return
        self.reserve(kept.bars + 1)
        for place in range(kept.count):
            first, until, sign = kept.firsts[place], kept.untils[place], kept.signs[place]
            if sign == 0.0:
                self._repeat(bars, first, until, kept.cash[place])
                continue
            if sign > 0.0:
                closes, worsts = bars.bid_close, bars.bid_low
            else:
                closes, worsts = bars.ask_close, bars.ask_high
            if kept.filled[place]:
                worsts = closes
            self._value(
                closes, worsts, first, until, kept.cash[place], sign, kept.entries[place],
                kept.sizes[place], kept.units[place],
            )  # fmt: skip
            self._compare(bars, first, until, kept.cash[place])
        kept.clear()
        self._bars = None
        if self._has_tail:
            self._has_tail = False
            self._put(self._tail_us, self._tail_cash, self._tail_marked, self._tail_worst)

    def _kept_until(self) -> int:
        """Return the time of the last bar whose row was left for later."""
        assert self._bars is not None
        time_us: int = self._bars.times[self._kept.untils[self._kept.count - 1] - 1]
        return time_us

    def _repeat(self, bars: Bars, first: int, until: int, cash: float) -> None:
        """Write the rows of bars in which nothing is open: all alike but for their times."""
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

    def _value(
        self,
        closes: memoryview,
        worsts: memoryview,
        first: int,
        until: int,
        cash: float,
        sign: float,
        entry: float,
        size: float,
        unit: float,
    ) -> None:
        """Write what one position makes of cash at each bar: equity, and at the worst.

        A gain never falls where its price gains, so that the worst of a long is at the low.
        """
        place = self.size - first
        for bar in range(first, until):
            equity = cash + (((((closes[bar] - entry) * sign) * size) * unit) + 0.0)
            worst = cash + (((((worsts[bar] - entry) * sign) * size) * unit) + 0.0)
            self._equity[place + bar] = equity
            self._equity_worst[place + bar] = worst if worst < equity else equity

    def _compare(self, bars: Bars, first: int, until: int, cash: float) -> None:
        """Write the rest of rows whose equity is written: as _put, the extremes in local names."""
        most, deepest, deepest_worst = self.max_equity, self.max_drawdown, self.max_drawdown_worst
        lost, place = self.initial_max_drawdown, self.size
        for bar in range(first, until):
            equity = self._equity[place]
            if equity > most:
                most = equity
            drawdown = most - equity
            if drawdown > deepest:
                deepest = drawdown
            if most - self._equity_worst[place] > deepest_worst:
                deepest_worst = most - self._equity_worst[place]
            if self.initial_balance - equity > lost:
                lost = self.initial_balance - equity
            self._times[place] = bars.times[bar]
            self._cash[place] = cash
            self._drawdown[place] = drawdown
            place += 1
        self.max_equity, self.max_drawdown, self.max_drawdown_worst = most, deepest, deepest_worst
        self.initial_max_drawdown = lost
        self.equity = self._equity[place - 1]
        self.size = place

    def _hold(
        self, bars: Bars, first: int, until: int, cash: float, held: list[Position], filled: bool
    ) -> None:
        """Write the rows of bars in which several positions stay open as they are."""
        self.write_up()
        self.reserve(until - first)
        for bar in range(first, until):
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
                if filled and position.at == AT_CLOSE and position.trigger_time_us == time_us:
                    low = high = close
                total = total + (((((close - entry) * sign) * size) * unit) + 0.0)
                low_sum = low_sum + (((((low - entry) * sign) * size) * unit) + 0.0)
                high_sum = high_sum + (((((high - entry) * sign) * size) * unit) + 0.0)
            self._put(time_us, cash, total, high_sum if high_sum < low_sum else low_sum)

    def last(self) -> tuple[float, float, float, float]:
        """Return the last row without its time."""
        self.write_up()
        place = self.size - 1
        return (
            self._cash[place], self._equity[place], self._equity_worst[place],
            self._drawdown[place],
        )  # fmt: skip

    def columns(self) -> dict[str, np.ndarray]:
        """Return the rows as columns: time_us int64, the rest float64; read-only."""
        self.write_up()
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
