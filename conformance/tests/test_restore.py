"""A run that goes on from a state is the run that the state is of.  Evidence of L9.restore."""

from __future__ import annotations

import copy
import json
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fillproof.conformance import fuzz_cases
from fillproof.conformance.bits import same
from fillproof.conformance.blame.cuts import continuation, state_after
from fillproof.conformance.functions import Unsupported
from fillproof.conformance.play import play
from fillproof.errors import ConfigError

EXAMPLES = int(os.environ.get("FILLPROOF_RESTORE_EXAMPLES", "120"))
START = datetime(2024, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_prop_resumed_run_is_the_one_run(engine: Any) -> None:
    """Random cases of every kind, cut after every bar."""
    tally: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(st.one_of(*[strategy for _, strategy in fuzz_cases.shares(8)]))
    def prop(case: dict[str, Any]) -> None:
        # What a state does not hold: a manager's memory, a wrapper's, another portfolio.
        if {"manager", "wrapper", "portfolio"} & case["config"].keys():
            return
        outcome = play(engine, case)
        events = outcome.get("events") or []
        if outcome.get("error") is not None or any(_waits_for_open(event) for event in events):
            return
        for bar in sorted({event["bar"] for event in events})[:-1]:
            state = state_after(case, events, bar)
            try:
                again = play(engine, case, resume={"bar": bar, "state": state})
            except Unsupported:
                return
            failure = again["error"]
            if failure is not None:
                # By number a script names orders that had left; made extremes have no end.
                told = f"{failure['message']}: {json.dumps(case)}"
                assert failure["code"] == "ORDER_UNKNOWN" or "inf" in failure["message"], told
                continue
            ours, theirs = (continuation(run["events"], bar, state) for run in (outcome, again))
            assert same(ours, theirs), f"cut after bar {bar}: {json.dumps(case)}"
            tally["held" if state["orders"] or state["positions"] else "flat"] += 1

    prop()
    assert tally["held"] >= EXAMPLES // 10, tally


def _waits_for_open(event: dict[str, Any]) -> bool:
    """Tell whether a close is ordered, which may wait for an open in no state's sight."""
    return bool(event["kind"] == "order" and event["field"] == "close")


def executor_of(engine: Any, **options: Any) -> Any:
    spec = engine.SymbolSpec("EURUSD", 0.0001, digits=5)
    return engine.ExecutionSimulator(
        engine.Portfolio(10000.0),
        symbol_specs={"EURUSD": spec},
        sizing=engine.FixedLots(0.1),
        **options,
    )


def show(engine: Any, executor: Any, bars: int) -> None:
    for bar in range(bars):
        bid = engine.Candle(START + bar * HOUR, 1.1, 1.101, 1.099, 1.1)
        ask = engine.Candle(START + bar * HOUR, 1.1002, 1.1012, 1.0992, 1.1002)
        executor.open_bar(bid, ask, symbol="EURUSD")


def traded(engine: Any, **options: Any) -> Any:
    """Make an executor with one position and one waiting order."""
    executor = executor_of(engine, **options)
    show(engine, executor, 1)
    normal = {"symbol": "EURUSD", "timestamp": START, "meta": None}
    executor.process_signal(
        engine.TradeSignal("long", 1.1002, 1.095, 1.11, type="market", **normal)
    )
    executor.process_signal(engine.TradeSignal("short", 1.105, 1.11, 1.1, type="limit", **normal))
    executor.close_bar(START)
    executor.portfolio.update(START)
    return executor


def test_state_reads_back_as_it_was_given(engine: Any) -> None:
    told = traded(engine).state()
    assert (len(told["positions"]), len(told["orders"])) == (1, 1)
    again = executor_of(engine)
    show(engine, again, 1)
    again.restore(told)
    assert again.state() == told
    assert [item.status for item in again.active_positions] == ["open", "pending"]
    held = again.active_positions[0]
    assert again.portfolio.open_positions == [held]
    assert again.portfolio.equity == traded(engine).portfolio.equity
    # Rows are of the signals that this executor has processed.
    assert again.signal_columns()["order_id"] == []
    again.cancel(2)
    again.close(held)
    assert again.portfolio.closed_positions == [held]
    assert again.state()["ledger"]["closed"] == 1


def test_state_goes_from_any_backend_to_any_other(engine: Any) -> None:
    import fillproof.python

    told = traded(fillproof.python).state()
    again = executor_of(engine)
    show(engine, again, 1)
    again.restore(json.loads(json.dumps(told)))
    assert again.state() == told


WRONG: dict[str, tuple[Any, str]] = {
    "version": (2, "version"),
    "time_us": (1, "time_us"),
    "next_order_id": (0, "next_order_id"),
    "orders": (None, "orders"),
    "ledger": ({}, "ledger.cash"),
    "opened": ([7], "opened"),
    "positions.0.size": (-0.1, "positions[0].size"),
    "positions.0.direction": ("up", "positions[0].direction"),
    "positions.0.at": (None, "positions[0].at"),
    "positions.0.entry_price": (float("nan"), "positions[0].entry_price"),
    "positions.0.stop_loss": ("1.1", "positions[0].stop_loss"),
    "positions.0.order_id": (9, "positions[0].order_id"),
    "positions.0.ambiguous": (0, "positions[0].ambiguous"),
    "positions.0.now_unit": (1.0, "positions[0].now_unit"),
    "positions.0.parts": (True, "positions[0].parts"),
    "orders.0.symbol": ("GBPUSD", "orders[0].symbol"),
    "orders.0.order_id": (1, "positions[0].order_id"),
    "orders.0.entry": (None, "orders[0].entry"),
    "orders.0.type": ("market", "orders[0].entry"),
    "orders.0.stop_reason": ("timeout", "orders[0].stop_reason"),
    "orders.0.colour": ("red", "orders[0].colour"),
    "ledger.closed": (1.0, "ledger.closed"),
    "ledger.max_drawdown": (float("inf"), "ledger.max_drawdown"),
}


@pytest.mark.parametrize("path", list(WRONG))
def test_err_state_that_is_none(engine: Any, path: str) -> None:
    value, field = WRONG[path]
    state = copy.deepcopy(traded(engine).state())
    *way, last = path.split(".")
    holder: Any = state
    for step in way:
        holder = holder[int(step)] if step.isdigit() else holder[step]
    holder[last] = value
    executor = executor_of(engine)
    show(engine, executor, 1)
    before = executor.state()
    with pytest.raises(ConfigError) as caught:
        executor.restore(state)
    assert (caught.value.code, caught.value.field) == ("STATE_INVALID", field)
    assert executor.state() == before


def test_err_state_of_a_bar_that_was_not_shown(engine: Any) -> None:
    executor = executor_of(engine)
    with pytest.raises(ConfigError, match="expected None, the open of the last bar shown"):
        executor.restore(traded(engine).state())
    with pytest.raises(ConfigError, match="a dict of names and values"):
        executor.restore([])


def test_err_executor_or_portfolio_with_a_past(engine: Any) -> None:
    used = traded(engine)
    state = used.state()
    with pytest.raises(ConfigError) as caught:
        used.restore(state)
    assert (caught.value.code, caught.value.field) == ("EXECUTOR_USED", "executor")
    fresh = executor_of(engine)
    show(engine, fresh, 1)
    fresh.portfolio.update(START)
    with pytest.raises(ConfigError) as caught:
        fresh.restore(state)
    assert (caught.value.code, caught.value.field) == ("EXECUTOR_USED", "portfolio")


def test_err_portfolio_of_another_maker(engine: Any) -> None:
    class Books:
        def __init__(self) -> None:
            self.equity = 1.0

    foreign = engine.ExecutionSimulator(Books(), sizing=engine.FixedLots(0.1))
    with pytest.raises(ConfigError) as caught:
        foreign.restore({**executor_of(engine).state()})
    assert caught.value.code == "PORTFOLIO_INVALID"
