"""Reads what a candidate says of itself in its first line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..wire import PROTOCOL
from .fields import CAN, COLUMNS, FULL_TRADE_FIELDS, GROUPS, LEAST_FIELDS, SECTIONS

__all__ = ["read_hello"]

# Each list that a hello may have, what may stand in it, and what holds where it is not there.
_LISTS: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "gives": (SECTIONS, ("trades",)),
    "trade_fields": (FULL_TRADE_FIELDS, ()),
    "trade_groups": (GROUPS, ("closed",)),
    "equity_columns": (COLUMNS, ("time_us", "equity")),
    "can": (CAN, ("case",)),
}


def read_hello(message: Mapping[str, Any], said: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Check a hello and fill in what it leaves out.

    Parameters
    ----------
    message
        The candidate's first line.
    said
        What the adapter file says of the same; it holds where the candidate is silent.

    Returns
    -------
    dict
        `protocol`, `name`, `version`, `gives`, `trade_fields`, `trade_groups`, `equity_columns` and
        `can`, then all else that was said.

    Raises
    ------
    ValueError
        Something is missing, unknown, or said twice and differently.

    Examples
    --------
    >>> hello = read_hello(
    ...     {"protocol": 1, "name": "tiny", "version": "1"},
    ...     {"trade_fields": ["direction", "entry_price", "exit_price", "exit_time_us"]},
    ... )
    >>> hello["gives"], hello["can"], hello["trade_groups"]
    (['trades'], ['case'], ['closed'])
    """
    said = said or {}
    if "faults" in message:
        faults = message["faults"]
        if faults:
            raise ValueError("; ".join(map(str, faults)))
    if message.get("protocol") != PROTOCOL:
        raise ValueError(f"its hello has protocol {message.get('protocol')!r}, expected {PROTOCOL}")
    hello = dict(message)
    for name in ("name", "version"):
        value = message.get(name, said.get(name))
        if not isinstance(value, str) or not value:
            raise ValueError(f"its hello has {name} {value!r}, expected text")
        hello[name] = value
    for name, (known, default) in _LISTS.items():
        hello[name] = _list(name, message, said, known, default)
    if "trades" in hello["gives"]:
        missing = [name for name in LEAST_FIELDS if name not in hello["trade_fields"]]
        if missing:
            raise ValueError(
                f"trade_fields are {hello['trade_fields']}; expected at least "
                f"{', '.join(LEAST_FIELDS)}"
            )
    if "equity" in hello["gives"] and "time_us" not in hello["equity_columns"]:
        raise ValueError(f"equity_columns are {hello['equity_columns']}; expected time_us, too")
    if not hello["gives"]:
        raise ValueError(f"it gives nothing; expected some of {', '.join(SECTIONS)}")
    return hello


def _list(
    name: str,
    message: Mapping[str, Any],
    said: Mapping[str, Any],
    known: Sequence[str],
    default: Sequence[str],
) -> list[str]:
    own, other = message.get(name), said.get(name)
    if own is not None and other is not None and sorted(own) != sorted(other):
        raise ValueError(f"{name}: the adapter file says {other}, the candidate {own}")
    found = own if own is not None else other
    if found is None:
        return list(default)
    if not isinstance(found, (list, tuple)) or not all(isinstance(item, str) for item in found):
        raise ValueError(f"{name} is {found!r}; expected a list of names")
    strange = [item for item in found if item not in known]
    if strange:
        raise ValueError(f"{name} has {strange[0]!r}; expected some of {', '.join(known)}")
    return list(found)
