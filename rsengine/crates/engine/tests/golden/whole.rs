//! Whole runs over the embedded bars, down to the digest.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use fillproof_engine::arithmetic::snap;
use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::errors::Result;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::position_manager::ManagedStrategy;
use fillproof_engine::slices::MultiCandleData;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::trace::{FieldValue, Tracer};
use serde_json::Value as Json;

use crate::files::{number, root, time_us, whole};
use crate::{across, compare, outcome, settings, strategies};

fn bars(file: &str) -> Vec<Candle> {
    let path = root().join("bars").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("timestamp,open,high,low,close,volume"));
    let candle = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let price = |place: usize| -> f64 { cells[place].parse().expect("a price") };
        Candle {
            time_us: time_us(cells[0]),
            open: price(1),
            high: price(2),
            low: price(3),
            close: price(4),
            volume: price(5),
        }
    };
    lines.map(candle).collect()
}

/// The other side, at a stated spread.
fn shifted(candles: &[Candle], by: f64, digits: u32) -> CandleColumns {
    let moved = candles.iter().map(|candle| Candle {
        open: snap(candle.open + by, digits),
        high: snap(candle.high + by, digits),
        low: snap(candle.low + by, digits),
        close: snap(candle.close + by, digits),
        ..*candle
    });
    CandleColumns::from_candles(&moved.collect::<Vec<_>>())
}

/// Both sides of a symbol, without the bars that the run leaves out.
pub fn sides(data: &Json, spec: &Json) -> (CandleColumns, CandleColumns) {
    let mut given = bars(data["file"].as_str().expect("a file"));
    assert_eq!(
        data["bars"].as_u64(),
        Some(given.len() as u64),
        "number of bars"
    );
    if let Some(without) = data.get("without") {
        let without: Vec<i64> = without
            .as_array()
            .expect("a list")
            .iter()
            .map(whole)
            .collect();
        let mut place = 0..;
        given.retain(|_| !place.next().is_some_and(|place| without.contains(&place)));
    }
    let digits = u32::try_from(whole(&spec["digits"])).expect("few digits");
    let spread = number(&data["spread_pips"]) * number(&spec["pip_size"]);
    let own = CandleColumns::from_candles(&given);
    if data["side"] == "ask" {
        (shifted(&given, -spread, digits), own)
    } else {
        let ask = shifted(&given, spread, digits);
        (own, ask)
    }
}

fn market(run: &Json) -> Market {
    let config = &run["config"];
    let (bid, ask) = sides(&run["data"], &config["spec"]);
    let (bid, ask) = (Arc::new(bid), Arc::new(ask));
    let timeframe = config["timeframe"].as_str().expect("a timeframe");
    Market {
        symbol: config["symbol"].as_str().expect("a symbol").into(),
        data: Arc::new(MultiCandleData::of(timeframe, &bid, &ask)),
        start_us: crate::market::start_us(config, &bid),
        bid,
        ask,
    }
}

/// Runs a run of one symbol.
fn alone(run: &Json, portfolio: Portfolio, tracer: &Tracer) -> Result<BacktestResult> {
    let built_in = strategies::built_in(&run["strategy"])?;
    let manager = settings::manager(&run["config"])?;
    let mut strategy: Box<dyn Strategy> = match manager {
        None => built_in,
        Some(manager) => Box::new(ManagedStrategy {
            strategy: built_in,
            manager,
        }),
    };
    let settings = settings::executor(run)?;
    run_backtest(&market(run), &mut *strategy, settings, portfolio, tracer)
}

fn play(run: &Json, tracer: &Tracer) -> Result<BacktestResult> {
    let portfolio = Portfolio::new(number(&run["config"]["initial_balance"]))?;
    match run["data"].as_array() {
        Some(data) => Ok(across::play(run, data, portfolio, tracer)),
        None => alone(run, portfolio, tracer),
    }
}

/// Runs a run and compares; panics where something differs.
pub fn check(run: &Json) {
    let id = run["id"].as_str().expect("a run has an id");
    let expect = &run["expect"];
    let tracer = Tracer::collect();
    let result = play(run, &tracer).unwrap_or_else(|error| panic!("{id}: {error}"));
    // Where nobody watches, bars in which nothing happens are passed over.
    let quiet = play(run, &Tracer::discard()).and_then(|quiet| quiet.digest());
    assert_eq!(
        quiet.as_deref().ok(),
        expect["digest"].as_str(),
        "{id}: without a tracer"
    );

    let portfolio = &result.core.portfolio;
    let trades: Vec<_> = result.trades().into_iter().map(compare::face).collect();
    let counts = [
        (
            "signals",
            result.core.executors[0].signal_columns().len().into(),
        ),
        ("trades", trades.len().into()),
        ("fees", portfolio.fees_log().len().into()),
        ("equity", portfolio.equity_columns().len().into()),
    ];
    let last = [
        ("cash", portfolio.cash().into()),
        ("equity", portfolio.equity().into()),
        ("total_fees", portfolio.total_fees().into()),
        ("max_drawdown", portfolio.max_drawdown().into()),
        ("max_drawdown_worst", portfolio.max_drawdown_worst().into()),
    ];
    let agree = |what: &str, expected: &Json, found: &[(&'static str, FieldValue)]| {
        compare::keys(expected, found).unwrap_or_else(|d| panic!("{id}: {what}: {d}"));
    };
    agree("counts", &expect["counts"], &counts);
    agree("final", &expect["final"], &last);
    agree(
        "summary",
        &expect["summary"],
        &outcome::summary(&result.core),
    );
    let rejected = result.core.executors[0].rejected_signals().len();
    assert_eq!(
        expect["rejected"].as_u64(),
        Some(rejected as u64),
        "{id}: rejected"
    );
    let first = expect["first_trades"].as_array().expect("a list");
    let end = expect["last_trades"].as_array().expect("a list");
    for (expected, found) in first.iter().zip(&trades) {
        agree("first trades", expected, found);
    }
    for (expected, found) in end.iter().rev().zip(trades.iter().rev()) {
        agree("last trades", expected, found);
    }
    let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
    for event in tracer
        .events()
        .iter()
        .filter(|event| !event.rule.is_empty())
    {
        *rules.entry(event.rule).or_default() += 1;
    }
    let expected: BTreeMap<&str, u64> = expect["rules"]
        .as_object()
        .expect("an object")
        .iter()
        .map(|(rule, count)| (rule.as_str(), count.as_u64().expect("a count")))
        .collect();
    assert_eq!(rules, expected, "{id}: rules");
    let digest = result
        .digest()
        .unwrap_or_else(|error| panic!("{id}: {error}"));
    assert_eq!(
        expect["digest"].as_str(),
        Some(digest.as_str()),
        "{id}: digest"
    );
}
