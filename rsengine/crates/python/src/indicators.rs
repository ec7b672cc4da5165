//! Indicators: streams, the cache of columns, and rows for a strategy.

pub mod arguments;
pub mod batch;
pub mod cache;
pub mod series;
pub mod streams;
mod volatility;
