"""Stands before a strategy: counts how often it is asked and keeps what it gives.

What is kept can be played again as a script, on any engine, without the strategy.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

__all__ = ["Keeper"]

# How far an engine looks for a position manager (rule L3).
_LINKS = 8
_PRICES = (("entry", "entry_price"), ("sl", "stop_loss"), ("tp", "take_profit"))


class Keeper:
    """A strategy with a memory.

    Parameters
    ----------
    strategy
        With `evaluate`.

    Attributes
    ----------
    asked
        How often it was evaluated.
    signals
        Pairs of bar and signal, in the order in which they were given.

    Examples
    --------
    >>> from fillproof.intake import FunctionStrategy
    >>> keeper = Keeper(FunctionStrategy(lambda index, slice_map: None))
    >>> keeper.evaluate(3, {}), keeper.asked, keeper.signals
    (None, 1, [])
    """

    def __init__(self, strategy: Any) -> None:
        self.strategy = strategy
        self.asked = 0
        self.signals: list[tuple[int, Any]] = []

    @property
    def position_manager(self) -> Any:
        """The manager that an engine would find without this link before the strategy."""
        link = self.strategy
        for _ in range(_LINKS):
            manager = getattr(link, "position_manager", None)
            if manager is not None:
                return manager
            link = getattr(link, "strategy", None)
        return None

    def evaluate(self, index: int, slice_map: Any, /) -> Any:
        """Ask the strategy and keep its answer."""
        self.asked += 1
        signals = self.strategy.evaluate(index, slice_map)
        if signals is not None:
            given = signals if isinstance(signals, (list, tuple)) else (signals,)
            self.signals += [(index, signal) for signal in given]
        return signals

    def given(self) -> dict[str, Any]:
        """Give all that was kept as plain values: `signals`, each with its bar, and `lost`.

        `lost` says in words what a script cannot repeat.
        """
        lost: list[str] = []
        return {
            "signals": [[bar, _plain(signal, bar, lost)] for bar, signal in self.signals],
            "lost": sorted(set(lost)),
        }


def _plain(signal: Any, bar: int, lost: list[str]) -> dict[str, Any]:
    """Write a signal as a case does; prices are text, the shortest that reads back the same."""
    try:
        kept: dict[str, Any] = {"direction": signal.direction, "type": signal.type}
        for name, attribute in _PRICES:
            price = getattr(signal, attribute)
            kept[name] = None if price is None else repr(float(price))
        kept["symbol"] = signal.symbol
    except (AttributeError, TypeError, ValueError) as error:
        lost.append(f"a signal of bar {bar} is no TradeSignal: {error}")
        return {"raw": repr(signal)}
    meta = getattr(signal, "meta", None) or {}
    if "expires_at" in meta:
        kept["expires_at"] = _time(meta["expires_at"])
    kept.update({name: meta[name] for name in ("max_bars", "oco") if name in meta})
    return kept


def _time(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
