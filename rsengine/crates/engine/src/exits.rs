//! Which exit a bar decides for one position (rules X1 to X3).

use crate::arithmetic::{larger, smaller, snap_level};
use crate::config::{ExecutionPolicy, GapFill};
use crate::paths::decide_tie;
use crate::positions::{Position, Reason};
use crate::quotes::Quote;
use crate::rule_ids::{
    X1_STOP, X1_TARGET, X2_GAP_STOP, X2_GAP_TARGET, X2_LEVEL_STOP, X2_LEVEL_TARGET,
};

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
    /// Whether the bar touched both levels and does not tell which came first.
    pub tie: bool,
}

impl DecidedExit {
    /// An exit at a target: it does not slip.
    pub(crate) fn at_target(rule: &'static str, raw: f64, tie: bool) -> Self {
        Self {
            rule,
            reason: Reason::TakeProfit,
            raw,
            slips: false,
            tie,
        }
    }
}

/// Returns the raw price of an exit at a stop: no better than the bar traded (X2.cap).
#[must_use]
pub fn capped_stop(stop: f64, quote: &Quote, sign: f64) -> f64 {
    if sign > 0.0 {
        smaller(stop, quote.bid.high)
    } else {
        larger(stop, quote.ask.low)
    }
}

/// Returns the prices at which stop and target count as touched (X1.buffer).
#[must_use]
pub fn touch_levels(position: &Position, exit_buffer_pips: f64) -> (Option<f64>, Option<f64>) {
    let (stop, target) = (position.committed_stop_loss, position.committed_take_profit);
    if exit_buffer_pips == 0.0 {
        return (stop, target);
    }
    let buffer = exit_buffer_pips * position.pip_size;
    let sign = position.direction.sign();
    let snapped = |level: f64| {
        let digits = position.digits;
        digits.map_or(level, |digits| snap_level(level, digits, sign))
    };
    (
        stop.map(|stop| snapped(stop + (sign * buffer))),
        target.map(|target| snapped(target - (sign * buffer))),
    )
}

/// Returns the exit that the extremes of a bar decide, or `None`; its open is not looked at.
///
/// For the first lower bar of a bar, whose own open was no gap (X3.drilldown).
pub(crate) fn decide_touch(
    position: &Position,
    quote: &Quote,
    policy: &ExecutionPolicy,
) -> Option<DecidedExit> {
    let (near_stop, near_target) = touch_levels(position, policy.exit_buffer_pips);
    let sign = position.direction.sign();
    let candle = quote.closing_candle(sign);
    let (stop_touched, target_touched) = if sign > 0.0 {
        (
            near_stop.is_some_and(|stop| candle.low <= stop),
            near_target.is_some_and(|target| candle.high >= target),
        )
    } else {
        (
            near_stop.is_some_and(|stop| candle.high >= stop),
            near_target.is_some_and(|target| candle.low <= target),
        )
    };
    if stop_touched {
        return position.committed_stop_loss.map(|stop| DecidedExit {
            rule: X1_STOP,
            reason: position.stop_reason,
            raw: capped_stop(stop, quote, sign),
            slips: true,
            tie: target_touched,
        });
    }
    let target = position.committed_take_profit.filter(|_| target_touched);
    target.map(|target| DecidedExit::at_target(X1_TARGET, target, false))
}

/// Whether a bar reaches one of the levels at all; one that opens beyond a level reaches it, too.
#[inline]
pub(crate) fn is_reached(position: &Position, quote: &Quote) -> bool {
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

/// Returns the exit of a position that has the whole bar, or `None`.
///
/// The open is tested first, the stop before the target (X2); then the extremes (X1); where both
/// are touched the intrabar mode decides (X3). A long is tested on the bid, a short on the ask.
#[must_use]
pub fn decide_exit(
    position: &Position,
    quote: &Quote,
    policy: &ExecutionPolicy,
) -> Option<DecidedExit> {
    let (stop, target) = (position.committed_stop_loss, position.committed_take_profit);
    let (near_stop, near_target) = touch_levels(position, policy.exit_buffer_pips);
    let sign = position.direction.sign();
    let (stop_touched, target_touched) = if position.direction.is_long() {
        let bid = &quote.bid;
        (
            near_stop.is_some_and(|stop| bid.low <= stop),
            near_target.is_some_and(|target| bid.high >= target),
        )
    } else {
        let ask = &quote.ask;
        (
            near_stop.is_some_and(|stop| ask.high >= stop),
            near_target.is_some_and(|target| ask.low <= target),
        )
    };
    // A bar that opens at or beyond a level touches it, too.
    if !(stop_touched || target_touched) {
        return None;
    }
    let at_stop = |rule, raw, tie| DecidedExit {
        rule,
        reason: position.stop_reason,
        raw,
        slips: true,
        tie,
    };
    let at_level = policy.gap_fill == GapFill::Level;
    let gap = quote.closing_open(sign);
    let is_beyond = |level: f64, below: bool| if below { gap <= level } else { gap >= level };
    if let Some(stop) = stop.filter(|&stop| is_beyond(stop, sign > 0.0)) {
        return Some(if at_level {
            at_stop(X2_LEVEL_STOP, capped_stop(stop, quote, sign), false)
        } else {
            at_stop(X2_GAP_STOP, gap, false)
        });
    }
    if let Some(target) = target.filter(|&target| is_beyond(target, sign < 0.0)) {
        return Some(if at_level {
            DecidedExit::at_target(X2_LEVEL_TARGET, target, false)
        } else {
            DecidedExit::at_target(X2_GAP_TARGET, gap, false)
        });
    }
    let tie = stop_touched && target_touched;
    let (rule, takes_stop) = if tie {
        decide_tie(policy.intrabar, quote, sign, position.digits)
    } else if stop_touched {
        (X1_STOP, true)
    } else {
        (X1_TARGET, false)
    };
    if takes_stop {
        return Some(at_stop(rule, capped_stop(stop?, quote, sign), tie));
    }
    Some(DecidedExit::at_target(rule, target?, tie))
}
