"""The order of the phases, told by a tracer and by spies, in every loop of every backend."""

from __future__ import annotations

from typing import Any

import pytest

from .market import START, SYMBOL, Market, Trader, bits, outcome, same


class Spied(Trader):
    """Writes down every call that a run makes to strategy, manager and progress."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.position_manager = self
        self.portfolio: Any = None

    def evaluate(self, index: int, slice_map: Any) -> Any:
        self.note("evaluate", index, list(slice_map))
        return self.signal(index, slice_map[SYMBOL])

    def manage_positions(self, **given: Any) -> None:
        ids = [[p.order_id for p in given[name]] for name in ("open_positions", "all_positions")]
        self.note("manage", given["symbol_slice"].index, bits(given["ask_candle"].close), *ids)

    def progress(self, current: int, total: int) -> None:
        self.note("progress", current, total)

    def note(self, *what: Any) -> None:
        rows = len(self.portfolio.equity_columns()["cash"])
        statuses = [(p.order_id, p.status) for p in self.executor.active_positions]
        self.calls.append((*what, rows, statuses))


def traced(backend: Any, fill: str, executor_class: Any, portfolio_class: Any) -> Any:
    market = Market(backend, 120)
    portfolio = (portfolio_class or backend.Portfolio)(10_000.0)
    policy = backend.ExecutionPolicy(fill, close_at_end=True)
    executor = market.executor(portfolio, executor_class, policy=policy)
    strategy = Spied()
    strategy.attach(backend, executor, portfolio)
    tracer = backend.Tracer()
    market.engine(strategy, executor, portfolio, strategy.progress, tracer=tracer).run()
    events = [{key: bits(value) for key, value in event.items()} for event in tracer.events]
    return strategy.calls, events, outcome(executor, portfolio)


@pytest.mark.parametrize("fill", ["close", "next_open"])
def test_one_order_in_both_loops_of_all_backends(backends, fill: str) -> None:
    def make(backend: Any) -> Any:
        class Executor(backend.ExecutionSimulator):
            pass

        class Portfolio(backend.Portfolio):
            pass

        native = traced(backend, fill, None, None)
        assert traced(backend, fill, Executor, None) == native
        assert traced(backend, fill, None, Portfolio) == native
        assert traced(backend, fill, Executor, Portfolio) == native
        return native

    calls, events, _ = same(backends, make)
    assert {call[0] for call in calls} == {"evaluate", "manage", "progress"}
    assert [event["seq"] for event in events] == list(range(len(events)))
    phases = [event["phase"] for event in events if event["bar"] == 0]
    assert phases[0] == "DATA"
    assert phases[-1] == "PORTFOLIO"


@pytest.mark.parametrize("start", [0, 1, 57, 119])
def test_warm_up_bars_are_seen_and_not_evaluated(backends, start: int) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, 120)
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        strategy = Spied()
        strategy.attach(backend, executor, portfolio)
        backend.EventEngine(
            market.bid, market.ask, strategy, executor, portfolio, market.data, SYMBOL,
            strategy.progress, market.bid[start].timestamp,
        ).run()  # fmt: skip
        return strategy.calls

    calls = same(backends, make)
    assert next(call for call in calls if call[0] == "evaluate")[1] == start
    assert calls[-1][:3] == ("progress", 120 - start, 120 - start)


def test_crossed_bars_warn_once_with_their_number(backends) -> None:
    from fillproof.errors import CrossedBarsWarning

    def make(backend: Any) -> Any:
        market = Market(backend, 50)
        market.ask = backend.Candles(
            *(getattr(market.ask, n) for n in ("time_us",)),
            *(getattr(market.ask, n) - 0.0001 for n in ("open", "high", "low", "close")),
        )
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        engine = market.engine(Trader(), executor, portfolio)
        engine.strategy.attach(backend, executor, portfolio)
        with pytest.warns(CrossedBarsWarning) as warned:
            engine.run()
        strict = market.executor(
            market.portfolio(), policy=backend.ExecutionPolicy(on_crossed="error")
        )
        with pytest.raises(ValueError, match="ask") as error:
            market.engine(Trader(), strict, strict.portfolio).run()
        refused = error.value
        return [str(w.message) for w in warned], engine.crossed_bars, refused.bar, refused.field

    messages, crossed, *_ = same(backends, make)
    assert len(messages) == 1
    assert crossed > 0


CHECKS = {
    "START_MISSING": lambda m: m["engine"](start=None),
    "LENGTHS_DIFFER": lambda m: m["engine"](ask=m["ask"][:-1]),
    "NO_BARS": lambda m: m["engine"](bid=[], ask=[]),
    "TIMES_DIFFER": lambda m: m["engine"](ask=[*m["ask"][:3], m["ask"][2], *m["ask"][4:]]),
    "BARS_NOT_ASCENDING": lambda m: m["engine"](
        bid=[*m["bid"][:3], m["bid"][2], *m["bid"][4:]],
        ask=[*m["ask"][:3], m["ask"][2], *m["ask"][4:]],
    ),
    "PRICE_NOT_FINITE": lambda m: m["engine"](bid=[*m["bid"][:3], m["nan"], *m["bid"][4:]]),
    "HIGH_TOO_LOW": lambda m: m["engine"](bid=[*m["bid"][:3], m["low"], *m["bid"][4:]]),
    "CANDLE_TYPE": lambda m: m["engine"](bid=[*m["bid"][:3], object(), *m["bid"][4:]]),
    "START_NOT_FOUND": lambda m: m["engine"](start=m["late"]),
    "TIME_TYPE": lambda m: m["engine"](start="2020-01-01"),
    "TIME_NAIVE": lambda m: m["engine"](start=START.replace(tzinfo=None)),
}


@pytest.mark.parametrize("code", CHECKS)
def test_checks_before_the_first_bar(backends, code: str) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, 8)
        bid, ask = list(market.bid), list(market.ask)
        third = bid[3]

        def engine(**given: Any) -> None:
            portfolio = market.portfolio()
            made = backend.EventEngine(
                given.get("bid", bid), given.get("ask", ask), Trader(),
                market.executor(portfolio), portfolio, market.data, SYMBOL, None,
                given.get("start", START),
            )  # fmt: skip
            with pytest.raises(Exception) as info:  # noqa: PT011
                made.run()
            caught.append((type(info.value).__name__, info.value.code, info.value.bar))
            caught.append((info.value.field, info.value.symbol))

        def changed(**prices: float) -> Any:
            names = ("open", "high", "low", "close")
            return backend.Candle(
                third.timestamp, *(prices.get(name, getattr(third, name)) for name in names)
            )

        caught: list[Any] = []
        CHECKS[code](
            {
                "engine": engine,
                "bid": bid,
                "ask": ask,
                "nan": changed(low=float("nan")),
                "low": changed(high=third.low / 2),
                "late": START.replace(year=2021),
            }
        )
        return caught

    assert same(backends, make)[0][1] == code


def test_the_fault_of_an_earlier_bar_comes_first(backends) -> None:
    """A list is read bar by bar: what cannot be read at bar 5 does not hide a fault of bar 2."""

    def make(backend: Any) -> Any:
        market = Market(backend, 8)
        bid, ask = list(market.bid), list(market.ask)
        bid[5] = object()
        ask[2] = backend.Candle(ask[2].timestamp, 1.0, 0.5, 0.4, 0.45)
        portfolio = market.portfolio()
        market.bid, market.ask = bid, ask
        found = []
        for _ in range(2):
            with pytest.raises((ValueError, TypeError)) as info:
                market.engine(Trader(), market.executor(portfolio), portfolio).run()
            found.append((info.value.code, info.value.bar, info.value.field))
            bid[5] = market.backend.Candle(bid[4].timestamp, 1.1, 1.1, 1.1, 1.1)
        return found

    same(backends, make)
