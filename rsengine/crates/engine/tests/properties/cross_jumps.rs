//! Native runs over several symbols look only at those that have something to do; each run is held to
//! the plain loop, which looks at every symbol at every key.

use std::collections::BTreeSet;
use std::sync::Arc;

use fillproof_engine::backtest::BacktestResult;
use fillproof_engine::candles::{CandleColumns, Column};
use fillproof_engine::config::OnCrossed;
use fillproof_engine::core::Core;
use fillproof_engine::cross_symbol_engine::{
    CrossSymbolEventEngine, MultiStrategy, Need, check, run_native,
};
use fillproof_engine::errors::Result;
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::keys::{CandleLookup, Key, lay_out};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::multi_symbol_slice::MultiSymbolSlice;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::quotes::Quote;
use fillproof_engine::signals::{Direction, OrderType, TradeSignal};
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
use fillproof_engine::strategies::cross_columns::CrossColumnStrategy;
use fillproof_engine::strategies::pair_spread::PairSpread;

use crate::jumps::assert_same_by_threads;
use crate::made::{Numbers, market_and_account, market_and_config, market_of};
use crate::{account, script};

const SEEDS: std::ops::Range<u64> = 0..600;
const NAMES: [&str; 5] = ["EURUSD", "GBPUSD", "AUDUSD", "NZDUSD", "XAUUSD"];

/// Orders of all kinds for several symbols, the same whenever they are asked for.
#[derive(Clone, Copy)]
struct Scripted {
    seed: u64,
    /// One key in so many has signals of a symbol.
    rarely: u64,
    /// Whether orders may have groups.
    groups: bool,
    /// Whether keys without a signal may be passed.
    skips: bool,
}

impl Scripted {
    fn of(seed: u64) -> Self {
        Self {
            seed,
            rarely: [2, 8, 30, 90][seed as usize % 4],
            groups: seed.is_multiple_of(5),
            skips: !seed.is_multiple_of(7),
        }
    }

    fn has_signals(self, key: usize, place: usize) -> bool {
        let mut numbers = Numbers::of(self.seed ^ 0xA5, (key * NAMES.len() + place) as u64);
        numbers.below(self.rarely) == 0
    }
}

impl MultiStrategy for Scripted {
    fn evaluate(
        &mut self,
        index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        for (place, view) in multi_slice.values().iter().enumerate() {
            if !self.has_signals(index, place) {
                continue;
            }
            let Some((bid, ask)) = view.quote() else {
                // A symbol without a bar takes none.
                let stop = Some(1.0);
                let time_us = multi_slice.time_us();
                let symbol = view.symbol();
                signals.push(TradeSignal::market(
                    Direction::Long,
                    stop,
                    None,
                    symbol,
                    time_us,
                ));
                continue;
            };
            let quote = Quote::new(&bid, &ask);
            let seed = self.seed ^ (place as u64) << 32;
            let mut made = script::signals(seed, index, &quote, view.symbol(), 1);
            for signal in &mut made {
                if !self.groups {
                    signal.oco = None;
                }
                // A name of its own has to be read.
                if signal.direction.is_long() {
                    signal.symbol = (&*signal.symbol).into();
                }
            }
            signals.extend(made);
        }
        Ok(())
    }

    fn skip(&mut self, _slice: &MultiSymbolSlice, from: usize, to: usize) -> Result<usize> {
        if !self.skips {
            return Ok(from);
        }
        let has_any = |key: usize| (0..NAMES.len()).any(|place| self.has_signals(key, place));
        Ok((from..to).find(|&key| has_any(key)).unwrap_or(to))
    }
}

/// Symbols, the keys of a run over them, and its settings.
pub type Over = (Vec<CandleLookup>, Vec<Key>, ExecutorConfig);

/// Several symbols of a seed: some with every bar, some with holes, some that begin late or end early.
fn made(seed: u64) -> Over {
    let (market, mut config) = match seed % 6 {
        0 => market_and_account(seed),
        _ => market_and_config(seed),
    };
    let mut numbers = Numbers::of(seed, 11);
    let symbols = 1 + numbers.below(NAMES.len() as u64) as usize;
    let bars = market.bid.len();
    let times = spaced(market.bid.time_us.as_slice(), &mut numbers);
    let spec = config.symbol_specs[0].clone();
    config.symbol_specs.clear();
    config.strict = numbers.below(12) == 0;
    if numbers.below(3) == 0 && !config.policy.is_parity() {
        config.policy.max_positions_symbol = Some(1 + numbers.below(2));
    }
    let mut lookups = Vec::new();
    for name in &NAMES[..symbols] {
        let other = market_of(
            &mut Numbers::of(seed, 100 + lookups.len() as u64),
            0,
            bars as u64,
        );
        let mut spec = spec.clone();
        spec.symbol = (*name).into();
        config.symbol_specs.push(spec);
        let missing = [0, 0, 40, 12, 2][numbers.below(5) as usize];
        let late = numbers.below(2) as usize * numbers.below(60) as usize;
        let early = bars - numbers.below(2) as usize * numbers.below(60) as usize;
        let mut side = |side: &CandleColumns| {
            let there = (late..early).filter(|_| missing == 0 || numbers.below(missing) > 0);
            let candle = |bar: usize| {
                let mut candle = side.get(bar).expect("a bar");
                candle.time_us = times[bar];
                (Key::Time(times[bar]), candle)
            };
            there.map(candle).collect::<Vec<_>>()
        };
        lookups.push(CandleLookup {
            symbol: (*name).into(),
            bid: side(&other.bid),
            ask: side(&other.ask),
        });
    }
    let mut both = BTreeSet::new();
    for lookup in &lookups {
        let time = |(_, candle): &(Key, fillproof_engine::candles::Candle)| candle.time_us;
        let asks: BTreeSet<i64> = lookup.ask.iter().map(time).collect();
        both.extend(
            lookup
                .bid
                .iter()
                .map(time)
                .filter(|time| asks.contains(time)),
        );
    }
    let keys = both.into_iter().map(Key::Time).collect();
    (lookups, keys, config)
}

/// Times that follow each other evenly, or not.
fn spaced(times: &[i64], numbers: &mut Numbers) -> Vec<i64> {
    if numbers.below(2) == 0 {
        return times.to_vec();
    }
    let mut at = times[0];
    let mut step = || {
        at += [20, 40, 60, 60, 60, 300][numbers.below(6) as usize] * 1_000_000;
        at
    };
    times.iter().map(|_| step()).collect()
}

fn play<S: MultiStrategy>(
    seed: u64,
    strategy: &mut S,
    is_plain: bool,
) -> (Result<Need>, BacktestResult) {
    play_over(seed, &made(seed), account(), strategy, is_plain)
}

/// How a run ended, and what it left.
pub fn play_over<S: MultiStrategy>(
    seed: u64,
    over: &Over,
    portfolio: Portfolio,
    strategy: &mut S,
    is_plain: bool,
) -> (Result<Need>, BacktestResult) {
    let mut core = Core::new(portfolio);
    let (ended, crossed_bars) = play_in(&mut core, seed, over, strategy, is_plain);
    (ended, BacktestResult { core, crossed_bars })
}

/// How a run of an executor of its own ended, and how many bars were crossed.
pub fn play_in<S: MultiStrategy>(
    core: &mut Core,
    seed: u64,
    (lookups, keys, config): &Over,
    strategy: &mut S,
    is_plain: bool,
) -> (Result<Need>, usize) {
    let mut numbers = Numbers::of(seed, 12);
    let start = &keys[numbers.below(1 + keys.len() as u64 / 4) as usize];
    let checked = check(lookups, keys, Some(start), false, OnCrossed::Warn).expect("sound");
    let crossed_bars = checked.crossed_bars;
    let executor = ExecutionSimulator::new(config.clone(), LedgerKind::Native).expect("valid");
    let executor = core.add_executor(executor);
    let mut slice = MultiSymbolSlice::new(&checked.symbols, keys, "M1");
    // Where each key is told, none is passed.
    let mut engine = CrossSymbolEventEngine::new(checked, executor).with_progress(is_plain);
    let budget = [usize::MAX, 50, 7][seed as usize % 3];
    loop {
        match run_native(&mut engine, core, strategy, &mut slice, budget) {
            Ok(Need::Budget(_) | Need::Progress(_)) if !is_plain && seed.is_multiple_of(5) => {
                look(core);
            }
            Ok(Need::Budget(_) | Need::Progress(_)) => {}
            ended => return (ended, crossed_bars),
        }
    }
}

/// Asks for all that is made when somebody looks.
fn look(core: &Core) {
    let portfolio = &core.portfolio;
    let records = core.positions.iter().count() + portfolio.exits().len();
    let rows = portfolio.fees_log().len() + portfolio.equity_columns().len();
    let executors = core.executors.iter();
    let rejected = executors.map(|executor| executor.rejected_signals().len());
    std::hint::black_box(records + rows + rejected.sum::<usize>());
}

pub fn assert_same(seed: u64, jumping: &BacktestResult, plain: &BacktestResult) {
    // First of all, while no columns were made yet.
    assert_same_by_threads(seed, &jumping.core, &plain.core);
    for (ours, theirs) in jumping.tables().iter().zip(&plain.tables()) {
        for (ours, theirs) in ours.columns.iter().zip(&theirs.columns) {
            assert_eq!(ours, theirs, "seed {seed}");
        }
    }
    assert_eq!(jumping.core.state(0), plain.core.state(0), "seed {seed}");
    let both = jumping.core.positions.iter().zip(&plain.core.positions);
    for (ours, theirs) in both {
        assert_eq!(ours, theirs, "seed {seed}");
    }
    let numbers = |portfolio: &Portfolio| {
        [
            portfolio.equity(),
            portfolio.max_equity(),
            portfolio.max_drawdown(),
            portfolio.max_drawdown_worst(),
            portfolio.initial_max_drawdown(),
            portfolio.stale_rows() as f64,
        ]
        .map(f64::to_bits)
    };
    let (ours, theirs) = (&jumping.core.portfolio, &plain.core.portfolio);
    assert_eq!(numbers(ours), numbers(theirs), "seed {seed}");
    assert_eq!(ours.get_summary(), theirs.get_summary(), "seed {seed}");
    let (ours, theirs) = (&jumping.core.executors[0], &plain.core.executors[0]);
    assert_eq!(
        ours.rejected_signals(),
        theirs.rejected_signals(),
        "seed {seed}"
    );
    let slots = |executor: &ExecutionSimulator| {
        let ids = 0..2 + executor.signal_columns().len() as u64;
        ids.map(|id| executor.order_slot(id)).collect::<Vec<_>>()
    };
    assert_eq!(slots(ours), slots(theirs), "seed {seed}");
    let in_use = |executor: &ExecutionSimulator| executor.symbol_in_use().cloned();
    assert_eq!(in_use(ours), in_use(theirs), "seed {seed}");
}

#[test]
fn prop_looking_at_few_symbols_changes_nothing_whatever_is_ordered() {
    let (mut trades, mut stale, mut ended) = (0, 0, 0);
    for seed in SEEDS {
        let jumping = play(seed, &mut Scripted::of(seed), false);
        let plain = play(seed, &mut Scripted::of(seed), true);
        assert_eq!(jumping.0, plain.0, "seed {seed}");
        assert_same(seed, &jumping.1, &plain.1);
        trades += jumping.1.trades().len();
        stale += jumping.1.core.portfolio.stale_rows();
        ended += usize::from(plain.0.is_ok());
    }
    assert!(ended > 420 && ended < 580, "{ended} runs went to their end");
    assert!(trades > 6_000, "only {trades} trades were tried");
    assert!(stale > 1_000, "only {stale} rows were stale");
}

/// The first signal that a script gives of each symbol at each key, as columns.
fn columns_of(seed: u64) -> CrossColumnStrategy {
    let (lookups, keys, _) = made(seed);
    let script = Scripted {
        rarely: [2, 5, 12][seed as usize % 3],
        ..Scripted::of(seed)
    };
    let mut columns = Vec::new();
    for (place, sides) in lay_out(&lookups, &keys).iter().enumerate() {
        let mut direction = vec![0_i8; keys.len()];
        let mut kinds = vec![0_i8; keys.len()];
        let mut prices = [(); 3].map(|()| vec![f64::NAN; keys.len()]);
        for key in (0..keys.len()).filter(|&key| script.has_signals(key, place)) {
            // Some ask for a symbol that is in a hole.
            direction[key] = 1;
            let Some((bid, ask)) = sides.get(key) else {
                continue;
            };
            let quote = Quote::new(&bid, &ask);
            let seed = seed ^ (place as u64) << 32;
            let made = script::signals(seed, key, &quote, &sides.symbol, 1);
            let Some(signal) = made.into_iter().next() else {
                direction[key] = 0;
                continue;
            };
            direction[key] = signal.direction.sign() as i8;
            let mut types = OrderType::ALL.iter();
            let kind = types.position(|&kind| kind == signal.order_type);
            kinds[key] = kind.expect("a known type") as i8;
            let levels = [signal.entry_price, signal.stop_loss, signal.take_profit];
            for (column, level) in prices.iter_mut().zip(levels) {
                column[key] = level.unwrap_or(f64::NAN);
            }
        }
        let [entry, stop, target] = prices.map(|column| Some(Arc::new(column) as Column<f64>));
        let prices = Prices {
            entry,
            stop,
            target,
        };
        let kinds = Some(Arc::new(kinds) as Column<i8>);
        let made = ColumnStrategy::new(Arc::new(direction), prices, kinds, OrderType::Market);
        columns.push((
            (&*sides.symbol).into(),
            made.expect("the columns are sound"),
        ));
    }
    CrossColumnStrategy::new(columns).expect("all are equally long")
}

#[test]
fn prop_signals_of_columns_that_find_no_room_are_the_same_unseen() {
    let (mut trades, mut full) = (0, 0);
    // In the last one a signal comes where its symbol has one side only.
    for seed in SEEDS.chain([1_475]) {
        let jumping = play(seed, &mut columns_of(seed), false);
        let plain = play(seed, &mut columns_of(seed), true);
        assert_eq!(jumping.0, plain.0, "seed {seed}");
        assert_same(seed, &jumping.1, &plain.1);
        trades += jumping.1.trades().len();
        let rejected = jumping.1.core.executors[0].rejected_signals();
        let rules = rejected.iter().map(|rejection| rejection.rule);
        full += rules
            .filter(|rule| rule.starts_with("S3.max_positions"))
            .count();
    }
    assert!(trades > 6_000, "only {trades} trades were tried");
    assert!(full > 3_000, "only {full} signals found no room");
}

/// A pair that often leaves its band; some keys lack a candle.
fn pair_of(seed: u64) -> PairSpread {
    let window = 3 + (seed % 9) as i64;
    let rest = [1, 4, 20][seed as usize % 3];
    let pair = PairSpread::new(NAMES[0], NAMES[1], 0.9, window, 1.0, 3, 2.0, 3.0, rest);
    pair.expect("the settings are valid")
}

#[test]
fn prop_a_pair_is_the_same_looked_at_ahead() {
    let (mut trades, mut played) = (0, 0);
    for seed in SEEDS {
        let over = made(seed);
        if over.0.len() < 2 {
            continue;
        }
        let run = |is_plain: bool| {
            // What an earlier run left does not count.
            let mut pair = pair_of(seed);
            let _ = play_over(seed / 2, &over, account(), &mut pair, false);
            play_over(seed, &over, account(), &mut pair, is_plain)
        };
        let (jumping, plain) = (run(false), run(true));
        assert_eq!(jumping.0, plain.0, "seed {seed}");
        assert_same(seed, &jumping.1, &plain.1);
        trades += jumping.1.trades().len();
        played += 1;
    }
    assert!(played > 400, "only {played} runs had a pair");
    assert!(trades > 6_000, "only {trades} trades were tried");
}
