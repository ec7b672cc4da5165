//! What a `PositionManager` decides about one position, in numbers alone (rules M1).
//!
//! Prices are in quote, sizes in lots; sign is 1.0 for a long, -1.0 for a short.

use crate::arithmetic::{POWERS_OF_TEN, floor, snap_level};
use crate::symbols::{LOT_UNIT, SymbolSpec};

/// Tells whether a position has come so far; in whole ticks with digits (M1.gained).
///
/// ```
/// # use fillproof_engine::manager_rules::has_gained;
/// assert!(has_gained(1.1002, 1.1012, 1.0, 0.001, Some(5)));
/// assert!(!has_gained(1.1002, 1.10119, 1.0, 0.001, Some(5)));
/// ```
#[must_use]
pub fn has_gained(
    entry_price: f64,
    close: f64,
    sign: f64,
    threshold: f64,
    digits: Option<u32>,
) -> bool {
    let gain = (close - entry_price) * sign;
    let Some(digits) = digits else {
        return gain >= threshold;
    };
    let power = POWERS_OF_TEN[digits as usize];
    floor((gain * power) + 0.5) >= floor((threshold * power) + 0.5)
}

/// Returns the fill plus a buffer in price units, snapped where there are digits (M1.break_even).
///
/// ```
/// # use fillproof_engine::manager_rules::break_even_stop;
/// assert_eq!(break_even_stop(1.1002, 0.0001, 1.0, Some(5)), 1.1003);
/// assert_eq!(break_even_stop(1.1002, 0.0001, -1.0, Some(5)), 1.1001);
/// ```
#[must_use]
pub fn break_even_stop(entry_price: f64, buffer: f64, sign: f64, digits: Option<u32>) -> f64 {
    let stop = entry_price + (sign * buffer);
    digits.map_or(stop, |digits| snap_level(stop, digits, sign))
}

/// Returns the close less a distance, snapped where there are digits (M1.trailing).
///
/// ```
/// # use fillproof_engine::manager_rules::trailing_stop;
/// assert_eq!(trailing_stop(1.1002, 0.001, 1.0, Some(5)), 1.0992);
/// assert_eq!(trailing_stop(1.1002, 0.001, -1.0, Some(5)), 1.1012);
/// ```
#[must_use]
pub fn trailing_stop(close: f64, distance: f64, sign: f64, digits: Option<u32>) -> f64 {
    let stop = close - (sign * distance);
    digits.map_or(stop, |digits| snap_level(stop, digits, sign))
}

/// Tells whether a stop is strictly tighter than the present one; than none any is (M1.trailing).
///
/// ```
/// # use fillproof_engine::manager_rules::is_tighter;
/// assert!(is_tighter(1.1, Some(1.099), 1.0));
/// assert!(!is_tighter(1.1, Some(1.1), 1.0));
/// assert!(is_tighter(1.1, None, -1.0));
/// ```
#[must_use]
pub fn is_tighter(stop: f64, present: Option<f64>, sign: f64) -> bool {
    present.is_none_or(|present| {
        if sign > 0.0 {
            stop > present
        } else {
            stop < present
        }
    })
}

/// Tells whether a stop is strictly on the losing side of the close (M1.stop_refused).
///
/// ```
/// # use fillproof_engine::manager_rules::is_behind;
/// assert!(is_behind(1.0999, 1.1, 1.0));
/// assert!(!is_behind(1.1, 1.1, 1.0));
/// assert!(is_behind(1.1001, 1.1, -1.0));
/// ```
#[must_use]
pub fn is_behind(stop: f64, close: f64, sign: f64) -> bool {
    if sign > 0.0 {
        stop < close
    } else {
        stop > close
    }
}

/// Returns a fraction of the initial size, brought down to the volume grid (M1.partial).
///
/// `n = floor(((raw - min) / step) + 1e-6)`, `(Min + (n * Step)) / 1e8` with
/// `raw = fraction * initial_size`. Without a specification the grid is that of whole 1e-8 lots.
/// `None` where it is less than the smallest volume (M1.partial_skipped).
///
/// ```
/// # use fillproof_engine::manager_rules::part_size;
/// # use fillproof_engine::symbols::SymbolSpec;
/// let spec = SymbolSpec::new("EURUSD", 0.0001, None)?;
/// assert_eq!(part_size(0.5, 0.25, Some(&spec)), Some(0.12));
/// assert_eq!(part_size(0.5, 0.25, None), Some(0.125));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[must_use]
pub fn part_size(fraction: f64, initial_size: f64, spec: Option<&SymbolSpec>) -> Option<f64> {
    let raw = fraction * initial_size;
    let (least, step, unit_least, unit_step) = match spec {
        None => (1.0 / LOT_UNIT, 1.0 / LOT_UNIT, 1.0, 1.0),
        Some(spec) => {
            let (unit_least, unit_step, _) = spec.volume_units();
            (spec.volume_min, spec.volume_step, unit_least, unit_step)
        }
    };
    let steps = floor(((raw - least) / step) + 1e-6);
    (steps >= 0.0).then(|| (unit_least + (steps * unit_step)) / LOT_UNIT)
}

/// Tells whether a part would leave less than the smallest volume (M1.partial_all).
///
/// ```
/// # use fillproof_engine::manager_rules::takes_all;
/// # use fillproof_engine::symbols::SymbolSpec;
/// let spec = SymbolSpec::new("EURUSD", 0.0001, None)?;
/// assert!(!takes_all(0.02, 0.015, None));
/// assert!(takes_all(0.02, 0.015, Some(&spec)));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[must_use]
pub fn takes_all(size: f64, part: f64, spec: Option<&SymbolSpec>) -> bool {
    let least = spec.map_or(1.0, |spec| spec.volume_units().0);
    floor((size * LOT_UNIT) + 0.5) - floor((part * LOT_UNIT) + 0.5) < least
}
