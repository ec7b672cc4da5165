"""The built-in strategies give the same run natively, in a wrapper, and called like a user's.

Rule I.taken: what they have seen is the same in every way to run them.
"""

from __future__ import annotations

from typing import Any

import pytest

from . import plain_strategies
from .market import SYMBOL, Market, outcome, same

# Class, settings, and how many signals a run of 300 bars at least makes.
STRATEGIES: list[tuple[str, dict[str, Any], int]] = [
    ("EmaCross", {"fast": 3, "slow": 8, "stop_pips": 2.0, "target_pips": 4.0}, 10),
    ("EmaAtr", {"fast": 3, "slow": 8, "period": 5, "stop_atr": 1.5, "target_atr": 2.5}, 10),
    (
        "ZScoreReversion",
        {"window": 12, "entry": 1.25, "period": 5, "stop_atr": 1.5, "rest": 4},
        6,
    ),
    (
        "Breakout",
        {"length": 6, "max_bars": 5, "stop": 1.0, "target": 2.0, "unit": "atr", "period": 4},
        60,
    ),
    (
        "Breakout",
        {"length": 1, "max_bars": 1, "stop": 1.5, "target": 2.5, "unit": "pips"},
        400,
    ),
]
EACH = pytest.mark.parametrize(
    ("name", "settings", "least"),
    STRATEGIES,
    ids=[f"{name}-{settings.get('unit', '')}".strip("-") for name, settings, _ in STRATEGIES],
)


class Outside:
    """Calls the built-in strategy from Python, so that no loop knows what it is."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def evaluate(self, index: int, slice_map: Any) -> Any:
        return self.inner.evaluate(index, slice_map)


def run(market: Market, strategy: Any, start: int, on_progress: Any = None, **options: Any) -> Any:
    portfolio = market.portfolio()
    executor = market.executor(portfolio, options.pop("executor", None), **options)
    market.backend.EventEngine(
        market.bid, market.ask, strategy, executor, portfolio, market.data, SYMBOL, on_progress,
        market.bid[start].timestamp,
    ).run()  # fmt: skip
    return outcome(executor, portfolio)


@pytest.mark.parametrize("start", [0, 1, 60])
@EACH
def test_every_way_to_run_it(
    backends, start: int, name: str, settings: dict[str, Any], least: int
) -> None:
    def make(backend: Any) -> Any:
        def strategy() -> Any:
            return getattr(backend, name)("M1", **settings)

        class Executor(backend.ExecutionSimulator):
            pass

        market = Market(backend)
        native = run(market, strategy(), start)
        steps: list[Any] = []
        assert run(market, backend.StrategyWrapper(strategy()), start) == native
        assert run(market, Outside(strategy()), start) == native
        assert run(market, strategy(), start, lambda *at: steps.append(at)) == native
        assert run(market, strategy(), start, executor=Executor) == native
        assert steps == [(i + 1, 300 - start) for i in range(300 - start)]
        market.bid, market.ask = list(market.bid), list(market.ask)
        market.data = {"M1": {"bid": market.bid, "ask": market.ask}}
        assert run(market, strategy(), start) == native
        return native

    result = same(backends, make)
    assert len(result["signals"]["order_id"]) > least * (300 - start) // 300


@pytest.mark.parametrize("start", [0, 1, 60])
@pytest.mark.parametrize("seed", [5, 6])
@EACH
def test_the_same_as_a_plain_callback(
    backends, start: int, seed: int, name: str, settings: dict[str, Any], least: int
) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, seed=seed)
        built_in = getattr(backend, name)("M1", **settings)
        named = {"pip_size": 0.0001, **settings}
        plain = getattr(plain_strategies, name)(backend, **named)
        result = run(market, built_in, start)
        assert result == run(market, plain, start)
        return result

    assert len(same(backends, make)["signals"]["order_id"]) > least * (300 - start) // 300


@EACH
def test_a_second_run_begins_anew(
    backends, name: str, settings: dict[str, Any], least: int
) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend, 100)
        strategy = getattr(backend, name)("M1", **settings)
        return [
            run(market, strategy, 0),
            run(market, Outside(strategy), 0),
            run(market, strategy, 0),
        ]

    first, second, third = same(backends, make)
    assert first == second == third
    assert len(first["signals"]["order_id"]) > least // 4


@EACH
def test_a_higher_timeframe_with_absent_bars(
    backends, name: str, settings: dict[str, Any], least: int
) -> None:
    """Candles every fifth bar; some have one side alone, at the end of a warm-up and within."""

    def make(backend: Any) -> Any:
        market = Market(backend)
        lacking = {"bid": {49, 104, 219}, "ask": {44, 49, 129, 219, 224}}
        market.data = {
            **market.data,
            "M5": {
                side: [candles[i] if i % 5 == 4 and i not in lacking[side] else None
                       for i in range(300)]
                for side, candles in (("bid", market.bid), ("ask", market.ask))
            },
        }  # fmt: skip
        return run(market, getattr(backend, name)("M5", **settings), 50)

    assert len(same(backends, make)["signals"]["order_id"]) > least // 12


@EACH
def test_a_timeframe_that_is_carried_forward(
    backends, name: str, settings: dict[str, Any], least: int
) -> None:
    """A candle that stands for five bars counts once: as where it stands at the first one alone."""

    def make(backend: Any) -> Any:
        market = Market(backend)
        sides = (("bid", market.bid), ("ask", market.ask))
        once = {
            side: [candles[i] if i % 5 == 4 else None for i in range(300)]
            for side, candles in sides
        }
        carried = {
            side: [candles[i - (i + 1) % 5] if i > 3 else None for i in range(300)]
            for side, candles in sides
        }
        columns = {
            side: backend.Candles(
                *zip(
                    *((c.time_us, c.open, c.high, c.low, c.close) for c in series[4:]), strict=True
                )
            )
            for side, series in carried.items()
        }
        runs = []
        for start in (50, 52):
            for shown in (once, carried):
                market.data = {"M5": shown}
                runs.append(run(market, getattr(backend, name)("M5", **settings), start))
                outside = Outside(getattr(backend, name)("M5", **settings))
                assert run(market, outside, start) == runs[-1]
            assert runs[-1] == runs[-2]
        # Columns without gaps, which the loop of the Rust engine reads without Python.
        market.bid, market.ask = market.bid[4:], market.ask[4:]
        market.data = {"M5": columns}
        whole = run(market, getattr(backend, name)("M5", **settings), 46)
        assert whole["closed"] == runs[0]["closed"] or name == "Breakout"
        market.data = {"M5": {side: series[4:] for side, series in carried.items()}}
        assert run(market, getattr(backend, name)("M5", **settings), 46) == whole
        return runs, whole

    (first, *_), _ = same(backends, make)
    assert len(first["signals"]["order_id"]) > least // 12


@EACH
def test_positions_know_the_options_of_their_orders(
    backends, name: str, settings: dict[str, Any], least: int
) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)
        strategy = getattr(backend, name)("M1", **settings)
        portfolio = market.portfolio()
        market.engine(strategy, market.executor(portfolio), portfolio).run()
        gone = [*portfolio.closed_positions, *portfolio.expired_orders]
        return [(p.order_id, dict(p.metadata), p.max_bars, p.oco) for p in gone]

    for _, notes, max_bars, oco in same(backends, make):
        expected = {} if oco is None else {"max_bars": max_bars, "oco": oco}
        assert notes == expected
        assert (name == "Breakout") == bool(notes)


SETTINGS_REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("EmaAtr", {"fast": 0}, "PERIOD_INVALID", "fast"),
    ("EmaAtr", {"slow": 2.0}, "PERIOD_INVALID", "slow"),
    ("EmaAtr", {"period": True}, "PERIOD_INVALID", "period"),
    ("EmaAtr", {"stop_atr": 0.0}, "NUMBER_INVALID", "stop_atr"),
    ("EmaAtr", {"target_atr": float("inf")}, "NUMBER_INVALID", "target_atr"),
    ("EmaAtr", {"slow": None, "stop_atr": -1.0}, "PERIOD_INVALID", "slow"),
    ("ZScoreReversion", {"window": -1}, "PERIOD_INVALID", "window"),
    ("ZScoreReversion", {"entry": 0.0}, "NUMBER_INVALID", "entry"),
    ("ZScoreReversion", {"period": "14"}, "PERIOD_INVALID", "period"),
    ("ZScoreReversion", {"stop_atr": None}, "NUMBER_INVALID", "stop_atr"),
    ("ZScoreReversion", {"rest": 0}, "PERIOD_INVALID", "rest"),
    ("Breakout", {"length": 0}, "PERIOD_INVALID", "length"),
    ("Breakout", {"max_bars": 0}, "NUMBER_INVALID", "max_bars"),
    ("Breakout", {"max_bars": 2**31}, "NUMBER_INVALID", "max_bars"),
    ("Breakout", {"max_bars": 2.5}, "NUMBER_INVALID", "max_bars"),
    ("Breakout", {"stop": float("nan")}, "NUMBER_INVALID", "stop"),
    ("Breakout", {"target": "far"}, "NUMBER_INVALID", "target"),
    ("Breakout", {"unit": "ticks"}, "OPTION_UNKNOWN", "unit"),
    ("Breakout", {"unit": 1, "pip_size": "x"}, "OPTION_UNKNOWN", "unit"),
    ("Breakout", {"period": 0}, "PERIOD_INVALID", "period"),
    ("Breakout", {"pip_size": 0.0}, "NUMBER_INVALID", "pip_size"),
]


@pytest.mark.parametrize(("name", "settings", "code", "field"), SETTINGS_REFUSED)
def test_settings_are_checked(
    backends, name: str, settings: dict[str, Any], code: str, field: str
) -> None:
    def make(backend: Any) -> Any:
        with pytest.raises(ValueError, match=field) as info:
            getattr(backend, name)("M1", **settings)
        error = info.value
        return error.code, error.field, repr(error.value), error.expected

    assert same(backends, make)[:2] == (code, field)


@EACH
def test_settings_are_shown(backend, name: str, settings: dict[str, Any], least: int) -> None:
    strategy = getattr(backend, name)("M1", **settings)
    assert strategy.timeframe == "M1"
    assert {key: getattr(strategy, key) for key in settings} == settings


def test_a_manager_beside_it_is_called(backend) -> None:
    calls: list[int] = []

    class Manager:
        portfolio = True

        def manage_positions(self, **given: Any) -> None:
            calls.append(given["symbol_slice"].index)

    market = Market(backend, 100)
    wrapper = backend.StrategyWrapper(backend.EmaCross("M1", 3, 8))
    wrapper.position_manager = Manager()
    run(market, wrapper, 0)
    assert calls


def test_unknown_timeframe_is_an_error_of_its_bar(backends) -> None:
    def make(backend: Any) -> Any:
        with pytest.raises(ValueError, match="H4") as info:
            run(Market(backend, 20), backend.EmaCross("H4"), 2)
        return info.value.code, info.value.bar

    assert same(backends, make) == ("TIMEFRAME_UNKNOWN", 2)


def test_averages_are_the_same_to_the_last_bit(backends) -> None:
    def make(backend: Any) -> Any:
        values = [float("nan"), *Market(backend).bid.close.tolist(), float("nan"), 1.25]
        average = backend.Ema(7)
        streamed = [average.update(x).hex() for x in values]
        assert [x.hex() for x in backend.ema(values, 7).tolist()] == streamed
        return streamed

    same(backends, make)


@pytest.mark.parametrize("period", [0, -1, 2.0, True, "3", None])
def test_periods_are_whole_numbers(backend, period: Any) -> None:
    with pytest.raises(ValueError, match="whole number") as info:
        backend.Ema(period)
    assert info.value.code == "PERIOD_INVALID"
