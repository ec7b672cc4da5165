"""What a strategy may return, and how anything else is refused."""

from __future__ import annotations

from typing import Any

import pytest

from .market import SYMBOL, Market, outcome, same

RUBBISH: dict[str, Any] = {
    "a number": 7,
    "a text": "buy",
    "a list with a number": [None, 3],
    "an object": object(),
    "a set": {1},
    "a generator": (x for x in ()),
    "an unknown key": {"direction": "buy", "stop": 1.0},
    "a list in a list": [[{"direction": "buy"}]],
    "no direction": {"sl": 1.0},
    "a strange direction": {"direction": "up"},
    "a strange type": {"direction": "buy", "type": "limit"},
    "entry that is NaN": {"direction": "buy", "entry": float("nan")},
    "stop that is text": {"direction": "buy", "sl": "1.0"},
    "symbol that is no text": {"direction": "buy", "symbol": 5},
    "a boolean": True,
    "a bool as stop": {"direction": "sell", "sl": True},
}


class Once:
    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def on_data(self, slice_map: Any) -> Any:
        return self.answer if slice_map[SYMBOL].index == 4 else None


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_refused_with_its_bar(backends, name: str, wrapped: bool) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, 10)
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        strategy: Any = Once(RUBBISH[name])
        if wrapped:
            strategy = backend.StrategyWrapper(strategy)
        else:
            strategy.evaluate = lambda index, slice_map: strategy.on_data(slice_map)
        with pytest.raises(ValueError, match=r".") as info:
            market.engine(strategy, executor, portfolio).run()
        error = info.value
        assert not executor.active_positions
        return error.code, error.bar, error.field, type(error).__name__

    code, bar, _, _ = same(backends, make)
    assert bar == 4
    assert code in {
        "SIGNAL_NOT_UNDERSTOOD", "DIRECTION_UNKNOWN", "TYPE_UNKNOWN", "ENTRY_NOT_FINITE",
    }  # fmt: skip


ACCEPTED: dict[str, Any] = {
    "nothing": None,
    "an empty list": [],
    "an empty tuple": (),
    "a dict": {"direction": "buy", "sl": 1.0, "tp": 1.3, "metadata": {"a": 1}, "meta": {"b": 2}},
    "a tuple of dicts": ({"direction": "buy"}, {"direction": "short", "tags": "one"}),
    "an unknown symbol": {"direction": "buy", "symbol": "GBPUSD"},
    "stop that is NaN": {"direction": "buy", "sl": float("nan")},
    "stop on the wrong side": {"direction": "buy", "sl": 2.0},
    "numbers of numpy": {"direction": "sell", "sl": __import__("numpy").float64(1.2)},
    "whole numbers": {"direction": "sell", "sl": 2, "tp": 1},
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_understood_is_the_same_everywhere(backends, name: str) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, 10)
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        market.engine(backend.StrategyWrapper(Once(ACCEPTED[name])), executor, portfolio).run()
        meta = [p.metadata for p in executor.active_positions]
        return outcome(executor, portfolio), meta

    same(backends, make)


def test_strict_raises_what_is_else_recorded(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, 10)
        executor = market.executor(market.portfolio(), strict=True)
        strategy = backend.StrategyWrapper(Once({"direction": "buy", "sl": 2.0}))
        with pytest.raises(ValueError, match="stop_loss") as info:
            market.engine(strategy, executor, executor.portfolio).run()
        return info.value.code, info.value.bar, len(executor.rejected_signals)

    assert same(backends, make) == ("SIGNAL_REJECTED", 4, 1)


def test_a_strategy_without_a_method_says_so(backend) -> None:
    market = Market(backend, 3)
    executor = market.executor(market.portfolio())
    engine = market.engine(backend.StrategyWrapper(object()), executor, executor.portfolio)
    with pytest.raises(ValueError, match="on_data") as info:
        engine.run()
    assert info.value.code == "STRATEGY_INVALID"


def test_check_entry_is_called_where_on_data_is_missing(backend) -> None:
    calls = []

    class Strategy:
        def check_entry(self, view: Any, index: int) -> None:
            calls.append((view.index, index))

    market = Market(backend, 5)
    executor = market.executor(market.portfolio())
    market.engine(backend.StrategyWrapper(Strategy()), executor, executor.portfolio).run()
    assert calls == [(i, i) for i in range(5)]
