"""A third check of our own results: the auditor, which shares no code with the engines.

It sees the trade list and the candles alone.  What it finds has to be what the settings ask for,
such as fills at levels with `gap_fill = "level"`; and what it should find, it has to.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fillproof import backends, data, run_backtest
from fillproof.conformance import fill, whole
from fillproof.conformance.audit import Market, Options, Volumes, audit
from fillproof.conformance.build import build
from fillproof.conformance.case_keys import is_ordinal
from fillproof.conformance.fuzz_cases import cases, several, with_account
from fillproof.conformance.play import _once
from fillproof.conformance.suite import load_suite
from fillproof.conformance.trade_logs import AuditTrade, TradeList
from fillproof.conformance.trade_logs.own import facts_of, trades_of

from .own_lists import explained, findings_in, findings_of, told

BUILT_INS = ("EmaCross", "EmaAtr", "ZScoreReversion", "Breakout")
POLICIES: dict[str, dict[str, Any]] = {
    "close": {},
    "next_open": {"market_fill": "next_open"},
    "worst_strict": {"intrabar": "worst_strict", "close_at_end": True},
}
PAIR = data.eurusd_h1_2017()
MARKET = Market("EURUSD", PAIR.bid, PAIR.ask, pip=0.0001, digits=5)


def listed(name: str, policy: dict[str, Any], slippage: float = 0.0) -> TradeList:
    """Run a built-in strategy over the embedded candles and give its trades."""
    engine: Any = backends.resolve(None)[1]
    executor = engine.ExecutionSimulator(
        engine.Portfolio(),
        slippage_model=engine.SlippageModel(fixed_pips=slippage),
        fee_model=engine.FeeModel(per_lot=3.5),
        symbol_specs={"EURUSD": engine.SymbolSpec(*data.spec_fields("EURUSD"))},
        policy=engine.ExecutionPolicy(**policy),
        sizing=engine.RiskAmount(100.0),
    )
    strategy = getattr(engine, name)("H1")
    result = run_backtest(PAIR.bid, PAIR.ask, strategy, symbol="EURUSD", executor=executor)
    return trades_of(result.trades.to_pylist(), name, facts_of(result.config))


def options_of(trades: TradeList) -> Options:
    return Options(slippage_pips=trades.facts["slippage_pips"], volumes=Volumes(0.01, 0.01, 100.0))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", BUILT_INS)
def test_built_in_strategies_are_clean(name: str, policy: str) -> None:
    trades = listed(name, POLICIES[policy], slippage=0.3 if policy == "next_open" else 0.0)
    found = audit(trades, MARKET, options_of(trades))
    assert found.findings == []
    assert found.judged == len(trades.trades) > 100
    assert found.exit_code == 0


@pytest.mark.parametrize(
    ("policy", "kind"),
    [
        ({"gap_fill": "level"}, "gap filled at the level"),
        ({"intrabar": "best"}, "stop touched too"),
    ],
)
def test_kind_policies_are_found_out(policy: dict[str, Any], kind: str) -> None:
    trades = listed("Breakout", policy)
    found = audit(trades, MARKET, options_of(trades))
    assert kind in {one.kind for one in found.findings}
    assert found.gained("impossible", "optimistic")[0] > 0


def test_golden_runs_are_clean() -> None:
    engine: Any = backends.resolve(None)[1]
    judged = 0
    for case in load_suite(None, "runs/*").cases:
        run = case.data
        tracer = engine.Tracer()
        executor, portfolio = build(engine, run["config"])
        whole._loop(engine, run, executor, portfolio, tracer).run()
        outcome = told(executor, portfolio, tracer)
        for one, row in findings_in(run, outcome, _markets(run)):
            assert explained(run, one, row), (case.id, one)
        judged += sum(len(outcome["trades"][name]) for name in ("closed", "parts", "open"))
    assert judged > 1000


def _markets(run: dict[str, Any]) -> dict[str, Market]:
    config = run["config"]
    pairs = (
        fill.symbols_of(run)
        if fill.several(run)
        else {config["symbol"]: fill.candles(run["data"], config["spec"])}
    )
    specs = {spec["symbol"]: spec for spec in [config["spec"], *config.get("more_specs", [])]}
    return {
        symbol: Market(
            symbol, bid, ask, pip=float(specs[symbol]["pip_size"]), digits=specs[symbol]["digits"]
        )
        for symbol, (bid, ask) in pairs.items()
    }


def test_golden_cases_are_clean() -> None:
    import fillproof.python as engine

    tally: Counter[str] = Counter()
    for case in load_suite().cases:
        if case.kind == "run" and "config" in case.data and "strategy" not in case.data:
            _hold(engine, case.data, tally)
    assert tally["trades"] > 400, tally
    # That the auditor sees what the cases of kind policies do, is no accident.
    assert tally["explained"] > 40, tally


def _hold(engine: Any, case: dict[str, Any], tally: Counter[str]) -> None:
    """Play a case and audit it."""
    key_type = case["config"].get("key_type", "time")
    if is_ordinal(case) or key_type != "time" or "coverage" in case["config"]:
        return
    outcome: dict[str, Any] = dict(_once(engine, case, engine.Tracer()))
    if outcome.get("error") or not outcome.get("trades"):
        return
    for one, row in findings_of(case, outcome):
        assert explained(case, one, row), (case["id"], one, row)
        tally["explained"] += 1
        tally[one.kind] += 1
    tally["trades"] += sum(len(outcome["trades"][name]) for name in ("closed", "parts", "open"))
    tally["cases"] += 1


@pytest.mark.parametrize(
    ("drawn", "examples", "trades"),
    [
        (cases(), 90, 50),
        (with_account("any"), 30, 8),
        (several("none"), 60, 5),
        (several("any"), 15, 0),
    ],
    ids=["one", "account", "several", "several with account"],
)
def test_random_cases_are_clean(
    drawn: st.SearchStrategy[dict[str, Any]], examples: int, trades: int
) -> None:
    import fillproof.python as engine

    tally: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(drawn)
    def run(case: dict[str, Any]) -> None:
        _hold(engine, case, tally)

    run()
    assert tally["trades"] > trades, tally


class AsGiven:
    """Orders at prices around the close; with `market_fill = "signal"` they are filled there."""

    def __init__(self) -> None:
        self.random = random.Random(7)

    def on_data(self, slice_map: Any) -> dict[str, Any] | None:
        close = slice_map["EURUSD"].latest("H1", "bid").close
        if self.random.random() > 0.03:
            return None
        price = close + self.random.uniform(-0.003, 0.003)
        sign = self.random.choice((1.0, -1.0))
        return {
            "direction": "long" if sign > 0 else "short",
            "entry": price,
            "sl": price - sign * 0.008,
            "tp": price + sign * 0.008,
        }


def test_prices_that_nobody_could_have_had_are_all_found() -> None:
    """Where the engine itself names a price outside the bar, so does the auditor."""
    engine: Any = backends.resolve(None)[1]
    executor = engine.ExecutionSimulator(
        engine.Portfolio(),
        symbol_specs={"EURUSD": engine.SymbolSpec(*data.spec_fields("EURUSD"))},
        policy=engine.ExecutionPolicy(market_fill="signal"),
        sizing=engine.FixedLots(0.1),
    )
    result = run_backtest(PAIR.bid, PAIR.ask, AsGiven(), symbol="EURUSD", executor=executor)
    rows = result.trades.to_pylist()
    trades = trades_of(rows, "as given", facts_of(result.config))
    found = audit(trades, MARKET, options_of(trades))
    kinds = {"price outside the bar", "wrong side"}
    entries = [one for one in found.findings if one.fill == "entry"]
    outside = {one.number for one in entries if one.kind in kinds}
    named = {row["order_id"] for row in rows if row["entry_rule"] == "E1.signal_outside"}
    assert len(named) > 50
    # Worse than the bar by one tick is what snapping may do.
    assert outside <= named
    assert len(outside) >= 0.97 * len(named)
    # The others were better than the close at which the signal is known, or worse.
    better = {one.number for one in entries if one.kind in {"look-ahead", "spread not paid"}}
    assert better
    assert not better & named


def _plant(trade: AuditTrade, kind: str) -> AuditTrade | None:
    """Spoil a trade of the EMA cross at the close; None where it cannot be spoiled so."""
    sign = 1.0 if trade.direction == "long" else -1.0
    entry, exit_ = trade.entry_price or 0.0, trade.exit_price or 0.0
    bar = MARKET.bar_at(trade.entry_time_us or 0) or 0
    opening = MARKET.ask if sign > 0 else MARKET.bid
    best = float((opening.low if sign > 0 else opening.high)[bar])
    if kind == "price outside the bar":
        return replace(trade, entry_price=best - sign * 0.0010)
    if kind == "spread not paid":
        return replace(trade, entry_price=entry - sign * 0.00008)
    if kind == "look-ahead":
        middle = (best + entry) / 2
        return replace(trade, entry_price=middle) if abs(entry - best) > 0.0005 else None
    if kind == "exit before entry":
        return replace(trade, exit_time_us=(trade.entry_time_us or 0) - 3_600_000_000)
    if kind == "no bar":
        # Christmas, when the candles have none.
        return replace(trade, exit_time_us=1_514_203_200_000_000)
    if kind == "off the volume grid":
        return replace(trade, size=(trade.size or 0.0) + 0.005)
    if kind == "result does not follow":
        return replace(trade, result=(trade.result or 0.0) + 1.0)
    if kind == "exit missed" and trade.reason == "stop_loss":
        # It went on for a week, and left where the stop had been.
        later = (trade.exit_time_us or 0) + 7 * 86_400_000_000
        return replace(trade, exit_time_us=later, exit_price=exit_ + sign * 0.0001)
    return None


PLANTS = (
    "price outside the bar",
    "spread not paid",
    "look-ahead",
    "exit before entry",
    "no bar",
    "off the volume grid",
    "result does not follow",
    "exit missed",
)
# What the same fault is where the bar says more: a price that its own side did not have, an hour
# before the week began.
ALSO = {
    "price outside the bar": ("wrong side",),
    "spread not paid": ("wrong side",),
    "exit before entry": ("no bar",),
}


@pytest.mark.parametrize("kind", PLANTS)
def test_faults_planted_into_our_own_lists_are_found(kind: str) -> None:
    trades = listed("EmaCross", {})
    chosen = random.Random(kind)
    planted = 0
    for place in chosen.sample(range(len(trades.trades)), 40):
        spoiled = _plant(trades.trades[place], kind)
        if spoiled is None:
            continue
        planted += 1
        some = trades.trades[max(0, place - 3) : place + 4]
        changed = tuple(spoiled if one.number == spoiled.number else one for one in some)
        found = audit(replace(trades, trades=changed), MARKET, options_of(trades))
        assert {one.number for one in found.findings} == {spoiled.number}, found.findings
        kinds = {one.kind for one in found.findings}
        assert kinds & {kind, *ALSO.get(kind, ())}, (kinds, spoiled)
    assert planted >= 10
