"""Whether a bar fills a waiting limit or stop order (rule E2)."""

from __future__ import annotations

from .arithmetic import snap_level
from .positions import AT_INSIDE, AT_OPEN, Position
from .quotes import Quote
from .rule_ids import (
    E2_LIMIT_INSIDE,
    E2_LIMIT_LEVEL,
    E2_LIMIT_OPEN,
    E2_STOP_INSIDE,
    E2_STOP_LEVEL,
    E2_STOP_OPEN,
)

LIMIT = "limit"
STOP = "stop"
MARKET = "market"

# (rule, raw price, where in the bar, whether it slips)
Trigger = tuple[str, float, str, bool]


def trigger_level(
    order_type: str, entry: float, sign: float, through: float, digits: int | None
) -> float:
    """Return the price that has to be reached: a limit order's lies `through` beyond its entry.

    >>> trigger_level("limit", 1.1, 1.0, 0.00005, 5)
    1.09995
    """
    if order_type != LIMIT or through == 0.0:
        return entry
    level = entry - (sign * through)
    return level if digits is None else snap_level(level, digits, sign)


def decide_trigger(position: Position, quote: Quote, gap_fill: str) -> Trigger | None:
    """Return how a bar fills a waiting order, or None (E2).

    The open is looked at first: a bar that opens at or beyond the entry fills it there.
    """
    # READ
    open_, high, low, _close = quote.opening_candle(position.sign)
    entry, trigger = position.entry, position.trigger
    assert entry is not None
    assert trigger is not None
    at_level = gap_fill == "level"
    is_limit = position.order_type == LIMIT
    # DECIDE
    if (position.sign > 0.0) == is_limit:
        # To buy below or to sell below: reached from above.
        opened, touched = open_ <= entry, low <= trigger
    else:
        opened, touched = open_ >= entry, high >= trigger
    if opened:
        raw = entry if at_level else open_
        if is_limit:
            return (E2_LIMIT_LEVEL if at_level else E2_LIMIT_OPEN), raw, AT_OPEN, False
        return (E2_STOP_LEVEL if at_level else E2_STOP_OPEN), raw, AT_OPEN, True
    if touched:
        return (E2_LIMIT_INSIDE if is_limit else E2_STOP_INSIDE), entry, AT_INSIDE, not is_limit
    return None


def is_touched(position: Position, quote: Quote) -> bool:
    """Tell whether a bar reaches the trigger of a waiting order, whatever its open (E2)."""
    _open, high, low, _close = quote.opening_candle(position.sign)
    trigger = position.trigger
    assert trigger is not None
    if (position.sign > 0.0) == (position.order_type == LIMIT):
        return low <= trigger
    return high >= trigger


def is_marketable(order_type: str, entry: float, sign: float, opening_close: float) -> bool:
    """Tell whether a waiting order could fill at once at the opening side's close (S3.marketable).

    >>> is_marketable("limit", 1.1002, 1.0, 1.1002), is_marketable("stop", 1.1003, 1.0, 1.1002)
    (True, False)
    """
    if (sign > 0.0) == (order_type == LIMIT):
        return entry >= opening_close
    return entry <= opening_close
