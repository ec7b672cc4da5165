"""Our own runs as trade lists for the auditor, and which findings their settings explain."""

from __future__ import annotations

from typing import Any

from fillproof.candle_table import CandleTable
from fillproof.conformance.audit import Finding, Market, Options, audit
from fillproof.conformance.case_keys import is_cross, keys_of, rows_of
from fillproof.conformance.outcome import _trade
from fillproof.conformance.scripted import to_number
from fillproof.conformance.trade_logs.own import trades_of
from fillproof.conformance.wire import plain
from fillproof.tables import to_us

_MINUTE_US = 60_000_000
# Rules that take the price as it is given, or fill at a level that the open had passed.
_AS_GIVEN = frozenset({"E1.signal", "E1.signal_outside", "X5.closed_by_hand"})
_AT_LEVEL = frozenset({"E2.limit_level", "E2.stop_level", "X2.level_stop", "X2.level_target"})
_PRICES = frozenset({"price outside the bar", "wrong side", "spread not paid", "look-ahead"})
_READINGS = frozenset(
    {"stop touched too", "target before the entry", "stop in the entry bar", "exit missed"}
)


def markets_of(case: dict[str, Any]) -> dict[str, Market]:
    """Make the candles of each symbol of a case that has times."""
    config = case["config"]
    specs = {
        spec["symbol"]: spec
        for spec in [config.get("spec"), *config.get("more_specs", [])]
        if spec is not None
    }
    symbols = case["symbols"] if is_cross(case) else [config["symbol"]]
    found = {}
    for symbol in symbols:
        bid, ask = rows_of(case, symbol)
        spec = specs.get(symbol, {})
        pip, digits = spec.get("pip_size"), spec.get("digits")
        # A bar of which one side is missing is none, nor is one that the run passed over.
        common = {time for time, _ in bid} & {time for time, _ in ask} & set(keys_of(case))
        if not common:
            continue
        found[symbol] = Market(
            symbol,
            *(_table([row for row in side if row[0] in common]) for side in (bid, ask)),
            pip=None if pip is None else to_number(pip),
            digits=None if digits is None else int(digits),
            length_us=_MINUTE_US,
        )
    return found


def _table(rows: list[tuple[Any, Any]]) -> CandleTable:
    columns = [
        [to_number(row[name] if isinstance(row, dict) else row[at]) for _, row in rows]
        for at, name in enumerate(("open", "high", "low", "close"))
    ]
    return CandleTable([to_us(time) for time, _ in rows], *columns)


def told(executor: Any, portfolio: Any, tracer: Any) -> dict[str, Any]:
    """Read of a run what the auditor and `explained` need: trades, and orders that were changed."""
    groups = {
        "closed": portfolio.closed_positions,
        "parts": portfolio.partial_closed_positions,
        "open": portfolio.open_positions,
    }
    return {
        "trades": {name: [_trade(one) for one in group] for name, group in groups.items()},
        "events": [event for event in map(plain, tracer.events) if event["kind"] == "order"],
    }


def findings_of(
    case: dict[str, Any], outcome: dict[str, Any]
) -> list[tuple[Finding, dict[str, Any]]]:
    """Audit what a backend made of a case; each finding with the row of its trade."""
    return findings_in(case, outcome, markets_of(case))


def findings_in(
    case: dict[str, Any], outcome: dict[str, Any], markets: dict[str, Market]
) -> list[tuple[Finding, dict[str, Any]]]:
    """Audit an outcome in given candles."""
    rows = [row for name in ("closed", "parts", "open") for row in outcome["trades"][name]]
    if not rows:
        return []
    config = case["config"]
    slippage = sum(to_number(config.get(name, "0")) for name in ("slippage_pips", "random_pips"))
    trades = trades_of(rows, "case", {"converted": "rates" in config})
    moved = {
        event["order_id"]
        for event in outcome["events"]
        if event["kind"] == "order" and event["action"] in {"written", "modified", "queued"}
    }
    found = audit(trades, markets, Options(slippage_pips=slippage, moved=moved))
    # Of several symbols one can be closed in a hole, at its last close.
    assert len(markets) > 1 or found.judged == len(rows), found.unjudged
    return [(one, rows[(one.row or 0) - 1]) for one in found.findings]


def explained(case: dict[str, Any], finding: Finding, row: dict[str, Any]) -> bool:
    """Tell whether the settings of a case ask for what the auditor finds fault with."""
    policy = case["config"].get("policy") or {}
    if policy.get("preset") == "parity":
        # The system that it reproduces fills at levels, early, and pays by distance.
        return True
    kind = finding.kind
    rules = {row["entry_rule"]} if finding.fill == "entry" else {row["exit_rule"]}
    if finding.fill == "trade":
        rules = {row["entry_rule"], row["exit_rule"]}
    if rules & _AS_GIVEN and kind in _PRICES | {"result does not follow"}:
        return True
    if rules & _AT_LEVEL and kind in {*_PRICES, "gap filled at the level"}:
        return True
    if policy.get("intrabar") == "drilldown":
        # The auditor has the bars and not the lower ones, which know the order of things and may
        # have prices of their own.
        drilled = any(str(rule).startswith("X3.drilldown") for rule in rules)
        if kind in _READINGS or (drilled and kind in _PRICES):
            return True
    if policy.get("intrabar", "worst") not in {"worst", "worst_strict"} and kind in _READINGS:
        return bool(row["ambiguous"])
    if kind in {"no bar", "not judged"}:
        return row["exit_rule"] in {"X5.close_at_end", "X5.closed_by_hand", "A3.stop_out"}
    if finding.severity == "doubtful" and any(m["rule"] == "E5.crossed" for m in row["marks"]):
        # Of a crossed bar the closing side can lie beyond the target as a whole (E5.mark: at its
        # level all the same).
        return kind == "price outside the bar" and finding.fill == "exit"
    buffer = to_number(policy.get("exit_buffer_pips", "0"))
    beyond = kind in {"price outside the bar", "wrong side"} and finding.fill == "exit"
    # A touch that is early by the buffer fills at the level, less slippage.
    allowed = buffer + to_number(case["config"].get("slippage_pips", "0")) + 0.1
    return beyond and buffer > 0.0 and abs(finding.pips or 0.0) < allowed
