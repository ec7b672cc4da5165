"""`keep_signals`: a run hands back every signal as it was given, on every backend."""

from __future__ import annotations

import pickle
from typing import Any

import pyarrow as pa
import pytest

import fillproof
from fillproof import SIGNAL_SCHEMA, run_backtest, run_cross_backtest, signals_from
from fillproof.errors import ConfigError, SignalError

from .helpers import EveryTenth, moment, wave


def signal(backend: Any, **fields: Any) -> Any:
    given = {
        "direction": "long", "entry_price": None, "stop_loss": 1.09, "take_profit": None,
        "symbol": "EURUSD", "timestamp": moment(0), **fields,
    }  # fmt: skip
    return backend.TradeSignal(**given)


class Traced:
    """Signals in all forms: raw, normal, lists, rejected ones."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self.notes = {"n": 0}

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        bid = view.latest("M1")
        self.notes["n"] += 1
        if view.index == 1:
            return {"direction": "buy", "sl": bid.close - 1e-3, "reason": "raw", "tags": ["t"]}
        if view.index == 2:
            return signal(
                self.backend, direction="short", stop_loss=bid.close - 1e-3, scenario="wrong side",
                timestamp=bid.timestamp, meta=self.notes,
            )  # fmt: skip
        if view.index == 3:
            made = signal(
                self.backend, type="limit", entry_price=bid.close - 2e-4, meta={"oco": "g"},
                stop_loss=bid.close - 1e-3, timestamp=bid.timestamp,
            )  # fmt: skip
            return [made, {"direction": "sell", "sl": bid.close + 1e-3, "meta": {"k": 1}}]
        return None


def kept(backend: Any, name: str, **options: Any) -> Any:
    bid, ask = wave(12)
    return run_backtest(
        bid, ask, Traced(backend), symbol="EURUSD", backend=name, keep_signals=True, **options
    )


def test_a_run_keeps_every_signal_as_it_was_given(backend, backend_name) -> None:
    result = kept(backend, backend_name)
    table = result.trade_signals
    assert table.schema.equals(SIGNAL_SCHEMA)
    assert table.num_rows == result.signals.num_rows == 4
    for name in ("direction", "type", "symbol", "stop_loss", "take_profit", "entry_price"):
        assert table[name].to_pylist() == result.signals[name].to_pylist(), name
    assert table["timestamp"].cast(pa.int64()).to_pylist() == result.signals["time_us"].to_pylist()
    assert table["reason"].to_pylist() == ["raw", None, None, None]
    assert table["scenario"].to_pylist() == [None, "wrong side", None, None]
    metas = [found.meta for found in signals_from(table, backend=backend_name)]
    assert metas[0]["timestamp_semantics"] == "open"
    assert metas[1] == {"n": 3}, "as it was when the signal was given"
    assert metas[2] == {"oco": "g"}
    assert metas[3]["k"] == 1
    assert not [note for note in result.notes if "trade_signals" in note]
    plain = run_backtest(*wave(12), Traced(backend), symbol="EURUSD", backend=backend_name)
    assert result.digest == plain.digest
    assert result.config == plain.config


def test_all_backends_keep_one_table(backends) -> None:
    first, *others = [kept(module, name).trade_signals for name, module in backends.items()]
    assert all(other == first for other in others)


def test_a_strategy_that_runs_natively_is_kept_too(backend, backend_name) -> None:
    bid, ask = wave(400)
    result = run_backtest(
        bid, ask, backend.EmaCross("M1", 3, 9), symbol="EURUSD", backend=backend_name,
        keep_signals=True,
    )  # fmt: skip
    plain = run_backtest(
        bid, ask, backend.EmaCross("M1", 3, 9), symbol="EURUSD", backend=backend_name
    )
    assert result.digest == plain.digest
    assert result.trade_signals.num_rows == result.signals.num_rows > 20
    assert set(result.trade_signals["reason"].to_pylist()) == {"ema_cross"}


def test_a_manager_behind_the_recorder_is_found(backend, backend_name) -> None:
    manager = backend.PositionManager(max_holding_bars=2)
    result = kept(backend, backend_name, position_manager=manager)
    assert "timeout" in result.trades["reason"].to_pylist()

    class Managed(Traced):
        position_manager = backend.PositionManager(max_holding_bars=2)

    again = run_backtest(
        *wave(12), Managed(backend), symbol="EURUSD", backend=backend_name, keep_signals=True
    )
    assert again.digest == result.digest


@pytest.mark.parametrize("links", [1, 7, 8, 9])
def test_the_recorder_is_no_link_of_its_own(backend, backend_name, links: int) -> None:
    """A manager is looked for along eight links, with or without a recorder before them (L3)."""

    class Link:
        def __init__(self, strategy: Any) -> None:
            self.strategy = strategy

        def evaluate(self, index: int, slice_map: Any) -> Any:
            return self.strategy.evaluate(index, slice_map)

    def run(**options: Any) -> Any:
        chain: Any = Link(backend.StrategyWrapper(Traced(backend)))
        chain.position_manager = backend.PositionManager(max_holding_bars=2)
        for _ in range(links - 1):
            chain = Link(chain)
        bid, ask = wave(12)
        return run_backtest(bid, ask, chain, symbol="EURUSD", backend=backend_name, **options)

    result = run(keep_signals=True)
    assert ("timeout" in result.trades["reason"].to_pylist()) is (links <= 8)
    assert result.digest == run().digest
    assert result.trade_signals.num_rows == 4


def test_signals_from_elsewhere_are_noted(backend, backend_name) -> None:
    executor = backend.ExecutionSimulator(backend.Portfolio(), sizing=backend.FixedLots(0.1))

    def direct(index: int, slice_map: Any) -> Any:
        bid = slice_map["EURUSD"].latest("M1")
        made = signal(backend, stop_loss=bid.close - 1e-3, timestamp=bid.timestamp)
        if index == 2:
            executor.process_signal(made)
        return made if index == 3 else None

    for _ in range(2):
        # The second time the executor has rows of the run before.
        result = run_backtest(
            *wave(6), direct, symbol="EURUSD", executor=executor, backend=backend_name,
            keep_signals=True,
        )  # fmt: skip
        assert result.trade_signals.num_rows == 1
        assert [note for note in result.notes if note.startswith("trade_signals lacks 1 ")]


def test_not_kept_is_said(backend_name) -> None:
    bid, ask = wave(12)
    result = run_backtest(bid, ask, EveryTenth(), symbol="EURUSD", backend=backend_name)
    with pytest.raises(ConfigError, match="keep_signals") as caught:
        result.trade_signals  # noqa: B018
    assert caught.value.code == "OPTION_UNKNOWN"


def test_kept_signals_survive_pickling_and_not_saving(backend, backend_name, tmp_path) -> None:
    result = kept(backend, backend_name)
    again = pickle.loads(pickle.dumps(result))
    assert again.trade_signals == result.trade_signals
    loaded = fillproof.BacktestResult.load(result.save(tmp_path / "out"))
    with pytest.raises(ConfigError, match="keep_signals"):
        loaded.trade_signals  # noqa: B018


def test_meta_is_looked_at_when_the_table_is_asked_for(backend, backend_name) -> None:
    def odd(index: int, slice_map: Any) -> Any:
        bid = slice_map["EURUSD"].latest("M1")
        stop = bid.close - 1e-3
        return signal(backend, stop_loss=stop, timestamp=bid.timestamp, meta={"f": odd})

    result = run_backtest(*wave(3), odd, symbol="EURUSD", backend=backend_name, keep_signals=True)
    assert result.trades.num_rows == 3
    with pytest.raises(SignalError) as caught:
        result.trade_signals  # noqa: B018
    assert caught.value.code == "META_NOT_JSON"


def test_both_bounds_keep_their_signals(backend, backend_name) -> None:
    bid, ask = wave(12)
    both = run_backtest(
        bid, ask, EveryTenth(), symbol="EURUSD", backend=backend_name, keep_signals=True,
        bounds="both",
    )  # fmt: skip
    assert both.worst.trade_signals == both.best.trade_signals
    assert both.worst.trade_signals.num_rows == 2


@pytest.mark.parametrize("keys", ["time", "text"])
def test_a_run_over_several_symbols_keeps_its_signals(keys: str, backend, backend_name) -> None:
    bid, ask = (list(side.to_candles("python"))[:12] for side in wave(12))
    names = [f"k{n:02}" for n in range(12)] if keys == "text" else [c.timestamp for c in bid]
    sides = {
        "bid": dict(zip(names, bid, strict=True)),
        "ask": dict(zip(names, ask, strict=True)),
    }

    def evaluate(index: int, market: Any) -> Any:
        if index % 4:
            return None
        return [
            signal(backend, symbol=symbol, stop_loss=0.5, timestamp=market.time, reason=symbol)
            for symbol in market
        ]

    result = run_cross_backtest(
        {"EURUSD": sides, "GBPUSD": sides}, evaluate, keep_signals=True, backend=backend_name
    )
    table = result.trade_signals
    assert table.schema.equals(SIGNAL_SCHEMA)
    assert table["reason"].to_pylist() == ["EURUSD", "GBPUSD"] * 3
    assert table["symbol"].to_pylist() == result.signals["symbol"].to_pylist()
    assert table["timestamp"].cast(pa.int64()).to_pylist() == result.signals["time_us"].to_pylist()
