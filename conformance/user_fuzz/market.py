"""Ways to change candles: each is small, named and repeatable, and leaves bars that are allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from fillproof.candle_table import PRICES, CandleTable

__all__ = ["CHANGES", "Bars", "change"]

_HOUR_US = 3_600_000_000

Column = NDArray[np.float64]


@dataclass
class Bars:
    """Both sides of a symbol while they are being changed.

    Attributes
    ----------
    time_us
        Times of the bars.
    bid, ask
        Name -> column, for the four prices.
    volume
        The same on both sides.
    pip
        Price units of a pip.
    digits
        Decimals of a price; None for no grid.

    Examples
    --------
    >>> from fillproof import data
    >>> pair = data.eurusd_h1_2017()
    >>> bars = Bars.of(pair.bid[:50], pair.ask[:50], 0.0001, 5)
    >>> change(bars, "holes", 7)
    >>> 20 < len(bars.time_us) < 50
    True
    """

    time_us: NDArray[np.int64]
    bid: dict[str, Column]
    ask: dict[str, Column]
    volume: Column
    pip: float
    digits: int | None

    @classmethod
    def of(cls, bid: CandleTable, ask: CandleTable, pip: float, digits: int | None) -> Bars:
        """Take the columns of two tables, without touching them."""
        ours, theirs = (
            {name: getattr(side, name).copy() for name in PRICES} for side in (bid, ask)
        )
        return cls(bid.time_us.copy(), ours, theirs, bid.volume.copy(), pip, digits)

    def tables(self) -> tuple[CandleTable, CandleTable]:
        """Give bid and ask."""
        bid, ask = (
            CandleTable(self.time_us, volume=self.volume, **side) for side in (self.bid, self.ask)
        )
        return bid, ask

    @property
    def sides(self) -> tuple[dict[str, Column], dict[str, Column]]:
        """Bid and ask."""
        return self.bid, self.ask

    def mend(self) -> None:
        """Put prices on the grid and above nothing, and let high and low enclose the rest."""
        least = self.pip
        for side in self.sides:
            for name in PRICES:
                side[name] = np.maximum(side[name], least)
                if self.digits is not None:
                    side[name] = np.round(side[name], self.digits)
            every = np.stack([side[name] for name in PRICES])
            side["high"], side["low"] = every.max(axis=0), every.min(axis=0)


def change(bars: Bars, name: str, seed: int) -> None:
    """Change bars in place.

    Parameters
    ----------
    bars
        What to change.
    name
        One of `CHANGES`.
    seed
        Of everything that is chosen.
    """
    random = Random(f"{name}/{seed}")  # noqa: S311 - repeatable, not secret
    CHANGES[name](bars, random)
    bars.mend()


def _some(bars: Bars, random: Random, share: float) -> NDArray[np.int64]:
    """Choose some bars, at least one."""
    count = len(bars.time_us)
    wanted = max(1, int(count * share * random.random()))
    return np.asarray(sorted(random.sample(range(count), min(count, wanted))), dtype=np.int64)


def _shifted(bars: Bars, random: Random) -> None:
    """Quote everything higher or lower."""
    move = random.choice((-1, 1)) * random.randint(1, 2000) * bars.pip / 10.0
    for side in bars.sides:
        for name in PRICES:
            side[name] = side[name] + move


def _gap(bars: Bars, random: Random) -> None:
    """Let the market jump between two bars, up to three times."""
    for _ in range(random.randint(1, 3)):
        first = random.randrange(1, max(2, len(bars.time_us)))
        move = random.choice((-1, 1)) * random.choice((3, 10, 25, 60, 150)) * bars.pip
        for side in bars.sides:
            for name in PRICES:
                side[name][first:] = side[name][first:] + move


def _wide(bars: Bars, random: Random) -> None:
    """Widen the spread of some bars, the whole bar or one price alone."""
    at = _some(bars, random, 0.4)
    names = PRICES if random.random() < 0.6 else (random.choice(PRICES),)
    more = random.choice((1, 3, 10, 40)) * bars.pip
    for name in names:
        bars.ask[name][at] = bars.ask[name][at] + more


def _crossed(bars: Bars, random: Random) -> None:
    """Let the ask lie under the bid in some bars."""
    at = _some(bars, random, 0.2)
    less = random.choice((0.1, 0.5, 2, 8)) * bars.pip
    for name in PRICES:
        bars.ask[name][at] = bars.bid[name][at] - less


def _extreme(bars: Bars, random: Random) -> None:
    """Let some bars reach far up, far down, or both."""
    for bar in _some(bars, random, 0.15):
        reach = random.choice((5, 20, 80, 300)) * bars.pip
        up, down = random.choice(((1, 0), (0, 1), (1, 1)))
        for side in bars.sides:
            side["high"][bar] = side["high"][bar] + up * reach
            side["low"][bar] = side["low"][bar] - down * reach


def _flat(bars: Bars, random: Random) -> None:
    """Let nothing happen in some bars."""
    at = _some(bars, random, 0.3)
    for side in bars.sides:
        for name in PRICES:
            side[name][at] = side["open"][at]


def _grid(bars: Bars, random: Random) -> None:
    """Round to whole pips, or to fives, so that levels are met exactly."""
    step = bars.pip * random.choice((0.5, 1, 1, 5))
    for side in bars.sides:
        for name in PRICES:
            side[name] = np.round(side[name] / step) * step


def _holes(bars: Bars, random: Random) -> None:
    """Leave bars out: single ones, and a run of them."""
    count = len(bars.time_us)
    gone = set(_some(bars, random, 0.2).tolist())
    first = random.randrange(count)
    gone |= set(range(first, min(count, first + random.randint(0, max(1, count // 8)))))
    kept = np.asarray([bar for bar in range(count) if bar not in gone][:count], dtype=np.int64)
    if len(kept) < 2:
        return
    bars.time_us, bars.volume = bars.time_us[kept], bars.volume[kept]
    for side in bars.sides:
        for name in PRICES:
            side[name] = side[name][kept]


def _hours(bars: Bars, random: Random) -> None:
    """Trade at other hours, days and seasons."""
    hours = random.choice((1, 5, 12, 24, 49, 24 * 7, 24 * 91, 24 * 182, -24 * 365))
    bars.time_us = bars.time_us + hours * _HOUR_US


def _volume(bars: Bars, random: Random) -> None:
    """Let volumes be others."""
    random_of = np.random.default_rng(random.randrange(2**32))
    bars.volume = np.floor(random_of.random(len(bars.volume)) * 10000.0)


def _pips(bars: Bars, random: Random) -> None:  # noqa: ARG001 - every change has the same form
    """Quote in units like yen: a hundred times the price, two decimals less."""
    if bars.digits is None or bars.digits < 3:
        return
    bars.pip, bars.digits = bars.pip * 100.0, bars.digits - 2
    for side in bars.sides:
        for name in PRICES:
            side[name] = side[name] * 100.0


CHANGES: dict[str, Callable[[Bars, Random], None]] = {
    "shifted": _shifted,
    "gap": _gap,
    "wide": _wide,
    "crossed": _crossed,
    "extreme": _extreme,
    "flat": _flat,
    "grid": _grid,
    "holes": _holes,
    "hours": _hours,
    "volume": _volume,
    "pips": _pips,
}
"""Name -> what it does."""
