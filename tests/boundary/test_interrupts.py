"""Interrupts and other threads while a run goes on."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .market import START, SYMBOL, Market, Trader

BARS = 600_000

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="needs a timer that sends signals"
)


@pytest.fixture
def interrupt() -> Iterator[Any]:
    """Send SIGALRM soon; its handler raises KeyboardInterrupt as Ctrl-C would."""

    def handler(number: int, frame: Any) -> None:
        if armed:
            raise KeyboardInterrupt

    armed = [True]

    before = signal.signal(signal.SIGALRM, handler)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    armed.clear()
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def markets() -> dict[str, Market]:
    return {}


def market_of(markets: dict[str, Market], backend: Any) -> Market:
    name = backend.__name__
    if name not in markets:
        markets[name] = Market(backend, BARS)
    return markets[name]


def test_an_interrupt_ends_a_run_without_callbacks(backend, markets, interrupt) -> None:
    market = market_of(markets, backend)
    portfolio = market.portfolio()
    engine = market.engine(backend.EmaCross("M1"), market.executor(portfolio), portfolio)
    interrupt(0.002)
    with pytest.raises(KeyboardInterrupt):
        engine.run()
    assert len(portfolio.equity_columns()["cash"]) < BARS // 2


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("builtin", [False, True])
def test_an_interrupt_ends_a_run_with_callbacks(
    backend, markets, interrupt, generic: bool, builtin: bool
) -> None:
    """The callback may be code of the interpreter, or a builtin, in which no signal is seen."""
    market = market_of(markets, backend)

    class Executor(backend.ExecutionSimulator):
        pass

    portfolio = market.portfolio()
    executor = market.executor(portfolio, Executor if generic else None)

    class Strategy:
        def evaluate(self, index: int, slice_map: Any) -> None:
            # Looked up at each bar, so what is set here is called from the next bar on.
            self.evaluate = {}.__setitem__ if builtin else self.quiet
            started.append(index)
            interrupt(0.002)

        def quiet(self, index: int, slice_map: Any) -> None:
            pass

    started: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        market.engine(Strategy(), executor, portfolio).run()
    assert started == [0]
    assert len(portfolio.equity_columns()["cash"]) < BARS // 2


def test_other_threads_run_meanwhile(backend, markets) -> None:
    market = market_of(markets, backend)
    size = 100_000
    bid, ask = market.bid[:size], market.ask[:size]
    portfolio = market.portfolio()
    engine = backend.EventEngine(
        bid, ask, backend.EmaCross("M1"), market.executor(portfolio), portfolio,
        {"M1": {"bid": bid, "ask": ask}}, SYMBOL, None, START,
    )  # fmt: skip
    counted = [0]
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            counted[0] += 1
            # Reading the state from here neither waits for the run nor sees half of a bar.
            assert portfolio.cash <= 1e9
            time.sleep(0.0)

    thread = threading.Thread(target=count)
    interval = sys.getswitchinterval()
    thread.start()
    if backend.__name__ == "rsengine":
        # No switch by time: the thread gets on only if the run lets go of the interpreter.
        sys.setswitchinterval(1e3)
    try:
        before = counted[0]
        engine.run()
        progressed = counted[0] - before
    finally:
        sys.setswitchinterval(interval)
        done.set()
        thread.join()
    assert progressed > 0
    assert len(portfolio.equity_columns()["cash"]) == size


def test_two_runs_in_two_threads(backend) -> None:
    results: list[Any] = [None, None]

    def work(place: int) -> None:
        _, portfolio = Market(backend, 300, seed=place).run(Trader())
        results[place] = portfolio.cash

    threads = [threading.Thread(target=work, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [Market(backend, 300, seed=place).run(Trader())[1].cash for place in (0, 1)]
    assert results == expected
