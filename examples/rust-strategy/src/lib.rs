//! Strategies of your own, written in Rust and run from Python with `fillproof.run_backtest`.
//!
//! The module holds a whole engine beside them: a strategy runs in the engine that it was compiled
//! with, bar by bar without Python.

pub mod channel;
pub mod opening_gap;

#[cfg(feature = "python")]
mod python {
    use fillproof::strategy_class;

    use crate::channel::channel;
    use crate::opening_gap::OpeningGap;

    strategy_class! {
        /// Buys above the channel of the bars before, sells below it.
        Channel in "fillproof_strategies" {
            timeframe: String = "H1".to_owned(),
            length: i64 = 24,
            stop_pips: f64 = 15.0,
            target_pips: f64 = 30.0,
            pip_size: f64 = 0.0001,
        }
        make channel
    }

    strategy_class! {
        /// Sells a gap up over a weekend, buys a gap down.
        Gap in "fillproof_strategies" {
            least_pips: f64 = 10.0,
            stop_pips: f64 = 40.0,
            max_bars: u64 = 6,
            pip_size: f64 = 0.0001,
        }
        make OpeningGap::new
    }

    #[pyo3::pymodule]
    mod fillproof_strategies {
        use pyo3::prelude::*;

        #[pymodule_export]
        use super::{Channel, Gap};

        #[pymodule_init]
        fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
            fillproof::register(module)
        }
    }
}
