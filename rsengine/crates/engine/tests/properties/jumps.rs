//! Native runs go from event to event; each is held to the plain loop, which looks at every bar.

use std::sync::Arc;

use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::candles::{CandleColumns, Column};
use fillproof_engine::config::Intrabar;
use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::holdings::EquityColumns;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::positions::{Reason, State};
use fillproof_engine::quotes::Quote;
use fillproof_engine::signals::{OrderType, TradeSignal};
use fillproof_engine::slices::{MultiCandleData, SymbolDataSlice};
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
use fillproof_engine::strategy::Strategy;
use fillproof_engine::trace::Tracer;

use crate::made::{Numbers, market_and_account, market_and_config};
use crate::{Plain, script};

const SEEDS: std::ops::Range<u64> = 0..400;

/// Orders of all kinds at some of the bars, the same whenever they are asked for.
#[derive(Clone, Copy)]
pub struct Scripted {
    pub seed: u64,
    /// One bar in so many has signals.
    pub rarely: u64,
    /// So many times more orders, which stay longer.
    pub crowd: u64,
}

impl Scripted {
    pub fn has_signals(self, bar: usize) -> bool {
        Numbers::of(self.seed ^ 0xA5, bar as u64).below(self.rarely) == 0
    }
}

impl Strategy for Scripted {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        if let (true, Some(bid), Some(ask)) = (self.has_signals(index), slice.bid(), slice.ask()) {
            let quote = Quote::new(&bid, &ask);
            let orders = script::signals(self.seed, index, &quote, slice.symbol(), self.crowd);
            signals.extend(orders);
        }
        Ok(())
    }

    fn skip(&mut self, _slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        Ok((from..to).find(|&bar| self.has_signals(bar)).unwrap_or(to))
    }
}

/// The same market with bars that do not follow each other evenly.
fn uneven(market: &Market, seed: u64) -> Market {
    let mut numbers = Numbers::of(seed, 3);
    let mut at = 0;
    let times: Vec<i64> = (0..market.bid.len())
        .map(|_| {
            at += [20, 40, 60, 60, 60, 300][numbers.below(6) as usize] * 1_000_000;
            at
        })
        .collect();
    let times: Column<i64> = Arc::new(times);
    let side = |side: &CandleColumns| {
        let volume = side.volume.clone();
        let (open, high) = (Arc::clone(&side.open), Arc::clone(&side.high));
        let (low, close) = (Arc::clone(&side.low), Arc::clone(&side.close));
        let times = Arc::clone(&times);
        Arc::new(CandleColumns::new(times, open, high, low, close, volume).expect("equally long"))
    };
    let (bid, ask) = (side(&market.bid), side(&market.ask));
    Market {
        data: Arc::new(MultiCandleData::of("M1", &bid, &ask)),
        start_us: Some(times.as_slice()[seed as usize % 40]),
        bid,
        ask,
        symbol: Arc::clone(&market.symbol),
    }
}

pub fn market_of(seed: u64) -> (Market, ExecutorConfig) {
    let (market, config) = match seed % 4 {
        0 => market_and_account(seed),
        _ => market_and_config(seed),
    };
    let market = if seed.is_multiple_of(3) {
        uneven(&market, seed)
    } else {
        market
    };
    (market, config)
}

fn play(seed: u64, strategy: &mut dyn Strategy) -> Result<BacktestResult> {
    let (market, config) = market_of(seed);
    let portfolio = Portfolio::new(10_000.0)?;
    run_backtest(&market, strategy, config, portfolio, &Tracer::discard())
}

/// Holds rows that several threads make to those of another run, while no columns were made yet.
pub fn assert_same_by_threads(seed: u64, core: &Core, other: &Core) {
    let bits = |columns: &EquityColumns| {
        let numbers = [
            &columns.cash,
            &columns.equity,
            &columns.equity_worst,
            &columns.drawdown,
        ];
        let bits = |column: &Vec<f64>| column.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        (columns.time_us.to_vec(), numbers.map(bits))
    };
    let rows = core.portfolio.equity_rows();
    let expected = bits(other.portfolio.equity_rows().columns());
    for threads in [1, 2, 5, 40] {
        let made = bits(&rows.made_by(threads));
        assert_eq!(made, expected, "seed {seed}, {threads} threads");
    }
}

pub fn assert_same(seed: u64, jumping: &BacktestResult, plain: &BacktestResult) {
    // First of all, while no columns were made yet.
    let mut parts = EquityColumns::default();
    jumping.core.portfolio.equity_rows().each_part(7, |part| {
        parts.time_us.extend_from_slice(&part.time_us);
        parts.cash.extend_from_slice(&part.cash);
        parts.equity.extend_from_slice(&part.equity);
        parts.equity_worst.extend_from_slice(&part.equity_worst);
        parts.drawdown.extend_from_slice(&part.drawdown);
    });
    let rows = plain.core.portfolio.equity_rows();
    assert_eq!(parts, **rows.columns(), "seed {seed}");
    assert_same_by_threads(seed, &jumping.core, &plain.core);
    assert_eq!(jumping.tables(), plain.tables(), "seed {seed}");
    assert_eq!(jumping.core.state(0), plain.core.state(0), "seed {seed}");
    assert_eq!(jumping.core.positions, plain.core.positions, "seed {seed}");
    let (books, plain_books) = (&jumping.core.portfolio, &plain.core.portfolio);
    assert_eq!(books.exits(), plain_books.exits(), "seed {seed}");
    assert_eq!(books.fees_log(), plain_books.fees_log(), "seed {seed}");
    let numbers = |result: &BacktestResult| {
        let portfolio = &result.core.portfolio;
        [
            portfolio.equity(),
            portfolio.max_equity(),
            portfolio.max_drawdown(),
            portfolio.max_drawdown_worst(),
            portfolio.initial_max_drawdown(),
        ]
        .map(f64::to_bits)
    };
    assert_eq!(numbers(jumping), numbers(plain), "seed {seed}");
    let executor = |result: &BacktestResult| result.core.executors[0].rejected_signals().to_vec();
    assert_eq!(executor(jumping), executor(plain), "seed {seed}");
}

#[test]
fn prop_jumping_changes_nothing_whatever_is_ordered() {
    let (mut trades, mut stop_outs) = (0, [0; 2]);
    let mut compared = 0;
    for seed in SEEDS {
        let strategy = Scripted {
            seed,
            rarely: [1, 4, 15, 60][seed as usize % 4],
            crowd: 1,
        };
        let jumping = play(seed, &mut strategy.clone());
        let plain = play(seed, &mut Plain(strategy));
        match (jumping, plain) {
            (Ok(jumping), Ok(plain)) => {
                assert_same(seed, &jumping, &plain);
                trades += jumping.trades().len();
                compared += 1;
                let states = plain.core.positions.iter().map(|position| &position.state);
                let stopped = states.filter(
                    |state| matches!(state, State::Closed(_, exit) if exit.reason == Reason::StopOut),
                );
                stop_outs[usize::from(is_converted(seed))] += stopped.count();
            }
            (jumping, plain) => {
                let code = |result: Result<BacktestResult>| result.map(drop).map_err(|e| e.code);
                assert_eq!(code(jumping), code(plain), "seed {seed}");
            }
        }
    }
    assert!(compared > 300, "only {compared} runs were compared");
    assert!(trades > 3_000, "only {trades} trades were tried");
    let [as_they_are, converted] = stop_outs;
    assert!(
        as_they_are > 20 && converted > 20,
        "{stop_outs:?} stop-outs"
    );
}

/// Whether the account of a market is in another currency than its prices.
fn is_converted(seed: u64) -> bool {
    let (_, config) = market_of(seed);
    config
        .rates
        .is_some_and(|rates| **rates.account() != *"USD")
}

/// The signals that a script gives in a run, as columns.
fn columns_of(seed: u64) -> (ColumnStrategy, Vec<Vec<TradeSignal>>) {
    let (market, _) = market_of(seed);
    let (bars, script) = (
        market.bid.len(),
        Scripted {
            seed,
            rarely: 9,
            crowd: 1,
        },
    );
    let mut direction = vec![0_i8; bars];
    let mut kinds = vec![0_i8; bars];
    let mut prices = [(); 3].map(|()| vec![f64::NAN; bars]);
    let mut given = vec![Vec::new(); bars];
    for bar in 0..bars {
        let (Some(bid), Some(ask)) = (market.bid.get(bar), market.ask.get(bar)) else {
            continue;
        };
        if !script.has_signals(bar) {
            continue;
        }
        let quote = Quote::new(&bid, &ask);
        let signals = script::signals(seed, bar, &quote, &market.symbol, 1);
        let Some(mut signal) = signals.into_iter().next() else {
            continue;
        };
        direction[bar] = signal.direction.sign() as i8;
        let place = OrderType::ALL
            .iter()
            .position(|&kind| kind == signal.order_type);
        kinds[bar] = place.expect("a known type") as i8;
        let levels = [signal.entry_price, signal.stop_loss, signal.take_profit];
        for (column, level) in prices.iter_mut().zip(levels) {
            column[bar] = level.unwrap_or(f64::NAN);
        }
        if signal.entry_price.is_none() {
            signal.entry_price = Some(quote.opening_close(signal.direction.sign()));
        }
        signal.max_bars = None;
        signal.expires_at_us = None;
        signal.oco = None;
        given[bar].push(signal);
    }
    let [entry, stop, target] = prices.map(|column| Some(Arc::new(column) as Column<f64>));
    let prices = Prices {
        entry,
        stop,
        target,
    };
    let kinds: Column<i8> = Arc::new(kinds);
    let made = ColumnStrategy::new(Arc::new(direction), prices, Some(kinds), OrderType::Market);
    (made.expect("the columns are sound"), given)
}

struct Given(Vec<Vec<TradeSignal>>);

impl Strategy for Given {
    fn evaluate(
        &mut self,
        index: usize,
        _slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        signals.extend(self.0[index].iter().cloned());
        Ok(())
    }
}

#[test]
fn prop_signal_columns_are_the_same_signals_given_one_by_one() {
    let mut trades = 0;
    for seed in SEEDS.take(200) {
        let (mut columns, given) = columns_of(seed);
        let (Ok(fast), Ok(plain)) = (play(seed, &mut columns), play(seed, &mut Given(given)))
        else {
            continue;
        };
        assert_same(seed, &fast, &plain);
        trades += fast.trades().len();
    }
    assert!(trades > 800, "only {trades} trades were tried");
}

#[test]
fn both_kinds_of_markets_and_all_paths_are_tried() {
    let mut paths = std::collections::HashSet::new();
    let (mut even, mut plain) = (0, 0);
    for seed in SEEDS {
        let (market, config) = market_of(seed);
        let times = market.bid.time_us.as_slice();
        even += u32::from(times[1] - times[0] == times[2] - times[1]);
        plain += u32::from(config.margin.is_none() && config.rates.is_none());
        paths.insert(config.policy.intrabar);
    }
    assert!(even > 100 && even < 390, "{even} markets are even");
    assert!(plain > 200, "{plain} accounts are plain");
    assert!(paths.contains(&Intrabar::CandleColor) && paths.len() >= 7);
}
