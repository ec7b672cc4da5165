"""Shadow: the strategy runs once, its signals are played again elsewhere, and all is compared."""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import warnings
from itertools import permutations
from typing import Any

import pytest

from fillproof import ShadowWarning, backends, data, run_backtest
from fillproof.errors import BackendUnavailable, ConfigError

from .conftest import NAMES

PAIR = data.eurusd_h1_2017()
BARS = 240
BID, ASK = PAIR.bid[:BARS], PAIR.ask[:BARS]
PAIRS = list(permutations(NAMES, 2))
each_pair = pytest.mark.parametrize(("main", "shadow"), PAIRS)


def run(strategy: Any, main: str, shadow: str | None, **options: Any) -> Any:
    return run_backtest(BID, ASK, strategy, symbol="EURUSD", backend=main, shadow=shadow, **options)


def buy(view: Any, **more: Any) -> dict[str, Any]:
    return {"direction": "buy", "sl": view.bid.close - 0.002, "tp": view.ask.close + 0.003, **more}


class Reads:
    """Reads indicators and higher bars, gives orders with notes, and counts how often it is asked.

    What it does to the world is the list of lines.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes = {"n": 0}

    def on_data(self, slice_map: Any) -> Any:
        view = slice_map["EURUSD"]
        self.lines.append(f"asked at {view.index}")
        self.notes["n"] += 1
        mean = view.indicators.ema("H1", "bid", 10)
        line, *_ = view.indicators.macd("H1", price_type="bid")
        day = view.latest("D1", "bid")
        assert "H1" in view
        assert set(view) == {"H1", "D1"}
        assert view["H1"]["bid"][-1].close == view.history("H1", "bid", 1)[-1].close
        if view.index % 20 == 7 and day is not None and line[-1] == line[-1]:
            limit = {"direction": "sell", "type": "limit", "entry": view.ask.close + 0.001}
            levels = {"sl": view.ask.close + 0.004, "tp": view.bid.close - 0.002}
            notes = {"mean": float(mean[-1]), **self.notes}
            return [buy(view, meta=notes), {**limit, **levels, "meta": {"max_bars": 30}}]
        return None


@each_pair
def test_a_strategy_runs_once_and_the_shadow_is_the_same(main: str, shadow: str) -> None:
    strategy = Reads()
    result = run(strategy, main, shadow, timeframes=["D1"])
    assert strategy.lines == [f"asked at {bar}" for bar in range(BARS)]
    report = result.shadow
    assert (report.verdict, report.first, report.reasons) == ("same", None, ())
    assert (report.backend, report.bars, report.acts) == (shadow, BARS, 0)
    assert report.signals == result.signals.num_rows > 10
    assert report.reads == 2 * BARS
    assert str(report) in result.notes
    plain = run(Reads(), main, None, timeframes=["D1"])
    assert plain.shadow is None
    assert result.digest == plain.digest
    assert result.backend == main


@each_pair
def test_built_ins_of_the_engine_are_played_again(main: str, shadow: str) -> None:
    engine = backends.load(main)
    for made in (engine.EmaCross("H1"), engine.Breakout("H1", max_bars=20)):
        report = run(made, main, shadow).shadow
        assert (report.verdict, report.reads) == ("same", 0)
        assert report.signals > 2


class Commander:
    """Orders at the executor, writes levels, and is a position manager of its own."""

    def __init__(self, engine: Any) -> None:
        portfolio = engine.Portfolio(5000.0)
        fees = engine.FeeModel(per_lot=3.0)
        spec = engine.SymbolSpec("EURUSD", 0.0001, 5)
        self.executor = engine.ExecutionSimulator(
            portfolio,
            sizing=engine.FixedLots(0.1),
            fee_model=fees,
            symbol_specs={"EURUSD": spec},
            slippage_model=engine.SlippageModel(0.2),
        )
        self.position_manager = self
        self.portfolio: Any = None
        self.managed = 0

    def attach_portfolio(self, portfolio: Any) -> None:
        self.portfolio = portfolio

    def on_data(self, slice_map: Any) -> Any:
        view = slice_map["EURUSD"]
        bar = view.index
        for position in self.executor.active_positions:
            if position.status == "pending" and bar % 7 == 0:
                self.executor.cancel(position)
            elif position.status == "open" and bar % 11 == 0:
                self.executor.close(position.order_id)
            elif bar % 5 == 0:
                position.stop_loss = position.stop_loss + 0.0001
            elif bar % 13 == 0:
                self.executor.modify(position, tp=None)
        if bar % 6 == 0:
            limit = {"direction": "buy", "type": "limit", "entry": view.ask.close - 0.001}
            return [buy(view), {**limit, "sl": view.bid.close - 0.004}]
        return None

    def manage_positions(self, *, open_positions: Any, bid_candle: Any, **given: Any) -> None:
        self.managed += 1
        bar = given["symbol_slice"].index
        for position in list(open_positions):
            if bar % 8 == 0 and position.size > 0.05:
                part = position.close_part(bid_candle.timestamp, bid_candle.close, 0.04)
                self.portfolio.register_exit(part)
            elif bar % 19 == 0:
                position.close(bid_candle.timestamp, bid_candle.close, "timeout")
                self.portfolio.register_exit(position)
            elif bar % 9 == 0:
                position.stop_loss = position.stop_loss + 0.00005
            elif bar % 17 == 0:
                self.executor.close(position)


@each_pair
def test_commands_writes_and_closings_by_hand_are_repeated(main: str, shadow: str) -> None:
    strategy = Commander(backends.load(main))
    result = run(strategy, main, shadow, executor=strategy.executor)
    report = result.shadow
    assert (report.verdict, report.reasons, report.first) == ("same", (), None)
    assert report.acts > 60
    rules = set(result.trades["exit_rule"].to_pylist())
    assert {"X5.manual", "X5.closed_by_hand"} <= rules
    assert result.trades["reason"].to_pylist().count("partial_exit") > 2
    other = Commander(backends.load(main))
    assert result.digest == run(other, main, None, executor=other.executor).digest
    assert strategy.managed == other.managed
    # Nothing is left behind on the user's executor.
    assert "close" not in vars(strategy.executor)


def test_the_engines_own_manager_is_made_again() -> None:
    main, shadow = PAIRS[0]
    engine = backends.load(main)
    manager = engine.PositionManager(
        max_holding_bars=9,
        break_even=engine.BreakEven(after_r=0.3),
        trailing=engine.Trailing(r=0.5),
    )
    report = run(Reads(), main, shadow, position_manager=manager, timeframes=["D1"]).shadow
    assert (report.verdict, report.acts) == ("same", 0)


@pytest.mark.skipif("python" not in NAMES or len(NAMES) < 2, reason="needs another backend")
class TestDifferent:
    """The plain reference is the shadow, since it can be given another mind."""

    MAIN = next((name for name in NAMES if name != "python"), "")

    def test_another_fill_is_told_with_its_first_place(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        from pyengine import costs

        monkeypatch.setattr(
            "pyengine.leaving.known_fee", lambda *given: costs.known_fee(*given) + 0.01
        )
        engine = backends.load(self.MAIN)
        fees = engine.FeeModel(per_lot=3.0)
        strategy = Reads()
        with (
            caplog.at_level(logging.WARNING, "fillproof.shadow"),
            pytest.warns(ShadowWarning, match="different, first bar") as told,
        ):
            result = run(strategy, self.MAIN, "python", fee_model=fees, timeframes=["D1"])
        assert told[0].filename.endswith("test_shadow.py")
        report = result.shadow
        assert report.verdict == "different"
        first_fill = result.trades["trigger_time_us"].to_pylist()[0]
        assert report.first.what == "the account that the strategy is shown"
        assert report.first.time_us == first_fill + 3_600_000_000
        assert str(report) in caplog.text
        assert str(report) in result.notes
        assert len(strategy.lines) == BARS

    def test_what_only_the_tables_show_is_told_with_both_values(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("record", "replay"):
            monkeypatch.setattr(f"fillproof.shadow_{module}.account", lambda *_given: b"")
            monkeypatch.setattr(f"fillproof.shadow_{module}.shown", lambda *_given: {})
        from pyengine import costs

        monkeypatch.setattr(
            "pyengine.leaving.known_fee", lambda *given: costs.known_fee(*given) + 0.01
        )
        fees = backends.load(self.MAIN).FeeModel(per_lot=3.0)
        with pytest.warns(ShadowWarning):
            result = run(Reads(), self.MAIN, "python", fee_model=fees, timeframes=["D1"])
        first = result.shadow.first
        assert first.what.startswith(("trades, row 0, entry_fee", "fees, row 0, amount"))
        assert first.shadow == pytest.approx(first.main + 0.01)
        assert result.fees["time_us"].to_pylist()[0] == first.time_us

    def test_an_indicator_that_is_another_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from pyengine.indicators.cache import IndicatorCache

        real = IndicatorCache.ema
        monkeypatch.setattr(IndicatorCache, "ema", lambda *given: real(*given) + 1e-12)
        with pytest.warns(ShadowWarning):
            report = run(Reads(), self.MAIN, "python", timeframes=["D1"]).shadow
        assert (report.verdict, report.first.bar) == ("different", 0)
        assert report.first.what == "the indicator ema('H1', 'bid', 10)"

    def test_a_shadow_that_fails_is_different(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_given: Any) -> None:
            raise RuntimeError("lost")

        monkeypatch.setattr("pyengine.leaving.known_fee", fails)
        with pytest.warns(ShadowWarning, match="the shadow fails: RuntimeError"):
            report = run(Reads(), self.MAIN, "python", timeframes=["D1"]).shadow
        assert report.verdict == "different"


class PastTheEngine(Commander):
    """Books a fee of its own, which no replay of signals and commands can know."""

    def manage_positions(self, **given: Any) -> None:
        if given["symbol_slice"].index == 60:
            time = given["bid_candle"].timestamp
            self.portfolio.register_fee(1.0, time, "own", None)


def test_what_cannot_be_repeated_is_not_proven(recwarn: pytest.WarningsRecorder) -> None:
    main, shadow = PAIRS[0]
    strategy = PastTheEngine(backends.load(main))
    report = run(strategy, main, shadow, executor=strategy.executor).shadow
    assert report.verdict == "not proven"
    assert report.reasons == ("something was booked on the portfolio past the engine",)
    assert report.first is not None
    assert not [one for one in recwarn if one.category is ShadowWarning]


class OwnPortfolio:
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_parts_of_the_users_own_are_not_proven() -> None:
    main, shadow = PAIRS[0]
    engine = backends.load(main)
    portfolio = OwnPortfolio(engine.Portfolio())
    report = run(Reads(), main, shadow, portfolio=portfolio, timeframes=["D1"]).shadow
    assert report.verdict == "not proven"
    assert "OwnPortfolio of your own" in report.reasons[0]
    used = engine.Portfolio()
    run(Reads(), main, None, portfolio=used, timeframes=["D1"])
    report = run(Reads(), main, shadow, portfolio=used, timeframes=["D1"]).shadow
    assert "used before" in report.reasons[0]


def test_no_signal_proves_nothing() -> None:
    main, shadow = PAIRS[0]
    report = run(lambda _index, _slice_map: None, main, shadow).shadow
    assert report.verdict == "not proven"
    assert "hardly anything was compared" in report.reasons[0]


def test_a_portfolio_alone_is_made_again() -> None:
    main, shadow = PAIRS[0]
    portfolio = backends.load(main).Portfolio(777.0)
    result = run(Reads(), main, shadow, portfolio=portfolio, timeframes=["D1"])
    assert result.shadow.verdict == "same"
    assert result.exact["initial_balance"] == 777.0


def test_bounds_and_kept_signals_go_with_a_shadow() -> None:
    main, shadow = PAIRS[0]
    both = run(Reads(), main, shadow, timeframes=["D1"], bounds="both", keep_signals=True)
    assert {both.worst.shadow.verdict, both.best.shadow.verdict} == {"same"}
    assert both.worst.trade_signals.num_rows == both.worst.shadow.signals


def test_an_exception_of_the_strategy_goes_through() -> None:
    main, shadow = PAIRS[0]

    def fails(index: int, _slice_map: Any) -> None:
        if index == 5:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run(fails, main, shadow)


def test_a_result_with_a_report_is_pickled_and_one_that_is_loaded_has_none(tmp_path: Any) -> None:
    main, shadow = PAIRS[0]
    result = run(Reads(), main, shadow, timeframes=["D1"])
    again = pickle.loads(pickle.dumps(result))
    assert again.shadow == result.shadow
    assert type(result).load(result.save(tmp_path / "r")).shadow is None


def test_refusals_come_before_the_strategy_is_called() -> None:
    main = NAMES[0]
    strategy = Reads()
    with pytest.raises(ConfigError, match="the backend of the run itself"):
        run(strategy, main, main)
    with pytest.raises((ConfigError, BackendUnavailable)):
        run(strategy, main, "java")
    assert not strategy.lines


def test_nothing_of_it_is_loaded_where_nobody_asks() -> None:
    code = (
        "import sys; from fillproof import data, run_backtest; p = data.eurusd_h1_2017();"
        "run_backtest(p.bid[:9], p.ask[:9], lambda i, s: None, symbol='EURUSD', backend='python');"
        "assert not [m for m in sys.modules if 'shadow' in m or 'conformance' in m]"
    )
    with warnings.catch_warnings():
        subprocess.run([sys.executable, "-c", code], check=True)
