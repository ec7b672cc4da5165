"""`run_backtest` on every backend: what may be given, and that it is the engine's own run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fillproof import data, run_backtest
from fillproof.errors import (
    CandleError,
    ConfigError,
    CrossedBarsWarning,
    LookAheadWarning,
    SignalError,
    SliceError,
)
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
    slippage = {"fixed_pips": 0.2, "random_pips": 0.0, "seed": 0}
    assert result.config["slippage"] == {"type": "SlippageModel", **slippage}
    assert "end_of_data" in set(result.trades["reason"].to_pylist())


def test_values_of_another_backend_are_taken(backend_name) -> None:
    import fillproof.python as other

    own = run(backend_name, sizing=other.FixedLots(0.5), fee_model=other.FeeModel(per_million=2.0))
    assert own.config["sizing"] == {"type": "FixedLots", "lots": 0.5}
    assert own.fees.num_rows > 0


def test_options_of_the_market_rules_reach_the_executor(backend, backend_name) -> None:
    policy = {"intrabar": "nearest_extreme", "limit_through_pips": 0.2, "max_positions": 3}
    result = run(
        backend_name,
        sizing=backend.RiskFraction(0.005),
        policy=backend.ExecutionPolicy(**policy),
        slippage_model=backend.SlippageModel(0.0, 0.3, 7),
        session=backend.Session("M1", no_entry=[("00:00", "01:00")]),
    )
    assert {name: result.config["policy"][name] for name in policy} == policy
    assert result.config["sizing"] == {"type": "RiskFraction", "fraction": 0.005}
    session = {"timeframe": "M1", "no_entry": [["00:00", "01:00"]], "flat_at": []}
    assert result.config["session"] == {"type": "Session", **session}
    assert result.rejections["S3.no_entry"] == 6
    first = min(result.trades.to_pylist(), key=lambda row: row["order_id"])
    assert first["entry_time_us"] == START_US + 60 * MINUTE_US
    assert first["risk_per_trade"] == 50.0
    entry, reference = first["entry_price"], first["reference"]
    assert 0.0 <= entry - reference <= 0.00004


class Timeout:
    """A manager of the user's own: closes what is two bars old."""

    def __init__(self) -> None:
        self.portfolio = None

    def attach_portfolio(self, portfolio: Any) -> None:
        self.portfolio = portfolio

    def manage_positions(self, *, open_positions: Any, bid_candle: Any, **_: Any) -> None:
        for position in open_positions:
            if bid_candle.timestamp - position.trigger_time >= moment(2) - moment(0):
                position.close(bid_candle.timestamp, bid_candle.close, "timeout")
                self.portfolio.register_exit(position)


def test_a_position_manager_is_put_beside_every_form_of_strategy(backend, backend_name) -> None:
    wrapped = backend.StrategyWrapper(EveryTenth())
    digests = set()
    for strategy in (EveryTenth(), wrapped, wrapped.evaluate):
        result = run(backend_name, strategy, position_manager=Timeout())
        assert result.config["position_manager"] == "Timeout"
        digests.add(result.digest)
    assert len(digests) == 1
    assert "timeout" in result.trades["reason"].to_pylist()
    assert not hasattr(wrapped, "position_manager")
    own = run(backend_name, position_manager=backend.PositionManager(max_holding_bars=2))
    assert own.exact["cash"] == result.exact["cash"]
    assert own.config["position_manager"]["max_holding_bars"] == 2


def test_a_second_position_manager_is_refused(backend, backend_name) -> None:
    strategy = EveryTenth()
    strategy.position_manager = Timeout()
    for given in (strategy, backend.StrategyWrapper(strategy)):
        with pytest.raises(ConfigError, match="the strategy has one, too") as caught:
            run(backend_name, given, position_manager=Timeout())
        assert caught.value.code == "OPTION_UNKNOWN"


def test_a_manager_and_a_session_of_another_backend_are_taken(backend, backend_name) -> None:
    import fillproof.python as other

    def managed(engine: Any) -> Any:
        manager = engine.PositionManager(
            session=engine.Session("M1", flat_at=["02:00"]),
            break_even=engine.BreakEven(after_pips=2.0),
            trailing=engine.Trailing(atr=2.0, period=5),
            partials=[engine.Partial(0.5, after_r=0.5)],
        )
        session = engine.Session("M1", no_entry=[("03:00", "04:00")])
        return run(
            backend_name,
            position_manager=manager,
            session=session,
            slippage_model=backend.SlippageModel(0.3),
        )

    assert managed(other).digest == managed(backend).digest
    assert managed(other).config == managed(backend).config


def test_flat_at_without_a_manager_is_noted(backend, backend_name) -> None:
    session = backend.Session("M1", flat_at=["02:00"])
    told = "flat_at of the session closes nothing: that takes a PositionManager with it"
    assert told in run(backend_name, session=session).notes
    manager = backend.PositionManager(session=session)
    assert told not in run(backend_name, session=session, position_manager=manager).notes


def test_an_executor_takes_the_place_of_the_options(backend, backend_name) -> None:
    portfolio = backend.Portfolio(500.0)
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.01))
    result = run(backend_name, executor=executor)
    assert result.exact["initial_balance"] == 500.0
    assert result.config["symbol_spec"] is None
    options = {"sizing": backend.FixedLots(1.0), "session": backend.Session("M1")}
    for name, value in options.items():
        with pytest.raises(ConfigError, match="beside an executor") as caught:
            run(backend_name, executor=executor, **{name: value})
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
    with pytest.warns(LookAheadWarning, match="bar 0 sees the H1 bid candle"):
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
