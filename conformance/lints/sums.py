"""The arithmetic of golden cases: expressions over decimals, evaluated in two ways.

Exactly, in fractions of the decimals as written; and in binary64, with the brackets as written.
Known are + - * / and unary minus, parentheses, floor, ceil, abs, min, max, sqrt (to 40 decimals
where it is to be exact), round2 and round8 (to so many decimals of the exact value, half to even),
and splitmix(seed, order_id, side, part), the u of rule N3.random.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

_NAMES = ("abs", "ceil", "floor", "max", "min", "round2", "round8", "sqrt")
_WORD = (1 << 64) - 1


class SumError(ValueError):
    """An expression that is none of the allowed ones."""


def exact(expression: str) -> Fraction:
    """Evaluate in fractions.

    Examples
    --------
    >>> exact("(0.1 + 0.2) * 10"), exact("sqrt(2.25)")
    (Fraction(3, 1), Fraction(3, 2))
    """
    return Fraction(_evaluate(expression, Fraction, Fraction))


def binary64(expression: str) -> float:
    """Evaluate in binary64, operation by operation.

    Examples
    --------
    >>> binary64("0.1 + 0.2"), binary64("floor((1.23456 * 10000) + 0.5) / 10000")
    (0.30000000000000004, 1.2346)
    """
    return float(_evaluate(expression, float, _float))


def splitmix(seed: int, order_id: int, side: int, part: int) -> Fraction:
    """Draw the u of rule N3.random: side 0 entry, 1 exit; part k is the k-th partial exit.

    Examples
    --------
    >>> 0 <= splitmix(7, 1, 0, 0) < 1, splitmix(7, 1, 0, 1) == splitmix(7, 1 + 2**32, 0, 0)
    (True, True)
    """
    z = (seed + 0x9E3779B97F4A7C15 * (2 * (order_id + (part << 32)) + side)) & _WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _WORD
    z = z ^ (z >> 31)
    # 53 bits: the same number in binary64.
    return Fraction(z >> 11, 1 << 53)


def _float(value: Fraction | int) -> float:
    # + 0.0: floor and ceil of the law never give a negative zero.
    return float(value) + 0.0


def _evaluate(expression: str, number: Callable[[str], Any], whole: Callable[[Any], Any]) -> Any:
    tree, lines = _parsed(expression)

    def value(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float()):
                # The text as written: a fraction of the decimal, not of the binary nearest to it.
                line = lines[node.lineno - 1]
                return number(line[node.col_offset : node.end_col_offset].decode())
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
            case ast.BinOp(left=left, op=operator, right=right):
                return _apply(operator, value(left), value(right))
            case ast.Call(func=ast.Name(id="splitmix"), args=arguments, keywords=[]):
                return whole(splitmix(*_integers(arguments, expression)))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _NAMES:
                return _call(name, [value(item) for item in arguments], whole)
        raise SumError(f"{ast.unparse(node)!r} is not allowed in {expression!r}")

    return value(tree.body)


@functools.lru_cache(maxsize=1)
def _parsed(expression: str) -> tuple[ast.Expression, list[bytes]]:
    """Read an expression, which is evaluated in both ways; places in its lines are of bytes."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise SumError(f"{expression!r} cannot be read: {error.msg}") from None
    return tree, expression.encode().split(b"\n")


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


def _call(name: str, arguments: list[Any], whole: Callable[[Any], Any]) -> Any:
    if name in {"min", "max"}:
        return min(arguments) if name == "min" else max(arguments)
    if len(arguments) != 1:
        raise SumError(f"{name} takes one argument, not {len(arguments)}")
    (value,) = arguments
    match name:
        case "abs":
            return abs(value)
        case "floor":
            return whole(math.floor(value))
        case "ceil":
            return whole(math.ceil(value))
        case "sqrt":
            return math.sqrt(value) if isinstance(value, float) else _root(value)
    # A float as the fraction that it is, so that no decimal text comes between.
    return whole(round(Fraction(value), int(name.removeprefix("round"))))


def _root(value: Fraction) -> Fraction:
    return Fraction(math.isqrt(value.numerator * 10**80 // value.denominator), 10**40)


def _integers(arguments: list[ast.expr], expression: str) -> list[int]:
    values = [item.value for item in arguments if isinstance(item, ast.Constant)]
    whole = [value for value in values if type(value) is int]
    if len(whole) != len(arguments) or len(whole) != 4:
        raise SumError(f"splitmix takes four whole numbers in {expression!r}")
    return whole
