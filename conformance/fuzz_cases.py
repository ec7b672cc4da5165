"""Random cases in the format of the goldens, so that a shrunk one can become a case.

Prices move on a grid of ticks and levels lie where later bars go, so that exact touches, gaps
through a level and bars that touch several levels are common rather than rare.  Needs hypothesis.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .fuzz_account import draw_account
from .fuzz_config import draw_config, draw_spec
from .fuzz_lower import draw_lower, forget_lower
from .fuzz_market import Market, draw_market
from .fuzz_script import THEMES, commands, signals
from .fuzz_several import Several, draw_markets, draw_several

__all__ = ["cases", "config_of_several", "forget_the_clock", "several", "shares", "with_account"]

_SELDOM = st.sampled_from([False] * 29 + [True])


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
    draw_lower(draw, config, [market])
    # In the preset parity an option ends the run, so that it is drawn once in a while.
    options = config["policy"].get("preset") != "parity" or draw(st.integers(0, 19)) == 0
    given = draw(signals([market], theme, options=options))
    return {
        "id": "fuzz/random/case",
        "kind": "run",
        "config": config,
        "bars": market.rows,
        "signals": given,
        "commands": draw(commands([market], given, theme, options=options)),
    }


@st.composite
def with_account(draw: st.DrawFn, focus: str = "any", max_bars: int = 16) -> dict[str, Any]:
    """Draw a case of one symbol whose account has rates, margin or swaps.

    Parameters
    ----------
    draw
        Given by hypothesis.
    focus
        One of `fuzz_account.FOCUSES`.
    max_bars
        Most bars of a case.
    """
    nights = focus == "night"
    axis, (market,), _ = draw_markets(draw, [None], max_bars, nights=nights, holes=False)
    theme = draw(_theme(focus))
    config = draw_config(draw, market, theme, parity=focus == "any", spec=False)
    config["timeframe"] = axis.timeframe
    draw_account(draw, config, [market], axis, focus, clock=True)
    draw_lower(draw, config, [market])
    return {
        "id": "fuzz/random/account",
        "kind": "run",
        "config": config,
        "bars": market.rows,
        **_script(draw, [market], config, theme, clock=True),
    }


@st.composite
def several(draw: st.DrawFn, focus: str = "none", max_bars: int = 16) -> dict[str, Any]:
    """Draw a case of several symbols.

    Parameters
    ----------
    draw
        Given by hypothesis.
    focus
        One of `fuzz_account.FOCUSES`, or `none`: no rates, margin and swaps.
    max_bars
        Most keys of a case.
    """
    nights = focus == "night"
    several = draw_several(draw, max_bars, clock=nights, nights=nights)
    clock = several.kind == "time"
    theme = draw(_theme(focus))
    config = config_of_several(draw, several, theme, focus)
    if focus != "none":
        draw_account(draw, config, several.markets, several.axis, focus, clock=clock)
    if not clock and not draw(_SELDOM):
        forget_the_clock(config)
    return {
        "id": "fuzz/random/several",
        "kind": "run",
        "config": config,
        **several.data,
        **_script(draw, several.markets, config, theme, clock=clock),
    }


def _theme(focus: str) -> st.SearchStrategy[str]:
    """Choose a theme; what takes its time wants positions that stay."""
    slow = ("hold", "hold", "manager", "command")
    return st.sampled_from(slow if focus in {"margin", "night"} else (*THEMES, "hold", "hold"))


def shares(max_bars: int = 16) -> list[tuple[int, st.SearchStrategy[dict[str, Any]]]]:
    """List what random cases are of, and how many in sixteen: half of one symbol and no account."""
    return [
        (8, cases(max_bars)),
        (2, several("none", max_bars)),
        (2, several("any", max_bars)),
        (1, several("margin", max_bars)),
        (1, several("night", max_bars)),
        (1, with_account("margin", max_bars)),
        (1, st.one_of(with_account("any", max_bars), with_account("night", max_bars))),
    ]


def config_of_several(draw: st.DrawFn, several: Several, theme: str, focus: str) -> dict[str, Any]:
    """Draw the configuration of a case of several symbols; `focus` as `several` has it."""
    first, *others = several.markets
    parity, spec = focus in {"none", "any"}, focus == "none"
    config = draw_config(draw, first, theme, parity=parity, spec=spec)
    config["timeframe"] = several.axis.timeframe
    if not draw(_SELDOM):
        # Of several symbols one is crossed soon.
        config["policy"]["on_crossed"] = "warn"
    if several.kind != "time":
        config["key_type"] = several.kind
    if draw(st.sampled_from([False, False, False, True])):
        del config["start_bar"]
        config["start"] = None
    if draw(_SELDOM):
        config["coverage"] = draw(st.sampled_from(["gaps", "strict", "strict"]))
    if config["spec"] is not None:
        found = [draw_spec(draw, other, needed=not spec) for other in others]
        config["more_specs"] = [item for item in found if item is not None]
    draw_lower(draw, config, several.markets)
    return config


def forget_the_clock(config: dict[str, Any]) -> None:
    """Leave out what a run without times refuses."""
    config.pop("session", None)
    forget_lower(config)
    manager = config.get("manager")
    if manager is not None:
        for name in ("session", "max_holding_minutes"):
            manager.pop(name, None)


def _script(
    draw: st.DrawFn, markets: list[Market], config: dict[str, Any], theme: str, *, clock: bool
) -> dict[str, Any]:
    """Draw signals and commands for a configuration."""
    options = config["policy"].get("preset") != "parity" or draw(_SELDOM)
    given = draw(signals(markets, theme, options=options))
    orders = draw(commands(markets, given, theme, options=options))
    if not clock and not draw(_SELDOM):
        for item in (*given, *orders):
            item.pop("expires_at", None)
    return {"signals": given, "commands": orders}
