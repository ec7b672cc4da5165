//! Whether a bar fills a waiting limit or stop order (rule E2).

use crate::arithmetic::snap_level;
use crate::config::GapFill;
use crate::positions::{FillAt, Position};
use crate::quotes::Quote;
use crate::rule_ids::{
    E2_LIMIT_INSIDE, E2_LIMIT_LEVEL, E2_LIMIT_OPEN, E2_STOP_INSIDE, E2_STOP_LEVEL, E2_STOP_OPEN,
};
use crate::signals::OrderType;

/// How a bar fills an order, before slippage and fees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trigger {
    /// The rule that decided.
    pub rule: &'static str,
    /// Price before slippage.
    pub raw: f64,
    /// Where in the bar.
    pub at: FillAt,
    /// Whether it slips.
    pub slips: bool,
}

/// Tells whether the price comes down to an order: one to buy below it or to sell below it.
#[inline]
pub(crate) fn is_reached_from_above(order_type: OrderType, sign: f64) -> bool {
    (sign > 0.0) == (order_type == OrderType::Limit)
}

/// Returns the price that has to be reached: a limit order's lies `through` beyond its entry.
///
/// ```
/// # use fillproof_engine::{signals::OrderType, triggers::trigger_level};
/// assert_eq!(trigger_level(OrderType::Limit, 1.1, 1.0, 0.00005, Some(5)), 1.09995);
/// ```
#[must_use]
pub fn trigger_level(
    order_type: OrderType,
    entry: f64,
    sign: f64,
    through: f64,
    digits: Option<u32>,
) -> f64 {
    if order_type != OrderType::Limit || through == 0.0 {
        return entry;
    }
    let level = entry - (sign * through);
    digits.map_or(level, |digits| snap_level(level, digits, sign))
}

/// Returns how a bar fills a waiting order, or `None` (E2).
///
/// The open is looked at first: a bar that opens at or beyond the entry fills it there.
#[must_use]
#[inline]
pub fn decide_trigger(position: &Position, quote: &Quote, gap_fill: GapFill) -> Option<Trigger> {
    let details = position.details.as_ref()?;
    let (entry, trigger) = (details.entry?, details.trigger?);
    let sign = position.direction.sign();
    let candle = quote.opening_candle(sign);
    let (opened, touched) = if is_reached_from_above(position.order_type, sign) {
        (candle.open <= entry, candle.low <= trigger)
    } else {
        (candle.open >= entry, candle.high >= trigger)
    };
    let is_limit = position.order_type == OrderType::Limit;
    let slips = !is_limit;
    if opened {
        let (raw, limit_rule, stop_rule) = match gap_fill {
            GapFill::Open => (candle.open, E2_LIMIT_OPEN, E2_STOP_OPEN),
            GapFill::Level => (entry, E2_LIMIT_LEVEL, E2_STOP_LEVEL),
        };
        return Some(Trigger {
            rule: if is_limit { limit_rule } else { stop_rule },
            raw,
            at: FillAt::Open,
            slips,
        });
    }
    touched.then_some(Trigger {
        rule: if is_limit {
            E2_LIMIT_INSIDE
        } else {
            E2_STOP_INSIDE
        },
        raw: entry,
        at: FillAt::Inside,
        slips,
    })
}

/// Tells whether a bar reaches the trigger of a waiting order, whatever its open (E2).
pub(crate) fn is_touched(position: &Position, quote: &Quote) -> bool {
    let Some(trigger) = position.trigger() else {
        return false;
    };
    let sign = position.direction.sign();
    let candle = quote.opening_candle(sign);
    if is_reached_from_above(position.order_type, sign) {
        candle.low <= trigger
    } else {
        candle.high >= trigger
    }
}

/// Tells whether a waiting order could fill at once at the opening side's close (S3.marketable).
///
/// ```
/// # use fillproof_engine::{signals::OrderType, triggers::is_marketable};
/// assert!(is_marketable(OrderType::Limit, 1.1002, 1.0, 1.1002));
/// assert!(!is_marketable(OrderType::Stop, 1.1003, 1.0, 1.1002));
/// ```
#[must_use]
pub fn is_marketable(order_type: OrderType, entry: f64, sign: f64, opening_close: f64) -> bool {
    if is_reached_from_above(order_type, sign) {
        entry >= opening_close
    } else {
        entry <= opening_close
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candles::Candle;
    use crate::signals::Direction;

    fn order(order_type: OrderType, direction: Direction, entry: f64, through: f64) -> Position {
        let mut order = Position::new(
            1,
            "EURUSD".into(),
            direction,
            order_type,
            0,
            entry,
            1.0,
            1.0,
            None,
            None,
            1.0,
            Some(2),
        );
        let sign = direction.sign();
        let details = order.details_mut();
        details.entry = Some(entry);
        details.trigger = Some(trigger_level(order_type, entry, sign, through, Some(2)));
        order
    }

    fn quote(open: f64, high: f64, low: f64) -> Quote {
        let bar = |by: f64| Candle {
            time_us: 60,
            open: open + by,
            high: high + by,
            low: low + by,
            close: low + by,
            volume: 0.0,
        };
        Quote::new(&bar(0.0), &bar(0.5))
    }

    fn found(order: &Position, quote: &Quote, gap_fill: GapFill) -> Option<(&'static str, f64)> {
        let trigger = decide_trigger(order, quote, gap_fill)?;
        assert_eq!(trigger.slips, order.order_type == OrderType::Stop);
        Some((trigger.rule, trigger.raw))
    }

    #[test]
    fn limits_are_reached_from_their_better_side_and_stops_from_the_other() {
        let at_open = GapFill::Open;
        // A long opens on the ask, half above the bid.
        let buy = order(OrderType::Limit, Direction::Long, 8.0, 0.0);
        assert_eq!(
            found(&buy, &quote(7.5, 9.0, 7.0), at_open),
            Some((E2_LIMIT_OPEN, 8.0))
        );
        assert_eq!(
            found(&buy, &quote(7.25, 9.0, 7.0), GapFill::Level),
            Some((E2_LIMIT_LEVEL, 8.0))
        );
        assert_eq!(
            found(&buy, &quote(8.0, 9.0, 7.5), at_open),
            Some((E2_LIMIT_INSIDE, 8.0))
        );
        assert_eq!(found(&buy, &quote(8.0, 9.0, 7.51), at_open), None);
        let sell = order(OrderType::Stop, Direction::Short, 8.0, 0.0);
        assert_eq!(
            found(&sell, &quote(7.75, 9.0, 7.0), at_open),
            Some((E2_STOP_OPEN, 7.75))
        );
        assert_eq!(
            found(&sell, &quote(8.5, 9.0, 8.0), at_open),
            Some((E2_STOP_INSIDE, 8.0))
        );
        assert_eq!(found(&sell, &quote(8.5, 9.0, 8.01), at_open), None);
        let buy_stop = order(OrderType::Stop, Direction::Long, 9.0, 0.0);
        assert_eq!(
            found(&buy_stop, &quote(8.0, 8.5, 7.0), at_open),
            Some((E2_STOP_INSIDE, 9.0))
        );
        assert_eq!(
            found(&buy_stop, &quote(9.0, 9.0, 7.0), GapFill::Level),
            Some((E2_STOP_LEVEL, 9.0))
        );
    }

    #[test]
    fn through_counts_inside_the_bar_but_not_at_its_open() {
        let short = order(OrderType::Limit, Direction::Short, 8.0, 0.25);
        assert_eq!(short.trigger(), Some(8.25));
        assert_eq!(found(&short, &quote(7.5, 8.2, 7.0), GapFill::Open), None);
        assert_eq!(
            found(&short, &quote(7.5, 8.25, 7.0), GapFill::Open),
            Some((E2_LIMIT_INSIDE, 8.0))
        );
        assert_eq!(
            found(&short, &quote(8.1, 8.2, 7.0), GapFill::Open),
            Some((E2_LIMIT_OPEN, 8.1))
        );
    }

    #[test]
    fn the_trigger_of_a_short_is_snapped_as_the_mirror_of_a_long() {
        assert_eq!(
            trigger_level(OrderType::Limit, 1.0, 1.0, 0.125, Some(2)),
            0.88
        );
        assert_eq!(
            trigger_level(OrderType::Limit, -1.0, -1.0, 0.125, Some(2)),
            -0.88
        );
        assert_eq!(
            trigger_level(OrderType::Stop, 1.0, 1.0, 0.125, Some(2)),
            1.0
        );
    }
}
