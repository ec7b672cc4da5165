"""The arithmetic of golden cases: expressions over decimals, evaluated in two ways.

Exactly, in fractions of the decimals as written; and in binary64, with the brackets as written.
Known are + - * / and unary minus, parentheses, and floor, ceil, abs, min, max.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

_NAMES = ("abs", "ceil", "floor", "max", "min")


class SumError(ValueError):
    """An expression that is none of the allowed ones."""


def exact(expression: str) -> Fraction:
    """Evaluate in fractions.

    Examples
    --------
    >>> exact("(0.1 + 0.2) * 10")
    Fraction(3, 1)
    """
    result = _evaluate(expression, Fraction, _whole_fraction)
    return Fraction(result)


def binary64(expression: str) -> float:
    """Evaluate in binary64, operation by operation.

    Examples
    --------
    >>> binary64("0.1 + 0.2"), binary64("floor((1.23456 * 10000) + 0.5) / 10000")
    (0.30000000000000004, 1.2346)
    """
    return float(_evaluate(expression, float, _whole_float))


def _whole_fraction(function: Callable[[Any], int], value: Fraction) -> Fraction:
    return Fraction(function(value))


def _whole_float(function: Callable[[Any], int], value: float) -> float:
    # + 0.0: floor and ceil of the law never give a negative zero.
    return float(function(value)) + 0.0


def _evaluate(expression: str, number: Callable[[str], Any], whole: Callable[..., Any]) -> Any:
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise SumError(f"{expression!r} cannot be read: {error.msg}") from None

    def value(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float()):
                # The text as written: a fraction of the decimal, not of the binary nearest to it.
                return number(ast.get_source_segment(expression, node) or "")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
            case ast.BinOp(left=left, op=operator, right=right):
                return _apply(operator, value(left), value(right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _NAMES:
                return _call(name, [value(item) for item in arguments], whole)
        raise SumError(f"{ast.unparse(node)!r} is not allowed in {expression!r}")

    return value(tree.body)


def _apply(operator: ast.operator, left: Any, right: Any) -> Any:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
    raise SumError(f"the operator {type(operator).__name__} is not allowed")


def _call(name: str, arguments: list[Any], whole: Callable[..., Any]) -> Any:
    if name in {"min", "max"}:
        return min(arguments) if name == "min" else max(arguments)
    if len(arguments) != 1:
        raise SumError(f"{name} takes one argument, not {len(arguments)}")
    if name == "abs":
        return abs(arguments[0])
    return whole(math.floor if name == "floor" else math.ceil, arguments[0])
