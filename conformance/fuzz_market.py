"""Random markets: candles on a grid of ticks, with all that makes a bar hard to read.

Gaps over levels and in time, bars without a range or of one tick, quotes that cross, spreads that
differ from one price of a bar to the next.  Needs hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

__all__ = [
    "CLOSE",
    "HIGH",
    "LOW",
    "MIDDLE",
    "OPEN",
    "SYMBOLS",
    "Market",
    "Style",
    "draw_market",
    "draw_style",
    "price_text",
    "time_text",
    "walk",
]

OPEN, HIGH, LOW, CLOSE = range(4)
_STARTS = (
    datetime(2020, 1, 1, tzinfo=UTC),
    # Friday, a few minutes to midnight.
    datetime(2020, 1, 3, 23, 55, tzinfo=UTC),
)
SYMBOLS: dict[str, tuple[int, int, str]] = {
    # name: (first price in ticks, decimals of a tick, pip)
    "EURUSD": (110_000, 5, "0.0001"),
    "USDJPY": (110_000, 3, "0.01"),
    "EURJPY": (16_000, 2, "0.01"),
    "XAUUSD": (195_000, 2, "0.1"),
    # Whole numbers amid a binade, so that mirrored and scaled prices are exact.
    "US30": (49_152, 0, "10"),
}
EXACT = "US30"
MIDDLE = 49_152
Side = tuple[int, int, int, int]


@dataclass(frozen=True)
class Market:
    """Candles of one symbol.

    Attributes
    ----------
    symbol, decimals, pip
        Name, decimals of a tick, and a pip as text.
    rows
        As in a case: time, then both sides, bid first.
    bid, ask
        The same in ticks: open, high, low, close.
    times
        Opening time of each bar.
    """

    symbol: str
    decimals: int
    pip: str
    rows: list[list[Any]]
    bid: list[Side]
    ask: list[Side]
    times: list[datetime]

    def opening(self, bar: int, *, long: bool) -> Side:
        """Give the side on which such a position opens."""
        return (self.ask if long else self.bid)[bar]

    def closing(self, bar: int, *, long: bool) -> Side:
        """Give the side on which such a position closes."""
        return (self.bid if long else self.ask)[bar]

    def price(self, ticks: int) -> str:
        """Write ticks as a price on the grid."""
        return price_text(ticks, self.decimals)


@dataclass(frozen=True)
class Style:
    """What is the same in all bars of a symbol.

    Attributes
    ----------
    symbol
        Name.
    spread
        Ask less bid where nothing widens it, ticks.
    fine
        Whether prices lie beside the grid.
    moves
        Draws one bar, as seen from the last: wild or quiet.
    """

    symbol: str
    spread: int
    fine: bool
    moves: st.SearchStrategy[tuple[Any, ...]]


def draw_style(draw: st.DrawFn, symbol: str | None = None, *, exact: bool = False) -> Style:
    """Draw how a symbol behaves, and which one it is where none is named."""
    if symbol is None:
        symbol = EXACT if exact else draw(st.sampled_from(sorted(SYMBOLS)))
    fine = not exact and draw(st.sampled_from([False, False, False, True]))
    quiet = draw(st.sampled_from([False, False, False, True]))
    spread = draw(st.sampled_from([0, 1, 2, 8]))
    return Style(symbol, spread, fine, _quiet() if quiet else _wild())


def draw_market(draw: st.DrawFn, count: int, *, exact: bool = False) -> Market:
    """Walk `count` bars in ticks; wild or quiet, on the grid or beside it.

    With `exact` prices are whole numbers around `MIDDLE`.
    """
    style = draw_style(draw, exact=exact)
    time = draw(st.sampled_from(_STARTS))
    moves = draw(st.lists(style.moves, min_size=count, max_size=count))
    times = []
    for move in moves:
        times.append(time)
        time += timedelta(seconds=move[-1])
    return walk(style, moves, times)


def walk(style: Style, moves: Sequence[tuple[Any, ...]], times: list[datetime]) -> Market:
    """Make the candles of bars that were drawn."""
    price, decimals, pip = SYMBOLS[style.symbol]
    rows: list[list[Any]] = []
    bids: list[Side] = []
    asks: list[Side] = []
    for move, time in zip(moves, times, strict=True):
        gap, body, up, down, widen, _ = move
        start = price + gap
        price = start + body
        bid = (start, max(start, price) + up, min(start, price) - down, price)
        first, high, low, last = (
            tick + style.spread + wide for tick, wide in zip(bid, widen, strict=True)
        )
        ask = (first, max(first, high, last), min(first, low, last), last)
        prices = (price_text(tick, decimals, fine=style.fine) for tick in (*bid, *ask))
        rows.append([time_text(time), *prices])
        bids.append(bid)
        asks.append(ask)
    return Market(style.symbol, decimals, pip, rows, bids, asks, times)


def _wild() -> st.SearchStrategy[tuple[Any, ...]]:
    wick = st.sampled_from([0, 0, 1, 2, 5, 11, 20])
    return st.tuples(
        # Gap from the last close, body, upper and lower wick, changes of the spread, seconds.
        st.sampled_from([0, 0, 0, 0, 1, -1, 3, -3, 12, -12, 40, -40]),
        st.integers(-9, 9),
        wick,
        wick,
        _widening([0, 0, 0, 1, -1, 4, -12]),
        _seconds(),
    )


def _quiet() -> st.SearchStrategy[tuple[Any, ...]]:
    """Bars of a tick or none, where a touch and a tie are one tick apart."""
    tick = st.sampled_from([0, 0, 1])
    return st.tuples(
        st.sampled_from([0, 0, 0, 1, -1, 2, -2]),
        st.sampled_from([0, 0, 1, -1]),
        tick,
        tick,
        _widening([0, 0, 0, 1]),
        _seconds(),
    )


def _widening(changes: list[int]) -> st.SearchStrategy[tuple[int, ...]]:
    """Draw the change of the spread at open, high, low and close: mostly the same."""
    change = st.sampled_from(changes)
    alike = change.map(lambda wide: (wide, wide, wide, wide))
    return st.one_of(alike, alike, st.tuples(change, change, change, change))


def _seconds() -> st.SearchStrategy[int]:
    return st.sampled_from([60] * 9 + [30, 180, 3600, 172_800])


def price_text(ticks: int, decimals: int, *, fine: bool = False) -> str:
    """Write ticks as a price; `fine` puts it off the grid, the same way for equal ticks."""
    exact = Decimal(ticks).scaleb(-decimals)
    if fine:
        exact += Decimal((ticks * 7919) % 1000).scaleb(-decimals - 4)
    return str(exact)


def time_text(time: datetime) -> str:
    """Write a time as the cases do."""
    return time.isoformat().replace("+00:00", "Z")
