"""The wrapper between a user's strategy and the engine (rules S1, S2, L3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import make_error
from .signals import normalise

MANAGER_LINKS = 8


class StrategyWrapper:
    """Calls a strategy and turns what it returns into signals.

    Parameters
    ----------
    strategy : object
        With ``on_data(slice_map)``, or, where that is missing, ``check_entry(slice, index=i)``;
        either returns None, a raw signal (dict), a TradeSignal, or a list or tuple of them.

    Errors
    ------
    STRATEGY_INVALID
        The strategy has neither method (raised at the first bar).
    """

    def __init__(self, strategy: Any) -> None:
        self.strategy = strategy

    def evaluate(self, index: int, slice_map: Mapping[str, Any]) -> list[Any] | None:
        """Return the signals of a bar, or None.

        Errors
        ------
        SIGNAL_NOT_UNDERSTOOD, DIRECTION_UNKNOWN
        """
        view = next(iter(slice_map.values()))
        on_data = getattr(self.strategy, "on_data", None)
        if on_data is not None:
            raw = on_data(slice_map)
        else:
            check_entry = getattr(self.strategy, "check_entry", None)
            if check_entry is None:
                raise make_error(
                    "STRATEGY_INVALID", bar=index, field="strategy", value=self.strategy,
                    expected="a method on_data(slice_map) or check_entry(slice, index)",
                )  # fmt: skip
            raw = check_entry(view, index=index)
        if raw is None:
            return None
        items = raw if isinstance(raw, (list, tuple)) else (raw,)
        bid, ask = getattr(view, "bid", None), getattr(view, "ask", None)
        signals = [normalise(item, bid, ask, view.symbol, index) for item in items]
        return signals or None


def find_manager(strategy: Any) -> Any:
    """Return the first position_manager along strategy, strategy.strategy, ... (L3).

    At most 8 links; stops at a repeated object.
    """
    seen: list[Any] = []
    link = strategy
    while link is not None and len(seen) < MANAGER_LINKS:
        if any(link is other for other in seen):
            return None
        manager = getattr(link, "position_manager", None)
        if manager is not None:
            return manager
        seen.append(link)
        link = getattr(link, "strategy", None)
    return None
