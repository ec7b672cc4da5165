"""A run that jumps over its idle bars is the run without jumps, bit for bit."""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fillproof.errors import CrossedBarsWarning, ExitBufferWarning
from fillproof.expressions import close, ema, pips, r_multiple

from .market import SYMBOL

EXAMPLES = int(os.environ.get("FILLPROOF_JUMP_EXAMPLES", "150"))
REFERENCES = [
    name
    for name in ("python", "cython")
    if name in os.environ.get("FILLPROOF_TEST_BACKENDS", "python,cython").split(",")
]
START_US = 1_704_153_600_000_000
HOUR_US = 3_600_000_000
# Bars of a first run whose signals come from an object, with expiries and groups.
LEAD = 12

POLICIES = st.fixed_dictionaries(
    {
        "market_fill": st.sampled_from(["close", "close", "next_open", "signal"]),
        "close_at_end": st.booleans(),
        "intrabar": st.sampled_from(["worst", "worst_strict", "best", "ohlc", "candle_color"]),
        "gap_fill": st.sampled_from(["open", "level"]),
        "on_marketable": st.sampled_from(["fill", "reject"]),
        "limit_through_pips": st.sampled_from([0.0, 0.3]),
        "exit_buffer_pips": st.sampled_from([0.0, 0.0, 0.4]),
        "max_positions": st.sampled_from([None, 1, 1, 3]),
    }
)
CASES = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**31),
        "bars": st.integers(LEAD + 2, 160),
        "every": st.sampled_from([2, 5, 12, 60]),
        "policy": POLICIES,
        "sizing": st.sampled_from(
            [("FixedLots", 0.1), ("RiskAmount", 80.0), ("RiskFraction", 0.05)]
        ),
        "balance": st.sampled_from([10_000.0, 10_000.0, 40.0]),
        "slippage": st.sampled_from([(0.0, 0.0), (0.2, 0.0), (0.1, 0.5)]),
        "swap": st.sampled_from([0.0, 0.0, -3.5]),
        "digits": st.sampled_from([5, 5, None]),
        "least": st.sampled_from([0.0, 0.0, 0.0002]),
        "session": st.booleans(),
        "warm_up": st.integers(0, 4),
        "way": st.sampled_from(["columns", "columns", "crosses", "limits", "markets"]),
    }
)  # fmt: skip


class Market:
    """Random bars with gaps, holes in time and crossed quotes, and columns of signals over them."""

    def __init__(self, case: dict[str, Any]) -> None:
        random = np.random.default_rng(case["seed"])
        bars = case["bars"]
        close = 110_000 + np.cumsum(random.integers(-30, 31, bars))
        opened = np.concatenate([[110_000], close[:-1] + random.integers(-9, 10, bars - 1)])
        high = np.maximum(opened, close) + random.integers(0, 12, bars)
        low = np.minimum(opened, close) - random.integers(0, 12, bars)
        spread = random.integers(-1 if case["seed"] % 5 == 0 else 1, 9, bars)
        self.times = START_US + HOUR_US * np.cumsum(random.choice([1, 1, 1, 2, 50], bars))
        prices = (opened, high, low, close)
        self.bid = (self.times, *(column / 1e5 for column in prices))
        self.ask = (self.times, *((column + spread) / 1e5 for column in prices))
        self.direction = random.choice([1, -1], bars) * (
            random.integers(0, case["every"], bars) == 0
        )
        self.kinds = random.integers(0, 3, bars)
        near = (close + random.integers(-25, 26, bars)) / 1e5
        self.entry = np.where((self.kinds > 0) | (random.random(bars) < 0.2), near, np.nan)
        far = random.integers(1, 90, (2, bars)) / 1e5 * np.where(random.random(bars) < 0.05, -1, 1)
        middle = np.where(self.kinds > 0, near, close / 1e5)
        # Some lie between two ticks.
        between = np.random.default_rng(case["seed"] + 1).choice([0.0, 0.0, 6e-6, -6e-6], (2, bars))
        self.stop = (middle - self.direction * far[0]) + between[0]
        self.target = (middle + self.direction * far[1]) + between[1]
        self.stop[random.random(bars) < 0.1] = np.nan
        self.target[random.random(bars) < 0.3] = np.nan
        self.stop[random.random(bars) < 0.02] = np.inf
        self.meta = [
            {
                "oco": f"group{random.integers(0, 2)}" if random.random() < 0.5 else None,
                "max_bars": int(random.integers(1, 30)) if random.random() < 0.5 else None,
                "expires_at": datetime.fromtimestamp(time / 1e6, UTC)
                + timedelta(hours=int(random.integers(1, 90))),
            }
            for time in self.times
        ]


def play(backend: ModuleType, case: dict[str, Any]) -> tuple[Any, Any]:
    """Run both halves with one executor: orders of every kind first, then columns."""
    market = Market(case)
    portfolio = backend.Portfolio(case["balance"])
    name, size = case["sizing"]
    digits = case["digits"]
    spec = backend.SymbolSpec(
        SYMBOL, 0.0001, digits, min_stop_distance=case["least"],
        swap_long=case["swap"] if digits else 0.0, swap_short=0.0,
    )  # fmt: skip
    session = backend.Session("H1", no_entry=[("21:00", "02:00")]) if case["session"] else None
    executor = backend.ExecutionSimulator(
        portfolio,
        symbol_specs={SYMBOL: spec},
        sizing=getattr(backend, name)(size),
        slippage_model=backend.SlippageModel(*case["slippage"], seed=3),
        fee_model=backend.FeeModel(per_lot=3.5, minimum=0.1),
        policy=backend.ExecutionPolicy(**case["policy"]),
        session=session,
        timeframe="H1",
    )
    for first, until, lead in ((0, LEAD, True), (LEAD - case["warm_up"], case["bars"], False)):
        rows = slice(first, until)
        bid, ask = (backend.Candles(*(c[rows] for c in side)) for side in (market.bid, market.ask))
        strategy = strategy_of(backend, market, rows, "columns" if lead else case["way"])
        driven = WithOptions(strategy, market.meta) if lead else strategy
        start = datetime.fromtimestamp(market.times[0 if lead else LEAD] / 1e6, UTC)
        data = {"H1": {"bid": bid, "ask": ask}}
        engine = backend.EventEngine(
            bid, ask, driven, executor, portfolio, data, SYMBOL, None, start
        )
        engine.run()
    # Where a cross stands now, for a run that goes on with it.
    portfolio.kept = None
    if case["way"] == "crosses":
        averages = strategy._averages
        means = [mean.value for mean in (averages._fast, averages._slow)]
        portfolio.kept = repr((means, strategy._next_index, strategy._last, averages.direction))
    return executor, portfolio


def strategy_of(backend: ModuleType, market: Market, rows: slice, way: str) -> Any:
    """Make a strategy whose signals can be known before the run."""
    if way == "columns":
        columns = (market.direction, market.entry, market.stop, market.target, market.kinds)
        return backend.ColumnStrategy(*(column[rows] for column in columns))
    if way == "crosses":
        return backend.EmaCross("H1", 2, 4, 3.0, 5.0)
    fast, slow = ema(2), ema(5)
    up, down = fast.crosses_above(slow), fast.crosses_below(slow)
    if way == "limits":
        return backend.ExpressionStrategy(
            up, down, entry=slow, stop=pips(4), target=r_multiple(2), type="limit", reason="back"
        )
    return backend.ExpressionStrategy(up, down & (close() > slow - 0.0002), stop=pips(4))


class WithOptions:
    """Gives the signals of columns expiries, numbers of bars and groups."""

    def __init__(self, columns: Any, meta: list[dict[str, Any]]) -> None:
        self.columns = columns
        self.meta = meta

    def evaluate(self, index: int, slice_map: Any) -> Any:
        signals = self.columns.evaluate(index, slice_map)
        for signal in signals or ():
            if signal.type != "market":
                signal.meta.update({k: v for k, v in self.meta[index].items() if v is not None})
        return signals


def seen(executor: Any, portfolio: Any) -> list[Any]:
    """Return all that can be seen of a run; floats as text have all their bits."""
    return [
        *(column.tobytes() for column in portfolio.equity_columns().values()),
        *(
            repr([position.to_dict() for position in positions])
            for positions in (
                portfolio.exits, portfolio.open_positions, portfolio.expired_orders,
                executor.active_positions,
            )
        ),
        repr(executor.signal_columns()),
        getattr(portfolio, "kept", None),
        repr([(r, r.time) for r in executor.rejected_signals]),
        repr([row[:3] for row in portfolio.fees_log]),
        repr([row[:2] for row in portfolio.swaps_log]),
        repr(portfolio.get_summary()),
        repr(executor.state()),
        repr(
            [
                getattr(portfolio, name)
                for name in (
                    "cash", "equity", "max_equity", "max_drawdown", "max_drawdown_worst",
                    "initial_max_drawdown", "total_fees", "total_swap", "stale_rows",
                    "last_exit_time",
                )
            ]
        ),
    ]  # fmt: skip


class Counted:
    """Jumps that tell how many bars the plain loop was spared."""

    def __init__(self, jumps: Any, tally: Counter[str]) -> None:
        self.jumps = jumps
        self.tally = tally

    def after(self, bar: int) -> int:
        following: int = self.jumps.after(bar)
        self.tally["jumped"] += following - bar - 1
        return following


@pytest.mark.parametrize("name", REFERENCES)
def test_prop_jumps_change_no_bit(
    name: str, backends: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = backends[name]
    tally: Counter[str] = Counter()
    loop = sys.modules[backend.EventEngine.__module__]
    find_jumps = loop.find_jumps

    def counted(*run: Any) -> Counted | None:
        jumps = find_jumps(*run)
        return None if jumps is None else Counted(jumps, tally)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(CASES)
    def prop(case: dict[str, Any]) -> None:
        with warnings.catch_warnings():
            for category in (CrossedBarsWarning, ExitBufferWarning):
                warnings.simplefilter("ignore", category)
            monkeypatch.setattr(loop, "find_jumps", no_jumps)
            plain = seen(*play(backend, case))
            monkeypatch.setattr(loop, "find_jumps", counted)
            executor, portfolio = play(backend, case)
        assert seen(executor, portfolio) == plain, case
        tally["runs"] += 1
        tally["bars"] += case["bars"] - LEAD
        tally["exits"] += len(portfolio.exits)
        tally["expired"] += len(portfolio.expired_orders)
        tally["swaps"] += len(portfolio.swaps_log)
        tally["open"] += len(portfolio.open_positions)
        tally.update(rejection.rule for rejection in executor.rejected_signals)
        tally.update(position.exit_rule for position in portfolio.exits)

    prop()
    assert tally["runs"] == EXAMPLES
    # All but the first bar, the last and those that only the plain loop runs.
    assert tally["jumped"] > tally["bars"] * 0.8
    assert min(tally["exits"], tally["expired"], tally["swaps"], tally["open"]) > EXAMPLES // 3
    for rule in (
        "S3.max_positions",
        "S3.sides",
        "S3.distance",
        "S3.not_finite",
        "X1.stop",
        "X1.target",
        "X2.gap_stop",
    ):
        assert tally[rule] > 0, rule
    # An account without equity is rare.
    assert tally["S3.equity"] > 0 or EXAMPLES < 1_000


@pytest.mark.parametrize("name", REFERENCES)
def test_refused_for_want_of_room_or_for_something_before(
    name: str, backends: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One position stays open; each later signal is refused, by the first rule against it."""
    backend = backends[name]
    bars = 40
    close = 1.1 + np.arange(bars) % 3 * 1e-5
    times = START_US + HOUR_US * np.arange(bars)
    bid = backend.Candles(times, close, close, close, close)
    ask = backend.Candles(times, *(4 * [close + 1e-5]))
    stop, target = np.full(bars, 1.09), np.full(bars, 1.11)
    for row, level in ((4, 1.2), (8, np.inf), (12, 1.0999), (16, np.nan)):
        stop[row] = level
    direction = np.where(np.arange(bars) % 2 == 0, 1, 0)
    direction[20] = -1

    def run() -> tuple[Any, Any]:
        portfolio = backend.Portfolio(10_000.0)
        executor = backend.ExecutionSimulator(
            portfolio,
            symbol_specs={SYMBOL: backend.SymbolSpec(SYMBOL, 0.0001, 5, min_stop_distance=0.001)},
            sizing=backend.FixedLots(0.1),
            policy=backend.ExecutionPolicy(max_positions=1),
        )
        strategy = backend.ColumnStrategy(direction, None, stop, target)
        start = datetime.fromtimestamp(START_US / 1e6, UTC)
        backend.EventEngine(bid, ask, strategy, executor, portfolio, {}, SYMBOL, None, start).run()
        return executor, portfolio

    found = run()
    monkeypatch.setattr(sys.modules[backend.EventEngine.__module__], "find_jumps", no_jumps)
    assert seen(*found) == seen(*run())
    rules = {r.order_id: r.rule for r in found[0].rejected_signals}
    others = {3: "S3.sides", 5: "S3.not_finite", 7: "S3.distance", 11: "S3.sides"}
    assert rules == {number: others.get(number, "S3.max_positions") for number in range(2, 21)}


@pytest.mark.parametrize("name", REFERENCES)
def test_refused_for_want_of_equity_before_the_stop_is_reached(
    name: str, backends: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop lies beyond what the account can pay, so equity is gone while all stays open."""
    backend = backends[name]
    bars = 30
    close = np.where(np.arange(bars) < 10, 1.1, np.where(np.arange(bars) < 20, 1.0988, 1.1))
    times = START_US + HOUR_US * np.arange(bars)
    bid, ask = (backend.Candles(times, *(4 * [close + apart])) for apart in (0.0, 1e-5))
    direction = np.where(np.arange(bars) % 3 == 0, 1, 0)

    def run() -> tuple[Any, Any]:
        portfolio = backend.Portfolio(40.0)
        executor = backend.ExecutionSimulator(
            portfolio,
            symbol_specs={SYMBOL: backend.SymbolSpec(SYMBOL, 0.0001, 5)},
            sizing=backend.FixedLots(0.4),
            policy=backend.ExecutionPolicy(max_positions=1),
        )
        levels = (np.full(bars, level) for level in (1.098, 1.12))
        strategy = backend.ColumnStrategy(direction, None, *levels)
        start = datetime.fromtimestamp(START_US / 1e6, UTC)
        backend.EventEngine(bid, ask, strategy, executor, portfolio, {}, SYMBOL, None, start).run()
        return executor, portfolio

    found = run()
    monkeypatch.setattr(sys.modules[backend.EventEngine.__module__], "find_jumps", no_jumps)
    assert seen(*found) == seen(*run())
    rules = [rejected.rule for rejected in found[0].rejected_signals]
    assert rules == [*3 * ["S3.max_positions"], *3 * ["S3.equity"], *3 * ["S3.max_positions"]]


def no_jumps(*_: Any) -> None:
    return None


@pytest.mark.parametrize("name", REFERENCES)
def test_columns_of_equity_stay_as_they_were_read(
    name: str, backends: dict[str, ModuleType]
) -> None:
    """They are views; a row that is replaced afterwards is replaced elsewhere."""
    portfolio = backends[name].Portfolio(100.0)
    first, second = (datetime(2024, 1, day, tzinfo=UTC) for day in (2, 3))
    portfolio.update(first)
    before = portfolio.equity_columns()
    portfolio.register_fee(1.0, first, "entry_fee", None)
    portfolio.update(first)
    portfolio.update(second)
    assert before["cash"].tolist() == [100.0]
    assert portfolio.equity_columns()["cash"].tolist() == [99.0, 99.0]
    with pytest.raises(ValueError, match="read-only"):
        before["cash"][0] = 1.0


@pytest.mark.parametrize("name", REFERENCES)
def test_checked_candles_are_checked_again_with_others(
    name: str, backends: dict[str, ModuleType]
) -> None:
    backend = backends[name]
    times = START_US + HOUR_US * np.arange(4)
    bid, ask, crossed = (
        backend.Candles(times, *(4 * [np.full(4, price)])) for price in (1.1, 1.2, 1.0)
    )
    start = datetime.fromtimestamp(START_US / 1e6, UTC)

    def count(other: Any) -> int:
        portfolio = backend.Portfolio(100.0)
        executor = backend.ExecutionSimulator(portfolio)
        strategy = backend.ColumnStrategy([0, 0, 0, 0])
        engine = backend.EventEngine(
            bid, other, strategy, executor, portfolio, {}, SYMBOL, None, start
        )
        engine.run()
        return int(engine.crossed_bars)

    assert [count(ask), count(ask)] == [0, 0]
    for _ in range(2):
        with pytest.warns(CrossedBarsWarning):
            assert count(crossed) == 4
    assert count(ask) == 0
