"""Random cases whose signals are columns, as engines play them and as a callback would.

Needs hypothesis.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .fuzz_cases import config_of_several, forget_the_clock
from .fuzz_config import draw_config
from .fuzz_market import draw_market
from .fuzz_script import THEMES, signals
from .fuzz_several import draw_several

__all__ = ["called_back", "columns"]

_THEMES = st.sampled_from([*THEMES[:3], "manager", "hold"])
_KEYS = {"entry": "entry", "stop": "sl", "target": "tp"}
_TYPES = ("market", "limit", "stop")
_ABSENT = (None, "nan")


def columns(max_bars: int = 60) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a case of one symbol, or one in four of several."""
    one = _one(max_bars)
    return st.one_of(one, one, one, _several(max_bars))


def called_back(case: dict[str, Any]) -> dict[str, Any] | None:
    """Return the case in which a user's callback gives the same signals; None of other cases."""
    strategy = case.get("strategy", {})
    if strategy.get("name") not in {"columns", "cross-columns"} or strategy.get("called"):
        return None
    return {**case, "strategy": {**strategy, "called": True}}


@st.composite
def _one(draw: st.DrawFn, max_bars: int) -> dict[str, Any]:
    market = draw_market(draw, draw(st.integers(2, max_bars)))
    theme = draw(_THEMES)
    config = draw_config(draw, market, theme)
    given = draw(signals([market], theme, options=False))
    return {
        "id": "fuzz/random/columns",
        "kind": "run",
        "config": config,
        "bars": market.rows,
        "strategy": {"name": "columns", **_laid_out(draw, given, len(market.rows))},
    }


@st.composite
def _several(draw: st.DrawFn, max_bars: int) -> dict[str, Any]:
    several = draw_several(draw, max_bars, clock=draw(st.booleans()))
    theme = draw(_THEMES)
    config = config_of_several(draw, several, theme, "none")
    if several.kind != "time":
        forget_the_clock(config)
    bars = len(several.axis.times)
    given = draw(signals(several.markets, theme, options=False))
    names = draw(st.permutations([market.symbol for market in several.markets]))
    each = {
        name: [item for item in given if item.get("symbol") == name]
        for name in names[: draw(st.integers(1, len(names)))]
    }
    laid_out = {name: _laid_out(draw, items, bars) for name, items in each.items()}
    return {
        "id": "fuzz/random/cross_columns",
        "kind": "run",
        "config": config,
        **several.data,
        "strategy": {"name": "cross-columns", "columns": laid_out},
    }


def _laid_out(draw: st.DrawFn, given: list[dict[str, Any]], bars: int) -> dict[str, Any]:
    """Lay the first signal of each bar out in columns, some of which may be left out."""
    first: dict[int, dict[str, Any]] = {}
    for signal in given:
        first.setdefault(signal["bar"], signal)
    made: dict[str, Any] = {"direction": [0] * bars, "reason": draw(st.sampled_from([None, "x"]))}
    for bar, signal in first.items():
        made["direction"][bar] = 1 if signal["direction"] in {"long", "buy"} else -1
    for name, key in _KEYS.items():
        column = [first[bar].get(key) if bar in first else None for bar in range(bars)]
        column = [None if price in _ABSENT else price for price in column]
        if any(column) or draw(st.booleans()):
            made[name] = column
    kinds = {first[bar].get("type", "market") for bar in first}
    if len(kinds) == 1 and draw(st.booleans()):
        made["type"] = kinds.pop()
    elif bool(kinds - {"market"}) or draw(st.booleans()):
        made["type"] = [
            _TYPES.index(first[bar].get("type", "market")) if bar in first else 0
            for bar in range(bars)
        ]
    return made
