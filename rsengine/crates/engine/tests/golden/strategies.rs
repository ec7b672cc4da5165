//! The built-in strategies of cases and runs, and the signals of one.

use std::sync::Arc;

use fillproof_engine::aligned::{ABSENT, AlignedCandles};
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::cross_symbol_engine::MultiStrategy;
use fillproof_engine::errors::Result;
use fillproof_engine::expressions::strategy::ExpressionStrategy;
use fillproof_engine::keys::{CandleLookup, Key, lay_out};
use fillproof_engine::multi_symbol_slice::MultiSymbolSlice;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::slices::{MultiCandleData, Series, SymbolDataSlice};
use fillproof_engine::strategies::breakout::{Breakout, Unit};
use fillproof_engine::strategies::ema_atr::EmaAtr;
use fillproof_engine::strategies::ema_cross::EmaCross;
use fillproof_engine::strategies::pair_spread::PairSpread;
use fillproof_engine::strategies::zscore_reversion::ZScoreReversion;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::trace::FieldValue;
use serde_json::Value as Json;

use crate::columns;
use crate::files::{number, optional, whole};

const START_US: i64 = 1_704_153_600_000_000;
const MINUTE_US: i64 = 60_000_000;

/// The built-in strategy that a case or a whole run names.
pub fn built_in(settings: &Json) -> Result<Box<dyn Strategy>> {
    if settings["name"] == "expressions" {
        let document = settings["document"].as_str().expect("a document");
        return Ok(Box::new(ExpressionStrategy::new(document)?));
    }
    let get = |name: &str| &settings[name];
    let count = |name: &str| whole(get(name));
    let real = |name: &str| number(get(name));
    let timeframe = get("timeframe").as_str().expect("a timeframe");
    Ok(match get("name").as_str().expect("a name") {
        "ema-cross" => {
            let (fast, slow) = (count("fast"), count("slow"));
            let (stop, target) = (real("stop_pips"), real("target_pips"));
            let pip_size = real("pip_size");
            let made = EmaCross::new(timeframe, fast, slow, stop, target, pip_size)?;
            assert_eq!(
                (made.timeframe(), made.fast(), made.slow()),
                (timeframe, fast, slow)
            );
            let shown = (made.stop_pips(), made.target_pips(), made.pip_size());
            assert_eq!(shown, (stop, target, pip_size));
            Box::new(made)
        }
        "ema-atr" => {
            let (fast, slow, period) = (count("fast"), count("slow"), count("period"));
            let (stop, target) = (real("stop_atr"), real("target_atr"));
            let made = EmaAtr::new(timeframe, fast, slow, period, stop, target)?;
            assert_eq!(
                (made.timeframe(), made.fast(), made.slow()),
                (timeframe, fast, slow)
            );
            let shown = (made.period(), made.stop_atr(), made.target_atr());
            assert_eq!(shown, (period, stop, target));
            Box::new(made)
        }
        "zscore" => {
            let (window, period, rest) = (count("window"), count("period"), count("rest"));
            let (entry, stop) = (real("entry"), real("stop_atr"));
            let made = ZScoreReversion::new(timeframe, window, entry, period, stop, rest)?;
            assert_eq!(
                (made.timeframe(), made.window(), made.entry()),
                (timeframe, window, entry)
            );
            assert_eq!(
                (made.period(), made.stop_atr(), made.rest()),
                (period, stop, rest)
            );
            Box::new(made)
        }
        "breakout" => {
            let (length, period) = (count("length"), count("period"));
            let max_bars = u64::try_from(count("max_bars")).expect("a count");
            let (stop, target, pip_size) = (real("stop"), real("target"), real("pip_size"));
            let unit = Unit::parse(get("unit").as_str().expect("a unit"))?;
            let made = Breakout::new(
                timeframe, length, max_bars, stop, target, unit, period, pip_size,
            )?;
            assert_eq!(
                (made.timeframe(), made.length(), made.max_bars()),
                (timeframe, length, max_bars)
            );
            assert_eq!(
                (made.stop(), made.target(), made.unit()),
                (stop, target, unit)
            );
            assert_eq!((made.period(), made.pip_size()), (period, pip_size));
            Box::new(made)
        }
        other => panic!("no such strategy: {other}"),
    })
}

/// What a strategy signals at the bars of a case, one field after the other.
pub fn signals(input: &Json) -> Result<Vec<FieldValue>> {
    let settings = &input["strategy"];
    match settings["name"].as_str() {
        Some("columns") => return columns::signals(input),
        Some("cross-columns") => return columns::across(input),
        _ => {}
    }
    if input.get("symbols").is_some() {
        return across(input);
    }
    let mut strategy = built_in(settings)?;
    let timeframe = settings["timeframe"].as_str().expect("a timeframe");
    let data = MultiCandleData {
        series: vec![
            series(timeframe, "bid", &input["bid"]),
            series(timeframe, "ask", &input["ask"]),
        ],
    };
    let reason = match settings["name"].as_str().expect("a name") {
        "expressions" => None,
        "zscore" => Some("zscore_reversion".to_owned()),
        name => Some(name.replace('-', "_")),
    };
    let bars = visited(input, data.series[0].candles.len());
    let mut view = SymbolDataSlice::new(Arc::new(data), &"EURUSD".into());
    let mut found = Vec::new();
    for bar in bars {
        view.set_index(bar)?;
        let mut made = Vec::new();
        strategy.evaluate(view.index(), &view, &mut made)?;
        for signal in &made {
            assert_eq!(&*signal.symbol, "EURUSD", "bar {bar}");
            assert_eq!(signal.reason.as_deref(), reason.as_deref(), "bar {bar}");
            assert_eq!(signal.timestamp_us, START_US + MINUTE_US * bar, "bar {bar}");
            found.push(bar.into());
            found.extend(told(signal));
        }
    }
    Ok(found)
}

/// The bars at which a strategy is evaluated.
fn visited(input: &Json, bars: usize) -> Vec<i64> {
    match input.get("at") {
        Some(at) => at.as_array().expect("a list").iter().map(whole).collect(),
        None => (0..).take(bars).collect(),
    }
}

pub fn told(signal: &TradeSignal) -> [FieldValue; 7] {
    [
        signal.direction.as_str().into(),
        signal.order_type.as_str().into(),
        signal.entry_price.into(),
        signal.stop_loss.into(),
        signal.take_profit.into(),
        signal.max_bars.into(),
        signal.oco.as_deref().into(),
    ]
}

/// A list of prices for each bar, null where there is no candle, a number to show one again.
fn series(timeframe: &str, side: &str, rows: &Json) -> Series {
    let rows = rows.as_array().expect("a list");
    let candles: Vec<Candle> = (0..).zip(rows).map(|(bar, row)| candle(bar, row)).collect();
    let shown = (0..).zip(rows).map(|(bar, row)| match row.as_u64() {
        Some(earlier) => u32::try_from(earlier).expect("few bars"),
        None if row.is_null() => ABSENT,
        None => bar,
    });
    let columns = CandleColumns::from_candles(&candles);
    Series {
        timeframe: timeframe.into(),
        side: side.into(),
        candles: AlignedCandles::new(Arc::new(columns), shown.collect()),
    }
}

pub fn candle(bar: i64, row: &Json) -> Candle {
    let price = |place: usize| row.get(place).and_then(optional).unwrap_or(f64::NAN);
    Candle {
        time_us: START_US + MINUTE_US * bar,
        open: price(0),
        high: price(1),
        low: price(2),
        close: price(3),
        volume: 0.0,
    }
}

/// What a strategy of several symbols signals at the keys of a case.
fn across(input: &Json) -> Result<Vec<FieldValue>> {
    let settings = &input["strategy"];
    let (mut strategy, reason): (Box<dyn MultiStrategy>, _) = match settings["document"].as_str() {
        Some(document) => (Box::new(ExpressionStrategy::new(document)?), None),
        None => (Box::new(pair(settings)?), Some("pair_spread")),
    };
    let symbols = input["symbols"].as_object().expect("an object");
    let lookups: Vec<CandleLookup> = symbols
        .iter()
        .map(|(symbol, sides)| CandleLookup {
            symbol: symbol.as_str().into(),
            bid: lookup(&sides["bid"]),
            ask: lookup(&sides["ask"]),
        })
        .collect();
    let first = symbols.values().next().expect("a symbol");
    let bars = first["bid"].as_array().expect("a list").len();
    let keys: Vec<Key> = (0..).map(key).take(bars).collect();
    let mut view = MultiSymbolSlice::new(&lay_out(&lookups, &keys), &keys, "M1");
    let mut found = Vec::new();
    for bar in visited(input, bars) {
        view.set_index(bar)?;
        let mut made = Vec::new();
        strategy.evaluate(view.index(), &view, &mut made)?;
        for signal in &made {
            assert_eq!(signal.timestamp_us, START_US + MINUTE_US * bar, "key {bar}");
            assert_eq!((signal.max_bars, &signal.oco), (None, &None), "key {bar}");
            assert_eq!(signal.reason.as_deref(), reason, "key {bar}");
            found.extend([bar.into(), (&*signal.symbol).into()]);
            found.extend(told(signal).into_iter().take(5));
        }
    }
    Ok(found)
}

/// The built-in strategy of two symbols that a case names.
pub fn pair(settings: &Json) -> Result<PairSpread> {
    let get = |name: &str| &settings[name];
    assert_eq!(get("name"), "pair-spread");
    let symbols = ["symbol_a", "symbol_b"].map(|name| get(name).as_str().expect("a symbol"));
    let [hedge, entry, stop, target] =
        ["hedge", "entry", "stop_atr", "target_atr"].map(|name| number(get(name)));
    let [window, period, rest] = ["window", "period", "rest"].map(|name| whole(get(name)));
    let [a, b] = symbols;
    let made = PairSpread::new(a, b, hedge, window, entry, period, stop, target, rest)?;
    assert_eq!([&**made.symbol_a(), &**made.symbol_b()], symbols);
    let shown = [
        made.hedge(),
        made.entry(),
        made.stop_atr(),
        made.target_atr(),
    ];
    assert_eq!(shown, [hedge, entry, stop, target]);
    assert_eq!(
        [made.window(), made.period(), made.rest()],
        [window, period, rest]
    );
    Ok(made)
}

pub fn key(bar: i64) -> Key {
    Key::Time(START_US + MINUTE_US * bar)
}

pub fn lookup(rows: &Json) -> Vec<(Key, Candle)> {
    let rows = rows.as_array().expect("a list");
    let there = (0..).zip(rows).filter(|(_, row)| !row.is_null());
    there
        .map(|(bar, row)| (key(bar), candle(bar, row)))
        .collect()
}
