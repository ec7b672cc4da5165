//! The bar in which a waiting order triggered inside the bar: what it decides, what not (rule E5).

use crate::ambiguity::Other;
use crate::arithmetic::ticks;
use crate::config::{ExecutionPolicy, Intrabar};
use crate::exits::{DecidedExit, capped_stop, touch_levels};
use crate::paths::{First, first_extreme};
use crate::positions::Position;
use crate::quotes::Quote;
use crate::rule_ids::{
    E5_CROSSED, E5_LIMIT_STOP_AMBIGUOUS, E5_LIMIT_STOP_CERTAIN, E5_LIMIT_TARGET_AMBIGUOUS,
    E5_LIMIT_TARGET_CERTAIN, E5_MARK, E5_PATH, E5_STOP_STOP_AMBIGUOUS, E5_STOP_STOP_CERTAIN,
    E5_STOP_STOP_SKIPPED, E5_STOP_TARGET, E5_TIE,
};
use crate::signals::OrderType;
use crate::triggers::is_reached_from_above;

/// How a level fared in the entry bar, with the rule that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The bar does not touch it.
    Untouched,
    /// It was touched after the entry.
    Certain(&'static str),
    /// It may have been touched before the entry.
    Ambiguous(&'static str),
    /// The price was beyond it from the open on, so that its touch says nothing.
    Skipped(&'static str),
}

impl Reading {
    fn rule(self) -> &'static str {
        match self {
            Self::Untouched => "",
            Self::Certain(rule) | Self::Ambiguous(rule) | Self::Skipped(rule) => rule,
        }
    }

    fn is_touched(self) -> bool {
        self != Self::Untouched
    }

    /// The rule of a level that the bar leaves open.
    fn left_open(self) -> Option<&'static str> {
        match self {
            Self::Untouched | Self::Certain(_) => None,
            Self::Ambiguous(rule) | Self::Skipped(rule) => Some(rule),
        }
    }

    /// Tells whether a level that fared so happens under a mode without a path.
    fn happens(self, intrabar: Intrabar, is_stop: bool) -> bool {
        match self {
            Self::Untouched => false,
            Self::Certain(_) => true,
            Self::Ambiguous(_) => is_stop != (intrabar == Intrabar::Best),
            Self::Skipped(_) => intrabar == Intrabar::WorstStrict,
        }
    }
}

/// What a bar leaves open: the rule, and the other reading.
pub type Open = (&'static str, Other);

/// Up to two things that a bar leaves open, the stop before the target.
pub type LeftOpen = [Option<Open>; 2];

/// Returns the exit in the entry bar, or `None`, and what the bar leaves open (E5).
///
/// Exits are at their level, the stop capped by the bar (X2.cap); there is no gap to look at.
#[must_use]
pub fn decide_entry_bar(
    position: &Position,
    quote: &Quote,
    policy: &ExecutionPolicy,
) -> (Option<DecidedExit>, LeftOpen) {
    let (near_stop, near_target) = touch_levels(position, policy.exit_buffer_pips);
    let stop = read_stop(position, quote, near_stop);
    let target = read_target(position, quote, near_target);
    if !(stop.is_touched() || target.is_touched()) {
        return (None, [None, None]);
    }
    let sign = position.direction.sign();
    let path = first_extreme(policy.intrabar, quote, sign, position.digits);
    let (taken, tie) = match path {
        Some(first) => (walk(position, quote, first, near_stop, near_target), false),
        None => weigh(stop, target, policy.intrabar),
    };
    let rule = match (path, taken) {
        (Some(_), _) => E5_PATH,
        (None, _) if tie => E5_TIE,
        (None, Some(Taken::Stop)) => stop.rule(),
        (None, _) => target.rule(),
    };
    let exit = match taken {
        Some(Taken::Stop) => position.committed_stop_loss.map(|level| DecidedExit {
            rule,
            reason: position.stop_reason,
            raw: capped_stop(level, quote, sign),
            slips: true,
            tie: false,
        }),
        Some(Taken::Target) => position
            .committed_take_profit
            .map(|level| DecidedExit::at_target(rule, level, false)),
        None => None,
    };
    (exit, left_open(stop, target, taken, tie))
}

/// The level at which a position leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Stop,
    Target,
}

/// Decides without a path: what happens under the mode, and whether that is a tie.
fn weigh(stop: Reading, target: Reading, intrabar: Intrabar) -> (Option<Taken>, bool) {
    match (
        stop.happens(intrabar, true),
        target.happens(intrabar, false),
    ) {
        (true, true) if intrabar == Intrabar::Best => (Some(Taken::Target), true),
        (true, true) => (Some(Taken::Stop), true),
        (true, false) => (Some(Taken::Stop), false),
        (false, true) => (Some(Taken::Target), false),
        (false, false) => (None, false),
    }
}

/// Tells how stop and target fared in the entry bar.
pub(crate) fn read_levels(
    position: &Position,
    quote: &Quote,
    policy: &ExecutionPolicy,
) -> (Reading, Reading) {
    let (near_stop, near_target) = touch_levels(position, policy.exit_buffer_pips);
    (
        read_stop(position, quote, near_stop),
        read_target(position, quote, near_target),
    )
}

/// Lists what the entry bar leaves open, given the exit that was found elsewhere (E5.mark).
pub(crate) fn list_open(
    position: &Position,
    quote: &Quote,
    policy: &ExecutionPolicy,
    taken: Option<&DecidedExit>,
    tie: bool,
) -> LeftOpen {
    let (stop, target) = read_levels(position, quote, policy);
    let taken = taken.map(|exit| {
        if exit.slips {
            Taken::Stop
        } else {
            Taken::Target
        }
    });
    left_open(stop, target, taken, tie)
}

/// Tells how the stop fared in the entry bar; `near` is where it counts as touched.
#[must_use]
pub fn read_stop(position: &Position, quote: &Quote, near: Option<f64>) -> Reading {
    let (Some(level), Some(near)) = (position.committed_stop_loss, near) else {
        return Reading::Untouched;
    };
    let sign = position.direction.sign();
    let candle = quote.closing_candle(sign);
    let is_at_or_beyond = |price: f64| {
        if sign > 0.0 {
            price <= level
        } else {
            price >= level
        }
    };
    let touched = if sign > 0.0 {
        candle.low <= near
    } else {
        candle.high >= near
    };
    if !touched {
        return Reading::Untouched;
    }
    let closed_beyond = is_at_or_beyond(candle.close);
    if position.order_type == OrderType::Limit {
        if closed_beyond || is_beyond_spread(position, quote, level) {
            return unless_crossed(quote, E5_LIMIT_STOP_CERTAIN);
        }
        return Reading::Ambiguous(E5_LIMIT_STOP_AMBIGUOUS);
    }
    if closed_beyond {
        return unless_crossed(quote, E5_STOP_STOP_CERTAIN);
    }
    if is_at_or_beyond(candle.open) {
        return Reading::Skipped(E5_STOP_STOP_SKIPPED);
    }
    Reading::Ambiguous(E5_STOP_STOP_AMBIGUOUS)
}

/// Tells how the target fared in the entry bar; `near` is where it counts as touched.
#[must_use]
pub fn read_target(position: &Position, quote: &Quote, near: Option<f64>) -> Reading {
    let (Some(level), Some(near)) = (position.committed_take_profit, near) else {
        return Reading::Untouched;
    };
    let is_long = position.direction.is_long();
    let candle = quote.closing_candle(position.direction.sign());
    let (touched, closed_beyond) = if is_long {
        (candle.high >= near, candle.close >= level)
    } else {
        (candle.low <= near, candle.close <= level)
    };
    if !touched {
        return Reading::Untouched;
    }
    if position.order_type != OrderType::Limit {
        return unless_crossed(quote, E5_STOP_TARGET);
    }
    if closed_beyond {
        return unless_crossed(quote, E5_LIMIT_TARGET_CERTAIN);
    }
    Reading::Ambiguous(E5_LIMIT_TARGET_AMBIGUOUS)
}

fn unless_crossed(quote: &Quote, rule: &'static str) -> Reading {
    if quote.is_crossed() {
        Reading::Ambiguous(E5_CROSSED)
    } else {
        Reading::Certain(rule)
    }
}

/// Tells whether the trigger lies further from the stop than any spread of the bar reaches.
fn is_beyond_spread(position: &Position, quote: &Quote, stop: f64) -> bool {
    let Some(trigger) = position.trigger() else {
        return false;
    };
    let apart = (trigger - stop) * position.direction.sign();
    let spread = quote.largest_spread();
    match position.digits {
        None => apart > spread,
        Some(digits) => apart > 0.0 && ticks(trigger, stop, digits) > ticks(spread, 0.0, digits),
    }
}

/// Follows the path through the bar and returns the level at which it leads out (E5.path).
///
/// The entry is on the first leg whose end reaches the trigger; on that leg only the level in its
/// direction counts.
fn walk(
    position: &Position,
    quote: &Quote,
    first: First,
    near_stop: Option<f64>,
    near_target: Option<f64>,
) -> Option<Taken> {
    let is_long = position.direction.is_long();
    let sign = position.direction.sign();
    let trigger = position.trigger()?;
    let falls = is_reached_from_above(position.order_type, sign);
    let opening = first.legs(quote.opening_candle(sign));
    let closing = first.legs(quote.closing_candle(sign));
    let is_entry = |price: f64| {
        if falls {
            price <= trigger
        } else {
            price >= trigger
        }
    };
    let entry = opening.iter().position(|leg| is_entry(leg.end))?;
    for (number, leg) in closing.iter().enumerate().skip(entry) {
        let gains = leg.rises == is_long;
        let price = leg.end;
        let at_stop = near_stop.is_some_and(|stop| {
            if is_long {
                price <= stop
            } else {
                price >= stop
            }
        });
        let at_target = near_target.is_some_and(|target| {
            if is_long {
                price >= target
            } else {
                price <= target
            }
        });
        if at_stop && !(number == entry && gains) {
            return Some(Taken::Stop);
        }
        if at_target && (number != entry || gains) {
            return Some(Taken::Target);
        }
    }
    None
}

/// Lists what the bar leaves open (E5.mark, X4.ledger).
fn left_open(stop: Reading, target: Reading, taken: Option<Taken>, tie: bool) -> LeftOpen {
    let not_taken = match taken {
        Some(Taken::Stop) => Other::Target,
        _ => Other::Stop,
    };
    if tie {
        return [Some((E5_TIE, not_taken)), None];
    }
    if let (Reading::Certain(_), Reading::Certain(_)) = (stop, target) {
        // A path has decided between two levels that are certain.
        return [Some((E5_MARK, not_taken)), None];
    }
    let other = |level, unless| {
        if taken == Some(level) {
            Other::Open
        } else {
            unless
        }
    };
    [
        stop.left_open()
            .map(|rule| (rule, other(Taken::Stop, Other::Stop))),
        target
            .left_open()
            .map(|rule| (rule, other(Taken::Target, Other::Target))),
    ]
}

#[cfg(test)]
mod tests;
