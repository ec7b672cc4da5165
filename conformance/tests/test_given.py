"""Only what a candidate gives is compared: no more, and not a field less."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import pyengine
from fillproof.conformance.adapters.fields import (
    COLUMNS,
    FULL_TRADE_FIELDS,
    GROUPS,
    LEAST_FIELDS,
)
from fillproof.conformance.compare import first_difference
from fillproof.conformance.given import locate, not_compared, restrict
from fillproof.conformance.given_golden import check_given
from fillproof.conformance.play import play
from fillproof.conformance.suite import Case, load_suite

from .conftest import GAP, NAIVE, TOUCH

FULL: dict[str, Any] = {
    "gives": ["trades", "equity", "fees", "summary"],
    "trade_fields": list(FULL_TRADE_FIELDS),
    "trade_groups": list(GROUPS),
    "equity_columns": list(COLUMNS),
}
USUAL: dict[str, Any] = {
    "gives": ["trades", "equity"],
    "trade_fields": (
        "order_id direction trigger_time_us exit_time_us entry_price exit_price size result reason"
    ).split(),
    "trade_groups": ["closed", "open"],
    "equity_columns": ["time_us", "equity"],
}
LEAST: dict[str, Any] = {
    "gives": ["trades"],
    "trade_fields": list(LEAST_FIELDS),
    "trade_groups": ["closed"],
    "equity_columns": [],
}
# Every tenth case by hand: all of them are a minute's work, and hold as well.
CASES = [case for case in load_suite().cases if case.kind == "run"][::10]


def data(case: Case) -> dict[str, Any]:
    return {**case.data, "id": case.id, "kind": case.kind}


@pytest.mark.parametrize("hello", [FULL, USUAL, LEAST], ids=["full", "usual", "least"])
def test_what_is_right_is_right_however_little_is_shown(hello: dict[str, Any]) -> None:
    assert len(CASES) > 300
    for case in CASES:
        outcome = play(pyengine, case.data)
        found, _, _ = check_given(data(case), outcome, hello)
        assert found is None, f"{case.id}: {found}"
        left, right, _ = restrict(outcome, copy.deepcopy(outcome), hello)
        assert first_difference(left, right) is None, case.id


def changed(outcome: Any, group: str, field: str, value: Any) -> Any:
    other = copy.deepcopy(outcome)
    other["trades"][group][0][field] = value
    return other


@pytest.mark.parametrize(
    ("field", "value", "bar", "phase", "rule"),
    [
        ("entry_price", 1.1002, 0, "ENTRY", "E1.close"),
        ("exit_price", 1.0989, 2, "EXITS", "X1.stop"),
        ("result", -12.0, 2, "EXITS", "X1.stop"),
        ("reason", "take_profit", 2, "EXITS", "X1.stop"),
        ("order_id", 2, None, None, None),
    ],
)
def test_a_difference_is_found_and_placed_by_the_references_trace(
    field: str, value: Any, bar: int | None, phase: str | None, rule: str | None
) -> None:
    ours = play(pyengine, TOUCH)
    left, right, _ = restrict(ours, changed(ours, "closed", field, value), USUAL)
    found = first_difference(left, right)
    assert found is not None
    found = locate(found, ours, left)
    if bar is None:
        assert found.field == "event" or "order_id" in found.field
        return
    assert (found.bar, found.phase, found.left_rule) == (bar, phase, rule)
    assert found.right == value


def test_the_first_difference_is_the_first_in_time() -> None:
    ours = play(pyengine, TOUCH)
    theirs = changed(changed(ours, "closed", "entry_price", 1.2), "closed", "exit_price", 1.3)
    left, right, _ = restrict(ours, theirs, USUAL)
    found = first_difference(left, right)
    assert found is not None
    assert (found.kind, found.field, found.right) == ("fill", "price", 1.2)


def test_a_trade_too_few_or_too_many_is_found() -> None:
    ours = play(pyengine, TOUCH)
    none = copy.deepcopy(ours)
    none["trades"]["closed"] = []
    left, right, _ = restrict(ours, none, LEAST)
    found = first_difference(left, right)
    assert found is not None
    assert (found.missing_on, locate(found, ours, left).left_rule) == ("right", "X1.stop")
    left, right, _ = restrict(none, ours, LEAST)
    found = first_difference(left, right)
    assert found is not None
    assert found.missing_on == "left"


def test_what_is_not_given_is_not_looked_at_but_said() -> None:
    ours = play(pyengine, TOUCH)
    theirs = changed(ours, "closed", "r_multiple", 7.0)
    left, right, missing = restrict(ours, theirs, USUAL)
    assert first_difference(left, right) is None
    assert "trades.r_multiple" in missing
    assert {"events", "fees", "trades of group parts", "equity.cash"} <= set(missing)
    assert first_difference(*restrict(ours, theirs, FULL)[:2]) is not None
    assert not_compared({"backend": "rust"}) == []


def test_without_numbers_trades_of_one_moment_have_no_order() -> None:
    ours = play(pyengine, TOUCH)
    (trade,) = ours["trades"]["closed"]
    other = {**trade, "order_id": 2, "entry_price": 1.1}
    ours["trades"]["closed"] = [trade, other]
    theirs: Any = {**ours, "trades": {**ours["trades"], "closed": [other, trade]}}
    assert first_difference(*restrict(ours, theirs, LEAST)[:2]) is None
    assert first_difference(*restrict(ours, theirs, USUAL)[:2]) is not None


def test_equity_is_compared_in_the_columns_that_are_given() -> None:
    ours = play(pyengine, TOUCH)
    theirs = copy.deepcopy(ours)
    theirs["equity"]["cash"][1] = 1.0
    assert first_difference(*restrict(ours, theirs, USUAL)[:2]) is None
    theirs["equity"]["equity"][1] = 1.0
    found = first_difference(*restrict(ours, theirs, USUAL)[:2])
    assert found is not None
    assert found.field == "equity.equity[1]"


def test_a_golden_is_held_against_trades() -> None:
    ours = play(pyengine, GAP)
    assert check_given(GAP, ours, USUAL)[0] is None
    wrong = changed(ours, "closed", "exit_price", 1.0990)
    expected = copy.deepcopy(GAP)
    for event, order_id in zip(expected["expect"]["events"], (1, 1), strict=True):
        event["order_id"] = order_id
    expected["expect"]["events"][1]["price"] = "1.0985"
    found, limited, kept = check_given(expected, wrong, USUAL)
    assert found is not None
    assert (found.field, found.left, found.right) == ("price", 1.0985, 1.0990)
    assert (found.bar, found.phase, found.left_rule) == (2, "EXITS", "X2.gap_stop")
    assert [event["kind"] for event in kept["events"]] == ["fill", "exit"]
    assert "rule" not in limited["expect"]["events"][0]


def test_that_input_is_refused_is_compared_without_a_code() -> None:
    ours = play(pyengine, NAIVE)
    failure: Any = ours["error"]
    theirs: Any = {"error": {**failure, "code": "REFUSED", "bar": None, "field": None}}
    assert check_given(NAIVE, theirs, USUAL)[0] is None
    assert first_difference(*restrict(ours, theirs, USUAL)[:2]) is None
    with_codes = {**USUAL, "gives": [*USUAL["gives"], "errors"]}
    assert check_given(NAIVE, theirs, with_codes)[0] is not None
    broken: Any = {"error": {**failure, "code": None}}
    assert check_given(NAIVE, broken, USUAL)[0] is not None
    accepted = play(pyengine, TOUCH)
    assert check_given(NAIVE, accepted, USUAL)[0] is not None
