"""The nodes of an expression: frozen values that say what is to be computed, and compute nothing.

Numbers and conditions are made of each other by Python's operators; ``builders`` has the rest.
``==`` compares trees, so that equality of numbers is ``equals`` and ``differs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from fillproof.expressions.checks import number, refuse, text, whole
from fillproof.expressions.settings import INDICATORS, check_setting

__all__ = [
    "ARITHMETIC", "COMPARISONS", "CROSSES", "FIELDS", "SIDES", "Arithmetic", "Compare", "Condition",
    "Constant", "Cross", "Expression", "Extreme", "Indicator", "Level", "Logic", "Not", "Number",
    "Operand", "Parameter", "Price", "ShiftedCondition", "ShiftedNumber", "Unary", "Where", "Whole",
    "as_condition", "as_number", "put", "shown",
]  # fmt: skip

DEPTH_MOST = 100
SIZE_MOST = 10_000
FIELDS = ("open", "high", "low", "close", "volume")
SIDES = ("bid", "ask")


class Expression:
    """Root of all nodes. A tree is at most 100 deep and has at most 10,000 nodes."""

    depth: int
    size: int

    def __post_init__(self) -> None:
        self._check()
        parts = [value for value in vars(self).values() if isinstance(value, Expression)]
        depth = 1 + max((part.depth for part in parts), default=0)
        size = 1 + sum(part.size for part in parts)
        name = type(self).__name__
        if depth > DEPTH_MOST:
            refuse(f"{name} depth", depth, f"at most {DEPTH_MOST} nodes one inside the other")
        if size > SIZE_MOST:
            refuse(
                f"{name} size", size, f"at most {SIZE_MOST} nodes, each counted wherever it stands"
            )
        object.__setattr__(self, "depth", depth)
        object.__setattr__(self, "size", size)

    def _check(self) -> None:
        """Check the fields and bring them into their form."""

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} is an expression and neither true nor false before a run; join conditions "
            "by & | ~ and write (a < b) & (b < c) for a < b < c"
        )


def put(node: Expression, name: str, value: Any) -> None:
    """Bring a field of a frozen node into its form, while it is made."""
    object.__setattr__(node, name, value)


class Number(Expression):
    """An expression with a number at each bar, NaN where it has none."""

    __hash__ = Expression.__hash__

    def __add__(self, other: Operand) -> Number:
        return Arithmetic("add", self, other)

    def __radd__(self, other: Operand) -> Number:
        return Arithmetic("add", other, self)

    def __sub__(self, other: Operand) -> Number:
        return Arithmetic("subtract", self, other)

    def __rsub__(self, other: Operand) -> Number:
        return Arithmetic("subtract", other, self)

    def __mul__(self, other: Operand) -> Number:
        return Arithmetic("multiply", self, other)

    def __rmul__(self, other: Operand) -> Number:
        return Arithmetic("multiply", other, self)

    def __truediv__(self, other: Operand) -> Number:
        return Arithmetic("divide", self, other)

    def __rtruediv__(self, other: Operand) -> Number:
        return Arithmetic("divide", other, self)

    def __neg__(self) -> Number:
        return Unary("negative", self)

    def __abs__(self) -> Number:
        return Unary("absolute", self)

    def __lt__(self, other: Operand) -> Condition:
        return Compare("less", self, other)

    def __le__(self, other: Operand) -> Condition:
        return Compare("less_equal", self, other)

    def __gt__(self, other: Operand) -> Condition:
        return Compare("greater", self, other)

    def __ge__(self, other: Operand) -> Condition:
        return Compare("greater_equal", self, other)

    def equals(self, other: Operand) -> Condition:
        """Tell where both are the same number."""
        return Compare("equal", self, other)

    def differs(self, other: Operand) -> Condition:
        """Tell where both are there and not the same number."""
        return Compare("not_equal", self, other)

    def crosses_above(self, other: Operand) -> Condition:
        """Tell where this goes from at or below the other to above it."""
        return Cross("crosses_above", self, other)

    def crosses_below(self, other: Operand) -> Condition:
        """Tell where this goes from at or above the other to below it."""
        return Cross("crosses_below", self, other)

    def crosses(self, other: Operand) -> Condition:
        """Tell where this crosses the other, either way."""
        return Cross("crosses", self, other)

    def shift(self, bars: Whole) -> Number:
        """Give the number of so many bars before; NaN before the first."""
        return ShiftedNumber(bars, self)


class Condition(Expression):
    """An expression that is true or false at each bar."""

    __hash__ = Expression.__hash__

    def __and__(self, other: Condition) -> Condition:
        return Logic("and", self, other)

    def __or__(self, other: Condition) -> Condition:
        return Logic("or", self, other)

    def __invert__(self) -> Condition:
        return Not(self)

    def shift(self, bars: Whole) -> Condition:
        """Tell whether it was true so many bars before; false before the first."""
        return ShiftedCondition(bars, self)


class Level(Expression):
    """How far a stop or target lies from the entry."""

    __hash__ = Expression.__hash__


@dataclass(frozen=True, repr=False)
class Constant(Number):
    """The same number at each bar."""

    value: float

    def _check(self) -> None:
        put(self, "value", number(self.value, "constant.value"))

    def __repr__(self) -> str:
        return f"constant({self.value!r})"


@dataclass(frozen=True, repr=False)
class Parameter(Number):
    """A number with a name, which ``bind`` replaces."""

    name: str
    default: float

    def _check(self) -> None:
        text(self.name, "param.name")
        if isinstance(self.default, bool) or not hasattr(type(self.default), "__index__"):
            put(self, "default", number(self.default, f"param {self.name!r}"))
        else:
            put(self, "default", int(self.default))

    def __repr__(self) -> str:
        return f"param({self.name!r}, {self.default!r})"


Operand: TypeAlias = Number | float
Whole: TypeAlias = int | Parameter


def as_number(value: Any, path: str) -> Number:
    """Read an expression of numbers, or a number as a constant."""
    if isinstance(value, Number):
        return value
    if isinstance(value, Expression):
        refuse(path, value, "a number or an expression of numbers, not a condition or distance")
    return Constant(number(value, path, "a finite number or an expression of numbers"))


def as_condition(value: Any, path: str) -> Condition:
    """Read a condition."""
    if not isinstance(value, Condition):
        refuse(path, value, "a condition, such as close() > sma(20)")
    return value


def _bars(value: Any, path: str, least: int) -> Whole:
    """Read how many bars: a whole number, or a parameter that is one."""
    if isinstance(value, Parameter):
        whole(value.default, path, least)
        return value
    return whole(value, path, least)


def shown(part: Any, other: Any = None) -> str:
    """Write an operand: a plain number where Python still makes the node of the other one."""
    if type(part) is Constant and other is not None and type(other) is not Constant:
        return repr(part.value)
    return f"({part!r})" if isinstance(part, INFIX) else repr(part)


@dataclass(frozen=True, repr=False)
class Price(Number):
    """A column of the candles: open, high, low, close or volume."""

    field: str
    side: str = "bid"
    timeframe: str | None = None
    symbol: str | None = None

    def _check(self) -> None:
        if self.field not in FIELDS:
            refuse("price.field", self.field, " or ".join(FIELDS))
        _check_series(self, self.field)

    def __repr__(self) -> str:
        name = "open_" if self.field == "open" else self.field
        return f"{name}({', '.join(_series_words(self))})"


def _check_series(node: Price | Indicator, name: str) -> None:
    if node.side not in SIDES:
        refuse(f"{name}.side", node.side, "'bid' or 'ask'")
    if node.timeframe is not None:
        text(node.timeframe, f"{name}.timeframe", "the name of a timeframe, such as H4")
    if node.symbol is not None:
        text(node.symbol, f"{name}.symbol", "the name of a symbol")


def _series_words(node: Price | Indicator) -> list[str]:
    words = [] if node.side == "bid" else [f"side={node.side!r}"]
    for name in ("timeframe", "symbol"):
        value = getattr(node, name)
        if value is not None:
            words.append(f"{name}={value!r}")
    return words


@dataclass(frozen=True, repr=False)
class Indicator(Number):
    """An indicator of the candles; ``settings`` in the order of its definition."""

    name: str
    settings: tuple[Any, ...]
    line: str | None = None
    side: str = "bid"
    timeframe: str | None = None
    symbol: str | None = None

    def _check(self) -> None:
        name: Any = self.name
        given: Any = self.settings
        kind = INDICATORS.get(name) if isinstance(name, str) else None
        if kind is None:
            refuse("indicator.name", self.name, " or ".join(INDICATORS))
        if not isinstance(given, tuple) or len(given) != len(kind.settings):
            names = ", ".join(setting.name for setting in kind.settings)
            refuse(f"{self.name}.settings", self.settings, f"a tuple of {names}")
        read: list[Any] = []
        for setting, value in zip(kind.settings, self.settings, strict=True):
            path = f"{self.name}.{setting.name}"
            if isinstance(value, Parameter):
                check_setting(setting, value.default, path)
                read.append(value)
            elif isinstance(value, Expression):
                refuse(path, value, "a plain value or a param: a setting is the same at all bars")
            else:
                read.append(check_setting(setting, value, path))
        put(self, "settings", tuple(read))
        if self.name == "zscore" and read[1] == "ema" and read[2] is None:
            refuse("zscore.ema_period", None, "a whole number >= 1 beside mean_source='ema'")
        if self.line not in (kind.lines or (None,)):
            lines = " or ".join(map(repr, kind.lines)) or "None: it has one line"
            refuse(f"{self.name}.line", self.line, lines)
        _check_series(self, self.name)

    def __repr__(self) -> str:
        words = []
        by_place = True
        for place, setting in enumerate(INDICATORS[self.name].settings):
            value = self.settings[place]
            if place == 0 and setting.takes == "period":
                words.append(repr(value))
            elif type(value) is type(setting.default) and value == setting.default:
                by_place = False
            else:
                words.append(repr(value) if by_place else f"{setting.name}={value!r}")
        words += [] if self.line is None else [f"line={self.line!r}"]
        return f"{self.name}({', '.join(words + _series_words(self))})"


SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "less": "<", "less_equal": "<=",
    "greater": ">", "greater_equal": ">=", "and": "&", "or": "|",
}  # fmt: skip
ARITHMETIC = ("add", "subtract", "multiply", "divide", "minimum", "maximum")
COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
CROSSES = ("crosses_above", "crosses_below", "crosses")


def _check_two(node: Arithmetic | Compare | Cross, ops: tuple[str, ...]) -> None:
    if node.op not in ops:
        refuse(f"{type(node).__name__}.op", node.op, " or ".join(ops))
    put(node, "left", as_number(node.left, f"{node.op}.left"))
    put(node, "right", as_number(node.right, f"{node.op}.right"))


@dataclass(frozen=True, repr=False)
class Arithmetic(Number):
    """Two numbers joined: + - * / or the smaller or larger of them."""

    op: str
    left: Any
    right: Any

    def _check(self) -> None:
        _check_two(self, ARITHMETIC)

    def __repr__(self) -> str:
        if self.op not in SIGNS:
            return f"{self.op}({self.left!r}, {self.right!r})"
        left, right = shown(self.left, self.right), shown(self.right, self.left)
        if type(self.left) is type(self.right) is Constant:
            left, right = repr(self.left), repr(self.right.value)
        return f"{left} {SIGNS[self.op]} {right}"


@dataclass(frozen=True, repr=False)
class Unary(Number):
    """One number: negative or absolute."""

    op: str
    of: Any

    def _check(self) -> None:
        if self.op not in ("negative", "absolute"):
            refuse("Unary.op", self.op, "negative or absolute")
        put(self, "of", as_number(self.of, f"{self.op}.of"))

    def __repr__(self) -> str:
        return f"-{shown(self.of)}" if self.op == "negative" else f"abs({self.of!r})"


@dataclass(frozen=True, repr=False)
class ShiftedNumber(Number):
    """The number of some bars before."""

    bars: Whole
    of: Any

    def _check(self) -> None:
        put(self, "bars", _shift_bars(self.bars))
        put(self, "of", as_number(self.of, "shift.of"))

    def __repr__(self) -> str:
        return f"{shown(self.of)}.shift({self.bars!r})"


def _shift_bars(value: Any) -> Whole:
    count = value.default if isinstance(value, Parameter) else value
    if not isinstance(count, bool) and hasattr(type(count), "__index__") and count < 0:
        refuse("shift.bars", count, "a whole number >= 0: bars that come later cannot be seen")
    return _bars(value, "shift.bars", 0)


@dataclass(frozen=True, repr=False)
class Extreme(Number):
    """The highest or lowest of the last bars, the current one included."""

    op: str
    of: Any
    bars: Whole

    def _check(self) -> None:
        if self.op not in ("highest", "lowest"):
            refuse("Extreme.op", self.op, "highest or lowest")
        put(self, "of", as_number(self.of, f"{self.op}.of"))
        put(self, "bars", _bars(self.bars, f"{self.op}.bars", 1))

    def __repr__(self) -> str:
        return f"{self.op}({self.of!r}, {self.bars!r})"


@dataclass(frozen=True, repr=False)
class Where(Number):
    """One number where a condition is true, another where it is not."""

    condition: Any
    then: Any
    otherwise: Any

    def _check(self) -> None:
        as_condition(self.condition, "where.condition")
        put(self, "then", as_number(self.then, "where.then"))
        put(self, "otherwise", as_number(self.otherwise, "where.otherwise"))

    def __repr__(self) -> str:
        return f"where({self.condition!r}, {self.then!r}, {self.otherwise!r})"


@dataclass(frozen=True, repr=False)
class Compare(Condition):
    """A comparison of two numbers; false where one is NaN."""

    op: str
    left: Any
    right: Any

    def _check(self) -> None:
        _check_two(self, COMPARISONS)

    def __repr__(self) -> str:
        if self.op not in SIGNS:
            word = "equals" if self.op == "equal" else "differs"
            return f"{shown(self.left)}.{word}({self.right!r})"
        # Python turns 1.0 < x into x > 1.0, which is another node.
        left, right = shown(self.left), shown(self.right, Number())
        return f"{left} {SIGNS[self.op]} {right}"


@dataclass(frozen=True, repr=False)
class Cross(Condition):
    """One number crosses another from the bar before to this one."""

    op: str
    left: Any
    right: Any

    def _check(self) -> None:
        _check_two(self, CROSSES)

    def __repr__(self) -> str:
        return f"{shown(self.left)}.{self.op}({self.right!r})"


@dataclass(frozen=True, repr=False)
class Logic(Condition):
    """Both of two conditions, or either."""

    op: str
    left: Any
    right: Any

    def _check(self) -> None:
        if self.op not in ("and", "or"):
            refuse("Logic.op", self.op, "and or or")
        as_condition(self.left, f"{self.op}.left")
        as_condition(self.right, f"{self.op}.right")

    def __repr__(self) -> str:
        sides = (self.left, self.right)
        left, right = (repr(side) if isinstance(side, Not) else shown(side) for side in sides)
        return f"{left} {SIGNS[self.op]} {right}"


@dataclass(frozen=True, repr=False)
class Not(Condition):
    """The opposite of a condition."""

    of: Any

    def _check(self) -> None:
        as_condition(self.of, "not.of")

    def __repr__(self) -> str:
        return f"~{shown(self.of)}"


@dataclass(frozen=True, repr=False)
class ShiftedCondition(Condition):
    """Whether a condition was true some bars before."""

    bars: Whole
    of: Any

    def _check(self) -> None:
        put(self, "bars", _shift_bars(self.bars))
        as_condition(self.of, "shift.of")

    def __repr__(self) -> str:
        return f"{shown(self.of)}.shift({self.bars!r})"


# What Python reads otherwise beside an operator or before a dot.
INFIX = (Arithmetic, Compare, Logic, Not, Unary)
