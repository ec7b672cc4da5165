"""What a manager and a session are told: values, checked when made."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from fillproof.errors import FillproofError

from .managing import spec


def test_settings_are_values(engine: Any) -> None:
    for value, same, other in (
        (engine.BreakEven(after_r=1), engine.BreakEven(1.0), engine.BreakEven(after_pips=1)),
        (engine.Trailing(atr=3), engine.Trailing(atr=3.0, period=14), engine.Trailing(r=3)),
        (engine.Partial(0.5, 1), engine.Partial(0.5, after_r=1.0), engine.Partial(0.4, 1)),
    ):
        assert value == same
        assert hash(value) == hash(same)
        assert value != other
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value
        with pytest.raises(AttributeError):
            value.after_r = 2


def test_settings_show_themselves(engine: Any) -> None:
    assert repr(engine.BreakEven(after_r=1)) == (
        "BreakEven(after_r=1.0, after_pips=None, buffer_pips=0.0)"
    )
    assert repr(engine.Trailing(pips=10)) == ("Trailing(pips=10.0, r=None, atr=None, period=14)")
    assert repr(engine.Partial(0.5, after_pips=7)) == (
        "Partial(fraction=0.5, after_r=None, after_pips=7.0)"
    )


def test_a_manager_reads_back_what_it_was_told(engine: Any) -> None:
    session = engine.Session("M5", flat_at=["21:00"])
    even, trailing = engine.BreakEven(after_r=1), engine.Trailing(atr=2)
    partial, specs = engine.Partial(0.5, after_r=1), {"EURUSD": spec(engine)}
    portfolio = engine.Portfolio()
    manager = engine.PositionManager(
        portfolio,
        session=session,
        max_holding_bars=5,
        max_holding_minutes=60,
        break_even=even,
        trailing=trailing,
        partials=[partial],
        symbol_specs=specs,
    )
    assert manager.portfolio is portfolio
    assert (manager.session, manager.break_even) == (session, even)
    assert (manager.trailing, manager.partials) == (trailing, (partial,))
    assert (manager.max_holding_bars, manager.max_holding_minutes) == (5, 60.0)
    assert manager.symbol_specs == specs
    assert manager.refused == []
    bare = engine.PositionManager()
    assert [bare.portfolio, bare.session, bare.max_holding_bars, bare.max_holding_minutes] == [
        None
    ] * 4
    assert (bare.break_even, bare.trailing, bare.partials, bare.symbol_specs) == (
        None, None, (), {},
    )  # fmt: skip
    bare.attach_portfolio(portfolio)
    assert bare.portfolio is portfolio
    bare.note = "users may keep what they like"
    assert bare.note


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda e: e.BreakEven(), "OPTION_UNKNOWN", "after_r, after_pips"),
        (lambda e: e.BreakEven(1, 2), "OPTION_UNKNOWN", "after_r, after_pips"),
        (lambda e: e.BreakEven(after_r=0), "NUMBER_INVALID", "after_r"),
        (lambda e: e.BreakEven(after_pips="5"), "NUMBER_INVALID", "after_pips"),
        (lambda e: e.BreakEven(1, buffer_pips=-1), "NUMBER_INVALID", "buffer_pips"),
        (lambda e: e.BreakEven(1, buffer_pips=None), "NUMBER_INVALID", "buffer_pips"),
        (lambda e: e.Trailing(), "OPTION_UNKNOWN", "pips, r, atr"),
        (lambda e: e.Trailing(1, 1, 1), "OPTION_UNKNOWN", "pips, r, atr"),
        (lambda e: e.Trailing(r=-1), "NUMBER_INVALID", "r"),
        (lambda e: e.Trailing(atr=float("inf")), "NUMBER_INVALID", "atr"),
        (lambda e: e.Trailing(atr=1, period=0), "PERIOD_INVALID", "period"),
        (lambda e: e.Trailing(atr=1, period=1.5), "PERIOD_INVALID", "period"),
        (lambda e: e.Partial(0, 1), "NUMBER_INVALID", "fraction"),
        (lambda e: e.Partial(1.5, 1), "NUMBER_INVALID", "fraction"),
        (lambda e: e.Partial(0.5), "OPTION_UNKNOWN", "after_r, after_pips"),
        (lambda e: e.Partial(0.5, 1, 1), "OPTION_UNKNOWN", "after_r, after_pips"),
        (lambda e: e.PositionManager(session="M5"), "OPTION_UNKNOWN", "session"),
        (lambda e: e.PositionManager(break_even=1), "OPTION_UNKNOWN", "break_even"),
        (lambda e: e.PositionManager(trailing=1), "OPTION_UNKNOWN", "trailing"),
        (lambda e: e.PositionManager(partials=[1]), "OPTION_UNKNOWN", "partials"),
        (lambda e: e.PositionManager(partials=1), "OPTION_UNKNOWN", "partials"),
        (lambda e: e.PositionManager(max_holding_bars=0), "NUMBER_INVALID", "max_holding_bars"),
        (lambda e: e.PositionManager(max_holding_bars=1.0), "NUMBER_INVALID", "max_holding_bars"),
        (lambda e: e.PositionManager(max_holding_minutes=0), "NUMBER_INVALID",
         "max_holding_minutes"),
        (lambda e: e.Session("X1"), "TIMEFRAME_INVALID", "timeframe"),
        (lambda e: e.Session("M1", flat_at=["24:00"]), "SESSION_INVALID", "flat_at"),
        (lambda e: e.Session("M1", flat_at="21:00"), "SESSION_INVALID", "flat_at"),
        (lambda e: e.Session("M1", flat_at=["Fri 9:00"]), "SESSION_INVALID", "flat_at"),
        (lambda e: e.Session("M1", flat_at=[21]), "SESSION_INVALID", "flat_at"),
        (lambda e: e.Session("M1", no_entry=[("21:00", "21:00")]), "SESSION_INVALID", "no_entry"),
        (lambda e: e.Session("M1", (("21:00", "Fri 22:00"),)), "SESSION_INVALID", "no_entry"),
        (lambda e: e.Session("M1", no_entry=["21:00"]), "SESSION_INVALID", "no_entry"),
        (lambda e: e.Session("M1", no_entry=3), "SESSION_INVALID", "no_entry"),
    ],
)  # fmt: skip
def test_settings_are_checked_when_made(engine: Any, make: Any, code: str, field: str) -> None:
    with pytest.raises(FillproofError) as caught:
        make(engine)
    assert (caught.value.code, caught.value.field) == (code, field)
