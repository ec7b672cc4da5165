"""What a strategy sees of several symbols, in its own hands and while an engine drives it."""

from __future__ import annotations

import gc
import weakref
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fillproof.errors import FillproofError
from fillproof.lookups import CandleLookup

from .market import same
from .pairs import START, SYMBOLS, candle_lookups, minutes
from .test_cross_symbols import run

KEYS = minutes(5)


def lookups(backend: ModuleType) -> dict[str, dict[str, dict[Any, Any]]]:
    """All candles but GBPUSD's ask at 1 and bid at 2, and all of AUDUSD at 3."""
    found = candle_lookups(backend, KEYS, 2, holes=0.0)
    del found["GBPUSD"]["ask"][KEYS[1]], found["GBPUSD"]["bid"][KEYS[2]]
    del found["AUDUSD"]["bid"][KEYS[3]], found["AUDUSD"]["ask"][KEYS[3]]
    return found


def test_a_mapping_of_symbol_to_view(backend: ModuleType) -> None:
    market = backend.MultiSymbolSlice(lookups(backend), KEYS, "M1")
    assert list(market) == list(market.keys()) == list(SYMBOLS)
    assert len(market) == 3
    assert "GBPUSD" in market
    assert "USDJPY" not in market
    view = market["GBPUSD"]
    assert market.get("GBPUSD") is view
    assert market.values()[1] is view
    assert market.items()[1] == ("GBPUSD", view)
    assert market.get("USDJPY") is None
    assert market.get("USDJPY", 7) == 7
    assert isinstance(view, backend.SymbolView)
    assert isinstance(view, backend.SymbolDataSlice)
    assert (view.symbol, view.index, view.timestamp) == ("GBPUSD", 0, KEYS[0])
    with pytest.raises(FillproofError, match="USDJPY") as info:
        market["USDJPY"]
    assert isinstance(info.value, ValueError)
    assert (info.value.code, info.value.expected) == (
        "SYMBOL_UNKNOWN",
        "one of EURUSD, GBPUSD, AUDUSD",
    )


def test_key_index_and_views_move_together(backend: ModuleType) -> None:
    market = backend.MultiSymbolSlice(lookups(backend), KEYS, "M1")
    market.set_timestamp(KEYS[3])
    assert (market.index, market.timestamp, market.time) == (3, KEYS[3], KEYS[3])
    assert market["EURUSD"].index == 3
    assert market.primary_tf == "M1"
    market.set_index(1)
    assert (market.timestamp, market["AUDUSD"].timestamp) == (KEYS[1], KEYS[1])
    assert market.key_at(4) == KEYS[4]


def test_candles_are_the_users_own_and_none_in_a_hole(backend: ModuleType) -> None:
    given = lookups(backend)
    market = backend.MultiSymbolSlice(given, KEYS, "M1")
    for place, key in enumerate(KEYS):
        market.set_index(place)
        for symbol in market:
            view = market[symbol]
            bid, ask = given[symbol]["bid"].get(key), given[symbol]["ask"].get(key)
            assert market.is_covered(symbol) == (bid is not None and ask is not None)
            if market.is_covered(symbol):
                assert view.bid is bid
                assert view.ask is ask
                assert view.latest() is view.latest("M1", "bid") is market.latest(symbol) is bid
                assert view.latest(price_type="ask") is market.latest(symbol, "ask") is ask
    market.set_index(3)
    assert market["AUDUSD"].latest() is None
    assert market["AUDUSD"].bid is None
    history = market.history("AUDUSD", "ask", 2)
    assert history == [given["AUDUSD"]["ask"][key] for key in KEYS[1:3]]
    assert market["AUDUSD"].history(length=9) == [given["AUDUSD"]["bid"][k] for k in KEYS[:3]]


def test_what_a_slice_refuses(backends: dict[str, ModuleType]) -> None:
    def refused(backend: ModuleType) -> list[Any]:
        market = backend.MultiSymbolSlice(lookups(backend), KEYS, "M1")
        view = market["EURUSD"]
        found = []
        for deed in (
            lambda: market.set_index(-1),
            lambda: market.set_index(5),
            lambda: market.set_index(True),
            lambda: market.set_index(1.0),
            lambda: market.set_timestamp("2024"),
            lambda: market.set_timestamp(START.replace(second=1)),
            lambda: market.set_timestamp(START.replace(tzinfo=None)),
            lambda: market.latest("USDJPY"),
            lambda: market.is_covered("USDJPY"),
            lambda: market.history("EURUSD", "mid"),
            lambda: view.latest("H1"),
            lambda: view.latest(price_type="mid"),
        ):
            with pytest.raises(FillproofError) as info:
                deed()
            error = info.value
            fields = (error.code, error.bar, error.field, str(error.value), error.expected)
            found.append((type(error).__name__, *fields))
        return found

    left = same(backends, refused)
    assert [row[1] for row in left] == [
        *["INDEX_OUT_OF_RANGE"] * 4, *["KEY_UNKNOWN"] * 3, *["SYMBOL_UNKNOWN"] * 2,
        "SIDE_UNKNOWN", "TIMEFRAME_UNKNOWN", "SIDE_UNKNOWN",
    ]  # fmt: skip


def quiet(backend: ModuleType) -> tuple[Any, Any]:
    portfolio = backend.Portfolio()
    return backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.1)), portfolio


def test_nobody_looks_ahead_while_an_engine_drives(backend: ModuleType) -> None:
    seen: list[Any] = []

    def evaluate(index: int, market: Any) -> None:
        assert market.index == index
        for deed in (
            lambda: market.set_index(index + 1),
            lambda: market.set_timestamp(KEYS[index + 1]),
            lambda: market["GBPUSD"].set_index(index + 1),
        ):
            if index < 4:
                with pytest.raises(FillproofError) as info:
                    deed()
                seen.append((info.value.code, info.value.bar, info.value.field))
        market.set_index(0)
        assert market["EURUSD"].latest() == market["EURUSD"].bid
        seen.append(market.timestamp)

    executor, portfolio = quiet(backend)
    run(backend, lookups(backend), KEYS, SimpleNamespace(evaluate=evaluate), executor, portfolio)
    assert seen == [
        entry
        for index in range(5)
        for entry in [*[("LOOK_AHEAD", index, "index")] * (3 if index < 4 else 0), KEYS[0]]
    ]


def test_indicators_end_at_the_key(backends: dict[str, ModuleType]) -> None:
    def seen(backend: ModuleType) -> list[Any]:
        found: list[Any] = []

        def evaluate(index: int, market: Any) -> None:
            for view in market.values():
                means = view.indicators.sma("M1", "ask", 2)
                assert len(means) == index + 1
                found.append([x.hex() for x in means.tolist()])
            assert market["EURUSD"].indicators is market["EURUSD"].indicators

        executor, portfolio = quiet(backend)
        strategy = SimpleNamespace(evaluate=evaluate)
        run(backend, lookups(backend), KEYS, strategy, executor, portfolio)
        return found

    assert len(same(backends, seen)) == 15


def test_columns_by_time_are_laid_out_without_objects(backend: ModuleType) -> None:
    """Columns behind lookups show the same as the same candles in dicts."""
    plain = lookups(backend)

    def columns(side: dict[Any, Any]) -> Any:
        rows = [side[key] for key in sorted(side)]
        fields = [[getattr(row, name) for row in rows] for name in ("open", "high", "low", "close")]
        return CandleLookup(backend.Candles([row.time_us for row in rows], *map(np.array, fields)))

    by_time = {
        symbol: {name: columns(side) for name, side in sides.items()}
        for symbol, sides in plain.items()
    }
    found = []
    for given in (plain, by_time):
        seen: list[Any] = []

        def evaluate(index: int, market: Any, seen: list[Any] = seen) -> None:
            for view in market.values():
                seen.append((index, view.bid, view.ask, view.latest(), view.history(length=3)))
                seen.append(view.history(price_type="ask", length=9))
                seen.append(view.indicators.ema("M1", "bid", 2).tolist())

        executor, portfolio = quiet(backend)
        strategy = SimpleNamespace(evaluate=evaluate)
        engine = run(backend, given, KEYS, strategy, executor, portfolio)
        found.append((repr(seen), engine.holes))
    assert found[0] == found[1]
    assert found[0][1] == {"EURUSD": 0, "GBPUSD": 2, "AUDUSD": 1}


class Raw:
    """Returns raw signals, and notes what it was given."""

    def __init__(self, *signals: Any) -> None:
        self.signals = list(signals)
        self.given: list[Any] = []

    def on_data(self, market: Any) -> Any:
        self.given.append(market)
        return self.signals if market.index == 1 else None


def wrapped(backend: ModuleType, *signals: Any, **options: Any) -> Any:
    wrapper = backend.StrategyWrapper(Raw(*signals), **options)
    market = backend.MultiSymbolSlice(lookups(backend), KEYS, "M1")
    market.set_index(1)
    return wrapper, market


def test_the_wrapper_reads_raw_signals_of_several_symbols(backends: dict[str, ModuleType]) -> None:
    def made(backend: ModuleType) -> list[Any]:
        wrapper, market = wrapped(
            backend,
            {"direction": "buy", "symbol": "EURUSD", "sl": 1.0},
            {"direction": "sell", "symbol": "AUDUSD"},
            {"direction": "buy", "symbol": "GBPUSD"},
            {"direction": "buy", "symbol": "USDJPY"},
            {"direction": "buy", "symbol": "EURUSD", "type": "limit", "entry": 1.05},
        )
        signals = wrapper.evaluate(1, market)
        assert wrapper.strategy.given == [market]
        fields = ("symbol", "direction", "entry_price", "stop_loss", "timestamp", "type", "meta")
        return [[getattr(signal, name) for name in fields] for signal in signals]

    left = same(backends, made)
    assert left[0][2] is not None
    assert left[1][2] is not None
    assert [row[2] for row in left[2:]] == [None, None, 1.05]
    assert {row[4] for row in left} == {KEYS[1]}
    assert left[0][6]["decision_time"] == left[0][6]["bar_open"] == KEYS[1].isoformat()


def test_a_raw_signal_names_its_symbol(backends: dict[str, ModuleType]) -> None:
    def refused(backend: ModuleType) -> Any:
        wrapper, market = wrapped(backend, {"direction": "buy"})
        with pytest.raises(FillproofError) as info:
            wrapper.evaluate(1, market)
        error = info.value
        return error.code, error.bar, error.field, error.value, error.expected

    assert same(backends, refused) == (
        "SIGNAL_NOT_UNDERSTOOD", 1, "symbol", None, "the name of one of EURUSD, GBPUSD, AUDUSD",
    )  # fmt: skip


def test_the_only_symbol_need_not_be_named(backend: ModuleType) -> None:
    wrapper = backend.StrategyWrapper(Raw({"direction": "buy"}))
    only = {"EURUSD": lookups(backend)["EURUSD"]}
    market = backend.MultiSymbolSlice(only, KEYS, "M1")
    market.set_index(1)
    [signal] = wrapper.evaluate(1, market)
    assert (signal.symbol, signal.entry_price) == ("EURUSD", only["EURUSD"]["ask"][KEYS[1]].close)


def test_check_entry_is_given_the_whole_slice(backend: ModuleType) -> None:
    given: list[Any] = []
    strategy = SimpleNamespace(check_entry=lambda market, *, index: given.append((market, index)))
    market = backend.MultiSymbolSlice(lookups(backend), KEYS, "M1")
    assert backend.StrategyWrapper(strategy).evaluate(0, market) is None
    assert given == [(market, 0)]


def test_cooldowns_count_keys_and_their_times(backend: ModuleType) -> None:
    for options, calls in (({"cooldown_candles": 2}, [1, 3]), ({"cooldown_minutes": 3}, [1, 4])):
        strategy = SimpleNamespace(
            on_data=lambda market: {"direction": "buy", "symbol": "EURUSD", "sl": 0.5}
        )
        wrapper = backend.StrategyWrapper(strategy, **options)
        executor, portfolio = quiet(backend)
        run(backend, lookups(backend), KEYS, wrapper, executor, portfolio, start=KEYS[1])
        assert [row - START for row in (p.entry_time for p in executor.active_positions)] == [
            KEYS[call] - START for call in calls
        ]


def test_notes_of_keys_that_are_no_times(backends: dict[str, ModuleType]) -> None:
    def made(backend: ModuleType) -> Any:
        given = {
            symbol: {
                side: {KEYS.index(key): candle for key, candle in lookup.items()}
                for side, lookup in sides.items()
            }
            for symbol, sides in lookups(backend).items()
        }
        strategy = SimpleNamespace(
            on_data=lambda market: {"direction": "buy", "symbol": "EURUSD"},
            get_primary_timeframe=lambda: "M1",
        )
        market = backend.MultiSymbolSlice(given, [0, 1, 2, 3, 4], "M1")
        market.set_index(2)
        [signal] = backend.StrategyWrapper(strategy).evaluate(2, market)
        return signal.meta, signal.timestamp.isoformat(), market.time.isoformat()

    moment = "1970-01-01T00:00:00.000002+00:00"
    notes = {"tf": "M1", "timestamp_semantics": "open"}
    assert same(backends, made) == (notes, moment, moment)


def test_slices_and_views_may_be_derived_from(backend: ModuleType) -> None:
    class Market(backend.MultiSymbolSlice):  # type: ignore[misc, name-defined]
        def first(self) -> Any:
            return next(iter(self))

    class View(backend.SymbolView):  # type: ignore[misc, name-defined]
        mine = 1

    market = Market(lookups(backend), KEYS, "M1")
    market.note = "kept"
    assert (market.first(), market.note) == ("EURUSD", "kept")
    view = View("X", "M1", [None, "candle"], [None, None])
    view.set_index(1)
    assert (view.bid, view.ask, view.latest(), view.timestamp) == ("candle", None, "candle", None)


def test_a_slice_is_collected(backend: ModuleType) -> None:
    market = backend.MultiSymbolSlice(lookups(backend), KEYS, "M1")
    market.itself = market
    gone = weakref.ref(market)
    del market
    gc.collect()
    assert gone() is None
