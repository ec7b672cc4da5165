"""Runs that must be images of each other, on every backend."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fillproof.conformance import metamorphic
from fillproof.conformance.compare import first_difference
from fillproof.conformance.fuzz_cases import cases
from fillproof.conformance.fuzz_market import MIDDLE
from fillproof.conformance.metamorphic import Pair, Relation
from fillproof.conformance.outcome import Outcome
from fillproof.conformance.play import play

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("FILLPROOF_METAMORPHIC_EXAMPLES", "80"))
WHOLE = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)
CHANGES: dict[str, Callable[[dict[str, Any]], Pair | None]] = {
    "mirror": lambda case: metamorphic.mirror(case, MIDDLE),
    "a year later": lambda case: metamorphic.shifted(case, 52),
    "prices in 1024ths": lambda case: metamorphic.scaled(case, 1.0 / 1024.0),
    "prices times 8": lambda case: metamorphic.scaled(case, 8.0),
    "one more symbol": metamorphic.other_spec,
}
# Of the cases that a relation is about, so many fill at least.
LEAST_FILLS = EXAMPLES // 20


def hold(case: dict[str, Any], left: Outcome, right: Outcome) -> None:
    found = first_difference(left, right)
    if found is not None:
        told = f"{found.field} at bar {found.bar}: {found.left!r}, not {found.right!r}"
        raise AssertionError(f"{told}\n{json.dumps(case)}")


@pytest.mark.parametrize("name", list(CHANGES))
def test_prop_changed_case_gives_the_changed_outcome(engine: Any, name: str) -> None:
    tally: Counter[str] = Counter()

    @WHOLE
    @given(cases(exact=True))
    def prop(case: dict[str, Any]) -> None:
        pair = CHANGES[name](case)
        if pair is None:
            return
        one, other, relation = pair
        outcome = play(engine, one, states=True)
        tally["fill"] += any(event["kind"] == "fill" for event in outcome["events"])
        # The second is read by a relation that changes nothing, which leaves out the same.
        hold(one, relation.outcome(outcome), Relation().outcome(play(engine, other, states=True)))

    prop()
    assert tally["fill"] >= LEAST_FILLS


def test_prop_bars_that_come_later_change_nothing(engine: Any) -> None:
    tally: Counter[str] = Counter()

    @WHOLE
    @given(cases(), st.integers(1, 12))
    def prop(case: dict[str, Any], bars: int) -> None:
        short = metamorphic.cut(case, bars)
        if short is None:
            return
        outcomes = [play(engine, item, states=True) for item in (short, case)]
        early = [metamorphic.begun(outcome, bars) for outcome in outcomes]
        tally["fill"] += any(event["kind"] == "fill" for event in early[0]["events"])
        hold(case, early[0], early[1])

    prop()
    assert tally["fill"] >= LEAST_FILLS


def test_relation_that_does_not_hold_is_found(engine: Any) -> None:
    """A mirror beside the middle, or another scale of half the numbers, is told apart."""
    found = 0

    @WHOLE
    @given(cases(exact=True))
    def prop(case: dict[str, Any]) -> None:
        nonlocal found
        pair = metamorphic.mirror(case, MIDDLE)
        if pair is None:
            return
        _, other, _ = pair
        beside = Relation(price=lambda price: 2.0 * (MIDDLE + 1) - price, flips=True)
        left = beside.outcome(play(engine, case))
        found += first_difference(left, Relation().outcome(play(engine, other))) is not None

    prop()
    assert found > 0
