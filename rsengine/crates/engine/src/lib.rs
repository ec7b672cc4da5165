//! Bar-by-bar backtesting for bid/ask markets.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod arithmetic;
pub mod blotter;
pub mod candles;
pub mod config;
pub mod core;
pub mod costs;
pub mod error_table;
pub mod errors;
pub mod event_engine;
pub mod execution;
pub mod execution_state;
pub mod exits;
mod fills;
pub mod holdings;
pub mod indicators;
pub mod ledger;
pub mod orders;
pub mod portfolio;
mod position_face;
pub mod positions;
pub mod quotes;
pub mod rule_ids;
pub mod signals;
pub mod sizing;
pub mod slices;
pub mod strategies;
pub mod strategy;
pub mod summary;
pub mod trace;
mod trace_fields;
