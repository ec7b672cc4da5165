//! What a process keeps for later runs, and how to let it go.

use crate::fast::{NUMBERS, TIMES};
use crate::indicators::shared::Shared;

/// Lets go of what was kept for later runs: results of indicators and the memory of long columns.
///
/// Later runs make anew what they need; who holds a result keeps it.
///
/// ```
/// # use std::sync::Arc;
/// # use fillproof_engine::candles::{Candle, CandleColumns};
/// # use fillproof_engine::indicators::cache::IndicatorCache;
/// # use fillproof_engine::memory::release_memory;
/// # use fillproof_engine::slices::MultiCandleData;
/// let bar = |(time_us, x)| Candle { time_us, open: x, high: x, low: x, close: x, volume: 0.0 };
/// let bars = Arc::new(CandleColumns::from_candles(&[(0, 1.0), (1, 2.0), (2, 4.0)].map(bar)));
/// let mean = || IndicatorCache::new(&MultiCandleData::of("M1", &bars, &bars)).sma("M1", "bid", 2);
/// let before = mean()?;
/// release_memory();
/// let after = mean()?;
/// assert!(!Arc::ptr_eq(&before, &after));
/// assert_eq!(before[1..], after[1..]);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
pub fn release_memory() {
    Shared::global().clear();
    NUMBERS.clear();
    TIMES.clear();
}
