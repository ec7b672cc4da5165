"""Which exit a bar decides for one position (rules X1 to X3)."""

from __future__ import annotations

from .positions import Position
from .quotes import Quote
from .rule_ids import X1_STOP, X1_TARGET, X2_GAP_STOP, X2_GAP_TARGET, X3_WORST

# (rule, reason, raw price, whether it slips, whether the candles leave it open)
Exit = tuple[str, str, float, bool, bool]


def decide_exit(position: Position, quote: Quote) -> Exit | None:
    """Return the exit of an open position in a bar, or None.

    The open is tested first, the stop before the target (X2); then the extremes: the stop where
    both are touched (X3.worst). A long is tested on the bid, a short on the ask.
    """
    # READ
    stop, target = position.committed_stop_loss, position.committed_take_profit
    reason = position.stop_reason
    # DECIDE
    if position.sign > 0.0:
        gap = quote.bid_open
        stop_gapped = stop is not None and gap <= stop
        target_gapped = target is not None and gap >= target
        stop_touched = stop is not None and quote.bid_low <= stop
        target_touched = target is not None and quote.bid_high >= target
    else:
        gap = quote.ask_open
        stop_gapped = stop is not None and gap >= stop
        target_gapped = target is not None and gap <= target
        stop_touched = stop is not None and quote.ask_high >= stop
        target_touched = target is not None and quote.ask_low <= target
    if stop_gapped:
        return X2_GAP_STOP, reason, gap, True, False
    if target_gapped:
        return X2_GAP_TARGET, "take_profit", gap, False, False
    if stop_touched and stop is not None:
        rule = X3_WORST if target_touched else X1_STOP
        return rule, reason, stop, True, target_touched
    if target_touched and target is not None:
        return X1_TARGET, "take_profit", target, False, False
    return None
