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
