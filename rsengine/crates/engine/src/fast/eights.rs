//! The sums of many positions over eight bars at once: prices stay near, sums in registers.
//!
//! Each bar adds up the same gains in the same order as any other way of summing them; eight bars
//! side by side only do not wait for one another.

use super::tile::{LaneViews, Span};
use super::weight::Weight;

/// Bars that are summed side by side.
pub(super) const EIGHT: usize = 8;

pub(super) type Row = [f64; EIGHT];

/// What positions are worth at closes, lows and highs.
pub(super) type Three = [Row; 3];

/// The prices of some bars, asks and bids: shorts close on the ask, longs on the bid.
pub(super) struct Prices(pub(super) [Three; 2]);

impl Prices {
    /// Those of one symbol from a bar on and before another; the last one fills what is left.
    pub(super) fn of(lanes: &LaneViews<'_>, (from, to): (usize, usize)) -> Self {
        let read = |column: &[f64]| {
            if let Some(Ok(row)) = column
                .get(from..from + EIGHT)
                .filter(|_| from + EIGHT == to)
                .map(Row::try_from)
            {
                return row;
            }
            let mut row = [column[to - 1]; EIGHT];
            row[..to - from].copy_from_slice(&column[from..to]);
            row
        };
        let [(bid, _), (ask, _)] = &lanes.sides[0];
        Self([ask, bid].map(|side| [side.close, side.low, side.high].map(read)))
    }
}

/// The places of positions that are not open in all bars from one on and before another, or that
/// were filled in one of them.
pub(super) fn partly_open(
    lanes: &LaneViews<'_>,
    open: &[Option<Weight>],
    spans: &[Span],
    from: usize,
) -> Vec<usize> {
    let first_us = lanes.time_us[from];
    let is_part = |(place, weight): (usize, &Option<Weight>)| {
        let weight = weight.as_ref()?;
        let spanned = spans.get(place).is_some_and(|span| *span != Span::ALL);
        (spanned || weight.filled_us >= first_us).then_some(place)
    };
    open.iter().enumerate().filter_map(is_part).collect()
}

/// Sums over up to eight bars of one symbol; `row` is the row of the tile that the first bar is.
pub(super) fn sum_eight(
    lanes: &LaneViews<'_>,
    open: &[Option<Weight>],
    (spans, parts): (&[Span], &[usize]),
    row: usize,
    (from, to): (usize, usize),
) -> Three {
    let prices = Prices::of(lanes, (from, to));
    let mut sums = [[0.0; EIGHT]; 3];
    let mut done = 0;
    for &place in parts {
        sums = add_whole(&open[done..place], &prices, sums);
        done = place + 1;
        let span = spans.get(place).copied().unwrap_or(Span::ALL);
        if let Some(weight) = &open[place] {
            add_part(weight, &prices, &mut sums, |bar| Part {
                is_open: span.from <= row + bar && row + bar < span.to,
                is_fresh: from + bar < to && weight.is_fresh(lanes.time_us[from + bar]),
            });
        }
    }
    add_whole(&open[done..], &prices, sums)
}

/// Adds positions that are open in all of the bars.
pub(super) fn add_whole(open: &[Option<Weight>], prices: &Prices, sums: Three) -> Three {
    let [mut total, mut low, mut high] = sums;
    for weight in open.iter().flatten() {
        let [closes, lows, highs] = &prices.0[usize::from(weight.is_long)];
        for bar in 0..EIGHT {
            total[bar] += weight.gain(closes[bar]);
        }
        for bar in 0..EIGHT {
            low[bar] += weight.gain(lows[bar]);
        }
        for bar in 0..EIGHT {
            high[bar] += weight.gain(highs[bar]);
        }
    }
    [total, low, high]
}

/// What a position is in a bar.
struct Part {
    is_open: bool,
    is_fresh: bool,
}

/// Adds a position that is open, or counts at its extremes, in some of the bars only.
fn add_part(weight: &Weight, prices: &Prices, sums: &mut Three, part: impl Fn(usize) -> Part) {
    let [closes, lows, highs] = &prices.0[usize::from(weight.is_long)];
    let [total, low, high] = sums;
    for bar in 0..EIGHT {
        let Part { is_open, is_fresh } = part(bar);
        if is_open {
            let at_close = weight.gain(closes[bar]);
            total[bar] += at_close;
            // The bar at whose close it was filled went through its extremes before.
            let at = |price| {
                if is_fresh {
                    at_close
                } else {
                    weight.gain(price)
                }
            };
            low[bar] += at(lows[bar]);
            high[bar] += at(highs[bar]);
        }
    }
}
