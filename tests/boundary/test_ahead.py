"""Callbacks run ahead of an idle engine; whoever looks sees the bar they are at."""

from __future__ import annotations

import gc
import random
import threading
from types import ModuleType
from typing import Any

import pytest

from .market import SYMBOL, Market, Trader, bits, outcome, same, trade_rows

#: What a callback may look at, by a name for it.
LOOKS = {
    "equity": lambda e, p: bits(p.equity),
    "maxima": lambda e, p: [bits(x) for x in (p.max_equity, p.max_drawdown, p.max_drawdown_worst)],
    "below": lambda e, p: bits(p.initial_max_drawdown),
    "summary": lambda e, p: p.get_summary(),
    "rows": lambda e, p: [list(map(bits, c[-3:].tolist())) for c in p.equity_columns().values()],
    "cash": lambda e, p: (bits(p.cash), bits(p.total_fees), p.last_exit_time),
    "open": lambda e, p: trade_rows(p.open_positions),
    "of symbol": lambda e, p: trade_rows(p.get_open_positions(SYMBOL)),
    "active": lambda e, p: trade_rows(e.active_positions),
    "state": lambda e, p: e.state(),
    "signals": lambda e, p: e.signal_columns()["outcome"],
    "closed": lambda e, p: len(p.closed_positions),
    "appraised": lambda e, p: (
        [bits(x) for x in p.appraise(p.last_exit_time)[:2]] if p.last_exit_time else None
    ),
}


class Looker(Trader):
    """Trades, looks and orders at random bars; what it saw is the same on every backend."""

    def __init__(self, seed: int, rarely: int, manages: bool) -> None:
        self.chance = random.Random(seed)
        self.rarely, self.manages = rarely, manages
        self.seen: list[Any] = []
        self.ticks = self.chance.choice([12, 22, 60])
        self.every = self.chance.choice([3, 7, 20])

    def attach(self, backend: ModuleType, executor: Any, portfolio: Any) -> None:
        super().attach(backend, executor, portfolio)
        if self.manages:
            self.position_manager = Manager(self)

    def look(self, index: int, when: str) -> None:
        if self.chance.randrange(self.rarely):
            return
        name = self.chance.choice(sorted(LOOKS))
        self.seen.append((index, when, name, LOOKS[name](self.executor, self.portfolio)))

    def order(self) -> None:
        if self.chance.randrange(self.rarely):
            return
        for position in self.executor.active_positions:
            match self.chance.randrange(4):
                case 0 if position.stop_loss is not None:
                    position.stop_loss += 1e-5 * self.chance.choice([-3, 3])
                case 1:
                    self.executor.close(position)
                case 2:
                    self.executor.cancel(position)
                case _:
                    self.executor.modify(position, tp=position.take_profit)

    def evaluate(self, index: int, slice_map: Any) -> Any:
        self.look(index, "first")
        self.order()
        view = slice_map[SYMBOL]
        given = self.signal(index, view)
        if given is not None and self.chance.random() < 0.3:
            bid = view.latest("M1")
            entry = bid.close - 5e-5
            given = self.backend.TradeSignal(
                "long", entry, entry - 2e-4, entry + 4e-4, SYMBOL, bid.timestamp, "limit",
                meta={"max_bars": 9},
            )  # fmt: skip
        self.look(index, "then")
        return given


class Manager:
    """Comes and goes; what it looks at is that of the exits of the bar."""

    portfolio = None

    def __init__(self, of: Looker) -> None:
        self.of = of

    def manage_positions(self, **given: Any) -> None:
        self.of.seen.append(("managed", given["bid_candle"].close, len(given["open_positions"])))
        self.of.look(-1, "managed")
        self.of.order()
        if not self.of.chance.randrange(9):
            self.of.position_manager = None


@pytest.mark.parametrize("manages", [False, True], ids=["alone", "managed"])
@pytest.mark.parametrize("rarely", [1, 6, 40])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_seen_and_done_at_any_bar(backends, seed: int, rarely: int, manages: bool) -> None:
    def make(backend: Any) -> Any:
        looker = Looker(seed, rarely, manages)
        market = Market(backend, 400, seed)
        portfolio = market.portfolio()
        policy = backend.ExecutionPolicy(max_positions=[None, 1, 3][seed % 3])
        executor = market.executor(portfolio, policy=policy)
        looker.attach(backend, executor, portfolio)
        market.engine(looker, executor, portfolio).run()
        return looker.seen, outcome(executor, portfolio)

    seen, result = same(backends, make)
    assert seen
    assert result["closed"]


@pytest.mark.parametrize("name", sorted(LOOKS))
def test_an_error_leaves_the_bar_it_was_raised_at(backends, name: str) -> None:
    class Failing(Trader):
        every = 40

        def evaluate(self, index: int, slice_map: Any) -> Any:
            if index == 131:
                raise KeyError(index)
            return super().evaluate(index, slice_map)

    def make(backend: Any) -> Any:
        market, strategy = Market(backend), Failing()
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        strategy.attach(backend, executor, portfolio)
        with pytest.raises(KeyError):
            market.engine(strategy, executor, portfolio).run()
        assert len(portfolio.equity_columns()["equity"]) == 131
        return LOOKS[name](executor, portfolio), outcome(executor, portfolio)

    same(backends, make)


def test_another_run_within_a_callback(backends) -> None:
    class Nesting(Trader):
        every = 40

        def evaluate(self, index: int, slice_map: Any) -> Any:
            if index == 90:
                inner = Trader()
                inner.attach(self.backend, self.executor, self.portfolio)
                self.market.engine(inner, self.executor, self.portfolio).run()
                self.seen = bits(self.portfolio.equity), len(self.portfolio.closed_positions)
            return super().evaluate(index, slice_map)

    def make(backend: Any) -> Any:
        strategy = Nesting()
        strategy.market = Market(backend, 120)
        portfolio = strategy.market.portfolio()
        executor = strategy.market.executor(portfolio)
        strategy.attach(backend, executor, portfolio)
        strategy.market.engine(strategy, executor, portfolio).run()
        return strategy.seen, outcome(executor, portfolio)

    same(backends, make)


def test_a_thread_sees_the_bar_that_the_callback_is_at(backend) -> None:
    class Telling(Trader):
        every = 50

        def __init__(self) -> None:
            self.rows: list[int] = []

        def evaluate(self, index: int, slice_map: Any) -> Any:
            if index % 30 == 29:
                look = threading.Thread(target=self.look)
                look.start()
                look.join()
                assert self.rows[-1] == index
            return super().evaluate(index, slice_map)

        def look(self) -> None:
            self.rows.append(len(self.portfolio.equity_columns()["equity"]))

    strategy = Telling()
    Market(backend).run(strategy)
    assert len(strategy.rows) == 10


def test_a_level_written_while_an_object_is_dropped(backends) -> None:
    class Parting:
        def __init__(self, executor: Any) -> None:
            self.executor = executor

        def __del__(self) -> None:
            for position in self.executor.active_positions:
                position.stop_loss = round(position.stop_loss + 1e-5, 5)

    class Dropping(Trader):
        every = 60
        ticks = 200

        def evaluate(self, index: int, slice_map: Any) -> Any:
            if index % 25 == 10:
                Parting(self.executor)
                gc.collect()
            return super().evaluate(index, slice_map)

    result = same(backends, lambda backend: outcome(*Market(backend).run(Dropping())))
    assert result["closed"] or result["open"]


def test_series_that_are_exchanged_during_a_run(backends) -> None:
    class Exchanging(Trader):
        def __init__(self, market: Market) -> None:
            self.market = market
            self.seen: list[str] = []

        def evaluate(self, index: int, slice_map: Any) -> Any:
            view = slice_map[SYMBOL]
            match index:
                case 20:
                    self.market.data["M1"]["bid"] = self.market.ask
                case 40:
                    self.market.data["M1"] = {"bid": self.market.bid, "ask": self.market.bid}
                case 60:
                    self.market.data["M1"]["ask"] = self.market.ask
            for side in ("bid", "ask"):
                self.seen.append(bits(view.latest("M1", side).close))
                self.seen.append(bits(view.latest(*["M1", side]).high))
            return None

    def make(backend: Any) -> Any:
        market = Market(backend, 80)
        strategy = Exchanging(market)
        market.run(strategy)
        return strategy.seen

    seen = same(backends, make)
    assert seen[4 * 20] == seen[4 * 20 + 2], "the bid was exchanged for the ask"
