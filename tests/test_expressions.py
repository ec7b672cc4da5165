"""Strategies of expressions: the trees, and the same signals on every backend and as a callback."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import fillproof.expressions as names
from fillproof import data, run_backtest, run_cross_backtest
from fillproof.cli import app
from fillproof.conformance.fuzz_expressions import plans
from fillproof.conformance.lookahead import Market, StrategyBench, examine
from fillproof.errors import ConfigError, FillproofError
from fillproof.expressions import (
    Plan,
    atr,
    between,
    close,
    constant,
    distance,
    ema,
    from_json,
    highest,
    macd,
    param,
    pips,
    r_multiple,
    sma,
    to_json,
    weekday,
    zscore,
)

from .helpers import moment, wave
from .slow_expressions import Callback

FAST, SLOW = ema(10), ema(50)
CROSS: dict[str, Any] = {"long": FAST.crosses_above(SLOW), "short": FAST.crosses_below(SLOW)}
NAMES = {name: getattr(names, name) for name in names.__all__}
PAIR = data.eurusd_h1_2017()
# A tree is drawn in many small choices, which takes longer than a check of it.
SLOWLY = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "phases": [Phase.explicit, Phase.generate],
}


def refused(make: Callable[[], object]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        make()
    assert caught.value.code == "EXPRESSION_INVALID"
    return caught.value


def run(engine: Any, name: str, strategy: Any, **options: Any) -> Any:
    bid, ask = options.pop("sides", (PAIR.bid, PAIR.ask))
    return run_backtest(bid, ask, strategy, symbol="EURUSD", backend=name, **options)


def asked(row: dict[str, Any]) -> list[Any]:
    """What a strategy asked for, without what became of it."""
    names = ("time_us", "direction", "type", "entry_price", "stop_loss", "take_profit")
    return [row[name] for name in names]


# --- trees ---


@settings(max_examples=150, **SLOWLY)
@given(plan=plans(timeframes=(None, "H4"), symbols=(None, "GBPUSD")))
def test_prop_a_plan_survives_being_printed_saved_pickled_and_copied(plan: Plan) -> None:
    assert eval(repr(plan), NAMES) == plan
    assert Plan.from_json(plan.to_json()) == plan
    assert pickle.loads(pickle.dumps(plan)) == plan == copy.deepcopy(plan)
    assert hash(plan) == hash(copy.copy(plan))
    assert json.loads(plan.to_json())["version"] == 1
    for part in (plan.long, plan.short):
        if part is not None:
            assert from_json(to_json(part)) == part == eval(repr(part), NAMES)


def test_trees_are_values() -> None:
    assert ema(10) == ema(10) != ema(11)
    assert len({ema(10), ema(10), close(), close("ask")}) == 3
    with pytest.raises(AttributeError):
        ema(10).name = "sma"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "1.0 - close() * 2.0",
        "constant(1.0) < close()",
        "~(close() > 1.0).shift(2)",
        "(~(close() > 1.0)).shift(2)",
        "-(close() - 1.0)",
        "(-close()).shift(1)",
        "abs(close() - close(side='ask', timeframe='H4', symbol='GBPUSD'))",
        "macd(12, line='signal')",
        "zscore(20, 'ema', 10)",
        "zscore(100, ema_period=5)",
        "kalman_zscore(100, Q=0.5)",
        "garch_volatility(use_log_returns=False)",
        "minimum(highest(high(), param('bars', 20)), 2.0) + 1.0",
        "constant(1.0) + 2.0",
        "weekday('Mon', 'Fri') | between('08:00', '17:00')",
        "close().equals(1.0) & close().differs(constant(2.0))",
    ],
)
def test_what_is_printed_is_python(text: str) -> None:
    made = eval(text, NAMES)
    assert eval(repr(made), NAMES) == made
    assert from_json(to_json(made)) == made


@pytest.mark.parametrize(
    ("make", "field", "value"),
    [
        (lambda: close().shift(-1), "shift.bars", -1),
        (lambda: close().shift(1.5), "shift.bars", 1.5),
        (lambda: close().shift(param("n", -2)), "shift.bars", -2),
        (lambda: ema(0), "ema.period", 0),
        (lambda: ema(True), "ema.period", True),
        (lambda: macd(12, 26, 0, line="line"), "macd.signal_period", 0),
        (lambda: macd(line="adx"), "macd.line", "adx"),
        (lambda: zscore(20, "ema"), "zscore.ema_period", None),
        (lambda: zscore(20, "median"), "zscore.mean_source", "median"),
        (lambda: close("mid"), "close.side", "mid"),
        (lambda: close() > "x", "greater.right", "x"),
        (lambda: close() + float("nan"), "add.right", None),
        (lambda: constant(True), "constant.value", True),
        (lambda: highest(close(), 0), "highest.bars", 0),
        (lambda: between("8:00", "17:00"), "between.start", "8:00"),
        (lambda: between("08:00", "Fri 17:00"), "between.end", "Fri 17:00"),
        (lambda: between("08:00", "08:00"), "between.end", "08:00"),
        (lambda: weekday("Monday"), "weekday.days", ("Monday",)),
        (lambda: pips(10, 0.0), "pips.pip_size", 0.0),
        (Plan, "long, short", None),
        (lambda: Plan(long=close()), "long", close()),
        (lambda: Plan(close() > 1.0, entry=close()), "entry", close()),
        (lambda: Plan(close() > 1.0, type="limit"), "entry", None),
        (lambda: Plan(close() > 1.0, type="stop_limit"), "type", "stop_limit"),
        (lambda: Plan(close() > 1.0, stop=close() > 1.0), "stop", close() > 1.0),
        (lambda: Plan(close() > 1.0, stop=r_multiple(1)), "stop", r_multiple(1)),
        (lambda: Plan(close() > 1.0, target=r_multiple(1)), "target", r_multiple(1)),
        (lambda: Plan(ema(param("n", 5)) > sma(param("n", 6))), "param 'n'", 6),
        (lambda: Plan(close() > 1.0).bind(n=1), "n", 1),
        (lambda: Plan(ema(param("n", 5)) > 1.0).bind(n=0), "ema.period", 0),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(
    make: Callable[[], object], field: str, value: object
) -> None:
    error = refused(make)
    assert error.field == field
    assert value is None or error.value == value
    assert error.expected
    assert str(error).startswith(f"{field} is ")


def test_an_expression_is_not_true_or_false() -> None:
    for make in (lambda: bool(close() > 1.0), lambda: 1.0 < close() < 2.0):
        with pytest.raises(TypeError, match="&"):
            make()


def test_trees_have_bounds() -> None:
    deep = close()
    for _ in range(99):
        deep = deep + 1.0
    assert "depth" in str(refused(lambda: deep + 1.0))
    wide = close()
    for _ in range(12):
        wide = wide + wide
    assert "10000 nodes" in str(refused(lambda: wide + wide))


def test_the_deepest_tree_is_read_by_every_engine(backend: Any) -> None:
    deep = close()
    for _ in range(99):
        deep = deep + 1.0
    plan = Plan(close() > 1.0, stop=deep)
    assert backend.ExpressionStrategy.from_json(plan.to_json()).plan == plan


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d.update(version=2), "version"),
        (lambda d: d.update(format="x"), "format"),
        (lambda d: d.pop("stop"), "document"),
        (lambda d: d["long"].update(node="greatest"), "long.node"),
        (lambda d: d["long"].pop("left"), "long"),
        (lambda d: d["long"]["left"].update(settings={}), "long.left.settings"),
        (lambda d: d["long"]["left"]["settings"].update(period=0), "long.left: ema.period"),
        (lambda d: d["long"].update(right=None), "long: greater.right"),
    ],
)
def test_a_wrong_document_is_refused_with_its_place(
    change: Callable[[dict[str, Any]], object], field: str
) -> None:
    document = json.loads(Plan(ema(10) > ema(50)).to_json())
    change(document)
    assert refused(lambda: Plan.from_json(json.dumps(document))).field == field
    assert refused(lambda: Plan.from_json("{")).field == "document"


def test_parameters_are_bound_by_name(backend: Any) -> None:
    strategy = backend.ExpressionStrategy(ema(param("fast", 10)) > sma(param("slow", 20)))
    assert strategy.parameters == {"fast": 10, "slow": 20}
    other = strategy.bind(fast=5)
    assert other.parameters == {"fast": 5, "slow": 20}
    assert other == backend.ExpressionStrategy(ema(param("fast", 5)) > sma(param("slow", 20)))
    assert strategy.parameters["fast"] == 10


# --- strategies ---


def test_a_strategy_is_a_value_on_every_backend(backends: dict[str, Any], tmp_path: Any) -> None:
    made = [engine.ExpressionStrategy(**CROSS, stop=pips(10)) for engine in backends.values()]
    for strategy, engine in zip(made, backends.values(), strict=True):
        assert repr(strategy) == repr(made[0])
        assert repr(strategy).startswith("ExpressionStrategy(long=ema(10).crosses_above(ema(50))")
        assert strategy == made[0]
        assert hash(strategy) == hash(made[0])
        assert pickle.loads(pickle.dumps(strategy)) == strategy == copy.deepcopy(strategy)
        assert strategy != engine.ExpressionStrategy(**CROSS, stop=pips(11))
        path = strategy.save(tmp_path / "cross.json")
        assert engine.ExpressionStrategy.load(path) == strategy
        assert engine.ExpressionStrategy.from_json(strategy.to_json()) == strategy


def test_the_ema_cross_is_the_built_in_one(backend: Any, backend_name: str) -> None:
    levels = {"stop": pips(10), "target": pips(20), "reason": "ema_cross"}
    ours = run(backend, backend_name, backend.ExpressionStrategy(**CROSS, **levels))
    built_in = run(backend, backend_name, backend.EmaCross("H1"))
    assert ours.digest == built_in.digest
    assert ours.trades.num_rows > 100


def test_the_ema_cross_with_true_ranges_is_the_built_in_one(
    backend: Any, backend_name: str
) -> None:
    levels = {"stop": distance(1.5 * atr(14)), "target": distance(3.0 * atr(14))}
    made = backend.ExpressionStrategy(**CROSS, **levels, reason="ema_atr")
    ours = run(backend, backend_name, made)
    assert ours.digest == run(backend, backend_name, backend.EmaAtr("H1")).digest


def test_the_way_back_to_the_mean_is_the_built_in_one(backend: Any, backend_name: str) -> None:
    score, mean = zscore(50), sma(50)
    made = backend.ExpressionStrategy(
        score.crosses_below(-2.0) & (mean > close("ask")),
        score.crosses_above(2.0) & (mean < close()),
        stop=distance(2.0 * atr(14)),
        target=mean,
        reason="zscore_reversion",
    )
    ours = run(backend, backend_name, made)
    built_in = run(backend, backend_name, backend.ZScoreReversion("H1", window=50, rest=1))
    assert ours.digest == built_in.digest
    assert ours.trades.num_rows > 50


@pytest.mark.parametrize("start", [None, 37])
@settings(max_examples=25, **SLOWLY)
@given(plan=plans(timeframes=(None, None, "M5", "M15")), seed=st.integers(0, 9))
def test_prop_every_backend_signals_what_the_same_callback_signals(
    backends: dict[str, Any], start: int | None, plan: Plan, seed: int
) -> None:
    bid, ask = wave(160, seed=seed)
    options: dict[str, Any] = {"sides": (bid, ask), "timeframes": ["M5", "M15"]}
    digests = {
        name: run(engine, name, engine.ExpressionStrategy.of(plan), **options).digest
        for name, engine in backends.items()
    }
    name, engine = next(iter(backends.items()))
    slow = run(engine, name, Callback(engine, plan, "M1", 1), **options)
    assert set(digests.values()) == {slow.digest}, digests
    if start is not None:
        options["start"] = moment(start)
        late = {
            name: run(engine, name, engine.ExpressionStrategy.of(plan), **options)
            for name, engine in backends.items()
        }
        assert len({result.digest for result in late.values()}) == 1
        rows = next(iter(late.values())).signals.to_pylist()
        first = int(bid.time_us[start])
        expected = [row for row in slow.signals.to_pylist() if row["time_us"] >= first]
        assert list(map(asked, rows)) == list(map(asked, expected))


@settings(max_examples=25, **SLOWLY)
@given(plan=plans(timeframes=(None, "M5")), cut=st.integers(1, 119))
def test_prop_what_comes_later_changes_nothing(
    backends: dict[str, Any], plan: Plan, cut: int
) -> None:
    bid, ask = wave(120)
    options: dict[str, Any] = {"timeframe": "M1", "timeframes": ["M5"]}
    for name, engine in backends.items():
        strategy = engine.ExpressionStrategy.of(plan)
        whole = run(engine, name, strategy, sides=(bid, ask), **options).signals.to_pylist()
        # The same object once more, over fewer bars.
        part = run(engine, name, strategy, sides=(bid[:cut], ask[:cut]), **options)
        seen = part.signals.to_pylist()
        assert list(map(asked, seen)) == list(map(asked, whole[: len(seen)]))
        last = int(bid.time_us[cut - 1])
        assert all(row["time_us"] > last for row in whole[len(seen) :])


def test_the_search_for_look_ahead_finds_nothing(backend: Any, backend_name: str) -> None:
    def make() -> Any:
        long = (close() > highest(close(), 5).shift(1)) & (ema(5, timeframe="H4") > close())
        return backend.ExpressionStrategy(long, stop=distance(atr(3)))

    market = Market("EURUSD", "H1", PAIR.bid[:160], PAIR.ask[:160])
    found = examine(StrategyBench(make, market, backend=backend_name, timeframes=["H4"]))
    assert found.finding is None


class Outside:
    """Hands a strategy to a loop that does not know it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def evaluate(self, index: int, slice_map: Any) -> Any:
        return self._inner.evaluate(index, slice_map)


@settings(max_examples=15, **SLOWLY)
@given(plan=plans(timeframes=(None, "M5")))
def test_prop_a_strategy_runs_on_the_slices_of_every_backend(
    backends: dict[str, Any], plan: Plan
) -> None:
    options: dict[str, Any] = {"sides": wave(90), "timeframes": ["M5"]}
    digests = set()
    for name, engine in backends.items():
        for maker in backends.values():
            strategy = maker.ExpressionStrategy.of(plan)
            wrapped = engine.StrategyWrapper(strategy)
            digests.add(run(engine, name, Outside(strategy), **options).digest)
            digests.add(run(engine, name, wrapped.strategy, **options).digest)
    assert len(digests) == 1


def test_rest_between_calls_changes_no_column(backends: dict[str, Any]) -> None:
    plan = Plan(long=close() > ema(3), short=close() < ema(3), stop=pips(10))
    digests = {
        run(
            engine, name,
            engine.StrategyWrapper(maker.ExpressionStrategy.of(plan), cooldown_candles=3),
        ).digest
        for name, engine in backends.items()
        for maker in backends.values()
    }  # fmt: skip
    assert len(digests) == 1


@settings(max_examples=20, **SLOWLY)
@given(
    plan=plans(timeframes=(None, "M1"), symbols=(None, None, "GBPUSD", "AUDUSD"), symbol="EURUSD")
)
def test_prop_expressions_over_several_symbols(backends: dict[str, Any], plan: Plan) -> None:
    symbols = ("EURUSD", "GBPUSD", "AUDUSD")
    market = {name: wave(120, seed=place) for place, name in enumerate(symbols)}
    digests = {}
    for name, engine in backends.items():
        made = engine.ExpressionStrategy.of(plan)
        for way, strategy in (("own", made), ("outside", Outside(made))):
            digests[name, way] = _across(engine, name, market, strategy).digest
    name, engine = next(iter(backends.items()))
    slow = _across(engine, name, market, Callback(engine, plan, "M1", 1))
    assert set(digests.values()) == {slow.digest}


def _across(engine: Any, name: str, market: dict[str, Any], strategy: Any) -> Any:
    return run_cross_backtest(market, strategy, timeframe="M1", backend=name)


@pytest.mark.parametrize(
    ("settings_", "code"),
    [
        ({"long": close(symbol="XAUUSD") > 1.0}, "SYMBOL_UNKNOWN"),
        ({"long": close() > 1.0, "symbol": "XAUUSD"}, "SYMBOL_UNKNOWN"),
        ({"long": close(timeframe="H4") > 1.0}, "TIMEFRAME_UNKNOWN"),
        ({"long": close() > 1.0, "timeframe": "H4"}, "TIMEFRAME_UNKNOWN"),
    ],
)
def test_what_a_run_does_not_have_is_told_at_its_start(
    backend: Any, backend_name: str, settings_: dict[str, Any], code: str
) -> None:
    with pytest.raises(FillproofError) as caught:
        run(backend, backend_name, backend.ExpressionStrategy(**settings_))
    assert caught.value.code == code


def test_a_saved_strategy_runs_from_the_command(backend_name: str, tmp_path: Any) -> None:
    plan = Plan(**CROSS, stop=pips(10), target=pips(20), reason="ema_cross")
    path = plan.save(tmp_path / "cross.json")
    command = ["run", "--quiet", "--backend", backend_name, "--strategy"]
    ours = CliRunner().invoke(app, [*command, str(path)])
    assert ours.exit_code == 0, ours.output
    built_in = CliRunner().invoke(app, [*command, "ema-cross"])
    assert ours.output == built_in.output
    broken = tmp_path / "broken.json"
    broken.write_text("{}", encoding="utf-8")
    assert CliRunner().invoke(app, [*command, str(broken)]).exit_code != 0
