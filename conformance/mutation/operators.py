"""The changes that are made to a syntax tree of Python, one node at a time."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

__all__ = ["changes"]

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
_EXTREMES = {"min": "max", "max": "min"}


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Name each change of a node, with the node as it is then; its children are not changed.

    Examples
    --------
    >>> node = ast.parse("a < b", mode="eval").body
    >>> [(kind, ast.unparse(new)) for kind, new in changes(node)]
    [('comparison', 'a <= b'), ('comparison', 'a >= b')]
    """
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BinOp() | ast.AugAssign():
            if type(node.op) in _ARITHMETIC and not _is_union(node):
                yield "arithmetic", _with(node, op=_ARITHMETIC[type(node.op)]())
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "boolean operator", _with(node, op=other)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield "operator left out", node.operand
        case ast.Constant():
            yield from (("constant", ast.Constant(value)) for value in _others(node.value))
        case ast.Call():
            yield from _calls(node)
        case ast.IfExp():
            yield "condition negated", _with(node, test=_not(node.test))
        case ast.stmt():
            yield from _statements(node)


def negated(test: ast.expr) -> ast.expr:
    """Return the condition of an `if` or a `while` the other way round."""
    return _not(test)


def _with(node: ast.AST, **fields: ast.AST) -> ast.AST:
    """Copy a node, with some fields as given."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _statements(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "return", ast.Return(ast.Constant(None))
        case ast.Break():
            yield "loop", ast.Continue()
        case ast.Continue():
            yield "loop", ast.Break()
        case ast.Raise() | ast.Delete() | ast.Expr(value=ast.Call() | ast.YieldFrom()):
            yield "statement left out", ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "statement left out", ast.Pass()


def _comparisons(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            new = copy.copy(node)
            new.ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield "comparison", new


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    """Swap two arguments that follow one another, and min with max."""
    for place in range(len(node.args) - 1):
        first, second = node.args[place : place + 2]
        starred = isinstance(first, ast.Starred) or isinstance(second, ast.Starred)
        if not starred and ast.dump(first) != ast.dump(second):
            new = copy.copy(node)
            new.args = [*node.args[:place], second, first, *node.args[place + 2 :]]
            yield "arguments swapped", new
    if isinstance(node.func, ast.Name) and node.func.id in _EXTREMES:
        new = copy.copy(node)
        new.func = ast.Name(_EXTREMES[node.func.id])
        yield "extreme", new


def _others(value: object) -> tuple[bool | int | float, ...]:
    """Return constants that stand near the one given."""
    match value:
        case bool():
            return (not value,)
        case int():
            return (value + 1, value - 1) if value else (1,)
        case float():
            near = (value + 1.0, value / 2.0) if value else (1.0,)
            return tuple(other for other in near if other != value)
    return ()


def _is_union(node: ast.BinOp | ast.AugAssign) -> bool:
    """Tell `int | None`, which is a type, from a bitwise or."""
    return isinstance(node, ast.BinOp) and any(
        _is_none(side) for side in (node.left, node.right) if isinstance(node.op, ast.BitOr)
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _not(test: ast.expr) -> ast.expr:
    return (
        test.operand
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        else (ast.UnaryOp(ast.Not(), test))
    )
