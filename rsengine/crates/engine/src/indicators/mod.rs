//! Indicators, each as a stream of values; [`cache`] sends columns through them.

pub mod atr;
pub mod cache;
pub mod columns;
pub mod ema;
pub mod garch;
pub mod kalman;
mod kept;
pub mod momentum;
pub mod moving;
pub mod series;
pub(crate) mod shared;
pub mod trend;
pub mod window;
