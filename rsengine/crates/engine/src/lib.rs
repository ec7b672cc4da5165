//! Bar-by-bar backtesting for bid/ask markets, without Python and without I/O.
//!
//! Longs open on the ask and close on the bid; every fill, exit and ledger entry carries the id of
//! the rule that decided it. The same rules are written once more in Python; both give the same
//! bits. Read [`event_engine`] first, then [`execution`], then [`portfolio`].
//!
//! # A run
//!
//! ```
//! use std::sync::Arc;
//!
//! use fillproof_engine::backtest::{Market, run_backtest};
//! use fillproof_engine::candles::{Candle, CandleColumns};
//! use fillproof_engine::config::Sizing;
//! use fillproof_engine::execution::ExecutorConfig;
//! use fillproof_engine::portfolio::Portfolio;
//! use fillproof_engine::strategies::ema_cross::EmaCross;
//! use fillproof_engine::symbols::SymbolSpec;
//! use fillproof_engine::trace::Tracer;
//!
//! // Bars of an hour that rise and fall; the ask stands 8 tenths of a pip above the bid.
//! let side = |spread: f64| {
//!     let bars = (0..400).map(|bar| {
//!         let middle = 1.1 + f64::from((bar % 80 - 40_i32).abs()) * 0.0005 + spread;
//!         Candle {
//!             time_us: i64::from(bar) * 3_600_000_000,
//!             open: middle,
//!             high: middle + 0.0004,
//!             low: middle - 0.0004,
//!             close: middle + 0.0001,
//!             volume: 0.0,
//!         }
//!     });
//!     CandleColumns::from_candles(&bars.collect::<Vec<_>>())
//! };
//! let market = Market::new("EURUSD", "H1", side(0.0), side(0.00008));
//!
//! let config = ExecutorConfig {
//!     symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5))?],
//!     sizing: Some(Sizing::fixed_lots(0.1)?),
//!     ..ExecutorConfig::default()
//! };
//! let mut strategy = EmaCross::new("H1", 10, 50, 10.0, 20.0, 0.0001)?;
//! let portfolio = Portfolio::new(10_000.0)?;
//! let result = run_backtest(&market, &mut strategy, config, portfolio, &Tracer::discard())?;
//!
//! let trades = result.trades();
//! assert!(!trades.is_empty());
//! assert_eq!(trades[0].entry_rule(), Some("E1.close"));
//! assert_eq!(result.core.portfolio.equity_columns().len(), 400);
//! assert_eq!(result.digest()?.len(), 64);
//! # Ok::<(), fillproof_engine::errors::EngineError>(())
//! ```
//!
//! # Driving a run by hand
//!
//! [`event_engine::EventEngine`] calls nobody: it says what it needs and is asked again. A strategy
//! in another process or language is a loop over [`event_engine::EventEngine::next`].
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod acceptance;
pub mod account;
pub mod account_checks;
mod admission;
pub mod aligned;
pub mod ambiguity;
pub mod arithmetic;
pub mod backtest;
pub mod blotter;
pub mod candle_checks;
pub mod candles;
pub mod carried;
mod commands;
pub mod config;
mod conversion;
pub mod core;
pub mod costs;
mod cross_symbol_checks;
pub mod cross_symbol_engine;
mod custody;
mod desk;
pub mod digest;
mod drilldown;
pub mod entry_bar;
pub mod error_table;
pub mod errors;
pub mod event_engine;
pub mod execution;
pub mod execution_state;
pub mod exits;
pub mod expressions;
mod faces;
pub mod fast;
mod fills;
pub mod groups;
pub mod holdings;
pub mod indicators;
pub mod keys;
pub mod laid_out;
mod leaving;
pub mod ledger;
pub mod lower_candles;
pub mod managed;
pub mod managed_bar;
pub mod management;
pub mod manager_rules;
pub mod manager_settings;
mod marks;
pub mod memory;
mod multi_strategy;
pub mod multi_symbol_slice;
pub mod orders;
pub mod parity;
mod passes;
pub mod paths;
pub mod portfolio;
mod position_face;
pub mod position_manager;
mod position_view;
pub mod positions;
pub mod quotes;
pub mod rate_series;
pub mod rates;
mod restoring;
pub mod rollover;
pub mod rule_ids;
pub mod series_view;
pub mod sessions;
pub mod settings;
pub mod signals;
pub mod sizing;
pub mod slices;
mod states;
pub mod strategies;
pub mod strategy;
pub mod summary;
pub mod symbol_view;
pub mod symbols;
pub mod tables;
pub mod trace;
mod trace_fields;
pub mod transcendental;
mod triggering;
pub mod triggers;
