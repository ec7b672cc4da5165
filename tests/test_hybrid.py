"""`run_backtest_hybrid`: what it takes, and that it is the run of `run_backtest`."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from fillproof import run_backtest, run_backtest_hybrid
from fillproof.data import CandlePair
from fillproof.errors import CandleError, ConfigError, DataError, SignalError
from fillproof.sides import split_sides

from .helpers import moment, wave

ROOT = Path(__file__).resolve().parents[1]
PRICES = ("open", "high", "low", "close")


def raw(index: int, view: Any) -> Any:
    """Long on every tenth bar, as a raw dict."""
    if index % 10:
        return None
    bid, ask = view.latest("M1", "bid"), view.latest("M1", "ask")
    return {"direction": "buy", "sl": bid.close - 0.0005, "tp": ask.close + 0.0005}


class Normal:
    """The same with signals in their normal form, and two of them on every hundredth bar."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend

    def __call__(self, index: int, view: Any) -> Any:
        given = raw(index, view)
        if given is None:
            return []
        bid = view.latest("M1")
        made = self.backend.TradeSignal(
            "long", None, given["sl"], given["tp"], "EURUSD", bid.timestamp
        )
        return [made, made] if index % 100 == 0 else made

    def evaluate(self, index: int, slice_map: Any) -> Any:
        return self(index, slice_map["EURUSD"])


def executor(backend: Any) -> Any:
    return backend.ExecutionSimulator(
        backend.Portfolio(),
        symbol_specs={"EURUSD": backend.SymbolSpec("EURUSD", 0.0001, 5)},
        fee_model=backend.FeeModel(per_lot=3.5),
        slippage_model=backend.SlippageModel(0.1, 0.3, 7),
        policy=backend.ExecutionPolicy(market_fill="next_open", close_at_end=True),
    )


def one_frame(sides: tuple[Any, Any]) -> dict[str, Any]:
    named = {
        f"{side}_{name}": getattr(table, name)
        for side, table in zip(("bid", "ask"), sides, strict=True)
        for name in PRICES
    }
    return {"time_us": sides[0].time_us, **named}


def forms(sides: tuple[Any, Any]) -> dict[str, Any]:
    """Name every form in which both sides go into one argument."""
    bid, ask = sides
    named = one_frame(sides)
    arrow = pa.table(named)
    timed = arrow.drop_columns("time_us").append_column(
        "Timestamp", arrow["time_us"].cast(pa.timestamp("us", tz="UTC"))
    )
    dtype = [(name, column.dtype) for name, column in named.items()]
    structured = np.array(list(zip(*named.values(), strict=True)), dtype=dtype)
    relation = duckdb.connect()
    relation.register("bars", arrow)
    return {
        "pair": (bid, ask),
        "list": [bid.to_candles("python"), list(ask.to_candles("python"))],
        "mapping of sides": {"bid": bid, "ask": ask},
        "mapping of arrow": {"bid": frame_of(bid), "ask": frame_of(ask)},
        "CandlePair": CandlePair("EURUSD", "M1", bid, ask, 0.8, ""),
        "attributes": SimpleNamespace(bid=bid, ask=ask),
        "arrow": timed,
        "record batch": timed.combine_chunks().to_batches()[0],
        "arrow array only": ArrayOnly(timed.combine_chunks().to_batches()[0]),
        "arrow stream only": StreamOnly(timed),
        "mapping of columns": named,
        "structured": structured,
        "pandas": timed.to_pandas(),
        "polars": pl.from_arrow(timed),
        "duckdb": relation.table("bars"),
    }


def frame_of(table: Any) -> pa.Table:
    return pa.table({name: getattr(table, name) for name in ("time_us", *PRICES)})


class ArrayOnly:
    """An object that offers the array form of the interface alone."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self._batch.__arrow_c_array__(requested_schema)


class StreamOnly:
    """An object that offers the stream form of the interface alone."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


def test_it_is_the_run_of_run_backtest(backend, backend_name) -> None:
    bid, ask = wave()
    strategy = Normal(backend)
    expected = run_backtest(
        bid, ask, strategy, symbol="EURUSD", executor=executor(backend), backend=backend_name
    )
    result = run_backtest_hybrid(
        (bid, ask), strategy, executor(backend), symbol="EURUSD", backend=backend_name
    )
    assert expected.trades.num_rows == 44
    assert result.digest == expected.digest
    assert result.summary == expected.summary
    assert result.exact == expected.exact
    assert result.ambiguous == expected.ambiguous
    assert result.refusals == expected.refusals
    assert result.config == expected.config | {"strategy": "tests.test_hybrid:Normal"}


def test_all_backends_give_one_digest(backends) -> None:
    digests = {
        name: run_backtest_hybrid(
            wave(), Normal(module), executor(module), symbol="EURUSD", backend=name
        ).digest
        for name, module in backends.items()
    }
    assert len(set(digests.values())) == 1, digests


def test_executor_of_another_backend_or_none(backends, backend_name) -> None:
    for module in backends.values():
        result = run_backtest_hybrid(
            wave(50), raw, executor(module), symbol="EURUSD", backend=backend_name
        )
        assert result.trades.num_rows == 5
    given = run_backtest_hybrid(wave(50), raw, None, symbol="EURUSD", backend=backend_name)
    bid, ask = wave(50)
    same = run_backtest(
        bid, ask, SimpleNamespace(check_entry=lambda view, index: raw(index, view)),
        symbol="EURUSD", backend=backend_name,
    )  # fmt: skip
    assert given.digest == same.digest
    assert given.config["strategy"] == "tests.test_hybrid:raw"


@pytest.mark.parametrize("form", sorted(forms(wave(2))))
def test_candles_of_every_form(form: str, backend_name) -> None:
    sides = wave(200)
    bid, ask = split_sides(forms(sides)[form])
    expected = run_backtest_hybrid(sides, raw, None, symbol="EURUSD", backend=backend_name)
    result = run_backtest_hybrid(
        forms(sides)[form], raw, None, symbol="EURUSD", backend=backend_name
    )
    assert len(bid) == len(ask) == 200
    assert result.digest == expected.digest


def test_volume_of_its_own_or_shared() -> None:
    sides = wave(3)
    named = one_frame(sides) | {"volume": [1.0, 2.0, 3.0], "Ask_Volume": [4.0, 5.0, 6.0]}
    bid, ask = split_sides(named)
    assert bid.volume.tolist() == [1.0, 2.0, 3.0]
    assert ask.volume.tolist() == [4.0, 5.0, 6.0]
    assert ask.close.tolist() == sides[1].close.tolist()


def test_a_frame_without_one_of_the_prices_names_it() -> None:
    named = one_frame(wave(3))
    del named["ask_low"]
    with pytest.raises(DataError, match="no column ask_low; found time_us, bid_open") as caught:
        split_sides(named)
    assert (caught.value.code, caught.value.field) == ("COLUMNS_MISSING", "ask_low")


def test_a_cell_that_is_no_number_is_named_with_its_side() -> None:
    named = one_frame(wave(2)) | {"ask_high": ["1.1", "x"]}
    with pytest.raises(DataError, match="ask side, column high: 'x'") as caught:
        split_sides(named)
    assert (caught.value.code, caught.value.bar) == ("CELL_INVALID", 2)


@pytest.mark.parametrize("given", [None, 5, "EURUSD", (1,), [], {}, {"bid": [1]}, object()])
def test_something_else_for_candles(given: object) -> None:
    with pytest.raises(DataError, match=r"candles is a|no column") as caught:
        run_backtest_hybrid(given, raw, None, symbol="EURUSD", backend="python")
    assert caught.value.code == "COLUMNS_MISSING"


@pytest.mark.parametrize("given", [None, "ema-cross", 3])
def test_something_else_for_the_callback(given: Any) -> None:
    with pytest.raises(SignalError, match="strategy_callback is") as caught:
        run_backtest_hybrid(wave(3), given, None, symbol="EURUSD", backend="python")
    assert caught.value.code == "STRATEGY_INVALID"


def test_rubbish_of_the_callback_is_refused_with_its_bar(backend_name) -> None:
    with pytest.raises(SignalError) as caught:
        run_backtest_hybrid(
            wave(9), lambda i, view: 7 if i == 4 else None, None, symbol="EURUSD",
            backend=backend_name,
        )  # fmt: skip
    assert (caught.value.code, caught.value.bar) == ("SIGNAL_NOT_UNDERSTOOD", 4)


def test_the_callback_is_given_index_and_slice(backend, backend_name) -> None:
    seen: list[Any] = []

    def look(i: int, view: Any) -> None:
        seen.append((i, view.index, view.symbol, len(view.history("M1", length=99)), type(view)))

    told: list[Any] = []
    run_backtest_hybrid(
        wave(6), look, executor(backend), symbol="EURUSD", timeframe="M1", start=moment(4),
        on_progress=lambda *given: told.append(given), backend=backend_name,
    )  # fmt: skip
    kind = backend.SymbolDataSlice
    assert seen == [(4, 4, "EURUSD", 5, kind), (5, 5, "EURUSD", 6, kind)]
    assert told == [(1, 2), (2, 2)]


def test_what_the_callback_raises_passes_unchanged(backend_name) -> None:
    error = LookupError("mine")

    def fail(i: int, view: Any) -> None:
        raise error

    with pytest.raises(LookupError) as caught:
        run_backtest_hybrid(wave(3), fail, None, symbol="EURUSD", backend=backend_name)
    assert caught.value is error


def test_options_go_where_run_backtest_takes_them(backend, backend_name) -> None:
    manager = backend.PositionManager(max_holding_bars=2)
    higher = {"H1": {"bid": [None] * 30, "ask": [None] * 30}}
    portfolio = backend.Portfolio(500.0)
    tracer = backend.Tracer()
    seen: list[Any] = []

    def look(i: int, view: Any) -> Any:
        seen.append(view.latest("H1"))
        return raw(i, view)

    result = run_backtest_hybrid(
        wave(30), look, None, symbol="EURUSD", position_manager=manager, portfolio=portfolio,
        multi_candle_data=higher, tracer=tracer, backend=backend_name,
    )  # fmt: skip
    assert result.exact["initial_balance"] == 500.0
    assert "timeout" in result.trades["reason"].to_pylist()
    assert seen == [None] * 30
    assert tracer.events
    with pytest.raises(ConfigError, match="backend is"):
        run_backtest_hybrid(wave(3), raw, None, symbol="EURUSD", backend="fortran")
    with pytest.raises(CandleError):
        run_backtest_hybrid((wave(3)[0], wave(4)[1]), raw, None, symbol="EURUSD", backend="python")


def test_the_other_two_options_of_the_specification_are_there_by_name(backend) -> None:
    """Option C by a batch whose rows a loop in Python reads; option A in the engine crate."""
    bid = wave(60)[0].to_candles("python")
    batch = backend.precompute_indicators(bid, {"fast": ("ema", 3), "band": "bollinger"})
    assert len(batch) == 60
    assert list(batch[7]) == ["fast", "band_upper", "band_mid", "band_lower"]
    assert batch[7]["fast"] == backend.ema(bid.close, 3)[7]

    source = (ROOT / "rsengine/crates/engine/src/backtest.rs").read_text(encoding="utf-8")
    assert re.search(r"^pub fn run_backtest<S: Strategy", source, re.MULTILINE)


def test_a_symbol_is_needed_where_the_executor_knows_none_or_two(backend) -> None:
    spec = {name: backend.SymbolSpec(name, 0.0001) for name in ("EURUSD", "GBPUSD")}
    two = backend.ExecutionSimulator(backend.Portfolio(), symbol_specs=spec)
    none = backend.ExecutionSimulator(backend.Portfolio())
    for given in (two, none, None, object()):
        with pytest.raises(ConfigError, match="symbol is None") as caught:
            run_backtest_hybrid(wave(3), raw, given, backend="python")
        assert caught.value.code == "SYMBOL_REQUIRED"
