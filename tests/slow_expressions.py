"""Expressions once more, bar by bar as a user would: from latest and series_ref alone."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np

from fillproof.expressions import Level, Plan, clock, levels, nodes

WEEK = 7 * 1440
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Callback:
    """Decides at each bar what a plan says; has to be called at every bar of the data.

    Parameters
    ----------
    engine
        The backend's package.
    plan : Plan
    timeframe : str
        Of the run.
    minutes : int
        Length of its bars.
    """

    def __init__(self, engine: Any, plan: Plan, timeframe: str, minutes: int) -> None:
        self._engine = engine
        self._plan = plan
        self._timeframe = timeframe
        self._length = timedelta(minutes=minutes)
        # Node -> what it gave at each bar so far.
        self._given: dict[Any, list[Any]] = {}

    def evaluate(self, index: int, slice_map: Any) -> Any:
        if index == 0:
            self._given = {}
        self._index = index
        self._map = slice_map
        self._symbol = self._plan.symbol or next(iter(slice_map))
        plan = self._plan
        parts = (plan.long, plan.short, plan.entry, plan.stop, plan.target)
        found = [None if part is None else self._at(part) for part in parts]
        long, short, entry, stop, target = found
        if bool(long) == bool(short):
            return None
        direction, sign = ("long", 1.0) if long else ("short", -1.0)
        view = slice_map[self._symbol]
        bid, ask = (view.latest(self._timeframe, side) for side in ("bid", "ask"))
        if plan.entry is None:
            opening = ask if long else bid
            if opening is None:
                return None
            entry = opening.close
        risk = math.nan
        if isinstance(plan.stop, Level):
            risk = stop
            stop = entry - sign * risk
            if not risk > 0.0:
                return None
        elif plan.stop is not None:
            risk = sign * (entry - stop)
        if isinstance(plan.target, Level):
            away = target * risk if isinstance(plan.target, levels.RMultiple) else target
            target = entry + sign * away
            if not away > 0.0:
                return None
        if not all(price is None or math.isfinite(price) for price in (entry, stop, target)):
            return None
        time = slice_map.time if hasattr(slice_map, "time") else view.bid.timestamp
        made = self._engine.TradeSignal(
            direction, entry, stop, target, self._symbol, time, plan.type, plan.reason
        )
        return [made]

    def _at(self, node: Any) -> Any:
        """Give what a node has at this bar."""
        given = self._given.setdefault(node, [])
        if len(given) <= self._index:
            given.append(getattr(self, "_" + type(node).__name__.lower())(node))
        return given[self._index]

    def _constant(self, node: nodes.Constant) -> float:
        return node.value

    def _parameter(self, node: nodes.Parameter) -> float:
        return float(node.default)

    def _view(self, node: Any) -> tuple[Any, str, str]:
        view = self._map[node.symbol or self._symbol]
        return view, node.timeframe or self._timeframe, node.side

    def _price(self, node: nodes.Price) -> float:
        view, timeframe, side = self._view(node)
        candle = view.latest(timeframe, side)
        return math.nan if candle is None else getattr(candle, node.field)

    def _indicator(self, node: nodes.Indicator) -> float:
        view, timeframe, side = self._view(node)
        new: list[Any] = []
        for candle in view.series_ref(timeframe, side):
            if candle is not None and not (new and new[-1].timestamp == candle.timestamp):
                new.append(candle)
        if not new:
            return math.nan
        settings = [getattr(value, "default", value) for value in node.settings]
        made = self._engine.precompute_indicators(new, {"it": (node.name, *settings)})
        name = "it" if node.line is None else f"it_{node.line}"
        return float(made[len(new) - 1][name])

    def _arithmetic(self, node: nodes.Arithmetic) -> float:
        a, b = np.float64(self._at(node.left)), np.float64(self._at(node.right))
        with np.errstate(all="ignore"):
            if node.op == "add":
                return float(a + b)
            if node.op == "subtract":
                return float(a - b)
            if node.op == "multiply":
                return float(a * b)
            if node.op == "divide":
                return float(a / b)
        if math.isnan(a) or math.isnan(b):
            return math.nan
        return float(min(a, b) if node.op == "minimum" else max(a, b))

    def _unary(self, node: nodes.Unary) -> float:
        x = self._at(node.of)
        return -x if node.op == "negative" else abs(x)

    def _shiftednumber(self, node: nodes.ShiftedNumber) -> float:
        return float(self._before(node, math.nan))

    def _shiftedcondition(self, node: nodes.ShiftedCondition) -> bool:
        return bool(self._before(node, False))

    def _before(self, node: Any, absent: Any) -> Any:
        self._at(node.of)
        place = self._index - getattr(node.bars, "default", node.bars)
        return absent if place < 0 else self._given[node.of][place]

    def _extreme(self, node: nodes.Extreme) -> float:
        self._at(node.of)
        bars = getattr(node.bars, "default", node.bars)
        last = self._given[node.of][-bars:]
        if len(last) < bars or not all(map(math.isfinite, last)):
            return math.nan
        return float(max(last) if node.op == "highest" else min(last))

    def _where(self, node: nodes.Where) -> float:
        then, otherwise = self._at(node.then), self._at(node.otherwise)
        return float(then if self._at(node.condition) else otherwise)

    def _compare(self, node: nodes.Compare) -> bool:
        a, b = self._at(node.left), self._at(node.right)
        if math.isnan(a) or math.isnan(b):
            return False
        return bool(
            {
                "less": a < b,
                "less_equal": a <= b,
                "greater": a > b,
                "greater_equal": a >= b,
                "equal": a == b,
                "not_equal": a != b,
            }[node.op]
        )

    def _cross(self, node: nodes.Cross) -> bool:
        a, b = self._at(node.left), self._at(node.right)
        if self._index == 0:
            return False
        was_a, was_b = (self._given[side][self._index - 1] for side in (node.left, node.right))
        if any(map(math.isnan, (a, b, was_a, was_b))):
            return False
        up, down = was_a <= was_b and a > b, was_a >= was_b and a < b
        return bool({"crosses_above": up, "crosses_below": down, "crosses": up or down}[node.op])

    def _logic(self, node: nodes.Logic) -> bool:
        a, b = self._at(node.left), self._at(node.right)
        return bool(a and b if node.op == "and" else a or b)

    def _not(self, node: nodes.Not) -> bool:
        return not self._at(node.of)

    def _end(self) -> Any:
        candle = self._map[self._symbol].latest(self._timeframe, "bid")
        return None if candle is None else candle.timestamp + self._length

    def _between(self, node: clock.Between) -> bool:
        end = self._end()
        if end is None:
            return False
        start, stop = (_minute(text) for text in (node.start, node.end))
        minute = end.hour * 60 + end.minute
        if len(node.start) > 5:
            minute += end.weekday() * 1440
        return start <= minute < stop if start < stop else minute >= start or minute < stop

    def _weekday(self, node: clock.Weekday) -> bool:
        end = self._end()
        return end is not None and DAYS[(end - timedelta(microseconds=1)).weekday()] in node.days

    def _pips(self, node: levels.Pips) -> float:
        return float(self._at(node.count) * node.pip_size)

    def _distance(self, node: levels.Distance) -> float:
        return float(self._at(node.of))

    def _rmultiple(self, node: levels.RMultiple) -> float:
        return float(self._at(node.count))


def _minute(text: str) -> int:
    day = DAYS.index(text[:3]) * 1440 if len(text) > 5 else 0
    return day + int(text[-5:-3]) * 60 + int(text[-2:])
