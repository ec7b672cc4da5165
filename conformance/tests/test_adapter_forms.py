"""What a candidate says has a form, in the readers and in the schemas alike."""

from __future__ import annotations

import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import pyengine
from fillproof.conformance.adapters.adapter_file import read_adapter
from fillproof.conformance.adapters.answers import ProtocolError, read_answer, read_message
from fillproof.conformance.adapters.fields import TRADE_TYPES
from fillproof.conformance.adapters.hello import read_hello
from fillproof.conformance.bits import same
from fillproof.conformance.play import play

from .conftest import TOUCH
from .tiny_candidate import HELLO, REQUEST, TRADE, started

SCHEMAS = resources.files("fillproof.conformance") / "schema"

PROTOCOL = json.loads((SCHEMAS / "protocol.schema.json").read_text(encoding="utf-8"))

ADAPTER = json.loads((SCHEMAS / "adapter.schema.json").read_text(encoding="utf-8"))

REGISTRY: Registry[Any] = Registry().with_resource(
    "protocol.schema.json", Resource.from_contents(PROTOCOL)
)


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
    folder = Path(__file__).parents[2] / "examples" / "third-engine-c"
    content = tomllib.loads((folder / "adapter.toml").read_text(encoding="utf-8"))
    Draft202012Validator(ADAPTER, registry=REGISTRY).validate(content)
    with pytest.raises(jsonschema.ValidationError):
        Draft202012Validator(ADAPTER, registry=REGISTRY).validate({"command": "run"})
