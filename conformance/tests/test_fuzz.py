"""Random cases: every backend gives the same bits, and every trace gives back the state."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from fillproof import golden
from fillproof.conformance.client import BackendSpec, WorkerAbsent
from fillproof.conformance.fuzz import Arena, Differs, run_fuzz
from fillproof.conformance.isolation import BACKENDS

EXAMPLES = int(os.environ.get("FILLPROOF_FUZZ_EXAMPLES", "500"))
# Shares of cases in which each happened at least once; the generator gives about twice as many.
FAIR_SHARE = {
    "fill": 0.3,
    "rejection": 0.2,
    "stop": 0.15,
    "target": 0.1,
    "gap": 0.07,
    "tie": 0.02,
    "waiting": 0.15,
    "inside": 0.06,
    "entry_bar": 0.08,
    "mark": 0.05,
    "expiry": 0.03,
    "group": 0.03,
    "write": 0.1,
    "command": 0.05,
    "manager": 0.04,
    "part": 0.01,
    "parity": 0.08,
    "error": 0.05,
}
# What no case of one traded symbol, and with sizes that some account could have, comes to.
NEVER = frozenset({"S3.no_bar", "S3.size_not_finite"})
# Rules that a few hundred cases need not meet, though many do.
SELDOM = frozenset({})


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    present = []
    for name in BACKENDS:
        try:
            Arena([BackendSpec(name)]).close()
        except WorkerAbsent as error:
            if name == "python" or os.environ.get("FILLPROOF_REQUIRE_ALL_BACKENDS"):
                raise
            print(f"left out: {error}")
            continue
        present.append(BackendSpec(name))
    with Arena(present) as running:
        yield running


def test_prop_backends_agree_on_random_cases(
    arena: Arena, capsys: pytest.CaptureFixture[str]
) -> None:
    run_fuzz(arena, EXAMPLES, derandomize=True)
    tally = arena.tally
    with capsys.disabled():
        labels = ", ".join(client.spec.label for client in arena.clients)
        told = " ".join(f"{name}={tally[name]}" for name in ("cases", *FAIR_SHARE))
        print(f"\nfuzz on {labels}: {told}")
    assert tally["cases"] >= EXAMPLES
    thin = {
        name: tally[name]
        for name, share in FAIR_SHARE.items()
        if tally[name] < share * tally["cases"]
    }
    assert not thin, f"too few of {thin} in {tally['cases']} cases"
    decisions = {rule["id"] for rule in golden.rules() if rule["kind"] == "decision"}
    missed = decisions - tally.keys() - NEVER - SELDOM
    assert not missed, f"rules that never decided anything: {sorted(missed)}"


def test_prop_backends_agree_where_the_built_in_strategy_trades(arena: Arena) -> None:
    before = arena.tally.copy()
    run_fuzz(arena, EXAMPLES // 2, derandomize=True, max_bars=60, built_in=True)
    played = arena.tally - before
    assert played["cases"] >= EXAMPLES // 2
    assert played["fill"] > 0.3 * played["cases"]


def test_fuzz_finds_a_planted_fault(doctored: object) -> None:
    make = doctored
    assert callable(make)
    patched = make("exits.py", "quote.bid_low <= near_stop", "quote.bid_low < near_stop")
    with (
        Arena([BackendSpec("python"), BackendSpec(patched)]) as running,
        pytest.raises(Differs, match="fill: event at bar") as found,
    ):
        run_fuzz(running, 500, derandomize=True, max_bars=8)
    # Shrunk to what is needed.
    assert len(found.value.case["signals"]) == 1
    assert found.value.divergence is not None
    assert found.value.divergence["sides"]["python"]["rule"] == "X1.stop"
