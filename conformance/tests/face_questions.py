"""Questions that are put to the public names of each backend, and how they are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np

from fillproof.conformance.outcome import describe_error
from fillproof.conformance.wire import plain

START = datetime(2020, 1, 1, tzinfo=UTC)
NAN = float("nan")
Question = Callable[[Any], Any]
QUESTIONS: dict[str, Question] = {}


def ask(question: Question) -> Question:
    """List a function among the questions."""
    QUESTIONS[question.__name__] = question
    return question


def answer(engine: Any, question: Question) -> dict[str, Any]:
    """Put a question; an error is an answer, too."""
    try:
        return {"value": plain(question(engine)), "error": None}
    except Exception as error:  # noqa: BLE001  (any error is an answer)
        found = describe_error(error)
        kept = {name: found[name] for name in ("type", "code", "bar", "symbol", "field", "value")}
        if found["code"] is None:
            # Only the class is promised where the error is Python's own.
            kept = {"type": found["type"]}
        return {"value": None, "error": kept}


def candle(engine: Any, minute: int = 0, close: float = 1.1) -> Any:
    return engine.Candle(START + timedelta(minutes=minute), 1.1, 1.2, 1.0, close)


def columns(engine: Any, count: int = 3) -> Any:
    times = np.arange(count, dtype=np.int64) * 60_000_000
    flat = np.full(count, 1.1)
    return engine.Candles(times, flat, flat + 0.1, flat - 0.1, flat + np.arange(count) * 0.01)


def position(engine: Any, **fields: Any) -> Any:
    given = {"stop_loss": 1.09, "take_profit": 1.13, **fields}
    stop, target = given.pop("stop_loss"), given.pop("take_profit")
    return engine.PortfolioPosition(START, "long", "EURUSD", 1.1, stop, target, 0.1, **given)


def executor(engine: Any, **options: Any) -> Any:
    options.setdefault("symbol_specs", {"EURUSD": engine.SymbolSpec("EURUSD", 0.0001, 5)})
    options.setdefault("sizing", engine.FixedLots(0.1))
    return engine.ExecutionSimulator(engine.Portfolio(10000.0), **options)


def signal(engine: Any, **fields: Any) -> Any:
    given = {
        "direction": "long",
        "entry_price": None,
        "stop_loss": 1.09,
        "take_profit": 1.13,
        "symbol": "EURUSD",
        "timestamp": START,
        **fields,
    }
    return engine.TradeSignal(**given)


def opened(engine: Any, **options: Any) -> Any:
    """Make an executor with one open position, driven by hand."""
    made = executor(engine, **options)
    made.open_bar(candle(engine), candle(engine), symbol="EURUSD")
    made.process_signal(signal(engine))
    made.close_bar(START)
    return made


def each(name: str, values: Iterable[Any], question: Callable[[Any, Any], Any]) -> None:
    """List a question once for each value that is put into it."""
    for value in values:
        QUESTIONS[f"{name}_{value!r}"] = partial(_put, question, value)


def _put(question: Callable[[Any, Any], Any], value: Any, engine: Any) -> Any:
    return question(engine, value)
