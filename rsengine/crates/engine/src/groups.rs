//! Which order of a group fills where a bar would trigger several of them (rule S4).

use crate::arithmetic::{distance, ticks};
use crate::config::Intrabar;
use crate::paths::{First, first_extreme};
use crate::positions::{FillAt, Position};
use crate::quotes::Quote;
use crate::rule_ids::{S4_OCO_FIRST, S4_OCO_OPEN, S4_OCO_OPENS, S4_OCO_PATH};
use crate::triggers::{Trigger, is_reached_from_above};

/// What a bar that would trigger several orders of a group decides about one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The order.
    pub(crate) slot: u32,
    /// The rule that decided.
    pub(crate) rule: &'static str,
    /// Whether this is the one that fills.
    pub(crate) won: bool,
}

/// Returns the place of the one order of a group that fills, and the rule that says so (S4).
///
/// `triggered` are two or more orders of one group, in order of acceptance.
#[must_use]
pub fn choose_winner(
    triggered: &[(&Position, Trigger)],
    quote: &Quote,
    intrabar: Intrabar,
) -> (usize, &'static str) {
    let mut at_open = (0..triggered.len()).filter(|&at| triggered[at].1.at == FillAt::Open);
    if let Some(winner) = at_open.next() {
        let alone = at_open.next().is_none();
        return (winner, if alone { S4_OCO_OPEN } else { S4_OCO_OPENS });
    }
    let path = triggered.first().and_then(|(earliest, _)| {
        let sign = earliest.direction.sign();
        let first = first_extreme(intrabar, quote, sign, earliest.digits)?;
        Some((earliest, first))
    });
    let Some((earliest, first)) = path else {
        return (0, S4_OCO_FIRST);
    };
    let mut best = (0, leg_of_trigger(earliest, quote, first));
    for (at, (position, _)) in triggered.iter().enumerate().skip(1) {
        let (leg, apart) = leg_of_trigger(position, quote, first);
        let (best_leg, best_apart) = best.1;
        if leg < best_leg || (leg == best_leg && apart < best_apart) {
            best = (at, (leg, apart));
        }
    }
    (best.0, S4_OCO_PATH)
}

/// Returns the leg of the path that triggers an order, and how far from that leg's start.
///
/// Legs count from 0; the distance is in ticks where the symbol has digits. An order that the ends
/// of the legs do not reach comes last.
#[must_use]
pub fn leg_of_trigger(position: &Position, quote: &Quote, first: First) -> (usize, f64) {
    let sign = position.direction.sign();
    let Some(trigger) = position.trigger() else {
        return (3, 0.0);
    };
    let falls = is_reached_from_above(position.order_type, sign);
    let legs = first.legs(quote.opening_candle(sign));
    for (number, leg) in legs.iter().enumerate() {
        let reached = if falls {
            leg.end <= trigger
        } else {
            leg.end >= trigger
        };
        if reached {
            let apart = match position.digits {
                None => distance(trigger, leg.start),
                Some(digits) => ticks(trigger, leg.start, digits),
            };
            return (number, apart);
        }
    }
    (3, 0.0)
}
