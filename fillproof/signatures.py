"""The table of public signatures, read: ``fillproof/signatures.toml``.

Compiled classes have no signature that could be inspected, so the table says what may be called and
how; `fillproof.public_names` makes a page of it, and the tests hold every backend to it.
"""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("signatures.toml")
#: What the boundary of a name may be.
BOUNDARIES = ("input", "output", "internal")
KINDS = ("value", "class", "function", "protocol", "mapping", "alias")
_KEYS = frozenset(
    "kind boundary new call methods static read write supports hidden boundary_of home".split()
)


@dataclass(frozen=True)
class Entry:
    """One public name.

    Attributes
    ----------
    name : str
        As users import it from `fillproof`; dotted where it belongs to a module of it.
    kind : {"value", "class", "function", "protocol", "mapping", "alias"}
    boundary : tuple of str
        ``input``: from the user to the engine; ``output``: the reverse; ``internal``.
    new, call : inspect.Signature or None
        Of the constructor, of a function.
    methods : dict of str to inspect.Signature
        Without self.
    static, read, write, supports, hidden : tuple of str
    boundary_of : dict of str to str
        Of methods that differ from their class.
    home : str or None
        Module of what belongs to no backend.
    """

    name: str
    kind: str
    boundary: tuple[str, ...]
    new: Signature | None = None
    call: Signature | None = None
    methods: dict[str, Signature] = field(default_factory=dict)
    static: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    boundary_of: dict[str, str] = field(default_factory=dict)
    home: str | None = None

    @property
    def callables(self) -> dict[str, Signature]:
        """Signatures by the name under which they are called: ``Ema``, ``Ema.update``."""
        found = {} if self.new is None else {self.name: self.new}
        if self.call is not None:
            found[self.name] = self.call
        return {**found, **{f"{self.name}.{name}": sig for name, sig in self.methods.items()}}


def load(path: Path = TABLE) -> dict[str, Entry]:
    """Read a table, in its order.

    Parameters
    ----------
    path : Path
        Another table of the same form.

    Raises
    ------
    ValueError
        A key, kind or boundary that the table does not know, or a signature that is none.

    Examples
    --------
    >>> table = load()
    >>> table["SymbolDataSlice"].methods["history"]
    <Signature (timeframe, price_type='bid', length=20)>
    >>> table["Candle"].kind, table["Candle"].boundary
    ('value', ('input',))
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _entry(name, item) for name, item in document.items() if name != "version"}


def _entry(name: str, item: dict[str, Any]) -> Entry:
    unknown = sorted(set(item) - _KEYS)
    if unknown:
        raise ValueError(f"{name}: unknown keys {', '.join(unknown)}")
    boundary = tuple(item.get("boundary", ()))
    if item.get("kind") not in KINDS or not boundary or not set(boundary) <= set(BOUNDARIES):
        raise ValueError(f"{name}: kind is {item.get('kind')!r}, boundary {boundary}")
    texts = {key: tuple(item.get(key, ())) for key in ("static", "read", "write", "supports")}
    return Entry(
        name=name,
        kind=item["kind"],
        boundary=boundary,
        new=parse(item["new"]) if "new" in item else None,
        call=parse(item["call"]) if "call" in item else None,
        methods={method: parse(text) for method, text in item.get("methods", {}).items()},
        hidden=tuple(item.get("hidden", ())),
        boundary_of=dict(item.get("boundary_of", {})),
        home=item.get("home"),
        **texts,
    )


def parse(text: str) -> Signature:
    """Read a signature as it stands in a ``def``.

    Examples
    --------
    >>> parse("(position, *, sl=..., tp=None)").parameters["tp"].kind.name
    'KEYWORD_ONLY'
    """
    try:
        (function,) = ast.parse(f"def f{' '.join(text.split())}: pass").body
        assert isinstance(function, ast.FunctionDef)
        return Signature(_parameters(function.args))
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{text!r} is no signature: {error}") from None


def _parameters(given: ast.arguments) -> list[Parameter]:
    places = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(places) - len(given.defaults))
    made = []
    for place, (item, default) in enumerate(zip(places, [*defaults, *given.defaults], strict=True)):
        before = place < len(given.posonlyargs)
        kind = Parameter.POSITIONAL_ONLY if before else Parameter.POSITIONAL_OR_KEYWORD
        made.append(_parameter(item, kind, default))
    if given.vararg is not None:
        made.append(_parameter(given.vararg, Parameter.VAR_POSITIONAL, None))
    for item, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        made.append(_parameter(item, Parameter.KEYWORD_ONLY, default))
    if given.kwarg is not None:
        made.append(_parameter(given.kwarg, Parameter.VAR_KEYWORD, None))
    return made


def _parameter(item: ast.arg, kind: Any, default: ast.expr | None) -> Parameter:
    value = Parameter.empty if default is None else ast.literal_eval(default)
    return Parameter(item.arg, kind, default=value)
