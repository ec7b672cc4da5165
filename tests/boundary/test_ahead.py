"""Callbacks run ahead of an idle engine; whoever looks sees the bar they are at."""

from __future__ import annotations

import gc
import random
import threading
from types import ModuleType, SimpleNamespace
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

    def __init__(self, seed: int, rarely: int, manages: bool, tells: int = 0) -> None:
        self.chance = random.Random(seed)
        self.tells = tells
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

    def told(self) -> Any:
        """Make a word that a bar is done, which looks and orders too; None for no word."""
        if not self.tells:
            return None

        def tell(done: int, total: int) -> None:
            self.seen.append(("told", done, total, bits(self.portfolio.equity)))
            self.look(done, "told")
            if not self.chance.randrange(3):
                self.order()
            tell.every = self.chance.choice([1, self.tells])  # type: ignore[attr-defined]

        tell.every = self.tells  # type: ignore[attr-defined]
        return tell


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


@pytest.mark.parametrize("tells", [0, 1, 5], ids=["silent", "told", "told at times"])
@pytest.mark.parametrize("manages", [False, True], ids=["alone", "managed"])
@pytest.mark.parametrize("rarely", [1, 6, 40])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_seen_and_done_at_any_bar(
    backends, seed: int, rarely: int, manages: bool, tells: int
) -> None:
    def make(backend: Any) -> Any:
        looker = Looker(seed, rarely, manages, tells)
        market = Market(backend, 400, seed)
        portfolio = market.portfolio()
        policy = backend.ExecutionPolicy(max_positions=[None, 1, 3][seed % 3])
        executor = market.executor(portfolio, policy=policy)
        looker.attach(backend, executor, portfolio)
        market.engine(looker, executor, portfolio, looker.told()).run()
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


@pytest.mark.parametrize("rarely", [False, True], ids=["every", "third"])
@pytest.mark.parametrize("name", sorted(LOOKS))
def test_an_error_of_a_word_that_a_bar_is_done(backends, name: str, rarely: bool) -> None:
    def make(backend: Any) -> Any:
        market, strategy, calls = Market(backend), Trader(), []
        strategy.every = 40
        strategy.ticks = 300

        def tell(done: int, total: int) -> None:
            calls.append(done)
            if done >= 130:
                raise KeyError(done)

        if rarely:
            tell.every = 3  # type: ignore[attr-defined]
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        strategy.attach(backend, executor, portfolio)
        with pytest.raises(KeyError):
            market.engine(strategy, executor, portfolio, tell).run()
        assert len(portfolio.equity_columns()["equity"]) == calls[-1]
        return calls, LOOKS[name](executor, portfolio), outcome(executor, portfolio)

    calls, *_ = same(backends, make)
    assert calls[-1] == (132 if rarely else 130)


def test_calls_come_in_the_order_of_the_bars(backends) -> None:
    class Ordered(Trader):
        every = 50
        ticks = 300

        def __init__(self) -> None:
            self.calls: list[tuple[str, int]] = []

        def evaluate(self, index: int, slice_map: Any) -> Any:
            self.calls.append(("evaluate", index))
            return super().evaluate(index, slice_map)

        @property
        def position_manager(self) -> None:
            self.calls.append(("look", self.calls[-1][1]))

        def tell(self, done: int, _total: int) -> None:
            self.calls.append(("tell", done - 1))

    def make(backend: Any) -> Any:
        strategy = Ordered()
        Market(backend).run(strategy, strategy.tell)
        return strategy.calls

    calls = same(backends, make)
    assert calls[:4] == [("evaluate", 0), ("look", 0), ("tell", 0), ("evaluate", 1)]
    assert ("look", 120) in calls


@pytest.mark.parametrize("way", ["object", "namespace", "progress"])
def test_an_error_shows_the_frames_of_the_users_own(backends, way: str) -> None:
    def fails(index: int, _given: Any) -> None:
        if index == 30:
            raise KeyError(index)

    class Plain:
        def evaluate(self, index: int, slice_map: Any) -> None:
            fails(index, slice_map)

    def make(backend: Any) -> Any:
        strategy = Plain() if way == "object" else SimpleNamespace(evaluate=fails)
        if way == "progress":
            strategy = SimpleNamespace(evaluate=lambda *_: None)
        with pytest.raises(KeyError) as caught:
            Market(backend, 60).run(strategy, fails if way == "progress" else None)
        own = [entry.name for entry in caught.traceback if entry.path.name == "test_ahead.py"]
        return own, [entry.name for entry in caught.traceback if "fillproof c" in str(entry.path)]

    own, others = same(backends, make)
    assert own[-1] == "fails"
    assert not others


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


class Closing:
    portfolio = None

    def __init__(self) -> None:
        self.managed: list[float] = []

    def manage_positions(self, **given: Any) -> None:
        self.managed.append(given["bid_candle"].close)


class Slotted:
    __slots__ = ("evaluate",)

    def __init__(self, evaluate: Any) -> None:
        self.evaluate = evaluate


class Plain:
    def __init__(self, evaluate: Any) -> None:
        self.evaluate = evaluate


def strategy_in(way: str, evaluate: Any) -> Any:
    """Put a callback into an object that has or lacks a dict, or that names what it has not."""
    if way == "namespace":
        return SimpleNamespace(evaluate=evaluate)
    strategy = Slotted(evaluate) if way == "slots" else Plain(evaluate)
    if way == "vars":
        vars(strategy)["kept"] = None
    if way == "named":
        strategy.strategy = strategy.position_manager = None  # type: ignore[union-attr]
    return strategy


@pytest.mark.parametrize("way", ["namespace", "slots", "object", "vars", "named"])
def test_a_manager_that_comes_while_a_position_is_open(backends, way: str) -> None:
    def leave(holder: Any) -> None:
        if way == "named":
            holder.position_manager = None
        else:
            del holder.position_manager

    def make(backend: Any) -> Any:
        market, trader, manager = Market(backend, 200), Trader(), Closing()
        trader.ticks, trader.every = 300, 61
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        trader.attach(backend, executor, portfolio)

        def evaluate(index: int, slice_map: Any) -> Any:
            holder = type(strategy) if way == "slots" else strategy
            if index in (70, 150):
                holder.position_manager = manager
            if index in (90, 160):
                leave(holder)
            if index == 100:
                holder.strategy = SimpleNamespace(position_manager=manager)
            if index == 110:
                holder.strategy.position_manager = None
            return trader.evaluate(index, slice_map)

        strategy = strategy_in(way, evaluate)
        market.engine(strategy, executor, portfolio).run()
        if way == "slots":
            del Slotted.strategy
        return manager.managed, outcome(executor, portfolio)

    managed, _ = same(backends, make)
    assert len(managed) == 20 + 10 + 10


@pytest.mark.parametrize("way", ["namespace", "object", "class"])
def test_a_method_that_is_exchanged_during_a_run(backends, way: str) -> None:
    class Plain:
        def evaluate(self, index: int, slice_map: Any) -> None:
            seen.append(("class", index))

    seen: list[Any] = []

    def make(backend: Any) -> Any:
        seen.clear()
        strategy = SimpleNamespace() if way == "namespace" else Plain()
        holder = Plain if way == "class" else strategy
        put = staticmethod if way == "class" else lambda method: method

        def second(index: int, slice_map: Any) -> None:
            seen.append(("second", index))
            if index == 40:
                holder.evaluate = put(first)
            if index == 60 and way == "object":
                del strategy.evaluate

        def first(index: int, slice_map: Any) -> None:
            seen.append(("first", index))
            if index in (20, 50):
                holder.evaluate = put(second)

        holder.evaluate = put(first)
        Market(backend, 80).run(strategy)
        return list(seen)

    told = same(backends, make)
    assert told[20:22] == [("first", 20), ("second", 21)]
    assert told[79] == ("class" if way == "object" else "second", 79)
