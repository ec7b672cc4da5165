"""Random settings, one change at a time, so that what plays no part can be left out again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from fillproof.cli_settings import Settings
from fillproof.specs import is_forex

__all__ = ["Change", "draw_changes", "with_changes"]

Change = tuple[str, str, Any]
"""Table, key, value; a table of one value has the key `""`."""

_INTRABAR = "worst worst_strict best ohlc olhc nearest_extreme candle_color".split()
_POLICY: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("market_fill", ("next_open", "signal")),
    ("intrabar", tuple(_INTRABAR)),
    ("gap_fill", ("level",)),
    ("on_marketable", ("reject",)),
    ("limit_through_pips", (0.1, 0.25, 1.0)),
    ("exit_buffer_pips", (0.1, 0.34, 0.5)),
    ("below_min", ("clamp",)),
    ("max_positions", (1, 2, 3)),
    ("max_positions_symbol", (1, 2)),
    ("close_at_end", (True,)),
)
_SIZING: tuple[dict[str, float], ...] = (
    {"fixed_lots": 0.1}, {"fixed_lots": 0.03}, {"fixed_lots": 1.37}, {"risk_amount": 33.33},
    {"risk_amount": 250.0}, {"risk_amount": 1e9}, {"risk_fraction": 0.01}, {"risk_fraction": 0.2},
)  # fmt: skip
_FEES: tuple[dict[str, float], ...] = (
    {"per_lot": 3.5}, {"per_million": 30.0, "minimum": 0.5}, {"percent": 0.0025, "per_lot": 0.1},
)  # fmt: skip
_SPEC: tuple[dict[str, Any], ...] = (
    {"min_stop_distance": 0.0003}, {"volume_min": 0.03, "volume_step": 0.07}, {"volume_max": 0.5},
    {"contract_size": 1000.0},
)  # fmt: skip
_SLIPS = (0.1, 0.37, 2.0)
_SWAP = {"swap_long": -6.2, "swap_short": 1.7}
_WEEKDAYS = "Mon Tue Wed Thu Fri".split()


def draw_changes(random: Random, settings: Settings, symbol: str) -> list[Change]:
    """Draw what is to be other than in the user's settings.

    Parameters
    ----------
    random
        Seeded.
    settings
        The user's.
    symbol
        Traded; a name of six letters may get an account, margin and swaps.

    Examples
    --------
    >>> drawn = [draw_changes(Random(3), Settings(), "EURUSD") for _ in range(2)]
    >>> drawn[0] == drawn[1]
    True
    """
    # Lower bars are refused beside any other mode than theirs.
    drills = settings.names_lower()
    if random.random() < 0.12 and not drills:
        return _parity(random)
    changes: list[Change] = [
        ("policy", name, random.choice(values))
        for name, values in _POLICY
        if random.random() < 0.22 and not (drills and name == "intrabar")
    ]
    for share, draw in _DRAWS:
        if random.random() < share:
            changes += draw(random)
    if settings.account is None and is_forex(symbol) and random.random() < 0.35:
        changes += _account(random, symbol)
    return changes


def _parity(random: Random) -> list[Change]:
    """Draw what the preset parity knows."""
    changes: list[Change] = [("policy", "preset", "parity")]
    if random.random() < 0.5:
        changes.append(("fees", "", _FEES[1]))
    if random.random() < 0.5:
        changes.append(("sizing", "", random.choice(_SIZING)))
    if random.random() < 0.3:
        changes.append(("slippage", "fixed_pips", random.choice(_SLIPS)))
    return changes


def _random_slips(random: Random) -> list[Change]:
    pips = ("slippage", "random_pips", random.choice((0.1, 0.5, 3.0)))
    return [pips, ("slippage", "seed", random.choice((0, 1, 20260117, 2**64 - 1)))]


_DRAWS: tuple[tuple[float, Callable[[Random], list[Change]]], ...] = (
    (0.5, lambda random: [("sizing", "", random.choice(_SIZING))]),
    (0.4, lambda random: [("fees", "", random.choice(_FEES))]),
    (0.4, lambda random: [("slippage", "fixed_pips", random.choice(_SLIPS))]),
    (0.3, _random_slips),
    (0.2, lambda random: [("spec", key, item) for key, item in random.choice(_SPEC).items()]),
    (0.2, lambda random: [("session", "no_entry", [_window(random)])]),
    (0.15, lambda random: [("initial_balance", "", random.choice((5.0, 150.0, 250000.0)))]),
    (0.05, lambda _random: [("strict", "", True)]),
)


def _account(random: Random, symbol: str) -> list[Change]:
    changes: list[Change] = [("account", "", symbol[random.choice((0, 3)) :][:3])]
    if random.random() < 0.6:
        changes.append(("margin", "leverage", random.choice((5.0, 30.0, 200.0))))
        if random.random() < 0.6:
            changes.append(("margin", "stop_out", random.choice((0.5, 1.0))))
            changes.append(("margin", "stop_out_price", random.choice(("worst", "close"))))
    if random.random() < 0.5:
        changes += [("spec", key, value) for key, value in _SWAP.items()]
    return changes


def _window(random: Random) -> list[str]:
    first = random.randrange(24)
    start, end = f"{first:02d}:00", f"{(first + random.randint(1, 9)) % 24:02d}:30"
    if random.random() < 0.4:
        day = random.choice(_WEEKDAYS)
        return [f"{day} {start}", f"{random.choice(_WEEKDAYS)} {end}"]
    return [start, end]


def with_changes(settings: Settings, changes: list[Change]) -> Settings:
    """Apply changes to a copy."""
    changed = replace(settings)
    for table, key, value in changes:
        if not key:
            setattr(changed, table, copy.deepcopy(value))
        else:
            setattr(changed, table, {**getattr(changed, table), key: value})
    return changed
