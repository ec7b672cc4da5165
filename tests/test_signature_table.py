"""The table of signatures is whole: it has every public name, and no class has others."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

import fillproof
from fillproof._face import FACE
from fillproof.signatures import load, parse

from .pending import PENDING
from .test_signatures import CALLS, OF_ENGINES, TABLE, Call, bench_of, entry_of, plain


def public(cls: Any) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


@pytest.mark.parametrize("name", sorted(n for n, e in OF_ENGINES.items() if e.kind != "function"))
def test_a_class_has_the_names_of_the_table_and_no_others(backend: ModuleType, name: str) -> None:
    """No method that a strategy may call is gone, and none has come that the table lacks."""
    entry = OF_ENGINES[name]
    if not hasattr(backend, name):
        assert name in PENDING, f"{backend.__name__} has no {name}"
        pytest.skip(f"{backend.__name__} has no {name} yet")
    owner = bench_of(backend).instance(name)
    promised = {*entry.read, *entry.write, *entry.methods}
    if "Sequence" in entry.supports:
        promised |= {"index", "count"}
        assert isinstance(owner, Sequence)
    waiting = {p.partition(".")[2] for p in PENDING if p.startswith(f"{name}.")}
    for attribute in promised - waiting:
        assert hasattr(owner, attribute), attribute
    found = public(type(owner)) | {n for n in getattr(owner, "__dict__", {}) if n[0] != "_"}
    assert found - set(entry.hidden) - waiting <= promised
    if name not in PENDING:
        assert promised - waiting <= found


@pytest.mark.parametrize("name", sorted(n for n, e in OF_ENGINES.items() if e.kind != "function"))
def test_attributes_are_as_writable_as_the_table_says(backend: ModuleType, name: str) -> None:
    entry = OF_ENGINES[name]
    if not hasattr(backend, name):
        assert name in PENDING
        pytest.skip(f"{backend.__name__} has no {name} yet")
    owner = bench_of(backend).instance(name)
    for attribute in entry.write:
        if f"{name}.{attribute}" not in PENDING:
            setattr(owner, attribute, getattr(owner, attribute))
    if entry.kind == "value":
        for attribute in entry.read:
            with pytest.raises(AttributeError):
                setattr(owner, attribute, getattr(owner, attribute))


@pytest.mark.parametrize("name", sorted(n for n, e in OF_ENGINES.items() if e.supports))
def test_what_a_class_supports(backend: ModuleType, name: str) -> None:
    owner = bench_of(backend).instance(name) if hasattr(backend, name) else None
    if owner is None:
        assert name in PENDING
        pytest.skip(f"{backend.__name__} has no {name} yet")
    uses = {"len": len, "iter": lambda x: list(iter(x)), "in": lambda x: object() in x}
    for support in entry_of(name).supports:
        if support in uses:
            uses[support](owner)
    if "[]" in entry_of(name).supports:
        assert hasattr(type(owner), "__getitem__")


def test_the_table_has_every_name_of_the_face() -> None:
    assert set(OF_ENGINES) >= FACE
    extra = set(OF_ENGINES) - FACE
    assert extra <= PENDING, f"not on the face: {', '.join(sorted(extra - PENDING))}"
    errors = {n for n in fillproof.__all__ if n.endswith(("Error", "Warning")) or n in ERRORS}
    neutral = {name for name, entry in TABLE.items() if entry.home is not None}
    modules = {"cython", "data", "python", "rust"}
    assert set(fillproof.__all__) - FACE - errors - modules == {n for n in neutral if "." not in n}


ERRORS = {"BackendChosen", "BackendUnavailable", "EnginePanic", "SignalRejected", "FillproofError"}


@pytest.mark.parametrize("name", sorted(n for n, e in TABLE.items() if e.home is not None))
def test_what_belongs_to_no_backend(name: str) -> None:
    entry = TABLE[name]
    assert entry.home is not None
    short = name.rpartition(".")[2]
    found = getattr(importlib.import_module(entry.home), short)
    prefix = name.rpartition(".")[0]
    facade = importlib.import_module(f"fillproof.{prefix}") if prefix else fillproof
    assert getattr(facade, short) is found
    for called, signature in entry.callables.items():
        method = called.removeprefix(name).lstrip(".")
        target = getattr(found, method) if method else found
        declared = plain(
            inspect.signature(
                target.__init__ if called == name and inspect.isclass(found) else target
            )
        )
        if declared and declared[0][0] == "self":
            del declared[0]
        assert declared == plain(signature), called


def test_nothing_is_pending_that_every_backend_has(backends: dict[str, ModuleType]) -> None:
    if len(backends) < len({"python", "cython", "rust"}):
        pytest.skip("not all backends are tested")
    done = [name for name in PENDING if all(has(module, name) for module in backends.values())]
    assert not done, f"on every backend now, so remove it from tests/pending.py: {done}"


def has(engine: ModuleType, name: str) -> bool:
    owner, _, rest = name.partition(".")
    if not hasattr(engine, owner):
        return False
    if name in CALLS and (not rest or hasattr(getattr(engine, owner), rest)):
        call = Call(engine, name)
        try:
            call.outcome(**call.least(), **call.arguments([p.name for p in call.optional]))
        except Exception:  # noqa: BLE001 - whatever it raises, it is not there yet
            return False
    return not rest or hasattr(bench_of(engine).instance(owner), rest)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[X]\nkind = "class"\nboundary = ["input"]\nnews = "()"', "unknown keys news"),
        ('[X]\nkind = "thing"\nboundary = ["input"]', "kind is 'thing'"),
        ('[X]\nkind = "class"\nboundary = ["inside"]', "boundary"),
        ('[X]\nkind = "class"', "boundary"),
        ('[X]\nkind = "function"\nboundary = ["input"]\ncall = "(a b)"', "is no signature"),
        ('[X]\nkind = "function"\nboundary = ["input"]\ncall = "(a=1, b)"', "is no signature"),
        ('[X]\nkind = "function"\nboundary = ["input"]\ncall = "(a=f())"', "is no signature"),
    ],
)
def test_a_table_of_something_else_is_refused(tmp_path: Any, text: str, told: str) -> None:
    path = tmp_path / "table.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=told):
        load(path)


def test_a_signature_is_read_as_python_reads_it() -> None:
    def given(a, b=1.5, /, c="x", *d, e, f=None, **g):
        """Only its signature counts."""

    text = "(a, b=1.5, /, c='x', *d, e, f=None, **g)"
    assert plain(parse(text)) == plain(inspect.signature(given))
    assert str(parse(text)) == text
