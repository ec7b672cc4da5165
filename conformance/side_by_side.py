"""One strategy over the same candles on several backends of this process, for tests of users.

`fillproof verify` gives each backend a process of its own and proves that it is itself; here all
run side by side, which is quick enough for a test, and objects of one test can be handed in.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fillproof import backends, built_in, run_backtest
from fillproof.copies import is_factory

from .compare import first_difference
from .divergence import against_reference
from .isolation import family
from .outcome import Outcome, describe_error
from .reports.divergence_text import divergence_lines
from .wire import plain

__all__ = ["NotTheSame", "run_side_by_side"]

_AROUND = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHARED = ("executor", "portfolio", "position_manager", "tracer")


class NotTheSame(AssertionError):
    """Backends differ, one differs from itself, or too little happened to tell."""


def run_side_by_side(
    names: Iterable[str],
    candles: tuple[Any, Any],
    strategy: Any,
    options: Mapping[str, Any],
    *,
    again: str,
    min_trades: int = 1,
) -> Any:
    """Run a strategy on every backend named and hold all against the first of them.

    Parameters
    ----------
    names
        Backends; the first one is the reference, and runs twice.
    candles
        Bid and ask, as `fillproof.run_backtest` takes them.
    strategy
        A class or a function without parameters that makes the strategy, or a strategy that can be
        copied.
    options
        Further options of `fillproof.run_backtest`; all but those that hold the state of one run.
    again
        The command that repeats this, for the message.
    min_trades
        Trades below which nothing is proven.

    Returns
    -------
    BacktestResult
        That of the reference.

    Raises
    ------
    NotTheSame
        With the first divergence in words.
    ValueError
        An option that cannot be shared by several runs.
    TypeError
        The strategy cannot be copied.
    """
    for name in _SHARED:
        if options.get(name) is not None:
            raise ValueError(
                f"{name} is given; expected None: it would be shared by runs on several backends"
            )
    reference, *candidates = names
    result, first = _play(reference, candles, strategy, options)
    _, second = _play(reference, candles, strategy, options)
    labels = (reference, f"{reference}, second run")
    told = _parted((first, second), labels, again)
    if told is not None:
        raise NotTheSame(
            "not proven: the reference differs from itself; give a class or a function that makes "
            f"the strategy anew, and seed what is random\n{told}"
        )
    for name in candidates:
        _, other = _play(name, candles, strategy, options)
        told = _parted((first, other), (reference, name), again)
        if told is not None:
            raise NotTheSame(told)
    if result is None:
        failure = first["error"]
        raise NotTheSame(
            f"not proven: all backends alike ended in {failure and failure['type']}: "
            f"{failure and failure['message']}"
        )
    if result.trades.num_rows < min_trades:
        raise NotTheSame(
            f"not proven: {result.trades.num_rows} trades, expected at least {min_trades}; the "
            "strategy hardly did anything on these candles"
        )
    return result


def _play(
    name: str, candles: tuple[Any, Any], strategy: Any, options: Mapping[str, Any]
) -> tuple[Any, Outcome]:
    engine = backends.load(name)
    tracer = engine.Tracer()
    made = _made(strategy, engine)
    try:
        result = run_backtest(*candles, made, **{**options, "tracer": tracer, "backend": name})
        outcome: Outcome = {
            "events": [plain(event) for event in tracer.events],
            "counts": {key: table.num_rows for key, table in result.tables.items()},
            "summary": plain(result.summary),
            "digest": result.digest,
            "error": None,
        }
    except Exception as error:  # noqa: BLE001  (whatever a run raises is its answer)
        events = [plain(event) for event in tracer.events]
        return None, {"events": events, "error": describe_error(error)}
    return result, outcome


def _made(strategy: Any, engine: Any) -> Any:
    """Make the strategy anew; of a built-in one the backend's own, with the same settings."""
    if is_factory(strategy):
        return strategy()
    kind = type(strategy).__name__
    if kind in built_in.SETTINGS and family(type(strategy).__module__) is not None:
        settings = {name: getattr(strategy, name) for name in built_in.SETTINGS[kind]}
        return getattr(engine, kind)(**settings)
    try:
        return copy.deepcopy(strategy)
    except Exception as error:
        raise TypeError(
            f"the strategy, a {type(strategy).__name__}, cannot be copied: {error}; expected a "
            "class, or a function without parameters, that makes it anew"
        ) from error


def _parted(outcomes: tuple[Outcome, Outcome], labels: tuple[str, str], again: str) -> str | None:
    """Tell the first difference in words; None where there is none."""
    found = first_difference(*outcomes)
    if found is None:
        return None
    divergence = against_reference({"id": "this test"}, found, outcomes, labels)
    divergence["bars_around"] = _bars(outcomes[0]["events"], found.bar, found.symbol)
    divergence["command"] = again
    return "\n".join(divergence_lines(divergence))


def _bars(
    events: list[dict[str, Any]], bar: int | None, symbol: str | None
) -> list[dict[str, Any]]:
    """Read the bars around one out of the trace."""
    if bar is None:
        return []
    prices = ("open", "high", "low", "close")
    return [
        {
            "bar": event["bar"],
            "time": (_EPOCH + timedelta(microseconds=event["time_us"])).isoformat(),
            "symbol": symbol,
            "bid": [repr(event[f"bid_{name}"]) for name in prices],
            "ask": [repr(event[f"ask_{name}"]) for name in prices],
        }
        for event in events
        if event["kind"] == "bar"
        and abs(event["bar"] - bar) <= _AROUND
        and symbol in (None, event["symbol"])
    ]
