"""Cases of several symbols: how they are read and played, and how a difference in one is told."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fillproof.conformance import cross
from fillproof.conformance.account_parts import Lacking
from fillproof.conformance.case_keys import clock_us, is_ordinal, key_texts, keys_of
from fillproof.conformance.client import BackendSpec
from fillproof.conformance.expectation import check
from fillproof.conformance.fuzz import Arena, Differs
from fillproof.conformance.lints import golden as lint
from fillproof.conformance.play import play
from fillproof.conformance.render import divergence_panel
from fillproof.conformance.replay import fold
from fillproof.conformance.suite import load_suite
from fillproof.conformance.units import units_of
from fillproof.conformance.verification import verify_backends

from .conftest import BARS, CONFIG, LONG, write_suite

KEYS = ["mon", "tue", "wed"]
OTHER = [[key, *"1.3000 1.3010 1.2995 1.3000 1.3001 1.3011 1.2996 1.3001".split()] for key in KEYS]
ORDINAL: dict[str, Any] = {
    "id": "execution/X1.stop/two_symbols",
    "comment": "the second symbol has no bar at the second key, the first is stopped at the third",
    "kind": "run",
    "config": {
        **CONFIG,
        "key_type": "str",
        "more_specs": [{"symbol": "GBPUSD", "pip_size": "0.0001", "digits": 5}],
    },
    "symbols": {
        "EURUSD": {
            "bars": [[key, *row[1:]] for key, row in zip(["mon", "tue", "wed"], BARS, strict=False)]
        },
        "GBPUSD": {"bars": [OTHER[0], OTHER[2]]},
    },
    "keys": KEYS,
    "signals": [LONG, {**LONG, "symbol": "GBPUSD", "sl": "1.2900", "tp": "1.3100"}],
    "commands": [],
    "expect": {
        "events": [
            {"kind": "fill", "bar": 0, "rule": "E1.close", "symbol": "EURUSD"},
            {"kind": "fill", "bar": 0, "rule": "E1.close", "symbol": "GBPUSD"},
            {"kind": "exit", "bar": 2, "rule": "X1.stop", "order_id": 1, "raw": "1.099"},
        ],
        "equity": [{"bar": 2, "cash": "9987.949999999997"}],
        "holes": {"EURUSD": 0, "GBPUSD": 1},
        "stale_rows": 1,
        "active": [2],
    },
    "sum": [],
}


def test_keys_are_what_their_type_says() -> None:
    assert keys_of(ORDINAL) == KEYS
    assert (clock_us(ORDINAL), key_texts(ORDINAL), is_ordinal(ORDINAL)) == ([0, 1, 2], KEYS, True)
    rows = {"bid": [[3, *"1111"], [1, *"1111"]], "ask": [["2", *"1111"]]}
    for kind, wanted in (("int", [1, 2, 3]), ("float", [1.0, 2.0, 3.0]), ("str", ["1", "2", "3"])):
        assert keys_of({"symbols": {"A": rows}, "config": {"key_type": kind}}) == wanted
    times = [["2020-01-01T00:01:00Z"], ["2020-01-01T00:00:00Z"]]
    case = {"symbols": {"A": {"bid": times, "ask": []}}, "config": {}}
    assert keys_of(case)[0] == datetime(2020, 1, 1, tzinfo=UTC)
    assert (clock_us(case)[1] - clock_us(case)[0], is_ordinal(case)) == (60_000_000, False)
    raw = {"symbols": {}, "keys": [{"time": "2020-01-01T00:00:00"}], "config": {"key_type": "raw"}}
    assert keys_of(raw) == [datetime(2020, 1, 1)]  # noqa: DTZ001  (that it lacks a zone is meant)


def test_candles_of_an_ordinal_run_have_no_time_of_their_own(engine: Any) -> None:
    lookups = cross.lookups_of(engine, ORDINAL)
    assert list(lookups) == ["EURUSD", "GBPUSD"]
    assert list(lookups["GBPUSD"]["ask"]) == ["mon", "wed"]
    stamps = {candle.timestamp for side in lookups["EURUSD"].values() for candle in side.values()}
    assert stamps == {datetime(2000, 1, 1, tzinfo=UTC)}


def test_case_of_several_symbols_is_played_and_checked(engine: Any) -> None:
    outcome = play(engine, ORDINAL)
    assert check(ORDINAL, outcome) is None
    for name, wrong in (
        ("holes", {"EURUSD": 0, "GBPUSD": 0}), ("stale_rows", 0), ("active", [1]),
        ("equity", [{"bar": 1, "cash": "9987.949999999997"}]),
    ):  # fmt: skip
        case = {**ORDINAL, "expect": {**ORDINAL["expect"], name: wrong}}
        found = check(case, outcome)
        assert found is not None
        assert found.field.startswith(name)


def test_commands_of_manage_run_once_a_key(engine: Any) -> None:
    part = {"phase": "MANAGE", "bar": 1, "order_id": 1, "do": "close_part"}
    commands = [{**part, "price": "1.1000", "size": "0.03"}, {**part, "bar": 2, "order_id": 2}]
    commands[1].update(price="1.3000", size="0.04")
    outcome = play(engine, {**ORDINAL, "commands": commands})
    parts = outcome["trades"]["parts"]
    assert [(item["order_id"], item["size"]) for item in parts] == [(1, 0.03), (2, 0.04)]
    # The time that a close by hand is given is that of the clock.
    assert [item["exit_time_us"] for item in parts] == [1, 2]


def test_difference_in_an_ordinal_run_names_symbol_and_key(
    tmp_path: Path, doctored: Callable[[str, str, str], str]
) -> None:
    patched = doctored("exits.py", "quote.bid_low <= near_stop", "quote.bid_low < near_stop")
    suite = load_suite(write_suite(tmp_path / "golden", [ORDINAL]))
    found = verify_backends([BackendSpec("python"), BackendSpec(patched)], suite, min_coverage=0.0)
    assert found.exit_code == 1
    assert found.runs[0].count("pass") == 1
    (divergence,) = found.comparisons[0].divergences
    assert (divergence["symbol"], divergence["bar"], divergence["key"]) == ("EURUSD", 2, "wed")
    assert (divergence["time"], divergence["time_us"]) == (None, 2)
    assert [row["time"] for row in divergence["bars_around"]] == KEYS
    stream = io.StringIO()
    Console(file=stream, width=160).print(divergence_panel(divergence))
    assert "symbol EURUSD, bar 2, key wed, phase EXITS, kind exit, order 1" in stream.getvalue()


def test_difference_of_rows_shows_all_symbols(
    tmp_path: Path, doctored: Callable[[str, str, str], str]
) -> None:
    patched = doctored("portfolio.py", "self._stale_rows + stale", "self._stale_rows + 2")
    suite = load_suite(write_suite(tmp_path / "golden", [ORDINAL]))
    found = verify_backends([BackendSpec("python"), BackendSpec(patched)], suite, min_coverage=0.0)
    (divergence,) = found.comparisons[0].divergences
    assert (divergence["field"], divergence["symbol"]) == ("account.stale_rows", None)


def test_portfolio_lacks_what_a_case_says(engine: Any) -> None:
    lacking = Lacking(engine.Portfolio(5.0), ["appraise"])
    assert (lacking.cash, hasattr(lacking, "register_swap")) == (5.0, True)
    assert not hasattr(lacking, "appraise")


def test_numbers_of_candles_are_given_and_keys_are_not() -> None:
    case = {
        **ORDINAL,
        "symbols": {"EURUSD": {"bars": [["77", *BARS[0][1:]]]}},
        "expect": {"events": [{"raw": "1.1011", "price": "77"}]},
    }
    (told,) = lint.check_sums(case)
    assert told.startswith("events[0].price: 77 is neither")


def test_sum_of_a_large_number_may_be_off_by_its_last_bits() -> None:
    case = {
        "config": {},
        "expect": {"value": "14925373.134328358"},
        "sum": [{"of": "value", "expr": "100000 / 0.0067"}],
    }
    assert list(lint.check_sums(case)) == []
    case["expect"] = {"value": "14925373.1343283"}
    assert list(lint.check_sums(case)) != []


@pytest.mark.parametrize(
    ("rule", "dropped"),
    [
        ("P6.swap", ("kind", "ledger")),
        ("A1.used", ("kind", "margin")),
        ("P5.direct", ("kind", "bar")),
    ],
)
def test_state_rebuilt_without_what_the_account_tells_is_wrong(
    engine: Any, rule: str, dropped: tuple[str, str]
) -> None:
    name, value = dropped
    differing = 0
    for case in load_suite(only=f"account/{rule}/*").cases:
        if case.kind != "run":
            continue
        outcome = play(engine, case.data)
        thinned = [event for event in outcome["events"] if event[name] != value]
        try:
            rebuilt = fold(
                thinned, float(case.data["config"]["initial_balance"]), units_of(case.data)
            )
        except KeyError:
            continue
        differing += rebuilt != outcome["state"]
    assert differing > 0


def test_failing_case_is_cut_to_what_it_needs(doctored: Callable[[str, str, str], str]) -> None:
    patched = doctored("marks.py", "stale = stale or old or position.stale_unit", "stale = False")
    third = {"symbol": "XAUUSD", "pip_size": "0.1", "digits": 2}
    config = {**ORDINAL["config"], "fees": {"per_lot": "3.5"}, "random_pips": "0.3", "seed": "1"}
    case = {
        **ORDINAL,
        "config": {**config, "more_specs": [third, *config["more_specs"]], "start_bar": 1},
        "symbols": {
            "XAUUSD": {"bars": [["a", *OTHER[0][1:]], *OTHER]},
            **ORDINAL["symbols"],
        },
        "keys": ["a", *KEYS, "x"],
        "signals": [{**LONG, "bar": 0}, {**ORDINAL["signals"][1], "bar": 1}, {**LONG, "bar": 3}],
        "commands": [
            {"bar": 2, "phase": "ENTRY", "order_id": 1, "do": "cancel"},
            {"bar": 2, "phase": "MANAGE", "order_id": 2, "do": "modify", "tp": "1.3200"},
        ],
    }
    case["symbols"]["EURUSD"]["bars"].append(["x", *BARS[3][1:]])
    with Arena([BackendSpec("python"), BackendSpec(patched)]) as running:
        with pytest.raises(
            Differs, match=r"equity: rule at bar 2: 'P3\.row_stale' on python"
        ) as found:
            running.play(case)
        smallest = running.shrink(found.value)
    assert str(smallest).startswith("equity: rule at bar 1: 'P3.row_stale' on python")
    cut = smallest.case
    assert (cut["keys"], list(cut["symbols"]["GBPUSD"]["bars"])) == (["mon", "tue"], [OTHER[0]])
    assert (len(cut["symbols"]), cut["commands"], cut["config"]["fees"]) == (2, [], {})
    assert [signal["symbol"] for signal in cut["signals"]] == ["GBPUSD"]
    assert "seed" not in cut["config"]


def test_what_fails_otherwise_is_no_smaller_case() -> None:
    """A cut that ends in another way of failing is not taken."""
    with Arena([BackendSpec("python")]) as running:
        found = Differs("python: state is {}", ORDINAL)
        assert running.shrink(found) is found
