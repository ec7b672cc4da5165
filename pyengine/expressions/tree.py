"""Expressions as a list of steps, each different one once.

`fillproof.expressions` writes the document that is read here; it has checked most of it, and what
a step needs to be sure of is checked again.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ..errors import make_error
from ..sessions import WEEKDAYS, to_window

FORMAT = "fillproof.strategy"
VERSION = 1
FIELDS = ("open", "high", "low", "close", "volume")
SIDES = ("bid", "ask")
TYPES = ("market", "limit", "stop")
# Indicator -> the names of its settings and of its lines.
_GARCH = ("alpha", "beta", "omega", "use_log_returns", "scale", "min_periods", "sigma_floor")
INDICATORS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ema": (("period",), ()),
    "sma": (("period",), ()),
    "rsi": (("period",), ()),
    "macd": (("fast_period", "slow_period", "signal_period"), ("line", "signal")),
    "roc": (("period",), ()),
    "dmi": (("period",), ("plus_di", "minus_di", "adx")),
    "bollinger": (("period", "std_factor"), ("upper", "mid", "lower")),
    "atr": (("period",), ()),
    "choppiness": (("period",), ()),
    "zscore": (("window", "mean_source", "ema_period"), ()),
    "kalman_mean": (("R", "Q"), ()),
    "kalman_zscore": (("window", "R", "Q"), ()),
    "garch_volatility": (_GARCH, ()),
    "kalman_garch_zscore": (("R", "Q", *_GARCH), ()),
}
NUMBERS = ("add", "subtract", "multiply", "divide", "minimum", "maximum")
COMPARISONS = (
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "crosses_above",
    "crosses_below", "crosses",
)  # fmt: skip


class Step(NamedTuple):
    """One thing to compute: from the steps at some places, with some settings."""

    op: str
    inputs: tuple[int, ...]
    settings: tuple[Any, ...]
    is_condition: bool


class Series(NamedTuple):
    """Candles that are read; None: those of the strategy."""

    symbol: str | None
    timeframe: str | None
    side: str


class Level(NamedTuple):
    """A stop or target: the place of a price, of a distance, or of a multiple of the stop's."""

    kind: str
    place: int


class Tree:
    """The steps of a strategy, each after those it needs, and what is made of them.

    Attributes
    ----------
    steps : list of Step
    series : list of Series
        The first two are bid and ask of the strategy's own candles.
    long, short, entry : int or None
        Places of steps.
    stop, target : Level or None
    type, timeframe, symbol, reason : str or None
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.series = [Series(None, None, side) for side in SIDES]
        self._places: dict[Any, int] = {}
        self.long: int | None = None
        self.short: int | None = None
        self.entry: int | None = None
        self.stop: Level | None = None
        self.target: Level | None = None
        self.type = "market"
        self.timeframe: str | None = None
        self.symbol: str | None = None
        self.reason: str | None = None

    @property
    def has_sessions(self) -> bool:
        """Whether a condition looks at the clock."""
        return any(step.op in ("between", "weekday") for step in self.steps)

    def step(
        self, op: str, inputs: tuple[int, ...], settings: tuple[Any, ...], is_condition: bool
    ) -> int:
        """Return the place of a step, a new one if there is none like it yet."""
        made = Step(op, inputs, settings, is_condition)
        # 1, 1.0 and True are equal, and a period is not a price.
        key = (made, repr(settings))
        place = self._places.setdefault(key, len(self.steps))
        if place == len(self.steps):
            self.steps.append(made)
        return place

    def series_place(self, series: Series) -> int:
        """Return the place of a series among those that are read."""
        if series not in self.series:
            self.series.append(series)
        return self.series.index(series)


def parse(text: str) -> Tree:
    """Read a strategy of expressions from its JSON document.

    Errors
    ------
    EXPRESSION_INVALID naming the place inside the document.

    Examples
    --------
    >>> from fillproof.expressions import Plan, close, pips
    >>> tree = parse(Plan(long=close() > close().shift(1), stop=pips(10)).to_json())
    >>> [step.op for step in tree.steps]
    ['price', 'shift', 'greater', 'constant', 'constant', 'multiply']
    """
    document = json.loads(text)
    _be(_is_document(document), "format", document, f'"{FORMAT}", version {VERSION}')
    tree = Tree()
    for name in ("long", "short"):
        if document[name] is not None:
            setattr(tree, name, _condition(tree, document[name], name))
    _be(tree.long is not None or tree.short is not None, "long, short", None, "a condition")
    if document["entry"] is not None:
        tree.entry = _number(tree, document["entry"], "entry")
    tree.stop = _level(tree, document["stop"], "stop")
    tree.target = _level(tree, document["target"], "target")
    _be(document["type"] in TYPES, "type", document["type"], " or ".join(TYPES))
    tree.type = document["type"]
    has_entry = tree.entry is not None
    _be(has_entry == (tree.type != "market"), "entry", None, "a price, of waiting orders only")
    is_multiple = tree.target is not None and tree.target.kind == "r_multiple"
    _be(tree.stop is None or tree.stop.kind != "r_multiple", "stop", None, "a price or distance")
    _be(not is_multiple or tree.stop is not None, "target", None, "a stop to count from")
    for name in ("timeframe", "symbol", "reason"):
        setattr(tree, name, _text(document[name], name))
    return tree


def _is_document(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and document.get("format") == FORMAT
        and document.get("version") == VERSION
    )


def _be(good: bool, path: str, value: object, expected: str) -> None:
    if not good:
        raise make_error("EXPRESSION_INVALID", field=path, value=value, expected=expected)


def _text(value: Any, path: str) -> str | None:
    _be(value is None or isinstance(value, str), path, value, "text or null")
    return value  # type: ignore[no-any-return]


def _level(tree: Tree, plain: Any, path: str) -> Level | None:
    """Read a stop or target; pips are a distance: count * pip_size (Q.distance)."""
    if plain is None:
        return None
    node = plain.get("node") if isinstance(plain, dict) else None
    if node == "pips":
        count = _number(tree, plain["count"], f"{path}.count")
        size = tree.step("constant", (), (float(plain["pip_size"]),), False)
        return Level("distance", tree.step("multiply", (count, size), (), False))
    if node == "distance":
        return Level("distance", _number(tree, plain["of"], f"{path}.of"))
    if node == "r_multiple":
        return Level("r_multiple", _number(tree, plain["count"], f"{path}.count"))
    return Level("price", _number(tree, plain, path))


def _number(tree: Tree, plain: Any, path: str) -> int:
    place = _read(tree, plain, path)
    _be(not tree.steps[place].is_condition, path, plain, "numbers")
    return place


def _condition(tree: Tree, plain: Any, path: str) -> int:
    place = _read(tree, plain, path)
    _be(tree.steps[place].is_condition, path, plain, "a condition")
    return place


def _read(tree: Tree, plain: Any, path: str) -> int:
    """Read a node and what lies below it; return the place of its step."""
    _be(isinstance(plain, dict), path, plain, 'an object with a "node"')
    node = plain.get("node")
    if node in NUMBERS or node in COMPARISONS:
        sides = tuple(_number(tree, plain[side], f"{path}.{side}") for side in ("left", "right"))
        return tree.step(node, sides, (), node in COMPARISONS)
    if node in ("and", "or"):
        sides = tuple(_condition(tree, plain[side], f"{path}.{side}") for side in ("left", "right"))
        return tree.step(node, sides, (), True)
    reader = _READERS.get(node)
    _be(reader is not None, f"{path}.node", node, "the name of a node")
    return reader(tree, plain, path)  # type: ignore[misc]


def _setting(plain: Any) -> Any:
    """Return a plain value, or what a parameter stands for."""
    return plain["default"] if isinstance(plain, dict) else plain


def _read_constant(tree: Tree, plain: Any, path: str) -> int:
    value = plain["default"] if plain["node"] == "param" else plain["value"]
    _be(isinstance(value, (int, float)), path, value, "a number")
    return tree.step("constant", (), (float(value) + 0.0,), False)


def _series(tree: Tree, plain: Any, path: str) -> int:
    _be(plain["side"] in SIDES, f"{path}.side", plain["side"], "bid or ask")
    symbol = _text(plain["symbol"], f"{path}.symbol")
    timeframe = _text(plain["timeframe"], f"{path}.timeframe")
    return tree.series_place(Series(symbol, timeframe, plain["side"]))


def _read_price(tree: Tree, plain: Any, path: str) -> int:
    _be(plain["field"] in FIELDS, f"{path}.field", plain["field"], " or ".join(FIELDS))
    return tree.step("price", (), (_series(tree, plain, path), plain["field"]), False)


def _read_indicator(tree: Tree, plain: Any, path: str) -> int:
    """Read an indicator; lines of one are taken from the same step."""
    name = plain["name"]
    _be(name in INDICATORS, f"{path}.name", name, " or ".join(INDICATORS))
    names, lines = INDICATORS[name]
    settings = tuple(_setting(plain["settings"][key]) for key in names)
    series = _series(tree, plain, path)
    whole = tree.step("indicator", (), (series, name, settings), False)
    if not lines:
        return whole
    _be(plain["line"] in lines, f"{path}.line", plain["line"], " or ".join(lines))
    return tree.step("line", (whole,), (lines.index(plain["line"]),), False)


def _read_unary(tree: Tree, plain: Any, path: str) -> int:
    return tree.step(plain["node"], (_number(tree, plain["of"], f"{path}.of"),), (), False)


def _read_not(tree: Tree, plain: Any, path: str) -> int:
    return tree.step("not", (_condition(tree, plain["of"], f"{path}.of"),), (), True)


def _bars(plain: Any, path: str, least: int) -> int:
    bars = _setting(plain["bars"])
    good = isinstance(bars, int) and not isinstance(bars, bool) and bars >= least
    _be(good, f"{path}.bars", bars, f"a whole number >= {least}")
    return int(bars)


def _read_shift(tree: Tree, plain: Any, path: str) -> int:
    of = _read(tree, plain["of"], f"{path}.of")
    return tree.step("shift", (of,), (_bars(plain, path, 0),), tree.steps[of].is_condition)


def _read_extreme(tree: Tree, plain: Any, path: str) -> int:
    of = _number(tree, plain["of"], f"{path}.of")
    return tree.step(plain["node"], (of,), (_bars(plain, path, 1),), False)


def _read_where(tree: Tree, plain: Any, path: str) -> int:
    condition = _condition(tree, plain["condition"], f"{path}.condition")
    then = _number(tree, plain["then"], f"{path}.then")
    otherwise = _number(tree, plain["otherwise"], f"{path}.otherwise")
    return tree.step("where", (condition, then, otherwise), (), False)


def _read_between(tree: Tree, plain: Any, path: str) -> int:
    return tree.step("between", (), to_window(plain["start"], plain["end"], path), True)


def _read_weekday(tree: Tree, plain: Any, path: str) -> int:
    days = plain["days"]
    _be(bool(days) and set(days) <= set(WEEKDAYS), f"{path}.days", days, " or ".join(WEEKDAYS))
    return tree.step("weekday", (), tuple(WEEKDAYS.index(day) for day in days), True)


_READERS = {
    "constant": _read_constant,
    "param": _read_constant,
    "price": _read_price,
    "indicator": _read_indicator,
    "negative": _read_unary,
    "absolute": _read_unary,
    "not": _read_not,
    "shift": _read_shift,
    "highest": _read_extreme,
    "lowest": _read_extreme,
    "where": _read_where,
    "between": _read_between,
    "weekday": _read_weekday,
}
