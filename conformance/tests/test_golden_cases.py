"""The goldens on every backend: what they expect, and a state that the trace alone gives back."""

from __future__ import annotations

from typing import Any

import pytest

from fillproof.conformance.bits import same
from fillproof.conformance.compare import first_difference
from fillproof.conformance.expectation import check
from fillproof.conformance.functions import Unsupported
from fillproof.conformance.play import play
from fillproof.conformance.replay import fold, states_at_entry
from fillproof.conformance.scripted import to_number
from fillproof.conformance.suite import load_suite
from fillproof.conformance.units import units_of

pytestmark = pytest.mark.slow

SUITE = load_suite()
RUNS = [case for case in SUITE.cases if case.kind == "run"]
FUNCTIONS = [case for case in SUITE.cases if case.kind == "arithmetic"]


def test_there_are_cases() -> None:
    assert len(RUNS) > 100
    assert len(FUNCTIONS) > 10


def test_every_case_gives_what_it_expects(engine: Any) -> None:
    wrong = {}
    for case in RUNS:
        found = check(case.data, play(engine, case.data))
        if found is not None:
            wrong[case.id] = f"{found.field}: golden {found.left!r}, got {found.right!r}"
    assert wrong == {}


def test_every_function_gives_what_its_cases_expect(engine: Any) -> None:
    wrong, elsewhere = {}, 0
    for case in FUNCTIONS:
        try:
            found = check(case.data, play(engine, case.data))
        except Unsupported:
            elsewhere += 1
            continue
        if found is not None:
            wrong[case.id] = f"{found.field}: golden {found.left!r}, got {found.right!r}"
    assert wrong == {}
    # Only an engine that is no Python keeps functions to itself.
    assert elsewhere == 0 or engine.__name__ == "rsengine"


def test_columns_and_lists_of_candles_give_the_same(engine: Any) -> None:
    different = {}
    for case in RUNS:
        if case.data.get("face"):
            continue
        left = play(engine, case.data, states=True)
        right = play(engine, case.data, states=True, columns=True)
        found = first_difference(left, right)
        if found is not None:
            different[case.id] = found
    assert different == {}


def test_trace_gives_back_the_state_at_every_bar_and_at_the_end(engine: Any) -> None:
    wrong, bars = [], 0
    for case in RUNS:
        outcome = play(engine, case.data, states=True)
        events = outcome["events"]
        if not events:
            continue
        balance = to_number(case.data["config"]["initial_balance"])
        units = units_of(case.data)
        rebuilt = states_at_entry(events, balance, units)
        for bar, state in outcome["states"]:
            bars += 1
            if not same(rebuilt[bar], state):
                wrong.append((case.id, bar, rebuilt[bar], state))
        last = fold(events, balance, units)
        if outcome["error"] is None and not same(last, outcome["state"]):
            wrong.append((case.id, "end", last, outcome["state"]))
    assert wrong == []
    assert bars > 300


@pytest.mark.parametrize("kind", ["exit", "fill", "order", "ledger", "equity"])
def test_a_state_rebuilt_without_one_kind_of_event_is_wrong(engine: Any, kind: str) -> None:
    """The comparison above can fail: each kind of event is needed."""
    case = next(case for case in RUNS if case.id.startswith("portfolio/P3.exit_fee/"))
    outcome = play(engine, case.data)
    thinned = [event for event in outcome["events"] if event["kind"] != kind]
    try:
        rebuilt = fold(thinned, 10000.0)
    except KeyError:
        return
    assert not same(rebuilt, outcome["state"])
