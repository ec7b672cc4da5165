"""`run_backtest` on every backend: what may be given, and that it is the engine's own run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fillproof import data, run_backtest
from fillproof.errors import CandleError, ConfigError, CrossedBarsWarning, SignalError, SliceError
from fillproof.intake import infer_timeframe

from .helpers import MINUTE_US, START_US, EveryTenth, moment, wave


def run(backend_name: str, strategy: Any = None, **options: Any) -> Any:
    bid, ask = options.pop("candles", None) or wave()
    options.setdefault("symbol", "EURUSD")
    return run_backtest(bid, ask, strategy or EveryTenth(), backend=backend_name, **options)


def test_a_run_leaves_tables_summary_and_digest(backend_name) -> None:
    result = run(backend_name)
    assert result.backend == backend_name
    assert result.build["backend"] == backend_name
    assert result.signals.num_rows == 40
    assert result.trades.num_rows == 40
    assert result.equity.num_rows == 400
    assert result.fees.num_rows == 0
    assert result.summary["Total Trades"] == result.trades["result"].drop_null().length()
    assert result.exact["cash"] == pytest.approx(
        10000.0 + np.nansum(result.trades["result"].to_numpy())
    )
    assert result.config["timeframe"] == "M1"
    assert result.config["strategy"] == "tests.helpers:EveryTenth"
    assert result.config["start"] == "2020-01-01T00:00:00+00:00"
    assert len(result.digest) == 64
    assert result.backend in repr(result)


def test_it_is_the_run_that_a_user_would_put_together(backend, backend_name) -> None:
    bid, ask = (table.to_candles(backend_name) for table in wave())
    portfolio = backend.Portfolio()
    spec = backend.SymbolSpec("EURUSD", 0.0001, 5)
    executor = backend.ExecutionSimulator(portfolio, symbol_specs={"EURUSD": spec})
    backend.EventEngine(
        bid,
        ask,
        backend.StrategyWrapper(EveryTenth()),
        executor,
        portfolio,
        {"M1": {"bid": bid, "ask": ask}},
        "EURUSD",
        None,
        moment(0),
    ).run()
    result = run(backend_name)
    assert result.exact["cash"] == portfolio.cash
    columns = portfolio.equity_columns()
    for name in result.equity.column_names:
        assert result.equity[name].to_pylist() == list(columns[name])


def frames(kind: str, backend: Any, table: data.CandleTable) -> Any:
    named = {
        name: getattr(table, name) for name in ("time_us", "open", "high", "low", "close", "volume")
    }
    if kind == "table":
        return table
    if kind == "arrow":
        return pa.table(named)
    if kind == "mapping":
        return named
    if kind == "candles":
        return backend.Candles(*named.values())
    return list(backend.Candles(*named.values()))


@pytest.mark.parametrize("kind", ["arrow", "mapping", "candles", "list"])
def test_candles_of_every_form_give_the_same_result(backend, backend_name, kind: str) -> None:
    bid, ask = wave()
    given = frames(kind, backend, bid), frames(kind, backend, ask)
    assert run(backend_name, candles=given).digest == run(backend_name).digest


def test_candles_of_another_backend(backend_name) -> None:
    given = tuple(table.to_candles("python") for table in wave())
    assert run(backend_name, candles=given).digest == run(backend_name).digest


def test_strategies_of_every_form_give_the_same_result(backend, backend_name) -> None:
    on_data = EveryTenth()

    class Checks:
        def check_entry(self, view: Any, *, index: int) -> Any:
            assert index == view.index
            return on_data.on_data({"EURUSD": view})

    wrapped = backend.StrategyWrapper(on_data)
    expected = run(backend_name).digest
    assert run(backend_name, Checks()).digest == expected
    assert run(backend_name, wrapped).digest == expected
    assert run(backend_name, wrapped.evaluate).digest == expected


@pytest.mark.parametrize("given", [42, None, EveryTenth.__class__, "ema-cross"])
def test_something_else_for_a_strategy(backend_name, given: object) -> None:
    bid, ask = wave(5)
    with pytest.raises(SignalError, match="strategy is") as caught:
        run_backtest(bid, ask, given, symbol="EURUSD", backend=backend_name)
    assert caught.value.code == "STRATEGY_INVALID"


def test_start_leaves_warm_up_bars_visible_and_untraded(backend_name) -> None:
    seen: list[tuple[int, int]] = []

    def look(index: int, slices: Any) -> None:
        seen.append((index, len(slices["EURUSD"].history("M1", "bid", 1000))))

    result = run(backend_name, look, start=moment(390))
    assert seen[0] == (390, 391)
    assert len(seen) == 10
    assert result.equity.num_rows == 10


def test_progress_is_called_after_every_bar(backend_name) -> None:
    calls: list[tuple[int, int]] = []
    run(backend_name, on_progress=lambda current, total: calls.append((current, total)))
    assert calls == [(i, 400) for i in range(1, 401)]


def test_options_reach_the_executor(backend, backend_name) -> None:
    result = run(
        backend_name,
        sizing=backend.FixedLots(0.5),
        policy=backend.ExecutionPolicy(market_fill="next_open", close_at_end=True),
        slippage_model=backend.SlippageModel(0.2),
        fee_model=backend.FeeModel(per_lot=3.5),
    )
    assert set(result.trades["size"].to_pylist()) == {0.5}
    assert result.fees.num_rows == 2 * result.trades.num_rows
    assert set(result.fees["amount"].to_pylist()) == {1.75}
    assert result.config["policy"]["market_fill"] == "next_open"
    assert result.config["slippage"] == {"type": "SlippageModel", "fixed_pips": 0.2}
    assert "end_of_data" in set(result.trades["reason"].to_pylist())


def test_values_of_another_backend_are_taken(backend_name) -> None:
    import fillproof.python as other

    own = run(backend_name, sizing=other.FixedLots(0.5), fee_model=other.FeeModel(per_million=2.0))
    assert own.config["sizing"] == {"type": "FixedLots", "lots": 0.5}
    assert own.fees.num_rows > 0


def test_an_executor_takes_the_place_of_the_options(backend, backend_name) -> None:
    portfolio = backend.Portfolio(500.0)
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.01))
    result = run(backend_name, executor=executor)
    assert result.exact["initial_balance"] == 500.0
    assert result.config["symbol_spec"] is None
    with pytest.raises(ConfigError, match="beside an executor") as caught:
        run(backend_name, executor=executor, sizing=backend.FixedLots(1.0))
    assert caught.value.code == "OPTION_UNKNOWN"


def test_the_guessed_specification_is_noted(backend_name, backend) -> None:
    result = run(backend_name)
    note = "specification by the symbol's name: EURUSD: pip 0.0001, 5 digits, contract 100000, "
    assert result.notes == [note + "volume 0.01 to 100 in steps of 0.01"]
    given = run(backend_name, symbol_spec=backend.SymbolSpec("EURUSD", 0.0001, 5))
    assert given.notes == []
    assert given.digest == result.digest


def test_rejections_are_counted_by_rule(backend_name) -> None:
    class WrongSide(EveryTenth):
        def on_data(self, slice_map: Any) -> Any:
            signal = super().on_data(slice_map)
            return signal and {**signal, "sl": 2.0}

    result = run(backend_name, WrongSide())
    assert result.rejections == {"S3.sides": 40}
    assert result.trades.num_rows == 0
    assert set(result.signals["outcome"].to_pylist()) == {"rejected"}


def test_crossed_bars_are_counted(backend_name) -> None:
    bid, ask = wave()
    columns = [*ask.columns()]
    columns[3] = columns[3] - np.where(np.arange(400) < 3, 0.0005, 0.0)
    with pytest.warns(CrossedBarsWarning, match="3"):
        result = run(backend_name, candles=(bid, data.CandleTable(*columns)))
    assert result.crossed_bars == 3


def test_further_timeframes(backend_name) -> None:
    bid, ask = wave()
    seen = set()

    def look(index: int, slices: Any) -> None:
        seen.add(slices["EURUSD"].latest("H1", "ask") is None)

    aligned = {"H1": {"bid": bid, "ask": [None] * 60 + list(ask.to_candles(backend_name))[60:]}}
    run(backend_name, look, multi_candle_data=aligned)
    assert seen == {True, False}


def test_the_result_is_a_record(backend, backend_name) -> None:
    portfolio = backend.Portfolio()
    executor = backend.ExecutionSimulator(
        portfolio, symbol_specs={"EURUSD": backend.SymbolSpec("EURUSD", 0.0001, 5)}
    )
    bid, ask = wave()
    first = run_backtest(
        bid[:200], ask[:200], EveryTenth(), symbol="EURUSD", executor=executor, backend=backend_name
    )
    run_backtest(
        bid[200:], ask[200:], EveryTenth(), symbol="EURUSD", executor=executor, backend=backend_name
    )
    assert first.digest == run(backend_name, candles=(bid[:200], ask[:200])).digest


def test_a_strategys_exception_is_its_own(backend_name) -> None:
    class Mine(Exception):
        pass

    def fail(index: int, slices: Any) -> None:
        if index == 3:
            raise Mine("here")

    with pytest.raises(Mine, match="here"):
        run(backend_name, fail)


def test_no_bars_and_bad_bars_are_the_engines_business(backend_name) -> None:
    bid, ask = wave()
    with pytest.raises(CandleError) as caught:
        run(backend_name, candles=(bid[:0], ask[:0]))
    assert caught.value.code == "NO_BARS"
    with pytest.raises(CandleError) as caught:
        run(backend_name, candles=(bid, ask[:-1]))
    assert caught.value.code == "LENGTHS_DIFFER"


@pytest.mark.parametrize(
    ("seconds", "name"),
    [
        (60, "M1"),
        (300, "M5"),
        (5400, "M90"),
        (3600, "H1"),
        (86400, "D1"),
        (604800, "W1"),
        (10, "S10"),
    ],
)
def test_timeframe_is_seen_from_the_spacing(seconds: int, name: str) -> None:
    times = START_US + seconds * 1_000_000 * np.array([0, 1, 2, 3, 13, 14, 15])
    price = np.ones(7)
    assert infer_timeframe(data.CandleTable(times, price, price, price, price)) == name


def test_timeframe_that_cannot_be_seen() -> None:
    price = np.ones(1)
    with pytest.raises(SliceError, match="pass timeframe=") as caught:
        infer_timeframe(data.CandleTable([0], price, price, price, price))
    assert caught.value.code == "TIMEFRAME_UNKNOWN"
    price = np.ones(2)
    with pytest.raises(SliceError):
        infer_timeframe(data.CandleTable([0, MINUTE_US // 7], price, price, price, price))


def test_a_foreign_portfolio_and_executor_leave_what_they_keep(backend_name) -> None:
    class Executor:
        active_positions = ()
        portfolio = None

        def process_signal(self, signal: Any) -> None: ...

        def evaluate_exits(self, bid: Any, ask: Any) -> None: ...

    class Portfolio:
        def update(self, time: Any) -> None: ...

        def get_open_positions(self, symbol: str | None = None) -> list[Any]:
            return []

    result = run(backend_name, executor=Executor(), portfolio=Portfolio())
    assert result.signals.num_rows == result.equity.num_rows == 0
    assert result.notes == [
        "no table of signals: the executor keeps none",
        "no table of equity: the portfolio keeps none",
    ]
    assert result.summary == {}
