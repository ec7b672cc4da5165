//! Whole columns at once, bit for bit what the streams give one by one.
//!
//! Where every value is there, a recurrence runs in several stretches side by side (`lanes`) and a
//! window block by block (`windows`). Anything else is sent through the stream.

mod bars;
mod crosses;
mod lanes;
mod recurrences;
#[cfg(test)]
mod tests;
mod windows;

use fillproof_ahead::use_large_pages;

pub(crate) use self::crosses::crosses;
use crate::arithmetic::is_finite;
use crate::indicators::atr::Atr;
use crate::indicators::ema::Ema;
use crate::indicators::momentum::{Macd, Roc, Rsi};
use crate::indicators::moving::{Bollinger, Sma};
use crate::indicators::trend::Dmi;

/// High, low and close of bars, each as long as the others.
#[derive(Debug, Clone, Copy)]
pub struct Bars<'a> {
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
}

/// What a stream that has seen no value gives for each value of a column.
///
/// ```
/// # use fillproof_engine::indicators::columns;
/// # use fillproof_engine::indicators::ema::Ema;
/// let column = columns::ema(Ema::new(3)?, &[1.0, 2.0, 3.0]);
/// assert_eq!(column, [1.0, 1.5, 2.25]);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[must_use]
pub fn ema(mut stream: Ema, values: &[f64]) -> Vec<f64> {
    recurrences::ema(&stream, values).unwrap_or_else(|| {
        let [made] = each(values, |x| [stream.update(x)]);
        made
    })
}

/// Relative strength of a column; see [`ema`].
#[must_use]
pub fn rsi(mut stream: Rsi, values: &[f64]) -> Vec<f64> {
    recurrences::rsi(stream.clone(), values).unwrap_or_else(|| {
        let [made] = each(values, |x| [stream.update(x)]);
        made
    })
}

/// Difference of two means and its mean; see [`ema`].
#[must_use]
pub fn macd(mut stream: Macd, values: &[f64]) -> [Vec<f64>; 2] {
    recurrences::macd(stream.clone(), values)
        .unwrap_or_else(|| each(values, |x| stream.update(x).into()))
}

/// Average true range; see [`ema`].
#[must_use]
pub fn atr(mut stream: Atr, bars: Bars<'_>) -> Vec<f64> {
    bars::atr(stream.clone(), bars).unwrap_or_else(|| {
        let [made] = each_bar(bars, |high, low, close| [stream.update(high, low, close)]);
        made
    })
}

/// +DI, -DI and ADX; see [`ema`].
#[must_use]
pub fn dmi(mut stream: Dmi, bars: Bars<'_>) -> [Vec<f64>; 3] {
    bars::dmi(stream.clone(), bars).unwrap_or_else(|| {
        each_bar(bars, |high, low, close| {
            stream.update(high, low, close).into()
        })
    })
}

/// Change over some bars, in percent; see [`ema`].
#[must_use]
pub fn roc(stream: &Roc, values: &[f64]) -> Vec<f64> {
    let mut made = with_room(values.len());
    let (head, later) = values.split_at(values.len().min(stream.period()));
    made.resize(head.len(), f64::NAN);
    let pairs = later.iter().zip(values);
    made.extend(pairs.map(|(&x, &before)| Roc::change(x, before)));
    made
}

/// Means of the last values; see [`ema`].
#[must_use]
pub fn sma(stream: &Sma, values: &[f64]) -> Vec<f64> {
    windows::means(stream.window(), values)
}

/// Upper band, mean and lower band; see [`ema`].
#[must_use]
pub fn bollinger(stream: &Bollinger, values: &[f64]) -> [Vec<f64>; 3] {
    windows::bands(stream.window(), stream.std_factor(), values)
}

/// Sends each value through a stream.
pub(super) fn each<const N: usize>(
    values: &[f64],
    mut update: impl FnMut(f64) -> [f64; N],
) -> [Vec<f64>; N] {
    let mut made = std::array::from_fn(|_| with_room(values.len()));
    for &x in values {
        add(&mut made, update(x));
    }
    made
}

/// Sends each bar through a stream.
pub(super) fn each_bar<const N: usize>(
    bars: Bars<'_>,
    mut update: impl FnMut(f64, f64, f64) -> [f64; N],
) -> [Vec<f64>; N] {
    let mut made = std::array::from_fn(|_| with_room(bars.close.len()));
    let sides = bars.high.iter().zip(bars.low).zip(bars.close);
    for ((&high, &low), &close) in sides {
        add(&mut made, update(high, low, close));
    }
    made
}

/// An empty column with room for so many values.
fn with_room(values: usize) -> Vec<f64> {
    let mut made = Vec::with_capacity(values);
    use_large_pages(made.spare_capacity_mut());
    made
}

fn add<const N: usize>(made: &mut [Vec<f64>; N], row: [f64; N]) {
    for (column, value) in made.iter_mut().zip(row) {
        column.push(value);
    }
}

/// Where every column has a value for the first time.
fn begin(columns: &[&[f64]]) -> usize {
    let length = columns[0].len();
    let there = |&row: &usize| columns.iter().all(|column| is_finite(column[row]));
    (0..length).find(there).unwrap_or(length)
}

/// Whether no value is missing.
fn is_whole(values: &[f64]) -> bool {
    // Without a way out inside a chunk the compiler compares several values at once.
    let chunk_is = |chunk: &[f64]| chunk.iter().fold(true, |all, &x| all & is_finite(x));
    values.chunks(256).all(chunk_is)
}
