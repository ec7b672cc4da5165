//! The checks of all candles before the first bar runs (rules T1, T2, T4).

use crate::candles::{Candle, CandleColumns, CandleView, time_text};
use crate::errors::{EngineError, ErrorCode, Result, float_text};
use crate::fast::Checked;

/// Checks one candle: finite, positive, high and low around open and close (T2).
///
/// # Errors
/// `PRICE_NOT_FINITE`, `PRICE_NOT_POSITIVE`, `HIGH_TOO_LOW`, `LOW_TOO_HIGH`.
pub fn check_prices(prices: &Candle, side: &str, bar: usize, symbol: &str) -> Result<()> {
    let Candle {
        open,
        high,
        low,
        close,
        ..
    } = *prices;
    let fault = |code, name: &str, value: f64, expected: String| {
        Err(EngineError::new(code)
            .at_bar(bar)
            .for_symbol(symbol)
            .in_field(&format!("{side}.{name}"))
            .with_value(value)
            .expecting(expected))
    };
    for (name, value) in [
        ("open", open),
        ("high", high),
        ("low", low),
        ("close", close),
    ] {
        if !value.is_finite() {
            return fault(
                ErrorCode::PriceNotFinite,
                name,
                value,
                "a finite price".into(),
            );
        }
        if value <= 0.0 {
            return fault(
                ErrorCode::PriceNotPositive,
                name,
                value,
                "a price above 0".into(),
            );
        }
    }
    let top = if open > close { open } else { close };
    if high < top {
        let expected = format!(">= {}, the higher of open and close", float_text(top));
        return fault(ErrorCode::HighTooLow, "high", high, expected);
    }
    let bottom = if open < close { open } else { close };
    if low > bottom {
        let expected = format!("<= {}, the lower of open and close", float_text(bottom));
        return fault(ErrorCode::LowTooHigh, "low", low, expected);
    }
    Ok(())
}

/// Checks lengths and timestamps of both sides, in microseconds since 1970 (T1, T2).
///
/// # Errors
/// `LENGTHS_DIFFER`, `NO_BARS`, `TIMES_DIFFER`, `BARS_NOT_ASCENDING`.
pub fn check_times(bid_candles: &[i64], ask_candles: &[i64], symbol: &str) -> Result<()> {
    let total = bid_candles.len();
    if total != ask_candles.len() {
        return Err(EngineError::new(ErrorCode::LengthsDiffer)
            .for_symbol(symbol)
            .in_field("ask_candles")
            .with_value(ask_candles.len())
            .expecting(format!("{total}, as many as bid_candles")));
    }
    if total == 0 {
        return Err(EngineError::new(ErrorCode::NoBars)
            .for_symbol(symbol)
            .in_field("bid_candles")
            .with_value(0_i64)
            .expecting("at least one bar"));
    }
    for (bar, (&bid_us, &ask_us)) in bid_candles.iter().zip(ask_candles).enumerate() {
        if bid_us != ask_us {
            return Err(EngineError::new(ErrorCode::TimesDiffer)
                .at_bar(bar)
                .for_symbol(symbol)
                .in_field("ask.timestamp")
                .with_value(time_text(ask_us).as_str())
                .expecting(time_text(bid_us) + ", the bid's"));
        }
        if bar > 0 && bid_us <= bid_candles[bar - 1] {
            return Err(EngineError::new(ErrorCode::BarsNotAscending)
                .at_bar(bar)
                .for_symbol(symbol)
                .in_field("bid.timestamp")
                .with_value(time_text(bid_us).as_str())
                .expecting(format!("later than {}", time_text(bid_candles[bar - 1]))));
        }
    }
    Ok(())
}

/// Checks all prices; returns how many bars are crossed and the first such bar (T2).
///
/// # Errors
/// Those of [`check_prices`].
pub fn check_quotes(
    bid_candles: &CandleColumns,
    ask_candles: &CandleColumns,
    symbol: &str,
) -> Result<(usize, Option<usize>)> {
    let (bids, asks) = (bid_candles.view(), ask_candles.view());
    let total = bids.time_us.len().min(asks.time_us.len());
    let mut crossed = 0;
    let mut first_crossed = None;
    for from in (0..total).step_by(BLOCK) {
        let to = total.min(from + BLOCK);
        if let (Some(bid), Some(ask)) = (bids.part(from, to), asks.part(from, to))
            && are_sound(&bid) & are_sound(&ask) & are_uncrossed(&bid, &ask)
        {
            continue;
        }
        for bar in from..to {
            let (Some(bid), Some(ask)) = (bids.get(bar), asks.get(bar)) else {
                break;
            };
            check_prices(&bid, "bid", bar, symbol)?;
            check_prices(&ask, "ask", bar, symbol)?;
            if ask.open < bid.open
                || ask.high < bid.high
                || ask.low < bid.low
                || ask.close < bid.close
            {
                crossed += 1;
                first_crossed = first_crossed.or(Some(bar));
            }
        }
    }
    Ok((crossed, first_crossed))
}

/// Makes the checks of both sides, in the order of T4, once for each pair of columns; returns how many
/// bars are crossed and the first such bar.
///
/// Columns that have passed are not looked at again, so they must not change afterwards.
///
/// # Errors
/// Those of [`check_times`] and [`check_quotes`].
pub fn check_sides(
    bid_candles: &CandleColumns,
    ask_candles: &CandleColumns,
    symbol: &str,
) -> Result<(usize, Option<usize>)> {
    if let Some(known) = bid_candles.memo.checked_with(&ask_candles.memo) {
        return Ok((known.crossed, known.first_crossed));
    }
    let (bids, asks) = (&bid_candles.time_us, &ask_candles.time_us);
    check_times(bids.as_slice(), asks.as_slice(), symbol)?;
    let (crossed, first_crossed) = check_quotes(bid_candles, ask_candles, symbol)?;
    let found = Checked {
        crossed,
        first_crossed,
    };
    bid_candles.memo.remember(&ask_candles.memo, found);
    Ok((crossed, first_crossed))
}

/// Bars that are looked at together; only a block with a fault is looked at bar by bar.
const BLOCK: usize = 256;

/// Whether [`check_prices`] has nothing to say of a block; NaN fails each comparison.
fn are_sound(prices: &CandleView<'_>) -> bool {
    let (outer, inner) = (
        prices.low.iter().zip(prices.high),
        prices.open.iter().zip(prices.close),
    );
    outer
        .zip(inner)
        .fold(true, |sound, ((&low, &high), (&open, &close))| {
            sound
                & (low > 0.0)
                & (low <= open)
                & (low <= close)
                & (high >= open)
                & (high >= close)
                & (high < f64::INFINITY)
        })
}

/// Whether no ask of a block lies below its bid.
fn are_uncrossed(bid: &CandleView<'_>, ask: &CandleView<'_>) -> bool {
    let in_order = |bids: &[f64], asks: &[f64]| {
        let pairs = bids.iter().zip(asks);
        pairs.fold(true, |in_order, (bid, ask)| in_order & (ask >= bid))
    };
    in_order(bid.open, ask.open)
        & in_order(bid.high, ask.high)
        & in_order(bid.low, ask.low)
        & in_order(bid.close, ask.close)
}

/// Builds the error of a crossed bar: its first price with the ask below the bid (T2.crossed).
#[must_use]
pub fn crossed_error(bid: &Candle, ask: &Candle, bar: usize, symbol: &str) -> EngineError {
    let (name, bid_price, ask_price) = [
        ("open", bid.open, ask.open),
        ("high", bid.high, ask.high),
        ("low", bid.low, ask.low),
        ("close", bid.close, ask.close),
    ]
    .into_iter()
    .find(|(_, bid, ask)| ask < bid)
    .unwrap_or(("close", bid.close, ask.close));
    EngineError::new(ErrorCode::BarsCrossed)
        .at_bar(bar)
        .for_symbol(symbol)
        .in_field(&format!("ask.{name}"))
        .with_value(ask_price)
        .expecting(format!(">= {}", float_text(bid_price)))
}
