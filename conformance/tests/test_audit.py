"""The auditor on made candles: a clean list is clean, each planted fault is found in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fillproof.conformance.audit import KINDS, Finding, Options, audit

from .audit_market import BARS, hold, hour, listed, market
from .audit_planted import PLANTED, TIE


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_clean_list_is_clean(mirrored: bool) -> None:
    found = hold(listed(), mirrored=mirrored)
    assert found.findings == []
    assert (found.judged, found.exit_code) == (7, 0)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted[0])
def test_planted_faults_are_found(planted: Any, mirrored: bool) -> None:
    _, number, changes, severity, kind, bar, rule, pips = planted
    found = hold(listed(number=number, **changes), mirrored=mirrored)
    assert [one.number for one in found.findings] == [number], found.findings
    one = found.findings[0]
    assert (one.severity, one.kind, one.rule) == (severity, kind, rule)
    place = None if bar is None else list(BARS).index(bar)
    assert one.bar == place
    assert one.pips == (None if pips is None else pytest.approx(pips))
    if pips is not None:
        assert one.money == pytest.approx(pips * 0.1 * 10.0)
    assert one.time_us == (None if place is None else hour(list(BARS)[place]))
    assert found.exit_code == 1


def test_every_kind_is_planted() -> None:
    # Overlaps and what is not judged have tests of their own.
    assert {planted[4] for planted in PLANTED} == set(KINDS) - {"overlap", "not judged"}


def test_overlaps_count_where_one_position_is_claimed() -> None:
    assert hold(listed()).findings == []
    found = hold(listed(), one_position=True)
    assert {one.kind for one in found.findings} == {"overlap"}
    # 1 to the hour 3, 2 and 5 from 3 to 4, 3 from 4 to 5, 4 to 6, then 6 and 7.
    assert [one.number for one in found.findings] == [5, 7]


def test_levels_that_may_have_moved_only_raise_doubts() -> None:
    changed = listed(number=1, stop=1.0997)
    certain, open_, moved = (
        hold(replace(changed, levels_fixed=fixed), **options).findings
        for fixed, options in ((True, {}), (False, {}), (True, {"moved": [1]}))
    )
    assert [one.severity for one in certain] == ["impossible"]
    assert [(one.severity, one.kind) for one in open_] == [("doubtful", "exit missed")]
    assert "if its levels were not moved" in open_[0].says
    assert moved == []
    # A stop that is a gain was none at the fill.
    trailed = listed(number=1, stop=1.1005, exit=3, exit_price=1.1005, reason="stop_loss")
    assert hold(replace(trailed, levels_fixed=False)).findings == []


def test_a_price_of_the_other_side_may_be_chance_where_the_type_is_not_told() -> None:
    untold = listed(number=1, entry_price=1.1000, signal=None, order_type=None)
    assert [one.severity for one in hold(untold).findings] == ["optimistic"]
    # One of seven.
    plain = tuple(replace(one, order_type=None, signal_time_us=None) for one in untold.trades)
    found = hold(replace(untold, trades=plain)).findings
    assert [(one.number, one.kind, one.severity) for one in found] == [
        (1, "spread not paid", "doubtful")
    ]


def test_slippage_and_another_feed_are_allowed_for() -> None:
    slipped = listed(number=1, entry_price=1.1025)
    assert [one.severity for one in hold(slipped).findings] == ["doubtful"]
    assert hold(slipped, slippage_pips=9.0).findings == []
    better = listed(number=1, entry_price=1.0992)
    assert {one.kind for one in hold(better).findings} == {"price outside the bar"}
    assert hold(better, buffer_pips=5.0).findings == []


def test_what_cannot_be_told_is_no_fault_and_no_proof() -> None:
    early = hold(listed(number=1, signal=None, entry=-30, exit=-20))
    assert {(one.severity, one.kind, one.number) for one in early.findings} == {
        ("cannot be told", "not judged", 1)
    }
    assert (early.judged, early.exit_code) == (6, 2)
    other = listed()
    other = replace(other, trades=tuple(replace(one, symbol="GBPUSD") for one in other.trades))
    nothing = hold(other)
    assert (nothing.judged, nothing.exit_code) == (0, 2)
    assert nothing.unjudged == {"no candles of GBPUSD": 7}


def test_times_inside_a_bar_belong_to_it() -> None:
    # A minute into the bar anything between low and high can have been paid.
    minute = 60_000_000
    inside = tuple(
        replace(
            one,
            entry_time_us=(one.entry_time_us or 0) + minute,
            signal_time_us=None,
            entry_price=1.1000,
            order_type=None,
            result=30.0,
        )
        for one in listed().trades
        if one.number == 1
    )
    assert hold(replace(listed(), trades=inside)).findings == []
    # With the bar's own time it is the bid's open.
    exactly = tuple(replace(one, entry_time_us=hour(1)) for one in inside)
    found = hold(replace(listed(), trades=exactly)).findings
    assert [(one.kind, one.severity) for one in found] == [("spread not paid", "optimistic")]


def test_a_tie_that_the_platform_may_have_seen_is_a_doubt() -> None:
    late = listed(number=4, **TIE)
    seen = tuple(
        replace(one, exit_time_us=(one.exit_time_us or 0) + 1_000_000) if one.number == 4 else one
        for one in late.trades
    )
    (found,) = hold(replace(late, trades=seen)).findings
    assert (found.kind, found.severity) == ("stop touched too", "doubtful")


def test_what_is_impossible_is_taken_off_once() -> None:
    # Bought too cheap and left at a target that was not there: two fills.
    both = hold(listed(number=1, entry_price=1.0990, target=1.1035, exit_price=1.1035))
    assert both.gained("impossible")[0] == pytest.approx(6.0 + 5.0)
    assert both.gained("optimistic") == (0.0, 0.0)
    # A trade that was none at all takes its whole result with it.
    none = hold(listed(number=6, exit=8, entry_price=1.0930))
    assert {one.kind for one in none.findings} == {"no bar", "price outside the bar"}
    assert none.gained("impossible")[0] == pytest.approx(27.0)


def test_the_value_of_a_price_unit_is_read_off_the_results() -> None:
    found = audit(listed(), market(), Options())
    assert "a lot gains 100000 for each price unit, by the list's own results" in found.notes
    wrong = audit(listed(number=2, result=90.0), market(), Options())
    assert [(one.number, one.kind, one.severity) for one in wrong.findings] == [
        (2, "result does not follow", "doubtful")
    ]


def test_results_after_fees_count_them() -> None:
    fees = [
        replace(one, fee=0.7, result=None if one.result is None else one.result - 0.7)
        for one in listed().trades
    ]
    net = replace(listed(), trades=tuple(fees), result_is="after fees")
    assert hold(net).findings == []
    assert {one.kind for one in hold(replace(net, result_is="gross")).findings} == {
        "result does not follow"
    }


def test_a_finding_is_plain_data() -> None:
    one = Finding("impossible", "no bar", 3, rule="L5.hole")
    assert one.plain()["rule"] == "L5.hole"


def test_rules_behind_the_findings_are_registered() -> None:
    from fillproof.conformance.suite import load_suite

    known = {rule.id for rule in load_suite(None, None).rules}
    found = {planted[6] for planted in PLANTED} | {"S3.no_bar", "S3.max_positions"}
    more = "X3.worst E5.tie X5.manual_open E5.stop_stop_ambiguous E5.limit_target_certain"
    assert found | set(more.split()) <= known
