//! Indicators, each as a stream of values and as a column.

pub mod ema;
