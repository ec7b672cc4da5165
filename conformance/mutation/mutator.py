"""Makes the mutants of a Python source."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from .mutants import Mutant
from .operators import changes, negated

__all__ = ["mutants_of"]

_NOT_RUN = {"__all__", "__slots__", "__match_args__"}
_TEXTS = {"__repr__", "__str__"}


def mutants_of(source: str, file: str) -> list[Mutant]:
    """Make every mutant of a source, in the order of the text.

    Left out are type hints, docstrings, what stands under `if TYPE_CHECKING`, messages (arguments
    of what is raised, and everything inside an f-string), `__repr__`, `__str__` and decorators.

    Parameters
    ----------
    source
        Text of the module.
    file
        Its path, for the names of the mutants.

    Examples
    --------
    >>> for mutant in mutants_of("LIMIT = a + 1", "f.py"):
    ...     print(mutant.mutation)
    arithmetic: a + 1 -> a - 1
    constant: 1 -> 2
    constant: 1 -> 0
    """
    walk = _Walk(source, file)
    tree = ast.parse(source)
    for statement in tree.body:
        walk.statement(statement, in_function=False)
    return _told_apart(walk.found)


class _Walk:
    def __init__(self, source: str, file: str) -> None:
        self._source = source
        self._file = file
        self._lines = source.splitlines(keepends=True)
        self._begins = [0]
        for line in self._lines:
            self._begins.append(self._begins[-1] + len(line))
        self.found: list[Mutant] = []

    def statement(self, node: ast.stmt, *, in_function: bool) -> None:
        if _is_left_out(node):
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            defaults = [*node.args.defaults, *node.args.kw_defaults]
            for default in filter(None, defaults):
                self._expression(default, _span(default))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_class = isinstance(node, ast.ClassDef)
            for child in node.body:
                self.statement(child, in_function=in_function or not is_class)
            return
        header = _header(node)
        if in_function:
            self._changed(node, header)
        if isinstance(node, ast.If | ast.While):
            new = negated(node.test)
            self._put(node.test, "condition negated", new, header)
        if isinstance(node, ast.Raise):
            return
        for expression in _expressions(node):
            self._expression(expression, header)
        for child in _children(node):
            self.statement(child, in_function=in_function)

    def _expression(self, node: ast.expr, reached: tuple[int, int]) -> None:
        if isinstance(node, ast.JoinedStr):
            return
        self._changed(node, reached)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expression(child, reached)
            elif isinstance(child, ast.comprehension):
                for part in (child.iter, *child.ifs):
                    self._expression(part, reached)
                for test in child.ifs:
                    self._put(test, "condition negated", negated(test), reached)
            elif isinstance(child, ast.keyword):
                self._expression(child.value, reached)

    def _changed(self, node: ast.stmt | ast.expr, reached: tuple[int, int]) -> None:
        for kind, new in changes(node):
            self._put(node, kind, new, reached)

    def _put(
        self, node: ast.stmt | ast.expr, kind: str, new: ast.AST, reached: tuple[int, int]
    ) -> None:
        text = ast.unparse(ast.fix_missing_locations(new))
        start = self._offset(node.lineno, node.col_offset)
        assert node.end_lineno is not None, "ast gives it to what was parsed"
        assert node.end_col_offset is not None, "ast gives it to what was parsed"
        self.found.append(
            Mutant(
                file=self._file,
                line=node.lineno,
                column=start - self._begins[node.lineno - 1] + 1,
                mutation=f"{kind}: {_short(ast.unparse(node))} -> {_short(text)}",
                start=start,
                end=self._offset(node.end_lineno, node.end_col_offset),
                # What is put in place of an expression must not be torn apart by what is around it.
                text=f"({text})" if isinstance(node, ast.expr) else text,
                reached=reached,
            )
        )

    def _offset(self, line: int, column: int) -> int:
        """Turn a place in bytes, as `ast` counts, into one in characters."""
        before = self._lines[line - 1].encode()[:column]
        return self._begins[line - 1] + len(before.decode())


def _told_apart(found: list[Mutant]) -> list[Mutant]:
    """Give numbers to mutants whose shortened texts are alike."""
    seen: Counter[str] = Counter()
    named = []
    for mutant in found:
        seen[mutant.name] += 1
        count = seen[mutant.name]
        told = mutant if count == 1 else replace(mutant, mutation=f"{mutant.mutation} #{count}")
        named.append(told)
    return named


def _is_left_out(node: ast.stmt) -> bool:
    """Tell what is for people and for tools, not for a run."""
    match node:
        case ast.FunctionDef(name=name):
            return name in _TEXTS
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in _NOT_RUN
        case ast.Expr(value=ast.Constant()):
            return True
    return isinstance(node, ast.Import | ast.ImportFrom)


def _expressions(node: ast.stmt) -> Iterator[ast.expr]:
    """List the expressions that a statement computes itself."""
    if isinstance(node, ast.AnnAssign):
        if node.value is not None:
            yield node.value
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.withitem):
            yield child.context_expr
        elif isinstance(child, ast.match_case) and child.guard is not None:
            yield child.guard


def _children(node: ast.stmt) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body


def _header(node: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement, without the statements inside it."""
    begin, end = _span(node)
    inner = min((child.lineno for child in _children(node)), default=end + 1)
    return begin, max(begin, min(end, inner - 1))


def _span(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.end_lineno or node.lineno


def _short(text: str, length: int = 70) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 3]}..."
