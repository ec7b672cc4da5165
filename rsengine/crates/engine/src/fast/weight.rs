//! What the mark of a position counts, and the sums of one bar (P3).

use super::tile::LaneViews;
use crate::arithmetic::smaller;
use crate::holdings::EntryNumbers;
use crate::positions::FillAt;

/// A position as its marks count it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weight {
    price: f64,
    /// Sign and size in one: a product with 1 or -1 is exact, so the order does not matter.
    signed_size: f64,
    pub(super) unit_value: f64,
    pub(crate) is_long: bool,
    /// Place of its symbol among the marks.
    pub(crate) mark: usize,
    /// Open of the bar that filled it.
    pub(crate) filled_us: i64,
    /// Whether that was at the bar's close.
    at_close: bool,
}

impl Weight {
    /// The numbers of a position whose symbol stands at a place among the marks.
    pub(crate) fn of(numbers: &EntryNumbers, mark: usize) -> Self {
        Self {
            price: numbers.entry_price,
            signed_size: numbers.direction.sign() * numbers.size,
            unit_value: numbers.unit_value,
            is_long: numbers.direction.is_long(),
            mark,
            filled_us: numbers.trigger_time_us,
            at_close: numbers.at == FillAt::Close,
        }
    }

    /// A position of the first symbol that was filled at the close of a bar; it counts its size in
    /// lots, and a unit of price and a lot so much.
    pub(super) fn at_close(
        price: f64,
        is_long: bool,
        (size, unit_value): (f64, f64),
        filled_us: i64,
    ) -> Self {
        Self {
            price,
            signed_size: if is_long { size } else { -size },
            unit_value,
            is_long,
            mark: 0,
            filled_us,
            at_close: true,
        }
    }

    /// The gain at a price; it may be -0.0, which a sum that began with 0.0 does not show.
    #[inline]
    pub(crate) fn gain(&self, price: f64) -> f64 {
        ((price - self.price) * self.signed_size) * self.unit_value
    }

    /// Whether it was filled at the close of a bar, which went through its extremes before.
    #[inline]
    pub(crate) fn is_fresh(&self, time_us: i64) -> bool {
        self.at_close && self.filled_us == time_us
    }

    /// What a unit of price is worth, and the price that it counts from.
    #[inline]
    pub(crate) fn line(&self) -> (f64, f64) {
        (self.signed_size * self.unit_value, self.price)
    }

    #[inline]
    pub(super) fn add(&self, prices: &[f64], sums: &mut [f64]) {
        for (sum, &price) in sums.iter_mut().zip(prices) {
            *sum += self.gain(price);
        }
    }
}

/// What positions are worth at the close of a bar, and at its worst.
pub(crate) fn sum_row(lanes: &LaneViews<'_>, open: &[Option<Weight>], bar: usize) -> (f64, f64) {
    let time_us = lanes.time_us[bar];
    let (mut total, mut worst) = (0.0, 0.0);
    for mark in 0..lanes.sides.len() {
        let (mut low, mut high) = (0.0, 0.0);
        for weight in open.iter().flatten().filter(|weight| weight.mark == mark) {
            let (side, _) = lanes.closing(weight);
            let at_close = weight.gain(side.close[bar]);
            total += at_close;
            if weight.is_fresh(time_us) {
                low += at_close;
                high += at_close;
            } else {
                low += weight.gain(side.low[bar]);
                high += weight.gain(side.high[bar]);
            }
        }
        worst += smaller(low, high);
    }
    if lanes.sides.len() > 1 {
        total = total_at_close(lanes, open, bar);
    }
    (total, worst)
}

/// What positions are worth at the close of a bar.
pub(crate) fn total_at_close(lanes: &LaneViews<'_>, open: &[Option<Weight>], bar: usize) -> f64 {
    let weights = open.iter().flatten();
    weights.fold(0.0, |total, weight| {
        total + weight.gain(lanes.closing(weight).0.close[bar])
    })
}
