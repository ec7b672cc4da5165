//! A strategy straight against the trait: back to where the week before ended.

use std::sync::Arc;

use fillproof_engine::errors::Result;
use fillproof_engine::settings::number;
use fillproof_engine::signals::{Direction, OrderType, TradeSignal};
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategy::Strategy;

const HOUR_US: i64 = 3_600_000_000;

/// After a pause of more than a day sells a gap up and buys a gap down, for the way back.
///
/// A limit order waits at the open of the first bar; the target is the close before the pause.
#[derive(Debug, Clone)]
pub struct OpeningGap {
    least: f64,
    stop: f64,
    max_bars: u64,
    reason: Arc<str>,
    // Index, time and close of the last bar it saw.
    last: Option<(usize, i64, f64)>,
}

impl OpeningGap {
    /// Gaps of at least so many pips; the stop as far away, the order waits for `max_bars` bars.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(least_pips: f64, stop_pips: f64, max_bars: u64, pip_size: f64) -> Result<Self> {
        let pip_size = number(pip_size, "pip_size", 0.0, true)?;
        Ok(Self {
            least: number(least_pips, "least_pips", 0.0, true)? * pip_size,
            stop: number(stop_pips, "stop_pips", 0.0, true)? * pip_size,
            max_bars: max_bars.max(1),
            reason: "opening gap".into(),
            last: None,
        })
    }
}

impl Strategy for OpeningGap {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        let Some(bid) = slice.bid() else {
            return Ok(());
        };
        // In a second run the bars begin again: what was seen in the first does not count.
        let last = self.last.filter(|&(before, _, _)| before + 1 == index);
        self.last = Some((index, bid.time_us, bid.close));
        let Some((_, time_us, close)) = last else {
            return Ok(());
        };
        let gap = bid.open - close;
        if bid.time_us - time_us <= 24 * HOUR_US || gap.abs() < self.least {
            return Ok(());
        }
        let direction = if gap > 0.0 {
            Direction::Short
        } else {
            Direction::Long
        };
        let stop = bid.open - direction.sign() * self.stop;
        signals.push(TradeSignal {
            order_type: OrderType::Limit,
            entry_price: Some(bid.open),
            max_bars: Some(self.max_bars),
            reason: Some(Arc::clone(&self.reason)),
            ..TradeSignal::market(
                direction,
                Some(stop),
                Some(close),
                slice.symbol(),
                bid.time_us,
            )
        });
        Ok(())
    }
}
