"""The compiled strategies on real candles: what they give, how they run, how they are held."""

from __future__ import annotations

import copy
import pickle
import sys
from typing import Any

import fillproof_strategies as own
import in_python
import pytest

from fillproof import backends, data, run_backtest
from fillproof.errors import BackendUnavailable
from fillproof.intake import time_of

PAIR = data.eurusd_h1_2017()
# The compiled half of the package that maturin makes.
MODULE = "fillproof_strategies.fillproof_strategies"
SETTINGS = {
    "Channel": "timeframe='H1', length=24, stop_pips=15.0, target_pips=30.0, pip_size=0.0001",
    "Gap": "least_pips=10.0, stop_pips=40.0, max_bars=6, pip_size=0.0001",
}
# Compiled, in Python, and how many trades there are at least.
BOTH = [(own.Channel, in_python.Channel, 100), (own.Gap, in_python.Gap, 5)]
EACH = pytest.mark.parametrize(("rust", "plain", "least"), BOTH)


def run(strategy: Any, bars: int | None = None, **options: Any) -> Any:
    return run_backtest(PAIR.bid[:bars], PAIR.ask[:bars], strategy, symbol="EURUSD", **options)


@EACH
def test_the_same_as_a_callback_in_python(rust: Any, plain: Any, least: int) -> None:
    result = run(rust())
    assert result.trades.num_rows > least
    for name in backends.NAMES:
        if backends.status(name).ok:
            assert run(plain(), backend=name).digest == result.digest


@EACH
def test_a_result_says_which_module_ran(rust: Any, plain: Any, least: int) -> None:
    result = run(rust(), 200)
    assert (result.backend, result.build["module"]) == ("rust", MODULE)
    assert result.build["module_file"] == sys.modules[MODULE].__file__
    assert result.config["strategy"] == f"fillproof_strategies:{rust.__name__}"
    assert {"trades", "signals", "equity", "fees"} <= set(result.tables)


@EACH
def test_no_python_runs_at_a_bar(rust: Any, plain: Any, least: int) -> None:
    def calls(bars: int) -> int:
        bid, ask = (own.Candles(*side[:bars].columns()) for side in (PAIR.bid, PAIR.ask))
        executor = own.ExecutionSimulator(own.Portfolio(), sizing=own.FixedLots(0.1))
        loop = own.EventEngine(
            bid, ask, rust(), executor, executor.portfolio, {"H1": {"bid": bid, "ask": ask}},
            "EURUSD", None, time_of(PAIR.bid, 0),
        )  # fmt: skip
        seen: list[str] = []
        sys.setprofile(lambda frame, event, argument: seen.append(event))
        try:
            loop.run()
        finally:
            sys.setprofile(None)
        return len(seen)

    calls(100)
    assert calls(5000) == calls(500)


@EACH
def test_every_way_to_drive_it(rust: Any, plain: Any, least: int) -> None:
    result = run(rust())

    class Mine(rust):  # type: ignore[misc, valid-type]
        seen = 0

        def evaluate(self, index: int, slice_map: Any) -> Any:
            type(self).seen += 1
            return super().evaluate(index, slice_map)

    assert run(Mine()).digest == result.digest
    assert Mine.seen == len(PAIR.bid)
    assert run(own.StrategyWrapper(rust())).digest == result.digest
    kept = run(rust(), keep_signals=True)
    assert kept.digest == result.digest
    assert kept.trade_signals.num_rows == result.signals.num_rows
    strategy = rust()
    assert run(strategy).digest == run(strategy).digest == result.digest


def test_warm_up_and_other_timeframes() -> None:
    start = time_of(PAIR.bid, 500)

    class Warm(in_python.Channel):
        """The same, fed with the warm-up that a built-in one takes in by itself."""

        def on_data(self, slice_map: Any) -> Any:
            (view,) = slice_map.values()
            if not self.highs:
                for bar in view.history("H1", "bid", view.index + 1)[:-1]:
                    self.highs.append(bar.high)
                    self.lows.append(bar.low)
            return super().on_data(slice_map)

    assert run(own.Channel(), start=start).digest == run(Warm(), start=start).digest
    wide = run(own.Channel("H4", length=10), timeframes=["H4"])
    outside = run(own.Channel("H4", length=10), timeframes=["H4"], keep_signals=True)
    assert wide.trades.num_rows > 20
    assert wide.digest == outside.digest


def test_a_manager_beside_it() -> None:
    manager = own.PositionManager(max_holding_bars=5)
    beside = run(own.Channel(), position_manager=manager)
    plain = run(in_python.Channel(), position_manager=manager, backend="rust")
    assert beside.digest == plain.digest != run(own.Channel()).digest


@EACH
def test_it_is_a_value(rust: Any, plain: Any, least: int) -> None:
    strategy = rust()
    assert repr(strategy) == f"{rust.__name__}({SETTINGS[rust.__name__]})"
    assert pickle.loads(pickle.dumps(strategy)) == copy.copy(strategy) == strategy
    assert hash(strategy) == hash(rust())
    assert strategy != rust(pip_size=0.01)


@pytest.mark.parametrize("settings", [{"length": 0}, {"stop_pips": -1.0}])
def test_settings_are_checked(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"whole number|finite number"):
        own.Channel(**settings)


def test_another_backend_is_refused() -> None:
    with pytest.raises(BackendUnavailable, match="compiled in Rust"):
        run(own.Channel(), backend="python")
