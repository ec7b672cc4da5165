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
mod tests {
    use super::*;
    use crate::candles::Candle;
    use crate::positions::{Fill, FillAt, State};
    use crate::signals::Direction;

    /// A long with its stop at 7 and its target at 11, filled inside the bar at its entry of 9.
    fn filled(order_type: OrderType) -> Position {
        let mut order = Position::new(
            1,
            "EURUSD".into(),
            Direction::Long,
            order_type,
            0,
            9.0,
            1.0,
            1.0,
            Some(7.0),
            Some(11.0),
            1.0,
            Some(1),
        );
        order.details_mut().entry = Some(9.0);
        order.details_mut().trigger = Some(9.0);
        order.state = State::Open(Fill {
            time_us: 60,
            at: FillAt::Inside,
            price: 9.0,
            fee: 0.0,
            rule: "",
        });
        order
    }

    /// A bid candle, and an ask that stands as far above it.
    fn quote(open: f64, high: f64, low: f64, close: f64, spread: f64) -> Quote {
        let side = |by: f64| Candle {
            time_us: 60,
            open: open + by,
            high: high + by,
            low: low + by,
            close: close + by,
            volume: 0.0,
        };
        Quote::new(&side(0.0), &side(spread))
    }

    fn decide(
        order_type: OrderType,
        quote: &Quote,
        intrabar: Intrabar,
    ) -> (&'static str, LeftOpen) {
        let policy = ExecutionPolicy {
            intrabar,
            ..ExecutionPolicy::canonical()
        };
        let (exit, left_open) = decide_entry_bar(&filled(order_type), quote, &policy);
        (exit.map_or("", |exit| exit.rule), left_open)
    }

    const NOTHING: LeftOpen = [None, None];
    const MODES: [Intrabar; 3] = [Intrabar::Worst, Intrabar::WorstStrict, Intrabar::Best];

    /// What happens under worst, worst_strict and best.
    fn rules(order_type: OrderType, quote: &Quote) -> [&'static str; 3] {
        MODES.map(|mode| decide(order_type, quote, mode).0)
    }

    #[test]
    fn a_stop_below_a_limit_entry_is_certain_beyond_the_spread_or_at_the_close() {
        let limit = OrderType::Limit;
        let certain = [E5_LIMIT_STOP_CERTAIN; 3];
        // The trigger is 2 above the stop.
        assert_eq!(rules(limit, &quote(9.5, 10.0, 7.0, 8.0, 1.9)), certain);
        assert_eq!(rules(limit, &quote(9.5, 10.0, 7.0, 7.0, 2.0)), certain);
        let open = quote(9.5, 10.0, 7.0, 7.5, 2.0);
        let rule = E5_LIMIT_STOP_AMBIGUOUS;
        assert_eq!(rules(limit, &open), [rule, rule, ""]);
        let left = decide(limit, &open, Intrabar::Worst).1;
        assert_eq!(left, [Some((rule, Other::Open)), None]);
        let left = decide(limit, &open, Intrabar::Best).1;
        assert_eq!(left, [Some((rule, Other::Stop)), None]);
        assert_eq!(rules(limit, &quote(9.5, 10.0, 7.1, 7.5, 2.0)), ["", "", ""]);
    }

    #[test]
    fn a_target_of_a_limit_entry_is_certain_at_the_close_alone() {
        let limit = OrderType::Limit;
        let certain = quote(10.0, 11.5, 8.0, 11.0, 0.5);
        assert_eq!(rules(limit, &certain), [E5_LIMIT_TARGET_CERTAIN; 3]);
        assert_eq!(decide(limit, &certain, Intrabar::Worst).1, NOTHING);
        let rule = E5_LIMIT_TARGET_AMBIGUOUS;
        let open = quote(10.0, 11.0, 8.0, 10.9, 0.5);
        assert_eq!(rules(limit, &open), ["", "", rule]);
        let left = decide(limit, &open, Intrabar::Worst).1;
        assert_eq!(left, [None, Some((rule, Other::Target))]);
    }

    #[test]
    fn a_stop_that_the_price_was_beyond_from_the_open_on_is_skipped() {
        let stop = OrderType::Stop;
        let bar = quote(7.0, 10.0, 6.5, 8.0, 0.5);
        assert_eq!(rules(stop, &bar), ["", E5_STOP_STOP_SKIPPED, ""]);
        let left = decide(stop, &bar, Intrabar::Worst).1;
        assert_eq!(left, [Some((E5_STOP_STOP_SKIPPED, Other::Stop)), None]);
        let certain = quote(7.0, 10.0, 6.5, 7.0, 0.5);
        assert_eq!(rules(stop, &certain), [E5_STOP_STOP_CERTAIN; 3]);
        let rule = E5_STOP_STOP_AMBIGUOUS;
        assert_eq!(
            rules(stop, &quote(7.1, 10.0, 6.5, 8.0, 0.5)),
            [rule, rule, ""]
        );
        // A skipped stop does not happen, so that the target is no tie.
        let both = quote(7.0, 11.0, 6.5, 8.0, 0.5);
        assert_eq!(rules(stop, &both), [E5_STOP_TARGET, E5_TIE, E5_STOP_TARGET]);
        let left = decide(stop, &both, Intrabar::WorstStrict).1;
        assert_eq!(left, [Some((E5_TIE, Other::Target)), None]);
    }

    #[test]
    fn a_crossed_bar_makes_what_is_certain_ambiguous() {
        let bar = quote(9.5, 10.0, 7.0, 7.0, -0.5);
        let rule = E5_CROSSED;
        assert_eq!(rules(OrderType::Limit, &bar), [rule, rule, ""]);
        let bar = quote(9.5, 11.5, 8.0, 8.0, -0.5);
        assert_eq!(rules(OrderType::Stop, &bar), ["", "", rule]);
    }

    #[test]
    fn on_the_leg_of_the_entry_only_what_lies_ahead_counts() {
        let both = quote(10.0, 11.0, 7.0, 8.0, 0.5);
        let taken = |order_type, mode| {
            let policy = ExecutionPolicy {
                intrabar: mode,
                ..ExecutionPolicy::canonical()
            };
            let (exit, left_open) = decide_entry_bar(&filled(order_type), &both, &policy);
            let exit = exit.expect("both levels are touched");
            assert_eq!(exit.rule, E5_PATH);
            assert!(left_open.iter().any(Option::is_some));
            exit.raw
        };
        assert_eq!(taken(OrderType::Limit, Intrabar::Ohlc), 7.0);
        assert_eq!(taken(OrderType::Limit, Intrabar::Olhc), 7.0);
        assert_eq!(taken(OrderType::Stop, Intrabar::Ohlc), 11.0);
        assert_eq!(taken(OrderType::Stop, Intrabar::Olhc), 11.0);
        // The high came before the entry: the target is not there to be reached.
        let early = quote(10.0, 11.0, 8.0, 10.0, 0.5);
        let (rule, left) = decide(OrderType::Limit, &early, Intrabar::Ohlc);
        assert_eq!(rule, "");
        assert_eq!(
            left,
            [None, Some((E5_LIMIT_TARGET_AMBIGUOUS, Other::Target))]
        );
        assert_eq!(decide(OrderType::Limit, &early, Intrabar::Olhc).0, E5_PATH);
    }
}
