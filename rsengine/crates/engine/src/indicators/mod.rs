//! Indicators, each as a stream of values and as a column.

pub mod atr;
pub mod ema;
