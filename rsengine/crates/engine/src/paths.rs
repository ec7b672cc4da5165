//! The path that an intrabar mode reads into a candle (rules X3, E5, S4).

use crate::arithmetic::{distance, ticks};
use crate::candles::Candle;
use crate::config::Intrabar;
use crate::quotes::Quote;
use crate::rule_ids::{X3_BEST, X3_CANDLE_COLOR, X3_NEAREST_EXTREME, X3_OHLC, X3_OLHC, X3_WORST};

/// The extreme of a candle that comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// Open, high, low, close.
    High,
    /// Open, low, high, close.
    Low,
}

/// One of the three straight ways on which the price goes through a candle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Price at which it begins.
    pub start: f64,
    /// Price at which it ends.
    pub end: f64,
    /// Whether it leads to or away from the extremes upwards.
    pub rises: bool,
}

impl First {
    /// The legs of the path through a candle, in order of time.
    #[must_use]
    pub fn legs(self, candle: &Candle) -> [Leg; 3] {
        let leg = |start, end, rises| Leg { start, end, rises };
        let Candle {
            open,
            high,
            low,
            close,
            ..
        } = *candle;
        match self {
            Self::High => [
                leg(open, high, true),
                leg(high, low, false),
                leg(low, close, true),
            ],
            Self::Low => [
                leg(open, low, false),
                leg(low, high, true),
                leg(high, close, false),
            ],
        }
    }
}

/// The rule of a path mode; `None` for a mode that reads no path.
fn path_rule(intrabar: Intrabar) -> Option<&'static str> {
    match intrabar {
        Intrabar::Worst | Intrabar::WorstStrict | Intrabar::Best | Intrabar::Drilldown => None,
        Intrabar::Ohlc => Some(X3_OHLC),
        Intrabar::Olhc => Some(X3_OLHC),
        Intrabar::NearestExtreme => Some(X3_NEAREST_EXTREME),
        Intrabar::CandleColor => Some(X3_CANDLE_COLOR),
    }
}

/// Tells which extreme of a bar comes first, `None` where the mode or its candle shows no path (X3).
///
/// The candle is the one on the closing side of a position of this sign; with `digits` distances
/// count in whole ticks.
#[must_use]
pub fn first_extreme(
    intrabar: Intrabar,
    quote: &Quote,
    sign: f64,
    digits: Option<u32>,
) -> Option<First> {
    let candle = quote.closing_candle(sign);
    let (to_high, to_low) = match intrabar {
        Intrabar::Worst | Intrabar::WorstStrict | Intrabar::Best | Intrabar::Drilldown => {
            return None;
        }
        Intrabar::Ohlc => return Some(First::High),
        Intrabar::Olhc => return Some(First::Low),
        // One that fell went to its high first.
        Intrabar::CandleColor => (candle.close, candle.open),
        Intrabar::NearestExtreme => match digits {
            Some(digits) => (
                ticks(candle.high, candle.open, digits),
                ticks(candle.open, candle.low, digits),
            ),
            None => (
                distance(candle.high, candle.open),
                distance(candle.open, candle.low),
            ),
        },
    };
    if to_high < to_low {
        Some(First::High)
    } else if to_high > to_low {
        Some(First::Low)
    } else {
        None
    }
}

/// Decides a bar that touches stop and target: the rule, and whether the stop is taken (X3).
#[must_use]
pub fn decide_tie(
    intrabar: Intrabar,
    quote: &Quote,
    sign: f64,
    digits: Option<u32>,
) -> (&'static str, bool) {
    if intrabar == Intrabar::Best {
        return (X3_BEST, false);
    }
    let path = path_rule(intrabar).zip(first_extreme(intrabar, quote, sign, digits));
    match path {
        // The stop of a long is below, that of a short above.
        Some((rule, first)) => (rule, (first == First::High) == (sign < 0.0)),
        None => (X3_WORST, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(open: f64, high: f64, low: f64, close: f64) -> Quote {
        let candle = |by: f64| Candle {
            time_us: 0,
            open: open + by,
            high: high + by,
            low: low + by,
            close: close + by,
            volume: 0.0,
        };
        Quote::new(&candle(0.0), &candle(0.25))
    }

    #[test]
    fn the_nearer_extreme_comes_first_and_equal_ones_show_no_path() {
        let mode = Intrabar::NearestExtreme;
        let first = |bar: &Quote, digits| first_extreme(mode, bar, 1.0, digits);
        assert_eq!(first(&quote(8.0, 9.0, 5.0, 6.0), None), Some(First::High));
        assert_eq!(first(&quote(8.0, 11.0, 7.0, 6.0), None), Some(First::Low));
        assert_eq!(first(&quote(8.0, 9.0, 7.0, 8.5), None), None);
        // A quarter of a tick is none.
        let bar = quote(8.0, 9.25, 7.0, 8.0);
        assert_eq!(first(&bar, Some(0)), None);
        assert_eq!(first(&bar, None), Some(First::Low));
    }

    #[test]
    fn a_candle_that_rose_went_to_its_low_first() {
        let mode = Intrabar::CandleColor;
        let first = |close| first_extreme(mode, &quote(8.0, 9.0, 7.0, close), -1.0, Some(2));
        assert_eq!(first(8.5), Some(First::Low));
        assert_eq!(first(7.5), Some(First::High));
        assert_eq!(first(8.0), None);
    }

    #[test]
    fn ties_are_mirrored_for_shorts_but_paths_are_not() {
        let bar = quote(8.0, 9.0, 7.0, 8.0);
        let tie = |mode, sign| decide_tie(mode, &bar, sign, None);
        assert_eq!(tie(Intrabar::Ohlc, 1.0), (X3_OHLC, false));
        assert_eq!(tie(Intrabar::Ohlc, -1.0), (X3_OHLC, true));
        assert_eq!(tie(Intrabar::Olhc, 1.0), (X3_OLHC, true));
        assert_eq!(tie(Intrabar::Olhc, -1.0), (X3_OLHC, false));
        assert_eq!(tie(Intrabar::Best, -1.0), (X3_BEST, false));
        assert_eq!(tie(Intrabar::WorstStrict, -1.0), (X3_WORST, true));
        assert_eq!(tie(Intrabar::CandleColor, 1.0), (X3_WORST, true));
    }

    #[test]
    fn the_last_leg_leads_back_from_the_second_extreme() {
        let ends = |first: First| {
            first
                .legs(&quote(8.0, 9.0, 7.0, 8.5).bid)
                .map(|leg| leg.end)
        };
        assert_eq!(ends(First::High), [9.0, 7.0, 8.5]);
        assert_eq!(ends(First::Low), [7.0, 9.0, 8.5]);
        let last = First::Low.legs(&quote(8.0, 9.0, 7.0, 8.5).bid)[2];
        assert!(!last.rises);
    }
}
