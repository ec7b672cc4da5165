"""Puts fills that opened and fills that closed together into trades."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .plain import refuse

__all__ = ["Fill", "Paired", "pair"]


@dataclass(frozen=True)
class Fill:
    """One fill of a list of deals.

    Attributes
    ----------
    row, name
        Its row in the file, and as the list names it.
    time_us, symbol, side, volume, price
        `side` is ``long`` for what was bought; the volume is in lots.
    entry
        ``in``, ``out``, or ``in/out`` where it turned a position around.
    cost, swap, profit
        Account currency; a cost is positive.
    order, comment
        Number of the order and words beside it.
    position
        What it belongs to, where that is told.
    """

    row: int
    name: str
    time_us: int
    symbol: str
    side: str
    entry: str
    volume: float
    price: float
    cost: float = 0.0
    swap: float = 0.0
    profit: float | None = None
    order: str = ""
    comment: str = ""
    position: str | None = None


@dataclass(frozen=True)
class Paired:
    """A part of a fill that opened, and what closed it; None where nothing has."""

    opened: Fill
    closed: Fill | None
    volume: float

    @property
    def cost(self) -> float:
        """Its share of both fills' costs."""
        own = self.opened.cost * (self.volume / self.opened.volume)
        if self.closed is None:
            return own
        return own + self.closed.cost * (self.volume / self.closed.volume)

    @property
    def swap(self) -> float:
        """Its share of both fills' swap."""
        own = self.opened.swap * (self.volume / self.opened.volume)
        if self.closed is None:
            return own
        return own + self.closed.swap * (self.volume / self.closed.volume)

    @property
    def profit(self) -> float | None:
        """Its share of the closing fill's profit."""
        if self.closed is None or self.closed.profit is None:
            return None
        return self.closed.profit * (self.volume / self.closed.volume)


@dataclass
class _Waiting:
    fill: Fill
    left: float


def pair(source: str, fills: Iterable[Fill]) -> tuple[list[Paired], int]:
    """Pair fills in order of time.

    A closing fill belongs to its position, where that is told; else within a symbol to the first
    that opened on the other side, one of just its volume before others.

    Returns
    -------
    pairs, doubtful
        And how many closing fills could have belonged to more than one.

    Raises
    ------
    DataError
        A fill closes what was not opened.

    Examples
    --------
    >>> bought = Fill(1, "1", 0, "EURUSD", "long", "in", 0.3, 1.1)
    >>> sold = Fill(2, "2", 1, "EURUSD", "short", "out", 0.1, 1.2)
    >>> [(one.volume, one.closed is None) for one in pair("deals.csv", [bought, sold])[0]]
    [(0.1, False), (0.2, True)]
    """
    waiting: dict[str, list[_Waiting]] = {}
    found: list[Paired] = []
    doubtful = 0
    for fill in fills:
        queue = waiting.setdefault(fill.symbol, [])
        if fill.entry == "in":
            queue.append(_Waiting(fill, fill.volume))
            continue
        left = fill.volume
        while left > 0.0:
            fitting = [item for item in queue if item.fill.side != fill.side]
            if fill.position not in (None, "", "0"):
                fitting = [item for item in fitting if item.fill.position == fill.position]
            if not fitting:
                break
            doubtful += len(fitting) > 1 and fill.entry == "out" and fill.position is None
            item = next((item for item in fitting if item.left == left), fitting[0])
            volume = min(left, item.left)
            found.append(Paired(item.fill, fill, volume))
            # Lots are decimals: 0.3 - 0.1 is not quite 0.2.
            item.left, left = round(item.left - volume, 8), round(left - volume, 8)
            if not item.left:
                queue.remove(item)
        if left > 0.0 and fill.entry == "in/out":
            queue.append(_Waiting(fill, left))
        elif left > 0.0:
            expected = "a fill that closes a position of the other side opened above it"
            raise refuse(source, fill.row, "Direction", f"{fill.entry} {left:g}", expected)
    found += [Paired(item.fill, None, item.left) for queue in waiting.values() for item in queue]
    return found, doubtful
