"""Two runs under two intrabar policies: fresh copies, and no claim that one bounds the other."""

from __future__ import annotations

import functools
import threading
from typing import Any

import pytest

from fillproof import BoundsResult, data, run_backtest
from fillproof.errors import ConfigError

from .helpers import EveryTenth, Script, quoted, wave

NOTE = "two policies, not an interval"
FLAT = (1.1000, 1.1002, 1.0998, 1.1000)
#: A stop order to buy at 1.1010 whose entry bar may have been at the stop before the fill.
SIGNAL = {"direction": "buy", "type": "stop", "entry": 1.1010, "sl": 1.0990, "tp": 1.1100}
UNCERTAIN = (1.1000, 1.1020, 1.0988, 1.1005)
GAP = (1.0900, 1.0905, 1.0895, 1.0900)


def both(backend_name: str, strategy: Any = None, **options: Any) -> BoundsResult:
    bid, ask = options.pop("candles", None) or wave()
    options.setdefault("symbol", "EURUSD")
    return run_backtest(
        bid, ask, strategy or EveryTenth(), backend=backend_name, bounds="both", **options
    )


def test_the_two_runs_are_those_of_the_two_policies(backend, backend_name) -> None:
    made = both(backend_name, policy=backend.ExecutionPolicy(limit_through_pips=0.1))
    for intrabar, result in (("worst_strict", made.worst), ("best", made.best)):
        assert result.config["policy"]["intrabar"] == intrabar
        policy = backend.ExecutionPolicy(intrabar=intrabar, limit_through_pips=0.1)
        bid, ask = wave()
        alone = run_backtest(
            bid, ask, EveryTenth(), symbol="EURUSD", policy=policy, backend=backend_name
        )
        assert result.digest == alone.digest


def test_best_can_come_out_below_worst_strict(backend, backend_name) -> None:
    made = both(
        backend_name,
        Script(bar0=SIGNAL),
        candles=quoted(FLAT, UNCERTAIN, GAP),
        timeframe="M1",
        sizing=backend.FixedLots(1.0),
    )
    # The kind reading keeps the trade, which meets a gap; the other one lost 20 pips and is out.
    assert made.worst.trades["exit_rule"].to_pylist() == ["E5.stop_stop_ambiguous"]
    assert made.best.trades["exit_rule"].to_pylist() == ["X2.gap_stop"]
    assert made.worst.exact["cash"] == pytest.approx(9800.0)
    assert made.best.exact["cash"] == pytest.approx(8900.0)


def test_the_list_of_trades_is_not_the_same(backend, backend_name) -> None:
    second = {"direction": "buy", "sl": 1.0990, "tp": 1.1030}
    rise, fall = (1.1000, 1.1040, 1.0999, 1.1020), (1.1020, 1.1021, 1.0985, 1.0988)
    made = both(
        backend_name,
        Script(bar0=SIGNAL, bar2=second),
        candles=quoted(FLAT, UNCERTAIN, FLAT, rise, fall),
        timeframe="M1",
        sizing=backend.FixedLots(1.0),
        policy=backend.ExecutionPolicy(max_positions=1),
    )
    # What leaves early makes room: 20 pips lost and 28 won, against 20 lost.
    assert made.worst.trades["reason"].to_pylist() == ["stop_loss", "take_profit"]
    assert made.best.trades["reason"].to_pylist() == ["stop_loss"]
    assert made.best.rejections == {"S3.max_positions": 1}
    assert made.best.exact["cash"] < made.worst.exact["cash"]


def test_every_print_says_what_it_is_not(backend_name) -> None:
    made = both(backend_name)
    assert NOTE in repr(made)
    assert str(made).startswith(f"{NOTE}: best can come out below worst_strict\n")
    assert "Ambiguous Trades" in str(made)
    table = made.summary
    assert table.column_names == ["name", "worst_strict", "best", "difference"]
    assert NOTE.encode() in table.schema.metadata[b"note"]
    by_name = {row["name"]: row for row in table.to_pylist()}
    assert by_name["Final Balance"]["best"] == made.best.summary["Final Balance"]
    assert by_name["Total Trades"]["difference"] == 0.0


def test_it_is_a_value_and_can_be_made_by_hand(backend_name) -> None:
    made = both(backend_name)
    assert BoundsResult(made.worst, made.best) == made
    with pytest.raises(AttributeError):
        made.worst = made.best  # type: ignore[misc]


class Remembers:
    """Buys on its first ten calls only, and takes part in the run by its executor."""

    def __init__(self, executor: Any = None) -> None:
        self.calls = 0
        self.executor = executor

    def on_data(self, slice_map: Any) -> Any:
        self.calls += 1
        if self.calls > 10 or (self.executor and self.executor.active_positions):
            return None
        return EveryTenth().on_data(slice_map)


def test_both_runs_begin_anew_and_the_users_object_stays(backend_name) -> None:
    strategy = Remembers()
    made = both(backend_name, strategy)
    assert strategy.calls == 0
    assert made.worst.signals.num_rows == made.best.signals.num_rows == 1


def test_a_strategy_that_knows_the_executor_knows_the_copy(backend, backend_name) -> None:
    portfolio = backend.Portfolio(500.0)
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.01), strict=True)
    made = both(backend_name, Remembers(executor), executor=executor)
    assert made.worst.signals.num_rows == 1
    assert made.best.exact["initial_balance"] == 500.0
    assert made.best.config["policy"]["intrabar"] == "best"
    assert not executor.signal_columns()["order_id"]
    assert portfolio.equity_curve == []


@pytest.mark.parametrize("kind", ["class", "function", "partial"])
def test_a_strategy_may_be_given_as_what_makes_it(backend_name, kind: str) -> None:
    def make() -> Remembers:
        return Remembers()

    factories = {
        "class": Remembers,
        "function": make,
        "partial": functools.partial(Remembers, None),
    }
    made = both(backend_name, factories[kind])
    assert made.worst.signals.num_rows == made.best.signals.num_rows == 1


def test_objects_of_the_engine_are_made_anew(backend, backend_name) -> None:
    pair = data.eurusd_h1_2017()
    manager = backend.PositionManager(
        max_holding_bars=5, partials=[backend.Partial(0.5, after_pips=5)]
    )
    candles = pair.bid[:800], pair.ask[:800]
    plain = both(backend_name, backend.EmaCross("H1"), candles=candles, position_manager=manager)
    assert "timeout" in plain.worst.trades["reason"].to_pylist()
    strategy = backend.StrategyWrapper(EveryTenthHour())
    strategy.position_manager = manager
    wrapped = both(backend_name, strategy, candles=candles)
    assert "timeout" in wrapped.best.trades["reason"].to_pylist()
    inside = EveryTenthHour()
    inside.position_manager = manager
    assert both(backend_name, inside, candles=candles).best == wrapped.best


class EveryTenthHour:
    """Long on every tenth bar of the embedded candles."""

    position_manager: Any = None

    def on_data(self, slice_map: Any) -> Any:
        view = slice_map["EURUSD"]
        if view.index % 10:
            return None
        price = view.latest("H1", "bid").close
        return {"direction": "buy", "sl": price - 0.0020, "tp": price + 0.0040}


def test_what_cannot_be_copied_is_named(backend_name) -> None:
    class Locked(EveryTenth):
        def __init__(self) -> None:
            self.lock = threading.Lock()

    with pytest.raises(ConfigError, match="the strategy, a Locked, cannot be copied") as caught:
        both(backend_name, Locked())
    assert caught.value.code == "OPTION_UNKNOWN"
    assert "a class, or a function without parameters" in str(caught.value)
    assert both(backend_name, Locked).worst.signals.num_rows == 40


def test_a_function_that_remembers_outside_of_itself_is_refused(backend_name) -> None:
    seen: list[int] = []

    def look(index: int, slices: Any) -> None:
        seen.append(index)

    with pytest.raises(ConfigError, match="look keeps 'seen' outside of itself"):
        both(backend_name, look)
    limit = 3

    def bare(index: int, slices: Any) -> None:
        assert index >= 0
        assert limit == 3

    assert both(backend_name, bare).worst.equity.num_rows == 400


def test_what_makes_no_sense_with_two_runs(backend, backend_name) -> None:
    bid, ask = wave()

    class Own(backend.ExecutionSimulator):
        pass

    used = backend.ExecutionSimulator(backend.Portfolio(), sizing=backend.FixedLots(0.1))
    run_backtest(bid, ask, EveryTenth(), symbol="EURUSD", executor=used, backend=backend_name)
    for told, options in (
        ("a tracer would mix", {"tracer": backend.Tracer()}),
        ("the executor was used before", {"executor": used}),
        ("an executor of class Own cannot be made anew", {"executor": Own(backend.Portfolio())}),
        ("policy is 'strict'", {"policy": "strict"}),
    ):
        with pytest.raises(ConfigError, match=told) as caught:
            both(backend_name, **options)
        assert caught.value.code == "OPTION_UNKNOWN"
    with pytest.raises(ConfigError, match="bounds is 'worst'"):
        run_backtest(bid, ask, EveryTenth(), symbol="EURUSD", bounds="worst", backend=backend_name)
    with pytest.raises(ConfigError) as caught:
        both(backend_name, policy=backend.ExecutionPolicy.parity())
    assert caught.value.code == "PRESET_OPTION"


def test_an_executor_with_rates_and_margin_keeps_them(backend, backend_name) -> None:
    currencies = {"base_currency": "EUR", "quote_currency": "USD"}
    executor = backend.ExecutionSimulator(
        backend.Portfolio(2000.0),
        symbol_specs={"EURUSD": backend.SymbolSpec("EURUSD", 0.0001, 5, **currencies)},
        rates=backend.Rates("EUR", {"EUR/USD": 1.25}),
        margin=backend.Margin(30.0),
        sizing=backend.FixedLots(0.2),
        timeframe="M1",
    )
    made = both(backend_name, executor=executor)
    for result in (made.worst, made.best):
        assert result.config["margin"]["leverage"] == 30.0
        assert result.config["rates"]["pairs"] == {"EUR/USD": 1.25}
        assert set(result.trades["unit_value"].to_pylist()) == {80000.0}
