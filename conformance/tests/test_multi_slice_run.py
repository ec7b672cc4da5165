"""A slice over several symbols in a run: nothing ahead of the key, everything before it, for good.

What SYMBOL_UNKNOWN and KEY_UNKNOWN are about stands in ``test_multi_slice``.
"""

from __future__ import annotations

from typing import Any

import pytest

from fillproof.errors import LookAheadError, SliceError

from .several import HELD, KEYS, SYMBOLS, TIMES, closes, lookups, plain, price, run


@pytest.mark.parametrize("kind", list(KEYS))
def test_the_users_own_candles_come_back(engine: Any, kind: str) -> None:
    keys = KEYS[kind]
    given = lookups(plain, keys)
    own = {
        (symbol, side, keys.index(key)): candle
        for symbol, sides in given.items()
        for side, candles in sides.items()
        for key, candle in candles.items()
    }
    checked = []

    def see(index: int, view: Any) -> None:
        for symbol in SYMBOLS:
            part = view[symbol]
            for side, now in (("bid", part.bid), ("ask", part.ask)):
                candle = own.get((symbol, side, index))
                assert now is candle
                assert part.latest(price_type=side) is candle
                assert view.latest(symbol, side) is candle
                history = [own[symbol, side, at] for at in HELD[symbol, side] if at <= index]
                assert all(a is b for a, b in zip(view.history(symbol, side), history, strict=True))
                assert part.series_ref("M1", side)[index] is candle
        checked.append(index)

    run(engine, see, keys, given)
    assert checked == [0, 1, 2, 3]


def test_one_slice_for_the_whole_run(engine: Any) -> None:
    seen: list[Any] = []

    def see(index: int, view: Any) -> None:
        seen.append((view, view["GBPUSD"], view["GBPUSD"].indicators))
        assert (view.index, view.timestamp, view.time) == (index, TIMES[index], TIMES[index])
        assert view["GBPUSD"].index == index

    run(engine, see)
    assert len(seen) == 4
    assert all(part is first for found in seen for part, first in zip(found, seen[0], strict=True))
    assert isinstance(seen[0][0], engine.MultiSymbolSlice)
    assert isinstance(seen[0][1], engine.SymbolView)
    assert isinstance(seen[0][1], engine.SymbolDataSlice)


@pytest.mark.parametrize("kind", list(KEYS))
def test_no_look_ahead(engine: Any, kind: str) -> None:
    keys = KEYS[kind]
    refused = []

    def see(index: int, view: Any) -> None:
        for later in range(index + 1, len(keys)):
            for move in (
                lambda later=later: view.set_index(later),
                lambda later=later: view.set_timestamp(keys[later]),
                lambda later=later: view["EURUSD"].set_index(later),
            ):
                with pytest.raises(LookAheadError) as caught:
                    move()
                assert (caught.value.code, caught.value.bar) == ("LOOK_AHEAD", index)
                assert (view.index, view.timestamp) == (index, keys[index])
                assert view["EURUSD"].index == index
                refused.append(later)
        with pytest.raises(SliceError) as outside:
            view.set_index(len(keys))
        assert outside.value.code in {"INDEX_OUT_OF_RANGE", "LOOK_AHEAD"}

    run(engine, see, keys)
    assert len(refused) == 3 * (3 + 2 + 1)


def test_a_strategy_may_look_back_and_the_loop_moves_on(engine: Any) -> None:
    seen = []

    def see(index: int, view: Any) -> None:
        seen.append((index, view.index, view["GBPUSD"].latest().close))
        view.set_timestamp(TIMES[0])
        assert (view.index, view["GBPUSD"].index, view.time) == (0, 0, TIMES[0])
        assert view["GBPUSD"].latest().close == price("GBPUSD", "bid", 0)
        assert len(view["GBPUSD"].series_ref()) == 1

    run(engine, see)
    assert seen == [(place, place, price("GBPUSD", "bid", place)) for place in range(4)]


def test_warm_up_keys_are_there_to_look_at(engine: Any) -> None:
    first = []

    def see(index: int, view: Any) -> None:
        if not first:
            first.append((index, closes(view.history("GBPUSD")), len(view["EURUSD"].series_ref())))

    run(engine, see, original_start_dt=TIMES[2])
    assert first == [(2, [price("GBPUSD", "bid", place) for place in range(3)], 3)]


def test_what_was_seen_stays_after_the_run(engine: Any) -> None:
    kept: list[Any] = []

    def see(index: int, view: Any) -> None:
        part = view["GBPUSD"]
        kept.append(
            (part.latest(), part.history(), part.series_ref(), part.history_view(), part["M1"])
        )

    run(engine, see)
    for index, (latest, history, series, history_view, sides) in enumerate(kept):
        wanted = [price("GBPUSD", "bid", place) for place in range(index + 1)]
        assert latest.close == wanted[-1]
        assert closes(history) == closes(series) == closes(history_view) == wanted
        assert closes(sides["bid"]) == wanted
        assert (len(series), len(sides["ask"])) == (index + 1, index + 1)


def test_indicators_of_a_symbol_end_at_the_key(engine: Any) -> None:
    lengths = []

    def see(index: int, view: Any) -> None:
        part = view["EURUSD"]
        mean = part.indicators.sma("M1", "bid", 1)
        lengths.append(len(mean))
        at = part.indicators.at(mean, index)
        assert at == (None if part.bid is None else part.bid.close)
        other = view["GBPUSD"].indicators
        assert other is not part.indicators
        assert other.at(other.sma("M1", "bid", 1), index) == price("GBPUSD", "bid", index)

    run(engine, see)
    assert lengths == [1, 2, 3, 4]
