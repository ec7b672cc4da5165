"""Stands before a strategy: how long it takes, what it says, and whether columns could say it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .phases import Stopwatch, watch_costs

__all__ = ["Recording"]

_DIRECTIONS = {"long": 1, "buy": 1, "short": -1, "sell": -1}
_TYPES = ("market", "limit", "stop")


class Recording:
    """Stands before a strategy: times its calls and keeps what it says at each bar.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> given = SimpleNamespace(direction="long", entry_price=None, stop_loss=1.0,
    ...                         take_profit=None, type="market", meta={})
    >>> recording = Recording(SimpleNamespace(evaluate=lambda index, shown: [given]))
    >>> recording.evaluate(1, None) == [given], recording.why_not()
    (True, None)
    >>> recording.columns(3)["direction"].tolist()
    [0, 1, 0]
    """

    def __init__(self, strategy: Any) -> None:
        self.strategy = strategy
        self.watch = Stopwatch()
        self._timed = self.watch.around("strategy", strategy.evaluate)
        self.given: list[tuple[int, Any]] = []

    def evaluate(self, index: int, shown: Any) -> Any:
        """Ask the strategy."""
        found = self._timed(index, shown)
        if found is not None:
            listed = found if isinstance(found, (list, tuple)) else (found,)
            self.given += [(index, signal) for signal in listed]
        return found

    def share(self, whole: float) -> float:
        """Return the strategy's part of a run of so many seconds, what the watch took left out."""
        inside, outside = watch_costs()
        calls = sum(self.watch.calls.values())
        spent = self.watch.spent["strategy"] - inside * calls
        run = whole * 1e9 - outside * calls
        return min(max(spent / run, 0.0), 1.0) if run > 0.0 else 0.0

    def why_not(self) -> str | None:
        """Say why the signals cannot be told as columns; None where they can."""
        link = self.strategy
        while link is not None:
            if getattr(link, "position_manager", None) is not None:
                return "the strategy has a position manager, which acts on every bar"
            link = getattr(link, "strategy", None)
        rows = [index for index, _ in self.given]
        twice = next((a for a, b in pairwise(rows) if a == b), None)
        if twice is not None:
            return f"bar {twice} has more than one signal, columns hold one a bar"
        for index, signal in self.given:
            if getattr(signal, "direction", None) not in _DIRECTIONS:
                return f"bar {index}: {signal!r} is no TradeSignal"
            options = set(getattr(signal, "meta", None) or ()) & {"expires_at", "max_bars", "oco"}
            if options:
                return f"bar {index}: its order has {', '.join(sorted(options))}"
        return None

    def columns(self, bars: int) -> dict[str, Any]:
        """Return what `ColumnStrategy` takes."""
        direction, kinds = np.zeros(bars, dtype=np.int8), np.zeros(bars, dtype=np.int8)
        prices = {name: np.full(bars, np.nan) for name in ("entry", "stop", "target")}
        named = dict(zip(prices, ("entry_price", "stop_loss", "take_profit"), strict=True))
        for index, signal in self.given:
            direction[index] = _DIRECTIONS[signal.direction]
            kinds[index] = _TYPES.index(signal.type)
            for column, name in named.items():
                value = getattr(signal, name)
                prices[column][index] = np.nan if value is None else value
        return {"direction": direction, "type": kinds, **prices}
