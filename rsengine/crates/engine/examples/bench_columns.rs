//! Times signal columns over made bars, with dense equity and without; one position at a time.
//!
//! `cargo run --release -p fillproof-engine --example bench_columns -- [bars] [rounds] [points]`
//!
//! `COLD=1` fills the caches with other things before each run; `MOST=3` lets so many positions be open
//! at once, `MOST=0` any number. The signals are the crosses of two
//! EMAs, once all of them and once only those that find nothing open, and the crosses made within the
//! run by the built-in strategy and by an expression. A time is told only if the result is the plain
//! loop's.

use std::error::Error;

use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::errors::Result;
use fillproof_engine::expressions::strategy::ExpressionStrategy;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::signals::Outcome;
use fillproof_engine::strategies::columns::ColumnStrategy;
use fillproof_engine::strategies::ema_cross::EmaCross;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::trace::Tracer;

use self::shared::{Plain, made_bars, market_orders, time_run, workload};

mod shared;

/// Makes a strategy that has seen no bar.
type Make<'a> = &'a dyn Fn() -> Box<dyn Strategy>;

/// The signals of a run as columns; only those that filled, or all.
fn columns_of(market: &Market, result: &BacktestResult, all: bool) -> Result<ColumnStrategy> {
    let bars = market.bid.len();
    let times = market.bid.time_us.as_slice();
    let mut direction = vec![0_i8; bars];
    let (mut stop, mut target) = (vec![f64::NAN; bars], vec![f64::NAN; bars]);
    let rows = result.core.executors[0].signal_columns();
    for row in 0..rows.len() {
        if !all && rows.outcome[row] != Outcome::Filled {
            continue;
        }
        let bar = times.partition_point(|&time_us| time_us < rows.time_us[row]);
        direction[bar] = rows.direction[row].sign() as i8;
        stop[bar] = rows.stop_loss[row].unwrap_or(f64::NAN);
        target[bar] = rows.take_profit[row].unwrap_or(f64::NAN);
    }
    market_orders(direction, stop, target)
}

/// The same crosses as an expression.
fn expression() -> Result<ExpressionStrategy> {
    let mean = |period: u32| {
        format!(
            r#"{{"node": "indicator", "name": "ema", "settings": {{"period": {period}}}, "line": null,
            "side": "bid", "timeframe": null, "symbol": null}}"#
        )
    };
    let crosses = |node: &str| {
        let (fast, slow) = (mean(10), mean(50));
        format!(r#"{{"node": "{node}", "left": {fast}, "right": {slow}}}"#)
    };
    let away = |value: f64| {
        format!(r#"{{"node": "distance", "of": {{"node": "constant", "value": {value}}}}}"#)
    };
    ExpressionStrategy::new(&format!(
        r#"{{"format": "fillproof.strategy", "version": 1, "long": {}, "short": {}, "entry": null,
        "stop": {}, "target": {}, "type": "market", "timeframe": null, "symbol": null,
        "reason": null}}"#,
        crosses("crosses_above"),
        crosses("crosses_below"),
        away(0.0010),
        away(0.0020),
    ))
}

/// Puts other things into the caches, as a run finds them that is not the repetition of another.
fn cool(other: &[u64]) {
    std::hint::black_box(other.iter().sum::<u64>());
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (bars, rounds, points) = (number(1_000_000)?, number(9)?, number(14)?);
    let (bid, ask) = made_bars(bars, points as u64);
    let market = Market::new("EURUSD", "M1", bid, ask);
    let most = std::env::var("MOST").map_or(Ok(1), |text| text.parse())?;
    let config = workload((most > 0).then_some(most))?;
    let other = vec![1_u64; 6 << 20];
    let account = || Portfolio::new(1_000_000.0);
    let cross = || EmaCross::new("M1", 10, 50, 10.0, 20.0, 0.0001);
    let made = run_backtest(
        &market,
        &mut cross()?,
        config.clone(),
        account()?,
        &Tracer::discard(),
    )?;
    let (filled, all) = (
        columns_of(&market, &made, false)?,
        columns_of(&market, &made, true)?,
    );
    let crosses = cross()?;
    let expression = expression()?;
    let cases: [(&str, Make<'_>); 4] = [
        ("signals that fill", &|| Box::new(filled.clone())),
        ("all crosses", &|| Box::new(all.clone())),
        ("built-in EMA cross", &|| Box::new(crosses.clone())),
        ("expression", &|| Box::new(expression.clone())),
    ];
    let only = std::env::var("CASE").ok();
    for (name, make) in cases {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let plain = run_backtest(
            &market,
            &mut Plain(make()),
            config.clone(),
            account()?,
            &Tracer::discard(),
        )?;
        let (mut lazy, mut dense) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            let mut strategy = make();
            if std::env::var("COLD").is_ok() {
                cool(&other);
            }
            let (took, found) = time_run(&market, &mut strategy, &config, account()?)?;
            lazy.push(took.lazy_ns / bars as f64);
            dense.push(took.dense_ns / bars as f64);
            if round == 0 && found.digest()? != plain.digest()? {
                return Err(format!("{name}: not the plain loop's result").into());
            }
        }
        for times in [&mut lazy, &mut dense] {
            times.sort_by(f64::total_cmp);
        }
        println!(
            "{name:>20}: {:6.2} ns a bar, {:6.2} with the columns; {} signals, {} trades",
            lazy[0],
            dense[0],
            plain.core.executors[0].signal_columns().len(),
            plain.core.portfolio.exits().len(),
        );
    }
    Ok(())
}
