//! Times runs by how many signals there are, with a limit of positions and without one.
//!
//! `cargo run --release -p fillproof-engine --example bench_signals -- [bars] [rounds]`
//!
//! *One*: one position at a time, and each signal finds nothing open. *No limit*: signals in a row, with levels so
//! far away that about `OPEN` positions (3) are open. A time is told only if the result is the plain
//! loop's. `KIND=one` runs one kind, `EVERY=100` one distance of signals, `LAZY=1` leaves out the columns
//! and the check.

use std::error::Error;

use fillproof_engine::backtest::Market;
use fillproof_engine::portfolio::Portfolio;

use self::shared::{bracketed, made_bars, plain_digest, time_run, workload};

mod shared;

const POINTS: u64 = 14;
/// A signal every so many bars.
const EVERY: [usize; 6] = [10_000, 1_000, 100, 30, 10, 2];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (bars, rounds) = (number(300_000)?, number(5)?);
    let asked = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|x| x.parse::<usize>())
            .transpose()
    };
    let (only, open) = (asked("EVERY")?, asked("OPEN")?.unwrap_or(3));
    let (wanted, lazy_only) = (std::env::var("KIND").ok(), std::env::var("LAZY").is_ok());
    let (bid, ask) = made_bars(bars, POINTS);
    let market = Market::new("EURUSD", "M1", bid, ask);
    for (kind, most) in [("one", Some(1)), ("no limit", None)] {
        if wanted.as_ref().is_some_and(|wanted| wanted != kind) {
            continue;
        }
        let config = workload(most)?;
        let account = || Portfolio::new(100_000_000.0);
        for every in EVERY {
            if only.is_some_and(|only| only != every) {
                continue;
            }
            let variance = (POINTS * POINTS) as f64 / 3.0;
            let far = match most {
                Some(_) => 20.0,
                None => (variance * (open * every) as f64).sqrt().max(20.0).round(),
            };
            // In turn short and long.
            let sign = |bar: usize| {
                if (bar / every).is_multiple_of(2) {
                    -1
                } else {
                    1
                }
            };
            let opens = |bar: usize| bar.is_multiple_of(every).then(|| (sign(bar), far));
            let mut strategy = bracketed(&market, opens)?;
            let mut plain = None;
            if !lazy_only {
                plain = Some(plain_digest(&market, &mut strategy, &config, account()?)?);
            }
            let (mut lazy, mut dense) = (f64::INFINITY, f64::INFINITY);
            let mut trades = 0;
            for _ in 0..rounds {
                let (took, result) = time_run(&market, &mut strategy, &config, account()?)?;
                lazy = lazy.min(took.lazy_ns);
                trades = result.core.portfolio.exits().len();
                if let Some(plain) = &plain {
                    dense = dense.min(took.dense_ns);
                    if result.digest()? != *plain {
                        return Err(format!("{kind}, {every}: not the plain loop's result").into());
                    }
                }
            }
            let (each, signals) = (1.0 / bars as f64, strategy.rows().len() as f64);
            println!(
                "{kind:>9}, every {every:>6}: {:7.2} ns a bar, {:7.2} dense; {:7.0} and {:7.0} a signal; {trades} trades",
                lazy * each,
                dense * each,
                lazy / signals,
                dense / signals,
            );
        }
    }
    Ok(())
}
