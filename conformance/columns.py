"""Signal columns of cases: as the engine's own strategy, called back row by row, and listed."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from .scripted import to_number

__all__ = ["Called", "columns_of", "listed"]

_PRICES = ("entry", "stop", "target")
_TYPES = ("market", "limit", "stop")


def columns_of(engine: Any, settings: dict[str, Any]) -> Any:
    """Make the strategy of columns that a case names; with ``called`` one that is called back.

    Parameters
    ----------
    engine
        The backend's package.
    settings
        ``name`` columns with ``direction`` and, if there, entry, stop, target, type, reason; or
        cross-columns with ``columns``, the same for each symbol.
    """
    if settings.get("called"):
        return engine.StrategyWrapper(Called(settings))
    if settings["name"] == "columns":
        return _one(engine, settings)
    each = settings["columns"].items()
    return engine.CrossColumnStrategy({symbol: _one(engine, item) for symbol, item in each})


def _one(engine: Any, settings: dict[str, Any]) -> Any:
    prices = {name: _prices(settings[name]) for name in _PRICES if name in settings}
    others = {name: settings[name] for name in ("type", "reason") if name in settings}
    return engine.ColumnStrategy(settings["direction"], **prices, **others)


def _prices(column: list[Any]) -> list[float]:
    return [float("nan") if price is None else to_number(price) for price in column]


class Called:
    """The same signals from a user's strategy in Python, which knows the rows by heart."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._one = None if "columns" in settings else settings
        self._each = settings.get("columns", {})

    def on_data(self, shown: Any) -> list[dict[str, Any]] | None:
        """Return the raw signals of the current bar or key."""
        if self._one is not None:
            bar = next(iter(shown.values())).index
            signal = _raw(self._one, bar)
            return None if signal is None else [signal]
        found = [(symbol, _raw(item, shown.index)) for symbol, item in self._each.items()]
        return [{**signal, "symbol": symbol} for symbol, signal in found if signal] or None


def _raw(settings: dict[str, Any], bar: int) -> dict[str, Any] | None:
    direction = settings["direction"][bar]
    if not direction:
        return None
    kind = settings.get("type", "market")
    raw: dict[str, Any] = {
        "direction": "buy" if direction > 0 else "sell",
        "type": kind if isinstance(kind, str) else _TYPES[kind[bar]],
        "reason": settings.get("reason"),
    }
    for name, key in zip(_PRICES, ("entry", "sl", "tp"), strict=True):
        price = settings[name][bar] if name in settings else None
        raw[key] = None if price is None else to_number(price)
    return raw


class _Heard:
    """An executor that does nothing but keep the signals, in order."""

    policy = None
    active_positions = ()

    def __init__(self) -> None:
        self.signals: list[Any] = []

    def process_signal(self, signal: Any) -> None:
        self.signals.append(signal)

    def evaluate_exits(self, bid: Any, ask: Any) -> None:
        """Let the bar pass."""

    def update(self, timestamp: Any) -> None:
        """Let it pass as its portfolio, too."""


def listed(
    engine: Any, strategy: Any, candles: dict[str, Any], keys: list[datetime], start: int
) -> list[tuple[int, Any]]:
    """Run a strategy over candles by symbol, and give each signal with the place of its key."""
    heard = _Heard()
    portfolio = SimpleNamespace(update=heard.update)
    if len(candles) == 1:
        symbol, sides = next(iter(candles.items()))
        bid, ask = sides["bid"], sides["ask"]
        data = {"M1": {"bid": bid, "ask": ask}}
        loop = engine.EventEngine(
            bid, ask, strategy, heard, portfolio, data, symbol, None, keys[start]
        )
    else:
        lookups = {
            symbol: {
                side: {key: candle for key, candle in zip(keys, series, strict=True) if candle}
                for side, series in sides.items()
            }
            for symbol, sides in candles.items()
        }
        loop = engine.CrossSymbolEventEngine(
            lookups, keys, strategy, heard, portfolio, "M1", None, keys[start]
        )
    loop.run()
    return [(keys.index(signal.timestamp), signal) for signal in heard.signals]
