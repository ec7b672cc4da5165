"""Runs over several symbols: the same on every backend and in both loops, and what they refuse."""

from __future__ import annotations

import warnings
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from fillproof.errors import CrossedBarsWarning, FillproofError

from .market import same
from .pairs import START, SYMBOLS, candle_lookups, make, minutes

POLICIES = [
    {},
    {"market_fill": "next_open", "close_at_end": True},
    {"intrabar": "ohlc", "on_marketable": "reject"},
    {"intrabar": "best", "gap_fill": "level", "close_at_end": True},
]


def trailing(backend: ModuleType) -> Any:
    return backend.PositionManager(
        max_holding_bars=9,
        break_even=backend.BreakEven(after_r=0.4),
        trailing=backend.Trailing(atr=1.5, period=5),
        partials=[backend.Partial(0.5, after_r=0.6)],
    )


@pytest.mark.parametrize("policy", POLICIES, ids=["plain", "next_open", "ohlc", "best"])
@pytest.mark.parametrize("seed", range(6))
def test_the_same_on_every_backend(
    backends: dict[str, ModuleType], seed: int, policy: dict[str, Any]
) -> None:
    manager = trailing if seed % 2 else None
    left = same(backends, lambda b: make(b, seed, policy=policy, manager=manager))
    assert len(left["closed"]) > 5
    assert min(left["holes"].values()) > 3


@pytest.mark.parametrize("seed", range(4))
def test_a_subclass_goes_the_other_loop_and_leaves_the_same(backend: ModuleType, seed: int) -> None:
    class Derived(backend.ExecutionSimulator):  # type: ignore[misc, name-defined]
        """Nothing of its own, but not exactly ours."""

    plain = make(backend, seed, manager=trailing)
    assert make(backend, seed, manager=trailing, executor_class=Derived) == plain


def test_groups_over_symbols_decide_something(backends: dict[str, ModuleType]) -> None:
    rules: set[str] = set()
    for seed in range(20, 32):
        left = same(backends, lambda b, seed=seed: make(b, seed))
        rules |= {event["rule"] for event in left["events"]}
    assert {"S4.oco_across", "S4.oco_cancelled", "S3.no_bar", "L8.dropped"} <= rules


def test_closes_wait_for_the_symbol_in_a_hole(backend: ModuleType) -> None:
    """Ordered in ENTRY of key 1 and in MANAGE of key 2, both in the hole; carried out at key 4."""
    keys = minutes(6)
    lookups = candle_lookups(backend, keys, 1, holes=0.0)
    for key in keys[1:4]:
        del lookups["GBPUSD"]["ask"][key]
    portfolio = backend.Portfolio()
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.1))
    seen: list[Any] = []

    class Strategy:
        def evaluate(self, index: int, market: Any) -> Any:
            seen.append([p.status for p in portfolio.closed_positions])
            if index == 0:
                return [signal(market, "GBPUSD"), signal(market, "GBPUSD")]
            if index == 1:
                executor.close(1)
            return None

        @property
        def position_manager(self) -> Any:
            if len(seen) == 3:
                executor.close(2)
            return None

    def signal(market: Any, symbol: str) -> Any:
        return backend.TradeSignal("long", None, 0.5, 2.0, symbol, market.time)

    run(backend, lookups, keys, Strategy(), executor, portfolio)
    closed = portfolio.closed_positions
    assert [(p.order_id, p.exit_time, p.exit_rule) for p in closed] == [
        (1, keys[4], "X5.manual"),
        (2, keys[4], "X5.manual"),
    ]
    assert closed[0].exit_price == lookups["GBPUSD"]["bid"][keys[4]].close
    assert executor.refused_commands == []


def test_a_close_that_no_bar_follows_is_dropped(backend: ModuleType) -> None:
    keys = minutes(4)
    lookups = candle_lookups(backend, keys, 1, holes=0.0)
    for key in keys[2:]:
        del lookups["GBPUSD"]["bid"][key]
    portfolio = backend.Portfolio()
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.1))

    def evaluate(index: int, market: Any) -> Any:
        if index == 1:
            return backend.TradeSignal("long", None, 0.5, 2.0, "GBPUSD", market.time)
        if index == 2:
            executor.close(1)
        return None

    run(backend, lookups, keys, SimpleNamespace(evaluate=evaluate), executor, portfolio)
    [refused] = executor.refused_commands
    assert (refused.rule, refused.field, refused.expected) == ("L8.dropped", "close", "a next bar")
    assert [p.status for p in portfolio.open_positions] == ["open"]


def run(
    backend: ModuleType, lookups: Any, keys: Any, strategy: Any, executor: Any, portfolio: Any,
    **options: Any,
) -> Any:  # fmt: skip
    start, on_progress = options.pop("start", None), options.pop("on_progress", None)
    engine = backend.CrossSymbolEventEngine(
        lookups, keys, strategy, executor, portfolio, "M1", on_progress, start, **options
    )
    engine.run()
    return engine


class Spy:
    """An executor, portfolio and manager of nobody's, that write down each call."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.active_positions: Any = ()
        self.portfolio = True

    def open_bar(self, bid: Any, ask: Any, symbol: str) -> None:
        self.calls.append(("open", symbol, bid, ask))

    def process_signal(self, signal: Any) -> None:
        self.calls.append(("signal", signal))

    def evaluate_exits(self, bid: Any, ask: Any) -> None:
        self.calls.append(("exits", bid, ask))

    def close_bar(self, timestamp: Any, last: bool = False) -> None:
        self.calls.append(("close", timestamp, last))

    def update(self, timestamp: Any) -> None:
        self.calls.append(("update", timestamp))

    def manage_positions(self, **given: Any) -> None:
        self.calls.append(("manage", given))


def spied(backend: ModuleType, keys: list[Any], lookups: Any, **options: Any) -> Spy:
    spy = Spy()
    spy.active_positions = tuple(
        SimpleNamespace(symbol=symbol, status=status)
        for symbol in ("GBPUSD", "EURUSD")
        for status in ("open", "pending")
    )

    def evaluate(index: int, market: Any) -> Any:
        spy.calls.append(("evaluate", index, market.timestamp, market.index))
        return ["a", "b"]

    strategy = SimpleNamespace(evaluate=evaluate, position_manager=spy)
    progress = options.pop("on_progress", lambda *done: spy.calls.append(("progress", *done)))
    run(backend, lookups, keys, strategy, spy, spy, on_progress=progress, **options)
    return spy


def test_foreign_parts_are_called_in_order(backend: ModuleType) -> None:
    keys = minutes(3)
    lookups = candle_lookups(backend, keys, 3, holes=0.0)
    del lookups["GBPUSD"]["bid"][keys[2]]
    spy = spied(backend, keys, lookups, start=keys[1])
    covered = ["EURUSD", "AUDUSD"]
    names = [call[0] for call in spy.calls]
    assert names == [
        *("open open open evaluate signal signal exits exits exits close".split()),
        *("manage manage manage update progress".split()),
        *("open open evaluate signal signal exits exits close manage manage update".split()),
        "progress",
    ]
    last = spy.calls[15:]
    assert [call[1] for call in last[:2]] == covered
    bid = lookups["EURUSD"]["bid"][keys[2]]
    assert last[0][2] is bid
    assert last[5][1] is bid
    assert last[2] == ("evaluate", 2, keys[2], 2)
    assert last[7] == ("close", keys[2], True)
    given = last[8][1]
    assert given["open_positions"] == [spy.active_positions[2]]
    assert given["bid_candle"] is bid
    assert given["all_positions"] is spy.active_positions
    assert given["symbol_slice"].timestamp == keys[2]
    assert last[9][1]["open_positions"] == []
    assert last[10:] == [("update", keys[2]), ("progress", 2, 2)]


@pytest.mark.parametrize("keys", [["a", "b", "c"], [1, 5, 10**30], [0.5, 1.5, 2.0]], ids=str)
def test_foreign_parts_see_keys_that_are_no_times(backend: ModuleType, keys: list[Any]) -> None:
    bars = minutes(3)
    lookups = {
        symbol: {
            side: {key: lookup[bar] for key, bar in zip(keys, bars, strict=True)}
            for side, lookup in sides.items()
        }
        for symbol, sides in candle_lookups(backend, bars, 3, holes=0.0).items()
    }
    spy = spied(backend, keys, lookups, start=keys[1])
    assert [call[2] for call in spy.calls if call[0] == "evaluate"] == keys[1:]
    assert [call[1] for call in spy.calls if call[0] in ("close", "update")] == [
        key for key in keys[1:] for _ in range(2)
    ]
    assert spy.calls[0][2] is lookups["EURUSD"]["bid"][keys[1]]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("derived", [False, True])
def test_ordinals_are_the_clock_of_our_parts(
    backends: dict[str, ModuleType], seed: int, derived: bool
) -> None:
    keys = [f"k{place:03}" for place in range(50)]

    def made(backend: ModuleType) -> Any:
        base: Any = backend.ExecutionSimulator
        return make(
            backend, seed, keys=keys, manager=trailing, start="k005",
            executor_class=type("Derived", (base,), {}) if derived else None,
        )  # fmt: skip

    left = same(backends, made)
    assert left["ordinal"]
    assert [row[0] for row in left["curve"]] == list(range(5, 50))
    assert len(left["closed"]) > 5


def shift(lookups: Any, symbol: str, side: str, key: Any, **fields: Any) -> None:
    """Put another candle in a place."""
    old = lookups[symbol][side][key]
    kept = {name: getattr(old, name) for name in ("timestamp", "open", "high", "low", "close")}
    lookups[symbol][side][key] = SimpleNamespace(**{**kept, **fields})


# What is wrong: each function spoils the input and returns options of the engine.
REFUSALS: dict[str, Any] = {}


def spoils(function: Any) -> Any:
    REFUSALS[function.__name__] = function
    return function


@spoils
def no_keys(lookups: Any, keys: Any) -> Any:
    keys.clear()


@spoils
def no_symbols(lookups: Any, keys: Any) -> Any:
    lookups.clear()


@spoils
def other_type(lookups: Any, keys: Any) -> Any:
    keys[2] = 7


@spoils
def no_type(lookups: Any, keys: Any) -> Any:
    keys[0] = True


@spoils
def naive(lookups: Any, keys: Any) -> Any:
    keys[1] = keys[1].replace(tzinfo=None)


@spoils
def not_ascending(lookups: Any, keys: Any) -> Any:
    keys[2] = keys[1]


@spoils
def start_type(lookups: Any, keys: Any) -> Any:
    return {"start": "2024"}


@spoils
def start_late(lookups: Any, keys: Any) -> Any:
    return {"start": keys[-1] + timedelta(minutes=1)}


@spoils
def empty_key(lookups: Any, keys: Any) -> Any:
    for sides in lookups.values():
        sides["ask" if len(sides["ask"]) == 4 else "bid"].pop(keys[2])


@spoils
def strict(lookups: Any, keys: Any) -> Any:
    del lookups["GBPUSD"]["ask"][keys[1]]
    del lookups["EURUSD"]["bid"][keys[2]]
    return {"coverage": "strict"}


@spoils
def coverage(lookups: Any, keys: Any) -> Any:
    keys.clear()
    return {"coverage": "some"}


@spoils
def coverage_type(lookups: Any, keys: Any) -> Any:
    return {"coverage": None}


@spoils
def key_time(lookups: Any, keys: Any) -> Any:
    shift(lookups, "GBPUSD", "ask", keys[1], timestamp=keys[2])
    shift(lookups, "GBPUSD", "bid", keys[2], high=0.5)


@spoils
def price(lookups: Any, keys: Any) -> Any:
    shift(lookups, "GBPUSD", "ask", keys[1], low=float("nan"))
    shift(lookups, "AUDUSD", "bid", keys[0], timestamp=keys[2])


@spoils
def no_price(lookups: Any, keys: Any) -> Any:
    shift(lookups, "EURUSD", "bid", keys[3], close="1.1")


@spoils
def no_candle(lookups: Any, keys: Any) -> Any:
    lookups["EURUSD"]["ask"][keys[0]] = 3


@spoils
def crossed(lookups: Any, keys: Any) -> Any:
    shift(lookups, "AUDUSD", "ask", keys[1], low=0.1)
    return {"policy": {"on_crossed": "error"}}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(backends: dict[str, ModuleType], name: str) -> None:
    def refused(backend: ModuleType) -> dict[str, Any]:
        keys: list[Any] = minutes(4)
        lookups = candle_lookups(backend, keys, 5, holes=0.0)
        options = REFUSALS[name](lookups, keys) or {}
        policy = backend.ExecutionPolicy(**options.pop("policy", {}))
        portfolio = backend.Portfolio()
        executor = backend.ExecutionSimulator(portfolio, policy=policy)
        strategy = SimpleNamespace(evaluate=lambda index, market: pytest.fail("was evaluated"))
        with pytest.raises(FillproofError) as info:
            run(backend, lookups, keys, strategy, executor, portfolio, **options)
        error = info.value
        value = error.value
        return {
            "class": type(error).__name__, "code": error.code, "bar": error.bar,
            "symbol": error.symbol, "field": error.field, "expected": error.expected,
            "value": repr(value) if isinstance(value, float) else value,
        }  # fmt: skip

    left = same(backends, refused)
    assert left["code"] in {
        "NO_BARS", "KEY_TYPE", "TIME_NAIVE", "KEYS_NOT_ASCENDING", "START_NOT_FOUND", "KEY_EMPTY",
        "COVERAGE_MISSING", "OPTION_UNKNOWN", "TIMES_DIFFER", "PRICE_NOT_FINITE", "CANDLE_TYPE",
        "BARS_CROSSED",
    }  # fmt: skip


def test_crossed_bars_are_counted_and_told_once_a_symbol(backend: ModuleType) -> None:
    keys = minutes(4)
    lookups = candle_lookups(backend, keys, 5, holes=0.0)
    for symbol in ("EURUSD", "AUDUSD"):
        for key in keys[1:3]:
            shift(lookups, symbol, "ask", key, low=0.1)
    portfolio = backend.Portfolio()
    executor = backend.ExecutionSimulator(portfolio)
    strategy = SimpleNamespace(evaluate=lambda index, market: None)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", CrossedBarsWarning)
        engine = run(backend, lookups, keys, strategy, executor, portfolio)
    assert engine.crossed_bars == 4
    assert [str(one.message).split(" (")[0] for one in told] == [
        "2 of 4 bars of EURUSD are crossed",
        "2 of 4 bars of AUDUSD are crossed",
    ]


def test_a_method_replaced_in_evaluate_is_called_from_then_on(backend: ModuleType) -> None:
    keys = minutes(5)
    lookups = candle_lookups(backend, keys, 5, holes=0.0)
    portfolio = backend.Portfolio()
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.1))
    own, seen = executor.close_bar, []

    def close_bar(timestamp: Any, last: bool = False) -> None:
        seen.append(timestamp)
        own(timestamp, last=last)

    def evaluate(index: int, market: Any) -> Any:
        if index == 2:
            executor.close_bar = close_bar
        if index in (1, 2):
            return backend.TradeSignal("long", None, 0.5, 2.0, "AUDUSD", market.time)
        return None

    run(backend, lookups, keys, SimpleNamespace(evaluate=evaluate), executor, portfolio)
    assert seen == keys[2:]
    assert len(portfolio.open_positions) == 2
    assert [row[0] for row in portfolio.equity_curve] == keys


def test_an_exception_of_the_strategy_leaves_unchanged(backend: ModuleType) -> None:
    keys = minutes(4)
    portfolio = backend.Portfolio()
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.1))
    raised = KeyError("mine")

    def evaluate(index: int, market: Any) -> Any:
        if index == 2:
            raise raised
        return backend.TradeSignal("long", None, 0.5, 2.0, "EURUSD", START)

    lookups = candle_lookups(backend, keys, 5, holes=0.0)
    with pytest.raises(KeyError) as info:
        run(backend, lookups, keys, SimpleNamespace(evaluate=evaluate), executor, portfolio)
    assert info.value is raised
    assert len(portfolio.equity_curve) == 2
    assert len(executor.active_positions) == 2


def test_the_bar_of_an_error_is_the_place_of_the_key(backend: ModuleType) -> None:
    keys = minutes(4)
    portfolio = backend.Portfolio()
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.1))
    evaluate = SimpleNamespace(evaluate=lambda index, market: ["rubbish"])
    lookups = candle_lookups(backend, keys, 5, holes=0.0)
    with pytest.raises(FillproofError) as info:
        run(backend, lookups, keys, evaluate, executor, portfolio, start=keys[2])
    assert (info.value.code, info.value.bar) == ("SIGNAL_NOT_UNDERSTOOD", 2)


def test_symbols_come_in_the_order_of_the_lookups(backend: ModuleType) -> None:
    keys = minutes(2)
    lookups = dict(reversed(candle_lookups(backend, keys, 5, holes=0.0).items()))
    spy = spied(backend, keys, lookups)
    assert [call[1] for call in spy.calls[:3]] == list(reversed(SYMBOLS))
