"""Random cases: every backend gives the same bits, and every trace gives back the state."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from fillproof import golden
from fillproof.conformance.client import BackendSpec, WorkerAbsent
from fillproof.conformance.fuzz import Arena, Differs, run_fuzz
from fillproof.conformance.fuzz_columns import columns
from fillproof.conformance.fuzz_expressions import expressions
from fillproof.conformance.fuzz_strategies import built_ins
from fillproof.conformance.isolation import BACKENDS

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("FILLPROOF_FUZZ_EXAMPLES", "640"))
# Shares of cases in which each happened at least once; the generator gives about twice as many.
# Swaps and stop-outs are seldom, a stale rate more so: hand cases and longer runs are about those.
FAIR_SHARE = {
    "fill": 0.3,
    "rejection": 0.3,
    "stop": 0.1,
    "target": 0.06,
    "gap": 0.06,
    "tie": 0.01,
    "waiting": 0.15,
    "inside": 0.06,
    "entry_bar": 0.08,
    "mark": 0.05,
    "expiry": 0.015,
    "group": 0.06,
    "write": 0.08,
    "command": 0.05,
    "manager": 0.06,
    "part": 0.002,
    "parity": 0.06,
    "error": 0.05,
    "several": 0.3,
    "hole": 0.1,
    "ordinal": 0.08,
    "rate": 0.08,
    "margin": 0.03,
    "no margin": 0.01,
    "no equity": 0.02,
    "swap": 0.001,
    "stop-out": 0.001,
}
# Rules of which a few hundred cases meet each; all others are met by some thousands
# (`python -m fillproof.conformance.fuzz --examples 10000` tells how often).
IMPORTANT = frozenset(
    "S1.signal S3.not_finite S3.sides S3.sides_waiting S3.distance S3.marketable S3.max_positions "
    "S3.volume S3.below_min S4.oco_cancelled E1.close E1.signal E1.next_open E2.limit_open "
    "E2.limit_inside E2.stop_open E2.stop_inside E3.expired E4.fixed_lots E4.risk_amount "
    "E4.risk_fraction E4.capped E5.limit_target_ambiguous E5.path X1.stop X1.target X2.gap_stop "
    "X2.gap_target X2.level_stop X5.expired_end_of_data X5.close_at_end L8.queued_write "
    "L8.queued_command L8.manage_write L8.dropped L8.refused M1.trailing R1.market R1.waiting "
    "R2.size R3.stop R3.trigger_stop P3.entry_fee P3.exit_fee P3.exit_result P3.row".split()
)


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
    assert {rule["id"] for rule in golden.rules()} >= IMPORTANT
    missed = IMPORTANT - tally.keys()
    assert not missed, f"rules that never decided anything: {sorted(missed)}"


def test_prop_backends_agree_where_a_built_in_strategy_trades(arena: Arena) -> None:
    before = arena.tally.copy()
    run_fuzz(arena, EXAMPLES // 2, derandomize=True, mixed=[(1, built_ins(60))])
    played = arena.tally - before
    assert played["cases"] >= EXAMPLES // 2
    assert played["fill"] > 0.3 * played["cases"]


def test_prop_backends_agree_where_expressions_trade(arena: Arena) -> None:
    before = arena.tally.copy()
    run_fuzz(arena, EXAMPLES // 2, derandomize=True, mixed=[(1, expressions(40))])
    played = arena.tally - before
    assert played["cases"] >= EXAMPLES // 2
    assert played["fill"] > 0
    assert played["rejection"] > 0


def test_prop_columns_are_what_a_callback_gives(arena: Arena) -> None:
    before = arena.tally.copy()
    run_fuzz(arena, EXAMPLES // 4, derandomize=True, mixed=[(1, columns(40))])
    played = arena.tally - before
    assert played["cases"] >= EXAMPLES // 4
    assert played["fill"] > 0.3 * played["cases"]
    assert played["rejection"] > 0


def test_fuzz_finds_a_planted_fault(doctored: object) -> None:
    make = doctored
    assert callable(make)
    patched = make("exits.py", "quote.bid_low <= near_stop", "quote.bid_low < near_stop")
    with (
        Arena([BackendSpec("python"), BackendSpec(patched)]) as running,
        pytest.raises(Differs, match=r"fill: (event|phase|rule) at bar") as found,
    ):
        run_fuzz(running, 1500, derandomize=True, max_bars=8)
    # Shrunk to what is needed.
    assert len(found.value.case["signals"]) == 1
    assert found.value.divergence is not None
    # The stop, alone or in a bar that touches the target as well.
    assert found.value.divergence["sides"]["python"]["rule"] in {"X1.stop", "X3.worst"}
