"""Plays a case of several symbols: a plain script as the strategy of a CrossSymbolEventEngine."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from .case_keys import keys_of, rows_of, start_of
from .scripted import parse_time, to_number

__all__ = ["engine_of", "lookups_of"]

# Nobody may look at the time of a candle where keys are no times.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def engine_of(
    engine: Any,
    case: dict[str, Any],
    strategy: Any,
    parts: tuple[Any, Any],
    on_progress: Any = None,
    tracer: Any = None,
) -> Any:
    """Make the loop of a case.

    Parameters
    ----------
    engine
        The backend's package.
    case
        A case with `symbols`.
    strategy
        With `evaluate`.
    parts
        Executor and portfolio.
    on_progress, tracer
        As the loop takes them.
    """
    config = case["config"]
    keys = keys_of(case)
    options = {"coverage": config["coverage"]} if "coverage" in config else {}
    return engine.CrossSymbolEventEngine(
        lookups_of(engine, case),
        keys,
        strategy,
        *parts,
        config["timeframe"],
        on_progress,
        start_of(config, keys),
        tracer=tracer,
        **options,
    )


def lookups_of(engine: Any, case: dict[str, Any]) -> dict[str, dict[str, dict[Any, Any]]]:
    """Make the candles by symbol, side and key."""
    return {
        symbol: {
            side: {key: _candle(engine, key, row) for key, row in rows}
            for side, rows in zip(("bid", "ask"), rows_of(case, symbol), strict=True)
        }
        for symbol in case["symbols"]
    }


def _candle(engine: Any, key: Any, row: Any) -> Any:
    if isinstance(row, dict):
        stamp = {"timestamp": parse_time(row["timestamp"])} if "timestamp" in row else {}
        values = {name: to_number(value) for name, value in row.items()}
        return SimpleNamespace(**{**values, **stamp})
    time = _NO_TIME
    if isinstance(key, datetime):
        # That a key lacks its zone is for the loop to find.
        time = key if key.tzinfo is not None else key.replace(tzinfo=UTC)
    return engine.Candle(time, *(to_number(price) for price in row))
