"""A whole strategy of expressions, checked once for all backends."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from fillproof.expressions.checks import refuse, text
from fillproof.expressions.document import VERSION, read, read_text, to_plain
from fillproof.expressions.levels import RMultiple
from fillproof.expressions.nodes import (
    Condition,
    Expression,
    Level,
    Number,
    as_condition,
    as_number,
)
from fillproof.expressions.parameters import parameters_of, rebuilt

__all__ = ["FORMAT", "Plan"]

FORMAT = "fillproof.strategy"
TYPES = ("market", "limit", "stop")


@dataclass(frozen=True, repr=False)
class Plan:
    """What `ExpressionStrategy` does, without a backend; equal, hashed and pickled as a value.

    Parameters
    ----------
    long, short : condition, optional
        When to buy and when to sell; at least one of them.
    entry : expression, optional
        Price of limit and stop orders.
    stop, target : expression, pips, distance or r_multiple, optional
        A price, or how far from the entry.
    type : {"market", "limit", "stop"}
    timeframe : str, optional
        Candles that are meant where an expression names none; None: the bars of the run.
    symbol : str, optional
        What is traded; needed where a run has several symbols.
    reason : str, optional
        Text recorded with each signal.

    Errors
    ------
    EXPRESSION_INVALID

    Examples
    --------
    >>> from fillproof.expressions import ema, pips
    >>> Plan(long=ema(10).crosses_above(ema(50)), stop=pips(10))
    Plan(long=ema(10).crosses_above(ema(50)), stop=pips(10.0))
    """

    long: Condition | None = None
    short: Condition | None = None
    entry: Number | float | None = None
    stop: Number | Level | float | None = None
    target: Number | Level | float | None = None
    type: str = "market"
    timeframe: str | None = None
    symbol: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.long is None and self.short is None:
            refuse("long, short", None, "a condition for one of them")
        for name in ("long", "short"):
            if getattr(self, name) is not None:
                as_condition(getattr(self, name), name)
        if self.type not in TYPES:
            refuse("type", self.type, " or ".join(map(repr, TYPES)))
        if (self.entry is None) != (self.type == "market"):
            expected = "None: a market order enters at the close"
            waiting = f"the price of a {self.type} order"
            refuse("entry", self.entry, expected if self.type == "market" else waiting)
        if self.entry is not None:
            object.__setattr__(self, "entry", as_number(self.entry, "entry"))
        self._check_levels()
        for name in ("timeframe", "symbol", "reason"):
            if getattr(self, name) is not None:
                text(getattr(self, name), name)
        _ = self.parameters

    def _check_levels(self) -> None:
        for name in ("stop", "target"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, Level):
                object.__setattr__(self, name, as_number(value, name))
        if isinstance(self.stop, RMultiple):
            refuse("stop", self.stop, "a price, pips or distance: r_multiple counts from the stop")
        if isinstance(self.target, RMultiple) and self.stop is None:
            refuse("target", self.target, "a stop, which r_multiple counts from")

    @property
    def parameters(self) -> dict[str, float]:
        """Name -> default of each parameter, in order of appearance.

        Errors
        ------
        EXPRESSION_INVALID of one name with two defaults.
        """
        found: dict[str, float] = {}
        for part in self._parts():
            for name, default in parameters_of(part).items():
                if found.setdefault(name, default) != default:
                    refuse(f"param {name!r}", default, f"{found[name]!r}, as before")
        return found

    def _parts(self) -> list[Expression]:
        named = (self.long, self.short, self.entry, self.stop, self.target)
        return [part for part in named if isinstance(part, Expression)]

    def bind(self, **values: float) -> Plan:
        """Return the plan with other values of its parameters.

        Errors
        ------
        EXPRESSION_INVALID of a name that is none, and of a value that does not fit its place.

        Examples
        --------
        >>> from fillproof.expressions import ema, param
        >>> Plan(long=ema(param("fast", 10)) > ema(50)).bind(fast=20).parameters
        {'fast': 20}
        """
        known = self.parameters
        for name, value in values.items():
            if name not in known:
                refuse(name, value, "a parameter: " + (", ".join(known) or "it has none"))
        return Plan(*(rebuilt(getattr(self, field.name), values) for field in fields(self)))

    def __repr__(self) -> str:
        return f"Plan({self.arguments()})"

    def arguments(self) -> str:
        """Write the arguments that differ from their defaults, as Python."""
        named = ((field, getattr(self, field.name)) for field in fields(self))
        return ", ".join(
            f"{field.name}={value!r}" for field, value in named if value != field.default
        )

    def to_json(self) -> str:
        """Write the plan as a JSON document with a format and a version."""
        plain = {field.name: to_plain(getattr(self, field.name)) for field in fields(self)}
        return json.dumps({"format": FORMAT, "version": VERSION, **plain}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what `to_json` wrote.

        Errors
        ------
        EXPRESSION_INVALID
        """
        document = read_text(text, FORMAT)
        names = [field.name for field in fields(cls)]
        if set(document) != {"format", "version", *names}:
            refuse("document", sorted(document), "format, version, " + ", ".join(names))
        return cls(*(_part(document[name], name) for name in names))

    def save(self, path: str | Path) -> Path:
        """Write the plan to a JSON file, for `load` and ``fillproof run --strategy``."""
        made = Path(path)
        made.write_text(self.to_json() + "\n", encoding="utf-8")
        return made

    @classmethod
    def load(cls, path: str | Path) -> Plan:
        """Read a plan from a JSON file.

        Errors
        ------
        EXPRESSION_INVALID
        """
        return cls.from_json(Path(path).read_text(encoding="utf-8"))


def _part(value: Any, name: str) -> Any:
    return read(value, name) if isinstance(value, dict) else value
