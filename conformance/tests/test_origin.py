"""Root or consequence: what is said of differences made by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import fillproof.python
from fillproof.conformance.blame.cuts import continuation, state_after, window_of
from fillproof.conformance.blame.origin import origin_of
from fillproof.conformance.blame.replayed_job import origin_of_job
from fillproof.conformance.blame.scenes import scene
from fillproof.conformance.compare import first_difference
from fillproof.conformance.functions import Unsupported
from fillproof.conformance.play import play

Request = dict[str, Any]
Bend = Callable[[list[dict[str, Any]], Request], None]


def reference(request: Request) -> dict[str, Any]:
    case, resume = request["case"], request.get("resume")
    try:
        return {"outcome": play(fillproof.python, case, resume=resume)}
    except Unsupported as reason:
        return {"skip": str(reason)}


def bent(bend: Bend) -> Callable[[Request], dict[str, Any]]:
    """Make a candidate whose trace is bent after the fact."""

    def ask(request: Request) -> dict[str, Any]:
        answer = copy.deepcopy(reference(request))
        bend(answer["outcome"]["events"], request)
        return answer

    return ask


@pytest.fixture(scope="module")
def case() -> dict[str, Any]:
    whole = scene("fixed")
    return {
        **whole,
        "bars": whole["bars"][:60],
        "signals": [item for item in whole["signals"] if item["bar"] < 60],
    }


@pytest.fixture(scope="module")
def ours(case: dict[str, Any]) -> dict[str, Any]:
    outcome: dict[str, Any] = reference({"case": case})["outcome"]
    return outcome


def told(case: dict[str, Any], ours: dict[str, Any], bend: Bend) -> dict[str, Any]:
    candidate = bent(bend)
    theirs = candidate({"case": case})["outcome"]
    found = first_difference(ours, theirs)  # type: ignore[arg-type]
    assert found is not None
    return origin_of(case, found, (ours, theirs), reference, candidate)


def exits(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["kind"] == "exit"]


def test_one_wrong_exit_is_one_root(case: dict[str, Any], ours: dict[str, Any]) -> None:
    bar = exits(ours["events"])[2]["bar"]

    def bend(events: list[dict[str, Any]], request: Request) -> None:
        wrong = [event for event in exits(events) if event["bar"] == bar]
        if wrong:
            wrong[0]["raw"] += 0.001

    origin = told(case, ours, bend)
    assert origin["verdict"] == "root"
    assert [(root["bar"], root["field"], root["count"]) for root in origin["roots"]] == [
        (bar, "raw", 1)
    ]
    assert origin["why"].endswith("nothing differs after it")


def test_the_same_kind_again_is_counted(case: dict[str, Any], ours: dict[str, Any]) -> None:
    def bend(events: list[dict[str, Any]], request: Request) -> None:
        for event in exits(events):
            if event["rule"] == "X1.stop":
                event["raw"] += 0.001

    bars = {event["bar"] for event in exits(ours["events"]) if event["rule"] == "X1.stop"}
    origin = told(case, ours, bend)
    assert [(root["rule"], root["count"]) for root in origin["roots"]] == [("X1.stop", len(bars))]
    assert len(bars) > 2


def test_other_kinds_are_other_roots(case: dict[str, Any], ours: dict[str, Any]) -> None:
    def bend(events: list[dict[str, Any]], request: Request) -> None:
        for event in exits(events):
            event["reason"] = "manual"

    origin = told(case, ours, bend)
    assert origin["verdict"] == "root"
    assert len(origin["roots"]) >= 2
    assert f"there are {len(origin['roots'])} kinds" in origin["why"]


def test_what_does_not_come_back_is_a_consequence(
    case: dict[str, Any], ours: dict[str, Any]
) -> None:
    """A candidate that is right as soon as it begins in a given state."""

    def bend(events: list[dict[str, Any]], request: Request) -> None:
        if "resume" not in request:
            exits(events)[3]["raw"] += 0.001

    origin = told(case, ours, bend)
    assert origin["verdict"] == "consequence"
    assert "by what no event tells" in origin["why"]


def test_candidate_that_takes_no_state_is_not_told(
    case: dict[str, Any], ours: dict[str, Any]
) -> None:
    theirs = copy.deepcopy(ours)
    exits(theirs["events"])[0]["raw"] += 0.001
    found = first_difference(ours, theirs)  # type: ignore[arg-type]
    assert found is not None
    origin = origin_of(case, found, (ours, theirs), reference, lambda _: {"skip": "not taught"})
    assert origin["verdict"] == "not told"
    assert origin["why"] == "the candidate cannot take over a state: not taught"


def test_reference_that_does_not_repeat_itself_tells_nothing(
    case: dict[str, Any], ours: dict[str, Any]
) -> None:
    """The control: a state that does not hold all that matters proves nothing."""
    theirs = copy.deepcopy(ours)
    exits(theirs["events"])[0]["raw"] += 0.001
    found = first_difference(ours, theirs)  # type: ignore[arg-type]
    assert found is not None
    odd = bent(lambda events, _: events[-1].update(cash=0.0))
    origin = origin_of(case, found, (ours, theirs), odd, reference)
    assert origin["verdict"] == "not told"
    assert "no state of the reference repeats its own run" in origin["why"]


def test_same_signals_and_no_difference_blame_the_strategy(
    case: dict[str, Any], ours: dict[str, Any]
) -> None:
    theirs = copy.deepcopy(ours)
    next(event for event in theirs["events"] if event["kind"] == "signal")["entry_price"] = 1.0
    found = first_difference(ours, theirs)  # type: ignore[arg-type]
    assert found is not None
    origin = origin_of_job(case, found, ours, reference, reference)
    assert origin["verdict"] == "consequence"
    assert "the strategy was shown something else" in origin["why"]
    other = {**case, "signals": case["signals"][1:]}
    origin = origin_of_job(other, found, ours, reference, reference)
    assert origin["why"] == "the script of the signals does not repeat the run on the reference"


def test_part_of_a_long_case_goes_on_as_the_whole(case: dict[str, Any]) -> None:
    """The window around a cut, played in place of the whole case."""
    rows = case["bars"]
    long = {**case, "bars": [list(row) for row in rows]}
    whole = reference({"case": long})["outcome"]["events"]
    bar = 30
    state = state_after(long, whole, bar)
    part = window_of(long, bar, whole_up_to=10, before=20, after=15)
    assert (part.first, part.end, len(part.case["bars"])) == (10, 45, 36)
    answer = reference(part.request(bar, state))["outcome"]["events"]
    again = part.cut(part.moved(continuation(answer, part.place(bar), state)))
    assert again == part.cut(continuation(whole, bar, state))
    assert {event["bar"] for event in again} == set(range(31, 45))
