"""Columns of signals for the symbols of one account (I.columns)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import make_error
from .columns import ColumnStrategy, type_name

if TYPE_CHECKING:
    from ..multi_symbol_slice import MultiSymbolSlice
    from ..signals import TradeSignal


class CrossColumnStrategy:
    """Signal columns for the symbols of one account: at each key theirs, in this order (I.columns).

    For `CrossSymbolEventEngine`; row i is for the i-th of its common_timestamps.

    Parameters
    ----------
    columns : mapping of str to ColumnStrategy

    Errors
    ------
    LENGTHS_DIFFER
        Two symbols with different numbers of rows; at the start of a run, another number of rows
        than keys.
    SIGNAL_NOT_UNDERSTOOD
        No mapping of symbols to `ColumnStrategy`, or an empty one.

    Examples
    --------
    >>> CrossColumnStrategy({"EURUSD": ColumnStrategy([0, 1]), "GBPUSD": ColumnStrategy([-1, 0])})
    CrossColumnStrategy(2 symbols, 2 rows, 2 signals)
    """

    def __init__(self, columns: Mapping[str, ColumnStrategy]) -> None:
        expected = "a mapping of symbols to ColumnStrategy, with at least one"
        given: Any = columns
        if not isinstance(given, Mapping) or not given:
            raise make_error(
                "SIGNAL_NOT_UNDERSTOOD", field="columns", value=given, expected=expected
            )
        for symbol, strategy in given.items():
            if not isinstance(symbol, str) or not isinstance(strategy, ColumnStrategy):
                raise make_error(
                    "SIGNAL_NOT_UNDERSTOOD", symbol=symbol if isinstance(symbol, str) else None,
                    field="columns", value=strategy, expected=expected,
                )  # fmt: skip
        self._symbols: dict[str, ColumnStrategy] = dict(given)
        rows = len(next(iter(self._symbols.values())))
        for symbol, strategy in self._symbols.items():
            if len(strategy) != rows:
                raise make_error(
                    "LENGTHS_DIFFER", symbol=symbol, field="direction", value=len(strategy),
                    expected=f"{rows}, the rows of the first symbol",
                )  # fmt: skip
        self._ignored = 0

    @property
    def columns(self) -> dict[str, ColumnStrategy]:
        """Symbol -> its columns, in their order."""
        return dict(self._symbols)

    @property
    def ignored(self) -> int:
        """Signals of rows before the first key that was evaluated, in the last run (L1)."""
        return self._ignored

    def use_bars(self, start: int, total: int) -> None:
        """Take the first key that a run evaluates and the number of its keys, from the engine.

        Errors
        ------
        LENGTHS_DIFFER
        """
        for strategy in self._symbols.values():
            strategy.use_bars(start, total)
        self._ignored = sum(strategy.ignored for strategy in self._symbols.values())

    def on_data(self, multi_slice: MultiSymbolSlice) -> list[TradeSignal] | None:
        """Return the signals of the current key."""
        return self.evaluate(multi_slice.index, multi_slice)

    def evaluate(self, index: int, multi_slice: MultiSymbolSlice) -> list[TradeSignal] | None:
        """Return the signals of a key.

        Errors
        ------
        SYMBOL_UNKNOWN
        """
        signals = []
        for symbol, strategy in self._symbols.items():
            if strategy.has_signal(index):
                view = multi_slice[symbol]
                time = multi_slice.time
                signals.append(strategy.signal(index, symbol, time, view.bid, view.ask))
        return signals or None

    def __len__(self) -> int:
        return len(next(iter(self._symbols.values())))

    def __eq__(self, other: object) -> bool:
        if type_name(other) != type_name(self):
            return NotImplemented
        # The order counts: it is that of the signals of a key.
        return list(self._symbols.items()) == list(other.columns.items())  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(("CrossColumnStrategy", tuple(self._symbols.items())))

    def __repr__(self) -> str:
        signals = sum(int(np.count_nonzero(item.direction)) for item in self._symbols.values())
        return (
            f"CrossColumnStrategy({len(self._symbols)} symbols, {len(self)} rows, "
            f"{signals} signals)"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return CrossColumnStrategy, (self._symbols,)
