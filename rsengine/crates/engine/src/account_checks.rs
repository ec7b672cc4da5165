//! What rates, margin and swap need of an executor's other settings (rules P5, A1, A3, L4, R6).
//!
//! What swap and stop-out ask of a portfolio is checked where the portfolio is given.

use crate::account::Margin;
use crate::desk::ExecutorConfig;
use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};
use crate::lower_candles::AllLower;
use crate::symbols::SymbolSpec;

/// Checks an executor's rates, margin and swaps against its specs and preset.
///
/// # Errors
/// `PRESET_OPTION`, `RATES_REQUIRED`, `CURRENCY_REQUIRED`, `TIMEFRAME_REQUIRED`.
pub(crate) fn check_account(desk: &ExecutorConfig) -> Result<()> {
    if desk.policy.is_parity() {
        check_parity(desk)?;
    }
    if desk.rates.is_none() {
        let named = |spec: &SymbolSpec| Some((spec.symbol.clone(), spec.quote_currency.clone()?));
        if let Some((symbol, currency)) = desk.symbol_specs.iter().find_map(named) {
            return Err(EngineError::new(ErrorCode::RatesRequired)
                .for_symbol(&symbol)
                .in_field("quote_currency")
                .with_value(&*currency)
                .expecting("rates beside it, or None"));
        }
    }
    if let Some(margin) = &desk.margin {
        if desk.rates.is_none() {
            return Err(EngineError::new(ErrorCode::RatesRequired)
                .in_field("margin")
                .with_value(margin_text(margin).as_str())
                .expecting("rates beside it"));
        }
        let mut specs = desk.symbol_specs.iter();
        if let Some(spec) = specs.find(|spec| spec.base_currency.is_none()) {
            return Err(EngineError::new(ErrorCode::CurrencyRequired)
                .for_symbol(&spec.symbol)
                .in_field("base_currency")
                .expecting("the currency in which margin is counted"));
        }
    }
    check_clock(desk)
}

/// Refuses what needs a clock where keys are not times (L4.clock).
///
/// # Errors
/// `CLOCK_REQUIRED`.
pub(crate) fn refuse_ordinals(desk: &ExecutorConfig, lower: &AllLower) -> Result<()> {
    if let Some(session) = &desk.session {
        let value = Value::from(format!("{session:?}").as_str());
        return Err(clock_error("session", value, None));
    }
    if !lower.is_empty() {
        let value = Value::from(lower.names().as_str());
        return Err(clock_error("lower_candles", value, None));
    }
    if let Some((spec, field, points)) = first_swap(desk) {
        return Err(clock_error(field, Value::Float(points), Some(&spec.symbol)));
    }
    match &desk.rates {
        Some(rates) if rates.has_series() => {
            let value = Value::from(format!("{rates:?}").as_str());
            Err(clock_error("rates", value, None))
        }
        _ => Ok(()),
    }
}

/// Makes the error of something that counts time in a run without a clock (L4.clock).
#[must_use]
pub fn clock_error(field: &str, value: Value, symbol: Option<&str>) -> EngineError {
    let error = EngineError::new(ErrorCode::ClockRequired)
        .in_field(field)
        .with_value(value)
        .expecting("keys that are times");
    match symbol {
        Some(symbol) => error.for_symbol(symbol),
        None => error,
    }
}

/// Margin as errors show it.
pub(crate) fn margin_text(margin: &Margin) -> String {
    let stop_out = margin.stop_out.map_or("None".to_owned(), float_text);
    format!(
        "Margin(leverage={}, stop_out={stop_out}, stop_out_price='{}')",
        float_text(margin.leverage),
        margin.stop_out_price.as_str()
    )
}

/// The first specification with a swap, that swap's name, and its points.
fn first_swap(desk: &ExecutorConfig) -> Option<(&SymbolSpec, &'static str, f64)> {
    desk.symbol_specs.iter().find_map(|spec| {
        let field = spec.swap_field()?;
        let points = if field == "swap_long" {
            spec.swap_long
        } else {
            spec.swap_short
        };
        Some((spec, field, points))
    })
}

/// Refuses what the preset parity does not know (R6.options).
fn check_parity(desk: &ExecutorConfig) -> Result<()> {
    let error = EngineError::new(ErrorCode::PresetOption);
    if let Some(margin) = &desk.margin {
        return Err(error
            .in_field("margin")
            .with_value(margin_text(margin).as_str())
            .expecting("None"));
    }
    match first_swap(desk) {
        Some((spec, field, points)) => Err(error
            .for_symbol(&spec.symbol)
            .in_field(field)
            .with_value(points)
            .expecting("0.0")),
        None => Ok(()),
    }
}

/// Asks for the length of the bars where ends of bars count (P5.timeframe).
fn check_clock(desk: &ExecutorConfig) -> Result<()> {
    if desk.timeframe.is_some() {
        return Ok(());
    }
    let required = |field| {
        EngineError::new(ErrorCode::TimeframeRequired)
            .in_field(field)
            .with_value("no timeframe")
            .expecting("timeframe=, the length of the run's bars")
    };
    if desk.rates.as_ref().is_some_and(|rates| rates.has_series()) {
        return Err(required("rates"));
    }
    match first_swap(desk) {
        Some((spec, field, _)) => Err(required(field).for_symbol(&spec.symbol)),
        None => Ok(()),
    }
}
