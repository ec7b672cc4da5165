//! Volume of an order (rule E4), fixed when it is accepted.

use crate::arithmetic::{distance, floor, is_finite};
use crate::config::BelowMin;
use crate::errors::float_text;
use crate::rule_ids::{
    E4_CAPPED, E4_CLAMPED, E4_FIXED_LOTS, S3_BELOW_MIN, S3_SIZE_NOT_FINITE, S3_VOLUME,
};
use crate::symbols::{LOT_UNIT, SymbolSpec};

/// A volume in lots, or what stands against it.
#[derive(Debug, Clone, PartialEq)]
pub enum Sized {
    /// The order has this volume.
    Lots {
        /// Volume in lots.
        size: f64,
        /// The rule that set it.
        rule: &'static str,
    },
    /// The order is refused.
    Refused {
        /// The rule that refuses it.
        rule: &'static str,
        /// What would have been accepted.
        expected: String,
    },
}

/// Takes the volume as given, if it lies on the symbol's grid (E4.fixed_lots, S3.volume).
///
/// ```
/// # use fillproof_engine::sizing::{Sized, fixed_lots};
/// assert_eq!(fixed_lots(0.1, None), Sized::Lots { size: 0.1, rule: "E4.fixed_lots" });
/// ```
#[must_use]
pub fn fixed_lots(lots: f64, spec: Option<&SymbolSpec>) -> Sized {
    let accepted = Sized::Lots {
        size: lots,
        rule: E4_FIXED_LOTS,
    };
    let Some(spec) = spec else {
        return accepted;
    };
    let (least, step, most) = spec.volume_units();
    let units = floor((lots * LOT_UNIT) + 0.5);
    let steps = floor((units - least) / step);
    if units / LOT_UNIT != lots || units < least || units > most || (steps * step) != units - least
    {
        return Sized::Refused {
            rule: S3_VOLUME,
            expected: format!(
                "{} to {} by {}",
                float_text(spec.volume_min),
                float_text(spec.volume_max),
                float_text(spec.volume_step)
            ),
        };
    }
    accepted
}

/// Sizes an order so that its initial stop loses `amount` (E4.risk_amount, E4.capped).
///
/// `raw = amount / (|reference - stop| * unit value)`, brought down to the volume grid:
/// `n = floor((raw - min) / step + 1e-6)`, `(Min + n * Step) / 1e8`.
///
/// `below_min` says what n below 0 leads to (S3.below_min, E4.clamped); `rule` is that of a size
/// that is neither capped nor clamped; `unit_value` is the account currency for a unit of price and
/// a lot, at acceptance (P5.unit_value).
///
/// ```
/// # use fillproof_engine::config::BelowMin;
/// # use fillproof_engine::{rule_ids::E4_RISK_AMOUNT, symbols::SymbolSpec};
/// # use fillproof_engine::sizing::{Sized, risk_lots};
/// let spec = SymbolSpec::new("EURUSD", 0.0001, Some(5))?;
/// let below = BelowMin::Reject;
/// let found = risk_lots(100.0, 1.1, 1.099, &spec, below, E4_RISK_AMOUNT, 100000.0);
/// assert_eq!(found, Sized::Lots { size: 1.0, rule: "E4.risk_amount" });
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[must_use]
pub fn risk_lots(
    amount: f64,
    reference: f64,
    stop_loss: f64,
    spec: &SymbolSpec,
    below_min: BelowMin,
    rule: &'static str,
    unit_value: f64,
) -> Sized {
    let per_lot = distance(reference, stop_loss) * unit_value;
    if per_lot == 0.0 || !is_finite(amount / per_lot) {
        return Sized::Refused {
            rule: S3_SIZE_NOT_FINITE,
            expected: "a finite volume".to_owned(),
        };
    }
    let raw = amount / per_lot;
    let (least, step, most) = spec.volume_units();
    let ceiling = floor((most - least) / step);
    let mut capped = raw > spec.volume_max;
    let mut steps = if capped {
        ceiling
    } else {
        floor(((raw - spec.volume_min) / spec.volume_step) + 1e-6)
    };
    if steps < 0.0 {
        if below_min == BelowMin::Clamp {
            return Sized::Lots {
                size: least / LOT_UNIT,
                rule: E4_CLAMPED,
            };
        }
        return Sized::Refused {
            rule: S3_BELOW_MIN,
            expected: format!(">= {}", float_text(spec.volume_min)),
        };
    }
    if steps > ceiling {
        steps = ceiling;
        capped = true;
    }
    Sized::Lots {
        size: (least + (steps * step)) / LOT_UNIT,
        rule: if capped { E4_CAPPED } else { rule },
    }
}
