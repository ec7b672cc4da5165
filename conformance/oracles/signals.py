"""Makes the cases: real and made candles, signals on them, everything from fixed seeds.

Real candles are the embedded ones; one recorded side is taken for both.  Made ones are walks on
whole ticks, with gaps, bars without a range, and stops and targets at distances of a few ticks, so
that prices often meet a level exactly; or walks without a grid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from fillproof import data

from .plain import Candles, Case, Signal

__all__ = ["KINDS", "make_cases", "walk"]

KINDS = ("market", "waiting", "managed", "fees")
_SETTINGS = (
    ("market", "next_open", "several"),
    ("market", "next_open", "one"),
    ("market", "next_open", "one_after"),
    ("market", "close", "several"),
    ("market", "close", "one"),
    # Waiting orders are tried on the bars that follow, whatever market orders fill at.
    ("waiting", "next_open", "several"),
    ("waiting", "next_open", "one"),
    ("waiting", "next_open", "one_after"),
    ("managed", "next_open", "several"),
    ("managed", "next_open", "one"),
    ("managed", "close", "several"),
    ("managed", "close", "one"),
    ("fees", "next_open", "several"),
    ("fees", "close", "one"),
)
_HOUR_US = 3_600_000_000
_DAILY = ("eurusd", "usdjpy", "gbpjpy")


def make_cases(seeds: int = 3, kinds: Sequence[str] = KINDS) -> list[Case]:
    """Make all cases.

    Parameters
    ----------
    seeds
        Made series of each sort.
    kinds
        ``market``: market orders with stops and targets.  ``waiting``: limit and stop orders among
        them, some for a few bars only.  ``managed``: market orders whose stops are moved and whose
        positions are closed by command.  ``fees``: market orders with fees.

    Examples
    --------
    >>> cases = make_cases(seeds=1, kinds=("market",))
    >>> len(cases), cases[0].name, len(cases[0].signals)
    (30, 'eurusd_hours/market/next_open/several', 1200)
    """
    hours = _recorded("eurusd-h1-2017-ask.csv")
    series: list[tuple[str, str, int | None, Candles, float, int]] = [
        ("eurusd_hours", "EURUSD", 5, hours, 0.0010, 1200)
    ]
    for pair in _DAILY:
        digits = 3 if pair.endswith("jpy") else 5
        candles = _recorded(f"{pair}-d1-2021-bid.csv")
        reach = 0.006 * candles.close[0]
        series.append((f"{pair}_d1", pair.upper(), digits, candles, reach, 60))
    for seed in range(seeds):
        # Levels so near that a bar often touches both, and farther ones.
        reach = (0.00005, 0.00012)[seed % 2]
        for sort, symbol, grid in (("grid", "EURUSD", 5), ("free", "PLAIN", None)):
            candles = walk(Random(f"{sort} {seed}"), 1500, grid)  # noqa: S311
            series.append((f"{sort}_{seed}", symbol, grid, candles, reach, 400))
    cases = []
    for name, symbol, decimals, candles, reach, number in series:
        for kind, fill, gate in _SETTINGS:
            if kind in kinds:
                label = f"{name}/{kind}/{fill}/{gate}"
                random = Random(label)  # noqa: S311
                maker = _Maker(random, candles, decimals, reach, kind, gate)
                cases.append(
                    Case(label, symbol, candles, maker.signals(number), fill, gate, kind == "fees")
                )
    return cases


def walk(random: Random, bars: int, digits: int | None) -> Candles:
    """Make a walk with gaps, on whole ticks or, without digits, on none.

    Examples
    --------
    >>> candles = walk(Random(0), 3, 5)
    >>> candles.open[1], candles.high[1], candles.low[1], candles.close[1]
    (1.1, 1.10002, 1.09999, 1.10001)
    """
    scale = float(f"1e{5 if digits is None else digits}")
    close, columns = 110_000.0, Candles([], [], [], [], [])

    def step(reach: int) -> float:
        return float(random.randint(-reach, reach)) if digits else random.uniform(-reach, reach)

    for index in range(bars):
        gap = step(25) if random.random() < 0.12 else step(1)
        open_ = close + gap
        still = random.random() < 0.05
        close = open_ if still else open_ + step(8)
        high = max(open_, close) + (0.0 if still else abs(step(6)))
        low = min(open_, close) - (0.0 if still else abs(step(6)))
        columns.time_us.append((400_000 + index) * _HOUR_US)
        for column, value in zip(columns[1:], (open_, high, low, close), strict=True):
            column.append(value / scale)
    return columns


class _Maker:
    """Makes random signals on one series.

    Parameters
    ----------
    random
        Source of all choices.
    candles, digits
        What they are made for.
    reach
        Typical distance of a level, as a price.
    kind, gate
        As in `make_cases` and `Case`.
    """

    def __init__(
        self,
        random: Random,
        candles: Candles,
        digits: int | None,
        reach: float,
        kind: str,
        gate: str,
    ) -> None:
        self.random, self.candles, self.digits = random, candles, digits
        # Farther levels leave time to move them.
        self.reach, self.kind = (3.0 * reach if kind == "managed" else reach), kind
        # With a gate, orders that never fill and positions that never leave keep all others back.
        self.missing, self.farthest = (0.06, 1.2) if gate == "several" else (0.0, 0.5)

    def signals(self, number: int) -> list[Signal]:
        """Make so many, in ascending order of bars, not two in one bar."""
        # Bar 0 is left out: not every system asks its strategy there.
        bars = range(1, len(self.candles.close))
        return [self._signal(bar) for bar in sorted(self.random.sample(bars, number))]

    def _signal(self, bar: int) -> Signal:
        long = self.random.random() < 0.5
        sign = 1.0 if long else -1.0
        types = ("market", "limit", "stop") if self.kind == "waiting" else ("market",)
        type_ = self.random.choice(types)
        basis = self.candles.close[bar]
        if type_ != "market":
            # On either side: an order that could fill at once waits like any other.
            away = self.random.uniform(-self.farthest, self.farthest) * self.reach
            basis = self._on_grid(basis + away)
        stop, target = self._level(basis, -sign, 1.0), self._level(basis, sign, 2.0)
        signal = Signal(bar, long, type_, None if type_ == "market" else basis, stop, target)
        if type_ != "market" and self.random.random() < 0.3:
            return signal._replace(max_bars=self.random.randint(1, 12))
        return self._managed(signal, sign) if self.kind == "managed" else signal

    def _level(self, basis: float, sign: float, widest: float) -> float | None:
        chance = self.random.random()
        if chance < self.missing:
            return None
        if chance < self.missing + 0.02:
            return basis
        if chance < self.missing + 0.04:
            sign = -sign
        return self._away(basis, sign * self.random.choice((1.0, widest)))

    def _away(self, basis: float, times: float) -> float:
        return self._on_grid(basis + (times * self.random.uniform(0.1, 1.5) * self.reach))

    def _managed(self, signal: Signal, sign: float) -> Signal:
        """Add stops that are moved, always on the losing side of that bar's close, and a close."""
        later = range(signal.bar + 1, min(signal.bar + 25, len(self.candles.close)))
        moves = []
        for bar in sorted(self.random.sample(later, min(self.random.randint(0, 4), len(later)))):
            stop = self._away(self.candles.close[bar], -sign)
            if stop != self.candles.close[bar]:
                moves.append((bar, stop))
        close_at = self.random.choice(later) if later and self.random.random() < 0.5 else None
        return signal._replace(moves=tuple(moves), close_at=close_at)

    def _on_grid(self, price: float) -> float:
        if self.digits is None:
            return price
        scale = float(f"1e{self.digits}")
        return math.floor((price * scale) + 0.5) / scale


def _recorded(name: str) -> Candles:
    from importlib import resources

    source = resources.files("fillproof.golden").joinpath("bars", name)
    with resources.as_file(source) as path:
        table = data.read_csv(path)
    return Candles(
        table.time_us.tolist(),
        table.open.tolist(),
        table.high.tolist(),
        table.low.tolist(),
        table.close.tolist(),
    )
