//! Bars and signals as they stand in golden files.

use std::sync::Arc;

use fillproof_engine::candles::{Candle, CandleColumns, time_text};
use fillproof_engine::signals::RawSignal;
use serde_json::Value as Json;

use crate::files::{number, optional, time_us};

fn candle(row: &Json, first: usize) -> Candle {
    let time_us = time_us(row[0].as_str().expect("a time is text"));
    // Errors and tables show times as text, which has to be the same moment.
    assert_eq!(crate::files::time_us(&time_text(time_us)), time_us);
    Candle {
        time_us,
        open: number(&row[first]),
        high: number(&row[first + 1]),
        low: number(&row[first + 2]),
        close: number(&row[first + 3]),
        volume: 0.0,
    }
}

/// Both sides of a case's bars.
pub fn sides(case: &Json) -> (CandleColumns, CandleColumns) {
    let rows = |key: &str, first: usize| {
        let rows = case[key].as_array().expect("a list of bars");
        let candles: Vec<Candle> = rows.iter().map(|row| candle(row, first)).collect();
        CandleColumns::from_candles(&candles)
    };
    if case.get("bars").is_some() {
        (rows("bars", 1), rows("bars", 5))
    } else {
        (rows("bid", 1), rows("ask", 1))
    }
}

/// The time that is passed as the start.
pub fn start_us(config: &Json, bid: &CandleColumns) -> Option<i64> {
    match config.get("start_bar") {
        Some(bar) => {
            let bar = usize::try_from(bar.as_u64().expect("an index")).expect("a small index");
            bid.get(bar).map(|candle| candle.time_us)
        }
        None => config["start"].as_str().map(time_us),
    }
}

/// A signal in the words of a strategy.
pub fn raw_signal(signal: &Json) -> RawSignal {
    let text = |key: &str| signal.get(key).and_then(Json::as_str);
    RawSignal {
        direction: text("direction").expect("a direction").into(),
        entry: optional(&signal["entry"]),
        sl: optional(&signal["sl"]),
        tp: optional(&signal["tp"]),
        symbol: text("symbol").map(Arc::from),
        order_type: text("type").map(Into::into),
        expires_at_us: text("expires_at").map(time_us),
        max_bars: signal.get("max_bars").and_then(Json::as_u64),
        oco: text("oco").map(Arc::from),
        reason: text("reason").map(Arc::from),
    }
}
