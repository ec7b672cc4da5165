"""The public signatures allow whatever the specification's own ones allow, on every backend."""

from __future__ import annotations

from inspect import Parameter, Signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fillproof import run_backtest_hybrid
from fillproof.signatures import load, parse

from .helpers import wave
from .test_signatures import OF_ENGINES, Call, by_place

SEED = load(Path(__file__).with_name("seed_signatures.toml"))
OURS = load()
CALLS = {name: sig for entry in SEED.values() for name, sig in entry.callables.items()}


def allows(ours: Signature, theirs: Signature) -> str:
    """Say what keeps a signature from allowing every call of another; empty if nothing does."""
    left = dict(ours.parameters)
    for place, parameter in enumerate(theirs.parameters.values()):
        keyword_only = parameter.kind is Parameter.KEYWORD_ONLY
        names = [p.name for p in by_place(list(ours.parameters.values()))]
        if parameter.kind is Parameter.POSITIONAL_ONLY:
            if place >= len(names):
                return f"no place for {parameter.name}"
            found = left.pop(names[place])
        elif parameter.name not in left:
            return f"no parameter {parameter.name}"
        else:
            found = left.pop(parameter.name)
            if found.kind is Parameter.POSITIONAL_ONLY:
                return f"{parameter.name} has no name"
            if not keyword_only and names[place : place + 1] != [parameter.name]:
                return f"{parameter.name} stands elsewhere"
        if found.default != parameter.default:
            return f"{parameter.name} is {found.default!r} by default"
    needed = [p.name for p in left.values() if p.default is Parameter.empty]
    variable = [p.name for p in left.values() if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    more = [name for name in needed if name not in variable]
    return f"{', '.join(more)} needed, too" if more else ""


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ("(a, b=1)", "(a, b=1)", ""),
        ("(a, b=1, c=2, *, d=3)", "(a, b=1)", ""),
        ("(other, b=1)", "(a, /, b=1)", ""),
        ("(a, **more)", "(a)", ""),
        ("(a)", "(a, b=1)", "no parameter b"),
        ("(a, b=2)", "(a, b=1)", "b is 2 by default"),
        ("(a, b)", "(a, b=1)", "b is <class 'inspect._empty'> by default"),
        ("(b=1, a=2)", "(a=2)", "a stands elsewhere"),
        ("(a, *, b=1)", "(a, b=1)", "b stands elsewhere"),
        ("(a, /)", "(a)", "a has no name"),
        ("(a, *, c)", "(a)", "c needed, too"),
        ("()", "(a, /)", "no place for a"),
    ],
)
def test_what_it_is_to_allow(ours: str, theirs: str, told: str) -> None:
    assert allows(parse(ours), parse(theirs)) == told


@pytest.mark.parametrize("name", sorted(CALLS))
def test_every_call_of_the_specification_is_legal(name: str) -> None:
    owner = OURS[name.partition(".")[0]]
    assert allows(owner.callables[name], CALLS[name]) == ""


@pytest.mark.parametrize("name", sorted(SEED))
def test_names_and_boundaries_are_those_of_the_specification(name: str) -> None:
    ours, theirs = OURS[name], SEED[name]
    assert {*theirs.read} <= {*ours.read, *ours.write, *ours.methods}
    assert theirs.boundary == ours.boundary
    assert theirs.boundary_of == ours.boundary_of
    assert theirs.kind == ours.kind


@pytest.mark.parametrize("name", sorted(n for n in CALLS if n.partition(".")[0] in OF_ENGINES))
def test_every_call_of_the_specification_is_taken(backend: ModuleType, name: str) -> None:
    call = Call(backend, name)
    parameters = list(CALLS[name].parameters.values())
    places = [p.name for p in by_place(list(call.parameters))][: len(parameters)]
    given = call.arguments(places)
    assert call.outcome(*given.values()) == call.outcome(**call.arguments(places))
    if parameters and parameters[0].kind is not Parameter.POSITIONAL_ONLY:
        assert [p.name for p in parameters] == places
    for parameter in parameters:
        if parameter.default is not Parameter.empty:
            rest = {key: value for key, value in given.items() if key != parameter.name}
            written = {**rest, parameter.name: parameter.default}
            assert call.outcome(**rest) == call.outcome(**written)


def test_the_hybrid_call_of_the_specification(backend: ModuleType, backend_name: str) -> None:
    spec = backend.SymbolSpec("EURUSD", 0.0001, 5)

    def executor() -> Any:
        sizing = backend.FixedLots(0.1)
        return backend.ExecutionSimulator(
            backend.Portfolio(), symbol_specs={"EURUSD": spec}, sizing=sizing
        )

    def callback(i: int, view: Any) -> Any:
        close = view.latest("M1").close
        return {"direction": "buy", "sl": close - 1e-3} if i % 10 == 0 else None

    bid, ask = wave(40)
    result = run_backtest_hybrid((bid, ask), callback, executor(), backend=backend_name)
    assert result.trades.num_rows == 4
    assert result.config["symbol"] == "EURUSD"
