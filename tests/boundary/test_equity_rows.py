"""Rows of equity that are left for later are those that are written bar by bar."""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FILLPROOF_ROWS_EXAMPLES", "200"))
PACKAGES = {"python": "pyengine", "cython": "pyengine._compiled"}
NAMES = [
    name
    for name in PACKAGES
    if name in os.environ.get("FILLPROOF_TEST_BACKENDS", "python,cython").split(",")
]
BARS = 60
MINUTE_US = 60_000_000
PLAIN: dict[str, Any] = {
    "direction": "long", "entry": 1.1, "size": 0.1, "unit": 100_000.0, "at": "open",
    "is_new": False,
}  # fmt: skip
# Most differ from another in one thing alone.
OTHERS = (
    {"direction": "short"}, {"entry": 1.10007}, {"size": 0.3}, {"size": 0.0}, {"unit": 91_234.5},
    {"unit": 0.0}, {"at": "close"}, {"at": "close", "is_new": True},
    {"at": "close", "is_new": True, "direction": "short"},
)  # fmt: skip
POSITION = st.sampled_from([PLAIN, PLAIN, PLAIN, *({**PLAIN, **other} for other in OTHERS)])
STEP = st.fixed_dictionaries(
    {
        "bars": st.sampled_from([0, 1, 1, 2, 2, 5]),
        "skipped": st.sampled_from([*7 * [0], 1]),
        "cash": st.sampled_from([*6 * [10_000.0], 9_987.25, 3.0]),
        "held": st.one_of(
            st.lists(POSITION, min_size=1, max_size=1),
            st.lists(POSITION, min_size=1, max_size=1),
            st.lists(POSITION, max_size=3),
        ),
        "way": st.sampled_from([*6 * ["keep"], "again", "add", "other bars"]),
        "look": st.sampled_from([*8 * [None], "last", "columns"]),
    }
)


@pytest.fixture(params=NAMES)
def reference(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(PACKAGES[request.param])


class Side:
    """A curve, and the bars on one backend."""

    def __init__(self, package: ModuleType, seed: int) -> None:
        rooms = {
            name: importlib.import_module(f"{package.__name__}.{name}")
            for name in ("bars", "equity_curve", "positions")
        }
        random = np.random.default_rng(seed)
        close = 110_000 + np.cumsum(random.integers(-30, 31, BARS))
        prices = [close, close + random.integers(0, 9, BARS), close - random.integers(0, 9, BARS)]
        opened, high, low, last = (column / 1e5 for column in (close, *prices[1:], close))
        times = np.arange(BARS, dtype="int64") * MINUTE_US
        bid = package.Candles(times, opened, high, low, last)
        ask = package.Candles(times, *(column + 2e-5 for column in (opened, high, low, last)))
        self.bars = [rooms["bars"].Bars(bid, ask) for _ in range(2)]
        self.prices = {
            "long": (last, low, high),
            "short": tuple(c + 2e-5 for c in (last, high, low)),
        }
        self.curve = rooms["equity_curve"].EquityCurve(10_000.0)
        self._record = rooms["positions"].Position

    def position(self, order_id: int, given: dict[str, Any], time_us: int) -> Any:
        made = self._record(
            order_id, "EURUSD", given["direction"], "market", "open", 0, given["entry"],
            given["unit"], given["size"], None, None, 100.0, 5, None,
        )  # fmt: skip
        made.at = given["at"]
        made.trigger_time_us = time_us if given["is_new"] else -1
        return made

    def gains(self, held: list[Any], bar: int, filled: bool) -> tuple[float, float]:
        """What open positions gain at the close and at the worst of a bar (P3.equity_worst)."""
        marked = at_low = at_high = 0.0
        for position in held:
            last, worst, best = self.prices[position.direction]
            if filled and position.at == "close" and position.trigger_time_us == bar * MINUTE_US:
                worst = best = last
            low, high = (worst, best) if position.direction == "long" else (best, worst)
            marked += position.gain(float(last[bar]))
            at_low += position.gain(float(low[bar]))
            at_high += position.gain(float(high[bar]))
        return marked, min(at_low, at_high)


def contents(curve: Any) -> list[Any]:
    """All columns and extremes."""
    columns = [column.tobytes() for column in curve.columns().values()]
    extremes = (curve.max_equity, curve.max_drawdown, curve.max_drawdown_worst)
    return [*columns, *extremes, curve.initial_max_drawdown, curve.equity, curve.size]


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=(Phase.generate,)
)
@given(seed=st.integers(0, 99), steps=st.lists(STEP, min_size=12, max_size=24))
def follow(package: ModuleType, seed: int, steps: list[dict[str, Any]]) -> None:
    left, written = Side(package, seed), Side(package, seed)
    bar, number, held, cash = 0, 0, [], 10_000.0
    shown: list[tuple[dict[str, Any], list[bytes]]] = []
    for order_id, step in enumerate(steps):
        bar = min(BARS, bar + step["skipped"])
        until = min(BARS, bar + step["bars"])
        if until == bar:
            continue
        stays = step["way"] == "again"
        if not stays:
            number, held, cash = order_id, step["held"], step["cash"]
        mine, plain = (
            [side.position(number, given, bar * MINUTE_US) for given in held]
            for side in (left, written)
        )
        filled = until == bar + 1 and not stays
        if step["way"] == "add":
            for place in range(bar, until):
                left.curve.add(place * MINUTE_US, cash, *left.gains(mine, place, filled))
        else:
            bars = left.bars[step["way"] == "other bars"]
            left.curve.keep(bars, bar, until, cash, mine, bar * MINUTE_US if filled else None)
        for place in range(bar, until):
            written.curve.add(place * MINUTE_US, cash, *written.gains(plain, place, filled))
        bar = until
        assert left.curve.present() == written.curve.present()
        if step["look"] == "last":
            assert left.curve.last() == written.curve.last()
        elif step["look"] == "columns":
            columns = left.curve.columns()
            shown.append((columns, [column.tobytes() for column in columns.values()]))
            assert contents(left.curve) == contents(written.curve)
    assert contents(left.curve) == contents(written.curve)
    for columns, were in shown:
        assert [column.tobytes() for column in columns.values()] == were


def test_prop_rows_left_for_later_are_those_of_each_bar(reference: ModuleType) -> None:
    follow(reference)


def test_the_row_of_the_last_time_is_written_anew_and_the_columns_that_were_shown_stay(
    reference: ModuleType,
) -> None:
    side = Side(reference, 1)
    side.curve.keep(side.bars[0], 0, 3, 100.0, [], None)
    before = side.curve.columns()
    were = {name: column.tolist() for name, column in before.items()}
    side.curve.add(2 * MINUTE_US, 90.0, 1.0, -2.0)
    assert {name: column.tolist() for name, column in before.items()} == were
    assert side.curve.rows()[-1] == (2 * MINUTE_US, 90.0, 91.0, 88.0, 9_909.0)
    assert side.curve.size == 3
