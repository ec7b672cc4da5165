"""Candles whose future can be cut off or replaced by another one that is as plausible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fillproof.candle_table import PRICES, CandleTable

__all__ = ["POISONS", "Market"]

POISONS = ("mirrored", "shifted", "shuffled", "doubled", "halved", "flat")
"""How a future is replaced; each is made by `Market.poisoned`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = {"doubled": 2.0, "halved": 0.5}
_LEAST = 0.01
"""No replaced price falls under this part of the last known close."""

Prices = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Market:
    """Both sides of one symbol, and what else a strategy is shown.

    Attributes
    ----------
    symbol, timeframe
        As for `fillproof.run_backtest`.
    bid, ask
        The bars.
    more
        `multi_candle_data`, aligned to the bars; or a function of bid and ask that makes it.
    others
        Further symbols of the same run, with the same times; what happens to one happens to all.

    Examples
    --------
    >>> from fillproof import data
    >>> pair = data.eurusd_h1_2017()
    >>> market = Market("EURUSD", "H1", pair.bid[:100], pair.ask[:100])
    >>> len(market.cut(9)), len(market.poisoned(9, "mirrored")), len(market.tail(60))
    (10, 100, 40)
    """

    symbol: str
    timeframe: str
    bid: CandleTable
    ask: CandleTable
    more: Any = None
    others: tuple[Market, ...] = ()

    def __len__(self) -> int:
        return len(self.bid)

    def time(self, bar: int) -> datetime:
        """Say when a bar opens."""
        return _EPOCH + timedelta(microseconds=int(self.bid.time_us[bar]))

    def bar_at(self, moment: datetime | None) -> int:
        """Find the first bar at or after a moment; 0 for None, the number of bars where none is."""
        if moment is None:
            return 0
        us = (moment - _EPOCH) // timedelta(microseconds=1)
        return int(np.searchsorted(self.bid.time_us, us))

    def cut(self, last: int) -> Market:
        """Keep the bars up to `last`."""
        return self.part(slice(None, last + 1))

    def tail(self, first: int) -> Market:
        """Keep the bars from `first` on."""
        return self.part(slice(first, None))

    def poisoned(self, last: int, how: str, seed: int = 0, *, kept: int | None = None) -> Market:
        """Replace every bar after `last` by another one at the same time.

        Parameters
        ----------
        last
            The last bar that stays.
        how
            One of `POISONS`: `mirrored` at the last close, `shifted` by one percent, `shuffled`
            (the same moves in another order), `doubled` and `halved` in price, `flat`.
        seed
            Of the order in `shuffled` and the side in `shifted`.
        kept
            Let the true bars go on up to this one: the same other future, but only after it.
        """
        kept = last if kept is None else kept
        if kept + 1 >= len(self):
            return self
        bid = _future(self.bid, last)
        spread = {name: getattr(self.ask, name)[last + 1 :] - bid[name] for name in PRICES}
        anchor = float(self.bid.close[last])
        random = Random(f"{how}/{seed}/{last}")  # noqa: S311 - repeatable, not secret
        changed, order = _changed(bid, anchor, how, random)
        changed = {name: np.maximum(column, _LEAST * anchor) for name, column in changed.items()}
        asked = {name: changed[name] + spread[name][order] for name in PRICES}
        for name in PRICES:
            asked[name] = np.maximum(asked[name], _LEAST * anchor)
        return replace(
            self,
            bid=_joined(self.bid, (last, kept), _whole(changed)),
            ask=_joined(self.ask, (last, kept), _whole(asked)),
            more=self._more_poisoned(kept, how),
            others=tuple(one.poisoned(last, how, seed + 1, kept=kept) for one in self.others),
        )

    def shown(self) -> Any:
        """Give the `multi_candle_data` of these bars; None where there is none."""
        return self.more(self.bid, self.ask) if callable(self.more) else self.more

    def part(self, rows: slice) -> Market:
        """Keep some of the bars, of all symbols."""
        more = self.more
        if isinstance(more, Mapping):
            more = {
                timeframe: {side: _rows(series, rows) for side, series in sides.items()}
                for timeframe, sides in more.items()
            }
        others = tuple(market.part(rows) for market in self.others)
        return replace(self, bid=self.bid[rows], ask=self.ask[rows], more=more, others=others)

    def _more_poisoned(self, last: int, how: str) -> Any:
        if not isinstance(self.more, Mapping):
            return self.more
        from .higher import poisoned

        return poisoned(self, last, how)


def _rows(series: Any, rows: slice) -> Any:
    if hasattr(series, "places") and hasattr(series, "candles"):
        return type(series)(series.candles, np.asarray(series.places)[rows])
    return series[rows]


def _future(table: CandleTable, last: int) -> Prices:
    return {name: getattr(table, name)[last + 1 :] for name in PRICES}


def _changed(
    bars: Prices, anchor: float, how: str, random: Random
) -> tuple[Prices, NDArray[np.int64]]:
    """Make other bars, and say which of the old ones each stands for."""
    count = len(bars["close"])
    order = np.arange(count)
    if how == "mirrored":
        partner = {"open": "open", "high": "low", "low": "high", "close": "close"}
        return {name: 2.0 * anchor - bars[partner[name]] for name in PRICES}, order
    if how == "shifted":
        factor = 1.01 if random.random() < 0.5 else 0.99
        return {name: bars[name] * factor for name in PRICES}, order
    if how == "shuffled":
        return _shuffled(bars, anchor, random)
    if how in _TIMES:
        return {name: bars[name] * _TIMES[how] for name in PRICES}, order
    if how == "flat":
        return {name: np.full(count, anchor) for name in PRICES}, order
    raise ValueError(f"how is {how!r}; expected one of {', '.join(POISONS)}")


def _shuffled(bars: Prices, anchor: float, random: Random) -> tuple[Prices, NDArray[np.int64]]:
    count = len(bars["close"])
    places = list(range(count))
    random.shuffle(places)
    if places == sorted(places):
        places.reverse()
    order = np.asarray(places, dtype=np.int64)
    before = np.concatenate(([anchor], bars["close"][:-1]))
    gap, move = (bars["open"] - before)[order], (bars["close"] - bars["open"])[order]
    close = anchor + np.cumsum(gap + move)
    opened = close - move
    up, down = ((bars[name] - bars["open"])[order] for name in ("high", "low"))
    return {"open": opened, "high": opened + up, "low": opened + down, "close": close}, order


def _whole(bars: Prices) -> Prices:
    """Let high and low enclose open and close again."""
    every = np.stack([bars[name] for name in PRICES])
    return {**bars, "high": every.max(axis=0), "low": every.min(axis=0)}


def _joined(table: CandleTable, places: tuple[int, int], future: Prices) -> CandleTable:
    """Put a future that begins after the first place behind the true bars up to the second."""
    last, kept = places
    known, later = slice(None, kept + 1), slice(kept - last, None)
    columns = {n: np.concatenate((getattr(table, n)[known], future[n][later])) for n in PRICES}
    other = (table.volume[last + 1 :][::-1] * 2.0 + 1.0)[later]
    volume = np.concatenate((table.volume[known], other))
    return CandleTable(table.time_us, volume=volume, **columns)
