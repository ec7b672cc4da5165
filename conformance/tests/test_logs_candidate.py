"""A trade list as a candidate: it is held against the reference trade by trade."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import fillproof.python as engine
from fillproof.conformance.candidates import connect, known_gaps_of
from fillproof.conformance.compare import first_difference
from fillproof.conformance.given import restrict
from fillproof.conformance.play import play
from fillproof.conformance.trade_logs import AuditTrade, read_trades
from fillproof.conformance.trade_logs.candidate import LogsCandidate, compare_logs, logs_candidate
from fillproof.conformance.trade_logs.logs_file import read_spec
from fillproof.errors import DataError

from .conftest import BARS, CONFIG

LONG = {"bar": 0, "direction": "long", "sl": "1.0985", "tp": "1.1004", "entry": None}
SHORT = {"bar": 1, "direction": "short", "sl": "1.1020", "tp": "1.0988", "entry": None}
LATE = {"bar": 2, "direction": "long", "sl": "1.0900", "tp": "1.1100", "entry": None}
CASE: dict[str, Any] = {
    "id": "job/replay",
    "kind": "run",
    "config": CONFIG,
    "bars": BARS,
    "signals": [LONG, SHORT, LATE],
    "commands": [],
}
MAPPING = """
[columns]
number = "id"
direction = "side"
entry_time = "opened"
entry_price = "in"
exit_time = "closed"
exit_price = "out"
size = "lots"
stop = "sl"
result = "pnl"
"""
# What the reference makes of the case, written by hand; a fill may be told within its bar.
ROWS = [
    "id,side,opened,in,closed,out,lots,sl,pnl",
    "1,buy,2020-01-01T00:00:00Z,1.1001,2020-01-01T00:01:30Z,1.1004,0.1,1.0985,3.00",
    "2,sell,2020-01-01T00:01:00Z,1.1002,2020-01-01T00:03:00Z,1.0986,0.1,1.1020,16.00",
    "3,buy,2020-01-01T00:02:59Z,1.0996,,,0.1,1.0900,",
]
REQUEST = {"do": "case", "case": CASE}
FIELDS = 'fields = ["direction", "entry_price", "exit_price", "exit_time_us", "trigger_time_us"]'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    write(tmp_path)
    return tmp_path


def write(folder: Path, rows: list[str] = ROWS, more: str = FIELDS) -> Path:
    (folder / "trades.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    path = folder / "logs.toml"
    text = f'name = "old"\nversion = "2"\ntrades = "trades.csv"\nformat = "map.toml"\n{more}\n'
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def reference() -> Any:
    return play(engine, CASE)


def difference(reference: Any, candidate: Any) -> Any:
    outcome = candidate.ask(REQUEST, 1.0)["outcome"]
    mine, other, _ = restrict(reference, outcome, candidate.hello)
    return first_difference(mine, other)


def test_what_it_says_of_itself(folder: Path) -> None:
    with connect("logs:logs.toml", folder=folder) as candidate:
        hello = candidate.hello
        assert (hello["name"], hello["version"], hello["can"]) == ("old", "2", [])
        assert hello["gives"] == ["trades"]
        assert hello["trade_groups"] == ["closed", "open"]
        assert candidate.spec.label == "logs:logs.toml"
        assert candidate.spec.backend == "logs"
        proof = candidate.ask({"do": "proof"}, 1.0)["proof"]
        assert proof["modules"] == {"trades": str(folder / "trades.csv")}
        assert len(proof["digest"]) == 64


def test_a_list_that_agrees_is_the_same(folder: Path, reference: Any) -> None:
    assert difference(reference, logs_candidate(folder / "logs.toml")) is None
    # Without a choice of fields all are compared that the list has.
    everything = logs_candidate(write(folder, more=""))
    given = set(everything.hello["trade_fields"])
    assert given == {
        "direction", "entry_price", "exit_price", "exit_time_us", "trigger_time_us", "size",
        "stop_loss", "result",
    }  # fmt: skip
    # 3.00 is what the list rounds 2.9999999999996696 to: a tolerance has to say so.
    found = difference(reference, everything)
    assert found.field == "result"


@pytest.mark.parametrize(
    ("row", "old", "new", "field", "bar"),
    [
        (1, "1.1001", "1.1002", "price", 0),
        (1, "1.1004", "1.1003", "price", 1),
        (2, "sell", "buy", "direction", 1),
        (2, "00:03:00Z", "00:02:00Z", "bar", 2),
    ],
)
def test_the_first_difference_is_found(
    folder: Path, reference: Any, row: int, old: str, new: str, field: str, bar: int
) -> None:
    rows = [line.replace(old, new) if at == row else line for at, line in enumerate(ROWS)]
    found = difference(reference, logs_candidate(write(folder, rows)))
    assert (found.field, min(bar, found.bar)) == (field, bar)


def test_missing_and_extra_trades_differ(folder: Path, reference: Any) -> None:
    missing = difference(reference, logs_candidate(write(folder, [*ROWS[:2], ROWS[3]])))
    assert missing is not None
    assert missing.bar == 1
    extra = "4,buy,2020-01-01T00:02:00Z,1.0990,2020-01-01T00:03:00Z,1.0990,0.1,,0"
    assert difference(reference, logs_candidate(write(folder, [*ROWS, extra]))) is not None


def test_it_answers_replays_of_a_job_alone(folder: Path) -> None:
    candidate = logs_candidate(folder / "logs.toml")
    golden = {"do": "case", "case": {**CASE, "id": "execution/E1.close/long"}}
    for request in (golden, {"do": "job", "job": {}}, {"do": "whole", "run": {}}):
        assert "one job" in candidate.ask(request, 1.0)["skip"]


def test_an_equity_curve_is_given_too(folder: Path, reference: Any) -> None:
    columns = reference["equity"]
    lines = [
        f"{time},{value!r}"
        for time, value in zip(columns["time_us"], columns["equity"], strict=True)
    ]
    (folder / "equity.csv").write_text("\n".join(["time_us,equity", *lines]), encoding="utf-8")
    path = write(folder, more=f'{FIELDS}\nequity = "equity.csv"')
    candidate = logs_candidate(path)
    assert candidate.hello["gives"] == ["trades", "equity"]
    assert difference(reference, candidate) is None
    lines[2] = lines[2].split(",")[0] + ",1"
    (folder / "equity.csv").write_text("\n".join(["time_us,equity", *lines]), encoding="utf-8")
    found = difference(reference, logs_candidate(path))
    assert (found.field, found.right) == ("equity.equity[2]", 1.0)


def test_parts_are_told_apart(folder: Path) -> None:
    parts = [
        ROWS[0],
        "1,buy,2020-01-01T00:00:00Z,1.1001,2020-01-01T00:01:00Z,1.1004,0.04,1.0985,1.20",
        "1,buy,2020-01-01T00:00:00Z,1.1001,2020-01-01T00:02:00Z,1.1000,0.06,1.0985,-0.60",
    ]
    candidate = logs_candidate(write(folder, parts, more=""))
    assert candidate.hello["trade_groups"] == ["closed", "parts"]
    trades = candidate.outcome()["trades"]
    assert [one["size"] for one in trades["parts"]] == [0.04]
    assert [one["size"] for one in trades["closed"]] == [0.06]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('symbols = "EURUSD"', "has the key 'symbols'; expected some of name"),
        ("zone = 2", "zone is 2; expected text"),
        ('fields = ["price"]', "fields has 'price'; expected some of order_id"),
        ('zone = "Nowhere"', "time zone is 'Nowhere'"),
        ("zone = ", "is no TOML"),
    ],
)
def test_the_file_is_checked(folder: Path, more: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        read_spec(write(folder, more=more))


def test_what_is_not_there_is_named(folder: Path) -> None:
    path = write(folder)
    path.write_text("name = 'x'", encoding="utf-8")
    with pytest.raises(ValueError, match="has no key 'trades'"):
        read_spec(path)
    path.write_text("trades = 'gone.csv'", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"trades is 'gone.csv'; there is no"):
        read_spec(path)
    with pytest.raises(OSError, match=r"nothing\.toml"):
        connect("logs:nothing.toml", folder=folder)
    write(folder, [line.replace("1.1001", "much") for line in ROWS])
    with pytest.raises(DataError, match="row 1, column in: 'much'; expected a number"):
        logs_candidate(path.with_name("logs.toml"))


def test_fields_that_the_list_does_not_give(folder: Path) -> None:
    chosen = '["direction", "entry_price", "exit_price", "exit_time_us", "take_profit"]'
    with pytest.raises(ValueError, match="'take_profit', which the list does not give"):
        logs_candidate(write(folder, more=f"fields = {chosen}"))
    with pytest.raises(ValueError, match="gives no entry_price; expected at least direction"):
        logs_candidate(write(folder, more='fields = ["direction"]'))


def test_known_gaps_of_a_list(folder: Path) -> None:
    write(folder, more='known_gaps = "gaps.toml"')
    assert known_gaps_of("logs:logs.toml", folder) == folder / "gaps.toml"


def test_lists_are_compared_without_an_engine(folder: Path) -> None:
    trades = read_trades(folder / "trades.csv", str(folder / "map.toml")).trades
    assert compare_logs(trades, trades) == []
    late = replace(trades[0], exit_price=1.1003)
    extra = AuditTrade(9, "short", entry_time_us=5, entry_price=1.0)
    found = compare_logs(trades, [late, trades[2], extra])
    assert [one.what for one in found] == [
        "extra on candidate", "different", "missing on candidate"
    ]  # fmt: skip
    assert (found[1].field, found[1].left, found[1].right) == ("exit_price", 1.1004, 1.1003)
    assert str(found[2]).startswith("missing on candidate: trade 2, short, entered at")
    assert compare_logs(trades, [late, *trades[1:]], tolerance={"exit_price": 0.0002}) == []
    assert compare_logs(trades, [late, *trades[1:]], fields=["entry_price"]) == []


def test_a_broker_may_call_the_symbol_otherwise(folder: Path) -> None:
    (folder / "map.toml").write_text(f'{MAPPING}symbol = "sym"\n', encoding="utf-8")
    rows = [f"{line},{'sym' if at == 0 else 'EURUSD.pro'}" for at, line in enumerate(ROWS)]
    path = write(folder, rows, more='symbol = "EURUSD"')
    candidate = logs_candidate(path)
    assert {one["symbol"] for one in candidate.outcome()["trades"]["closed"]} == {"EURUSD"}
    rows[1] = rows[1].replace("EURUSD.pro", "GBPUSD")
    with pytest.raises(ValueError, match=r"symbol is 'EURUSD'; the list has GBPUSD, EURUSD\.pro"):
        LogsCandidate(read_spec(write(folder, rows, more='symbol = "EURUSD"')))
