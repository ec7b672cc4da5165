"""Candles of another timeframe along the bars of a run, without a copy of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .errors import make_error

# Place of a candle that is not there.
ABSENT = -1


class AlignedCandles(Sequence[Any]):
    """A sequence as long as the run that shows at each bar one of fewer candles, or None.

    What `fillproof.timeframes.align` makes for ``multi_candle_data``: the candles are shared, and
    a bar costs four bytes.

    Parameters
    ----------
    candles : Candles or sequence of candle objects
    places : array-like of int, shape (bars,)
        Which of them is shown at each bar; -1 where none is.

    Errors
    ------
    CANDLE_TYPE, LENGTHS_DIFFER, INDEX_OUT_OF_RANGE

    Examples
    --------
    >>> from pyengine import AlignedCandles, Candles
    >>> hours = Candles([0, 3_600_000_000], [1.1, 1.2], [1.3, 1.3], [1.0, 1.1], [1.2, 1.2])
    >>> shown = AlignedCandles(hours, [-1, 0, 0, 1])
    >>> shown[0] is None, shown[2].open, len(shown)
    (True, 1.1, 4)
    """

    def __init__(self, candles: Sequence[Any], places: object) -> None:
        self.candles = candles
        self.places = _read_places(places, len(candles))
        # A memoryview gives a Python int for an index sooner than an array does.
        self._places = self.places.data

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return AlignedCandles(self.candles, self.places[index])
        try:
            place = self._places[index]
        except IndexError:
            raise IndexError(f"candle {index} of {len(self)}") from None
        return None if place == ABSENT else self.candles[place]

    def __iter__(self) -> Iterator[Any]:
        for place in self._places:
            yield None if place == ABSENT else self.candles[place]

    def __reduce__(self) -> tuple[Any, ...]:
        return AlignedCandles, (self.candles, self.places)


def _read_places(places: object, length: int) -> np.ndarray:
    """Read the places into a read-only array of its own."""
    try:
        given = np.asarray(places)
    except (TypeError, ValueError):
        given = np.array(None)
    if given.size and given.dtype.kind not in "iu":
        raise make_error(
            "CANDLE_TYPE", field="places", value=places, expected="a column of whole numbers"
        )
    if given.ndim != 1:
        raise make_error(
            "LENGTHS_DIFFER", field="places", value=given.shape, expected="one dimension"
        )
    outside = (given < ABSENT) | (given >= length)
    if outside.any():
        bar = int(outside.argmax())
        raise make_error(
            "INDEX_OUT_OF_RANGE", bar=bar, field="places", value=int(given[bar]),
            expected=f"-1 or below {length}, the number of candles",
        )  # fmt: skip
    column = np.array(given, dtype="int32")
    column.flags.writeable = False
    return column.view()
