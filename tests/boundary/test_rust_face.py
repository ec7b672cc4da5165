"""What only the Rust engine promises: memory that is shared, classes that are closed, its build."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

if "rust" not in os.environ.get("FILLPROOF_TEST_BACKENDS", "rust"):
    pytest.skip("rust is not in FILLPROOF_TEST_BACKENDS", allow_module_level=True)

import rsengine
from rsengine import _rsengine

TIME = datetime(2024, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def columns(bars: int = 5) -> list[Any]:
    return [np.arange(bars, dtype="int64") * 60_000_000, *(np.ones(bars) for _ in "ohlc")]


def test_columns_are_shared_where_they_can_be() -> None:
    given = columns()
    candles = rsengine.Candles(*given)
    for name, column in zip(("time_us", "open", "high", "low", "close"), given, strict=True):
        kept = getattr(candles, name)
        assert np.shares_memory(kept, column)
        assert not kept.flags.writeable
        assert column.flags.writeable, "the user's own array stays as it was"
    assert not candles.volume.any()
    part = candles[1:3]
    assert np.shares_memory(part.close, given[4])


@pytest.mark.parametrize("dtype", ["float32", "int64", ">f8"])
def test_other_columns_are_copied(dtype: str) -> None:
    given = columns()
    given[1] = np.arange(1, 11, dtype=dtype)[::2]
    assert rsengine.Candles(*given).open.tolist() == [1.0, 3.0, 5.0, 7.0, 9.0]


def test_columns_that_are_none() -> None:
    for column, code in (
        ("text", "CANDLE_TYPE"),
        ([[1.0]], "LENGTHS_DIFFER"),
        ([1.0], "LENGTHS_DIFFER"),
    ):
        given = columns()
        given[2] = column
        with pytest.raises((TypeError, ValueError)) as info:
            rsengine.Candles(*given)
        assert info.value.code == code


def test_no_bars_at_all() -> None:
    empty = rsengine.Candles([], [], [], [], [])
    assert len(empty) == 0
    assert list(empty) == []
    with pytest.raises(IndexError):
        empty[0]


@pytest.mark.parametrize(
    "moment",
    [
        TIME,
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2000, 2, 29, tzinfo=UTC),
        datetime(1900, 3, 1, tzinfo=UTC),
        datetime(2024, 6, 1, 12, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
        datetime(2024, 6, 1, 12, tzinfo=timezone(timedelta(hours=13, microseconds=7))),
    ],
)
def test_times_there_and_back(moment: datetime) -> None:
    candle = rsengine.Candle(moment, 1.0, 1.0, 1.0, 1.0)
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert candle.time_us == expected
    assert candle.timestamp is moment
    row = rsengine.Candles([expected], [1.0], [1.0], [1.0], [1.0])[0]
    assert row == candle
    assert row.timestamp == moment
    assert row.timestamp.tzinfo is UTC
    assert row.timestamp is row.timestamp


VALUES = [
    rsengine.Candle(TIME, 1.1, 1.2, 1.0, 1.15, 3.0),
    rsengine.SymbolSpec("EURUSD", 0.0001, 5, tick_size=0.00001, tick_value=1.0),
    rsengine.SlippageModel(0.2),
    rsengine.FeeModel(1.0, 2.0, 3.0, 4.0),
    rsengine.ExecutionPolicy("next_open", True, "error"),
    rsengine.FixedLots(0.1),
    rsengine.RiskAmount(50),
    rsengine.TradeSignal("long", 1.1, 1.0, None, "EURUSD", TIME, reason="r", meta={"a": 1}),
    rsengine.Rejection(1, 2, "EURUSD", "S3.sides", "stop_loss", 1.0, "< 1.0"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_frozen_and_pickle(value: Any) -> None:
    again = pickle.loads(pickle.dumps(value))
    assert again == value
    assert hash(again) == hash(value)
    assert repr(again) == repr(value)
    assert value != object()
    with pytest.raises(AttributeError):
        value.anything = 1


def test_a_sequence_of_candles() -> None:
    from collections.abc import Sequence

    candles = rsengine.Candles(*columns())
    assert isinstance(candles, Sequence)
    assert candles[-1] == candles[4]
    assert candles.index(candles[2]) == 2
    assert candles.count(candles[2]) == 1
    assert candles[2] in candles
    assert next(reversed(candles)) == candles[4]
    assert pickle.loads(pickle.dumps(candles))[3] == candles[3]


def test_events_of_python_stand_between_those_of_the_engine() -> None:
    tracer = rsengine.Tracer()
    portfolio = rsengine.Portfolio()
    portfolio.attach_tracer(tracer)
    tracer.begin_bar(3, 7)
    tracer.begin_phase("PORTFOLIO")
    portfolio.update(TIME)
    tracer.emit("note", "", text="mine")
    portfolio.update(TIME + timedelta(minutes=1))
    kinds = [(event["seq"], event["bar"], event["kind"]) for event in tracer.events]
    assert kinds == [(0, 3, "equity"), (1, 3, "note"), (2, 3, "equity")]
    tracer.clear()
    assert tracer.events == []


def test_build_info() -> None:
    info = rsengine.build_info()
    assert info["backend"] == "rust"
    assert info["module_file"] == _rsengine.__file__
    assert set(info) >= {"version", "build", "compiler", "profile", "source_hash"}


def test_the_package_offers_what_it_lists() -> None:
    for name in rsengine.__all__:
        assert getattr(rsengine, name).__doc__


def test_nothing_is_imported_early() -> None:
    code = (
        "import sys, rsengine; rsengine.Portfolio().update;"
        "print([m for m in ('pyengine', 'pyarrow', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_classes_cannot_be_changed_behind_the_native_loop() -> None:
    """A class-wide replacement would not be seen by a native run, so it is refused loudly."""
    for cls in (rsengine.ExecutionSimulator, rsengine.Portfolio, rsengine.StrategyWrapper):
        with pytest.raises(TypeError, match="immutable type"):
            cls.process_signal = None


def test_a_method_replaced_past_setattr_is_found() -> None:
    bars = rsengine.Candles(*columns())
    portfolio = rsengine.Portfolio()
    executor = rsengine.ExecutionSimulator(portfolio, sizing=rsengine.FixedLots(0.1))
    seen: list[Any] = []
    vars(executor)["close_bar"] = seen.append
    wrapper = rsengine.StrategyWrapper(None)
    vars(wrapper)["evaluate"] = lambda index, slice_map: seen.append(index)
    rsengine.EventEngine(
        bars, bars, wrapper, executor, portfolio, {}, "EURUSD",
        original_start_dt=datetime(1970, 1, 1, tzinfo=UTC),
    ).run()  # fmt: skip
    assert seen[::2] == [0, 1, 2, 3, 4]
    assert len(seen) == 10
