"""Makes a failing case smaller by leaving parts of it out, for as long as it still fails.

Hypothesis shrinks what was drawn; a bar that all symbols share, a signal that gave its order a
number, or an option that plays no part it often has to leave.  Here a case is cut as a case.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from .case_keys import is_cross, keys_of, read_key

__all__ = ["shrink"]

Case = dict[str, Any]
_NEEDED = {
    "config": frozenset(
        "symbol timeframe initial_balance strict spec policy sizing slippage_pips fees start_bar "
        "start key_type more_specs lower executor_timeframe".split()
    ),
    "policy": frozenset({"market_fill", "close_at_end", "on_crossed", "preset"}),
    "spec": frozenset({"symbol", "pip_size", "digits"}),
    "rates": frozenset({"account", "pairs"}),
    "margin": frozenset({"leverage"}),
    "signal": frozenset({"bar", "direction", "sl", "tp", "entry", "symbol"}),
}
_MOST_TRIES = 3000


def shrink(case: Case, fails: Callable[[Case], bool]) -> Case:
    """Leave out of a case what it does not need to fail.

    Parameters
    ----------
    case
        One that fails.
    fails
        Plays a case; called some thousand times at most.

    Returns
    -------
    dict
        A case that fails, of which no single part can be left out any more.

    Examples
    --------
    >>> case = {"config": {}, "bars": [1, 2, 3], "signals": [{"bar": 0}, {"bar": 2}],
    ...         "commands": [{"bar": 2, "order_id": 2}]}
    >>> small = shrink(case, lambda case: {"bar": len(case["bars"]) - 1} in case["signals"])
    >>> small["bars"], small["signals"], small["commands"]
    ([1], [{'bar': 0}], [])
    """
    tries, smaller = 0, True
    while smaller:
        smaller = False
        for candidate in _candidates(case):
            tries += 1
            if tries > _MOST_TRIES:
                return case
            if fails(candidate):
                case, smaller = candidate, True
                break
    return case


def _candidates(case: Case) -> Iterator[Case]:
    """Make cases that lack one thing, the largest things first."""
    for bar in reversed(range(_length(case))):
        yield _without_bar(case, bar)
    if is_cross(case):
        yield from (_without_symbol(case, name) for name in case["symbols"])
    for place in reversed(range(len(case["signals"]))):
        yield _without_signal(case, place)
    for place in reversed(range(len(case["commands"]))):
        yield {**case, "commands": [*case["commands"][:place], *case["commands"][place + 1 :]]}
    for place, signal in enumerate(case["signals"]):
        for name in signal.keys() - _NEEDED["signal"]:
            changed = copy.deepcopy(case)
            del changed["signals"][place][name]
            yield changed
    yield from _without_lower(case)
    yield from _without_option(case)


def _length(case: Case) -> int:
    return len(keys_of(case)) if is_cross(case) else len(case["bars"])


def _without_bar(case: Case, bar: int) -> Case:
    """Leave a bar out, with what is said and done in it."""
    changed = copy.deepcopy(case)
    if is_cross(case):
        kind = case["config"].get("key_type", "time")
        gone = keys_of(case)[bar]
        for sides in changed["symbols"].values():
            for name, rows in sides.items():
                sides[name] = [row for row in rows if read_key(row[0], kind) != gone]
        if "keys" in changed:
            del changed["keys"][bar]
    else:
        del changed["bars"][bar]
    for place in reversed(range(len(changed["signals"]))):
        if changed["signals"][place]["bar"] == bar:
            changed = _without_signal(changed, place)
    changed["commands"] = [item for item in changed["commands"] if item["bar"] != bar]
    for item in (*changed["signals"], *changed["commands"]):
        item["bar"] -= item["bar"] > bar
    start = changed["config"].get("start_bar", 0)
    if start > 0 and start >= bar:
        changed["config"]["start_bar"] = start - 1
    return changed


def _without_signal(case: Case, place: int) -> Case:
    """Leave a signal out, and with it its order: later ones move up."""
    changed = copy.deepcopy(case)
    del changed["signals"][place]
    order_id = place + 1
    changed["commands"] = [item for item in changed["commands"] if item["order_id"] != order_id]
    for item in changed["commands"]:
        item["order_id"] -= item["order_id"] > order_id
    return changed


def _without_symbol(case: Case, symbol: str) -> Case:
    """Leave a symbol out, with its signals; the first one may be another then."""
    changed = copy.deepcopy(case)
    del changed["symbols"][symbol]
    for place in reversed(range(len(changed["signals"]))):
        if changed["signals"][place].get("symbol") == symbol:
            changed = _without_signal(changed, place)
    config = changed["config"]
    if config["spec"] is not None:
        specs = [config["spec"], *config.get("more_specs", [])]
        config["spec"], *config["more_specs"] = [
            spec for spec in specs if spec["symbol"] != symbol
        ] or specs
    config["symbol"] = next(iter(changed["symbols"]), symbol)
    return changed


def _without_lower(case: Case) -> Iterator[Case]:
    """Leave out lower bars: all, with the mode that looks into them, or one."""
    lower = case["config"].get("lower")
    if lower is None:
        return
    changed = copy.deepcopy(case)
    del changed["config"]["lower"]
    changed["config"]["policy"].pop("intrabar", None)
    yield changed
    for symbol, sides in lower.items():
        for place in range(len(sides["bars"]) if len(sides.get("bars", ())) > 1 else 0):
            changed = copy.deepcopy(case)
            del changed["config"]["lower"][symbol]["bars"][place]
            yield changed


def _without_option(case: Case) -> Iterator[Case]:
    """Leave out one option, down to what the schema asks for."""
    config = case["config"]
    paths: list[tuple[tuple[Any, ...], str]] = [((), "config")]
    paths += [((name,), name) for name in ("policy", "fees", "rates", "margin", "manager")]
    if config.get("spec") is not None:
        paths.append((("spec",), "spec"))
    paths += [(("more_specs", at), "spec") for at in range(len(config.get("more_specs", [])))]
    paths.append((("rates", "pairs"), "pairs"))
    for path, kind in paths:
        for name in _at(config, path):
            if name not in _NEEDED.get(kind, ()):
                changed = copy.deepcopy(case)
                del _at(changed["config"], path)[name]
                yield changed


def _at(config: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    found: Any = config
    for part in path:
        if isinstance(found, dict) and part not in found:
            return {}
        found = found[part]
    settings: dict[str, Any] = {} if found is None else found
    return settings
