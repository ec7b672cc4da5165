"""Fills whole runs: `python -m fillproof.conformance.fill [--check]`.

A file of golden/runs asks a question: candles, configuration, strategy.  The answer is filled in by
the reference engine, and only where each rule that the run exercises has a hand case, because a
filled file proves no rule; it holds what the hand cases have proved to the length of a year.
`--check` changes nothing and fails where filling would.
"""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fillproof import golden
from fillproof.conformance.build import build, manager_of
from fillproof.conformance.lints.canonical_json import dumps
from fillproof.conformance.scripted import Managed
from fillproof.conformance.strategies import strategy_of

REFERENCE = "python"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHOWN_TRADES = 3
FINAL = ("cash", "equity", "total_fees", "max_drawdown", "max_drawdown_worst")


class CannotFillError(ValueError):
    """A run that may not be filled, with the reason."""


def main(arguments: list[str]) -> int:
    """Fill all runs, or check that filling changes nothing."""
    only_check = "--check" in arguments
    problems = 0
    for path in golden.run_files():
        document = golden.read_json(path)
        try:
            document["expect"] = answer(document)
        except CannotFillError as reason:
            print(f"{path.name}: {reason}")
            problems += 1
            continue
        text = dumps(document)
        if text == path.read_text(encoding="utf-8"):
            print(f"{path.name}: as filled, digest {document['expect']['digest'][:16]}")
        elif only_check:
            print(f"{path.name}: filling it would change it")
            problems += 1
        else:
            path.write_text(text, encoding="utf-8")
            print(f"{path.name}: filled, digest {document['expect']['digest'][:16]}")
    return 1 if problems else 0


def answer(document: dict[str, Any], backend: str = REFERENCE) -> dict[str, Any]:
    """Run what a file asks for and return its `expect`.

    Raises
    ------
    CannotFillError
        The candles are not those of the file, or a rule that was exercised has no hand case.
    """
    result, events = run(document, backend)
    rules: dict[str, int] = {}
    for event in events:
        if event["rule"]:
            rules[event["rule"]] = rules.get(event["rule"], 0) + 1
    unproved = sorted(set(rules) - hand_cased())
    if unproved:
        raise CannotFillError(
            f"no hand case expects {', '.join(unproved)}, which this run exercises"
        )
    trades = [_plain(row) for row in result.trades.to_pylist()]
    return {
        "digest": result.digest,
        "counts": {name: table.num_rows for name, table in result.tables.items()},
        "rejected": sum(result.rejections.values()),
        "final": {name: repr(float(result.exact[name])) for name in FINAL},
        "summary": _plain(result.summary),
        "rules": dict(sorted(rules.items())),
        "first_trades": trades[:SHOWN_TRADES],
        "last_trades": trades[-SHOWN_TRADES:],
    }


def run(document: dict[str, Any], backend: str) -> tuple[Any, list[dict[str, Any]]]:
    """Run what a file asks for on a backend; return the result and the events of its trace."""
    from fillproof import backends, run_backtest, run_cross_backtest

    _, engine = backends.resolve(backend)
    config = document["config"]
    tracer = engine.Tracer()
    executor, portfolio = build(engine, config)
    strategy, manager = strategy_of(engine, document["strategy"]), manager_of(engine, config)
    options = {
        "timeframe": config["timeframe"],
        "portfolio": portfolio,
        "executor": executor,
        "tracer": tracer,
        "backend": backend,
    }
    driven = strategy if manager is None else Managed(strategy, manager)
    if several(document):
        symbols = symbols_of(document)
        start = keys_of(symbols)[config["start_bar"]]
        result = run_cross_backtest(symbols, driven, start=start, **options)
    else:
        pair = candles(document["data"], config["spec"])
        start = EPOCH + timedelta(microseconds=int(pair[0].time_us[config["start_bar"]]))
        result = run_backtest(*pair, driven, symbol=config["symbol"], start=start, **options)
    return result, tracer.events


def several(document: dict[str, Any]) -> bool:
    """Tell whether a run is one over several symbols."""
    return isinstance(document["data"], list)


def symbols_of(document: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Read the candles of a run over several symbols, without those that it leaves out.

    Raises
    ------
    CannotFillError
        A file is not the one whose digest the run names.
    """
    config = document["config"]
    specs = {spec["symbol"]: spec for spec in (config["spec"], *config.get("more_specs", []))}
    return {
        asked["symbol"]: (
            _without(bid, asked.get("without", [])),
            _without(ask, asked.get("without", [])),
        )
        for asked in document["data"]
        for bid, ask in [candles(asked, specs[asked["symbol"]])]
    }


def _without(table: Any, places: list[int]) -> Any:
    """Leave rows out of a table, so that there are holes."""
    from fillproof.data import CandleTable

    kept = [place for place in range(len(table)) if place not in places]
    return CandleTable(*(column[kept] for column in table.columns()))


def keys_of(symbols: dict[str, tuple[Any, Any]]) -> list[datetime]:
    """List the times at which some symbol has candles."""
    times = {int(time) for bid, _ in symbols.values() for time in bid.time_us}
    return [EPOCH + timedelta(microseconds=time) for time in sorted(times)]


def candles(asked: dict[str, Any], spec: dict[str, Any]) -> tuple[Any, Any]:
    """Read embedded candles and derive the side that was not recorded.

    Raises
    ------
    CannotFillError
        The file is not the one whose digest the run names.
    """
    from fillproof import data

    path = golden.FOLDER / "bars" / asked["file"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != asked["sha256"]:
        raise CannotFillError(f"{asked['file']} is not the file whose sha256 the run names")
    table = data.read_csv(path)
    derive = data.derive_bid if asked["side"] == "ask" else data.derive_ask
    other = derive(table, float(asked["spread_pips"]), float(spec["pip_size"]), spec["digits"])
    return (other, table) if asked["side"] == "ask" else (table, other)


def hand_cased(folder: Path = golden.FOLDER) -> set[str]:
    """Name the rules that some hand case expects an event of."""
    found: set[str] = set()
    for path in golden.case_files(folder):
        for case in golden.read_json(path)["cases"]:
            expect = case["expect"]
            found.update(event["rule"] for event in expect.get("events", ()))
            found.update(mark["rule"] for mark in expect.get("marks", ()))
            if expect.get("equity"):
                found.add("P3.row")
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Write floats as their shortest round trip; the rest stays."""
    return {key: repr(value) if isinstance(value, float) else value for key, value in row.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
