"""A strategy whose signals are columns, one row for each bar (I.columns)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ..errors import make_error
from ..signals import ORDER_TYPES, TradeSignal
from .reading import check_codes, check_lengths, read_codes, read_prices

_PRICES = ("entry", "stop", "target")


class ColumnStrategy:
    """Signals that are known before the run: direction, prices and type of each bar (I.columns).

    Row i is what the strategy says at bar i, at most one signal. Columns are numpy or Arrow arrays
    or lists; prices are read where they lie, without a copy where they are float64 in one piece.

    Parameters
    ----------
    direction : array-like of int, shape (n,)
        One row for each bar, warm-up included: 1 long, -1 short, 0 (or absent) no signal.
    entry : array-like of float64, optional
        Levels of limit and stop orders; of market orders recorded, the opening side's close where
        absent. NaN is absent, here and below.
    stop, target : array-like of float64, optional
        Prices.
    type : {"market", "limit", "stop"} or array-like of int, optional
        Of all orders, or row by row: 0 market, 1 limit, 2 stop; by default all are market orders.
    reason : str, optional
        Carried along with each signal.

    Errors
    ------
    LENGTHS_DIFFER
        Columns of different lengths; at the start of a run, another number of rows than bars.
    DIRECTION_UNKNOWN, TYPE_UNKNOWN
        Another code, naming its row.
    SIGNAL_NOT_UNDERSTOOD
        No column of numbers.

    Examples
    --------
    >>> strategy = ColumnStrategy([0, 1, 0, -1], stop=[0, 1.09, 0, 1.12], reason="by hand")
    >>> strategy
    ColumnStrategy(4 rows, 2 signals, prices=stop, type='market', reason='by hand')
    """

    _own = frozenset(
        ("_direction", "_entry", "_stop", "_target", "_kinds", "_type", "_reason", "_ignored",
         "_views")
    )  # fmt: skip

    def __init__(
        self,
        direction: object,
        entry: object = None,
        stop: object = None,
        target: object = None,
        type: object = None,
        *,
        reason: str | None = None,
    ) -> None:
        self._direction = read_codes(direction, "direction", "DIRECTION_UNKNOWN")
        self._entry, self._stop, self._target = (
            None if column is None else read_prices(column, name)
            for name, column in zip(_PRICES, (entry, stop, target), strict=True)
        )
        self._type = "market"
        self._kinds: Any = None
        if isinstance(type, str):
            if type not in ORDER_TYPES:
                raise make_error(
                    "TYPE_UNKNOWN", field="type", value=type, expected=", ".join(ORDER_TYPES)
                )
            self._type = type
        elif type is not None:
            self._kinds = read_codes(type, "type", "TYPE_UNKNOWN")
        if reason is not None and not isinstance(reason, str):
            raise make_error(
                "SIGNAL_NOT_UNDERSTOOD", field="reason", value=reason, expected="text or None"
            )
        self._reason = reason
        check_lengths(
            len(self._direction),
            {"entry": self._entry, "stop": self._stop, "target": self._target, "type": self._kinds},
        )
        check_codes(self._direction, self._kinds)
        self._ignored = 0
        # A memoryview gives a Python number for an index sooner than an array does.
        self._views = tuple(
            None if column is None else column.data
            for column in (self._direction, self._entry, self._stop, self._target, self._kinds)
        )

    @property
    def direction(self) -> np.ndarray:
        """Directions, int8, read-only."""
        return self._direction

    @property
    def entry(self) -> np.ndarray | None:
        """Entries, float64, read-only; None where there is no such column."""
        return self._entry

    @property
    def stop(self) -> np.ndarray | None:
        """Stops, float64, read-only; None where there is no such column."""
        return self._stop

    @property
    def target(self) -> np.ndarray | None:
        """Targets, float64, read-only; None where there is no such column."""
        return self._target

    @property
    def type(self) -> str | np.ndarray:
        """The type of all orders, or codes, int8, read-only."""
        return self._type if self._kinds is None else self._kinds

    @property
    def reason(self) -> str | None:
        """What is recorded with each signal."""
        return self._reason

    @property
    def ignored(self) -> int:
        """Signals of rows before the first bar that was evaluated, in the last run (L1)."""
        return self._ignored

    def use_bars(self, start: int, total: int) -> None:
        """Take the first bar that a run evaluates and the number of its bars, from the engine.

        Errors
        ------
        LENGTHS_DIFFER
        """
        if len(self) != total:
            raise make_error(
                "LENGTHS_DIFFER", field="direction", value=len(self),
                expected=f"{total}, a row for each bar",
            )  # fmt: skip
        self._ignored = int(np.count_nonzero(self._direction[:start]))

    def on_data(self, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None:
        """Return the signal of the current bar of the first symbol, if there is one."""
        for view in slice_map.values():
            return self.evaluate(view.index, slice_map)
        return None

    def evaluate(self, index: int, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None:
        """Return the signal of a bar, if there is one.

        Errors
        ------
        LENGTHS_DIFFER
        """
        if not self.has_signal(index):
            return None
        for view in slice_map.values():
            bid = getattr(view, "bid", None)
            time = None if bid is None else bid.timestamp
            return [self.signal(index, view.symbol, time, bid, getattr(view, "ask", None))]
        return None

    def has_signal(self, row: int) -> bool:
        """Tell whether a row has a signal.

        Errors
        ------
        LENGTHS_DIFFER
        """
        directions: Any = self._views[0]
        if not 0 <= row < len(directions):
            raise make_error(
                "LENGTHS_DIFFER", bar=row if row >= 0 else None, field="direction",
                value=len(directions), expected="a row for each bar",
            )  # fmt: skip
        return bool(directions[row])

    def signal(self, row: int, symbol: str, time: Any, bid: Any, ask: Any) -> TradeSignal:
        """Make the signal of a row that has one; of a bar without candles the close is absent."""
        directions, entries, stops, targets, kinds = self._views
        is_long = directions[row] > 0  # type: ignore[index]
        order_type = self._type if kinds is None else ORDER_TYPES[kinds[row]]
        entry = price_at(entries, row)
        opening_side = ask if is_long else bid
        if entry is None and order_type == "market" and opening_side is not None:
            entry = opening_side.close
        return TradeSignal(
            "long" if is_long else "short",
            entry,
            price_at(stops, row),
            price_at(targets, row),
            symbol,
            time,
            order_type,
            self._reason,
        )

    def __len__(self) -> int:
        return len(self._direction)

    def _columns(self) -> tuple[Any, ...]:
        return self._direction, self._entry, self._stop, self._target, self.type

    def __eq__(self, other: object) -> bool:
        if type_name(other) != type_name(self):
            return NotImplemented
        names = ("direction", *_PRICES, "type")
        theirs = [getattr(other, name) for name in names]
        return self._reason == other.reason and all(  # type: ignore[attr-defined]
            map(is_same, self._columns(), theirs)
        )

    def __hash__(self) -> int:
        return hash(("ColumnStrategy", self._direction.tobytes(), self._reason))

    def __repr__(self) -> str:
        signals = int(np.count_nonzero(self._direction))
        given = [name for name in _PRICES if getattr(self, name) is not None]
        prices = "+".join(given) or "none"
        kind = repr(self._type) if self._kinds is None else "by row"
        return (
            f"ColumnStrategy({len(self)} rows, {signals} signals, prices={prices}, type={kind}, "
            f"reason={self._reason!r})"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return partial(ColumnStrategy, reason=self._reason), self._columns(), extras(self)


def price_at(prices: Any, row: int) -> float | None:
    """Return a price; None where the column or the price is absent."""
    if prices is None:
        return None
    price: float = prices[row]
    return price if price == price else None


def is_same(mine: Any, theirs: Any) -> bool:
    """Tell whether two columns, words or absences are the same; an absent price is so in both."""
    if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray):
        return np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f")
    return type(mine) is type(theirs) and bool(mine == theirs)


def type_name(value: object) -> str:
    """Name the class of a value, whichever backend made it."""
    return type(value).__name__


def extras(value: Any) -> dict[str, object] | None:
    """Return what a user has put on a strategy of columns, such as a position manager."""
    kept = {name: item for name, item in vars(value).items() if name not in value._own}  # noqa: SLF001
    return kept or None
