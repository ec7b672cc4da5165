"""The same strategies written in Python, to hold the compiled ones against."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Any


class Channel:
    """Buys above the channel of the bars before, sells below it."""

    def __init__(self, length: int = 24, stop: float = 0.0015, target: float = 0.0030) -> None:
        self.stop, self.target = stop, target
        self.highs: deque[float] = deque(maxlen=length)
        self.lows: deque[float] = deque(maxlen=length)

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        bid, ask = view.latest("H1", "bid"), view.latest("H1", "ask")
        full = len(self.highs) == self.highs.maxlen
        highest, lowest = (max(self.highs), min(self.lows)) if full else (None, None)
        self.highs.append(bid.high)
        self.lows.append(bid.low)
        if not full or lowest <= bid.close <= highest:
            return None
        sign = 1.0 if bid.close > highest else -1.0
        close = ask.close if sign > 0 else bid.close
        return {
            "direction": "buy" if sign > 0 else "sell",
            "entry": close,
            "sl": close - sign * self.stop,
            "tp": close + sign * self.target,
            "reason": "channel",
        }


class Gap:
    """Sells a gap up over a weekend, buys a gap down."""

    def __init__(self, least: float = 0.0010, stop: float = 0.0040, max_bars: int = 6) -> None:
        self.least, self.stop, self.max_bars = least, stop, max_bars
        self.last: Any = None

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        bid, last, self.last = view.bid, self.last, view.bid
        if last is None or bid.timestamp - last.timestamp <= timedelta(days=1):
            return None
        gap = bid.open - last.close
        if abs(gap) < self.least:
            return None
        return {
            "direction": "sell" if gap > 0 else "buy",
            "type": "limit",
            "entry": bid.open,
            "sl": bid.open + (self.stop if gap > 0 else -self.stop),
            "tp": last.close,
            "reason": "opening gap",
            "meta": {"max_bars": self.max_bars},
        }
