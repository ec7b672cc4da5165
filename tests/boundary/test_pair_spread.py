"""PairSpread gives the same run natively, in a wrapper, called like a user's, and written out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from . import plain_strategies
from .market import bits, outcome, same
from .pairs import SYMBOLS, candle_lookups, minutes

PAIR = ("EURUSD", "AUDUSD")
SETTINGS: dict[str, Any] = {
    "hedge": 0.75,
    "window": 9,
    "entry": 1.2,
    "period": 4,
    "stop_atr": 1.5,
    "target_atr": 2.0,
    "rest": 3,
}
KEYS = 240


class Outside:
    """Calls the built-in strategy from Python, so that no loop knows what it is."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def evaluate(self, index: int, market: Any) -> Any:
        return self.inner.evaluate(index, market)


def run(
    backend: Any,
    strategy: Any,
    *,
    seed: int = 3,
    keys: list[Any] | None = None,
    start: int = 0,
    on_progress: Any = None,
    executor: Any = None,
    tracer: Any = None,
) -> dict[str, Any]:
    """Run a strategy over three symbols with holes; return all that is left, as bits."""
    keys = minutes(KEYS) if keys is None else keys
    portfolio = backend.Portfolio(10_000.0)
    maker = executor or backend.ExecutionSimulator
    made = maker(
        portfolio,
        symbol_specs={name: backend.SymbolSpec(name, 0.0001, 5) for name in SYMBOLS},
        sizing=backend.FixedLots(0.1),
        fee_model=backend.FeeModel(per_lot=3.5),
        slippage_model=backend.SlippageModel(0.1),
    )
    options = {} if tracer is None else {"tracer": tracer}
    backend.CrossSymbolEventEngine(
        candle_lookups(backend, keys, seed), keys, strategy, made, portfolio, "M1", on_progress,
        keys[start], **options,
    ).run()  # fmt: skip
    return outcome(made, portfolio)


@pytest.mark.parametrize("start", [0, 1, 50])
@pytest.mark.parametrize("kind", ["time", "int"])
def test_every_way_to_run_it(backends, start: int, kind: str) -> None:
    def make(backend: Any) -> Any:
        def strategy() -> Any:
            return backend.PairSpread(*PAIR, **SETTINGS)

        class Executor(backend.ExecutionSimulator):
            pass

        keys = minutes(KEYS) if kind == "time" else [7 * place for place in range(KEYS)]
        given: dict[str, Any] = {"keys": keys, "start": start}
        native = run(backend, strategy(), **given)
        steps: list[Any] = []
        assert run(backend, backend.StrategyWrapper(strategy()), **given) == native
        assert run(backend, Outside(strategy()), **given) == native
        progress = lambda *at: steps.append(at)  # noqa: E731
        assert run(backend, strategy(), on_progress=progress, **given) == native
        assert steps == [(i + 1, KEYS - start) for i in range(KEYS - start)]
        assert run(backend, strategy(), executor=Executor, **given) == native
        tracer = backend.Tracer()
        assert run(backend, strategy(), tracer=tracer, **given) == native
        told = [{name: bits(value) for name, value in e.items()} for e in tracer.events]
        tracer = backend.Tracer()
        run(backend, Outside(strategy()), tracer=tracer, **given)
        assert told == [{name: bits(x) for name, x in e.items()} for e in tracer.events]
        return native

    result = same(backends, make)
    assert len(result["signals"]["order_id"]) > 20
    assert set(result["signals"]["symbol"]) == set(PAIR)


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("start", [0, 50])
def test_the_same_as_a_plain_callback(backends, seed: int, start: int) -> None:
    def make(backend: Any) -> Any:
        built_in = run(backend, backend.PairSpread(*PAIR, **SETTINGS), seed=seed, start=start)
        plain = plain_strategies.PairSpread(backend, PAIR, **SETTINGS)
        assert built_in == run(backend, plain, seed=seed, start=start)
        return built_in

    assert len(same(backends, make)["signals"]["order_id"]) > 20


def test_a_second_run_begins_anew(backends) -> None:
    def make(backend: Any) -> Any:
        strategy = backend.PairSpread(*PAIR, **SETTINGS)
        runs = [run(backend, strategy), run(backend, Outside(strategy)), run(backend, strategy)]
        assert runs[0] == runs[1] == runs[2]
        return runs[0]

    same(backends, make)


def test_a_manager_beside_it(backends) -> None:
    def make(backend: Any) -> Any:
        def wrapped(inner: Any) -> Any:
            wrapper = backend.StrategyWrapper(inner)
            wrapper.position_manager = backend.PositionManager(
                max_holding_bars=9,
                break_even=backend.BreakEven(after_r=0.5),
                trailing=backend.Trailing(atr=2.0, period=3),
            )
            return wrapper

        native = run(backend, wrapped(backend.PairSpread(*PAIR, **SETTINGS)))
        outside = wrapped(SimpleNamespace(on_data=backend.PairSpread(*PAIR, **SETTINGS).on_data))
        assert run(backend, outside) == native
        return native

    result = same(backends, make)
    assert any("M1.max_bars" in row for row in result["closed"])


def test_a_replaced_method_is_called(backend) -> None:
    strategy = backend.PairSpread(*PAIR, **SETTINGS)
    calls: list[int] = []
    strategy.evaluate = lambda index, market: calls.append(index)
    run(backend, strategy)
    assert calls == list(range(KEYS))


def test_an_unknown_symbol_is_an_error_of_its_key(backends) -> None:
    def make(backend: Any) -> Any:
        with pytest.raises(ValueError, match="USDJPY") as info:
            run(backend, backend.PairSpread("EURUSD", "USDJPY"), start=2)
        return info.value.code, info.value.bar, info.value.value, info.value.expected

    code, bar, *_ = same(backends, make)
    assert (code, bar) == ("SYMBOL_UNKNOWN", 2)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"symbol_b": "EURUSD", "hedge": -1.0}, "OPTION_UNKNOWN", "symbol_b"),
    ({"hedge": 0.0}, "NUMBER_INVALID", "hedge"),
    ({"hedge": "1", "window": 0}, "NUMBER_INVALID", "hedge"),
    ({"window": 1.0}, "PERIOD_INVALID", "window"),
    ({"entry": float("nan")}, "NUMBER_INVALID", "entry"),
    ({"period": False}, "PERIOD_INVALID", "period"),
    ({"stop_atr": None}, "NUMBER_INVALID", "stop_atr"),
    ({"target_atr": 0}, "NUMBER_INVALID", "target_atr"),
    ({"rest": -3}, "PERIOD_INVALID", "rest"),
]


@pytest.mark.parametrize(("settings", "code", "field"), REFUSED)
def test_settings_are_checked(backends, settings: dict[str, Any], code: str, field: str) -> None:
    def make(backend: Any) -> Any:
        given = {"symbol_a": "EURUSD", "symbol_b": "AUDUSD", **settings}
        with pytest.raises(ValueError, match=field) as info:
            backend.PairSpread(**given)
        error = info.value
        return error.code, error.field, repr(error.value), error.expected

    assert same(backends, make)[:2] == (code, field)


def test_settings_are_shown(backend) -> None:
    strategy = backend.PairSpread(*PAIR, **SETTINGS)
    assert (strategy.symbol_a, strategy.symbol_b) == PAIR
    assert {name: getattr(strategy, name) for name in SETTINGS} == SETTINGS


@pytest.mark.parametrize("kind", ["time", "int"])
def test_a_strategy_of_one_symbol_takes_the_first(backends, kind: str) -> None:
    """Where keys are no times, each candle is new, whatever its time says (I.taken)."""

    def make(backend: Any) -> Any:
        keys = minutes(KEYS) if kind == "time" else [7 * place for place in range(KEYS)]
        found = []
        for strategy in (
            backend.EmaAtr("M1", 3, 8, 4),
            backend.Breakout("M1", length=4, max_bars=5, unit="pips", stop=3.0, target=5.0),
        ):
            found.append(run(backend, strategy, keys=keys, start=30))
            assert len(found[-1]["signals"]["order_id"]) > 10
            assert set(found[-1]["signals"]["symbol"]) == {"EURUSD"}
        return [{**result, "state": None} for result in found]

    same(backends, make)
