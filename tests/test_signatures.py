"""Every public name is called on every backend as the table of signatures says, and otherwise.

Compiled classes cannot be inspected; what they take is found out by calling. An outcome is the
value of a call, or the error that the engine itself raises, and what the call has changed. Calls
that the table allows in several ways must come out alike; a call that it does not allow must be
refused by a TypeError of Python's own, which has no code.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from inspect import Parameter, Signature
from types import ModuleType
from typing import Any

import pytest

from fillproof.signatures import Entry, load

from .pending import PENDING
from .signature_calls import Bench, described, state_of

TABLE = load()
OF_ENGINES = {name: entry for name, entry in TABLE.items() if entry.home is None}
CALLS = {name: sig for entry in OF_ENGINES.values() for name, sig in entry.callables.items()}
#: Parameters whose other value makes no difference to what can be seen of the call.
SILENT = {
    # Read with another word for a feature or a mean only.
    "IndicatorCache.vol_cluster_series.atr_length",
    "IndicatorCache.zscore.ema_period",
    # There is one timeframe, and it need not be named.
    *(f"SymbolView.{name}.timeframe" for name in ("latest", "history", "series_ref")),
    "SymbolView.history_view.timeframe",
}
#: Options of which one has to be given.
CHOSEN = {
    "BreakEven": "after_r",
    "ExpressionStrategy": "long",
    "Partial": "after_r",
    "Trailing": "pips",
}


def entry_of(name: str) -> Entry:
    return OF_ENGINES[name.partition(".")[0]]


class Call:
    """One public name of a backend, to be called in many ways."""

    def __init__(self, engine: ModuleType, name: str) -> None:
        self.bench = bench_of(engine)
        self.name = name
        self.parameters = list(CALLS[name].parameters.values())
        self.required = [p.name for p in self.parameters if is_required(p)]
        chosen = CHOSEN.get(name)
        self.chosen = [] if chosen is None else [chosen]
        optional = [p for p in self.parameters if p.default is not Parameter.empty]
        self.optional = [p for p in optional if p.name not in self.chosen]

    def outcome(self, *args: Any, **kwargs: Any) -> Any:
        """Call a fresh object; errors of the binding are raised."""
        owner_name, _, method = self.name.partition(".")
        owner = self.bench.instance(owner_name) if method else self.bench.e
        try:
            value = getattr(owner, method or owner_name)(*args, **kwargs)
        except Exception as error:
            code = getattr(error, "code", None)
            if code is None and isinstance(error, TypeError):
                raise
            return "error", type(error).__name__, code
        changed = state_of(owner_name, owner) if method else None
        return "value", described(value, OF_ENGINES), described(changed, OF_ENGINES)

    def arguments(self, names: list[str]) -> dict[str, Any]:
        return self.bench.arguments(self.name, names)

    def least(self) -> dict[str, Any]:
        """Return the required arguments, by keyword."""
        return self.arguments([*self.required, *self.chosen])


@functools.cache
def bench_of(engine: ModuleType) -> Bench:
    return Bench(engine)


def is_required(parameter: Parameter) -> bool:
    variable = (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)
    return parameter.default is Parameter.empty and parameter.kind not in variable


def by_place(parameters: Sequence[Parameter]) -> list[Parameter]:
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return [parameter for parameter in parameters if parameter.kind in kinds]


@pytest.fixture
def call(backend: ModuleType, name: str) -> Call:
    owner, _, method = name.partition(".")
    found = getattr(backend, owner, None)
    if found is None or (method and not hasattr(found, method)):
        if PENDING & {owner, name}:
            pytest.skip(f"{backend.__name__} has no {name} yet")
        pytest.fail(f"{backend.__name__} has no {name}")
    if name in PENDING:
        pytest.skip(f"{name} is not the same on every backend yet")
    return Call(backend, name)


every_name = pytest.mark.parametrize("name", sorted(CALLS))


@every_name
def test_by_keyword_by_place_and_with_the_defaults_written_out(call: Call) -> None:
    least = call.least()
    expected = call.outcome(**least)
    places = [p.name for p in by_place(call.parameters) if p.name in call.required]
    named = {key: value for key, value in call.least().items() if key not in places}
    assert call.outcome(*[call.least()[place] for place in places], **named) == expected
    # A default of ... cannot be written out.
    defaults = {p.name: p.default for p in call.optional if p.default is not ...}
    assert call.outcome(**call.least(), **defaults) == expected
    for parameter, default in defaults.items():
        assert call.outcome(**call.least(), **{parameter: default}) == expected, parameter


@every_name
def test_every_option_by_keyword_and_by_place(call: Call) -> None:
    options = [p.name for p in call.optional]
    for option in options:
        call.outcome(**call.least(), **call.arguments([option]))
    if any(p.kind is Parameter.VAR_KEYWORD for p in call.parameters):
        call.outcome(**call.least(), anything=1)
    places = [p.name for p in by_place(call.parameters)]
    given = call.arguments(places)
    named = call.arguments(places)
    assert call.outcome(*given.values()) == call.outcome(**named)


@every_name
def test_what_the_table_does_not_allow_is_refused(call: Call) -> None:
    places = by_place(call.parameters)
    variable = {p.kind for p in call.parameters}
    if Parameter.VAR_KEYWORD not in variable:
        with pytest.raises(TypeError):
            call.outcome(**call.least(), no_such_name=1)
    for missing in call.required:
        rest = {key: value for key, value in call.least().items() if key != missing}
        with pytest.raises(TypeError):
            call.outcome(**rest)
    if Parameter.VAR_POSITIONAL not in variable:
        named = {key: v for key, v in call.least().items() if key not in [p.name for p in places]}
        with pytest.raises(TypeError):
            call.outcome(*call.arguments([p.name for p in places]).values(), None, **named)
    if call.required:
        first = call.required[0]
        with pytest.raises(TypeError):
            call.outcome(call.least()[first], **call.least())


@every_name
def test_an_option_makes_a_difference(call: Call) -> None:
    """The calls above would not see a wrong default if no other value came out otherwise."""
    expected = call.outcome(**call.least())
    for chosen in call.chosen:
        assert call.outcome(**call.arguments(call.required)) != expected, chosen
    for parameter in call.optional:
        if f"{call.name}.{parameter.name}" in SILENT:
            continue
        other = call.outcome(**call.least(), **call.arguments([parameter.name]))
        assert other != expected, parameter.name


@every_name
def test_all_backends_come_out_alike(backends: dict[str, ModuleType], name: str) -> None:
    if PENDING & {name, name.partition(".")[0]}:
        pytest.skip(f"{name} is not the same on every backend yet")
    found = {}
    for backend_name, engine in backends.items():
        call = Call(engine, name)
        options = call.arguments([p.name for p in call.optional])
        found[backend_name] = [
            call.outcome(**call.least()),
            *(call.outcome(**call.least(), **{key: value}) for key, value in options.items()),
        ]
    reference, *others = found
    for other in others:
        assert found[other] == found[reference], other


def plain(signature: Signature) -> list[tuple[Any, ...]]:
    """Return what counts of a signature: names, kinds and defaults."""
    return [
        (p.name, p.kind, ... if type(p.default) is object else p.default)
        for p in signature.parameters.values()
    ]


@every_name
def test_the_reference_is_declared_as_the_table_says(name: str) -> None:
    import pyengine

    owner, _, method = name.partition(".")
    found = getattr(pyengine, owner, None)
    if found is None or (method and not hasattr(found, method)):
        assert PENDING & {owner, name}, f"the reference has no {name}"
        pytest.skip(f"the reference has no {name} yet")
    if method:
        found = inspect.getattr_static(found, method)
        if isinstance(found, (classmethod, staticmethod)):
            found = getattr(getattr(pyengine, owner), method)
    elif inspect.isclass(found):
        found = found.__init__
    declared = plain(inspect.signature(found))
    if declared and declared[0][0] == "self":
        del declared[0]
    if name in PENDING and declared != plain(CALLS[name]):
        pytest.skip(f"the reference declares {name} otherwise yet")
    assert declared == plain(CALLS[name])
