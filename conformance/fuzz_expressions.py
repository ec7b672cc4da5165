"""Random strategies of expressions, trees of every node there is, and cases in which they trade.

Needs hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from fillproof.expressions import Condition, Level, Number, Plan, clock, levels, nodes
from fillproof.expressions.settings import INDICATORS

from .fuzz_cases import config_of_several, forget_the_clock
from .fuzz_config import draw_config
from .fuzz_market import draw_market
from .fuzz_several import draw_several

__all__ = ["draw_plan", "expressions", "plans"]

_CONSTANTS = (0.0, 1.0, -1.5, 0.5, 30.0, 70.0, 1e-4)
_WINDOWS = (("08:00", "17:00"), ("23:30", "00:30"), ("Fri 12:00", "Mon 02:00"))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DEEP = 3


class _Trees:
    """Draws nodes over some series.

    Parameters
    ----------
    draw
        Given by hypothesis.
    timeframes, symbols
        What nodes may name; None among them: the strategy's own.
    clock : bool
        Whether there may be windows of the clock.
    """

    def __init__(
        self,
        draw: st.DrawFn,
        timeframes: Sequence[str | None],
        symbols: Sequence[str | None],
        clock: bool,
    ) -> None:
        self.draw = draw
        self._timeframes = timeframes
        self._symbols = symbols
        self._clock = clock
        self._names = 0

    def of(self, options: Sequence[Any]) -> Any:
        """Choose one of some values."""
        return self.draw(st.sampled_from(options))

    def whole(self, least: int, most: int) -> Any:
        """Choose a whole number, now and then as a parameter."""
        value = self.draw(st.integers(least, most))
        if self.draw(st.integers(0, 9)):
            return value
        self._names += 1
        return nodes.Parameter(f"p{self._names}", value)

    def _series(self) -> tuple[str, str | None, str | None]:
        return self.of(nodes.SIDES), self.of(self._timeframes), self.of(self._symbols)

    def _leaf(self) -> Number:
        kind = self.of(("price", "price", "indicator", "indicator", "constant"))
        if kind == "constant":
            return nodes.Constant(self.of(_CONSTANTS))
        if kind == "price":
            return nodes.Price(self.of(nodes.FIELDS), *self._series())
        name = self.of(tuple(INDICATORS))
        settings = tuple(
            self.whole(1, 12) if setting.takes == "period" else setting.default
            for setting in INDICATORS[name].settings
        )
        if "garch" in name:
            settings = (*settings[:-2], self.whole(0, 9), settings[-1])
        line = self.of(INDICATORS[name].lines or (None,))
        return nodes.Indicator(name, settings, line, *self._series())

    def number(self, depth: int) -> Number:
        """Draw an expression of numbers."""
        if depth == 0 or self.draw(st.booleans()):
            return self._leaf()
        kind = self.of(("two", "two", "one", "shift", "extreme", "where"))
        if kind == "two":
            op = self.of(nodes.ARITHMETIC)
            return nodes.Arithmetic(op, self.number(depth - 1), self.number(depth - 1))
        if kind == "one":
            return nodes.Unary(self.of(("negative", "absolute")), self.number(depth - 1))
        if kind == "shift":
            return nodes.ShiftedNumber(self.whole(0, 12), self.number(depth - 1))
        if kind == "extreme":
            op = self.of(("highest", "lowest"))
            return nodes.Extreme(op, self.number(depth - 1), self.whole(1, 8))
        condition = self.condition(depth - 1)
        return nodes.Where(condition, self.number(depth - 1), self.number(depth - 1))

    def condition(self, depth: int) -> Condition:
        """Draw a condition."""
        kinds = ["compare", "compare", "cross", "cross"]
        if depth > 0:
            kinds += ["logic", "logic", "not", "shift"]
        if self._clock:
            kinds += ["clock"]
        kind = self.of(kinds)
        below = max(depth - 1, 0)
        if kind == "clock":
            if self.draw(st.booleans()):
                return clock.Between(*self.of(_WINDOWS))
            days = self.draw(st.sets(st.sampled_from(_DAYS), min_size=1, max_size=4))
            return clock.Weekday(tuple(sorted(days)))
        if kind == "compare":
            op = self.of(nodes.COMPARISONS)
            return nodes.Compare(op, self.number(below), self.number(below))
        if kind == "cross":
            return nodes.Cross(self.of(nodes.CROSSES), self.number(below), self.number(below))
        if kind == "logic":
            op = self.of(("and", "or"))
            return nodes.Logic(op, self.condition(below), self.condition(below))
        if kind == "not":
            return nodes.Not(self.condition(below))
        return nodes.ShiftedCondition(self.whole(0, 12), self.condition(below))

    def lively(self, op: str) -> Condition:
        """Draw a condition that is true now and then, whatever the market."""
        drawn = self.condition(_DEEP)
        mean = nodes.Indicator("ema", (self.whole(2, 6),), None)
        crossed = nodes.Cross(op, nodes.Price("close"), mean)
        found: Condition = self.of((drawn, drawn | crossed, crossed & ~drawn, crossed))
        return found

    def level(self, sign: float, pip: float) -> Number | Level | None:
        """Draw a stop or target; mostly one on its right side of a long's close."""
        kind = self.of(("none", "pips", "distance", "price", "any"))
        if kind == "none":
            return None
        if kind == "pips":
            return levels.Pips(self.of((1.0, 2.5, 10.0)), pip)
        ranges = nodes.Indicator("atr", (self.whole(1, 5),), None)
        if kind == "distance":
            return levels.Distance(self.of((0.5, 1.5)) * ranges)
        if kind == "price":
            price: Number = nodes.Price("close") + sign * self.of((0.5, 1.5)) * ranges
            return price
        return self.number(2)


def draw_plan(
    draw: st.DrawFn,
    pip: float,
    timeframes: Sequence[str | None] = (None,),
    symbols: Sequence[str | None] = (None,),
    symbol: str | None = None,
    *,
    clock: bool = True,
) -> Plan:
    """Draw a strategy.

    Parameters
    ----------
    draw
        Given by hypothesis.
    pip : float
        Price units of one pip.
    timeframes, symbols
        What nodes may name; None among them: the strategy's own.
    symbol : str, optional
        What is traded.
    clock : bool
        Whether there may be windows of the clock.
    """
    trees = _Trees(draw, timeframes, symbols, clock)
    sides = trees.of(("long", "short", "both", "both"))
    kind = trees.of(("market", "market", "limit", "stop"))
    long = None if sides == "short" else trees.lively("crosses_above")
    short = None if sides == "long" else trees.lively("crosses_below")
    entry = None
    if kind != "market":
        entry = nodes.Price("close") + trees.of((-4.0, -1.0, 1.0, 4.0)) * pip
    stop = trees.level(-1.0, pip)
    target = trees.level(1.0, pip)
    if stop is not None and draw(st.integers(0, 3)) == 0:
        target = levels.RMultiple(trees.of((1.0, 2.0)))
    return Plan(long, short, entry, stop, target, kind, None, symbol)


@st.composite
def plans(draw: st.DrawFn, /, **options: Any) -> Plan:
    """Draw a strategy; options of `draw_plan`."""
    return draw_plan(draw, options.pop("pip", 0.0001), **options)


def expressions(max_bars: int = 60) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a case of one symbol, or one in four of several."""
    one = _one(max_bars)
    return st.one_of(one, one, one, _several(max_bars))


@st.composite
def _one(draw: st.DrawFn, max_bars: int) -> dict[str, Any]:
    market = draw_market(draw, draw(st.integers(2, max_bars)))
    plan = draw_plan(draw, float(market.pip))
    return {
        "id": "fuzz/random/expressions",
        "kind": "run",
        "config": draw_config(draw, market, draw(st.sampled_from(["any", "manager"]))),
        "bars": market.rows,
        "strategy": {"name": "expressions", "document": plan.to_json()},
    }


@st.composite
def _several(draw: st.DrawFn, max_bars: int) -> dict[str, Any]:
    several = draw_several(draw, draw(st.integers(2, max_bars)), clock=draw(st.booleans()))
    names = list(several.data["symbols"])
    # Now and then windows of the clock where there is none: an error, the same on each backend.
    clock = several.kind == "time" or draw(st.integers(0, 9)) == 0
    pip = float(several.markets[0].pip)
    plan = draw_plan(draw, pip, symbols=(None, None, *names), symbol=names[0], clock=clock)
    config = config_of_several(draw, several, draw(st.sampled_from(["any", "manager"])), "none")
    if several.kind != "time":
        forget_the_clock(config)
    return {
        "id": "fuzz/random/expressions_of_several",
        "kind": "run",
        "config": config,
        **several.data,
        "strategy": {"name": "expressions", "document": plan.to_json()},
    }
