//! The preset parity: what the system it reproduces does otherwise, faults included (rules R).

use crate::arithmetic::{distance, floor, larger};
use crate::config::{FeeModel, SlippageModel};
use crate::errors::{EngineError, ErrorCode, Result};
use crate::exits::DecidedExit;
use crate::positions::{FillAt, Position, Reason};
use crate::quotes::Quote;
use crate::rule_ids::{
    R1_WAITING, R2_SIZE, R2_SIZE_WITHOUT_SPEC, R3_STOP, R3_TARGET, R3_TRIGGER_STOP,
    R3_TRIGGER_TARGET,
};
use crate::signals::OrderType;
use crate::symbols::SymbolSpec;
use crate::triggers::{Trigger, is_reached_from_above};

/// A market order whose filled price is less than this from its stop is dropped (R1.stop_too_near).
pub const NEAREST_STOP: f64 = 1e-5;

const LEAST_LOTS: f64 = 0.01;
const UNIT_WITHOUT_SPEC: f64 = 100_000.0;

/// Refuses costs that the preset would ignore (R6.options).
///
/// # Errors
/// `PRESET_OPTION`.
pub fn check_costs(slippage_model: &SlippageModel, fee_model: &FeeModel) -> Result<()> {
    for (field, value) in [
        ("random_pips", slippage_model.random_pips),
        ("per_lot", fee_model.per_lot),
        ("percent", fee_model.percent),
    ] {
        if value != 0.0 {
            return Err(EngineError::new(ErrorCode::PresetOption)
                .in_field(field)
                .with_value(value)
                .expecting("0.0"));
        }
    }
    Ok(())
}

/// Returns how a bar fills a waiting order: at its entry, without slippage (R1.waiting).
#[must_use]
pub fn decide_trigger(position: &Position, quote: &Quote) -> Option<Trigger> {
    let entry = position.entry()?;
    let sign = position.direction.sign();
    let candle = quote.opening_candle(sign);
    let touched = if is_reached_from_above(position.order_type, sign) {
        candle.low <= entry
    } else {
        candle.high >= entry
    };
    touched.then_some(Trigger {
        rule: R1_WAITING,
        raw: entry,
        at: FillAt::Inside,
        slips: false,
    })
}

/// Returns the exit of a position in a bar, or `None`: the stop before the target (R3).
///
/// `buffer` is in price units (R3.buffer); `triggered_now` tells whether this bar triggered the
/// order.
#[must_use]
pub fn decide_exit(
    position: &Position,
    quote: &Quote,
    buffer: f64,
    triggered_now: bool,
) -> Option<DecidedExit> {
    let is_long = position.direction.is_long();
    let candle = quote.closing_candle(position.direction.sign());
    let exit = |rule, reason, raw| DecidedExit {
        rule,
        reason,
        raw,
        slips: true,
        tie: false,
    };
    if let Some(stop) = position.committed_stop_loss {
        let touched = if is_long {
            candle.low <= stop + buffer
        } else {
            candle.high >= stop - buffer
        };
        if touched && triggered_now {
            return Some(exit(R3_TRIGGER_STOP, Reason::StopLoss, stop));
        }
        if touched {
            let moved = position.initial_stop_loss != Some(stop);
            let reason = if moved {
                Reason::BreakEvenStopLoss
            } else {
                Reason::StopLoss
            };
            return Some(exit(R3_STOP, reason, stop));
        }
    }
    let target = position.committed_take_profit?;
    let (touched, closed_beyond) = if is_long {
        (candle.high >= target - buffer, candle.close > target)
    } else {
        (candle.low <= target + buffer, candle.close < target)
    };
    if !touched {
        return None;
    }
    if !triggered_now {
        return Some(exit(R3_TARGET, Reason::TakeProfit, target));
    }
    let holds = closed_beyond || position.order_type != OrderType::Limit;
    holds.then(|| exit(R3_TRIGGER_TARGET, Reason::TakeProfit, target))
}

/// Adds slippage in the direction of the position, at entry and exit alike (R1, R3).
///
/// ```
/// # use fillproof_engine::parity::slipped;
/// assert_eq!(slipped(1.5, -1.0, 0.25), 1.25);
/// ```
#[must_use]
pub fn slipped(price: f64, sign: f64, slip: f64) -> f64 {
    price + (sign * slip)
}

/// Returns the size of a fill and the rule that set it (R2).
///
/// ```
/// # use fillproof_engine::parity::size_at;
/// assert_eq!(size_at(1.1002, 1.099, 100.0, None, 100000.0), (0.83, "R2.size_without_spec"));
/// ```
#[must_use]
pub fn size_at(
    price: f64,
    stop: f64,
    risk: f64,
    spec: Option<&SymbolSpec>,
    unit_value: f64,
) -> (f64, &'static str) {
    let apart = distance(price, stop);
    let Some(spec) = spec else {
        let raw = if apart == 0.0 {
            0.0
        } else {
            risk / (apart * UNIT_WITHOUT_SPEC)
        };
        return (
            larger(LEAST_LOTS, to_decimals(raw, 2)),
            R2_SIZE_WITHOUT_SPEC,
        );
    };
    let least = spec.volume_min;
    let raw = if apart == 0.0 {
        least
    } else {
        risk / (apart * unit_value)
    };
    let mut size = least;
    if raw > least {
        size = least + (floor(((raw - least) + 1e-12) / spec.volume_step) * spec.volume_step);
        if size > spec.volume_max {
            size = spec.volume_max;
        }
    }
    (to_decimals(size, 8), R2_SIZE)
}

/// Rounds the exact binary value to so many decimals, halves to even (R2).
///
/// ```
/// # use fillproof_engine::parity::to_decimals;
/// assert_eq!(to_decimals(0.125, 2), 0.12);
/// assert_eq!((to_decimals(0.375, 2), to_decimals(2.675, 2)), (0.38, 2.67));
/// ```
#[must_use]
pub fn to_decimals(x: f64, digits: usize) -> f64 {
    // Formatting rounds the exact value and ties to even, as Python's does.
    format!("{x:.digits$}").parse().unwrap_or(x) + 0.0
}

#[cfg(test)]
mod tests {
    use super::to_decimals;

    #[test]
    fn decimals_are_those_of_the_exact_value_ties_to_even() {
        // Ties are exact only where the fraction is a sum of few powers of two.
        for (x, two) in [
            (0.125, 0.12),
            (0.375, 0.38),
            (0.625, 0.62),
            (0.875, 0.88),
            (2.5, 2.5),
            (-0.125, -0.12),
            (1.005, 1.0),
            (2.675, 2.67),
            (0.015, 0.01),
            (0.025, 0.03),
            (0.045, 0.04),
            (1e-3, 0.0),
            (123_456.785, 123_456.79),
        ] {
            assert_eq!(to_decimals(x, 2), two, "{x}");
        }
        // 2^-9 has nine decimals and ends in 5; its eighth is odd, that of three times it even.
        assert_eq!(to_decimals(0.001_953_125, 8), 0.001_953_12);
        assert_eq!(to_decimals(0.005_859_375, 8), 0.005_859_38);
        assert_eq!(to_decimals(0.009_765_625, 8), 0.009_765_62);
        assert_eq!(to_decimals(0.83, 8), 0.83);
        assert!(to_decimals(-0.001, 2).is_sign_positive());
    }
}
