"""The bar inside which a waiting order triggered: what it decides, what not (rule E5)."""

from __future__ import annotations

from .ambiguity import OTHER_OPEN, OTHER_STOP, OTHER_TARGET
from .arithmetic import ticks
from .config import ExecutionPolicy
from .exits import TAKE_PROFIT_REASON, Exit, capped_stop, touch_levels
from .paths import HIGH_FIRST, NO_PATH, first_extreme
from .positions import Position
from .quotes import Quote
from .rule_ids import (
    E5_CROSSED,
    E5_LIMIT_STOP_AMBIGUOUS,
    E5_LIMIT_STOP_CERTAIN,
    E5_LIMIT_TARGET_AMBIGUOUS,
    E5_LIMIT_TARGET_CERTAIN,
    E5_MARK,
    E5_PATH,
    E5_STOP_STOP_AMBIGUOUS,
    E5_STOP_STOP_CERTAIN,
    E5_STOP_STOP_SKIPPED,
    E5_STOP_TARGET,
    E5_TIE,
)
from .triggers import LIMIT

UNTOUCHED = 0
CERTAIN = 1
AMBIGUOUS = 2
SKIPPED = 3

# How a level fared in the entry bar, and the rule that says so.
Reading = tuple[int, str]
# (rule, the other reading) of each thing that the bar leaves open.
Open = tuple[str, str]

NOT_TOUCHED: Reading = (UNTOUCHED, "")


def decide_entry_bar(
    position: Position, quote: Quote, policy: ExecutionPolicy
) -> tuple[Exit | None, list[Open]]:
    """Return the exit in the entry bar, or None, and what the bar leaves open (E5).

    Exits are at their level, the stop capped by the bar (X2.cap); there is no gap to look at.
    """
    near_stop, near_target = touch_levels(position, policy.exit_buffer_pips)
    stop = read_stop(position, quote, near_stop)
    target = read_target(position, quote, near_target)
    if stop[0] == UNTOUCHED and target[0] == UNTOUCHED:
        return None, []
    first = first_extreme(policy.intrabar, quote, position.sign, position.digits)
    if first == NO_PATH:
        takes_stop = _happens(stop[0], policy.intrabar, is_stop=True)
        takes_target = _happens(target[0], policy.intrabar, is_stop=False)
        tie = takes_stop and takes_target
        if tie:
            takes_stop = policy.intrabar != "best"
            takes_target = not takes_stop
        rule = E5_TIE if tie else (stop[1] if takes_stop else target[1])
    else:
        takes_stop, takes_target = _walk(position, quote, first, near_stop, near_target)
        tie = False
        rule = E5_PATH
    left_open = _left_open(stop, target, takes_stop, takes_target, tie)
    if takes_stop:
        assert position.committed_stop_loss is not None
        raw = capped_stop(position.committed_stop_loss, quote, position.sign)
        return (rule, position.stop_reason, raw, True, False), left_open
    if takes_target:
        assert position.committed_take_profit is not None
        return (
            (rule, TAKE_PROFIT_REASON, position.committed_take_profit, False, False),
            left_open,
        )
    return None, left_open


def read_levels(
    position: Position, quote: Quote, policy: ExecutionPolicy
) -> tuple[Reading, Reading]:
    """Tell how stop and target fared in the entry bar."""
    near_stop, near_target = touch_levels(position, policy.exit_buffer_pips)
    return read_stop(position, quote, near_stop), read_target(position, quote, near_target)


def list_open(
    position: Position, quote: Quote, policy: ExecutionPolicy, taken: Exit | None, tie: bool
) -> list[Open]:
    """List what the entry bar leaves open, given the exit that was found elsewhere (E5.mark)."""
    stop, target = read_levels(position, quote, policy)
    takes_stop = taken is not None and taken[3]
    return _left_open(stop, target, takes_stop, taken is not None and not takes_stop, tie)


def read_stop(position: Position, quote: Quote, near: float | None) -> Reading:
    """Tell how the stop fared in the entry bar; `near` is where it counts as touched."""
    level = position.committed_stop_loss
    if level is None or near is None:
        return NOT_TOUCHED
    sign = position.sign
    open_, high, low, close = quote.closing_candle(sign)
    if not (low <= near if sign > 0.0 else high >= near):
        return NOT_TOUCHED
    closed_beyond = close <= level if sign > 0.0 else close >= level
    if position.order_type == LIMIT:
        if closed_beyond or _is_beyond_spread(position, quote, level):
            return _unless_crossed(quote, E5_LIMIT_STOP_CERTAIN)
        return AMBIGUOUS, E5_LIMIT_STOP_AMBIGUOUS
    if closed_beyond:
        return _unless_crossed(quote, E5_STOP_STOP_CERTAIN)
    if open_ <= level if sign > 0.0 else open_ >= level:
        return SKIPPED, E5_STOP_STOP_SKIPPED
    return AMBIGUOUS, E5_STOP_STOP_AMBIGUOUS


def read_target(position: Position, quote: Quote, near: float | None) -> Reading:
    """Tell how the target fared in the entry bar; `near` is where it counts as touched."""
    level = position.committed_take_profit
    if level is None or near is None:
        return NOT_TOUCHED
    sign = position.sign
    _open, high, low, close = quote.closing_candle(sign)
    if not (high >= near if sign > 0.0 else low <= near):
        return NOT_TOUCHED
    if position.order_type != LIMIT:
        return _unless_crossed(quote, E5_STOP_TARGET)
    if close >= level if sign > 0.0 else close <= level:
        return _unless_crossed(quote, E5_LIMIT_TARGET_CERTAIN)
    return AMBIGUOUS, E5_LIMIT_TARGET_AMBIGUOUS


def _unless_crossed(quote: Quote, rule: str) -> Reading:
    return (AMBIGUOUS, E5_CROSSED) if quote.is_crossed() else (CERTAIN, rule)


def _is_beyond_spread(position: Position, quote: Quote, stop: float) -> bool:
    """Tell whether the trigger lies further from the stop than any spread of the bar reaches."""
    trigger = position.trigger
    assert trigger is not None
    apart = (trigger - stop) * position.sign
    spread = quote.largest_spread()
    if position.digits is None:
        return apart > spread
    if apart <= 0.0:
        return False
    return ticks(trigger, stop, position.digits) > ticks(spread, 0.0, position.digits)


def _happens(reading: int, intrabar: str, *, is_stop: bool) -> bool:
    """Tell whether a level that fared so happens under a mode without a path."""
    if reading == CERTAIN:
        return True
    if reading == AMBIGUOUS:
        return is_stop != (intrabar == "best")
    return reading == SKIPPED and intrabar == "worst_strict"


def _walk(
    position: Position, quote: Quote, first: int, near_stop: float | None, near_target: float | None
) -> tuple[bool, bool]:
    """Follow the path: (stop reached, target reached) after the entry, at most one of them."""
    opening = quote.opening_candle(position.sign)
    closing = quote.closing_candle(position.sign)
    assert position.trigger is not None
    # Places in a candle: open 0, high 1, low 2, close 3.
    order = (0, 1, 2, 3) if first == HIGH_FIRST else (0, 2, 1, 3)
    entered = False
    for leg in range(3):
        end = order[leg + 1]
        up = end == 1 or (end == 3 and order[2] == 2)
        on_entry_leg = False
        if not entered:
            reached_from_above = (position.sign > 0.0) == (position.order_type == LIMIT)
            price = opening[end]
            entered = price <= position.trigger if reached_from_above else price >= position.trigger
            on_entry_leg = entered
        if not entered:
            continue
        rising_is_gain = up == (position.sign > 0.0)
        price = closing[end]
        counts_stop = not (on_entry_leg and rising_is_gain)
        counts_target = not (on_entry_leg and not rising_is_gain)
        if counts_stop and near_stop is not None and _beyond(price, near_stop, -position.sign):
            return True, False
        if counts_target and near_target is not None and _beyond(price, near_target, position.sign):
            return False, True
    return False, False


def _beyond(price: float, level: float, direction: float) -> bool:
    """Tell whether a price has reached a level, going up (1.0) or down (-1.0)."""
    return price >= level if direction > 0.0 else price <= level


def _left_open(
    stop: Reading, target: Reading, takes_stop: bool, takes_target: bool, tie: bool
) -> list[Open]:
    """List what the bar leaves open, the stop before the target (E5.mark, X4.ledger)."""
    not_taken = OTHER_TARGET if takes_stop else OTHER_STOP
    if tie:
        return [(E5_TIE, not_taken)]
    found: list[Open] = []
    if stop[0] in (AMBIGUOUS, SKIPPED):
        found.append((stop[1], OTHER_OPEN if takes_stop else OTHER_STOP))
    if target[0] == AMBIGUOUS:
        found.append((target[1], OTHER_OPEN if takes_target else OTHER_TARGET))
    if not found and stop[0] == CERTAIN and target[0] == CERTAIN:
        # A path has decided between two levels that are certain.
        found.append((E5_MARK, not_taken))
    return found
