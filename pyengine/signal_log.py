"""The signals that an executor was given, a row for each, and what came of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .orders import Breach
from .signals import ORDER_TYPES, CheckedSignal
from .triggers import MARKET

SIGNAL_COLUMNS = (
    "order_id", "time_us", "symbol", "direction", "type", "entry_price", "stop_loss",
    "take_profit", "outcome", "rule", "size",
)  # fmt: skip
REJECTED = "rejected"
NAN = float("nan")
# What a row says besides its numbers: the direction, which prices are there, and from TYPE on the
# place of the order's type in ORDER_TYPES.
LONG, WITH_ENTRY, WITH_STOP, WITH_TARGET, TYPE = 1, 2, 4, 8, 16

# Outcome, rule, size.
Result = tuple[str, str, float | None]


class SignalLog:
    """Rows of signals as columns; lists of Python's objects are made when asked for.

    Examples
    --------
    >>> log = SignalLog()
    >>> log.add(1, 60, CheckedSignal("long", "EURUSD", "market", 1.2, None, 1.3))
    0
    >>> log.note(0, "filled", "E1.close", 0.1)
    >>> {name: column[0] for name, column in log.columns().items()}["take_profit"]
    1.3
    """

    def __init__(self) -> None:
        self.size = 0
        self._arrays: tuple[np.ndarray, ...] = ()
        self._symbols: list[str] = []
        # What came of each; a breach stands for a rejection by it, at once.
        self._results: list[Any] = []
        # What was noted last, and the row before which each rejection at once was told of.
        self._noted: Result = "", "", 0.0
        self._noted_size = 0.0
        self._told = 0
        self._allot(0)

    def _allot(self, room: int) -> None:
        """Take room for so many rows and bring over those that are there."""
        made = (
            *np.empty((2, room), dtype="int64"), np.empty(room, dtype="int8"),
            *np.empty((3, room)),
        )  # fmt: skip
        for column, before in zip(made, self._arrays, strict=False):
            column[: self.size] = before[: self.size]
        self._arrays = made
        # A memoryview gives Python's numbers, and to the compiled twin C's.
        self._order_ids, self._times, self._codes = made[0].data, made[1].data, made[2].data
        self._entries, self._stops, self._targets = made[3].data, made[4].data, made[5].data
        self._room = room

    def add(self, order_id: int, time_us: int, asked: CheckedSignal) -> int:
        """Write the row of a signal of which nothing has come yet; return its number."""
        code = LONG if asked.sign > 0.0 else 0
        if asked.order_type != MARKET:
            code += TYPE * ORDER_TYPES.index(asked.order_type)
        entry = stop = target = NAN
        if asked.entry is not None:
            entry, code = asked.entry, code + WITH_ENTRY
        if asked.stop is not None:
            stop, code = asked.stop, code + WITH_STOP
        if asked.target is not None:
            target, code = asked.target, code + WITH_TARGET
        return self._put(order_id, time_us, asked.symbol, code, entry, stop, target, NOTHING_YET)

    def add_refused(
        self,
        order_id: int,
        time_us: int,
        symbol: str,
        sign: float,
        entry: float,
        stop: float,
        target: float,
        breach: Breach,
    ) -> int:
        """Write the row of a market order that was rejected at once; an absent level is NaN."""
        code = (LONG if sign > 0.0 else 0) + WITH_ENTRY
        if stop == stop:
            code += WITH_STOP
        if target == target:
            code += WITH_TARGET
        return self._put(order_id, time_us, symbol, code, entry, stop, target, breach)

    def _put(
        self,
        order_id: int,
        time_us: int,
        symbol: str,
        code: int,
        entry: float,
        stop: float,
        target: float,
        result: Any,
    ) -> int:
        row = self.size
        if row == self._room:
            self._allot(2 * row + 64)
        self._order_ids[row] = order_id
        self._times[row] = time_us
        self._codes[row] = code
        # No -0.0 reaches a result (N4).
        self._entries[row] = entry + 0.0
        self._stops[row] = stop + 0.0
        self._targets[row] = target + 0.0
        self._symbols.append(symbol)
        self._results.append(result)
        self.size = row + 1
        return row

    def note(self, row: int, outcome: str, rule: str, size: float) -> None:
        """Bring a row up to date."""
        noted = self._noted
        # Most come to the same as the one before, and share what says so.
        if outcome is not noted[0] or rule is not noted[1] or size != self._noted_size:
            noted = self._noted = outcome, rule, size
            self._noted_size = size
        self._results[row] = noted

    def note_rejected(self, row: int, rule: str) -> None:
        """Bring the row of an order up to date that was rejected; its size stays."""
        self._results[row] = REJECTED, rule, self._results[row][2]

    def next_rejection(self) -> tuple[Any, ...]:
        """Tell of the next row that was rejected at once.

        Returns
        -------
        tuple
            Order id, time, symbol, rule, field, value, expected.
        """
        row = self._told
        while len(self._results[row]) == len(NOTHING_YET):
            row += 1
        self._told = row + 1
        return (
            self._order_ids[row], self._times[row], self._symbols[row], *self._results[row],
        )  # fmt: skip

    def columns(self) -> dict[str, list[object]]:
        """Return the rows as columns of Python's objects."""
        order_ids, times, codes, *prices = (column[: self.size] for column in self._arrays)
        results: list[Result] = [
            result if len(result) == len(NOTHING_YET) else (REJECTED, result[0], None)
            for result in self._results
        ]
        return dict(
            zip(
                SIGNAL_COLUMNS,
                (
                    order_ids.tolist(),
                    times.tolist(),
                    list(self._symbols),
                    ["long" if code & LONG else "short" for code in codes.tolist()],
                    [ORDER_TYPES[code // TYPE] for code in codes.tolist()],
                    *(
                        with_absent(column, codes & bit)
                        for column, bit in zip(
                            prices, (WITH_ENTRY, WITH_STOP, WITH_TARGET), strict=True
                        )
                    ),
                    *([result[place] for result in results] for place in range(len(NOTHING_YET))),
                ),
                strict=True,
            )
        )


NOTHING_YET: Result = (REJECTED, "", None)


def with_absent(column: np.ndarray, present: np.ndarray) -> list[object]:
    """Return prices, None where there is none.

    >>> with_absent(np.array([1.5, 0.0]), np.array([4, 0]))
    [1.5, None]
    """
    prices = zip(column.tolist(), present.tolist(), strict=True)
    return [price if there else None for price, there in prices]
