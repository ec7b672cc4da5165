"""Stretches of bars in which nothing happens, until somebody asks for their rows (rule P3)."""

from __future__ import annotations

import numpy as np

NUMBERS = 5


class Stretches:
    """Stretches in columns, each after the one before.

    In each nothing is open, or one position as it is.

    Attributes
    ----------
    count, bars : int
        How many stretches there are, and how many bars in all of them.

    Examples
    --------
    >>> kept = Stretches()
    >>> kept.keep(0, 2, 10.0, 1.0, 1.1, 0.1, 1e5, False)
    >>> kept.keep(2, 5, 10.0, 1.0, 1.1, 0.1, 1e5, False)
    >>> kept.count, kept.bars
    (1, 5)
    """

    def __init__(self) -> None:
        self.count = 0
        self.bars = 0
        self._arrays: tuple[np.ndarray, ...] = ()
        self._allot(0)

    def _allot(self, room: int) -> None:
        """Take room for so many and bring over those that are there."""
        made = (
            *np.empty((2, room), dtype="int64"), *np.empty((NUMBERS, room)),
            np.empty(room, dtype="int8"),
        )  # fmt: skip
        for column, before in zip(made, self._arrays, strict=False):
            column[: self.count] = before[: self.count]
        self._arrays = made
        # A memoryview gives Python's numbers, and to the compiled twin C's.
        self.firsts, self.untils, self.cash, self.signs = (column.data for column in made[:4])
        self.entries, self.sizes, self.units, self.filled = (column.data for column in made[4:])
        self._room = room

    def keep(
        self,
        first: int,
        until: int,
        cash: float,
        sign: float,
        entry: float,
        size: float,
        unit: float,
        filled: bool,
    ) -> None:
        """Take in a stretch; one that only goes on where the last ended makes that longer.

        Parameters
        ----------
        first, until : int
            Its bars.
        cash : float
        sign : float
            0.0 where nothing is open.
        entry, size, unit : float
            Of the position: its price, volume, and what a unit of price is worth.
        filled : bool
            Whether the position was filled at the close of the one bar (P3.equity_worst).
        """
        self.bars += until - first
        last = self.count - 1
        if (
            last >= 0
            and not filled
            and not self.filled[last]
            and self.untils[last] == first
            and self.cash[last] == cash
            and self.signs[last] == sign
            and self.entries[last] == entry
            and self.sizes[last] == size
            and self.units[last] == unit
        ):
            self.untils[last] = until
        else:
            self._put(first, until, cash, sign, entry, size, unit, filled)

    def _put(
        self,
        first: int,
        until: int,
        cash: float,
        sign: float,
        entry: float,
        size: float,
        unit: float,
        filled: bool,
    ) -> None:
        place = self.count
        if place == self._room:
            self._allot(2 * place + 64)
        self.firsts[place] = first
        self.untils[place] = until
        self.cash[place] = cash
        self.signs[place] = sign
        self.entries[place] = entry
        self.sizes[place] = size
        self.units[place] = unit
        self.filled[place] = filled
        self.count = place + 1

    def clear(self) -> None:
        """Forget all; their room stays."""
        self.count = self.bars = 0
