"""The comparison explains what a peer's rules say, and nothing else.

A stand-in answers in the peer's place, by the peer's rules as we read them; then one thing is made
wrong on either side.  Whether the reading is right is what the real peers show.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import pytest

from fillproof.conformance.oracles import ours
from fillproof.conformance.oracles.compare import Comparison, compare
from fillproof.conformance.oracles.peers import PEERS, Peer
from fillproof.conformance.oracles.plain import Case, Row
from fillproof.conformance.oracles.readings import predict
from fillproof.conformance.oracles.signals import make_cases

MADE = [
    case
    for case in make_cases(seeds=2)
    if case.gate == "several" and case.name.startswith(("grid_0", "free_1"))
]
PUT = [
    pytest.param(peer, case, id=f"{name}-{case.name}")
    for name, peer in PEERS.items()
    for case in MADE
    if peer.accepts(case) is not None
]
# Levels so near that the options matter in many bars.
TIGHT = [given for given in PUT if "grid_0/market" in str(given.id)]


def stand_in(case: Case, peer: Peer) -> list[Row]:
    """Answer as the peer would if its rules were those that we read."""
    first = [predict(case, signal, peer.reading) for signal in case.signals]
    reading = peer.reading_of(case, first)
    return [predict(case, signal, reading) for signal in case.signals]


def put(case: Case, peer: Peer, **policy: Any) -> tuple[Case, list[Row], list[Row]]:
    kept = peer.accepts(case)
    assert kept is not None
    return kept, ours.answer(kept, "python", **policy)[0], stand_in(kept, peer)


@functools.cache
def put_once(name: str) -> tuple[Case, list[Row], list[Row]]:
    return put(MADE[0], PEERS[name])


def wrong(found: Comparison) -> list[str]:
    return [*found.unexplained, *found.misread]


@pytest.mark.parametrize(("peer", "case"), PUT)
def test_differences_that_follow_from_rules_are_explained(peer: Peer, case: Case) -> None:
    kept, mine, theirs = put(case, peer)
    found = compare(kept, mine, theirs, peer)
    assert not wrong(found)
    assert found.equal > 50


@pytest.mark.parametrize("policy", [{"intrabar": "best"}, {"gap_fill": "level"}], ids=str)
@pytest.mark.parametrize(("peer", "case"), TIGHT)
def test_another_policy_is_noticed(peer: Peer, case: Case, policy: dict[str, str]) -> None:
    kept, mine, theirs = put(case, peer, **policy)
    assert compare(kept, mine, theirs, peer).unexplained


def up(price: float | None) -> float | None:
    return None if price is None else math.nextafter(price, math.inf)


SPOILT = {
    "entry price by a bit": lambda row: row._replace(entry_price=up(row.entry_price)),
    "exit price by a bit": lambda row: row._replace(exit_price=up(row.exit_price)),
    "entry bar": lambda row: row._replace(entry_bar=row.entry_bar - 1),
    "exit bar": lambda row: row._replace(exit_bar=row.exit_bar + 1),
    "sign of the result": lambda row: row._replace(result=-row.result),
    "amount of the result": lambda row: row._replace(result=row.result * (1 + 3e-9)),
    "still open": lambda row: Row("open", row.entry_bar, row.entry_price),
    "refused": lambda row: Row("refused"),
    "skipped": lambda row: Row("skipped"),
}


@pytest.mark.parametrize("side", ["ours", "theirs"])
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("name", PEERS)
def test_every_spoilt_trade_is_found(name: str, spoil: Any, side: str) -> None:
    kept, *answers = put_once(name)
    mine, theirs = (list(answer) for answer in answers)
    spoilt, rows = 0, mine if side == "ours" else theirs
    for number, row in enumerate(rows):
        if row.outcome == "closed" and row.result != 0.0:
            rows[number] = spoil(row)
            spoilt += 1
    assert spoilt > 50
    # One spoilt so that it happens to equal the other side is found by our reading of the rules.
    assert len(wrong(compare(kept, mine, theirs, PEERS[name]))) == spoilt


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_gate_that_was_not_kept_is_found(side: str) -> None:
    peer = PEERS["backtesting"]
    case = next(case for case in make_cases(seeds=1, kinds=("market",)) if case.gate == "one")
    mine = ours.answer(case, "python")[0]
    assert "skipped" in {row.outcome for row in mine}
    theirs = list(mine)
    rows = mine if side == "ours" else theirs
    for number, row in enumerate(rows):
        if row.outcome == "skipped":
            rows[number] = predict(case, case.signals[number])
            break
    assert "a gate was not kept" in compare(case, mine, theirs, peer).unexplained[0]
