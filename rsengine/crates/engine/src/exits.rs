//! Which exit a bar decides for one position (rules X1 to X3).

use crate::positions::{Position, Reason};
use crate::quotes::Quote;
use crate::rule_ids::{X1_STOP, X1_TARGET, X2_GAP_STOP, X2_GAP_TARGET, X3_WORST};

/// An exit before slippage and fees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecidedExit {
    /// The rule that decided.
    pub rule: &'static str,
    /// Why.
    pub reason: Reason,
    /// Price before slippage.
    pub raw: f64,
    /// Whether it slips.
    pub slips: bool,
    /// Whether the candles leave open which level came first.
    pub ambiguous: bool,
}

/// Returns the exit of an open position in a bar, or `None`.
///
/// The open is tested first, the stop before the target (X2); then the extremes: the stop where
/// both are touched (X3.worst). A long is tested on the bid, a short on the ask.
#[must_use]
#[inline]
pub fn decide_exit(position: &Position, quote: &Quote) -> Option<DecidedExit> {
    let (stop, target) = (position.committed_stop_loss, position.committed_take_profit);
    if !is_reached(position, quote) {
        return None;
    }
    let (gap, stop_gapped, target_gapped, stop_touched, target_touched);
    if position.direction.is_long() {
        let bid = &quote.bid;
        gap = bid.open;
        stop_gapped = stop.is_some_and(|stop| gap <= stop);
        target_gapped = target.is_some_and(|target| gap >= target);
        stop_touched = stop.filter(|&stop| bid.low <= stop);
        target_touched = target.filter(|&target| bid.high >= target);
    } else {
        let ask = &quote.ask;
        gap = ask.open;
        stop_gapped = stop.is_some_and(|stop| gap >= stop);
        target_gapped = target.is_some_and(|target| gap <= target);
        stop_touched = stop.filter(|&stop| ask.high >= stop);
        target_touched = target.filter(|&target| ask.low <= target);
    }
    let at_stop = |rule, raw, ambiguous| DecidedExit {
        rule,
        reason: position.stop_reason,
        raw,
        slips: true,
        ambiguous,
    };
    let at_target = |rule, raw| DecidedExit {
        rule,
        reason: Reason::TakeProfit,
        raw,
        slips: false,
        ambiguous: false,
    };
    if stop_gapped {
        return Some(at_stop(X2_GAP_STOP, gap, false));
    }
    if target_gapped {
        return Some(at_target(X2_GAP_TARGET, gap));
    }
    match (stop_touched, target_touched) {
        (Some(stop), None) => Some(at_stop(X1_STOP, stop, false)),
        (Some(stop), Some(_)) => Some(at_stop(X3_WORST, stop, true)),
        (None, Some(target)) => Some(at_target(X1_TARGET, target)),
        (None, None) => None,
    }
}

/// Whether a bar reaches one of the levels at all; a bar that opens beyond one reaches it, too.
#[inline]
fn is_reached(position: &Position, quote: &Quote) -> bool {
    let stop = position.committed_stop_loss;
    let target = position.committed_take_profit;
    if position.direction.is_long() {
        let bid = &quote.bid;
        stop.is_some_and(|stop| bid.low <= stop) || target.is_some_and(|target| bid.high >= target)
    } else {
        let ask = &quote.ask;
        stop.is_some_and(|stop| ask.high >= stop) || target.is_some_and(|target| ask.low <= target)
    }
}
