"""The signals of a run that are known before it, in order of their bars (I.columns)."""

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
    from .expressions.strategy import ExpressionStrategy
    from .strategies.columns import ColumnStrategy

NAN = float("nan")


class SignalRows:
    """Signals as columns without the rows that have none.

    Parameters
    ----------
    total : int
        The number of bars.
    rows : ndarray of int64
        The bars that have a signal, ascending.
    directions : ndarray of int8
        Of each signal, as all that follow: 1 long, -1 short.
    entries, stops, targets : ndarray of float64 or None
        NaN where absent, None where all are.
    kinds : str or ndarray of int8
        Type of all orders, or the place of each in ORDER_TYPES.

    Examples
    --------
    >>> row, sign = np.array([3]), np.array([1], dtype="int8")
    >>> rows = SignalRows(5, row, sign, None, None, None, "market")
    >>> side = Candles(range(5), *4 * [[1.1, 1.2, 1.3, 1.4, 1.5]])
    >>> rows.place_on(side, side)
    >>> rows.next_row(0), rows.read("EURUSD").entry, rows.next_row(4)
    (3, 1.4, 5)
    """

    def __init__(
        self,
        total: int,
        rows: np.ndarray,
        directions: np.ndarray,
        entries: np.ndarray | None,
        stops: np.ndarray | None,
        targets: np.ndarray | None,
        kinds: str | np.ndarray,
    ) -> None:
        self.total = total
        self._rows: Any = rows.astype("int64").data
        self._count = len(rows)
        self._place = 0
        self._directions = directions.data
        self._entries, self._stops, self._targets = (
            None if column is None else column.data for column in (entries, stops, targets)
        )
        self._kinds: Any = None if isinstance(kinds, str) else kinds.data
        self._type = kinds if isinstance(kinds, str) else ""
        # Times and closes of their bars, once they are known.
        self._times: Any = None
        self._bids: Any = None
        self._asks: Any = None
        # What read_plain has read.
        self.sign, self.entry, self.stop, self.target = 1.0, NAN, NAN, NAN
        self.time_us, self.bid, self.ask = 0, NAN, NAN
        # One for all rows: nobody keeps it.
        self._asked = CheckedSignal("long", "", MARKET, None, None, None)

    def place_on(self, bid: Candles, ask: Candles) -> None:
        """Take the times and closes of the signals' bars: all at once, before each is needed."""
        rows = np.asarray(self._rows)
        self._times = bid.time_us[rows].data
        self._bids, self._asks = bid.close[rows].data, ask.close[rows].data

    def next_row(self, first: int) -> int:
        """Go to the first signal from a bar on; return its bar, else the number of bars."""
        while self._place < self._count and self._rows[self._place] < first:
            self._place += 1
        return self._rows[self._place] if self._place < self._count else self.total

    def show(self, quote: Quote) -> None:
        """Give a quote the time and the closes of the signal's bar; the rest stays as it was."""
        place = self._place
        quote.bid = quote.ask = None
        quote.time_us = self._times[place]
        quote.bid_close, quote.ask_close = self._bids[place], self._asks[place]

    def read_plain(self) -> bool:
        """Take over a market order with a finite entry; its time and closes, too.

        An absent stop or target is NaN. False for another signal.
        """
        place = self._place
        if (self._type if self._kinds is None else ORDER_TYPES[self._kinds[place]]) != MARKET:
            return False
        self.sign = 1.0 if self._directions[place] > 0 else -1.0
        self.entry = NAN if self._entries is None else self._entries[place]
        self.stop = NAN if self._stops is None else self._stops[place]
        self.target = NAN if self._targets is None else self._targets[place]
        self.time_us = self._times[place]
        self.bid, self.ask = self._bids[place], self._asks[place]
        if self.entry != self.entry:
            self.entry = self.ask if self.sign > 0.0 else self.bid
        return is_finite(self.entry)

    def read(self, symbol: str) -> CheckedSignal | None:
        """Return the signal; None where the executor would not understand it (S1).

        It is good until the next one is read.
        """
        place = self._place
        is_long = self._directions[place] > 0
        order_type = self._type if self._kinds is None else ORDER_TYPES[self._kinds[place]]
        entry = None if self._entries is None else price_of(self._entries[place])
        if entry is None:
            if order_type != MARKET:
                return None
            entry = self._asks[place] if is_long else self._bids[place]
        elif not is_finite(entry):
            return None
        asked = self._asked
        asked.direction = "long" if is_long else "short"
        asked.sign = 1.0 if is_long else -1.0
        asked.symbol = symbol
        asked.order_type = order_type
        asked.entry = entry
        asked.stop = None if self._stops is None else price_of(self._stops[place])
        asked.target = None if self._targets is None else price_of(self._targets[place])
        return asked


def rows_of_columns(strategy: ColumnStrategy, start: int, total: int) -> SignalRows:
    """Return the signals of columns from a bar on."""
    direction = strategy._direction
    # Of truth values numpy finds them several times as fast.
    rows = np.flatnonzero(direction[start:] != 0) + start
    entries, stops, targets = (
        None if column is None else column[rows]
        for column in (strategy._entry, strategy._stop, strategy._target)
    )
    kinds = strategy._type if strategy._kinds is None else strategy._kinds[rows]
    return SignalRows(total, rows, direction[rows], entries, stops, targets, kinds)


def rows_of_expressions(
    strategy: ExpressionStrategy, symbol: str, start: int, total: int
) -> SignalRows | None:
    """Return the signals of expressions from a bar on; None where they are not known yet."""
    signals, sources = strategy._signals, strategy._sources
    if signals is None or sources is None or sources.symbol != symbol:
        return None
    if not sources.is_own or strategy._first != 0 or strategy._fed != total:
        return None
    rows = np.flatnonzero(signals.direction[start:] != 0) + start
    entries, stops, targets = (
        None if column is None else np.ascontiguousarray(column[rows], dtype="float64")
        for column in (signals.entry, signals.stop, signals.target)
    )
    directions = signals.direction[rows].astype("int8")
    return SignalRows(total, rows, directions, entries, stops, targets, strategy._tree.type)


def price_of(value: float) -> float | None:
    """Return a price of a column, None where it is absent."""
    return value if value == value else None
