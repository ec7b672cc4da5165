//! Orders and commands of all kinds, played with a portfolio of the same core and with one elsewhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use fillproof_engine::backtest::Market;
use fillproof_engine::blotter::Changes;
use fillproof_engine::candles::Candle;
use fillproof_engine::config::Sizing;
use fillproof_engine::core::{Core, Pass, Step};
use fillproof_engine::digest::digest;
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig, Outside};
use fillproof_engine::holdings::{EntryNumbers, ExitNumbers, Holding};
use fillproof_engine::ledger::{Effect, LedgerKind};
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::positions::Level;
use fillproof_engine::quotes::Quote;
use fillproof_engine::signals::{Direction, OrderType, TradeSignal};
use fillproof_engine::tables::result_tables;
use fillproof_engine::trace::{Phase, Tracer};

use crate::made::{Numbers, market_and_account, market_and_config};
use crate::{SEEDS, account};

/// Seeds that are played with rates, margin and swaps.
const ACCOUNTS: std::ops::Range<u64> = 1000..1120;

/// Seeds that are played with many orders at once.
const CROWDS: std::ops::Range<u64> = 2000..2040;

/// The signals of a bar, the same whenever they are asked for.
///
/// Of a crowd there are so many times more, and they stay so many times longer.
pub fn signals(
    seed: u64,
    bar: usize,
    quote: &Quote,
    symbol: &Arc<str>,
    crowd: u64,
) -> Vec<TradeSignal> {
    let each = (0..crowd).flat_map(|one| {
        let seed = seed ^ (one << 40);
        some_signals(seed, bar, quote, symbol, crowd)
    });
    each.collect()
}

fn some_signals(
    seed: u64,
    bar: usize,
    quote: &Quote,
    symbol: &Arc<str>,
    crowd: u64,
) -> Vec<TradeSignal> {
    let mut numbers = Numbers::of(seed, bar as u64);
    let count = [0, 0, 0, 1, 1, 2, 3][numbers.below(7) as usize];
    (0..count)
        .map(|_| {
            let direction = [Direction::Long, Direction::Short][numbers.below(2) as usize];
            let sign = direction.sign();
            let close = quote.opening_close(sign);
            let points = |points: i64| points as f64 / 1e5;
            let order_type = OrderType::ALL[numbers.below(3) as usize];
            let entry = close + points(numbers.around(60));
            let apart = |numbers: &mut Numbers| {
                let wrong = if numbers.below(15) == 0 { -1.0 } else { 1.0 };
                wrong * sign * points(10 + numbers.below(80 * crowd) as i64)
            };
            let (stop, target) = (apart(&mut numbers), apart(&mut numbers));
            let mut signal = TradeSignal::market(
                direction,
                (numbers.below(9) > 0).then_some(entry - stop),
                (numbers.below(9) > 0).then_some(entry + target),
                symbol,
                quote.time_us(),
            );
            signal.order_type = order_type;
            if order_type.waits() || numbers.below(2) == 0 {
                signal.entry_price = Some(entry);
            }
            match numbers.below(6) {
                0 => signal.max_bars = Some(1 + numbers.below(4)),
                1 => {
                    let bars = 1 + numbers.below(5) as i64;
                    let off = numbers.below(2) as i64 * 30_000_000;
                    signal.expires_at_us = Some(quote.time_us() + bars * 60_000_000 - off);
                }
                2 | 3 => signal.oco = Some(["a", "b"][numbers.below(2) as usize].into()),
                _ => {}
            }
            signal
        })
        .collect()
}

/// A core that is played with, and the portfolio outside of it, if it is kept there.
struct Play {
    core: Core,
    outside: Option<Portfolio>,
    symbol: Arc<str>,
    bars: (Candle, Candle),
    crowd: u64,
    /// The most orders that were active at a time.
    most: usize,
}

impl Play {
    /// Carries effects out on a portfolio that lives outside the executor's core.
    fn replay(&mut self) {
        let Some(outside) = &mut self.outside else {
            return;
        };
        let id = |slot: u32| Holding::Foreign(u64::from(slot));
        for effect in self.core.take_effects() {
            let position = |slot: u32| &self.core.positions[slot as usize];
            match effect {
                Effect::Mark => outside.mark(&self.symbol, &self.bars.0, &self.bars.1),
                Effect::RegisterEntry(slot) => {
                    let numbers = EntryNumbers::of(position(slot));
                    outside.register_entry(id(slot), &self.symbol, numbers);
                }
                Effect::RegisterFee {
                    amount,
                    time_us,
                    slot,
                } => {
                    let order_id = position(slot).order_id;
                    let who = Some(id(slot));
                    outside
                        .register_fee(amount, time_us, "entry_fee", who, order_id)
                        .expect("a fee is a number");
                }
                Effect::RegisterSwap {
                    amount,
                    time_us,
                    slot,
                } => {
                    let order_id = position(slot).order_id;
                    outside
                        .register_swap(amount, time_us, Some(id(slot)), order_id)
                        .expect("a swap is a number");
                }
                Effect::RegisterExit(slot) => {
                    let numbers = ExitNumbers::of(position(slot)).expect("it is closed");
                    outside
                        .register_exit(id(slot), numbers)
                        .expect("a result is a number");
                }
                Effect::RegisterExpired(slot) => outside.register_expired(id(slot)),
            }
        }
    }

    fn finish(&mut self, mut pass: Pass) {
        loop {
            self.replay();
            self.answer(&pass);
            if self.core.step(&mut pass).expect("the settings are valid") == Step::Done {
                return;
            }
        }
    }

    /// Lets a portfolio outside look at its open positions, as it does before it says what they are
    /// worth.
    fn reread(&mut self) {
        if let Some(outside) = &mut self.outside {
            let open: Vec<Holding> = outside.get_open_positions(None).collect();
            for holding in open {
                if let Holding::Foreign(slot) = holding {
                    outside.reread(holding, &self.core.positions[slot as usize]);
                }
            }
        }
    }

    /// Hands in what the next step of a call asks of a portfolio outside.
    fn answer(&mut self, pass: &Pass) {
        let asked = self.core.asks_appraisal(pass);
        if asked {
            self.reread();
        }
        if let Some(outside) = &mut self.outside {
            let time_us = self.bars.0.time_us;
            let said = Outside {
                equity: Some(outside.equity()),
                appraisal: asked.then(|| outside.appraise(time_us)),
                ..Outside::default()
            };
            self.core.hand_in(0, said);
        }
    }

    /// Hands in what the executor asks of a portfolio that it cannot see.
    fn hand_in(&mut self) {
        if let Some(outside) = &self.outside {
            let first = outside.get_open_positions(None).next();
            let said = Outside {
                equity: Some(outside.equity()),
                first_open: first.map(|_| Arc::clone(&self.symbol)),
                appraisal: None,
            };
            self.core.hand_in(0, said);
        }
    }

    fn process(&mut self, signal: &TradeSignal) {
        // What the preset parity refuses uses up no number in either core.
        if self.core.process_signal(0, signal).is_ok() {
            self.replay();
            self.core.settle(0).expect("the executor is there");
            self.replay();
        }
    }

    /// Commands to some of the orders so far; of bars and orders, not of what became of them.
    fn command(&mut self, seed: u64, bar: usize, salt: u64) {
        let mut numbers = Numbers::of(seed ^ salt, bar as u64 + 1_000_000);
        for _ in 0..numbers.below(2 + self.crowd) {
            let newest = self.core.executors[0].signal_columns().len() as u64;
            let order_id = newest.saturating_sub(numbers.below(6 * self.crowd * self.crowd));
            let step = numbers.around(40) as f64 / 1e5;
            let what = numbers.below(7);
            let Some(slot) = self.core.executors[0].order_slot(order_id) else {
                continue;
            };
            let position = &self.core.positions[slot as usize];
            let (stop, target) = (position.stop_loss, position.take_profit);
            let moved = |level: Option<f64>| level.map(|level| level + step);
            let done = match what {
                0 => self.core.close_order(0, slot),
                1 => self.core.cancel_order(0, slot),
                2 => self.core.write_level(slot, Level::StopLoss, moved(stop)),
                3 => self
                    .core
                    .write_level(slot, Level::TakeProfit, moved(target)),
                4 => {
                    let changes = Changes {
                        stop_loss: Some(moved(stop)),
                        expires_at_us: Some(Some(bar as i64 * 60_000_000)),
                        ..Changes::default()
                    };
                    self.core.modify_order(0, slot, changes)
                }
                5 => self.core.modify_order(
                    0,
                    slot,
                    Changes {
                        take_profit: Some(moved(target)),
                        ..Changes::default()
                    },
                ),
                _ => Ok(()),
            };
            // The preset parity refuses an expiry.
            assert!(done.is_ok() || what == 4, "the order is known");
            self.replay();
            if what == 6 && salt == 1 && self.core.positions[slot as usize].is_open() {
                self.close_part(slot);
            }
        }
    }

    /// Closes half of a position by hand, as a manager would.
    fn close_part(&mut self, slot: u32) {
        let position = &self.core.positions[slot as usize];
        let (half, price) = (position.size / 2.0, self.bars.0.close);
        let time_us = self.bars.0.time_us;
        let Ok(Some(part)) = self
            .core
            .close_part(slot, time_us, price, half, "partial_exit")
        else {
            return;
        };
        match &mut self.outside {
            None => self.core.register_exit(part).expect("it is closed"),
            Some(outside) => {
                let numbers = ExitNumbers::of(&self.core.positions[part as usize]);
                let id = |slot: u32| Holding::Foreign(u64::from(slot));
                outside.reread(id(slot), &self.core.positions[slot as usize]);
                outside
                    .register_exit(id(part), numbers.expect("it is closed"))
                    .expect("a result is a number");
            }
        }
    }

    fn bar(&mut self, seed: u64, bar: usize, last: bool) {
        let (bid, ask) = self.bars;
        let name = Arc::clone(&self.symbol);
        let symbol = Some(&name);
        let native = self.outside.is_none();
        if native {
            self.core.open_bar(0, &bid, &ask, symbol).expect("valid");
        } else {
            let pass = self.core.begin_open(0, &bid, &ask, symbol);
            self.finish(pass.expect("a symbol"));
        }
        self.command(seed, bar, 0);
        for signal in signals(seed, bar, &Quote::new(&bid, &ask), &name, self.crowd) {
            self.hand_in();
            self.process(&signal);
        }
        let active = self.core.executors[0].active_positions().len();
        self.most = self.most.max(active);
        if active > 0 {
            self.hand_in();
            if native {
                self.core
                    .evaluate_exits(0, &bid, &ask, symbol)
                    .expect("valid");
            } else {
                let pass = self.core.begin_exits(0, &bid, &ask, symbol);
                self.finish(pass.expect("a symbol"));
            }
        }
        if native {
            self.core.close_bar(0, bid.time_us, last).expect("valid");
        } else {
            let pass = self.core.begin_close(0, bid.time_us, last);
            self.finish(pass.expect("the executor is there"));
        }
        assert_eq!(self.core.executors[0].phase(), Some(Phase::Manage));
        self.command(seed, bar, 1);
        self.reread();
        match &mut self.outside {
            None => self.core.portfolio.update(bid.time_us),
            Some(outside) => outside.update(bid.time_us),
        }
    }
}

fn play(seed: u64, ledger: LedgerKind, tracer: &Tracer) -> (Play, Market) {
    play_with(market_and_config(seed), seed, ledger, tracer)
}

fn play_with(
    (market, config): (Market, ExecutorConfig),
    seed: u64,
    ledger: LedgerKind,
    tracer: &Tracer,
) -> (Play, Market) {
    let mut core = Core::new(account());
    core.add_executor(ExecutionSimulator::new(config, ledger).expect("valid"));
    core.executors[0].attach_tracer(tracer);
    core.portfolio.attach_tracer(tracer);
    let first = market.bid.get(0).expect("there are bars");
    let mut play = Play {
        core,
        outside: (ledger == LedgerKind::Foreign).then(account),
        symbol: Arc::clone(&market.symbol),
        bars: (first, first),
        crowd: if CROWDS.contains(&seed) { 6 } else { 1 },
        most: 0,
    };
    let bars = market.bid.len();
    for bar in 0..bars {
        let candle = |side: &fillproof_engine::candles::CandleColumns| side.get(bar);
        play.bars = (
            candle(&market.bid).expect("the bar is there"),
            candle(&market.ask).expect("the bar is there"),
        );
        play.bar(seed, bar, bar + 1 == bars);
    }
    (play, market)
}

/// A market, and settings under which many orders may be active.
fn crowded(seed: u64) -> (Market, ExecutorConfig) {
    let (market, mut config) = match seed % 4 {
        0 => market_and_account(seed),
        _ => market_and_config(seed),
    };
    config.policy.max_positions = None;
    config.margin = None;
    config.sizing = Some(Sizing::FixedLots { lots: 0.01 });
    (market, config)
}

#[test]
fn prop_a_portfolio_elsewhere_is_told_the_same() {
    let mut crowds = 0;
    for seed in SEEDS.chain(ACCOUNTS).chain(CROWDS) {
        let made = || match seed {
            _ if CROWDS.contains(&seed) => crowded(seed),
            _ if ACCOUNTS.contains(&seed) => market_and_account(seed),
            _ => market_and_config(seed),
        };
        let silent = Tracer::discard();
        let (inside, _) = play_with(made(), seed, LedgerKind::Native, &silent);
        let (outside, _) = play_with(made(), seed, LedgerKind::Foreign, &silent);
        let (core, other) = (&inside.core, &outside.core);
        assert_eq!(core.positions, other.positions, "seed {seed}");
        let (ours, theirs) = (&core.executors[0], &other.executors[0]);
        let refused = (ours.refused_commands(), theirs.refused_commands());
        assert_eq!(refused.0, refused.1, "seed {seed}");
        assert_eq!(ours.signal_columns(), theirs.signal_columns());
        let (ours, theirs) = (&core.portfolio, outside.outside.expect("it is elsewhere"));
        let rows = (ours.equity_columns(), theirs.equity_columns());
        assert_eq!(rows.0, rows.1, "seed {seed}");
        assert_eq!(ours.get_summary(), theirs.get_summary(), "seed {seed}");
        assert_eq!(ours.last_exit_us(), theirs.last_exit_us(), "seed {seed}");
        let swaps = |portfolio: &Portfolio| (portfolio.total_swap(), portfolio.stale_rows());
        assert_eq!(swaps(ours), swaps(&theirs), "seed {seed}");
        crowds += u32::from(inside.most >= 100 && outside.most == inside.most);
    }
    assert!(crowds > 20, "only {crowds} times many orders were active");
}

#[test]
fn prop_an_account_adds_up_and_ties_up_what_it_says() {
    let mut seen = BTreeSet::new();
    for seed in ACCOUNTS {
        let tracer = Tracer::collect();
        let made = market_and_account(seed);
        let (play, _) = play_with(made, seed, LedgerKind::Native, &tracer);
        let portfolio = &play.core.portfolio;
        let booked = portfolio.realised() - portfolio.total_fees() + portfolio.total_swap();
        assert!(
            (portfolio.cash() - 10_000.0 - booked).abs() < 1e-6,
            "seed {seed}"
        );
        let open = play.core.positions.iter().filter(|held| held.is_open());
        let used: f64 = open
            .map(|held| held.margin * (held.size / held.initial_size))
            .sum();
        assert!(
            (play.core.used_margin(0) - used).abs() < 1e-6,
            "seed {seed}"
        );
        for position in play.core.positions.iter().filter(|held| held.is_closed()) {
            let part = |value: Option<f64>| value.expect("it is closed");
            let net = part(position.result()) - position.entry_fee() - position.exit_fee();
            let found = part(position.net_result());
            assert!((found - (net + position.swap)).abs() < 1e-9, "seed {seed}");
        }
        seen.extend(tracer.events().into_iter().map(|event| event.rule));
    }
    for wanted in [
        "A1.next_open",
        "A1.trigger",
        "A1.used",
        "A3.at_close",
        "A3.stop_out",
        "P3.row_stale",
        "P5.direct",
        "P5.hub",
        "P5.inverse",
        "P5.stale",
        "P6.swap",
        "S3.margin",
        "S3.rate",
    ] {
        assert!(seen.contains(wanted), "{wanted} never came up: {seen:?}");
    }
}

#[test]
fn prop_orders_and_commands_leave_books_that_add_up() {
    for seed in SEEDS {
        let (play, _) = play(seed, LedgerKind::Native, &Tracer::discard());
        let portfolio = &play.core.portfolio;
        let expected = 10_000.0 - portfolio.total_fees() + portfolio.realised();
        assert!((portfolio.cash() - expected).abs() < 1e-6, "seed {seed}");
        let ended = digest(&result_tables(&play.core, 0)).expect("no negative zero");
        assert_eq!(ended.len(), 64);
        for position in &play.core.positions {
            let group = position.group();
            let size = position.size;
            assert!(size <= position.initial_size, "seed {seed}");
            assert!(group == 0 || position.oco().is_some(), "seed {seed}");
        }
    }
}

#[test]
fn all_kinds_of_decisions_are_tried() {
    let mut seen = BTreeSet::new();
    for seed in SEEDS {
        let tracer = Tracer::collect();
        play(seed, LedgerKind::Native, &tracer);
        seen.extend(tracer.events().into_iter().map(|event| event.rule));
    }
    let parts = [
        "E1.", "E2.", "E3.", "E4.", "E5.", "L8.", "R1.", "R2.", "R3.", "S3.", "S4.", "X1.", "X2.",
        "X3.", "X5.",
    ];
    for part in parts {
        let found = seen.iter().filter(|rule| rule.starts_with(part)).count();
        assert!(found > 0, "no rule of {part} came up: {seen:?}");
    }
    for wanted in [
        "E1.signal",
        "E2.limit_inside",
        "E2.limit_level",
        "E2.limit_open",
        "E2.stop_inside",
        "E2.stop_level",
        "E2.stop_open",
        "E3.expired",
        "E3.max_bars",
        "E3.spanned",
        "E5.limit_stop_ambiguous",
        "E5.limit_stop_certain",
        "E5.path",
        "E5.stop_target",
        "L8.cancelled",
        "L8.dropped",
        "L8.refused",
        "S3.max_positions",
        "S3.sides_waiting",
        "S4.oco_cancelled",
        "X5.manual",
        "X5.manual_open",
    ] {
        assert!(seen.contains(wanted), "{wanted} never came up: {seen:?}");
    }
}
