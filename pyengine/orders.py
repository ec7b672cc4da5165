"""Where the levels of an order may lie (rules S3.sides, S3.distance)."""

from __future__ import annotations

from .arithmetic import distance, larger, smaller, ticks
from .rule_ids import S3_DISTANCE, S3_SIDES, S3_SIDES_WAITING
from .symbols import SymbolSpec

STOP_LOSS = "stop_loss"
TAKE_PROFIT = "take_profit"

# (rule, field, value, expected) of a level that breaks a rule.
Breach = tuple[str, str, float | str | None, str]


def is_beside(level: float, below: bool, bid: float, ask: float) -> bool:
    """Tell whether a level lies below both prices, or above both; strict (S3.sides)."""
    return level < smaller(bid, ask) if below else level > larger(bid, ask)


def check_sides(
    sign: float, field: str, level: float | None, bid: float, ask: float
) -> Breach | None:
    """Check that a long's stop is below and its target above both prices; strict (S3.sides).

    >>> check_sides(1.0, "stop_loss", 1.1, 1.1, 1.1001)
    ('S3.sides', 'stop_loss', 1.1, '< 1.1')
    >>> check_sides(-1.0, "stop_loss", 1.2, 1.1, 1.1001) is None
    True
    """
    if level is None:
        return None
    wants_below = (field == STOP_LOSS) == (sign > 0.0)
    if is_beside(level, wants_below, bid, ask):
        return None
    expected = f"< {smaller(bid, ask)!r}" if wants_below else f"> {larger(bid, ask)!r}"
    return S3_SIDES, field, level, expected


def check_sides_waiting(
    sign: float, field: str, level: float | None, entry: float
) -> Breach | None:
    """Check that a waiting order's stop and target are on their sides of the entry; strict.

    >>> check_sides_waiting(1.0, "take_profit", 1.1, 1.1)
    ('S3.sides_waiting', 'take_profit', 1.1, '> 1.1')
    """
    if level is None:
        return None
    wants_below, price = (field == STOP_LOSS) == (sign > 0.0), level
    if wants_below:
        return None if price < entry else (S3_SIDES_WAITING, field, level, f"< {entry!r}")
    return None if price > entry else (S3_SIDES_WAITING, field, level, f"> {entry!r}")


def least_ticks(spec: SymbolSpec, digits: int) -> float:
    """Return the least distance of a level in whole ticks, never 0 (S3.distance)."""
    return larger(1.0, ticks(spec.min_stop_distance, 0.0, digits))


def check_distance(
    field: str, level: float | None, reference: float, spec: SymbolSpec | None
) -> Breach | None:
    """Check the least distance from the reference price, never 0 (S3.distance).

    In whole ticks where the symbol has digits, else in price units.
    """
    if level is None:
        return None
    digits = None if spec is None else spec.digits
    if spec is not None and digits is not None:
        apart = ticks(reference, level, digits)
        least = least_ticks(spec, digits)
        unit = " ticks"
    else:
        apart = distance(reference, level)
        least = 0.0 if spec is None else spec.min_stop_distance
        unit = ""
    if apart > 0.0 and apart >= least:
        return None
    return S3_DISTANCE, field, level, f"at least {least!r}{unit} from {reference!r}"
