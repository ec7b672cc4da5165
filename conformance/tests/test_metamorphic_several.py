"""Runs of several symbols that must be images of each other, on every backend."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fillproof.conformance import metamorphic, metamorphic_several
from fillproof.conformance.bits import same
from fillproof.conformance.compare import first_difference
from fillproof.conformance.fuzz_cases import cases, several, with_account
from fillproof.conformance.outcome import Outcome
from fillproof.conformance.play import play

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("FILLPROOF_METAMORPHIC_EXAMPLES", "20"))
MANY = st.one_of(several("none"), several("any"), several("margin"), several("night"))
WHOLE = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)
LEAST_FILLS = EXAMPLES // 20


def hold(case: dict[str, Any], left: Outcome, right: Outcome) -> None:
    found = first_difference(left, right)
    if found is not None:
        told = f"{found.field} at bar {found.bar}: {found.left!r}, not {found.right!r}"
        raise AssertionError(f"{told}\n{json.dumps(case)}")


def filled(outcome: Outcome) -> bool:
    return any(event["kind"] == "fill" for event in outcome["events"])


def test_prop_order_of_independent_symbols_changes_no_trade(engine: Any) -> None:
    tally: Counter[str] = Counter()

    @WHOLE
    @given(MANY, st.data())
    def prop(case: dict[str, Any], data: st.DataObject) -> None:
        one = metamorphic_several.independent(case)
        if one is None:
            return
        order = data.draw(st.permutations(range(len(one["symbols"]))))
        outcomes = [play(engine, item) for item in (one, metamorphic_several.permuted(one, order))]
        tally["fill"] += filled(outcomes[0])
        left, right = (metamorphic_several.per_order(outcome) for outcome in outcomes)
        wrong = [name for name in left if not same(left[name], right[name])]
        assert not wrong, f"{wrong}: {left}, not {right}\n{order} of {json.dumps(one)}"

    prop()
    assert tally["fill"] >= LEAST_FILLS


def test_prop_untraded_symbol_leaves_everything_else(engine: Any) -> None:
    tally: Counter[str] = Counter()

    @WHOLE
    @given(MANY, st.data())
    def prop(case: dict[str, Any], data: st.DataObject) -> None:
        if "coverage" in case["config"]:
            return
        place = data.draw(st.integers(0, len(case["symbols"])))
        present = data.draw(st.lists(st.booleans(), min_size=1, max_size=5))
        outcome = play(engine, case, states=True)
        if metamorphic_several.untold(outcome):
            return
        more = metamorphic_several.with_untraded(case, place, present)
        tally["fill"] += filled(outcome)
        left, right = (
            metamorphic_several.without_symbol(item)
            for item in (outcome, play(engine, more, states=True))
        )
        # The same is left out of the run without a tracer, which is compared elsewhere.
        for item in (left, right):
            item.pop("untraced", None)
        hold(more, left, right)

    prop()
    assert tally["fill"] >= LEAST_FILLS


@pytest.mark.parametrize(
    "source",
    [cases(), with_account("any"), with_account("margin"), with_account("night")],
    ids=["plain", "rates", "margin", "night"],
)
def test_prop_one_symbol_is_the_same_in_both_loops(engine: Any, source: Any) -> None:
    tally: Counter[str] = Counter()

    @WHOLE
    @given(source)
    def prop(case: dict[str, Any]) -> None:
        outcome = play(engine, case, states=True)
        other = metamorphic_several.in_both_loops(case, outcome)
        if other is None:
            return
        tally["fill"] += filled(outcome)
        left, right = (
            metamorphic_several.alone(item) for item in (outcome, play(engine, other, states=True))
        )
        hold(case, left, right)

    prop()
    assert tally["fill"] >= LEAST_FILLS


@pytest.mark.parametrize("way", metamorphic_several.WAYS)
def test_prop_rates_of_one_change_no_bit(engine: Any, way: str) -> None:
    tally: Counter[str] = Counter()

    @WHOLE
    @given(st.one_of(cases(), several()))
    def prop(case: dict[str, Any]) -> None:
        ordinal = case["config"].get("key_type", "time") != "time"
        if case["config"]["spec"] is None or (ordinal and way == "series"):
            return
        plain, rated = metamorphic_several.with_rates_of_one(case, way)
        left = play(engine, plain, states=True)
        right = play(engine, rated, states=True)
        tally["fill"] += filled(left)
        tally["rate"] += any(event["kind"] == "rate" for event in right["events"])
        hold(rated, metamorphic_several.unrated(left), metamorphic_several.unrated(right))

    prop()
    assert tally["fill"] >= LEAST_FILLS
    assert tally["rate"] >= tally["fill"]


def test_prop_keys_that_come_later_change_nothing(engine: Any) -> None:
    tally: Counter[str] = Counter()

    @WHOLE
    @given(MANY, st.integers(1, 12))
    def prop(case: dict[str, Any], keys: int) -> None:
        short = metamorphic_several.cut_keys(case, keys)
        if short is None:
            return
        outcomes = [play(engine, item, states=True) for item in (short, case)]
        if any(metamorphic_several.untold(outcome) for outcome in outcomes):
            # Something of all keys was refused before the first.
            return
        early = [metamorphic.begun(outcome, keys) for outcome in outcomes]
        tally["fill"] += filled(early[0])
        hold(case, early[0], early[1])

    prop()
    assert tally["fill"] >= LEAST_FILLS


def test_relations_that_do_not_hold_are_found(engine: Any) -> None:
    """A traded symbol that is left out, or a rate beside 1, is told apart."""
    found: Counter[str] = Counter()

    @WHOLE
    @given(several())
    def prop(case: dict[str, Any]) -> None:
        if case["config"]["spec"] is None:
            return
        plain, rated = metamorphic_several.with_rates_of_one(case, "direct")
        rated["config"]["rates"]["pairs"]["ONE/ACC"] = "1.0000000000000002"
        outcomes = [metamorphic_several.unrated(play(engine, item)) for item in (plain, rated)]
        found["rate"] += first_difference(*outcomes) is not None
        less = metamorphic_several.without_symbol(outcomes[0], case["config"]["symbol"])
        found["symbol"] += first_difference(outcomes[0], less) is not None

    prop()
    assert found["rate"] > 0
    assert found["symbol"] > 0
