//! How candles lie along the keys of runs over several symbols, remembered with the candles.
//!
//! What is remembered is that of the last clock: a set of data is laid out once, however often it is run.
//! As with the checks, columns must not change afterwards. It is let go with the candles.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::candles::CandleColumns;
use crate::fast::Memo;
use crate::keys::Sides;

/// The times of keys, as all who lie along them share them.
pub type SharedClock = Arc<Vec<i64>>;

/// Where the candles of one side lie along a clock.
#[derive(Debug, Clone)]
pub struct Along {
    /// The times of the keys.
    pub clock: SharedClock,
    /// By keys the row of the candle, [`ABSENT`](crate::aligned::ABSENT) where there is none.
    pub rows: Arc<[u32]>,
    /// At which keys there is one.
    pub there: Arc<[bool]>,
}

/// Both sides of a symbol along a clock, and what the checks found of them.
#[derive(Debug, Clone)]
pub struct LaidOut {
    /// The times of the keys.
    pub clock: SharedClock,
    /// The candles, of whatever symbol they were then.
    pub sides: Sides,
    /// How many bars are crossed, and the first of them.
    pub crossed: (usize, Option<usize>),
}

/// What is remembered of the candles of one side.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    along: Mutex<Option<Along>>,
    /// Of this side, as the bid, together with another, as the ask.
    laid: Mutex<Option<(Weak<Memo>, LaidOut)>>,
}

fn kept<T: Clone>(of: &Mutex<Option<T>>) -> Option<T> {
    of.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn keep<T>(of: &Mutex<Option<T>>, what: T) {
    *of.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
}

impl CandleColumns {
    /// Where these candles lie along a clock, if that is known; `is_it` tells whether a clock is the one.
    #[must_use]
    pub fn along(&self, is_it: impl FnOnce(&SharedClock) -> bool) -> Option<Along> {
        kept(&self.memo.layouts.along).filter(|known| is_it(&known.clock))
    }

    /// Remembers where these candles lie along a clock.
    pub fn remember_along(&self, along: Along) {
        keep(&self.memo.layouts.along, along);
    }

    /// These bids laid out along a very clock together with asks, if they were.
    #[must_use]
    pub fn laid_out_with(&self, ask: &Self, clock: &SharedClock) -> Option<LaidOut> {
        let (with, laid) = kept(&self.memo.layouts.laid)?;
        let is_it = with
            .upgrade()
            .is_some_and(|with| Arc::ptr_eq(&with, &ask.memo));
        (is_it && Arc::ptr_eq(&laid.clock, clock)).then_some(laid)
    }

    /// Remembers these bids laid out together with asks, all of them sound.
    pub fn remember_laid_out(&self, ask: &Self, laid: LaidOut) {
        keep(&self.memo.layouts.laid, (Arc::downgrade(&ask.memo), laid));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candles::Candle;

    fn side(times: &[i64]) -> CandleColumns {
        let candle = |&time_us: &i64| Candle {
            time_us,
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 0.0,
        };
        CandleColumns::from_candles(&times.iter().map(candle).collect::<Vec<_>>())
    }

    #[test]
    fn a_layout_is_that_of_its_clock_and_its_asks() {
        let (bid, ask) = (side(&[0, 20]), side(&[0, 10, 20]));
        let clock = Arc::new(vec![0, 10, 20]);
        let there: Arc<[bool]> = vec![true, false, true].into();
        assert!(bid.along(|_| true).is_none());
        bid.remember_along(Along {
            clock: Arc::clone(&clock),
            rows: vec![0, u32::MAX, 1].into(),
            there: Arc::clone(&there),
        });
        assert!(bid.along(|known| **known == [0, 10]).is_none());
        let known = bid.along(|known| **known == [0, 10, 20]);
        assert_eq!(known.map(|known| known.there), Some(there));
        let all: Arc<[bool]> = vec![true; 3].into();
        let (first, second) = (Arc::new(side(&[0])), Arc::new(side(&[0])));
        let laid = LaidOut {
            clock: Arc::clone(&clock),
            sides: Sides::whole("A".into(), first, second, &all),
            crossed: (1, Some(2)),
        };
        bid.remember_laid_out(&ask, laid);
        let found = |ask: &CandleColumns, clock: &SharedClock| {
            bid.laid_out_with(ask, clock).map(|laid| laid.crossed)
        };
        assert_eq!(found(&ask, &clock), Some((1, Some(2))));
        assert_eq!(found(&side(&[0, 10, 20]), &clock), None);
        assert_eq!(found(&ask, &Arc::new(vec![0, 10, 20])), None);
    }
}
