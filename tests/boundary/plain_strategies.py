"""The built-in strategies as a user would write them: plain callbacks over slices, from the rules.

Nothing is remembered but what the rules ask for, and nothing is taken from the built-in ones:
means, scores and ranges are the arrays of `slice.indicators`, edges are looked up in the history.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .market import SYMBOL


class Plain:
    """What the callbacks share: the bar, and market orders."""

    def __init__(self, backend: ModuleType, **settings: Any) -> None:
        self.backend = backend
        self.timeframe = "M1"
        self.__dict__.update(settings)

    def evaluate(self, index: int, slice_map: Any) -> Any:
        view = slice_map[SYMBOL]
        bid, ask = view.latest("M1", "bid"), view.latest("M1", "ask")
        return self.decide(index, view, bid, ask)

    def at(self, column: Any, index: int) -> float:
        return float(column[index]) if index >= 0 else float("nan")

    def order(self, direction: str, entry: float, stop: float, target: float, bid: Any) -> Any:
        reason = type(self).__name__
        return self.backend.TradeSignal(
            direction, entry, stop, target, SYMBOL, bid.timestamp, reason=reason
        )


class EmaCross(Plain):
    def decide(self, index: int, view: Any, bid: Any, ask: Any) -> Any:
        find = view.indicators
        fast, slow = find.ema("M1", "bid", self.fast), find.ema("M1", "bid", self.slow)
        was, now = self.at(fast, index - 1) - self.at(slow, index - 1), fast[index] - slow[index]
        stop, target = self.distances(view, index)
        if not stop > 0.0:
            return None
        if was <= 0.0 < now:
            close = ask.close
            return self.order("long", close, close - stop, close + target, bid)
        if was >= 0.0 > now:
            close = bid.close
            return self.order("short", close, close + stop, close - target, bid)
        return None

    def distances(self, view: Any, index: int) -> tuple[float, float]:
        return self.stop_pips * self.pip_size, self.target_pips * self.pip_size


class EmaAtr(EmaCross):
    def distances(self, view: Any, index: int) -> tuple[float, float]:
        atr = self.at(view.indicators.atr("M1", "bid", self.period), index)
        return self.stop_atr * atr, self.target_atr * atr


class ZScoreReversion(Plain):
    last = None

    def decide(self, index: int, view: Any, bid: Any, ask: Any) -> Any:
        find = view.indicators
        score = find.zscore("M1", "bid", self.window)
        was, now = self.at(score, index - 1), self.at(score, index)
        mean = self.at(find.sma("M1", "bid", self.window), index)
        atr = self.at(find.atr("M1", "bid", self.period), index)
        if not atr > 0.0 or (self.last is not None and index - self.last < self.rest):
            return None
        if was >= -self.entry > now and mean > ask.close:
            self.last = index
            return self.order("long", ask.close, ask.close - self.stop_atr * atr, mean, bid)
        if was <= self.entry < now and mean < bid.close:
            self.last = index
            return self.order("short", bid.close, bid.close + self.stop_atr * atr, mean, bid)
        return None


class Breakout(Plain):
    last = None

    def decide(self, index: int, view: Any, bid: Any, ask: Any) -> Any:
        if self.last is not None and index < self.last + self.max_bars:
            return None
        asks = view.history("M1", "ask", self.length)
        bids = view.history("M1", "bid", self.length)
        unit = self.pip_size
        if self.unit == "atr":
            unit = self.at(view.indicators.atr("M1", "bid", self.period), index)
        if len(asks) < self.length or not unit > 0.0:
            return None
        self.last = index
        high, low = max(bar.high for bar in asks), min(bar.low for bar in bids)
        stop, target = self.stop * unit, self.target * unit
        meta = {"max_bars": self.max_bars, "oco": f"breakout {SYMBOL} {index}"}
        both = ("long", high, high - stop, high + target), ("short", low, low + stop, low - target)
        return [
            self.backend.TradeSignal(*levels, SYMBOL, bid.timestamp, type="stop", meta=meta)
            for levels in both
        ]


class PairSpread:
    """At each key everything is computed anew from all whole keys so far."""

    def __init__(self, backend: ModuleType, symbols: tuple[str, str], **settings: Any) -> None:
        self.backend = backend
        self.symbols = symbols
        self.last: int | None = None
        self.__dict__.update(settings)

    def evaluate(self, index: int, market: Any) -> Any:
        views = [market[symbol] for symbol in self.symbols]
        columns = [view.series_ref("M1", side) for view in views for side in ("bid", "ask")]
        rows = [row for row in zip(*columns, strict=True) if None not in map(type_of, row)]
        if not all(market.is_covered(symbol) for symbol in self.symbols) or len(rows) < 2:
            return None
        score = self.backend.Zscore(self.window)
        ranges = [self.backend.Atr(self.period), self.backend.Atr(self.period)]
        was = now = float("nan")
        for bid_a, ask_a, bid_b, ask_b in rows:
            mids = (bid_a.close + ask_a.close) / 2, (bid_b.close + ask_b.close) / 2
            was, now = now, score.update(mids[0] - self.hedge * mids[1])
            for atr, bid in zip(ranges, (bid_a, bid_b), strict=True):
                atr.update(bid.high, bid.low, bid.close)
        waits = self.last is not None and len(rows) - self.last < self.rest
        if waits or not all(atr.value > 0.0 for atr in ranges):
            return None
        if was >= -self.entry > now:
            ways = ("long", "short")
        elif was <= self.entry < now:
            ways = ("short", "long")
        else:
            return None
        self.last = len(rows)
        return [
            self.leg(way, view, atr.value, market.time)
            for way, view, atr in zip(ways, views, ranges, strict=True)
        ]

    def leg(self, way: str, view: Any, atr: float, time: Any) -> Any:
        entry, sign = (view.ask.close, 1) if way == "long" else (view.bid.close, -1)
        stop, target = entry - sign * self.stop_atr * atr, entry + sign * self.target_atr * atr
        return self.backend.TradeSignal(way, entry, stop, target, view.symbol, time)


def type_of(candle: Any) -> Any:
    """None for None: candles are compared by their prices otherwise."""
    return None if candle is None else type(candle)
