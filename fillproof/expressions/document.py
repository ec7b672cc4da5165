"""Expressions as JSON: the form in which they are saved, and in which every engine reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fillproof.expressions import clock, levels, nodes
from fillproof.expressions.checks import refuse
from fillproof.expressions.nodes import Expression
from fillproof.expressions.settings import INDICATORS

__all__ = ["FORMAT", "VERSION", "from_json", "read", "read_text", "to_json", "to_plain"]

FORMAT = "fillproof.expression"
VERSION = 1

# Name in the document -> class and the fields that follow, where the class alone decides the name.
PLAIN: dict[str, tuple[type[Expression], tuple[str, ...]]] = {
    "constant": (nodes.Constant, ("value",)),
    "param": (nodes.Parameter, ("name", "default")),
    "price": (nodes.Price, ("field", "side", "timeframe", "symbol")),
    "where": (nodes.Where, ("condition", "then", "otherwise")),
    "not": (nodes.Not, ("of",)),
    "between": (clock.Between, ("start", "end")),
    "weekday": (clock.Weekday, ("days",)),
    "pips": (levels.Pips, ("count", "pip_size")),
    "distance": (levels.Distance, ("of",)),
    "r_multiple": (levels.RMultiple, ("count",)),
}
# The same where a field of the class is the name.
NAMED: dict[str, tuple[type[Expression], tuple[str, ...]]] = {
    **dict.fromkeys(nodes.ARITHMETIC, (nodes.Arithmetic, ("left", "right"))),
    **dict.fromkeys(nodes.COMPARISONS, (nodes.Compare, ("left", "right"))),
    **dict.fromkeys(nodes.CROSSES, (nodes.Cross, ("left", "right"))),
    **dict.fromkeys(("and", "or"), (nodes.Logic, ("left", "right"))),
    **dict.fromkeys(("negative", "absolute"), (nodes.Unary, ("of",))),
    **dict.fromkeys(("highest", "lowest"), (nodes.Extreme, ("of", "bars"))),
}
_SERIES = ("side", "timeframe", "symbol")


def to_plain(value: Any) -> Any:
    """Return a tree as dicts, lists and plain values."""
    if isinstance(value, tuple):
        return [to_plain(part) for part in value]
    if not isinstance(value, Expression):
        return value
    if isinstance(value, nodes.Indicator):
        names = (setting.name for setting in INDICATORS[value.name].settings)
        settings = dict(zip(names, map(to_plain, value.settings), strict=True))
        series = {name: getattr(value, name) for name in _SERIES}
        made = {"node": "indicator", "name": value.name, "settings": settings}
        return {**made, "line": value.line, **series}
    if isinstance(value, (nodes.ShiftedNumber, nodes.ShiftedCondition)):
        return {"node": "shift", "of": to_plain(value.of), "bars": to_plain(value.bars)}
    name = getattr(value, "op", None)
    if name is None:
        name = next(name for name, (kind, _) in PLAIN.items() if kind is type(value))
    fields = (NAMED if name in NAMED else PLAIN)[name][1]
    return {"node": name, **{field: to_plain(getattr(value, field)) for field in fields}}


def read(plain: Any, path: str) -> Expression:
    """Read a tree from dicts, lists and plain values.

    Errors
    ------
    EXPRESSION_INVALID naming the place inside the tree.
    """
    if not isinstance(plain, dict):
        refuse(path, plain, 'an object with a "node"')
    name = plain.get("node")
    if name == "indicator":
        return _read_indicator(plain, path)
    if name == "shift":
        of = read(*_fields(plain, path, ("of", "bars"))[0])
        bars = _value(plain["bars"], f"{path}.bars")
        if isinstance(of, nodes.Condition):
            return _made(path, nodes.ShiftedCondition, bars, of)
        return _made(path, nodes.ShiftedNumber, bars, of)
    if isinstance(name, str) and name in PLAIN:
        kind, fields = PLAIN[name]
        return _made(path, kind, *(_value(*at) for at in _fields(plain, path, fields)))
    if isinstance(name, str) and name in NAMED:
        kind, fields = NAMED[name]
        return _made(path, kind, name, *(_value(*at) for at in _fields(plain, path, fields)))
    known = ", ".join(sorted([*PLAIN, *NAMED, "indicator", "shift"]))
    return refuse(f"{path}.node", name, f"one of {known}")


def _read_indicator(plain: dict[str, Any], path: str) -> Expression:
    found = dict(zip(("name", "settings", "line", *_SERIES), _fields(
        plain, path, ("name", "settings", "line", *_SERIES)), strict=True))  # fmt: skip
    name, settings = plain["name"], plain["settings"]
    if not isinstance(name, str) or name not in INDICATORS:
        refuse(found["name"][1], name, "one of " + ", ".join(INDICATORS))
    names = tuple(setting.name for setting in INDICATORS[name].settings)
    if not isinstance(settings, dict) or set(settings) != set(names):
        refuse(found["settings"][1], settings, "an object of " + ", ".join(names))
    given = tuple(_value(settings[key], f"{path}.settings.{key}") for key in names)
    rest = (plain[key] for key in ("line", *_SERIES))
    return _made(path, nodes.Indicator, name, given, *rest)


def _fields(plain: dict[str, Any], path: str, names: tuple[str, ...]) -> list[tuple[Any, str]]:
    """Return the values of a node's fields with their places."""
    if set(plain) != {"node", *names}:
        refuse(path, plain, f"an object of node, {', '.join(names)}")
    return [(plain[name], f"{path}.{name}") for name in names]


def _value(plain: Any, path: str) -> Any:
    if isinstance(plain, dict):
        return read(plain, path)
    return tuple(plain) if isinstance(plain, list) else plain


def _made(path: str, kind: Callable[..., Expression], *values: Any) -> Expression:
    """Make a node; what it refuses is told with the place in the document."""
    from fillproof.errors import ConfigError

    try:
        return kind(*values)
    except ConfigError as error:
        refuse(f"{path}: {error.field}", error.value, str(error.expected))


def read_text(text: str, format_name: str) -> dict[str, Any]:
    """Read a JSON document of a format and version.

    Errors
    ------
    EXPRESSION_INVALID
    """
    try:
        document = json.loads(text)
    except (TypeError, ValueError) as error:
        refuse("document", text, f"JSON ({error})")
    except RecursionError:
        refuse("document", text, f"at most {nodes.DEPTH_MOST} nodes one inside the other")
    if not isinstance(document, dict) or document.get("format") != format_name:
        refuse("format", document, f'an object with "format": "{format_name}"')
    if document.get("version") != VERSION or isinstance(document["version"], bool):
        refuse("version", document.get("version"), f"{VERSION}, the version that is known here")
    return document


def to_json(node: Expression) -> str:
    """Write a tree as a JSON document with a format and a version."""
    return json.dumps({"format": FORMAT, "version": VERSION, "expression": to_plain(node)})


def from_json(text: str) -> Any:
    """Read what `to_json` wrote: a single expression, condition or distance.

    Errors
    ------
    EXPRESSION_INVALID

    Examples
    --------
    >>> from fillproof.expressions import ema
    >>> from_json(to_json(ema(10) > ema(50)))
    ema(10) > ema(50)
    """
    document = read_text(text, FORMAT)
    if set(document) != {"format", "version", "expression"}:
        refuse("document", sorted(document), "format, version and expression")
    return read(document["expression"], "expression")
