//! Times signal columns over several symbols, with dense equity and without.
//!
//! `cargo run --release -p fillproof-engine --example bench_cross -- [bars] [rounds] [symbols]`
//!
//! Each symbol walks its own way and trades the crosses of two EMAs, one position at a time; `ONE=1`
//! gives all of them the first one's bars, and `HOLES=1` takes one bar in twenty from each. The same bars and signals are run symbol by symbol in the
//! same process, too. A time is told only if the result is the plain loop's.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use fillproof_engine::backtest::BacktestResult;
use fillproof_engine::candles::{CandleColumns, Column};
use fillproof_engine::config::{ExecutionPolicy, FeeModel, Sizing};
use fillproof_engine::core::Core;
use fillproof_engine::cross_symbol_engine::{Checked, CrossSymbolEventEngine, Need, run_native};
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{self, EventEngine};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::indicators::ema::Ema;
use fillproof_engine::keys::{Key, Sides};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::multi_symbol_slice::MultiSymbolSlice;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::signals::OrderType;
use fillproof_engine::slices::{MultiCandleData, SymbolDataSlice};
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
use fillproof_engine::strategies::cross_columns::CrossColumnStrategy;
use fillproof_engine::symbols::SymbolSpec;

use self::shared::made_walk;

mod shared;

/// One symbol of the run.
struct Lane {
    name: Arc<str>,
    /// Its own bars.
    bid: Arc<CandleColumns>,
    ask: Arc<CandleColumns>,
    signals: ColumnStrategy,
    /// The same along the keys, where some are missing.
    along: Option<(Sides, ColumnStrategy)>,
}

/// Signals by bars: direction, stop and target.
type Signals = (Vec<i8>, Vec<f64>, Vec<f64>);

impl Lane {
    fn of(number: usize, walk: usize, bars: usize, has_holes: bool) -> Result<Self> {
        let (bid, ask) = made_walk(42 + walk as u64, bars, 14);
        let name: Arc<str> = format!("EURUSD{number}").into();
        if !has_holes {
            let signals = columns(crosses(&bid, &ask)?)?;
            let (bid, ask) = (Arc::new(bid), Arc::new(ask));
            let along = None;
            return Ok(Self {
                name,
                bid,
                ask,
                signals,
                along,
            });
        }
        let mut state = 7 + number as u64;
        let mut is_there = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99);
            !(state >> 33).is_multiple_of(20)
        };
        // A key that nobody has would be an error.
        let there: Vec<bool> = (0..bars).map(|_| is_there() || number == 0).collect();
        let own = |side: &CandleColumns| {
            let candles = (0..bars)
                .filter(|&bar| there[bar])
                .filter_map(|bar| side.get(bar));
            CandleColumns::from_candles(&candles.collect::<Vec<_>>())
        };
        let along = |side: &CandleColumns| {
            let candles = (0..bars).filter_map(|bar| {
                let mut candle = side.get(bar)?;
                if !there[bar] {
                    let none = f64::NAN;
                    (candle.open, candle.high, candle.low, candle.close) = (none, none, none, none);
                }
                Some(candle)
            });
            Arc::new(CandleColumns::from_candles(&candles.collect::<Vec<_>>()))
        };
        let (own_bid, own_ask) = (own(&bid), own(&ask));
        let mask: Arc<[bool]> = there.clone().into();
        let masks = [Arc::clone(&mask), mask];
        let sides = Sides::new(Arc::clone(&name), along(&bid), along(&ask), masks);
        let signals = crosses(&own_bid, &own_ask)?;
        let mut spread = (vec![0_i8; bars], vec![f64::NAN; bars], vec![f64::NAN; bars]);
        for (row, bar) in (0..bars).filter(|&bar| there[bar]).enumerate() {
            spread.0[bar] = signals.0[row];
            (spread.1[bar], spread.2[bar]) = (signals.1[row], signals.2[row]);
        }
        Ok(Self {
            name,
            bid: Arc::new(own_bid),
            ask: Arc::new(own_ask),
            signals: columns(signals)?,
            along: Some((sides, columns(spread)?)),
        })
    }
}

/// The crosses of two EMAs.
fn crosses(bid: &CandleColumns, ask: &CandleColumns) -> Result<Signals> {
    let (bids, asks) = (bid.close.as_slice(), ask.close.as_slice());
    let bars = bids.len();
    let (mut fast, mut slow) = (Ema::new(10)?, Ema::new(50)?);
    let mut direction = vec![0_i8; bars];
    let (mut stop, mut target) = (vec![f64::NAN; bars], vec![f64::NAN; bars]);
    let mut before = None;
    for bar in 0..bars {
        let now = (fast.update(bids[bar]), slow.update(bids[bar]));
        if let Some((fast, slow)) = before.replace(now) {
            let sign = f64::from(i8::from(fast <= slow && now.0 > now.1))
                - f64::from(i8::from(fast >= slow && now.0 < now.1));
            if sign != 0.0 {
                let entry = if sign > 0.0 { asks[bar] } else { bids[bar] };
                direction[bar] = sign as i8;
                stop[bar] = entry - sign * 0.0010;
                target[bar] = entry + sign * 0.0020;
            }
        }
    }
    Ok((direction, stop, target))
}

fn columns((direction, stop, target): Signals) -> Result<ColumnStrategy> {
    let prices = Prices {
        entry: None,
        stop: Some(Arc::new(stop) as Column<f64>),
        target: Some(Arc::new(target) as Column<f64>),
    };
    ColumnStrategy::new(Arc::new(direction), prices, None, OrderType::Market)
}

fn config(lanes: &[Lane]) -> Result<ExecutorConfig> {
    let specs = lanes
        .iter()
        .map(|lane| SymbolSpec::new(&lane.name, 0.0001, Some(5)));
    Ok(ExecutorConfig {
        symbol_specs: specs.collect::<Result<_>>()?,
        sizing: Some(Sizing::fixed_lots(0.1)?),
        fee_model: FeeModel {
            per_lot: 3.0,
            ..FeeModel::default()
        },
        policy: ExecutionPolicy {
            max_positions_symbol: Some(1),
            ..ExecutionPolicy::canonical()
        },
        ..ExecutorConfig::default()
    })
}

/// Time of the run, key by key or not, and of the run with its columns, in nanoseconds, and the core.
fn across(
    lanes: &[Lane],
    all: &Arc<[bool]>,
    keys: &Arc<[Key]>,
    mut strategy: CrossColumnStrategy,
    is_plain: bool,
) -> Result<(f64, f64, Core)> {
    let mut core = Core::new(Portfolio::new(1e6)?);
    let executor = ExecutionSimulator::new(config(lanes)?, LedgerKind::Native)?;
    let executor = core.add_executor(executor);
    let begin = Instant::now();
    let of = |lane: &Lane| {
        if let Some((sides, _)) = &lane.along {
            return sides.clone();
        }
        let (bid, ask) = (Arc::clone(&lane.bid), Arc::clone(&lane.ask));
        Sides::whole(Arc::clone(&lane.name), bid, ask, all)
    };
    let checked = Checked {
        symbols: lanes.iter().map(of).collect(),
        clock: Arc::new(lanes[0].bid.time_us.as_slice().to_vec()),
        start: 0,
        crossed_bars: 0,
        ordinal: false,
    };
    let mut slice = MultiSymbolSlice::along(&checked.symbols, Arc::clone(keys), "M1");
    // Where each key is told, none is passed.
    let mut engine = CrossSymbolEventEngine::new(checked, executor).with_progress(is_plain);
    let most = usize::MAX;
    while run_native(&mut engine, &mut core, &mut strategy, &mut slice, most)? != Need::Done {}
    let lazy = begin.elapsed().as_nanos() as f64;
    std::hint::black_box(core.portfolio.equity_columns().len());
    Ok((lazy, begin.elapsed().as_nanos() as f64, core))
}

/// The same symbol by symbol, each with an account of its own.
fn one_by_one(lanes: &[Lane]) -> Result<(f64, f64)> {
    let (mut lazy, mut dense) = (0.0, 0.0);
    for lane in lanes {
        let mut core = Core::new(Portfolio::new(1e6)?);
        let executor = ExecutionSimulator::new(config(lanes)?, LedgerKind::Native)?;
        let executor = core.add_executor(executor);
        let mut strategy = lane.signals.clone();
        let begin = Instant::now();
        let start_us = lane.bid.time_us.as_slice().first().copied();
        let mut engine = EventEngine::new(
            Arc::clone(&lane.bid),
            Arc::clone(&lane.ask),
            Arc::clone(&lane.name),
            start_us,
            executor,
            ExecutionPolicy::canonical().on_crossed,
        )?;
        let data = Arc::new(MultiCandleData::of("M1", &lane.bid, &lane.ask));
        let mut slice = SymbolDataSlice::new(data, &lane.name);
        let most = usize::MAX;
        event_engine::run_native(&mut engine, &mut core, &mut strategy, &mut slice, most)?;
        lazy += begin.elapsed().as_nanos() as f64;
        std::hint::black_box(core.portfolio.equity_columns().len());
        dense += begin.elapsed().as_nanos() as f64;
    }
    Ok((lazy, dense))
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (bars, rounds, symbols) = (number(50_000)?, number(5)?, number(20)?);
    let is_set = |name: &str| std::env::var(name).is_ok();
    let (is_one, has_holes) = (is_set("ONE"), is_set("HOLES"));
    let walk = |place: usize| if is_one { 0 } else { place };
    let lanes = (0..symbols).map(|place| Lane::of(place, walk(place), bars, has_holes));
    let lanes: Vec<Lane> = lanes.collect::<Result<_>>()?;
    let all: Arc<[bool]> = vec![true; bars].into();
    let times = lanes[0].bid.time_us.as_slice();
    let keys: Arc<[Key]> = times.iter().map(|&time_us| Key::Time(time_us)).collect();
    let named = lanes.iter().map(|lane| {
        let along = lane.along.as_ref().map(|(_, signals)| signals);
        (
            Arc::clone(&lane.name),
            along.unwrap_or(&lane.signals).clone(),
        )
    });
    let strategy = CrossColumnStrategy::new(named.collect())?;
    let digest = |core: Core| {
        let crossed_bars = 0;
        BacktestResult { core, crossed_bars }.digest()
    };
    let (plain_ns, _, plain) = across(&lanes, &all, &keys, strategy.clone(), true)?;
    let trades = plain.portfolio.exits().len();
    let signals = plain.executors[0].signal_columns().len();
    let plain = digest(plain)?;
    let mut best = [f64::INFINITY; 4];
    for _ in 0..rounds {
        let (lazy, dense, core) = across(&lanes, &all, &keys, strategy.clone(), false)?;
        if digest(core)? != plain {
            return Err("not the plain loop's result".into());
        }
        let (one, one_dense) = one_by_one(&lanes)?;
        for (best, found) in best.iter_mut().zip([lazy, dense, one, one_dense]) {
            *best = best.min(found);
        }
    }
    let all_bars = (bars * symbols) as f64;
    let [lazy, dense, one, one_dense] = best.map(|ns| ns / all_bars);
    println!("{symbols} symbols, {bars} keys, {signals} signals, {trades} trades");
    println!("ns a symbol-bar: {lazy:6.2}, {dense:6.2} with the columns");
    println!("symbol by symbol: {one:5.2}, {one_dense:6.2} with the columns");
    println!("the plain loop: {:7.2}", plain_ns / all_bars);
    Ok(())
}
