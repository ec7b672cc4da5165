"""Which exit a bar decides for one position (rules X1 to X3)."""

from __future__ import annotations

from .arithmetic import larger, smaller, snap_level
from .config import ExecutionPolicy
from .paths import decide_tie
from .positions import Position
from .quotes import Quote
from .rule_ids import (
    X1_STOP,
    X1_TARGET,
    X2_GAP_STOP,
    X2_GAP_TARGET,
    X2_LEVEL_STOP,
    X2_LEVEL_TARGET,
)

# (rule, reason, raw price, whether it slips, whether it is a tie)
Exit = tuple[str, str, float, bool, bool]

TAKE_PROFIT_REASON = "take_profit"


def capped_stop(stop: float, quote: Quote, sign: float) -> float:
    """Return the raw price of an exit at a stop: no better than the bar traded (X2.cap)."""
    if sign > 0.0:
        return smaller(stop, quote.bid_high)
    return larger(stop, quote.ask_low)


def touch_levels(position: Position, exit_buffer_pips: float) -> tuple[float | None, float | None]:
    """Return the prices at which stop and target count as touched (X1.buffer)."""
    stop, target = position.committed_stop_loss, position.committed_take_profit
    buffer = exit_buffer_pips * position.pip_size
    sign, digits = position.sign, position.digits
    if stop is not None:
        stop = stop + (sign * buffer)
        stop = stop if digits is None else snap_level(stop, digits, sign)
    if target is not None:
        target = target - (sign * buffer)
        target = target if digits is None else snap_level(target, digits, sign)
    return stop, target


def decide_exit(position: Position, quote: Quote, policy: ExecutionPolicy) -> Exit | None:
    """Return the exit of a position that has the whole bar, or None.

    The open is tested first, the stop before the target (X2); then the extremes (X1); where both
    are touched the intrabar mode decides (X3). A long is tested on the bid, a short on the ask.
    """
    # READ
    stop, target = position.committed_stop_loss, position.committed_take_profit
    near_stop, near_target = stop, target
    if policy.exit_buffer_pips != 0.0:
        near_stop, near_target = touch_levels(position, policy.exit_buffer_pips)
    reason = position.stop_reason
    # DECIDE
    if position.sign > 0.0:
        gap = quote.bid_open
        stop_gapped = stop is not None and gap <= stop
        target_gapped = target is not None and gap >= target
        stop_touched = near_stop is not None and quote.bid_low <= near_stop
        target_touched = near_target is not None and quote.bid_high >= near_target
    else:
        gap = quote.ask_open
        stop_gapped = stop is not None and gap >= stop
        target_gapped = target is not None and gap <= target
        stop_touched = near_stop is not None and quote.ask_high >= near_stop
        target_touched = near_target is not None and quote.ask_low <= near_target
    if not (stop_gapped or target_gapped or stop_touched or target_touched):
        return None
    at_level = policy.gap_fill == "level"
    if stop_gapped and stop is not None:
        if at_level:
            return X2_LEVEL_STOP, reason, capped_stop(stop, quote, position.sign), True, False
        return X2_GAP_STOP, reason, gap, True, False
    if target_gapped and target is not None:
        if at_level:
            return X2_LEVEL_TARGET, TAKE_PROFIT_REASON, target, False, False
        return X2_GAP_TARGET, TAKE_PROFIT_REASON, gap, False, False
    rule, takes_stop, tie = X1_STOP, stop_touched, False
    if stop_touched and target_touched:
        rule, takes_stop = decide_tie(policy.intrabar, quote, position.sign, position.digits)
        tie = True
    if takes_stop and stop is not None:
        return rule, reason, capped_stop(stop, quote, position.sign), True, tie
    assert target is not None
    return (rule if tie else X1_TARGET), TAKE_PROFIT_REASON, target, False, tie


def decide_touch(position: Position, quote: Quote, policy: ExecutionPolicy) -> Exit | None:
    """Return the exit that the extremes of a bar decide, or None; its open is not looked at.

    For the first lower bar of a bar, whose own open was no gap (X3.drilldown).
    """
    near_stop, near_target = touch_levels(position, policy.exit_buffer_pips)
    _open, high, low, _close = quote.closing_candle(position.sign)
    if position.sign > 0.0:
        stop_touched = near_stop is not None and low <= near_stop
        target_touched = near_target is not None and high >= near_target
    else:
        stop_touched = near_stop is not None and high >= near_stop
        target_touched = near_target is not None and low <= near_target
    stop, target = position.committed_stop_loss, position.committed_take_profit
    if stop_touched and stop is not None:
        raw = capped_stop(stop, quote, position.sign)
        return X1_STOP, position.stop_reason, raw, True, target_touched
    if target_touched and target is not None:
        return X1_TARGET, TAKE_PROFIT_REASON, target, False, False
    return None
