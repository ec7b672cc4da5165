//! The signals of columns, row by row.

use std::sync::Arc;

use fillproof_engine::candles::Column;
use fillproof_engine::cross_symbol_engine::MultiStrategy;
use fillproof_engine::errors::Result;
use fillproof_engine::keys::{CandleLookup, Key, lay_out};
use fillproof_engine::multi_symbol_slice::MultiSymbolSlice;
use fillproof_engine::signals::OrderType;
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
use fillproof_engine::strategies::cross_columns::CrossColumnStrategy;
use fillproof_engine::trace::FieldValue;
use serde_json::Value as Json;

use crate::files::{optional, whole};
use crate::strategies::{candle, key, lookup, told};

/// What a strategy of columns signals at the bars of a case, one field after the other.
pub fn signals(input: &Json) -> Result<Vec<FieldValue>> {
    let mut strategy = made(&input["strategy"])?;
    let (bids, asks) = (list(&input["bid"]), list(&input["ask"]));
    let start = start(input);
    strategy.use_bars(start, bids.len())?;
    let symbol: Arc<str> = "EURUSD".into();
    let mut found = Vec::new();
    for (bar, place) in (0..bids.len()).zip(0_i64..).skip(start) {
        if !strategy.has_signal(bar)? {
            continue;
        }
        let (bid, ask) = (candle(place, &bids[bar]), candle(place, &asks[bar]));
        let close = |is_long: bool| Some(if is_long { ask.close } else { bid.close });
        let made = strategy.signal(bar, &symbol, bid.time_us, |way| close(way.is_long()));
        let made = made.expect("the row has a signal");
        assert_eq!(made.timestamp_us, bid.time_us, "bar {bar}");
        found.push(place.into());
        found.extend(told(&made));
    }
    let before = strategy.rows().iter().filter(|&&row| row < start).count();
    assert_eq!(strategy.ignored(), before);
    Ok(found)
}

/// What columns of several symbols signal at the keys of a case.
pub fn across(input: &Json) -> Result<Vec<FieldValue>> {
    let each = input["strategy"]["columns"].as_object().expect("an object");
    let made = each
        .iter()
        .map(|(symbol, settings)| Ok((symbol.as_str().into(), made(settings)?)));
    let mut strategy = CrossColumnStrategy::new(made.collect::<Result<Vec<_>>>()?)?;
    let symbols = input["symbols"].as_object().expect("an object");
    let lookups: Vec<CandleLookup> = symbols
        .iter()
        .map(|(symbol, sides)| CandleLookup {
            symbol: symbol.as_str().into(),
            bid: lookup(&sides["bid"]),
            ask: lookup(&sides["ask"]),
        })
        .collect();
    let keys: Vec<Key> = (0..).map(key).take(strategy.len()).collect();
    let mut view = MultiSymbolSlice::new(&lay_out(&lookups, &keys), &keys, "M1");
    strategy.use_bars(start(input), keys.len())?;
    let mut found = Vec::new();
    for (bar, place) in (0..keys.len()).zip(0_i64..) {
        view.set_index(place)?;
        let mut made = Vec::new();
        strategy.evaluate(bar, &view, &mut made)?;
        for signal in &made {
            assert_eq!(Key::Time(signal.timestamp_us), keys[bar], "key {bar}");
            found.extend([place.into(), (&*signal.symbol).into()]);
            found.extend(told(signal).into_iter().take(5));
        }
    }
    Ok(found)
}

fn made(settings: &Json) -> Result<ColumnStrategy> {
    let price = |name: &str| {
        let column = settings.get(name)?.as_array().expect("a list");
        let prices = column
            .iter()
            .map(|price| optional(price).unwrap_or(f64::NAN));
        let column: Column<f64> = Arc::new(prices.collect::<Vec<_>>());
        Some(column)
    };
    let codes = |rows: &Json| -> Column<i8> {
        let narrow = |row: &Json| i8::try_from(whole(row)).expect("a small number");
        Arc::new(list(rows).iter().map(narrow).collect::<Vec<_>>())
    };
    let prices = Prices {
        entry: price("entry"),
        stop: price("stop"),
        target: price("target"),
    };
    let (kinds, order_type) = match settings.get("type") {
        Some(Json::String(word)) => (None, OrderType::parse(word)?),
        Some(rows) => (Some(codes(rows)), OrderType::Market),
        None => (None, OrderType::Market),
    };
    ColumnStrategy::new(codes(&settings["direction"]), prices, kinds, order_type)
}

fn start(input: &Json) -> usize {
    let found = input.get("start").and_then(Json::as_u64).unwrap_or(0);
    usize::try_from(found).expect("few bars")
}

fn list(rows: &Json) -> &[Json] {
    rows.as_array().expect("a list")
}
