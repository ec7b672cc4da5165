"""Tolerances: what may have one, in which unit, until when; nothing else is let through."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fillproof.conformance.candidates import spec_of
from fillproof.conformance.compare import first_difference
from fillproof.conformance.proof.known_gaps import Gaps
from fillproof.conformance.proof.tolerances import Allowance, read_tolerances
from fillproof.conformance.suite import load_suite
from fillproof.conformance.tests.caching import Caching
from fillproof.conformance.verification import Verification, verify_backends

TODAY = date(2027, 1, 15)
ENTRY = """
[[tolerance]]
field = "{field}"
amount = {amount}
unit = "{unit}"
reason = "the old engine rounds"
owner = "ana"
expires = {expires}
"""


def text(field: str, amount: Any = 1, unit: str = "ticks", expires: str = "2027-03-31") -> str:
    return ENTRY.format(field=field, amount=amount, unit=unit, expires=expires)


def allowance(folder: Path, *entries: str, today: date = TODAY) -> Allowance:
    path = folder / "tolerances.toml"
    path.write_text("".join(entries), encoding="utf-8")
    return Allowance(read_tolerances(path), today)


def outcome(price: float = 1.1, result: float = 5.0, reason: str = "stop_loss") -> Any:
    event = {"seq": 0, "bar": 3, "time_us": 7, "phase": "EXITS", "rule": "X1.stop"}
    return {
        "events": [{**event, "kind": "exit", "price": price, "result": result, "reason": reason}],
        "trades": {"closed": [{"exit_price": price, "result": result, "reason": reason}]},
        "equity": {"time_us": [7], "equity": [10000.0 + result]},
        "summary": {"Total Trades": 1, "Equity": 10000.0 + result},
        "error": None,
    }


def forgiven(folder: Path, entries: list[str], left: Any, right: Any) -> Any:
    made = allowance(folder, *entries)
    near = made.forgive(left, right, "rust", "case", 5)
    return first_difference(left, near), made


def test_price_within_ticks_is_let_through_in_event_and_table(tmp_path: Path) -> None:
    left, right = outcome(1.1), outcome(1.10001)
    before = copy.deepcopy(right)
    found, made = forgiven(tmp_path, [text("exit.price")], left, right)
    assert found is None
    assert right == before, "the candidate's own answer stays as it is"
    (row,) = made.used("rust")
    assert (row["field"], row["entry"], row["case"]) == ("exit.price", "exit.price", "case")
    assert row["distance"] == "1 ticks at most, 2 values"
    assert made.used("cython") == []


def test_price_two_ticks_off_is_a_difference(tmp_path: Path) -> None:
    found, made = forgiven(tmp_path, [text("exit.price")], outcome(1.1), outcome(1.10002))
    assert (found.field, found.left, found.right) == ("price", 1.1, 1.10002)
    assert made.used("rust") == []
    assert made.unused() == ["tolerance exit.price was never needed; take it out"]


def test_distance_is_that_of_the_written_numbers(tmp_path: Path) -> None:
    # In binary 1.09899 and 1.099 are a little more than one tick apart.
    found, _ = forgiven(tmp_path, [text("exit.price")], outcome(1.09899), outcome(1.099))
    assert found is None


def test_money_in_cents_leaves_other_fields_alone(tmp_path: Path) -> None:
    left, right = outcome(result=5.0), outcome(result=5.004)
    found, _ = forgiven(tmp_path, [text("trades.result", 0.5, "cents")], left, right)
    assert found.field.startswith("equity.equity"), "the curve has no tolerance of its own"
    entries = [
        text("trades.result", 0.5, "cents"),
        text("equity.equity", 0.5, "cents"),
        text("summary.money", 0.5, "cents"),
    ]
    found, _ = forgiven(tmp_path, entries, left, right)
    assert found is None


def test_ulp(tmp_path: Path) -> None:
    near = 1.1000000000000003
    assert (
        forgiven(tmp_path, [text("exit.price", 1, "ulp")], outcome(1.1), outcome(near))[0] is None
    )
    far = 1.1000000000000005
    assert forgiven(tmp_path, [text("exit.price", 1, "ulp")], outcome(1.1), outcome(far))[0]


def test_ticks_need_a_grid(tmp_path: Path) -> None:
    made = allowance(tmp_path, text("exit.price", 5))
    right = outcome(1.10001)
    assert made.forgive(outcome(1.1), right, "rust", "case", None) is right


def test_reason_is_never_forgiven_with_the_price(tmp_path: Path) -> None:
    right = outcome(1.10001, reason="take_profit")
    found, _ = forgiven(tmp_path, [text("exit.price")], outcome(1.1), right)
    assert (found.field, found.left) == ("reason", "stop_loss")


def test_missing_event_is_never_forgiven(tmp_path: Path) -> None:
    right = outcome(1.10001)
    right["events"] = []
    found, _ = forgiven(tmp_path, [text("exit.price")], outcome(1.1), right)
    assert found.missing_on == "right"


def test_no_number_is_never_near(tmp_path: Path) -> None:
    right = outcome(float("nan"))
    assert forgiven(tmp_path, [text("exit.price", 1e9)], outcome(1.1), right)[0] is not None


@pytest.mark.parametrize(
    "field",
    ["signals.stop_loss", "signal.entry_price", "counts.trades", "exit.reason", "fill.direction",
     "trades.reason", "bar.bid_open", "exit.bar", "ledger.rule", "trades.exit_time_us", "side"],
)  # fmt: skip
def test_what_is_decided_can_never_be_tolerant(tmp_path: Path, field: str) -> None:
    with pytest.raises(ValueError, match=r"(never be tolerant|expected one of fill\.price)"):
        allowance(tmp_path, text(field))
    if field != "trades.exit_time_us":
        with pytest.raises(ValueError, match="never be tolerant"):
            allowance(tmp_path, text(field))


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (text("exit.price", unit="cents"), "unit is 'cents'; expected ticks or ulp"),
        (text("trades.result", unit="ticks"), "unit is 'ticks'; expected cents or ulp"),
        (text("trades.size", unit="cents"), "unit is 'cents'; expected ulp"),
        (text("exit.price", 0), "amount is 0; expected a number over 0"),
        (text("exit.price", "inf"), "amount is inf"),
        (text("exit.price", "true"), "amount is True"),
        (text("exit.price", expires='"2027-03-31"'), "expected a date without quotes"),
        (text("exit.price").replace("owner", "ower"), "ower is unknown"),
        (text("exit.price").replace('reason = "the old engine rounds"\n', ""), "reason is None"),
        (text("exit.price").replace('"ana"', '" "'), "owner is ' '"),
        (text("exit.price") * 2, "its id 'exit.price' is that of an entry before"),
        ("[other]\n", "other is unknown; expected tables"),
        ("tolerance = 3\n", "is no list of tables"),
        ("= 3\n", "is no TOML"),
    ],
)
def test_file_that_is_not_understood_is_refused(tmp_path: Path, entry: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as raised:
        allowance(tmp_path, entry)
    assert str(tmp_path / "tolerances.toml") in str(raised.value)


def test_last_day_counts_and_the_next_does_not(tmp_path: Path) -> None:
    last = allowance(tmp_path, text("exit.price"), today=date(2027, 3, 31))
    assert last.expired() == []
    over = allowance(tmp_path, text("exit.price"), today=date(2027, 4, 1))
    assert "tolerance exit.price expired on 2027-03-31" in over.expired()[0]
    assert "ask ana" in over.expired()[0]
    right = outcome(1.10001)
    assert over.forgive(outcome(1.1), right, "rust", "case", 5) is right
    assert over.unused() == []


def test_entry_may_be_about_one_candidate(tmp_path: Path) -> None:
    made = allowance(tmp_path, text("exit.price") + 'candidate = "adapter:*"\n')
    right = outcome(1.10001)
    assert made.forgive(outcome(1.1), right, "rust", "case", 5) is right
    assert made.forgive(outcome(1.1), right, "adapter:old.toml", "case", 5) is not right


@pytest.fixture
def kept() -> Iterator[Caching]:
    found = Caching()
    yield found
    found.close()


def verified(suite: Path, patched: str, allowed: Allowance, connect: Caching) -> Verification:
    specs = [spec_of("python"), spec_of(patched)]
    return verify_backends(
        specs, load_suite(suite, "execution/X1*"), allowance=allowed, gaps=Gaps(), connect=connect
    )


def test_suite_is_the_same_within_tolerances_and_says_so(
    suite_folder: Path, doctored: Any, tmp_path: Path, kept: Caching
) -> None:
    patched = doctored(
        "exits.py",
        "return rule, reason, capped_stop(stop, quote, position.sign), True, tie",
        "return rule, reason, capped_stop(stop, quote, position.sign) + 0.00001, True, tie",
    )
    strict = verified(suite_folder, patched, Allowance(), kept)
    assert strict.exit_code == 1
    money = ["trades.result", "equity.cash", "equity.equity", "equity.equity_worst"]
    entries = [
        text("exit.raw"),
        text("exit.price"),
        text("trades.r_multiple", 2**60, "ulp"),
        text("summary.ratios", 2**60, "ulp"),
        *(text(name, 20, "cents") for name in [*money, "equity.drawdown", "summary.money"]),
    ]
    found = verified(suite_folder, patched, allowance(tmp_path, *entries), kept)
    assert (found.exit_code, found.doubts) == (0, [])
    report = found.report()
    (comparison,) = report["comparisons"]
    assert comparison["different"] == 0
    told = {row["field"]: row["distance"] for row in comparison["tolerated"]}
    assert told["exit.price"].startswith("1 ticks at most")
    assert told["trades.result"].startswith("10")
    one_less = verified(suite_folder, patched, allowance(tmp_path, *entries[1:]), kept)
    assert one_less.exit_code == 1, "each field needs an entry of its own"


def test_expired_tolerance_fails_a_suite_that_is_the_same(
    suite_folder: Path, doctored: Any, tmp_path: Path, kept: Caching
) -> None:
    patched = doctored(
        "exits.py", "reason = position.stop_reason", "reason = position.stop_reason + ''"
    )
    made = allowance(tmp_path, text("exit.price"), today=date(2028, 1, 1))
    found = verified(suite_folder, patched, made, kept)
    assert found.exit_code == 2
    assert any("expired on 2027-03-31" in doubt for doubt in found.doubts)
