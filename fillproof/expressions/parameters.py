"""Named numbers inside a tree: found, and replaced."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from fillproof.expressions.checks import refuse
from fillproof.expressions.nodes import Expression, Parameter

__all__ = ["parameters_of", "rebuilt"]


def parameters_of(node: Expression) -> dict[str, float]:
    """Return the parameters of a tree with their defaults, in order of appearance.

    Errors
    ------
    EXPRESSION_INVALID of one name with two defaults.
    """
    found: dict[str, float] = {}
    for parameter in _walk(node):
        default = found.setdefault(parameter.name, parameter.default)
        if type(default) is not type(parameter.default) or default != parameter.default:
            refuse(f"param {parameter.name!r}", parameter.default, f"{default!r}, as before")
    return found


def _walk(value: Any) -> list[Parameter]:
    if isinstance(value, Parameter):
        return [value]
    if isinstance(value, tuple):
        return [found for part in value for found in _walk(part)]
    if isinstance(value, Expression):
        parts = (getattr(value, field.name) for field in fields(value))  # type: ignore[arg-type]
        return [found for part in parts for found in _walk(part)]
    return []


def rebuilt(value: Any, values: dict[str, Any]) -> Any:
    """Return a tree with other defaults of its parameters."""
    if isinstance(value, Parameter):
        return Parameter(value.name, values[value.name]) if value.name in values else value
    if isinstance(value, tuple):
        return tuple(rebuilt(part, values) for part in value)
    if isinstance(value, Expression):
        parts = [getattr(value, field.name) for field in fields(value)]  # type: ignore[arg-type]
        return type(value)(*(rebuilt(part, values) for part in parts))
    return value
