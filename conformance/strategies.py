"""Makes built-in strategies from the words of cases and runs, and asks one for its signals."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from fillproof.built_in import COMMANDS

from .scripted import to_number

__all__ = ["signals_of", "strategy_of"]

SYMBOL = "EURUSD"
START = datetime(2024, 1, 2, tzinfo=UTC)
# Settings that are numbers and no counts; these stand as text in the files.
_NUMBERS = frozenset(
    "stop_pips target_pips pip_size stop_atr target_atr entry stop target hedge".split()
)


def strategy_of(engine: Any, settings: dict[str, Any]) -> Any:
    """Make the built-in strategy that a case or a whole run names."""
    given = {
        name: to_number(value) if name in _NUMBERS else value for name, value in settings.items()
    }
    return getattr(engine, COMMANDS[given.pop("name")])(**given)


def signals_of(engine: Any, given: dict[str, Any]) -> list[list[Any]]:
    """Move a slice from bar to bar and list what a strategy signals there.

    Parameters
    ----------
    engine
        The backend's package.
    given
        `strategy`; `bid` and `ask`, a list of open, high, low, close for each bar, None where there
        is no candle; `at`, the bars at which it is evaluated, in order; absent: all.

    Returns
    -------
    list of [bar, direction, type, entry, stop, target, max_bars, oco]
    """
    strategy = strategy_of(engine, given["strategy"])
    sides = {side: _candles(engine, given[side]) for side in ("bid", "ask")}
    view = engine.SymbolDataSlice({given["strategy"]["timeframe"]: sides}, SYMBOL)
    found = []
    for bar in given.get("at", range(len(given["bid"]))):
        view.set_index(bar)
        for signal in strategy.evaluate(bar, {SYMBOL: view}) or ():
            if (signal.symbol, signal.timestamp) != (SYMBOL, START + timedelta(minutes=bar)):
                raise ValueError(f"{signal} is not one of bar {bar}")
            found.append([bar, *_told(signal)])
    return found


def _candles(engine: Any, rows: list[list[str] | None]) -> list[Any]:
    return [
        row and engine.Candle(START + timedelta(minutes=bar), *map(_price, row))
        for bar, row in enumerate(rows)
    ]


def _price(text: str | None) -> float:
    return math.nan if text is None else float(text)


def _told(signal: Any) -> list[Any]:
    options = {name: signal.meta.get(name) for name in ("max_bars", "oco")}
    levels = (signal.entry_price, signal.stop_loss, signal.take_profit)
    return [signal.direction, signal.type, *levels, *options.values()]
