//! Routes, ages, and which of several rates goes before another (P5).

use super::*;

const MINUTE: i64 = MINUTE_US;

fn series(ends: &[i64], rates: &[f64]) -> Rate {
    let ends = ends.iter().map(|minutes| minutes * MINUTE).collect();
    Rate::Series(RateSeries::new(ends, rates.to_vec()).unwrap())
}

fn rates(pairs: &[(&str, Rate)], hub: Option<&str>, max_age_minutes: f64) -> Rates {
    Rates::new("USD", pairs.iter().cloned(), hub, max_age_minutes).unwrap()
}

/// Amount, route, age in minutes and whether it is stale.
fn found(
    rates: &Rates,
    base: &str,
    minutes: i64,
) -> Option<(f64, &'static str, Option<i64>, bool)> {
    let found = rates.find(300.0, base, "USD", minutes * MINUTE)?;
    let age = found.age_us.map(|age_us| age_us / MINUTE);
    Some((found.amount, found.route.as_str(), age, found.stale))
}

#[test]
fn a_direct_pair_goes_before_an_inverse_one_and_both_before_the_hub() {
    let direct = ("CHF/USD", Rate::Fixed(1.1));
    let inverse = ("USD/CHF", Rate::Fixed(0.8));
    let legs = [
        ("EUR/CHF", Rate::Fixed(0.95)),
        ("EUR/USD", Rate::Fixed(1.07)),
    ];
    let [first, second] = legs;
    let all = [direct, inverse, first, second];
    let at = |from: usize| found(&rates(&all[from..], Some("EUR"), 5.0), "CHF", 0);
    assert_eq!(at(0), Some((300.0 * 1.1, "direct", None, false)));
    assert_eq!(at(1), Some((300.0 / 0.8, "inverse", None, false)));
    assert_eq!(at(2), Some(((300.0 / 0.95) * 1.07, "hub", None, false)));
    assert_eq!(at(3), None);
}

#[test]
fn each_leg_of_the_hub_has_its_own_direction() {
    let legs = |first: &'static str, second: &'static str| {
        let pairs = [(first, Rate::Fixed(4.0)), (second, Rate::Fixed(3.0))];
        found(&rates(&pairs, Some("EUR"), 5.0), "PLN", 0).unwrap().0
    };
    assert_eq!(legs("PLN/EUR", "EUR/USD"), (300.0 * 4.0) * 3.0);
    assert_eq!(legs("PLN/EUR", "USD/EUR"), (300.0 * 4.0) / 3.0);
    assert_eq!(legs("EUR/PLN", "EUR/USD"), (300.0 / 4.0) * 3.0);
    assert_eq!(legs("EUR/PLN", "USD/EUR"), (300.0 / 4.0) / 3.0);
}

#[test]
fn a_hub_that_is_one_of_the_two_is_none() {
    let pairs = [("EUR/USD", Rate::Fixed(1.1))];
    assert_eq!(found(&rates(&pairs, Some("USD"), 5.0), "CHF", 0), None);
    assert_eq!(found(&rates(&pairs, Some("CHF"), 5.0), "CHF", 0), None);
}

#[test]
fn a_rate_is_known_from_its_end_and_stale_past_its_age() {
    let pairs = [("EUR/USD", series(&[10, 20], &[1.1, 1.2]))];
    let rates = rates(&pairs, None, 5.0);
    assert_eq!(found(&rates, "EUR", 9), None);
    assert_eq!(
        found(&rates, "EUR", 10),
        Some((300.0 * 1.1, "direct", Some(0), false))
    );
    assert_eq!(
        found(&rates, "EUR", 15),
        Some((300.0 * 1.1, "direct", Some(5), false))
    );
    assert_eq!(
        found(&rates, "EUR", 16),
        Some((300.0 * 1.1, "direct", Some(6), true))
    );
    assert_eq!(
        found(&rates, "EUR", 20),
        Some((300.0 * 1.2, "direct", Some(0), false))
    );
    // Back in time, as another run over the same rates would ask.
    assert_eq!(
        found(&rates, "EUR", 12),
        Some((300.0 * 1.1, "direct", Some(2), false))
    );
    assert_eq!(found(&rates, "EUR", 5), None);
}

#[test]
fn a_fresh_rate_goes_before_a_stale_one_of_a_better_route() {
    let old = |pair| (pair, series(&[0], &[2.0]));
    let new = |pair, rate| (pair, series(&[50], &[rate]));
    let at = |pairs: &[(&str, Rate)]| found(&rates(pairs, Some("EUR"), 10.0), "CHF", 55).unwrap();
    assert_eq!(
        at(&[old("CHF/USD"), new("USD/CHF", 0.5)]),
        (600.0, "inverse", Some(5), false)
    );
    assert_eq!(
        at(&[
            old("CHF/USD"),
            old("USD/CHF"),
            new("CHF/EUR", 2.0),
            new("EUR/USD", 3.0)
        ]),
        (1800.0, "hub", Some(5), false)
    );
    // All are stale: the order of the routes again.
    assert_eq!(
        at(&[
            old("CHF/USD"),
            old("USD/CHF"),
            old("CHF/EUR"),
            new("EUR/USD", 3.0)
        ]),
        (600.0, "direct", Some(55), true)
    );
    assert_eq!(
        at(&[old("USD/CHF"), old("CHF/EUR"), new("EUR/USD", 3.0)]),
        (150.0, "inverse", Some(55), true)
    );
}

#[test]
fn a_leg_of_the_hub_takes_a_fresh_rate_before_a_stale_one() {
    let pairs = [
        ("CHF/EUR", series(&[0], &[2.0])),
        ("EUR/CHF", series(&[50], &[4.0])),
        ("EUR/USD", Rate::Fixed(3.0)),
    ];
    let fresh = rates(&pairs, Some("EUR"), 10.0);
    assert_eq!(
        found(&fresh, "CHF", 55),
        Some((225.0, "hub", Some(5), false))
    );
    // Both directions are stale: the direct one, and the age is that of the older leg.
    let stale = rates(&pairs, Some("EUR"), 1.0);
    assert_eq!(
        found(&stale, "CHF", 55),
        Some((1800.0, "hub", Some(55), true))
    );
}

#[test]
fn what_is_no_rate_is_refused_where_it_stands() {
    let error = RateSeries::new(vec![1, 3, 3], vec![1.0; 3]).unwrap_err();
    assert_eq!((error.code, error.bar), (ErrorCode::RatesInvalid, Some(2)));
    let error = RateSeries::new(vec![1, 2], vec![1.0, 0.0]).unwrap_err();
    assert_eq!(
        (error.field.as_deref(), error.bar),
        (Some("rates"), Some(1))
    );
    assert!(RateSeries::new(vec![1, 2], vec![1.0]).is_err());
    for pair in ["EURUSD", "EUR/EUR", "/USD", "EUR/", "EUR/USD/X"] {
        assert!(
            Rates::new("USD", [(pair, Rate::Fixed(1.0))], None, 1.0).is_err(),
            "{pair}"
        );
    }
    assert!(Rates::new("USD", [("EUR/USD", Rate::Fixed(f64::NAN))], None, 1.0).is_err());
    assert!(Rates::new("", [], None, 1.0).is_err());
    assert!(Rates::new("USD", [], Some("A/B"), 1.0).is_err());
    assert!(Rates::new("USD", [], None, -1.0).is_err());
    let twice = [("EUR/USD", Rate::Fixed(1.0)), ("EUR/USD", Rate::Fixed(2.0))];
    assert_eq!(found(&rates(&twice, None, 1.0), "EUR", 0).unwrap().0, 600.0);
}
