//! Built-in strategies.

pub mod breakout;
pub mod columns;
pub mod ema_atr;
pub mod ema_cross;
pub mod pair_spread;
pub mod single;
pub mod zscore_reversion;
