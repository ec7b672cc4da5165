"""The first difference is named by what it is, whichever side it is on."""

from __future__ import annotations

from typing import Any

import pytest

from fillproof.conformance.compare import first_difference
from fillproof.conformance.expectation import check
from fillproof.conformance.outcome import Outcome


def event(seq: int, bar: int, kind: str, **values: Any) -> dict[str, Any]:
    return {
        "seq": seq,
        "bar": bar,
        "time_us": bar * 60_000_000,
        "phase": "EXITS",
        "kind": kind,
        "rule": values.pop("rule", "R1"),
        **values,
    }


FILL = event(0, 0, "fill", order_id=1, symbol="EURUSD", price=1.1, size=0.1)
EXIT = event(1, 1, "exit", order_id=1, symbol="EURUSD", price=1.2, size=0.1)
ROW = event(2, 1, "equity", equity=5.0)


def outcome(*events: dict[str, Any], **rest: Any) -> Outcome:
    found: Outcome = {"events": list(events), "error": None}
    found.update(rest)  # type: ignore[typeddict-item]
    return found


def test_equal_outcomes_do_not_differ() -> None:
    assert first_difference(outcome(FILL, EXIT), outcome(dict(FILL), dict(EXIT))) is None


def test_one_bit_of_one_field() -> None:
    other = {**EXIT, "price": 1.2000000000000002}
    found = first_difference(outcome(FILL, EXIT), outcome(FILL, other))
    assert found is not None
    assert (found.stage, found.field, found.index, found.bar) == ("fill", "price", 1, 1)
    assert (found.left, found.right) == (1.2, 1.2000000000000002)


def test_rule_comes_before_values_and_the_rest_is_kept() -> None:
    other = {**EXIT, "rule": "R2", "price": 1.3}
    found = first_difference(outcome(EXIT), outcome(other))
    assert found is not None
    assert (found.field, found.left_rule, found.right_rule) == ("rule", "R1", "R2")
    assert found.others == [("price", 1.2, 1.3)]


@pytest.mark.parametrize("side", ["left", "right"])
def test_missing_event_inside_a_bar(side: str) -> None:
    full, thin = outcome(FILL, EXIT, ROW), outcome(FILL, {**ROW, "seq": 1})
    pair = (thin, full) if side == "left" else (full, thin)
    found = first_difference(*pair)
    assert found is not None
    assert (found.field, found.kind, found.missing_on, found.bar) == ("event", "exit", side, 1)


def test_missing_event_at_the_end_of_a_bar() -> None:
    later = event(2, 2, "equity", equity=5.0)
    found = first_difference(outcome(FILL, EXIT, later), outcome(FILL, {**later, "seq": 1}))
    assert found is not None
    assert (found.kind, found.missing_on) == ("exit", "right")


def test_trace_cut_short_by_an_error_is_a_difference_in_error() -> None:
    error = {"code": "X", "type": "E", "bar": 1, "symbol": None, "field": None, "value": None}
    found = first_difference(outcome(FILL, EXIT), outcome(FILL, error=error))
    assert found is not None
    assert (found.stage, found.field, found.missing_on) == ("error", "event", "right")


def test_two_events_that_changed_places() -> None:
    one, two = {**EXIT, "order_id": 1}, {**EXIT, "order_id": 2}
    found = first_difference(outcome(one, two), outcome(two, one))
    assert found is not None
    assert found.field == "order of events"


@pytest.mark.parametrize(
    ("part", "left", "right", "field"),
    [
        ("equity", {"time_us": [0], "cash": [1.0]}, {"time_us": [0], "cash": [1.5]}, "cash[0]"),
        ("state", {"ledger": {"cash": 1.0}}, {"ledger": {"cash": 2.0}}, "state.ledger.cash"),
        ("trades", {"closed": [{"r": 1.0}]}, {"closed": [{"r": None}]}, "trades.closed[0].r"),
        ("warnings", ["one"], [], "warnings"),
        ("states", [[0, {"a": 1}]], [[0, {"a": 2}]], "state at ENTRY of bar 0.a"),
        ("rejected", [[1, "S3.sides"]], [[1, "S3.volume"]], "rejected[0][1]"),
    ],
)
def test_what_users_read_is_compared_too(part: str, left: Any, right: Any, field: str) -> None:
    found = first_difference(outcome(**{part: left}), outcome(**{part: right}))
    assert found is not None
    assert found.field.endswith(field)
    assert (found.left, found.right) != (left, right) or part == "warnings"


def test_errors_compare_numbers_as_numbers() -> None:
    def failing(value: Any, code: str = "X") -> Outcome:
        error = {"code": code, "type": "E", "bar": 1, "symbol": None, "field": "f", "value": value}
        return outcome(error=error)

    assert first_difference(failing("1e-05"), failing("0.00001")) is None
    assert first_difference(failing("abc"), failing("abd")) is not None
    found = first_difference(failing(1), failing(1, "Y"))
    assert found is not None
    assert (found.field, found.left, found.right) == ("error.code", "X", "Y")


def expecting(*events: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "run", "bars": [], "config": {}, "expect": {"events": list(events)}}


def test_expected_event_that_does_not_come() -> None:
    case = expecting({"kind": "fill", "bar": 0}, {"kind": "exit", "bar": 1, "rule": "R1"})
    found = check(case, outcome(FILL))
    assert found is not None
    assert (found.field, found.missing_on, found.left_rule) == ("event", "right", "R1")


def test_event_that_nobody_expected() -> None:
    found = check(expecting({"kind": "fill", "bar": 0}), outcome(FILL, EXIT))
    assert found is not None
    assert (found.field, found.right, found.bar) == ("event", "exit", 1)


def test_only_given_keys_of_expected_events_count() -> None:
    assert check(expecting({"kind": "fill", "bar": 0, "price": "1.1"}), outcome(FILL)) is None
    found = check(
        expecting({"kind": "fill", "bar": 0, "price": "1.1000000000000003"}), outcome(FILL)
    )
    assert found is not None
    assert found.field == "price"


def test_ledger_counts_only_where_a_case_lists_it() -> None:
    booked = event(1, 0, "ledger", order_id=1, entry="result", amount=1.0)
    assert check(expecting({"kind": "fill", "bar": 0}), outcome(FILL, booked)) is None
    listed = expecting({"kind": "fill", "bar": 0}, {"kind": "ledger", "bar": 0, "entry": "result"})
    assert check(listed, outcome(FILL, booked, {**booked, "seq": 2})) is not None


def test_unexpected_warning_is_found() -> None:
    case = expecting()
    assert check(case, outcome()) is None
    assert check(case, outcome(warnings=["CrossedBarsWarning: 3 of 5 bars"])) is not None
    case["expect"]["crossed"] = 3
    assert check(case, outcome(warnings=["CrossedBarsWarning: 3 of 5 bars"])) is None
    assert check(case, outcome(warnings=[])) is not None
    # An engine that tells no warnings at all is not asked for them.
    assert check(case, outcome()) is None


def test_run_without_a_tracer_has_to_leave_the_same() -> None:
    case = expecting()
    assert check(case, outcome(active=[1], untraced={"active": [1], "error": None})) is None
    found = check(case, outcome(active=[1], untraced={"active": []}))
    assert found is not None
    assert found.field == "without a tracer: active"
    both = outcome(untraced={"active": [1]}), outcome(untraced={"active": [2]})
    apart = first_difference(*both)
    assert apart is not None
    assert apart.field == "untraced.active[0]"


def test_expected_error_needs_its_code() -> None:
    case = {"kind": "run", "expect": {"error": {"code": "X", "bar": 1}}}
    error = {"code": None, "type": "KeyError", "message": "m", "bar": 1}
    found = check(case, outcome(error=error))
    assert found is not None
    assert (found.left, found.right) == ("X", "KeyError: m")
    found = check(case, outcome())
    assert found is not None
    assert found.right is None


def order(seq: int, action: str, phase: str = "EXITS", **values: Any) -> dict[str, Any]:
    return {**event(seq, 1, "order", order_id=1, action=action, **values), "phase": phase}


def test_event_of_an_earlier_phase_is_the_one_that_is_missing() -> None:
    booked = {**event(0, 1, "ledger", order_id=1, entry="result"), "phase": "CLOSE"}
    found = first_difference(outcome(booked), outcome(order(0, "cancelled", "OPEN")))
    assert found is not None
    assert (found.missing_on, found.kind, found.phase) == ("left", "order", "OPEN")


def test_level_of_an_order_is_a_value_and_not_its_identity() -> None:
    mine, other = order(0, "accepted", entry=1.1), order(0, "accepted", entry=1.2)
    found = first_difference(outcome(mine), outcome(other))
    assert found is not None
    assert (found.field, found.left, found.right) == ("entry", 1.1, 1.2)


def test_part_that_leaves_is_another_exit_than_the_whole() -> None:
    found = first_difference(outcome({**EXIT, "part": 1}), outcome({**EXIT, "part": 0}))
    assert found is not None
    assert found.field == "event"


def test_marks_are_listed_completely_but_for_ties() -> None:
    exits = {"kind": "exit", "bar": 1}
    spanned = order(0, "marked", rule="E3.spanned")
    assert check(expecting(exits), outcome(spanned, EXIT)) is not None
    tie = order(0, "marked", rule="X3.worst")
    assert check(expecting(exits), outcome(tie, EXIT)) is None
    listed = {"kind": "order", "bar": 1, "action": "marked", "rule": "X3.worst"}
    assert check(expecting(listed, exits), outcome(tie, EXIT)) is None
    assert check(expecting(listed, exits), outcome(EXIT)) is not None


def trade(order_id: int, part: int = 0, **values: Any) -> dict[str, Any]:
    return {"order_id": order_id, "part": part, "marks": [], **values}


def test_parts_stand_among_the_closed_in_the_order_of_their_exits() -> None:
    def leaving(order_id: int, part: int) -> dict[str, Any]:
        return {**EXIT, "order_id": order_id, "part": part}

    events = [leaving(2, 1), leaving(1, 0), leaving(2, 0)]
    groups = {"closed": [trade(1), trade(2)], "parts": [trade(2, 1)]}

    def listing(*orders: int) -> dict[str, Any]:
        return {"kind": "run", "expect": {"trades": [{"order_id": n} for n in orders]}}

    assert check(listing(2, 1, 2), outcome(*events, trades=groups)) is None
    assert check(listing(2, 2, 1), outcome(*events, trades=groups)) is not None


def test_marks_of_all_trades_are_compared_by_time() -> None:
    first = {"rule": "X3.worst", "time_us": 1, "other": "target", "price": 1.2, "result": 3.0}
    later = {"rule": "E3.spanned", "time_us": 2, "other": "unfilled", "price": None, "result": 0.0}
    groups = {"closed": [{**trade(7), "marks": [later]}], "open": [{**trade(9), "marks": [first]}]}
    listed = [
        {"order_id": 9, "rule": "X3.worst", "other": "target", "price": "1.2", "result": "3"},
        {"order_id": 7, "rule": "E3.spanned", "other": "unfilled", "price": None},
    ]
    case: dict[str, Any] = {"kind": "run", "expect": {"marks": listed}}
    assert check(case, outcome(trades=groups)) is None
    listed[0]["result"] = "3.5"
    found = check(case, outcome(trades=groups))
    assert found is not None
    assert (found.field, found.right) == ("marks[0].result", 3.0)
    listed.pop()
    found = check(case, outcome(trades=groups))
    assert found is not None
    assert found.field == "number of marks"


def test_warning_of_a_buffer_comes_where_there_is_one() -> None:
    case = expecting()
    told = ["ExitBufferWarning: early"]
    assert check(case, outcome(warnings=told)) is not None
    case["config"] = {"policy": {"exit_buffer_pips": "0.5"}}
    assert check(case, outcome(warnings=told)) is None
    assert check(case, outcome(warnings=[])) is not None
    case["config"]["policy"]["preset"] = "parity"
    assert check(case, outcome()) is None
