"""Relations between runs of several symbols, and between them and runs of one.

As in `metamorphic` each of these gives, of a case, another one whose outcome is known: another
order of the symbols, one more that nobody trades, the same bars in the other loop, rates of 1.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from .case_keys import keys_of, read_key
from .outcome import Outcome

__all__ = [
    "WAYS", "alone", "cut_keys", "in_both_loops", "independent", "per_order", "permuted", "unrated",
    "untold", "with_rates_of_one", "with_untraded", "without_symbol",
]  # fmt: skip

UNTRADED = "ZARZAR"
_NOTHING = {"phase": "MANAGE", "order_id": 1_000_000, "do": "cancel"}
_GONE = frozenset({"expired", "cancelled"})
_OF_ACCOUNT = ("now_unit", "swap", "margin")
_NOT_PLAIN = (
    "base_currency quote_currency swap_long swap_short swap_triple leverage tick_size tick_value"
).split()
_ONES: dict[str, dict[str, Any]] = {
    "direct": {"pairs": {"ONE/ACC": "1.0"}},
    "inverse": {"pairs": {"ACC/ONE": "1.0"}},
    "hub": {"pairs": {"ONE/HUB": "1.0", "ACC/HUB": "1.0"}, "hub": "HUB"},
    "series": {
        "pairs": {"ONE/ACC": {"end_us": [0], "rates": ["1.0"]}},
        "max_age_minutes": "1e12",
    },
}
WAYS = tuple(_ONES)
"""How a currency can be worth exactly 1: over which pairs, by a number or a series."""


def independent(case: dict[str, Any]) -> dict[str, Any] | None:
    """Make the symbols of a case independent of each other; None in the preset parity.

    Groups stay within a symbol, nothing counts all orders, no order's size or acceptance hangs on
    the equity, and no check names the first of several symbols.
    """
    policy = case["config"]["policy"]
    if policy.get("preset") == "parity":
        # There the buffer of an exit hangs on the first open position of all (rule R3.buffer).
        return None
    changed = copy.deepcopy(case)
    config = changed["config"]
    for name in ("margin", "coverage"):
        config.pop(name, None)
    config["initial_balance"] = "1e9"
    if "risk_fraction" in config["sizing"]:
        config["sizing"] = {"fixed_lots": "0.1"}
    config["policy"].pop("max_positions", None)
    config["policy"]["on_crossed"] = "warn"
    for signal in changed["signals"]:
        if "oco" in signal:
            signal["oco"] = f"{signal['oco']} of {signal['symbol']}"
    return changed


def permuted(case: dict[str, Any], order: Sequence[int]) -> dict[str, Any]:
    """Give the symbols of `candle_lookups` another order.

    Examples
    --------
    >>> list(permuted({"symbols": {"A": 1, "B": 2}}, [1, 0])["symbols"])
    ['B', 'A']
    """
    names = list(case["symbols"])
    return {**case, "symbols": {names[place]: case["symbols"][names[place]] for place in order}}


def per_order(outcome: Outcome) -> dict[str, Any]:
    """Keep of an outcome what each order came to, whatever happened first within a bar."""
    trades = [
        {"group": name, **trade}
        for name, group in (outcome.get("trades") or {}).items()
        for trade in group
    ]
    failure = outcome.get("error")
    return {
        "trades": sorted(trades, key=lambda trade: (trade["order_id"], trade["part"])),
        "rejected": sorted(outcome.get("rejected") or [], key=_text),
        "refused": sorted(outcome.get("refused") or [], key=_text),
        "swaps": sorted(outcome.get("swaps") or [], key=_text),
        "holes": outcome.get("holes"),
        "rows": len((outcome.get("equity") or {}).get("time_us", [])),
        "error": failure and [failure["code"], failure["bar"]],
    }


def with_untraded(case: dict[str, Any], place: int, present: Sequence[bool]) -> dict[str, Any]:
    """Add a symbol that nobody trades.

    Parameters
    ----------
    case
        Of several symbols.
    place
        Before which symbol it comes.
    present
        Whether it has a candle, key by key, over and over.
    """
    changed = copy.deepcopy(case)
    config = changed["config"]
    raw = _raw_keys(case)
    rows = [
        [key, "7.50", "7.75", "7.25", "7.50", "7.75", "8.00", "7.50", "7.75"]
        for index, key in enumerate(raw)
        if present[index % len(present)]
    ]
    items = list(changed["symbols"].items())
    items.insert(place, (UNTRADED, {"bars": rows}))
    changed["symbols"] = dict(items)
    if "lower" in config:
        config["lower"][UNTRADED] = {"bars": [["2000-01-01T00:00:00Z", *["7.75"] * 8]]}
    if config["spec"] is not None:
        spec = {"symbol": UNTRADED, "pip_size": "0.25", "digits": 2, "base_currency": "ZAR"}
        config["more_specs"] = [*config.get("more_specs", []), spec]
    return changed


def without_symbol(outcome: Outcome, symbol: str = UNTRADED) -> Outcome:
    """Take a symbol out of an outcome: its bars, its holes, and what texts of refusals expect."""
    found: dict[str, Any] = dict(outcome)
    found["events"] = _numbered(
        [
            {**event, "expected": None} if event["kind"] == "rejection" else event
            for event in found.get("events") or []
            if event.get("symbol") != symbol
        ]
    )
    found["rejected"] = [row[:-1] for row in found.get("rejected") or []]
    holes = found.get("holes")
    found["holes"] = holes and {name: count for name, count in holes.items() if name != symbol}
    return found  # type: ignore[return-value]


def in_both_loops(case: dict[str, Any], outcome: Outcome) -> dict[str, Any] | None:
    """Make a case of one symbol a case of several that has only this one.

    Commands of MANAGE that the loop of one symbol never came to, since nothing was active then
    (L2.phases against L5.phases), are left out; `outcome` tells of which bars.  None where a signal
    names another symbol: the price that it lacks is then not that of the only candle there is.
    """
    symbol = case["config"]["symbol"]
    if any(signal.get("symbol", symbol) != symbol for signal in case["signals"]):
        return None
    managed = _managed(outcome)
    changed = {name: value for name, value in case.items() if name != "bars"}
    changed["commands"] = [
        item
        if item["phase"] == "ENTRY" or item["bar"] in managed
        # A command to no order: with it the script still has a manager.
        else {**_NOTHING, "bar": item["bar"]}
        for item in case["commands"]
    ]
    return {**changed, "symbols": {symbol: {"bars": case["bars"]}}}


def _managed(outcome: Outcome) -> set[int]:
    """Name the bars in which something was active after CLOSE."""
    active: set[int] = set()
    found: dict[int, bool] = {}
    for event in outcome.get("events") or []:
        if event.get("action") == "accepted":
            active.add(event["order_id"])
        gone = event.get("action") in _GONE or event["kind"] == "rejection"
        if gone or (event["kind"] == "exit" and event["part"] == 0):
            active.discard(event["order_id"])
        if event["phase"] not in {"MANAGE", "PORTFOLIO"}:
            found[event["bar"]] = bool(active)
    return {bar for bar, something in found.items() if something}


def alone(outcome: Outcome) -> Outcome:
    """Keep of an outcome what both loops have: not the holes, and no text of a warning."""
    told = outcome.get("warnings") or []
    found: dict[str, Any] = {**outcome, "holes": None, "warnings": len(told)}
    found.pop("untraced", None)
    return found  # type: ignore[return-value]


def with_rates_of_one(case: dict[str, Any], way: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make two cases: one without an account, one whose quote currencies are worth exactly 1.

    Parameters
    ----------
    case
        With a specification.
    way
        One of `WAYS`.
    """
    plain = copy.deepcopy(case)
    config = plain["config"]
    for name in ("rates", "margin", "executor_timeframe"):
        config.pop(name, None)
    for spec in (config["spec"], *config.get("more_specs", [])):
        for name in _NOT_PLAIN:
            spec.pop(name, None)
    rated = copy.deepcopy(plain)
    for spec in (rated["config"]["spec"], *rated["config"].get("more_specs", [])):
        spec["quote_currency"] = "ONE"
    rated["config"]["rates"] = {"account": "ACC", **_ONES[way]}
    return plain, rated


def unrated(outcome: Outcome) -> Outcome:
    """Take out of an outcome what only an account with rates has: conversions, and units of now."""
    found: dict[str, Any] = dict(outcome)
    kept = [event for event in found.get("events") or [] if event["kind"] != "rate"]
    found["events"] = _numbered(kept)
    if found.get("state"):
        found["state"] = _unrated_state(found["state"])
    found["states"] = [[bar, _unrated_state(state)] for bar, state in found.get("states") or []]
    found.pop("untraced", None)
    return found  # type: ignore[return-value]


def _unrated_state(state: dict[str, Any]) -> dict[str, Any]:
    return {
        **state,
        "positions": [
            {name: value for name, value in held.items() if name not in _OF_ACCOUNT}
            for held in state["positions"]
        ],
    }


def untold(outcome: Outcome) -> bool:
    """Tell whether a run was refused before its first bar."""
    return outcome.get("error") is not None and not outcome.get("events")


def cut_keys(case: dict[str, Any], count: int) -> dict[str, Any] | None:
    """Cut a case of several symbols to its first keys; None where that changes its start."""
    raw = _raw_keys(case)
    config = case["config"]
    if len(raw) <= count or config.get("start_bar", 0) >= count:
        return None
    kind = config.get("key_type", "time")
    kept = {read_key(key, kind) for key in raw[:count]}
    symbols = {
        name: {
            side: [row for row in rows if read_key(row[0], kind) in kept]
            for side, rows in sides.items()
        }
        for name, sides in case["symbols"].items()
    }
    return {**case, "symbols": symbols, "keys": raw[:count]}


def _raw_keys(case: dict[str, Any]) -> list[Any]:
    """List the keys of a case as its file has them."""
    if "keys" in case:
        return list(case["keys"])
    kind = case["config"].get("key_type", "time")
    raw = {
        read_key(row[0], kind): row[0]
        for sides in case["symbols"].values()
        for rows in sides.values()
        for row in rows
    }
    return [raw[key] for key in keys_of(case)]


def _numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "seq": place} for place, event in enumerate(events)]


def _text(item: Any) -> str:
    return repr(item)
