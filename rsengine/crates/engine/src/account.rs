//! Margin: what positions tie up, and when they are closed for want of it (rules A1, A3).

use crate::errors::Result;
use crate::positions::Position;
use crate::settings::{number, words};
use crate::symbols::SymbolSpec;

words! {
    /// The price at which a stop-out closes (A3.stop_out, A3.at_close).
    StopOutPrice, "stop_out_price", {
        /// That of the mark that made it so.
        Worst = "worst",
        /// The close of the closing side.
        Close = "close",
    }
}

/// How much margin an account needs, and when it is stopped out (A1, A3).
///
/// ```
/// # use fillproof_engine::account::{Margin, StopOutPrice};
/// let margin = Margin::new(30.0, Some(0.5), StopOutPrice::Worst)?;
/// assert_eq!(margin.leverage, 30.0);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// Of symbols whose spec names none of its own.
    pub leverage: f64,
    /// While worst equity / used margin is below it, positions are closed; `None`: never.
    pub stop_out: Option<f64>,
    /// The price at which they close.
    pub stop_out_price: StopOutPrice,
}

impl Margin {
    /// Margin made of all its parts.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(leverage: f64, stop_out: Option<f64>, stop_out_price: StopOutPrice) -> Result<Self> {
        let stop_out = stop_out.map(|level| number(level, "stop_out", 0.0, true));
        Ok(Self {
            leverage: number(leverage, "leverage", 0.0, true)?,
            stop_out: stop_out.transpose()?,
            stop_out_price,
        })
    }
}

/// Returns the margin of some lots in the base currency (A1.used).
///
/// `(lots * contract_size) / leverage`
///
/// ```
/// # use fillproof_engine::account::{Margin, StopOutPrice, margin_in_base};
/// # use fillproof_engine::symbols::SymbolSpec;
/// let margin = Margin::new(50.0, None, StopOutPrice::Worst)?;
/// let spec = SymbolSpec::new("EURUSD", 0.0001, None)?;
/// assert_eq!(margin_in_base(&margin, &spec, 0.1), 200.0);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[must_use]
pub fn margin_in_base(margin: &Margin, spec: &SymbolSpec, lots: f64) -> f64 {
    let leverage = spec.leverage.unwrap_or(margin.leverage);
    (lots * spec.contract_size) / leverage
}

/// Returns what a position ties up now: what it did at the fill, less its parts (A1.used).
#[must_use]
pub fn margin_of(position: &Position) -> f64 {
    position.margin * (position.size / position.initial_size)
}

/// Sums the margin of open positions, given in the order in which they opened (A1.used).
pub fn used_margin<'a>(positions: impl IntoIterator<Item = &'a Position>) -> f64 {
    let mut used = 0.0;
    for position in positions {
        used += margin_of(position);
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::{Direction, OrderType};

    fn held(margin: f64, size: f64, initial_size: f64) -> Position {
        let mut position = Position::new(
            1,
            "EURUSD".into(),
            Direction::Long,
            OrderType::Market,
            0,
            1.1,
            100_000.0,
            initial_size,
            None,
            None,
            100.0,
            None,
        );
        position.margin = margin;
        position.size = size;
        position
    }

    #[test]
    fn a_part_takes_its_share_of_the_margin_away() {
        let positions = [held(100.0, 0.5, 2.0), held(30.0, 1.0, 1.0)];
        assert_eq!(margin_of(&positions[0]), 25.0);
        assert_eq!(used_margin(&positions), 55.0);
        assert_eq!(used_margin(&[]), 0.0);
    }

    #[test]
    fn the_leverage_of_a_symbol_goes_before_that_of_the_account() {
        let margin = Margin::new(30.0, None, StopOutPrice::Close).unwrap();
        let mut spec = SymbolSpec::new("XAUUSD", 0.01, Some(2)).unwrap();
        spec.leverage = Some(20.0);
        assert_eq!(margin_in_base(&margin, &spec, 0.2), 1000.0);
        assert!(Margin::new(0.0, None, StopOutPrice::Worst).is_err());
        assert!(Margin::new(1.0, Some(f64::INFINITY), StopOutPrice::Worst).is_err());
    }
}
