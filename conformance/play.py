"""Plays a case on a backend, through the same public face that users have."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

from . import cross
from .blame.resume import take_over
from .build import build, manager_of, wrapper_of
from .case_keys import is_cross, keys_of, moments, sides_of, start_of
from .functions import Unsupported
from .outcome import UNTRACED, Outcome, describe_error, error_identity, read_run
from .scripted import Managed, Script, parse_time, to_number
from .strategies import strategy_of
from .wire import plain

__all__ = ["candles_of", "play", "play_bars"]


def play(
    engine: Any,
    case: dict[str, Any],
    *,
    columns: bool = False,
    states: bool = False,
    resume: dict[str, Any] | None = None,
) -> Outcome:
    """Run one case and return all that can be compared; an exception becomes `error`.

    Parameters
    ----------
    engine
        The backend's package: a namespace with the public names.
    case
        A case of kind `run` or `arithmetic`, as in its file.
    columns
        Give the candles as columns instead of lists of objects.
    states
        Record the canonical state at each evaluation as well.
    resume
        Take over a `state` and go on after its `bar`, as `blame.resume` does; once, with a tracer.
    """
    if resume is not None:
        return _once(engine, case, engine.Tracer(), resume=resume)
    if case.get("kind", "run") == "arithmetic":
        from .functions import call_function

        return call_function(engine, case)
    return play_bars(engine, case, columns=columns, states=states)


def play_bars(
    engine: Any, case: dict[str, Any], *, columns: bool = False, states: bool = False
) -> Outcome:
    """Run a case that has bars, once with a tracer and once without.

    An engine may take shorter ways where nobody watches, so what users read of the second run is
    kept as `untraced`, and has to be the same.
    """
    outcome = _once(engine, case, engine.Tracer(), columns=columns, states=states)
    again = _once(engine, case, None, columns=columns)
    untraced: dict[str, Any] = {name: again.get(name) for name in UNTRACED if name in again}
    untraced["error"] = error_identity(again.get("error"))
    outcome["untraced"] = untraced
    return outcome


def _once(
    engine: Any,
    case: dict[str, Any],
    tracer: Any,
    *,
    columns: bool = False,
    states: bool = False,
    resume: dict[str, Any] | None = None,
) -> Outcome:
    progress: list[Any] = []
    failure = None
    script = loop = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            executor, portfolio = build(engine, case["config"], case)
            manager = manager_of(engine, case["config"])
            if resume is not None:
                case = take_over(engine, case, executor, resume)
        except Unsupported:
            raise
        except Exception as error:  # noqa: BLE001  (whatever an engine raises is its answer)
            return {"events": [], "error": describe_error(error)}
        try:
            parts = (executor, portfolio, manager)
            script, loop = _loop(engine, case, parts, tracer, progress, columns=columns)
            if script is not None:
                script.record_states = states
            loop.run()
        except Exception as error:  # noqa: BLE001
            failure = describe_error(error)
        outcome = read_run(executor, portfolio, tracer, manager, loop)
    outcome["states"] = [[bar, plain(state)] for bar, state in script.states] if script else []
    outcome["progress"] = progress
    outcome["warnings"] = [f"{item.category.__name__}: {item.message}" for item in caught]
    outcome["error"] = failure
    return outcome


def candles_of(engine: Any, case: dict[str, Any], *, columns: bool = False) -> tuple[Any, Any]:
    """Make the bid and the ask candles of a case, as lists or as columns."""
    bid, ask = ([_candle(engine, row) for row in side] for side in sides_of(case))
    if columns:
        return engine.Candles.from_candles(bid), engine.Candles.from_candles(ask)
    return bid, ask


def _candle(engine: Any, row: Any) -> Any:
    if isinstance(row, dict):
        values = {name: to_number(value) for name, value in row.items()}
        return SimpleNamespace(**{**values, **_stamp(row)})
    return engine.Candle(parse_time(row[0]), *(to_number(price) for price in row[1:]))


def _stamp(row: dict[str, Any]) -> dict[str, Any]:
    return {"timestamp": parse_time(row["timestamp"])} if "timestamp" in row else {}


def _loop(
    engine: Any,
    case: dict[str, Any],
    parts: tuple[Any, Any, Any],
    tracer: Any,
    progress: list[Any],
    *,
    columns: bool,
) -> tuple[Script | None, Any]:
    config = case["config"]
    executor, portfolio, manager = parts
    candles = None if is_cross(case) else candles_of(engine, case, columns=columns)
    script = None
    on_progress = None
    if "strategy" in case:
        strategy = strategy_of(engine, case["strategy"])
        if manager is not None:
            strategy = Managed(strategy, manager)
    else:
        signals, commands = _signals(case), case.get("commands", [])
        script = Script(signals, commands, executor, moments(case), manager)
        strategy = wrapper_of(engine, config, script, portfolio)
        on_progress = lambda done, total: progress.extend((done, total))  # noqa: E731
    if candles is None:
        loop = cross.engine_of(engine, case, strategy, (executor, portfolio), on_progress, tracer)
        return script, loop
    bid, ask = candles
    loop = engine.EventEngine(
        bid,
        ask,
        strategy,
        executor,
        portfolio,
        {config["timeframe"]: {"bid": bid, "ask": ask}},
        config["symbol"],
        on_progress,
        start_of(config, keys_of(case)),
        tracer=tracer,
    )
    return script, loop


def _signals(case: dict[str, Any]) -> list[dict[str, Any]]:
    symbol = case["config"]["symbol"]
    return [
        signal if "raw" in signal else {"symbol": symbol, **signal}
        for signal in case.get("signals", [])
    ]
