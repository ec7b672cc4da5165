//! How far the ask stands above the bid in blocks of bars.

use super::blocks::{COARSE, FINE, join};
use crate::arithmetic::{larger, smaller};
use crate::candles::CandleView;

/// The spreads of blocks of bars: at close, low and high of each.
#[derive(Debug)]
pub(crate) struct Spreads {
    fine: Vec<Spread>,
    coarse: Vec<Spread>,
}

/// The least and the most that the ask stands above the bid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    const NONE: Self = Self {
        least: f64::INFINITY,
        most: f64::NEG_INFINITY,
    };

    #[inline]
    fn with(self, other: &Self) -> Self {
        Self {
            least: smaller(self.least, other.least),
            most: larger(self.most, other.most),
        }
    }
}

impl Spreads {
    /// Looks at all bars once; their prices are finite, and of both sides there are as many.
    pub(crate) fn of(bids: &CandleView<'_>, asks: &CandleView<'_>) -> Self {
        let pairs = [
            (bids.close, asks.close),
            (bids.low, asks.low),
            (bids.high, asks.high),
        ];
        let total = bids.close.len();
        let mut fine = vec![Spread::NONE; total.div_ceil(FINE)];
        for (bids, asks) in pairs {
            let blocks = bids.chunks(FINE).zip(asks.chunks(FINE));
            for (found, (bids, asks)) in fine.iter_mut().zip(blocks) {
                for (&bid, &ask) in bids.iter().zip(asks) {
                    let spread = ask - bid;
                    found.least = smaller(found.least, spread);
                    found.most = larger(found.most, spread);
                }
            }
        }
        let joined = |blocks: &[Spread]| blocks.iter().fold(Spread::NONE, Spread::with);
        let coarse = fine.chunks(COARSE / FINE).map(joined).collect();
        Self { fine, coarse }
    }

    /// Bounds of the spreads of the bars from one on and before another: those of their blocks.
    pub(crate) fn bounds(&self, from: usize, to: usize) -> Spread {
        let mut found = Spread::NONE;
        join(
            &self.fine,
            &self.coarse,
            (from / FINE, to.div_ceil(FINE)),
            |more| {
                found = found.with(more);
            },
        );
        found
    }
}
