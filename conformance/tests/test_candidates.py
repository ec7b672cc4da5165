"""Texts that name candidates, and functions of Python that are candidates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fillproof.conformance.adapters import Skip, read_case
from fillproof.conformance.candidates import connect, known_gaps_of, reference_of, spec_of
from fillproof.conformance.client import Client, WorkerAbsent, WorkerCrashed
from fillproof.conformance.suite import load_suite
from fillproof.conformance.verification import verify_backends

from .conftest import CONFIG, TOUCH

REQUEST = {"do": "case", "case": TOUCH}
MODULE = '''
from fillproof.conformance.adapters import Skip, engine, read_case

@engine(version="2", gives=("trades", "equity"))
def play(case):
    """Buy at the close, hold to the last bar."""
    run = read_case(case)
    run.only("fees")
    print("this is for readers")
    trades = []
    for signal in run.signals:
        last = run.bars[-1]
        trades.append({"direction": signal.direction, "entry_price": run.bars[signal.bar].ask.close,
                       "exit_price": last.bid.close, "exit_time_us": last.time_us})
    rows = run.bars[run.start_bar:]
    return {"trades": trades, "equity": {"time_us": [bar.time_us for bar in rows],
                                         "equity": [run.initial_balance for _ in rows]}}

def plain(case):
    return {"trades": []}

def borrows(case):
    import pyengine
    from fillproof.conformance.play import play
    outcome = play(pyengine, case)
    if outcome["error"]:
        raise Skip("refused")
    fields = ("direction", "entry_price", "exit_price", "exit_time_us")
    return {"trades": [{name: trade[name] for name in fields}
                       for trade in outcome["trades"]["closed"]]}

def nothing(case):
    pass

def falls(case):
    raise ZeroDivisionError("by hand")

def ends(case):
    import os
    print("giving up", file=__import__("sys").stderr, flush=True)
    os._exit(4)

class Engine:
    def __call__(self, case):
        raise Skip("not today")

instance = Engine()
number = 3
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ported.py").write_text(MODULE, encoding="utf-8")
    return tmp_path


def test_backends_are_named_as_before() -> None:
    spec = spec_of("python@patched")
    assert (spec.label, spec.backend) == ("python@patched", "python")
    with connect("python") as client:
        assert isinstance(client, Client)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("java", "candidate 'java' is none; expected python"),
        ("", "candidate '' is none"),
        ("java@folder", "candidate 'java@folder' is none"),
        ("callable:", "names no function"),
        ("callable:module", "names no function"),
        ("callable:module:", "names no function"),
        ("callable:no module:play", "'no module' is no name of a module"),
        ("callable:no/such.py:play", "there is no file"),
        ("adapter:", "names no file; expected adapter:FILE.toml"),
        ("logs:", "names no file; expected logs:FILE.toml"),
    ],
)
def test_wrong_texts_are_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"candidate") as caught:
        spec_of(text)
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        spec_of("adapter:none.toml", tmp_path)


@pytest.mark.parametrize("target", ["ported", "ported.py"])
def test_a_function_is_a_candidate(folder: Path, target: str) -> None:
    with connect(f"callable:{target}:play", folder=folder) as client:
        assert client.hello["name"] == "play"
        assert client.hello["version"] == "2"
        assert client.hello["gives"] == ["trades", "equity"]
        outcome = client.ask(REQUEST, 10.0)["outcome"]
        (trade,) = outcome["trades"]["closed"]
        assert trade["entry_price"] == 1.1001
        assert trade["exit_price"] == 1.0995
        proof = client.ask({"do": "proof"}, 10.0)["proof"]
    assert proof["faults"] == []
    assert proof["answered"] == 1
    assert str(folder / "ported.py") in proof["modules"].values()


def test_what_a_function_cannot_is_a_skip_and_its_faults_are_errors(folder: Path) -> None:
    with connect("callable:ported:instance", folder=folder) as client:
        assert client.ask(REQUEST, 10.0)["skip"] == "not today"
    with connect("callable:ported:falls", folder=folder) as client:
        failure = client.ask(REQUEST, 10.0)["outcome"]["error"]
        assert failure["code"] is None
        assert failure["message"].startswith("ZeroDivisionError: by hand (ported.py, line ")
    for target, told in (
        ("nothing", "outcome is None; expected an object"),
        ("ends", r"exit code 4 \| giving up"),
    ):
        with (
            connect(f"callable:ported:{target}", folder=folder) as client,
            pytest.raises(WorkerCrashed, match=told),
        ):
            client.ask(REQUEST, 10.0)


def test_a_function_that_calls_the_reference_proves_nothing(folder: Path) -> None:
    suite = load_suite(only="execution/X1.stop/long_touch*")
    assert suite.cases
    pair = [spec_of("python"), spec_of("callable:ported:borrows", folder)]
    found = verify_backends(pair, suite)
    assert found.exit_code == 2
    told = "callable:ported:borrows ran the same modules as python: nothing was compared"
    assert told in found.doubts


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("ported:gone", "has no attribute 'gone'"),
        ("ported:number", "number is 3, nothing to call"),
        ("nowhere:play", "No module named 'nowhere'"),
    ],
)
def test_a_function_that_is_not_there_is_absent(folder: Path, target: str, told: str) -> None:
    with pytest.raises(WorkerAbsent) as caught:
        connect(f"callable:{target}", folder=folder)
    assert told in str(caught.value)


def test_a_function_without_a_word_gives_the_least(folder: Path) -> None:
    with connect("callable:ported:plain", folder=folder) as client:
        assert client.hello["gives"] == ["trades"]
        assert client.hello["trade_fields"] == [
            "direction",
            "entry_price",
            "exit_price",
            "exit_time_us",
        ]
        assert client.ask(REQUEST, 10.0)["outcome"]["trades"] == {"closed": []}


def test_known_gaps_come_from_the_adapter_file(tmp_path: Path) -> None:
    (tmp_path / "gaps.toml").write_text("", encoding="utf-8")
    (tmp_path / "a.toml").write_text('command = ["x"]\nknown_gaps = "gaps.toml"', encoding="utf-8")
    assert known_gaps_of("adapter:a.toml", tmp_path) == tmp_path / "gaps.toml"
    assert known_gaps_of("rust") is None


def test_a_reference_is_a_backend() -> None:
    assert reference_of("python@patched").backend == "python"
    with pytest.raises(ValueError, match="reference 'callable:a:b' does not give everything"):
        reference_of("callable:a:b")


def test_a_case_as_plain_numbers() -> None:
    run = read_case({**TOUCH, "config": {**CONFIG, "slippage_pips": "0.5"}})
    assert run.bars[2].bid.low == 1.0990
    assert run.bars[1].time_us - run.bars[0].time_us == 60_000_000
    (signal,) = run.signals_at(0)
    assert (signal.direction, signal.sign, signal.sl, signal.entry) == ("long", 1, 1.099, None)
    assert run.spec.contract_size == 100000.0
    assert run.unit_value == 100000.0
    assert run.policy["intrabar"] == "worst"
    assert run.asks_for == ("slippage", "fees")
    run.only("slippage", "fees")
    with pytest.raises(Skip, match="asks for slippage"):
        run.only("fees")


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"commands": [{"bar": 0}]}, "commands"),
        ({"strategy": {}}, "a strategy of Fillproof"),
        (
            {"signals": [{"bar": 0, "direction": "buy", "type": "stop", "entry": "1"}]},
            "stop orders",
        ),
        ({"signals": [{"bar": 0, "direction": "buy", "oco": "a"}]}, "oco"),
        ({"signals": [{"bar": 0, "direction": "buy", "symbol": "X"}]}, "other symbols"),
        ({"config": {**CONFIG, "sizing": {"risk_amount": "1"}}}, "sizing by risk_amount"),
        ({"config": {**CONFIG, "spec": None}}, "a symbol without specification"),
        ({"config": {**CONFIG, "strict": True}}, "strict"),
        (
            {"config": {**CONFIG, "policy": {"intrabar": "best"}}},
            "intrabar=best",
        ),
    ],
)
def test_what_a_case_asks_for_is_named(change: dict[str, Any], asked: str) -> None:
    run = read_case({**TOUCH, **change})
    assert asked in run.asks_for
    with pytest.raises(Skip, match=r"asks for "):
        run.only()


@pytest.mark.parametrize(
    "case",
    [
        {"kind": "arithmetic", "function": "ema"},
        {"symbols": {}, "config": CONFIG},
        {**TOUCH, "bars": [["2020-01-01T00:00:00Z", *["x"] * 8]]},
    ],
)
def test_a_case_without_plain_numbers_is_declined(case: dict[str, Any]) -> None:
    with pytest.raises(Skip, match="asks for something"):
        read_case(case)
