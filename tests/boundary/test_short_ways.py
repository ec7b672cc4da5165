"""What Rust calls and reads by short ways is what the ordinary ones would give, whoever looks."""

from __future__ import annotations

import gc
import itertools
import signal
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from .market import SYMBOL, Market, Trader, bits, outcome, same

BARS = 2_500


def test_numbers_of_bars_that_are_kept_stay_what_they_are(backends) -> None:
    """The loop may write over a number that it gave, but never over one that anybody holds."""

    def make(backend: Any) -> Any:
        kept: list[int] = []
        last: dict[str, Any] = {}

        def evaluate(index: int, slice_map: Any) -> None:
            if index % 3 == 0 or index % 7 < 2:
                kept.append(index)
            assert last.get("before", index - 1) == index - 1
            last["before"] = index
            last[index % 5] = (index, {index: index})

        Market(backend, BARS).run(SimpleNamespace(evaluate=evaluate))
        return kept, [(key, value) for key, value in last.items() if key != "before"]

    kept, pairs = same(backends, make)
    assert kept == [index for index in range(BARS) if index % 3 == 0 or index % 7 < 2]
    assert [index for _, (index, _) in pairs] == [BARS - 5, BARS - 4, BARS - 3, BARS - 2, BARS - 1]
    assert all(table == {index: index} for _, (index, table) in pairs)


def test_numbers_of_bars_are_ints_like_any_others(backends) -> None:
    def make(backend: Any) -> Any:
        seen: list[Any] = []

        def evaluate(index: int, slice_map: Any) -> None:
            wide = index << 70
            seen.append(
                (hash(index), str(index), index.bit_length(), wide >> 70, -index, type(index))
            )

        Market(backend, BARS).run(SimpleNamespace(evaluate=evaluate))
        return seen

    seen = same(backends, make)
    assert seen == [(i, str(i), i.bit_length(), i, -i, int) for i in range(BARS)]


class Full(Trader):
    """Signals at most bars, of which most find no room or stand on the wrong side."""

    every = 3
    ticks = 60

    def made(self, direction: str, stop: float, target: float, bid: Any) -> Any:
        self.count = getattr(self, "count", 0) + 1
        match self.count % 9:
            case 4:
                stop, target = target, stop
            case 5:
                stop = float("nan")
            case 6:
                stop = None  # type: ignore[assignment]
            case 7:
                return self.backend.TradeSignal(
                    direction, bid.close - 4e-4, bid.close - 9e-4, None, SYMBOL, bid.timestamp,
                    "limit", meta={"max_bars": 4} if self.count % 2 else None,
                )  # fmt: skip
            case 8:
                name = "GBPUSD" if self.count % 2 else "".join(SYMBOL)
                return self.backend.TradeSignal(direction, None, stop, target, name, bid.timestamp)
        return super().made(direction, stop, target, bid)


@pytest.mark.parametrize("looks", [None, 5, 40])
@pytest.mark.parametrize("more", [
    {}, {"max_positions": 1}, {"max_positions_symbol": 2}, {"on_marketable": "fill"},
], ids=str)  # fmt: skip
def test_signals_that_are_refused(backends, more: dict[str, Any], looks: int | None) -> None:
    class Looking(Full):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def evaluate(self, index: int, slice_map: Any) -> Any:
            given = super().evaluate(index, slice_map)
            if looks and index % looks == looks - 1:
                rejected = self.executor.rejected_signals
                told = [(r.order_id, r.time, r.rule, r.expected) for r in rejected[-2:]]
                rows = self.executor.signal_columns()
                self.seen += [told, rows["time_us"][-3:], rows["outcome"][-3:]]
                self.seen.append(bits(self.portfolio.equity))
            if index % 50 == 49 and given is not None:
                # By hand, ahead of what is returned.
                self.executor.process_signal(given)
            return [given, given] if index % 11 == 0 and given is not None else given

    def make(backend: Any) -> Any:
        strategy, market = Looking(), Market(backend, 600)
        portfolio = market.portfolio()
        executor = market.executor(portfolio, policy=backend.ExecutionPolicy(**more))
        strategy.attach(backend, executor, portfolio)
        market.engine(strategy, executor, portfolio).run()
        return strategy.seen, outcome(executor, portfolio)

    _, result = same(backends, make)
    assert {rule.split(".")[0] for _, rule, _ in result["rejected"]} == {"S3"}
    assert len(result["rejected"]) > 60


def test_a_signal_that_is_refused_raises_where_strict(backends) -> None:
    def make(backend: Any) -> Any:
        market, strategy = Market(backend), Full()
        portfolio = market.portfolio()
        policy = backend.ExecutionPolicy(max_positions=1)
        executor = market.executor(portfolio, policy=policy, strict=True)
        strategy.attach(backend, executor, portfolio)
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - what it says is compared
            market.engine(strategy, executor, portfolio).run()
        return str(caught.value), outcome(executor, portfolio)

    same(backends, make)


def test_classes_that_are_read_by_short_ways_cannot_be_patched(backends) -> None:
    if "rust" not in backends:
        pytest.skip("rust is not in FILLPROOF_TEST_BACKENDS")
    rust = backends["rust"]
    for name, attribute in (("Candle", "close"), ("TradeSignal", "stop_loss")):
        with pytest.raises(TypeError, match="immutable"):
            setattr(getattr(rust, name), attribute, property(lambda _: 1.0))
    with pytest.raises(TypeError, match="immutable"):
        rust.SymbolDataSlice.latest = None


@pytest.mark.parametrize("arguments", [(), (1, 2, 3), ("M1", "bid", "ask"), ("M1", "mid"), ("M2",)])
def test_latest_refuses_what_it_refused(backends, arguments: tuple[Any, ...]) -> None:
    def make(backend: Any) -> Any:
        told: list[Any] = []

        def evaluate(index: int, slice_map: Any) -> None:
            view = slice_map[SYMBOL]
            assert view.latest(timeframe="M1", price_type="ask") is view.latest("M1", "ask")
            assert view.latest("M1", price_type="bid") is view.latest("M1")
            try:
                view.latest(*arguments)
            except (TypeError, ValueError) as error:
                told.append((type(error).__mro__[-3:], getattr(error, "code", None)))

        Market(backend, 20).run(SimpleNamespace(evaluate=evaluate))
        return told

    assert len(same(backends, make)) == 20


@pytest.mark.parametrize("at", [3, 90])
def test_a_run_within_a_run_manages_its_own_bars(backends, at: int) -> None:
    """Where the outer run has come says nothing of the inner one, which begins at its first bar."""

    class Nesting(Trader):
        every = 40
        ticks = 200

        def evaluate(self, index: int, slice_map: Any) -> Any:
            if index == at:
                inner = Trader()
                inner.ticks = 90
                inner.attach(self.backend, self.executor, self.portfolio)
                inner.position_manager = self.backend.PositionManager(  # type: ignore[attr-defined]
                    max_holding_bars=5
                )
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


def loop_frame() -> Any:
    """The frame of the loop that Rust calls a strategy from, if there is one."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename != "<fillproof callbacks>":
        frame = frame.f_back  # type: ignore[assignment]
    return frame


@pytest.fixture
def rust(backends: Any) -> Any:
    if "rust" not in backends:
        pytest.skip("rust is not in FILLPROOF_TEST_BACKENDS")
    return backends["rust"]


def test_bars_that_are_taken_from_the_loop(rust) -> None:
    """Whoever takes them out of a frame gets the next ones; after the run there are none."""
    taken: list[Any] = []
    seen: list[int] = []

    def evaluate(index: int, slice_map: Any) -> None:
        seen.append(index)
        if index == 50:
            bars = loop_frame().f_locals["bars"]
            taken.extend([bars, next(bars), next(bars)])

    Market(rust, 100).run(SimpleNamespace(evaluate=evaluate))
    bars, *numbers = taken
    assert numbers == [51, 52]
    assert seen == [*range(51), *range(53, 100)]
    assert list(bars) == []
    assert iter(bars) is bars
    with pytest.raises(TypeError):
        type(bars)()


def test_a_thread_that_takes_bars_is_waited_for(rust) -> None:
    """It is within the engine, at a manager, when the loop asks for its next bar."""
    inside, go = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []
    told: list[str] = []

    class Slow:
        portfolio = None

        def manage_positions(self, **given: Any) -> None:
            if threading.current_thread() is not threading.main_thread():
                inside.set()
                go.wait(20.0)
                told.append("managed")

    class Taking(Trader):
        every = 40
        ticks = 300
        position_manager = Slow()

        def evaluate(self, index: int, slice_map: Any) -> Any:
            if index == 60:
                bars = loop_frame().f_locals["bars"]
                threads.append(threading.Thread(target=lambda: told.append(str(next(bars, None)))))
                threads[0].start()
                assert inside.wait(20.0)
                threading.Timer(0.05, go.set).start()
            return super().evaluate(index, slice_map)

    _, portfolio = Market(rust, 80).run(Taking())
    assert told[0] == "managed", "the loop has ended after the thread was out"
    threads[0].join()
    assert len(portfolio.equity_columns()["equity"]) == 80


def test_a_defect_at_a_manager_becomes_an_error(rust, capfd: Any) -> None:
    from rsengine._rsengine import _panic

    class Failing:
        portfolio = None
        calls = 0

        def manage_positions(self, **given: Any) -> None:
            self.calls += 1
            if self.calls == 9:
                _panic("made for this test")

    class Managed(Trader):
        every = 40
        ticks = 300
        position_manager = Failing()

    market, strategy = Market(rust), Managed()
    portfolio = market.portfolio()
    executor = market.executor(portfolio)
    strategy.attach(rust, executor, portfolio)
    with pytest.raises(RuntimeError, match="made for this test") as info:
        market.engine(strategy, executor, portfolio).run()
    assert info.value.code == "ENGINE_PANIC"
    assert executor.active_positions
    assert "made for this test" in capfd.readouterr().err


def test_a_portfolio_of_a_manager_that_is_exchanged_for_nothing(backends) -> None:
    """It is given the run's again (L3), wherever what was in its place before may lie."""

    class Forgetful:
        def __init__(self) -> None:
            self.portfolio = self.other = None
            self.attached = self.calls = 0

        def attach_portfolio(self, portfolio: Any) -> None:
            self.attached += 1
            self.portfolio = portfolio

        def manage_positions(self, **given: Any) -> None:
            self.calls += 1
            if self.calls % 3 == 1:
                self.portfolio = self.other()
            elif self.calls % 3 == 2:
                del self.portfolio
                # The young ones alone: a test process holds millions of objects.
                gc.collect(1)
                self.portfolio = {}

    class Managed(Trader):
        every = 40
        ticks = 300

    def make(backend: Any) -> Any:
        strategy, manager = Managed(), Forgetful()
        manager.other = lambda: backend.Portfolio(1.0)
        strategy.position_manager = manager
        Market(backend, 200).run(strategy)
        return manager.attached

    assert same(backends, make) > 50


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that interrupts")
def test_an_interrupt_at_any_moment_leaves_a_state_of_one_bar(backend) -> None:
    def handler(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    class Busy(Trader):
        every = 4
        ticks = 40

        def evaluate(self, index: int, slice_map: Any) -> Any:
            self.index = index
            return super().evaluate(index, slice_map)

    def run_for(seconds: float) -> bool:
        """Run until the end or an interrupt, look at what is left, tell whether there was one."""
        market, strategy = Market(backend, 4_000), Busy()
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        strategy.attach(backend, executor, portfolio)
        engine = market.engine(strategy, executor, portfolio)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            engine.run()
            stopped = False
        except KeyboardInterrupt:
            stopped = True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        index = getattr(strategy, "index", -1)
        rows = len(portfolio.equity_columns()["equity"])
        assert index - 1 <= rows <= index + 1
        assert len(outcome(executor, portfolio)["curve"]) == rows
        return stopped

    # An interrupt within what others do at a collection would be passed over.
    gc.disable()
    before = signal.signal(signal.SIGALRM, handler)
    try:
        began = time.perf_counter()
        run_for(0.0)
        took = time.perf_counter() - began
        # However busy the machine is: as many turns as it takes.
        moments = (took * (turn * 7 % 40 + 1) / 60 for turn in itertools.count())
        assert any(stopped == 12 for stopped in itertools.accumulate(map(run_for, moments)))
    finally:
        signal.signal(signal.SIGALRM, before)
        gc.enable()
