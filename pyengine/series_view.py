"""A part of a series of candles as a slice hands it out: read-only, without a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .aligned import ABSENT, AlignedCandles
from .candles import Candles


class SeriesView(Sequence[Any]):
    """Candles up to the bar at which the view was made; a read-only sequence, oldest first.

    Made by ``series_ref``, ``history_view`` and ``[timeframe]`` of a slice. It holds the series
    and the places shown, no copy; what is shown is fixed when it is made, so it does not grow with
    the run and stays valid after it. A slice of it is a list. Equal to any sequence with equal
    entries in the same order, text aside; not hashable, not pickled: ``list(view)`` is.

    Parameters
    ----------
    candles : sequence
        The whole series.
    places : range or list of int
        Places in it, ascending.

    Examples
    --------
    >>> from pyengine import Candles, SymbolDataSlice
    >>> bars = Candles([0, 60_000_000], [1.1, 1.2], [1.3, 1.3], [1.0, 1.1], [1.2, 1.2])
    >>> view = SymbolDataSlice({"M1": {"bid": bars, "ask": bars}}, "EURUSD").series_ref("M1")
    >>> len(view), view[-1].open, view == [bars[0]]
    (1, 1.1, True)
    """

    __slots__ = ("_candles", "_places")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, candles: Sequence[Any], places: Sequence[int]) -> None:
        self._candles = candles
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._candles[place] for place in self._places[index]]
        try:
            place = self._places[index]
        except IndexError:
            raise IndexError(f"entry {index} of {len(self)}") from None
        return self._candles[place]

    def __iter__(self) -> Iterator[Any]:
        for place in self._places:
            yield self._candles[place]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, (str, bytes)):
            return NotImplemented
        if len(other) != len(self):
            return False
        return all(
            ours is theirs or ours == theirs for ours, theirs in zip(self, other, strict=False)
        )

    def __repr__(self) -> str:
        return f"SeriesView({len(self)} entries)"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("cannot pickle a SeriesView: it is a part of a series; list(view) can be")


def places_up_to(candles: Sequence[Any], index: int) -> range:
    """Return the places of a series up to a bar, all of them where it ends before."""
    return range(min(index + 1, len(candles)))


def last_places(candles: Sequence[Any], index: int, length: int) -> Sequence[int]:
    """Return the places of the last candles up to a bar, ascending; absent entries do not count.

    Parameters
    ----------
    candles : sequence
        Entries may be None.
    index : int
        The bar; past the end of the series its last one.
    length : int
        How many at most.
    """
    end = min(index + 1, len(candles))
    if type(candles) is Candles:
        return range(max(0, end - max(0, length)), end)
    is_there = _is_there(candles)
    found: list[int] = []
    place = end - 1
    while place >= 0 and len(found) < length:
        if is_there(place):
            found.append(place)
        place -= 1
    found.reverse()
    return found


def _is_there(candles: Sequence[Any]) -> Callable[[int], bool]:
    if type(candles) is AlignedCandles and type(candles.candles) is Candles:
        # No candle is made only to see that there is one.
        places = candles.places.data
        return lambda place: places[place] != ABSENT
    return lambda place: candles[place] is not None
