"""The built-in strategy gives the same run natively, in a wrapper, and called like a user's."""

from __future__ import annotations

from typing import Any

import pytest

from .market import SYMBOL, Market, outcome, same


class Outside:
    """Calls the built-in strategy from Python, so that no loop knows what it is."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def evaluate(self, index: int, slice_map: Any) -> Any:
        return self.inner.evaluate(index, slice_map)


def run(market: Market, strategy: Any, start: int, on_progress: Any = None, **options: Any) -> Any:
    portfolio = market.portfolio()
    executor = market.executor(portfolio, options.pop("executor", None), **options)
    market.backend.EventEngine(
        market.bid, market.ask, strategy, executor, portfolio, market.data, SYMBOL, on_progress,
        market.bid[start].timestamp,
    ).run()  # fmt: skip
    return outcome(executor, portfolio)


@pytest.mark.parametrize("start", [0, 1, 60])
def test_every_way_to_run_it(backends, start: int) -> None:
    def make(backend: Any) -> Any:
        def strategy() -> Any:
            return backend.EmaCross("M1", fast=3, slow=8, stop_pips=2.0, target_pips=4.0)

        class Executor(backend.ExecutionSimulator):
            pass

        market = Market(backend)
        native = run(market, strategy(), start)
        steps: list[Any] = []
        assert run(market, backend.StrategyWrapper(strategy()), start) == native
        assert run(market, Outside(strategy()), start) == native
        assert run(market, strategy(), start, lambda *at: steps.append(at)) == native
        assert run(market, strategy(), start, executor=Executor) == native
        assert steps == [(i + 1, 300 - start) for i in range(300 - start)]
        market.bid, market.ask = list(market.bid), list(market.ask)
        market.data = {"M1": {"bid": market.bid, "ask": market.ask}}
        assert run(market, strategy(), start) == native
        return native

    result = same(backends, make)
    assert len(result["signals"]["order_id"]) > 10


def test_a_second_run_begins_anew(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, 100)
        strategy = backend.EmaCross("M1", 3, 8)
        return [
            run(market, strategy, 0),
            run(market, Outside(strategy), 0),
            run(market, strategy, 0),
        ]

    first, second, third = same(backends, make)
    assert first == second == third


def test_a_higher_timeframe_with_absent_bars(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)
        market.data = {
            **market.data,
            "M5": {
                side: [candles[i] if i % 5 == 4 else None for i in range(300)]
                for side, candles in (("bid", market.bid), ("ask", market.ask))
            },
        }
        return run(market, backend.EmaCross("M5", 2, 4, 3.0, 5.0), 50)

    assert len(same(backends, make)["signals"]["order_id"]) > 3


def test_a_manager_beside_it_is_called(backend) -> None:
    calls: list[int] = []

    class Manager:
        portfolio = True

        def manage_positions(self, **given: Any) -> None:
            calls.append(given["symbol_slice"].index)

    market = Market(backend, 100)
    wrapper = backend.StrategyWrapper(backend.EmaCross("M1", 3, 8))
    wrapper.position_manager = Manager()
    run(market, wrapper, 0)
    assert calls


def test_unknown_timeframe_is_an_error_of_its_bar(backends) -> None:
    def make(backend: Any) -> Any:
        with pytest.raises(ValueError, match="H4") as info:
            run(Market(backend, 20), backend.EmaCross("H4"), 2)
        return info.value.code, info.value.bar

    assert same(backends, make) == ("TIMEFRAME_UNKNOWN", 2)


def test_averages_are_the_same_to_the_last_bit(backends) -> None:
    def make(backend: Any) -> Any:
        values = [float("nan"), *Market(backend).bid.close.tolist(), float("nan"), 1.25]
        average = backend.Ema(7)
        streamed = [average.update(x).hex() for x in values]
        assert [x.hex() for x in backend.ema(values, 7).tolist()] == streamed
        return streamed

    same(backends, make)


@pytest.mark.parametrize("period", [0, -1, 2.0, True, "3", None])
def test_periods_are_whole_numbers(backend, period: Any) -> None:
    with pytest.raises(ValueError, match="whole number") as info:
        backend.Ema(period)
    assert info.value.code == "PERIOD_INVALID"
