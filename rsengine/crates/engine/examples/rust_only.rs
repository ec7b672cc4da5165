//! A whole backtest without Python: a strategy of one's own over candles from a file.
//!
//! `cargo run --release -p fillproof-engine --example rust_only -- golden/bars/eurusd-h1-2017-ask.csv`
//!
//! The file holds one side, with a line for its names: timestamp, open, high, low, close. The other
//! side lies 0.8 pip beside it.

use std::error::Error;
use std::fs;

use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::config::{FeeModel, Sizing};
use fillproof_engine::errors::Result as EngineResult;
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::signals::{Direction, TradeSignal};
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::symbols::SymbolSpec;
use fillproof_engine::trace::Tracer;

const SPREAD: f64 = 0.00008;

/// Buys after three falling hours in a row, sells after three rising ones.
#[derive(Debug, Default)]
struct Reversal {
    run: i32,
}

impl Strategy for Reversal {
    fn evaluate(
        &mut self,
        _index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> EngineResult<()> {
        let (Some(bid), Some(ask)) = (slice.bid(), slice.ask()) else {
            return Ok(());
        };
        let up = bid.close > bid.open;
        self.run = match (up, self.run) {
            (true, run) if run > 0 => run + 1,
            (true, _) => 1,
            (false, run) if run < 0 => run - 1,
            (false, _) => -1,
        };
        if self.run.abs() != 3 {
            return Ok(());
        }
        let (direction, close) = if up {
            (Direction::Short, bid.close)
        } else {
            (Direction::Long, ask.close)
        };
        let stop = Some(close - direction.sign() * 0.0020);
        let target = Some(close + direction.sign() * 0.0030);
        let symbol = slice.symbol();
        signals.push(TradeSignal::market(
            direction,
            stop,
            target,
            symbol,
            bid.time_us,
        ));
        Ok(())
    }
}

/// Runs the strategy over the ask side of a file.
fn backtest(text: &str) -> Result<BacktestResult, Box<dyn Error>> {
    let asks = text
        .lines()
        .skip(1)
        .map(candle)
        .collect::<Result<Vec<_>, _>>()?;
    let bids: Vec<Candle> = asks.iter().map(|ask| lower(ask, SPREAD)).collect();
    let side = |candles: &[Candle]| CandleColumns::from_candles(candles);
    let market = Market::new("EURUSD", "H1", side(&bids), side(&asks));
    let config = ExecutorConfig {
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5))?],
        sizing: Some(Sizing::fixed_lots(0.1)?),
        fee_model: FeeModel::new(3.5, 0.0, 0.0, 0.0)?,
        ..ExecutorConfig::default()
    };
    let portfolio = Portfolio::new(10_000.0)?;
    let tracer = Tracer::discard();
    let mut strategy = Reversal::default();
    Ok(run_backtest(
        &market,
        &mut strategy,
        config,
        portfolio,
        &tracer,
    )?)
}

/// A candle a spread below another, on the grid of the fifth digit.
fn lower(ask: &Candle, spread: f64) -> Candle {
    let price = |price: f64| ((price - spread) * 1e5).round() / 1e5;
    Candle {
        open: price(ask.open),
        high: price(ask.high),
        low: price(ask.low),
        close: price(ask.close),
        ..*ask
    }
}

/// Reads a line such as `2017-01-01 22:00:00+00:00,1.05236,1.05253,1.05221,1.05227,143`.
fn candle(line: &str) -> Result<Candle, Box<dyn Error>> {
    let mut fields = line.split(',');
    let mut next = || fields.next().ok_or_else(|| format!("{line}: too short"));
    let time_us = time_us(next()?)?;
    let mut price = || -> Result<f64, Box<dyn Error>> { Ok(next()?.parse()?) };
    Ok(Candle {
        time_us,
        open: price()?,
        high: price()?,
        low: price()?,
        close: price()?,
        volume: 0.0,
    })
}

/// Microseconds since 1970 of a time in UTC.
fn time_us(text: &str) -> Result<i64, Box<dyn Error>> {
    let part = |from: usize, to: usize| -> Result<i64, Box<dyn Error>> {
        Ok(text.get(from..to).ok_or("no time")?.parse()?)
    };
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // Days since 1970 with years that begin in March, so that a leap day is the last one.
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leaps = shifted / 4 - shifted / 100 + shifted / 400;
    let days = 365 * shifted + leaps + of_year - 719_468;
    let seconds = part(11, 13)? * 3_600 + part(14, 16)? * 60 + part(17, 19)?;
    Ok((days * 86_400 + seconds) * 1_000_000)
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1);
    let file = file.ok_or("which file? such as golden/bars/eurusd-h1-2017-ask.csv")?;
    let result = backtest(&fs::read_to_string(file)?)?;
    let (trades, portfolio) = (result.trades(), &result.core.portfolio);
    let won = trades.iter().filter(|trade| trade.net_result() > Some(0.0));
    println!("{} trades, {} of them won", trades.len(), won.count());
    println!("equity {:.2}", portfolio.equity());
    println!("digest {}", result.digest()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{backtest, time_us};

    #[test]
    fn the_embedded_year_is_traded() {
        let text = include_str!("../../../../golden/bars/eurusd-h1-2017-ask.csv");
        let result = backtest(text).expect("the candles are valid");
        assert!(result.trades().len() > 500);
        let rows = result.core.portfolio.equity_columns().len();
        assert_eq!(rows, text.lines().count() - 1);
        let again = backtest(text).expect("the candles are valid");
        assert_eq!(result.digest().ok(), again.digest().ok());
    }

    #[test]
    fn times_are_read() {
        let known = time_us("2017-01-01 22:00:00+00:00").ok();
        assert_eq!(known, Some(1_483_308_000_000_000));
        let leap = time_us("2024-02-29 00:00:01+00:00").ok();
        assert_eq!(leap, Some(1_709_164_801_000_000));
    }
}
