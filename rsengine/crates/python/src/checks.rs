//! Reads the candles of a run and checks them in the order of T4.

use std::sync::Arc;

use fillproof_engine::candle_checks::{check_quotes, check_sides, check_times};
use fillproof_engine::candles::CandleColumns;
use fillproof_engine::errors::{EngineError, ErrorCode, Result};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::candle::PyCandle;
use crate::candles::PyCandles;
use crate::convert::{Place, read, read_price, read_volume, to_time_us};
use crate::errors::raise;
use crate::series_view::item;

/// Bars that are read between two looks at signals such as an interrupt.
const SIGNAL_BARS: usize = 4_096;

/// Both sides of the market as columns.
#[derive(Clone)]
pub struct Sides {
    pub bid: Arc<CandleColumns>,
    pub ask: Arc<CandleColumns>,
}

/// One side on its way to columns; a `Candles` needs no way.
enum Side<'py> {
    Columns(Arc<CandleColumns>),
    List(List<'py>),
}

struct List<'py> {
    name: &'static str,
    candles: Bound<'py, PyAny>,
    time_us: Vec<i64>,
    prices: [Vec<f64>; 4],
    volume: Vec<f64>,
}

impl<'py> Side<'py> {
    fn of(candles: &Bound<'py, PyAny>, name: &'static str) -> Self {
        match candles.cast::<PyCandles>() {
            Ok(own) => Self::Columns(Arc::clone(&own.get().columns)),
            Err(_) => Self::List(List {
                name,
                candles: candles.clone(),
                time_us: Vec::new(),
                prices: Default::default(),
                volume: Vec::new(),
            }),
        }
    }

    fn read_time(&mut self, bar: usize, symbol: &str) -> PyResult<()> {
        let Self::List(list) = self else {
            return Ok(());
        };
        let (candle, place) = list.at(bar, symbol)?;
        if let Ok(own) = candle.cast_exact::<PyCandle>() {
            list.time_us.push(own.get().candle(candle.py()).time_us);
            return Ok(());
        }
        let timestamp = read(&candle, intern!(candle.py(), "timestamp"), place)?;
        list.time_us
            .push(to_time_us(&timestamp, "timestamp", place)?);
        Ok(())
    }

    fn read_prices(&mut self, bar: usize, symbol: &str) -> PyResult<()> {
        let Self::List(list) = self else {
            return Ok(());
        };
        let (candle, place) = list.at(bar, symbol)?;
        if let Ok(own) = candle.cast_exact::<PyCandle>() {
            let own = own.get().candle(candle.py());
            let prices = [own.open, own.high, own.low, own.close];
            for (column, price) in list.prices.iter_mut().zip(prices) {
                column.push(price);
            }
            list.volume.push(own.volume);
            return Ok(());
        }
        let py = candle.py();
        let names: [&Bound<'_, PyString>; 4] = [
            intern!(py, "open"),
            intern!(py, "high"),
            intern!(py, "low"),
            intern!(py, "close"),
        ];
        for (column, name) in list.prices.iter_mut().zip(names) {
            column.push(read_price(&candle, name, place)?);
        }
        list.volume.push(read_volume(&candle)?);
        Ok(())
    }

    /// The first bars as columns; prices that were not read yet are left at 1.0.
    fn columns(&mut self, bars: usize, with_prices: bool) -> PyResult<Arc<CandleColumns>> {
        let list = match self {
            Self::Columns(columns) if columns.len() == bars => return Ok(Arc::clone(columns)),
            Self::Columns(columns) => {
                let first: Vec<_> = (0..bars).filter_map(|bar| columns.get(bar)).collect();
                return Ok(Arc::new(CandleColumns::from_candles(&first)));
            }
            Self::List(list) => list,
        };
        let times = Arc::new(list.time_us.iter().take(bars).copied().collect::<Vec<_>>());
        let column = |values: &[f64]| {
            let read = values.iter().take(bars).copied();
            Arc::new(if with_prices {
                read.collect()
            } else {
                vec![1.0; times.len()]
            })
        };
        let [open, high, low, close] = list.prices.each_ref().map(|prices| column(prices));
        let volume = column(&list.volume);
        CandleColumns::new(times.clone(), open, high, low, close, Some(volume))
            .map(Arc::new)
            .map_err(raise)
    }
}

impl<'py> List<'py> {
    fn at<'a>(&self, bar: usize, symbol: &'a str) -> PyResult<(Bound<'py, PyAny>, Place<'a>)> {
        let place = Place {
            side: self.name,
            bar: Some(bar),
            symbol: Some(symbol),
        };
        Ok((item(&self.candles, bar)?, place))
    }
}

/// Reads and checks both sides: lengths, times, prices. Returns them with the number of crossed
/// bars and the first of them.
pub fn check(
    bid_candles: &Bound<'_, PyAny>,
    ask_candles: &Bound<'_, PyAny>,
    symbol: &str,
) -> PyResult<(Sides, usize, Option<usize>)> {
    let py = bid_candles.py();
    let total = bid_candles.len()?;
    check_lengths(total, ask_candles.len()?, symbol).map_err(raise)?;
    let mut bid = Side::of(bid_candles, "bid");
    let mut ask = Side::of(ask_candles, "ask");
    let sides = if let (Side::Columns(bid), Side::Columns(ask)) = (&bid, &ask) {
        let (bid, ask) = (Arc::clone(bid), Arc::clone(ask));
        Sides { bid, ask }
    } else {
        read_lists(py, (&mut bid, &mut ask), total, symbol)?
    };
    let checked = py.detach(|| check_sides(&sides.bid, &sides.ask, symbol));
    let (crossed, first) = checked.map_err(raise)?;
    Ok((sides, crossed, first))
}

/// Reads lists bar by bar: all times, checked, then all prices.
fn read_lists(
    py: Python<'_>,
    (bid, ask): (&mut Side<'_>, &mut Side<'_>),
    total: usize,
    symbol: &str,
) -> PyResult<Sides> {
    for bar in 0..total {
        if bar % SIGNAL_BARS == 0 {
            py.check_signals()?;
        }
        let both = bid
            .read_time(bar, symbol)
            .and_then(|()| ask.read_time(bar, symbol));
        if let Err(unreadable) = both {
            // A fault of an earlier bar comes first.
            if bar > 0 {
                let (bid, ask) = (bid.columns(bar, false)?, ask.columns(bar, false)?);
                check_times(bid.time_us.as_slice(), ask.time_us.as_slice(), symbol)
                    .map_err(raise)?;
            }
            return Err(unreadable);
        }
    }
    let times = (bid.columns(total, false)?, ask.columns(total, false)?);
    let (bids, asks) = (&times.0.time_us, &times.1.time_us);
    check_times(bids.as_slice(), asks.as_slice(), symbol).map_err(raise)?;
    for bar in 0..total {
        if bar % SIGNAL_BARS == 0 {
            py.check_signals()?;
        }
        let both = bid
            .read_prices(bar, symbol)
            .and_then(|()| ask.read_prices(bar, symbol));
        if let Err(unreadable) = both {
            let (bid, ask) = (bid.columns(bar, true)?, ask.columns(bar, true)?);
            check_quotes(&bid, &ask, symbol).map_err(raise)?;
            return Err(unreadable);
        }
    }
    Ok(Sides {
        bid: bid.columns(total, true)?,
        ask: ask.columns(total, true)?,
    })
}

fn check_lengths(total: usize, asks: usize, symbol: &str) -> Result<()> {
    if total != asks {
        return Err(EngineError::new(ErrorCode::LengthsDiffer)
            .for_symbol(symbol)
            .in_field("ask_candles")
            .with_value(asks)
            .expecting(format!("{total}, as many as bid_candles")));
    }
    if total == 0 {
        return Err(EngineError::new(ErrorCode::NoBars)
            .for_symbol(symbol)
            .in_field("bid_candles")
            .with_value(0_usize)
            .expecting("at least one bar"));
    }
    Ok(())
}
