"""The protocols describe what the backends hand out and what users inject, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_type_hints

import pytest

import fillproof
from fillproof import injected, protocols, run_backtest, types

from .helpers import EveryTenth, moment, wave
from .pending import need

SLICE = ("index", "indicators", "set_index", "latest", "history")
SIGNAL = (
    "direction", "entry_price", "stop_loss", "take_profit", "symbol", "timestamp", "type",
    "reason", "scenario", "meta",
)  # fmt: skip
CANDLE = ("timestamp", "open", "high", "low", "close")
VIEW = ("symbol", "index", "timestamp", "bid", "ask", "indicators", "latest", "history")
MULTI = (
    "timestamp", "index", "primary_tf", "set_timestamp", "set_index", "latest", "history",
    "is_covered", "keys", "values", "items", "__getitem__", "__contains__", "__iter__", "__len__",
)  # fmt: skip
PORTFOLIO = (
    "update", "get_open_positions", "register_entry", "register_exit", "register_fee",
    "register_expired",
)  # fmt: skip
#: Protocol -> the names that are asked for, each needed.
MEMBERS: dict[str, tuple[str, ...]] = {
    "OHLC": CANDLE[1:],
    "CandleLike": CANDLE,
    "OHLCV": (*CANDLE, "volume"),
    "TradeSignalProtocol": SIGNAL,
    "IndicatorCacheProtocol": ("at", "ema", "sma", "rsi", "atr", "bollinger"),
    "SymbolDataSliceProtocol": SLICE,
    "SymbolViewProtocol": VIEW,
    "MultiSymbolSliceProtocol": MULTI,
    "StrategyEvaluator": ("evaluate",),
    "MultiSymbolEvaluator": ("evaluate",),
    "StrategyProtocol": ("on_data",),
    "MultiSymbolStrategyProtocol": ("on_data",),
    "CheckEntryStrategy": ("check_entry",),
    "PositionManagerProtocol": ("manage_positions",),
    "ExecutionSimulatorProtocol": ("active_positions", "process_signal", "evaluate_exits"),
    "CommandTaker": ("close", "cancel", "modify"),
    "PortfolioProtocol": PORTFOLIO,
    "MarkLike": ("rule", "time_us", "other", "price", "result"),
}


def made(names: tuple[str, ...]) -> Any:
    """Make an object of a class of its own that has these names and no others."""
    return type("Foreign", (), {name: lambda self: None for name in names})()


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_foreign_objects_fit_by_their_names_alone(name: str) -> None:
    protocol = getattr(types, name)
    assert isinstance(made(MEMBERS[name]), protocol)
    assert not isinstance(object(), protocol)
    for missing in MEMBERS[name]:
        rest = tuple(other for other in MEMBERS[name] if other != missing)
        assert not isinstance(made(rest), protocol), missing


def test_every_protocol_is_named_here_and_exported() -> None:
    found = {
        name
        for module in (protocols, injected)
        for name, value in vars(module).items()
        if getattr(value, "_is_protocol", False) and value.__module__ == module.__name__
    }
    assert found == set(MEMBERS)
    assert found < set(types.__all__)
    for name in types.__all__:
        assert getattr(types, name) is not None


def test_slices_candles_and_signals_of_ours(backend, backend_name) -> None:
    seen: dict[str, Any] = {}

    def look(index: int, slices: Any) -> Any:
        view = slices["EURUSD"]
        seen["slices"], seen["slice"], seen["candle"] = slices, view, view.latest("M1")

    bid, ask = wave(3)
    run_backtest(bid, ask, look, symbol="EURUSD", backend=backend_name)
    signal = backend.TradeSignal("long", 1.1, None, None, "EURUSD", moment(0))
    assert isinstance(seen["slices"], Mapping)
    assert isinstance(seen["slice"], types.SymbolDataSliceProtocol)
    assert isinstance(seen["slice"].indicators, types.IndicatorCacheProtocol)
    assert isinstance(seen["candle"], types.OHLCV)
    assert isinstance(signal, types.TradeSignalProtocol)
    for protocol in (types.MultiSymbolSliceProtocol, types.TradeSignalProtocol, types.OHLC):
        assert not isinstance(seen["slice"], protocol)
    assert not isinstance(seen["candle"], types.SymbolDataSliceProtocol)
    assert not isinstance(signal, types.CandleLike)


def test_executor_portfolio_and_manager_of_ours(backend) -> None:
    portfolio = backend.Portfolio()
    executor, manager = backend.ExecutionSimulator(portfolio), backend.PositionManager()
    assert isinstance(executor, types.ExecutionSimulatorProtocol)
    assert isinstance(executor, types.CommandTaker)
    assert isinstance(portfolio, types.PortfolioProtocol)
    assert isinstance(manager, types.PositionManagerProtocol)
    assert isinstance(backend.Mark("X3.worst", 0, "target", 1.1, 5.0), types.MarkLike)
    assert not isinstance(portfolio, types.ExecutionSimulatorProtocol)
    assert not isinstance(executor, types.PortfolioProtocol)
    assert not isinstance(executor, types.PositionManagerProtocol)


def test_strategies_of_ours(backend) -> None:
    assert isinstance(EveryTenth(), types.StrategyProtocol)
    assert not isinstance(EveryTenth(), types.StrategyEvaluator)
    wrapper = backend.StrategyWrapper(EveryTenth())
    assert isinstance(wrapper, types.StrategyEvaluator)
    assert not isinstance(wrapper, types.StrategyProtocol)
    assert isinstance(backend.EmaCross("M1"), types.StrategyEvaluator)
    assert isinstance(backend.EmaCross("M1"), types.StrategyProtocol)


def test_a_slice_over_several_symbols_of_ours(backend) -> None:
    candles = list(wave(3)[0].to_candles("python"))
    keys = [candle.timestamp for candle in candles]
    side = dict(zip(keys, candles, strict=True))
    kind = need(backend, "MultiSymbolSlice")
    view = kind({"EURUSD": {"bid": side, "ask": side}}, keys, "M1")
    view.set_index(1)
    assert isinstance(view, types.MultiSymbolSliceProtocol)
    assert isinstance(view["EURUSD"], types.SymbolViewProtocol)
    assert isinstance(view["EURUSD"], types.SymbolDataSliceProtocol)
    assert not isinstance(view, types.SymbolViewProtocol)


def test_raw_signals_have_the_keys_and_words_of_the_specification() -> None:
    hints = get_type_hints(types.TradeSignalDict)
    assert list(hints) == [
        "direction", "entry", "sl", "tp", "symbol", "type", "reason", "tags", "scenario", "meta",
        "metadata",
    ]  # fmt: skip
    assert types.TradeSignalDict.__total__ is False
    assert types.TradeSignalDict.__required_keys__ == frozenset()
    assert hints["direction"] == Literal["buy", "sell", "long", "short"]
    assert hints["type"] == Literal["market", "limit", "stop"]
    assert get_args(types.RawSignalDirection) == ("buy", "sell", "long", "short")
    assert get_args(types.Direction) == ("long", "short")
    assert get_args(types.OrderType) == ("market", "limit", "stop")
    assert get_args(types.PriceType) == ("bid", "ask")
    assert {kind.__name__ for kind in get_args(types.TimestampKey)} == {
        "datetime", "str", "int", "float",
    }  # fmt: skip
    assert types.Symbol is str


def test_every_key_of_a_raw_signal_is_taken(backend) -> None:
    raw: dict[str, Any] = {
        "direction": "buy", "entry": 1.1, "sl": 1.0, "tp": 1.2, "symbol": "EURUSD",
        "type": "limit", "reason": "r", "tags": ("a",), "scenario": "s", "meta": {"m": 1},
        "metadata": {"n": 2},
    }  # fmt: skip
    assert set(raw) == set(get_type_hints(types.TradeSignalDict))
    wrapper = backend.StrategyWrapper(SimpleNamespace(on_data=lambda slices: raw))
    bid = wave(1)[0].to_candles("python")
    view = backend.SymbolDataSlice({"M1": {"bid": bid, "ask": bid}}, "EURUSD")
    (signal,) = wrapper.evaluate(0, {"EURUSD": view})
    assert isinstance(signal, types.TradeSignalProtocol)
    assert (signal.direction, signal.type, signal.entry_price) == ("long", "limit", 1.1)
    assert (signal.tags, signal.scenario, signal.meta["n"]) == (("a",), "s", 2)


def test_run_options_are_those_of_run_backtest() -> None:
    import inspect

    asked = set(inspect.signature(fillproof.run_backtest).parameters)
    assert set(get_type_hints(types.RunOptions)) == asked - {
        "bid", "ask", "strategy", "symbol", "bounds",
    }  # fmt: skip
