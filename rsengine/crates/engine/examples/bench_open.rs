//! Times runs by how many positions are open: held to the end, and coming and going.
//!
//! `cargo run --release -p fillproof-engine --example bench_open -- [bars] [rounds]`
//!
//! *Held*: so many positions open bar by bar, and nothing reaches their levels. *Coming and going*: a
//! signal every fourth bar, with levels so far away that about so many are open. The exit check is that
//! of the bar-by-bar loop, over the bars again. A time is told only if the result is the plain loop's. `OPEN=1000` runs one number alone, `KIND=held` one kind,
//! `LAZY=1` leaves the columns out.

use std::error::Error;
use std::time::Instant;

use fillproof_engine::backtest::Market;
use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::portfolio::Portfolio;

use self::shared::{bracketed, made_bars, plain_digest, time_run, workload};

mod shared;

const NUMBERS: [usize; 5] = [1, 10, 100, 1_000, 10_000];
const POINTS: u64 = 14;

/// What direction a bar has, and how far away its levels are, in points.
type Opens = fn(bar: usize, open: usize) -> Option<(i8, f64)>;

fn held(bar: usize, open: usize) -> Option<(i8, f64)> {
    let direction = if bar.is_multiple_of(2) { 1 } else { -1 };
    (bar < open).then_some((direction, 50_000.0))
}

/// A walk of this width leaves both levels after so many bars, about.
fn coming_and_going(bar: usize, open: usize) -> Option<(i8, f64)> {
    let mixed = (bar as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let direction = if mixed >> 63 == 0 { 1 } else { -1 };
    let variance = (POINTS * POINTS) as f64 / 3.0;
    let far = (variance * 4.0 * open as f64).sqrt();
    // Between a half and one and a half of that.
    let share = 0.5 + ((mixed >> 20) & 0xFFFF) as f64 / 65_536.0;
    let levels = (far * share).max(12.0).round();
    bar.is_multiple_of(4).then_some((direction, levels))
}

/// Nanoseconds of the exit check of a bar while all positions stay.
fn exit_check(core: &mut Core, market: &Market) -> Result<f64> {
    let bars = market.bid.len();
    let begin = Instant::now();
    for bar in 0..bars {
        if let (Some(bid), Some(ask)) = (market.bid.get(bar), market.ask.get(bar)) {
            core.evaluate_exits(0, &bid, &ask, Some(&market.symbol))?;
        }
    }
    Ok(begin.elapsed().as_nanos() as f64 / bars as f64)
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (bars, rounds) = (number(100_000)?, number(5)?);
    let (wanted, lazy_only) = (std::env::var("KIND").ok(), std::env::var("LAZY").is_ok());
    let only: Option<usize> = std::env::var("OPEN").ok().map(|x| x.parse()).transpose()?;
    let config = workload(None)?;
    let account = || Portfolio::new(100_000_000.0);
    let kinds: [(&str, Opens); 2] = [("held", held), ("coming and going", coming_and_going)];
    for (kind, opens) in kinds {
        if wanted.as_ref().is_some_and(|wanted| wanted != kind) {
            continue;
        }
        for open in NUMBERS {
            if only.is_some_and(|only| only != open) {
                continue;
            }
            let (bid, ask) = made_bars(bars + open, POINTS);
            let market = Market::new("EURUSD", "M1", bid, ask);
            let bars = bars + open;
            let mut strategy = bracketed(&market, |bar| opens(bar, open))?;
            let plain = if lazy_only {
                None
            } else {
                Some(plain_digest(&market, &mut strategy, &config, account()?)?)
            };
            let (mut lazy, mut dense) = (f64::INFINITY, f64::INFINITY);
            let mut exits = f64::INFINITY;
            let mut told = String::new();
            for _ in 0..rounds {
                let (took, found) = time_run(&market, &mut strategy, &config, account()?)?;
                lazy = lazy.min(took.lazy_ns / bars as f64);
                let Some(plain) = &plain else {
                    continue;
                };
                dense = dense.min(took.dense_ns / bars as f64);
                let book = &found.core.portfolio;
                told = format!(
                    "{} trades, {} open at the end",
                    book.exits().len(),
                    book.get_open_positions(None).count(),
                );
                if found.digest()? != *plain {
                    return Err(format!("{kind}, {open}: not the plain loop's result").into());
                }
                if kind == "held" {
                    let mut core = found.core;
                    exits = exits.min(exit_check(&mut core, &market)?);
                }
            }
            if exits.is_finite() {
                told = format!("{exits:.1} ns an exit check; {told}");
            }
            println!("{kind:>16} {open:>6}: {lazy:9.2} ns a bar, {dense:9.2} dense; {told}");
        }
    }
    Ok(())
}
