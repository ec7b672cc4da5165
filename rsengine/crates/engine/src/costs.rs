//! Commission and slippage (rules P4, E1, X2, N2, N3).

use crate::arithmetic::{larger, snap_down, snap_up, unit_random};
use crate::config::{FeeModel, SlippageModel};

/// Side of an order's entry (N3.random).
pub const ENTRY_SIDE: u64 = 0;
/// Side of an order's exit (N3.random).
pub const EXIT_SIDE: u64 = 1;

/// Returns the commission of one side in account currency (P4.fee).
///
/// `max((per_lot * lots + notional / 1e6 * per_million) + notional * percent / 100, minimum)` with
/// `notional = (lots * unit_value) * price`.
///
/// ```
/// # use fillproof_engine::{config::FeeModel, costs::fee};
/// let model = FeeModel { per_lot: 3.5, ..FeeModel::default() };
/// assert_eq!(fee(&model, 0.5, 1.1, 100000.0), 1.75);
/// ```
#[must_use]
pub fn fee(model: &FeeModel, lots: f64, price: f64, unit_value: f64) -> f64 {
    let notional = (lots * unit_value) * price;
    let by_lot = model.per_lot * lots;
    let by_million = (notional / 1e6) * model.per_million;
    let by_percent = (notional * model.percent) / 100.0;
    larger((by_lot + by_million) + by_percent, model.minimum) + 0.0
}

/// Returns the slippage of one side of an order in price units (N3.random).
///
/// `(fixed_pips + (u * random_pips)) * pip_size`; `part` is the number of a partial exit, else 0.
///
/// ```
/// # use fillproof_engine::{config::SlippageModel, costs::{ENTRY_SIDE, slippage}};
/// let model = SlippageModel { fixed_pips: 0.5, ..SlippageModel::default() };
/// assert_eq!(slippage(&model, 0.0001, 1, ENTRY_SIDE, 0), 5e-05);
/// ```
#[must_use]
pub fn slippage(model: &SlippageModel, pip_size: f64, order_id: u64, side: u64, part: u64) -> f64 {
    if model.random_pips == 0.0 {
        return model.fixed_pips * pip_size;
    }
    let u = unit_random(model.seed, order_id, side, part);
    (model.fixed_pips + (u * model.random_pips)) * pip_size
}

/// Slips an entry against the order: up for a long, down for a short (E1, N2.adverse).
///
/// `slip` is in price units; 0 leaves the price as it is, snapped or not. Without `digits` the
/// slipped price is not snapped.
///
/// ```
/// # use fillproof_engine::costs::entry_price;
/// assert_eq!(entry_price(1.10013, 1.0, 0.00002, Some(5)), 1.10015);
/// ```
#[must_use]
pub fn entry_price(raw: f64, sign: f64, slip: f64, digits: Option<u32>) -> f64 {
    if slip == 0.0 {
        return raw;
    }
    if sign > 0.0 {
        return digits.map_or(raw + slip, |digits| snap_up(raw + slip, digits));
    }
    digits.map_or(raw - slip, |digits| snap_down(raw - slip, digits))
}

/// Slips an exit against the position: down for a long, up for a short (X2, N2.adverse).
///
/// ```
/// # use fillproof_engine::costs::exit_price;
/// assert_eq!(exit_price(1.10013, 1.0, 0.00002, Some(5)), 1.10011);
/// ```
#[must_use]
pub fn exit_price(raw: f64, sign: f64, slip: f64, digits: Option<u32>) -> f64 {
    entry_price(raw, -sign, slip, digits)
}
