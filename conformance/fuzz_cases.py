"""Random cases in the format of the goldens, so that a shrunk one can become a case.

Prices move on a grid of ticks and levels lie where later bars go, so that exact touches, gaps
through a level and bars that touch several levels are common rather than rare.  Needs hypothesis.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .fuzz_config import draw_config
from .fuzz_market import draw_market
from .fuzz_script import THEMES, commands, signals

__all__ = ["cases", "crosses"]


@st.composite
def cases(draw: st.DrawFn, max_bars: int = 16, *, exact: bool = False) -> dict[str, Any]:
    """Draw one case: configuration, bars, signals and commands, without an expectation.

    Parameters
    ----------
    draw
        Given by hypothesis.
    max_bars
        Most bars of a case.
    exact
        Only prices of which mirror images and multiples are exact.
    """
    market = draw_market(draw, draw(st.integers(2, max_bars)), exact=exact)
    theme = draw(st.sampled_from(THEMES))
    config = draw_config(draw, market, theme)
    # In the preset parity an option ends the run, so that it is drawn once in a while.
    options = config["policy"].get("preset") != "parity" or draw(st.integers(0, 19)) == 0
    given = draw(signals(market, theme, options=options))
    return {
        "id": "fuzz/random/case",
        "kind": "run",
        "config": config,
        "bars": market.rows,
        "signals": given,
        "commands": draw(commands(market, given, theme, options=options)),
    }


@st.composite
def crosses(draw: st.DrawFn, max_bars: int = 60) -> dict[str, Any]:
    """Draw a case in which the built-in strategy trades; engines may run it without callbacks.

    Parameters
    ----------
    draw
        Given by hypothesis.
    max_bars
        Most bars of a case.
    """
    market = draw_market(draw, draw(st.integers(2, max_bars)))
    fast = draw(st.integers(1, 4))
    return {
        "id": "fuzz/random/cross",
        "kind": "run",
        "config": draw_config(draw, market, draw(st.sampled_from(["any", "manager"]))),
        "bars": market.rows,
        "strategy": {
            "timeframe": "M1",
            "fast": fast,
            "slow": fast + draw(st.integers(1, 6)),
            "stop_pips": draw(st.sampled_from(["0.4", "1", "2.5"])),
            "target_pips": draw(st.sampled_from(["0.6", "1", "3"])),
            "pip_size": market.pip,
        },
    }
