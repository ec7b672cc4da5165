"""Objects and arguments with which `test_signatures.py` calls every public name of a backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from fillproof.expressions import Plan, close, param
from fillproof.signatures import Entry

from .helpers import moment, wave
from .signature_arguments import AT, Often, Quiet, common, special

BARS = 160
STREAMS = (
    "Sma Ema Rsi Macd Roc Dmi Bollinger Atr Choppiness Zscore KalmanMean KalmanZscore Garch "
    "KalmanGarchZscore"
).split()
#: Of three prices at a bar instead of one.
OF_BARS = ("Dmi", "Atr", "Choppiness")


class Bench:
    """Fresh objects of a backend, and legal arguments by name."""

    def __init__(self, engine: ModuleType) -> None:
        self.e: Any = engine

    @cached_property
    def sides(self) -> tuple[Any, Any]:
        bid, ask = wave(BARS)
        return self.e.Candles(*bid.columns()), self.e.Candles(*ask.columns())

    @property
    def data(self) -> dict[str, Any]:
        bid, ask = self.sides
        return {"M1": {"bid": bid, "ask": ask}}

    @cached_property
    def lookups(self) -> dict[str, Any]:
        bid, ask = (dict(zip(self.keys, list(side)[:30], strict=True)) for side in self.sides)
        short = {key: candle for key, candle in bid.items() if key != self.keys[9]}
        return {"EURUSD": {"bid": bid, "ask": ask}, "GBPUSD": {"bid": short, "ask": ask}}

    @cached_property
    def keys(self) -> list[datetime]:
        return [moment(minute) for minute in range(30)]

    @property
    def places(self) -> list[int]:
        return [-1, *range(BARS - 1)]

    def specs(self) -> dict[str, Any]:
        return {name: self.e.SymbolSpec(name, 0.0001, 5) for name in ("EURUSD", "GBPUSD")}

    def settings(self) -> dict[str, Any]:
        return {"symbol_specs": self.specs(), "sizing": self.e.FixedLots(0.1)}

    def executor(self) -> Any:
        """Make an executor with one open position and one waiting order, at the end of a bar."""
        bid, ask = self.sides
        made = self.e.ExecutionSimulator(self.e.Portfolio(), **self.settings())
        made.open_bar(bid[AT], ask[AT], symbol="EURUSD")
        # The next bar touches the stop of the one and is the end of the other.
        made.process_signal(self.signal(stop=bid[AT + 1].low))
        entry, end = bid[AT].close - 0.01, {"expires_at": bid[AT + 1].timestamp}
        made.process_signal(self.signal("limit", entry, entry - 0.01, end))
        made.close_bar(bid[AT].timestamp)
        return made

    def signal(
        self, kind: str = "market", entry: Any = None, stop: Any = None, meta: Any = None
    ) -> Any:
        candle = self.sides[0][AT]
        low = candle.close - 0.01 if stop is None else stop
        return self.e.TradeSignal(
            "long", entry, low, None, "EURUSD", candle.timestamp, kind, meta=meta
        )

    def portfolio(self) -> Any:
        made = self.e.Portfolio()
        made.register_entry(self.position())
        return made

    def position(self) -> Any:
        return self.e.PortfolioPosition(moment(0), "long", "EURUSD", 1.1, 1.09, 1.13, 0.1)

    def closed(self) -> Any:
        made = self.position()
        made.close(moment(5), 1.11, "manual")
        return made

    def slice(self) -> Any:
        made = self.e.SymbolDataSlice(self.data, "EURUSD")
        made.set_index(AT)
        return made

    def multi(self) -> Any:
        made = self.e.MultiSymbolSlice(self.lookups, self.keys, "M1")
        made.set_index(25)
        return made

    def wrapper(self) -> Any:
        return self.e.StrategyWrapper(Often())

    def engine(self) -> Any:
        bid, ask = self.sides
        portfolio = self.e.Portfolio()
        executor = self.e.ExecutionSimulator(portfolio, **self.settings())
        return self.e.EventEngine(
            bid, ask, self.wrapper(), executor, portfolio, self.data, "EURUSD", None, moment(3)
        )

    def cross_engine(self) -> Any:
        portfolio = self.e.Portfolio()
        executor = self.e.ExecutionSimulator(portfolio, **self.settings())
        return self.e.CrossSymbolEventEngine(
            self.lookups, self.keys, Quiet(), executor, portfolio, "M1"
        )

    def stream(self, name: str) -> Any:
        made = getattr(self.e, name)(**self.required(name))
        bid = self.sides[0]
        for bar in range(AT):
            prices = (bid.high[bar], bid.low[bar], bid.close[bar])
            made.update(*prices) if name in OF_BARS else made.update(bid.close[bar])
        return made

    def required(self, name: str) -> dict[str, Any]:
        return {"period": 5} if name in ("Sma", "Ema", "Atr") else {}

    def instance(self, name: str) -> Any:
        """Make a fresh object of a class, in the same state each time."""
        e = self.e
        makers: dict[str, Callable[[], Any]] = {
            "EventEngine": self.engine,
            "CrossSymbolEventEngine": self.cross_engine,
            "StrategyWrapper": self.wrapper,
            "ExecutionSimulator": self.executor,
            "Portfolio": self.portfolio,
            "PositionManager": lambda: e.PositionManager(max_holding_bars=1),
            "SymbolDataSlice": self.slice,
            "MultiSymbolSlice": self.multi,
            "SymbolView": lambda: self.multi()["EURUSD"],
            "SeriesView": lambda: self.slice().series_ref("M1"),
            "PortfolioPosition": self.position,
            "TradeSignal": self.signal,
            "Rejection": lambda: e.Rejection(1, 2, "EURUSD", "S3.sides", "stop_loss", 1.0, "< 1"),
            "Mark": lambda: e.Mark("X3.worst", 0, "target", 1.1, 5.0),
            "Tracer": e.Tracer,
            "Candle": lambda: self.sides[0][AT],
            "Candles": lambda: self.sides[0],
            "AlignedCandles": lambda: e.AlignedCandles(self.sides[0], self.places),
            "SymbolSpec": lambda: self.specs()["EURUSD"],
            "ExecutionPolicy": e.ExecutionPolicy,
            "FixedLots": lambda: e.FixedLots(0.1),
            "RiskAmount": lambda: e.RiskAmount(50.0),
            "RiskFraction": lambda: e.RiskFraction(0.01),
            "SlippageModel": e.SlippageModel,
            "FeeModel": e.FeeModel,
            "Session": lambda: e.Session("M1"),
            "Rates": lambda: e.Rates("USD", {"EUR/USD": 1.1}),
            "RateSeries": lambda: e.RateSeries([60_000_000], [1.1]),
            "Margin": lambda: e.Margin(30.0),
            "BreakEven": lambda: e.BreakEven(after_r=1.0),
            "Trailing": lambda: e.Trailing(pips=10.0),
            "Partial": lambda: e.Partial(0.5, after_r=1.0),
            "EmaCross": lambda: e.EmaCross("M1", 3, 9),
            "EmaAtr": lambda: e.EmaAtr("M1", 3, 9),
            "ZScoreReversion": lambda: e.ZScoreReversion("M1", 20),
            "Breakout": lambda: e.Breakout("M1"),
            "PairSpread": lambda: e.PairSpread("EURUSD", "GBPUSD"),
            "ColumnStrategy": lambda: e.ColumnStrategy([0, 1], stop=[0.0, 1.0]),
            "CrossColumnStrategy": lambda: e.CrossColumnStrategy(
                {"EURUSD": e.ColumnStrategy([0, 1])}
            ),
            "ExpressionStrategy": lambda: e.ExpressionStrategy(
                close() > close().shift(param("anything", 2))
            ),
            "IndicatorCache": lambda: e.IndicatorCache(self.data),
            "IndicatorBatch": lambda: e.precompute_indicators(self.sides[0], {"mean": ("sma", 3)}),
        }
        return makers[name]() if name in makers else self.stream(name)

    def target(self, name: str) -> Callable[..., Any]:
        """Return what is called under a name: a class, a function or a method of a fresh object."""
        owner, _, method = name.partition(".")
        if not method:
            found: Callable[..., Any] = getattr(self.e, owner)
            return found
        fresh: Callable[..., Any] = getattr(self.instance(owner), method)
        return fresh

    def arguments(self, name: str, needed: list[str]) -> dict[str, Any]:
        """Return legal arguments for parameters by name."""
        return {parameter: self._argument(name, parameter) for parameter in needed}

    def _argument(self, name: str, parameter: str) -> Any:
        values = {**common(self), **special(self).get(name.partition(".")[0], {})}
        given = values.get(f"{name}.{parameter}", values.get(parameter))
        assert f"{name}.{parameter}" in values or parameter in values, f"{name}: {parameter}"
        return given() if callable(given) and parameter != "on_progress" else given


def described(value: Any, table: Mapping[str, Entry], depth: int = 0) -> Any:
    """Say what a value is, so that two of them can be compared across calls and backends."""
    if isinstance(value, float):
        return float(value).hex()
    if value is None or isinstance(value, (bool, int, str, datetime, timedelta)):
        return value
    if isinstance(value, np.ndarray):
        return [described(item, table, depth + 1) for item in value.tolist()]
    if isinstance(value, Mapping):
        return {key: described(item, table, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [described(item, table, depth + 1) for item in value]
    if isinstance(value, Plan):
        return repr(value)
    kind = type(value).__name__
    entry = table.get(kind)
    if kind == "SeriesView":
        return [described(item, table, depth + 1) for item in value]
    if (
        entry is None
        or depth > 3
        or (depth and kind in ("Candles", "AlignedCandles", "IndicatorCache"))
    ):
        return kind
    if isinstance(value, SimpleNamespace):
        return vars(value)
    names = [*entry.read, *entry.write]
    return {name: described(getattr(value, name, None), table, depth + 1) for name in names}


def state_of(name: str, owner: Any) -> Any:
    """Return what a method may have changed."""
    if name == "ExecutionSimulator":
        orders = [(p.order_id, p.expires_at, p.stop_loss) for p in owner.active_positions]
        return owner.state(), orders, owner.portfolio.ledger_state()
    if name == "Portfolio":
        return owner.ledger_state(), len(owner.equity_curve), len(owner.fees_log)
    if name in ("EventEngine", "CrossSymbolEventEngine"):
        return owner.executor.signal_columns(), owner.portfolio.ledger_state()
    if name in ("SymbolDataSlice", "SymbolView", "MultiSymbolSlice"):
        return owner.index
    if name in STREAMS:
        return owner.value
    if name == "PortfolioPosition":
        return owner.to_dict()
    return owner.events if name == "Tracer" else None
