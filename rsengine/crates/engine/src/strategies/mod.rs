//! Built-in strategies.

pub mod ema_cross;
