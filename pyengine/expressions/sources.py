"""Where expressions find candles: whole series, or what a slice shows of them (rule Q.new)."""

# ruff: noqa: SLF001 - slices of this engine lend their whole series

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from ..errors import make_error
from ..indicators.series import ABSENT_US, SeriesColumns, find_series, to_columns
from ..slices import SymbolDataSlice
from ..symbol_view import SymbolView
from .evaluation import Rows
from .tree import Series, Tree


class Sources:
    """The series of a tree in the slices of a run.

    Parameters
    ----------
    tree : Tree
    slice_map : mapping of str to slice, or MultiSymbolSlice
        As a strategy is given it.

    Attributes
    ----------
    timeframe : str
        Of the strategy's own candles.
    symbol : str
        What is traded.
    is_own : bool
        Whether all slices lend their whole series.

    Errors
    ------
    SYMBOL_UNKNOWN, TIMEFRAME_UNKNOWN
    """

    def __init__(self, tree: Tree, slice_map: Mapping[str, Any]) -> None:
        self._tree = tree
        self.symbol = tree.symbol if tree.symbol is not None else _only(slice_map)
        view = self._view = _view(slice_map, self.symbol)
        primary = getattr(slice_map, "primary_tf", None)
        self.timeframe: str = tree.timeframe or primary or next(iter(view))
        views = [self._view_of(slice_map, series) for series in tree.series]
        self.is_own = all(type(view) in (SymbolDataSlice, SymbolView) for view in views)
        # Times of the last candles taken in, by series.
        self._last = [ABSENT_US] * len(tree.series)

    def is_of(self, slice_map: Mapping[str, Any]) -> bool:
        """Tell whether these are the slices that the sources were made for."""
        return slice_map.get(self.symbol) is self._view

    def whole(self, slice_map: Mapping[str, Any]) -> list[Rows]:
        """Return all rows of all series, as many as the strategy's own candles.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN, LENGTHS_DIFFER
        """
        self._last = [ABSENT_US] * len(self._tree.series)
        made: list[Rows] = []
        for place, series in enumerate(self._tree.series):
            view = self._view_of(slice_map, series)
            timed = view._timed() if type(view) is SymbolView else view._data
            name = series.timeframe or self.timeframe
            columns = to_columns(find_series(timed, name, series.side, view.symbol))
            length = len(made[0].is_new) if made else len(columns.time_us)
            if len(columns.time_us) < length:
                raise make_error(
                    "LENGTHS_DIFFER", field=f"{name}.{series.side}",
                    value=len(columns.time_us), expected=f"{length}, a candle for each bar",
                )  # fmt: skip
            made.append(self._rows(place, columns, length))
        return made

    def between(self, slice_map: Mapping[str, Any], start: int, end: int) -> list[Rows]:
        """Return the rows of some bars that the slices have reached, of any maker.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN
        """
        made = []
        key = getattr(slice_map, "timestamp", None)
        ordinal = key is not None and not isinstance(key, datetime)
        for place, series in enumerate(self._tree.series):
            view = self._view_of(slice_map, series)
            name = series.timeframe or self.timeframe
            candles = list(view.series_ref(name, series.side)[start:end])
            columns = to_columns(candles)
            if ordinal:
                there = columns.time_us != ABSENT_US
                columns.time_us = np.where(there, np.arange(start, end), ABSENT_US)
            made.append(self._rows(place, columns, end - start))
        return made

    def _view_of(self, slice_map: Mapping[str, Any], series: Series) -> Any:
        return _view(slice_map, series.symbol or self.symbol)

    def _rows(self, place: int, columns: SeriesColumns, length: int) -> Rows:
        """Mark the candles that are there and were not there before."""
        if len(columns.time_us) > length:
            columns = _cut(columns, length)
        times = columns.time_us
        there = times != ABSENT_US
        # The time of the last candle there was, at each row and before it.
        last = np.maximum.accumulate(np.where(there, np.arange(length), -1))
        known = np.concatenate(([self._last[place]], times))
        before = known[np.concatenate(([-1], last))[:length] + 1]
        if length and last[-1] >= 0:
            self._last[place] = int(times[last[-1]])
        return Rows(columns, there & (times != before))


def _cut(columns: SeriesColumns, length: int) -> SeriesColumns:
    names = ("open", "high", "low", "close", "volume")
    prices = [getattr(columns, name)[:length] for name in names]
    return SeriesColumns(columns.time_us[:length], prices)


def _only(slice_map: Mapping[str, Any]) -> str:
    """Return the symbol of a run that has one."""
    if len(slice_map) > 1:
        raise make_error(
            "SYMBOL_UNKNOWN", field="symbol", value=None, expected="one of " + ", ".join(slice_map)
        )
    return next(iter(slice_map))


def _view(slice_map: Mapping[str, Any], symbol: str) -> Any:
    if symbol not in slice_map:
        raise make_error(
            "SYMBOL_UNKNOWN", field="symbol", value=symbol,
            expected="one of " + ", ".join(slice_map),
        )  # fmt: skip
    return slice_map[symbol]
