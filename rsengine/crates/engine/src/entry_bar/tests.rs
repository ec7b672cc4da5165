//! What an entry bar decides and leaves open, by hand.

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

fn decide(order_type: OrderType, quote: &Quote, intrabar: Intrabar) -> (&'static str, LeftOpen) {
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
