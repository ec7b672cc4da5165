"""A strategy whose signals are expressions (rules of the chapter Q)."""

# ruff: noqa: SLF001 - a class makes objects of its own from a plan

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fillproof.expressions.plan import Plan

from ..account_checks import clock_error
from ..sessions import timeframe_us
from ..signals import TradeSignal
from .evaluation import Evaluation, Signals
from .sources import Sources
from .tree import parse

DIRECTIONS = {1: "long", -1: "short"}
# No bar has this index, so that the next one begins anew.
NOWHERE = -1


class ExpressionStrategy:
    """Buys and sells where conditions are true, with prices that are expressions.

    All expressions are computed from the first bar of the data on, warm-up included, and begin
    anew with each run; a signal is made at every bar of which a condition is true. Where both are,
    and where a price of the signal has no value, there is none.

    Parameters
    ----------
    long, short : condition, optional
        When to buy and when to sell; at least one of them.
    entry : expression, optional
        Price of limit and stop orders.
    stop, target : expression, pips, distance or r_multiple, optional
        A price, or how far from the entry: of market orders the opening side's close.
    type : {"market", "limit", "stop"}
    timeframe : str, optional
        Candles that are meant where an expression names none; None: the bars of the run.
    symbol : str, optional
        What is traded; needed where a run has several symbols.
    reason : str, optional
        Text recorded with each signal.

    Errors
    ------
    EXPRESSION_INVALID; PERIOD_INVALID, NUMBER_INVALID of settings; when a run starts
    SYMBOL_UNKNOWN, TIMEFRAME_UNKNOWN, SIDE_UNKNOWN, LENGTHS_DIFFER, and TIMEFRAME_INVALID where a
    condition looks at the clock and the timeframe is not the length of a bar.

    Examples
    --------
    >>> from fillproof.expressions import ema, pips
    >>> fast, slow = ema(10), ema(50)
    >>> ExpressionStrategy(fast.crosses_above(slow), fast.crosses_below(slow), stop=pips(10))
    ExpressionStrategy(long=ema(10).crosses_above(ema(50)), short=ema(10).crosses_below(ema(50)), stop=pips(10.0))
    """  # noqa: E501 - what is printed is one line

    def __init__(
        self,
        long: Any = None,
        short: Any = None,
        *,
        entry: Any = None,
        stop: Any = None,
        target: Any = None,
        type: str = "market",
        timeframe: str | None = None,
        symbol: str | None = None,
        reason: str | None = None,
    ) -> None:
        self._take(Plan(long, short, entry, stop, target, type, timeframe, symbol, reason))

    def _take(self, plan: Plan) -> None:
        self._plan = plan
        self._tree = parse(plan.to_json())
        self._sources: Sources | None = None
        self._evaluation = Evaluation(self._tree, 0)
        self._signals: Signals | None = None
        # Bar of the first row of the signals, and the one after the last bar taken in.
        self._first = 0
        self._fed = 0
        self._last_index = NOWHERE

    def use_ordinals(self) -> None:
        """Take bars whose times are places, of a run with other keys than times (L4.clock).

        Errors
        ------
        CLOCK_REQUIRED
        """
        if self._tree.has_sessions:
            raise clock_error("between, weekday", self)

    @property
    def plan(self) -> Plan:
        """What it does, without a backend."""
        return self._plan

    @property
    def parameters(self) -> dict[str, float]:
        """Name -> value of each parameter."""
        return self._plan.parameters

    @classmethod
    def of(cls, plan: Plan) -> ExpressionStrategy:
        """Make the strategy of a plan."""
        made = cls.__new__(cls)
        made._take(plan)
        return made

    def bind(self, **values: float) -> ExpressionStrategy:
        """Return the strategy with other values of its parameters.

        Errors
        ------
        EXPRESSION_INVALID
        """
        return type(self).of(self._plan.bind(**values))

    def to_json(self) -> str:
        """Write the strategy as a JSON document."""
        return self._plan.to_json()

    @classmethod
    def from_json(cls, text: str) -> ExpressionStrategy:
        """Read what `to_json` wrote.

        Errors
        ------
        EXPRESSION_INVALID
        """
        return cls.of(Plan.from_json(text))

    def save(self, path: str | Path) -> Path:
        """Write the strategy to a JSON file."""
        return self._plan.save(path)

    @classmethod
    def load(cls, path: str | Path) -> ExpressionStrategy:
        """Read a strategy from a JSON file.

        Errors
        ------
        EXPRESSION_INVALID
        """
        return cls.of(Plan.load(path))

    def on_data(self, slice_map: Mapping[str, Any]) -> list[TradeSignal] | None:
        """Evaluate the current bar."""
        sources = self._sources
        if sources is None or not sources.is_of(slice_map):
            sources = self._begin(slice_map)
        view = slice_map[sources.symbol]
        index = view.index
        if index <= self._last_index:
            # A second run, over the same data.
            sources = self._begin(slice_map)
        self._last_index = index
        if self._fed <= index:
            rows = sources.between(slice_map, self._fed, index + 1)
            self._first, self._fed = self._fed, index + 1
            self._signals = self._evaluation.update(rows)
        signals = self._signals
        row = index - self._first
        if signals is None or signals.direction[row] == 0:
            return None
        if hasattr(slice_map, "time"):
            time = slice_map.time
        else:
            # A slice that no engine moves has no bar of its own.
            time = (view.bid or view.latest(sources.timeframe, "bid")).timestamp
        return [
            TradeSignal(
                DIRECTIONS[int(signals.direction[row])],
                float(signals.entry[row]),
                None if signals.stop is None else float(signals.stop[row]),
                None if signals.target is None else float(signals.target[row]),
                sources.symbol,
                time,
                self._tree.type,
                self._tree.reason,
            )
        ]

    def _begin(self, slice_map: Mapping[str, Any]) -> Sources:
        """Begin anew; where the slices lend whole series, compute all bars at once."""
        sources = self._sources = Sources(self._tree, slice_map)
        length_us = timeframe_us(sources.timeframe, "timeframe") if self._tree.has_sessions else 0
        self._evaluation = Evaluation(self._tree, length_us)
        self._signals = None
        self._first = self._fed = 0
        self._last_index = NOWHERE
        if sources.is_own:
            rows = sources.whole(slice_map)
            self._fed = len(rows[0].is_new)
            self._signals = self._evaluation.update(rows)
        return sources

    def evaluate(
        self,
        index: int,  # noqa: ARG002 - the engine's signature; the slice knows its index
        slice_map: Mapping[str, Any],
    ) -> list[TradeSignal] | None:
        """Evaluate the current bar."""
        return self.on_data(slice_map)

    def __repr__(self) -> str:
        return f"ExpressionStrategy({self._plan.arguments()})"

    def __eq__(self, other: object) -> bool:
        plan = getattr(other, "plan", None)
        return NotImplemented if not isinstance(plan, Plan) else bool(self._plan == plan)

    def __hash__(self) -> int:
        return hash(self._plan)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).of, (self._plan,)
