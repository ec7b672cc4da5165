//! The candles of a run that a strategy of ours reads without Python.

use std::sync::Arc;

use fillproof_engine::aligned::AlignedCandles;
use fillproof_engine::expressions::tree::Tree;
use fillproof_engine::slices::{MultiCandleData, Series};
use pyo3::prelude::*;

use crate::aligned::PyAligned;
use crate::candles::PyCandles;
use crate::checks::Sides;

/// All candles of a run as Python gave them.
pub struct ShownCandles<'a, 'py> {
    pub bid: &'a Bound<'py, PyAny>,
    pub ask: &'a Bound<'py, PyAny>,
    pub sides: &'a Sides,
    pub data: &'a Bound<'py, PyAny>,
}

impl ShownCandles<'_, '_> {
    /// Both sides of a timeframe, if they are columns or one of the run's own sides.
    pub fn timeframe(&self, timeframe: &str) -> PyResult<Option<Arc<MultiCandleData>>> {
        let (bid, ask) = (self.side(timeframe, "bid")?, self.side(timeframe, "ask")?);
        let (Some(bid), Some(ask)) = (bid, ask) else {
            return Ok(None);
        };
        let data = MultiCandleData::aligned(timeframe, bid, ask);
        Ok(Some(Arc::new(data)))
    }

    /// All series that expressions read, if they are columns or one of the run's own sides.
    pub fn expressions(&self, tree: &Tree) -> PyResult<Option<Arc<MultiCandleData>>> {
        let first = match self.data.try_iter()?.next() {
            Some(name) => name?.extract::<String>()?,
            None => return Ok(None),
        };
        let own = tree.timeframe.as_deref().unwrap_or(&first);
        let mut data = MultiCandleData::default();
        for series in &tree.series {
            let timeframe = series.timeframe.as_deref().unwrap_or(own);
            let has = |made: &Series| *made.timeframe == *timeframe && *made.side == *series.side;
            if data.series.iter().any(has) {
                continue;
            }
            let Some(candles) = self.side(timeframe, series.side)? else {
                return Ok(None);
            };
            data.series.push(Series {
                timeframe: timeframe.into(),
                side: series.side.into(),
                candles,
            });
        }
        Ok(Some(Arc::new(data)))
    }

    /// A series, if it is columns or one of the run's own sides, and long enough.
    fn side(&self, timeframe: &str, side: &str) -> PyResult<Option<AlignedCandles>> {
        let Ok(sides) = self.data.get_item(timeframe) else {
            return Ok(None);
        };
        let Ok(series) = sides.get_item(side) else {
            return Ok(None);
        };
        let found: Option<AlignedCandles> = if series.is(self.bid) {
            Some(Arc::clone(&self.sides.bid).into())
        } else if series.is(self.ask) {
            Some(Arc::clone(&self.sides.ask).into())
        } else if let Ok(aligned) = series.cast::<PyAligned>() {
            aligned.get().columns()
        } else {
            let own = series.cast::<PyCandles>().ok();
            own.map(|own| Arc::clone(&own.get().columns).into())
        };
        Ok(found.filter(|found| found.len() >= self.sides.bid.len()))
    }
}
