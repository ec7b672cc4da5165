"""A program is spoken to strictly: what it leaves out, says too much or says wrongly is told."""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import pyengine
from fillproof.conformance.adapters.adapter_file import ForeignSpec, read_adapter
from fillproof.conformance.adapters.answers import ProtocolError, read_answer, read_message
from fillproof.conformance.adapters.fields import LEAST_FIELDS, TRADE_TYPES
from fillproof.conformance.adapters.foreign import ForeignClient
from fillproof.conformance.adapters.hello import read_hello
from fillproof.conformance.bits import same
from fillproof.conformance.client import WorkerAbsent, WorkerCrashed, WorkerSilent
from fillproof.conformance.play import play

from .conftest import TOUCH

SCHEMAS = resources.files("fillproof.conformance") / "schema"
PROTOCOL = json.loads((SCHEMAS / "protocol.schema.json").read_text(encoding="utf-8"))
ADAPTER = json.loads((SCHEMAS / "adapter.schema.json").read_text(encoding="utf-8"))
REGISTRY: Registry[Any] = Registry().with_resource(
    "protocol.schema.json", Resource.from_contents(PROTOCOL)
)
HELLO = {"protocol": 1, "name": "tiny", "version": "3", "trade_fields": list(LEAST_FIELDS)}
TRADE = {"direction": "long", "entry_price": 1.5, "exit_price": 2, "exit_time_us": 60}
REQUEST = {"do": "case", "case": TOUCH}

HEAD = "import json, os, sys, time\nsay = lambda m: print(json.dumps(m), flush=True)\n"
ECHO = """
for line in sys.stdin:
    request = json.loads(line)
    answer = {"trades": [TRADE]}
    say({"id": request["id"], "outcome": answer})
"""


def started(tmp_path: Path, body: str, hello: dict[str, Any] | None = None) -> ForeignClient:
    """Start a program that says a hello and then does what `body` says."""
    code = f"{HEAD}TRADE = {TRADE!r}\nsay({HELLO if hello is None else hello!r})\n{body}"
    path = tmp_path / "candidate.py"
    path.write_text(code, encoding="utf-8")
    command = (sys.executable, "-S", "-E", str(path))
    return ForeignClient(ForeignSpec("tiny", "adapter", command, start_seconds=10.0))


def test_an_answer_is_typed_and_counted(tmp_path: Path) -> None:
    with started(tmp_path, ECHO) as client:
        answer = client.ask(REQUEST, 5.0)
        assert answer["outcome"]["trades"] == {"closed": [{**TRADE, "exit_price": 2.0}]}
        assert type(answer["outcome"]["trades"]["closed"][0]["exit_price"]) is float
        assert client.ask(REQUEST, 5.0)["seconds"] > 0.0
        proof = client.ask({"do": "proof"}, 5.0)["proof"]
    assert proof["answered"] == 2
    assert proof["faults"] == []
    assert proof["build"] == {"name": "tiny", "version": "3"}


def test_what_is_expected_of_a_case_is_not_sent(tmp_path: Path) -> None:
    body = """
for line in sys.stdin:
    request = json.loads(line)
    say({"id": request["id"], "skip": ",".join(sorted(request["case"]))})
"""
    with started(tmp_path, body) as client:
        told = client.ask({"do": "case", "case": {**TOUCH, "sum": []}}, 5.0)["skip"]
    assert told == "bars,commands,config,id,kind,signals"


def test_a_candidate_that_was_never_asked_proves_nothing(tmp_path: Path) -> None:
    with started(tmp_path, ECHO) as client:
        assert "skip" in client.ask({"do": "whole", "run": {}}, 5.0)
        assert "skip" in client.ask({**REQUEST, "resume": {"bar": 0, "state": {}}}, 5.0)
        arithmetic = {"kind": "arithmetic", "function": "ema"}
        assert "skip" in client.ask({"do": "case", "case": arithmetic}, 5.0)
        assert client.ask({"do": "proof"}, 5.0)["proof"]["faults"] == ["answered no request"]


def test_a_candidate_that_counts_otherwise_is_found_out(tmp_path: Path) -> None:
    body = """
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "proof":
        say({"id": request["id"], "proof": {"answered": 7}})
    else:
        say({"id": request["id"], "outcome": {"trades": []}})
"""
    with started(tmp_path, body, {**HELLO, "can": ["case", "proof"]}) as client:
        client.ask(REQUEST, 5.0)
        (fault,) = client.ask({"do": "proof"}, 5.0)["proof"]["faults"]
    assert fault == "says it answered 7 requests; it was heard to answer 1"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("sys.stdin.readline(); print('loading', flush=True); time.sleep(9)", "line 'loading'"),
        ("sys.stdin.readline(); say([1]); time.sleep(9)", "no JSON object"),
        (
            'sys.stdin.readline(); print(\'{"id":1,"skip":NaN}\', flush=True); time.sleep(9)',
            "NaN is no JSON",
        ),
        (
            "sys.stdin.readline(); say({'id': 9, 'skip': 'x'}); time.sleep(9)",
            "request 9, expected 1",
        ),
        ("sys.stdin.readline(); say({'id': 1}); time.sleep(9)", "none of outcome, skip, error"),
        ("sys.stdin.readline(); say({'id': 1, 'skip': ''}); time.sleep(9)", "skip is ''"),
        ("sys.stdin.readline(); sys.exit(3)", "exit code 3"),
        ("sys.stdin.readline(); os.kill(os.getpid(), 11)", "signal 11"),
        ("sys.stdin.readline(); os.close(1); time.sleep(9)", "closed its output and went on"),
    ],
)
def test_a_broken_answer_ends_it_and_says_why(tmp_path: Path, body: str, told: str) -> None:
    body = f"print('last words', file=sys.stderr, flush=True)\n{body}"
    with started(tmp_path, body) as client, pytest.raises(WorkerCrashed) as caught:
        client.ask(REQUEST, 5.0)
    assert told in str(caught.value)
    assert "last words" in str(caught.value)


def test_a_line_that_nobody_asked_for_is_an_error(tmp_path: Path) -> None:
    body = ECHO.replace("say({", "say({'id': 0, 'skip': 'early'}); say({")
    with (
        started(tmp_path, body) as client,
        pytest.raises(WorkerCrashed, match="answered request 0, expected 1"),
    ):
        client.ask(REQUEST, 5.0)
    twice = ECHO + "\n    say({'id': 1, 'skip': 'late'})\n"
    with started(tmp_path, twice) as client:
        client.ask(REQUEST, 5.0)
        time.sleep(0.2)
        with pytest.raises(WorkerCrashed, match="which nobody asked for"):
            client.ask(REQUEST, 5.0)


def test_silence_ends_it_and_what_it_started(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("process groups are POSIX's")
    body = """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, "is at work", file=sys.stderr, flush=True)
time.sleep(60)
"""
    with started(tmp_path, body) as client, pytest.raises(WorkerSilent) as caught:
        client.ask(REQUEST, 1.0)
    told = str(caught.value)
    assert "no answer within 1 s" in told
    assert "is at work" in told
    pid = int(told.split("|")[1].split(maxsplit=1)[0])
    for _ in range(50):
        if not _lives(pid):
            break
        time.sleep(0.05)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    if not Path("/proc").is_dir():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    # One that nobody waits for any more is dead all the same.
    return (
        status.is_file() and status.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    )


def test_the_adapter_files_limit_goes_before_the_commands(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text(f"{HEAD}say({HELLO!r})\ntime.sleep(60)\n", encoding="utf-8")
    command = (sys.executable, "-S", str(path))
    with (
        ForeignClient(ForeignSpec("tiny", "adapter", command, case_seconds=0.2)) as client,
        pytest.raises(WorkerSilent, match=r"within 0\.2 s"),
    ):
        client.ask(REQUEST, 60.0)


@pytest.mark.parametrize(
    ("hello", "told"),
    [
        ({**HELLO, "protocol": 2}, "protocol 2, expected 1"),
        ({**HELLO, "name": ""}, "name '', expected text"),
        ({**HELLO, "gives": ["profits"]}, "gives has 'profits'; expected some of trades"),
        ({**HELLO, "gives": []}, "it gives nothing"),
        ({**HELLO, "trade_fields": ["size"]}, "expected at least direction"),
        ({**HELLO, "gives": ["equity"], "equity_columns": ["cash"]}, "expected time_us"),
        ({"protocol": 1, "faults": ["no licence"]}, "no licence"),
    ],
)
def test_a_wrong_hello_makes_it_absent(tmp_path: Path, hello: dict[str, Any], told: str) -> None:
    with pytest.raises(WorkerAbsent) as caught:
        started(tmp_path, ECHO, hello)
    assert told in str(caught.value)


def test_one_that_says_nothing_is_absent(tmp_path: Path) -> None:
    path = tmp_path / "mute.py"
    path.write_text(
        "import sys, time\nprint('busy', file=sys.stderr, flush=True)\ntime.sleep(60)\n"
    )
    spec = ForeignSpec("tiny", "adapter", (sys.executable, "-S", str(path)), start_seconds=0.5)
    with pytest.raises(WorkerAbsent, match=r"tiny: no answer within 0\.5 s \| busy"):
        ForeignClient(spec)


def test_one_that_never_stops_printing_is_ended(tmp_path: Path) -> None:
    body = "sys.stdin.readline()\nwhile True: print('x' * 1000)\n"
    with (
        started(tmp_path, body) as client,
        pytest.raises(WorkerCrashed, match="no JSON object"),
    ):
        client.ask(REQUEST, 5.0)


def test_a_program_that_is_not_there_is_absent(tmp_path: Path) -> None:
    with pytest.raises(WorkerAbsent, match=r"cannot start '.*engine': No such file"):
        ForeignClient(ForeignSpec("tiny", "adapter", (str(tmp_path / "engine"),)))


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ({}, "outcome has no trades"),
        ({"trades": [{**TRADE, "size": 1.0}]}, "closed[0] has 'size', which is none"),
        ({"trades": [{"direction": "long"}]}, "closed[0] has no entry_price"),
        ({"trades": [{**TRADE, "exit_time_us": 1.5}]}, "exit_time_us is 1.5; expected a whole"),
        ({"trades": [{**TRADE, "exit_price": "2"}]}, "exit_price is '2'; expected a number"),
        ({"trades": {"open": []}}, "trades are ['open']; expected the groups closed"),
        ({"trades": [], "equity": {}}, "'equity', which the candidate does not say it gives"),
        ({"error": {"message": "no"}}, "expected null, or an object with a code"),
    ],
)
def test_an_outcome_is_complete_or_refused(outcome: dict[str, Any], told: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_answer({"id": 1, "outcome": outcome}, 1, read_hello(HELLO))
    assert told in str(caught.value)


def test_equity_and_fees_are_read_by_type() -> None:
    hello = read_hello({**HELLO, "gives": ["equity", "fees"], "trade_fields": []})
    outcome = {
        "equity": {"time_us": [60.0], "equity": [10000]},
        "fees": [[1704153600000000, "entry_fee", 3, 1]],
    }
    found = read_answer({"id": 1, "outcome": outcome}, 1, hello)["outcome"]
    assert found["equity"] == {"time_us": [60], "equity": [10000.0]}
    assert found["fees"] == [["2024-01-02T00:00:00+00:00", "entry_fee", 3.0, 1]]
    for broken, told in (
        ({**outcome, "equity": {"time_us": [60], "equity": []}}, "expected equal ones"),
        ({**outcome, "equity": {"time_us": [60]}}, "expected the columns time_us, equity"),
        ({**outcome, "fees": [[1, "entry_fee", 3]]}, "fees[0] is"),
    ):
        with pytest.raises(ProtocolError) as caught:
            read_answer({"id": 1, "outcome": broken}, 1, hello)
        assert told in str(caught.value)


def test_trace_and_summary_survive_a_language_with_one_kind_of_number() -> None:
    """Everything that our own engine says, with whole numbers written without a point."""
    outcome: dict[str, Any] = dict(play(pyengine, TOUCH))
    sections = ["events", "signals", "summary", "state"]
    hello = read_hello({**HELLO, "gives": sections, "trade_fields": []})
    given = {name: without_points(outcome[name]) for name in sections}
    found = read_answer(json.loads(json.dumps({"id": 1, "outcome": given})), 1, hello)["outcome"]
    for name in sections:
        assert same(found[name], outcome[name]), name


def without_points(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_points(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_points(item) for item in value]
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def test_an_error_of_the_candidate_is_an_error_of_no_rule() -> None:
    outcome = read_answer({"id": 1, "error": "out of memory"}, 1, read_hello(HELLO))["outcome"]
    assert outcome["error"]["code"] is None
    assert outcome["error"]["message"] == "out of memory"


def test_negative_zero_survives_without_a_point() -> None:
    assert str(read_message('{"cash": -0}')["cash"]) == "-0.0"
    assert type(read_message('{"cash": 0}')["cash"]) is int


def test_a_long_line_is_shown_around_its_fault() -> None:
    line = '{"a": "' + "x" * 5000 + '", "fee": inf, "b": "' + "y" * 5000 + '"}'
    with pytest.raises(ProtocolError) as caught:
        read_message(line)
    assert '"fee": inf' in str(caught.value)
    assert len(str(caught.value)) < 400


def test_adapter_file_is_read_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "gaps.toml").write_text("", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    path = tmp_path / "adapter.toml"
    path.write_text(
        'name = "tiny"\ncommand = ["./run", "--fast"]\ncwd = "bin"\nseconds = 2\n'
        'known_gaps = "gaps.toml"\ngives = ["trades"]\n[env]\nMODE = "test"\n',
        encoding="utf-8",
    )
    spec = read_adapter(path)
    assert spec.command == (str(tmp_path / "bin" / "run"), "--fast")
    assert spec.known_gaps == tmp_path / "gaps.toml"
    assert (spec.start_seconds, spec.case_seconds) == (60.0, 2.0)
    assert spec.env == {"MODE": "test"}
    assert spec.said == {"name": "tiny", "gives": ["trades"]}
    assert spec.label == f"adapter:{path}"


WRONG = [
    ("command = 3", "command is 3; expected a list"),
    ('command = "run"', "expected a list, program and arguments"),
    ("", "command is None"),
    ('command = ["a"]\nspeed = 1', "the key 'speed'"),
    ('command = ["a"]\ncwd = "nowhere"', "expected a folder"),
    ('command = ["a"]\nseconds = 0', "expected a number over 0"),
    ('command = ["a"]\nseconds = {whole = 1}', "expected a number over 0"),
    ('command = ["a"]\nseconds = true', "expected a number over 0"),
    ('command = ["a"]\nenv = {A = 1}', "expected a table of texts"),
    ('command = ["a"]\nname = 1', "name is 1; expected text"),
    ('command = ["a"]\nknown_gaps = "none.toml"', "there is no file"),
    ("command = [", "is no TOML"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_a_wrong_adapter_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "adapter.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"adapter\.toml") as caught:
        read_adapter(path)
    assert told in str(caught.value)


def test_adapter_file_and_hello_must_not_differ(tmp_path: Path) -> None:
    said = {"gives": ["trades", "equity"]}
    with pytest.raises(ValueError, match=r"the adapter file says .* the candidate"):
        read_hello({**HELLO, "gives": ["trades"]}, said)
    assert read_hello(HELLO, said)["gives"] == ["trades", "equity"]


def valid(message: dict[str, Any], kind: str) -> bool:
    schema = {"$ref": f"protocol.schema.json#/$defs/{kind}"}
    return Draft202012Validator(schema, registry=REGISTRY).is_valid(message)


def test_schema_and_reader_take_the_same() -> None:
    Draft202012Validator.check_schema(PROTOCOL)
    assert valid(HELLO, "hello")
    assert not valid({**HELLO, "gives": ["profits"]}, "hello")
    outcomes = [
        ({"trades": [TRADE]}, True),
        ({"trades": {"closed": [TRADE]}}, True),
        ({"trades": [{**TRADE, "exit_time_us": 1.5}]}, False),
        ({"trades": [{**TRADE, "exit_price": "2"}]}, False),
        ({"trades": [{**TRADE, "profit": 1.0}]}, False),
        ({"error": {"code": "REFUSED", "message": "a price is not finite"}}, True),
        ({"error": {"message": "no"}}, False),
        ({"trades": [], "profits": []}, False),
    ]
    for outcome, good in outcomes:
        message = {"id": 1, "outcome": outcome}
        assert valid(message, "answer") is good, outcome
        if good:
            read_answer(message, 1, read_hello(HELLO))
            continue
        with pytest.raises(ProtocolError):
            read_answer(message, 1, read_hello(HELLO))
    assert not valid({"id": 1, "outcome": {}, "skip": "x"}, "answer")
    assert set(PROTOCOL["$defs"]["trade"]["properties"]) == set(TRADE_TYPES)


def test_what_is_sent_is_a_request_of_the_schema(tmp_path: Path) -> None:
    body = """
for line in sys.stdin:
    say({"id": json.loads(line)["id"], "skip": line})
"""
    with started(tmp_path, body) as client:
        sent = client.ask({**REQUEST, "columns": False, "states": True}, 5.0)["skip"]
    assert valid(json.loads(sent), "request")


def test_adapter_schema_takes_the_example() -> None:
    import tomllib

    folder = Path(__file__).parents[2] / "examples" / "third-engine-c"
    content = tomllib.loads((folder / "adapter.toml").read_text(encoding="utf-8"))
    Draft202012Validator(ADAPTER, registry=REGISTRY).validate(content)
    with pytest.raises(jsonschema.ValidationError):
        Draft202012Validator(ADAPTER, registry=REGISTRY).validate({"command": "run"})
