"""Whether the parts of a run are ours, and nobody has put something of his own into them."""

# ruff: noqa: SLF001 - the modules of one engine share the records behind their faces

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .candles import Candles
from .execution import ExecutionSimulator
from .expressions.strategy import ExpressionStrategy
from .portfolio import Portfolio
from .strategies.columns import ColumnStrategy
from .strategies.ema_cross import EmaCross

if TYPE_CHECKING:
    from .event_engine import EventEngine

# What a run asks of its parts; an object on which one of these was replaced is driven bar by bar.
OF_STRATEGY = ("evaluate", "on_data", "position_manager", "strategy")
NAMES: dict[type, tuple[str, ...]] = {
    ExecutionSimulator: (
        "open_bar", "process_signal", "evaluate_exits", "close_bar", "active_positions",
        "portfolio",
    ),
    Portfolio: (
        "mark", "update", "equity", "register_entry", "register_exit", "register_fee",
        "register_swap", "register_expired",
    ),
    ColumnStrategy: (*OF_STRATEGY, "has_signal", "signal"),
    ExpressionStrategy: OF_STRATEGY,
    EmaCross: (*OF_STRATEGY, "_evaluate", "_restart", "_take_bid", "_take_ask", "_decide"),
}  # fmt: skip
FORESEEABLE = (ColumnStrategy, ExpressionStrategy, EmaCross)
ORIGINALS = {
    cls: [getattr(cls, name, None) for name in names] for cls, names in NAMES.items()
}  # fmt: skip


def are_ours(engine: EventEngine) -> bool:
    """Tell whether a run is of parts of ours alone, and of those that can be jumped with."""
    executor, portfolio, strategy = engine.executor, engine.portfolio, engine.strategy
    return (
        is_plain(executor, ExecutionSimulator)
        and is_plain(portfolio, Portfolio)
        and any(is_plain(strategy, cls) for cls in FORESEEABLE)
        and type(engine.bid_candles) is Candles
        and type(engine.ask_candles) is Candles
        and type(engine.symbol) is str
        and executor._portfolio is portfolio
        and not executor._parity
        and not executor._ordinal
        and executor._rates is None
        and executor._margin is None
        and executor.lower_candles is None
        and engine.tracer is None
        and engine.on_progress is None
    )


def is_plain(part: Any, cls: type) -> bool:
    """Tell whether a part is of a class of ours, and nobody has replaced what a run asks of it."""
    if type(part) is not cls:
        return False
    own = vars(part)
    return not any(name in own for name in NAMES[cls]) and all(
        getattr(cls, name, None) is known
        for name, known in zip(NAMES[cls], ORIGINALS[cls], strict=True)
    )
