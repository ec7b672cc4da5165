"""Plays a whole run over real bars on one backend, and answers in the words of its file."""

from __future__ import annotations

from collections import Counter
from typing import Any

from . import fill
from .build import build, manager_of
from .isolation import family
from .outcome import Outcome, describe_error
from .scripted import Managed
from .strategies import strategy_of
from .wire import plain

__all__ = ["play_whole"]

# The digest last, since the others say more about what is different.
_KEPT = ("counts", "rejected", "final", "summary", "first_trades", "last_trades", "digest")


def play_whole(engine: Any, run: dict[str, Any], *, trace: bool = False) -> Outcome:
    """Run what a file of `golden/runs` asks for.

    Parameters
    ----------
    engine
        The backend's package; it is used as it is, not looked up by name.
    run
        The file's content.
    trace
        Answer with all events, to find where two backends part; else with digest and counts, by
        which equality is told.
    """
    tracer = engine.Tracer()
    try:
        executor, portfolio = _run(engine, run, tracer)
        events = [plain(event) for event in tracer.events]
        if trace:
            return {"events": events, "error": None}
        answer = _answer(engine, executor, portfolio, events)
        # Where nobody watches, an engine may pass over bars in which nothing happens.
        quiet = _answer(engine, *_run(engine, run, None), [])
        told: dict[str, Any] = dict(quiet)
        answer["untraced"] = {name: told[name] for name in _KEPT}
    except Exception as error:  # noqa: BLE001  (whatever an engine raises is its answer)
        return {"error": describe_error(error)}
    return answer


def _run(engine: Any, run: dict[str, Any], tracer: Any) -> tuple[Any, Any]:
    executor, portfolio = build(engine, run["config"])
    _loop(engine, run, executor, portfolio, tracer).run()
    return executor, portfolio


def _loop(engine: Any, run: dict[str, Any], executor: Any, portfolio: Any, tracer: Any) -> Any:
    config = run["config"]
    strategy, manager = strategy_of(engine, run["strategy"]), manager_of(engine, config)
    driven = strategy if manager is None else Managed(strategy, manager)
    if fill.several(run):
        return _across(engine, run, driven, (executor, portfolio), tracer)
    bid, ask = _columns(engine, fill.candles(run["data"], config["spec"]))
    return engine.EventEngine(
        bid,
        ask,
        driven,
        executor,
        portfolio,
        {config["timeframe"]: {"bid": bid, "ask": ask}},
        config["symbol"],
        None,
        bid[config["start_bar"]].timestamp,
        tracer=tracer,
    )


def _across(
    engine: Any, run: dict[str, Any], strategy: Any, parts: tuple[Any, Any], tracer: Any
) -> Any:
    from fillproof.lookups import lookup_of

    symbols = fill.symbols_of(run)
    lookups = {
        symbol: dict(zip(("bid", "ask"), map(lookup_of, _columns(engine, pair)), strict=True))
        for symbol, pair in symbols.items()
    }
    keys = fill.keys_of(symbols)
    config = run["config"]
    return engine.CrossSymbolEventEngine(
        lookups,
        keys,
        strategy,
        *parts,
        config["timeframe"],
        None,
        keys[config["start_bar"]],
        tracer=tracer,
    )


def _columns(engine: Any, pair: tuple[Any, Any]) -> tuple[Any, Any]:
    bid, ask = (
        engine.Candles(side.time_us, side.open, side.high, side.low, side.close) for side in pair
    )
    return bid, ask


def _answer(engine: Any, executor: Any, portfolio: Any, events: list[dict[str, Any]]) -> Outcome:
    """Reduce a run to what its file keeps, by the same tables that users get."""
    from fillproof import outcome

    result = outcome.collect(
        executor,
        portfolio,
        backend=family(engine.EventEngine.__module__) or "",
        build={},
        config={},
        notes=[],
        crossed_bars=int,
    )
    rules = Counter(event["rule"] for event in events if event["rule"])
    trades = [_as_text(row) for row in result.trades.to_pylist()]
    return {
        "digest": result.digest,
        "counts": {name: table.num_rows for name, table in result.tables.items()},
        "rejected": sum(result.rejections.values()),
        "final": {name: repr(float(result.exact[name])) for name in fill.FINAL},
        "summary": _as_text(plain(result.summary)),
        "rules": dict(sorted(rules.items())),
        "first_trades": trades[: fill.SHOWN_TRADES],
        "last_trades": trades[-fill.SHOWN_TRADES :],
        "error": None,
    }


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    """Write floats as their shortest round trip, as the files do; the rest stays."""
    return {key: repr(value) if isinstance(value, float) else value for key, value in row.items()}
