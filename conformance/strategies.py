"""Makes built-in strategies from the words of cases and runs, and asks one for its signals."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from fillproof.built_in import COMMANDS
from fillproof.expressions import Plan

from .columns import columns_of, listed
from .scripted import to_number

__all__ = ["signals_of", "strategy_of"]

SYMBOL = "EURUSD"
START = datetime(2024, 1, 2, tzinfo=UTC)
_CLASSES = {**COMMANDS, "pair-spread": "PairSpread"}
_OF_COLUMNS = ("columns", "cross-columns")
# Settings that are numbers and no counts; these stand as text in the files.
_NUMBERS = frozenset(
    "stop_pips target_pips pip_size stop_atr target_atr entry stop target hedge".split()
)


def strategy_of(engine: Any, settings: dict[str, Any]) -> Any:
    """Make the built-in strategy that a case or a whole run names, or one of expressions.

    Of expressions a case has the document, which every language reads, and the Python that makes
    it, for readers.
    """
    if settings["name"] == "expressions":
        plan = Plan.from_json(settings["document"])
        if "plan" in settings and repr(plan) != settings["plan"]:
            raise ValueError(f"the document says {plan!r}; expected {settings['plan']}")
        return engine.ExpressionStrategy.of(plan)
    if settings["name"] in _OF_COLUMNS:
        return columns_of(engine, settings)
    given = {
        name: to_number(value) if name in _NUMBERS else value for name, value in settings.items()
    }
    return getattr(engine, _CLASSES[given.pop("name")])(**given)


def signals_of(engine: Any, given: dict[str, Any]) -> list[list[Any]]:
    """Move a slice from bar to bar and list what a strategy signals there.

    Parameters
    ----------
    engine
        The backend's package.
    given
        `strategy`; `bid` and `ask`, a list of open, high, low, close for each bar, None where there
        is no candle, a whole number where that bar's candle is shown again; or `symbols` with both
        for each symbol; `at`, the bars at which it is evaluated, in order; absent: all. Columns
        of signals are run by an engine, from the bar `start` on.

    Returns
    -------
    list of [bar, direction, type, entry, stop, target, max_bars, oco], with `symbols`
    of [bar, symbol, direction, type, entry, stop, target]
    """
    strategy = strategy_of(engine, given["strategy"])
    if given["strategy"]["name"] in _OF_COLUMNS:
        return _by_columns(engine, strategy, given)
    if "symbols" in given:
        return _across(engine, strategy, given)
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


def _by_columns(engine: Any, strategy: Any, given: dict[str, Any]) -> list[list[Any]]:
    symbols = given.get("symbols", {SYMBOL: given})
    candles = {
        symbol: {side: _candles(engine, sides[side]) for side in ("bid", "ask")}
        for symbol, sides in symbols.items()
    }
    bars = len(next(iter(candles.values()))["bid"])
    keys = [START + timedelta(minutes=bar) for bar in range(bars)]
    found = listed(engine, strategy, candles, keys, given.get("start", 0))
    if "symbols" in given:
        return [[bar, signal.symbol, *_told(signal)[:-2]] for bar, signal in found]
    return [[bar, *_told(signal)] for bar, signal in found]


def _across(engine: Any, strategy: Any, given: dict[str, Any]) -> list[list[Any]]:
    candles = {
        symbol: {side: _candles(engine, rows) for side, rows in sides.items()}
        for symbol, sides in given["symbols"].items()
    }
    bars = len(next(iter(candles.values()))["bid"])
    keys = [START + timedelta(minutes=bar) for bar in range(bars)]
    lookups = {
        symbol: {
            side: {key: candle for key, candle in zip(keys, series, strict=True) if candle}
            for side, series in sides.items()
        }
        for symbol, sides in candles.items()
    }
    view = engine.MultiSymbolSlice(lookups, keys, "M1")
    found = []
    for bar in given.get("at", range(bars)):
        view.set_index(bar)
        for signal in strategy.evaluate(bar, view) or ():
            if signal.timestamp != keys[bar] or signal.meta:
                raise ValueError(f"{signal} is not one of bar {bar}")
            found.append([bar, signal.symbol, *_told(signal)[:-2]])
    return found


def _candles(engine: Any, rows: list[list[str] | int | None]) -> list[Any]:
    candles: list[Any] = []
    for bar, row in enumerate(rows):
        if isinstance(row, list):
            time = START + timedelta(minutes=bar)
            candles.append(engine.Candle(time, *map(_price, row)))
        else:
            candles.append(None if row is None else candles[row])
    return candles


def _price(text: str | None) -> float:
    return math.nan if text is None else float(text)


def _told(signal: Any) -> list[Any]:
    options = {name: signal.meta.get(name) for name in ("max_bars", "oco")}
    levels = (signal.entry_price, signal.stop_loss, signal.take_profit)
    return [signal.direction, signal.type, *levels, *options.values()]
