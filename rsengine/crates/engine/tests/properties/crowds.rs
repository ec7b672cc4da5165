//! Many open positions: native runs note rows and keep levels in order, and the plain loop does not.

use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::config::Sizing;
use fillproof_engine::core::Core;
use fillproof_engine::errors::{EngineError, ErrorCode, Result};
use fillproof_engine::event_engine::{EventEngine, Need, run_native};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::holdings::{EntryNumbers, Holding};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::positions::Position;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::trace::Tracer;

use crate::Plain;
use crate::jumps::{Scripted, assert_same, market_of};

const SEEDS: std::ops::Range<u64> = 3000..3090;

/// A market, and settings under which many positions may be open.
fn crowded(seed: u64) -> (Market, ExecutorConfig) {
    let (market, mut config) = market_of(seed);
    config.policy.max_positions = None;
    // Every fifth run reads its equity at each order.
    config.sizing = Some(if seed.is_multiple_of(5) {
        Sizing::RiskFraction { fraction: 0.000_1 }
    } else {
        Sizing::FixedLots { lots: 0.01 }
    });
    (market, config)
}

fn crowd(seed: u64) -> Scripted {
    Scripted {
        seed,
        rarely: [1, 3, 9][seed as usize % 3],
        crowd: [6, 12, 24][seed as usize % 3],
    }
}

/// Fails at a bar.
#[derive(Clone)]
struct Failing<S>(S, usize);

impl<S: Strategy> Strategy for Failing<S> {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        if index == self.1 {
            return Err(EngineError::new(ErrorCode::MetaInvalid));
        }
        self.0.evaluate(index, slice, signals)
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        let next = self.0.skip(slice, from, to)?;
        Ok(if (from..next).contains(&self.1) {
            self.1
        } else {
            next
        })
    }
}

fn play(seed: u64, strategy: &mut dyn Strategy) -> Result<BacktestResult> {
    let (market, config) = crowded(seed);
    let portfolio = Portfolio::new(10_000.0)?;
    run_backtest(&market, strategy, config, portfolio, &Tracer::discard())
}

/// Runs so many bars at a time, up to the end or to an error; one at a time is the plain loop.
pub fn play_in_parts(
    (market, config): (Market, ExecutorConfig),
    balance: f64,
    strategy: &mut dyn Strategy,
    bars: usize,
) -> (BacktestResult, Option<ErrorCode>) {
    let on_crossed = config.policy.on_crossed;
    let mut core = Core::new(Portfolio::new(balance).expect("valid"));
    let executor = ExecutionSimulator::new(config, LedgerKind::Native).expect("valid");
    let executor = core.add_executor(executor);
    let (bid, ask) = (market.bid.clone(), market.ask.clone());
    let symbol = market.symbol.clone();
    let engine = EventEngine::new(bid, ask, symbol, market.start_us, executor, on_crossed);
    let mut engine = engine.expect("the market is sound");
    let mut slice = SymbolDataSlice::new(market.data.clone(), &market.symbol);
    let code = loop {
        match run_native(&mut engine, &mut core, strategy, &mut slice, bars) {
            Ok(Need::Done) => break None,
            Ok(_) => {}
            Err(error) => break Some(error.code),
        }
    };
    let (crossed_bars, _) = engine.crossed_bars();
    (BacktestResult { core, crossed_bars }, code)
}

/// The same bar by bar, and without leave to pass one.
fn play_plainly(seed: u64, strategy: impl Strategy) -> (BacktestResult, Option<ErrorCode>) {
    play_in_parts(crowded(seed), 10_000.0, &mut Plain(strategy), 1)
}

#[test]
fn prop_many_open_positions_are_those_of_the_plain_loop() {
    let (mut trades, mut crowds) = (0, 0);
    for seed in SEEDS {
        let jumping = play(seed, &mut crowd(seed));
        let (plain, code) = play_plainly(seed, crowd(seed));
        match jumping {
            Ok(jumping) => {
                assert_same(seed, &jumping, &plain);
                trades += jumping.trades().len();
                crowds += u32::from(most_open(&jumping) >= 50);
            }
            Err(error) => assert_eq!(Some(error.code), code, "seed {seed}"),
        }
    }
    assert!(trades > 10_000, "only {trades} trades were tried");
    assert!(crowds > 30, "only {crowds} runs had many open positions");
}

/// How many positions were open at most.
pub fn most_open(result: &BacktestResult) -> usize {
    let mut changes = Vec::new();
    for position in result.core.positions.iter().filter(|held| held.part == 0) {
        if let Some(fill) = position.fill() {
            changes.push((fill.time_us, 1_i64));
            let left = position.exit().map_or(i64::MAX, |exit| exit.time_us);
            changes.push((left, -1));
        }
    }
    changes.sort_unstable();
    let mut open = 0;
    let counts = changes.iter().map(|(_, change)| {
        open += change;
        open
    });
    usize::try_from(counts.max().unwrap_or(0)).unwrap_or(0)
}

#[test]
fn prop_a_crowd_in_parts_is_the_same_crowd() {
    for seed in SEEDS.step_by(4) {
        let whole = play_plainly(seed, crowd(seed));
        for bars in [1, 7, 100] {
            let made = crowded(seed);
            let parts = play_in_parts(made, 10_000.0, &mut crowd(seed), bars);
            assert_eq!(parts.1, whole.1, "seed {seed}");
            assert_same(seed, &parts.0, &whole.0);
        }
    }
}

/// Orders before a bar only.
struct Early<S>(S, usize);

impl<S: Strategy> Strategy for Early<S> {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        if index < self.1 {
            self.0.evaluate(index, slice, signals)?;
        }
        Ok(())
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        let next = self.0.skip(slice, from, to)?;
        Ok(if next < self.1 { next } else { to })
    }
}

#[test]
fn prop_positions_that_stay_are_worth_the_same_at_each_bar() {
    let mut stayed = 0;
    for seed in SEEDS {
        let made = || {
            let many = Scripted {
                crowd: 40,
                rarely: 1,
                ..crowd(seed)
            };
            Early(many, 10 + seed as usize % 30)
        };
        let Ok(jumping) = play(seed, &mut made()) else {
            continue;
        };
        let (plain, _) = play_plainly(seed, made());
        assert_same(seed, &jumping, &plain);
        let open = jumping.core.positions.iter();
        stayed += u32::from(open.filter(|held| held.is_open()).count() >= 50);
    }
    assert!(stayed > 10, "only {stayed} runs kept many open");
}

#[test]
fn prop_an_error_leaves_what_was_up_to_it() {
    let mut failed = 0;
    for seed in SEEDS.step_by(2) {
        let bar = 20 + seed as usize % 120;
        let made = Failing(crowd(seed), bar);
        let jumping = play_in_parts(crowded(seed), 10_000.0, &mut made.clone(), usize::MAX);
        let plain = play_plainly(seed, made);
        assert_eq!(jumping.1, plain.1, "seed {seed}");
        assert_same(seed, &jumping.0, &plain.0);
        failed += u32::from(jumping.1.is_some());
    }
    assert!(failed > 30, "only {failed} runs failed");
}

#[test]
fn prop_equity_is_the_sum_of_what_is_open() {
    for seed in SEEDS {
        let (market, config) = crowded(seed);
        if config.policy.is_parity() {
            continue;
        }
        let Ok(result) = play(seed, &mut crowd(seed)) else {
            continue;
        };
        let portfolio = &result.core.portfolio;
        let last = market.bid.len() - 1;
        let (bid, ask) = (market.bid.get(last), market.ask.get(last));
        let (bid, ask) = (bid.expect("a bar").close, ask.expect("a bar").close);
        let open: Vec<_> = portfolio
            .get_open_positions(None)
            .map(|holding| match holding {
                Holding::Own(slot) => &result.core.positions[slot as usize],
                Holding::Foreign(_) => unreachable!("all are of one core"),
            })
            .collect();
        let all_open = result.core.positions.iter().filter(|held| held.is_open());
        assert_eq!(open.len(), all_open.count(), "seed {seed}");
        let filled = |held: &&Position| held.fill().map(|fill| fill.time_us);
        assert!(open.is_sorted_by_key(filled), "seed {seed}");
        let total = open.iter().fold(0.0, |total, position| {
            let numbers = EntryNumbers::of(position).expect("it is open");
            total
                + numbers.gain(if numbers.direction.is_long() {
                    bid
                } else {
                    ask
                })
        });
        let expected = portfolio.cash() + total;
        assert_eq!(
            portfolio.equity().to_bits(),
            expected.to_bits(),
            "seed {seed}"
        );
    }
}
