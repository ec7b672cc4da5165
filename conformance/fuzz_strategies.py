"""Random cases in which built-in strategies trade; engines may run them without callbacks.

Needs hypothesis.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .fuzz_cases import config_of_several, forget_the_clock
from .fuzz_config import draw_config
from .fuzz_lower import draw_lower
from .fuzz_market import draw_market
from .fuzz_several import draw_several

__all__ = ["built_ins"]

_RANGES = st.sampled_from(["0.5", "1", "1.5", "3"])
_PIPS = st.sampled_from(["0.4", "1", "2.5"])


def built_ins(max_bars: int = 60) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a case of one symbol, or one in four of several."""
    one = _one(max_bars)
    return st.one_of(one, one, one, _pairs(max_bars))


@st.composite
def _one(draw: st.DrawFn, max_bars: int) -> dict[str, Any]:
    market = draw_market(draw, draw(st.integers(2, max_bars)))
    name = draw(st.sampled_from(sorted(_SETTINGS)))
    settings = {"name": name, "timeframe": "M1", **_SETTINGS[name](draw)}
    if "pip_size" in settings:
        settings["pip_size"] = market.pip
    config = draw_config(draw, market, draw(st.sampled_from(["any", "manager"])))
    draw_lower(draw, config, [market])
    return {
        "id": "fuzz/random/built_in",
        "kind": "run",
        "config": config,
        "bars": market.rows,
        "strategy": settings,
    }


def _ema_cross(draw: st.DrawFn) -> dict[str, Any]:
    fast = draw(st.integers(1, 4))
    return {
        "fast": fast,
        "slow": fast + draw(st.integers(1, 6)),
        "stop_pips": draw(_PIPS),
        "target_pips": draw(_PIPS),
        "pip_size": "1",
    }


def _ema_atr(draw: st.DrawFn) -> dict[str, Any]:
    fast = draw(st.integers(1, 4))
    return {
        "fast": fast,
        "slow": fast + draw(st.integers(1, 6)),
        "period": draw(st.integers(1, 5)),
        "stop_atr": draw(_RANGES),
        "target_atr": draw(_RANGES),
    }


def _zscore(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "window": draw(st.integers(2, 6)),
        "entry": draw(st.sampled_from(["0.25", "0.75", "1.25"])),
        "period": draw(st.integers(1, 5)),
        "stop_atr": draw(_RANGES),
        "rest": draw(st.integers(1, 4)),
    }


def _breakout(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "length": draw(st.integers(1, 5)),
        "max_bars": draw(st.integers(1, 4)),
        "stop": draw(_RANGES),
        "target": draw(_RANGES),
        "unit": draw(st.sampled_from(["atr", "pips"])),
        "period": draw(st.integers(1, 4)),
        "pip_size": "1",
    }


_SETTINGS = {
    "breakout": _breakout,
    "ema-atr": _ema_atr,
    "ema-cross": _ema_cross,
    "zscore": _zscore,
}


@st.composite
def _pairs(draw: st.DrawFn, max_bars: int) -> dict[str, Any]:
    several = draw_several(draw, draw(st.integers(2, max_bars)), clock=draw(st.booleans()))
    symbols = list(several.data["symbols"])
    # A run of one symbol has no other: an error then, the same on each backend.
    others = st.sampled_from([*symbols[1:], *symbols[1:], "XAUUSD"])
    config = config_of_several(draw, several, draw(st.sampled_from(["any", "manager"])), "none")
    if several.kind != "time":
        forget_the_clock(config)
    return {
        "id": "fuzz/random/pair_spread",
        "kind": "run",
        "config": config,
        **several.data,
        "strategy": {
            "name": "pair-spread",
            "symbol_a": symbols[0],
            "symbol_b": draw(others),
            "hedge": draw(st.sampled_from(["0.5", "1"])),
            "window": draw(st.integers(2, 4)),
            "entry": draw(st.sampled_from(["0.1", "0.5", "0.9"])),
            "period": draw(st.integers(1, 3)),
            "stop_atr": draw(_RANGES),
            "target_atr": draw(_RANGES),
            "rest": draw(st.integers(1, 3)),
        },
    }
