//! A loop that looks ahead is the plain loop to whoever looks, at every bar.

use std::sync::Arc;

use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, Need};
use fillproof_engine::execution::ExecutionSimulator;
use fillproof_engine::fast::{Foresight, Reached, Turn};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::quotes::Quote;
use fillproof_engine::signals::TradeSignal;

use crate::jumps::{Scripted, market_of};
use crate::made::Numbers;
use crate::{account, script};

const SEEDS: std::ops::Range<u64> = 0..240;

const LOOKING: Foresight = Foresight {
    due: usize::MAX,
    looks: true,
    managed: false,
};

struct Side {
    core: Core,
    machine: EventEngine,
}

impl Side {
    fn of(seed: u64) -> Result<Self> {
        let (market, config) = market_of(seed);
        let on_crossed = config.policy.on_crossed;
        let mut core = Core::new(account());
        let place = core.add_executor(ExecutionSimulator::new(config, LedgerKind::Native)?);
        let machine = EventEngine::new(
            Arc::clone(&market.bid),
            Arc::clone(&market.ask),
            Arc::clone(&market.symbol),
            market.start_us,
            place,
            on_crossed,
        )?;
        Ok(Self {
            core,
            machine: machine.with_manager(true),
        })
    }

    /// Goes on to the signals of the next bar, or to the end.
    fn next_signals(&mut self) -> Result<Need> {
        loop {
            match self.machine.next(&mut self.core)? {
                Need::Manage(_) => {}
                need => return Ok(need),
            }
        }
    }
}

/// Two runs of one script, bar by bar.
struct Pair {
    seed: u64,
    script: Scripted,
    plain: Side,
    ahead: Side,
    foreseen: usize,
    looks: usize,
    words: usize,
    refused: usize,
}

impl Pair {
    fn compare(&mut self, bar: usize) {
        let told = format!("seed {}, bar {bar}", self.seed);
        let (plain, ahead) = (&self.plain.core, &self.ahead.core);
        assert_eq!(plain.state(0), ahead.state(0), "{told}");
        assert_eq!(plain.positions, ahead.positions, "{told}");
        let numbers = |core: &Core| {
            let portfolio = &core.portfolio;
            [
                portfolio.equity(),
                portfolio.max_equity(),
                portfolio.max_drawdown(),
                portfolio.max_drawdown_worst(),
                portfolio.initial_max_drawdown(),
            ]
            .map(f64::to_bits)
        };
        assert_eq!(numbers(plain), numbers(ahead), "{told}");
        let rows = |core: &Core| core.portfolio.equity_columns().clone();
        assert_eq!(rows(plain), rows(ahead), "{told}");
        self.compare_signals(bar);
        self.looks += 1;
    }

    fn chance(&self, bar: usize, salt: u64, of: u64) -> bool {
        Numbers::of(self.seed ^ salt, bar as u64).below(of) == 0
    }

    fn signals(&self, bar: usize) -> Vec<TradeSignal> {
        let (market, _) = market_of(self.seed);
        match (market.bid.get(bar), market.ask.get(bar)) {
            (Some(bid), Some(ask)) if self.script.has_signals(bar) => {
                let quote = Quote::new(&bid, &ask);
                script::signals(self.seed, bar, &quote, &market.symbol, 1)
            }
            _ => Vec::new(),
        }
    }

    /// Gives both the signals of a bar, one of them those that it has not refused yet; false where that
    /// ends the runs.
    fn feed(&mut self, signals: &[TradeSignal], refused: usize) -> bool {
        let feed = |side: &mut Side, signals| {
            let fed = side.machine.feed_signals(&mut side.core, signals);
            fed.map_err(|error| error.code)
        };
        let plain = feed(&mut self.plain, signals);
        let ahead = feed(&mut self.ahead, &signals[refused..]);
        assert_eq!(plain, ahead);
        plain.is_ok()
    }

    /// Lets the state that was left behind refuse signals, up to the first that it does not.
    fn refuse(&mut self, reached: Reached, signals: &[TradeSignal]) -> usize {
        let Side { core, machine } = &mut self.ahead;
        let refused = signals
            .iter()
            .take_while(|signal| machine.refuse(core, 0, reached, signal))
            .count();
        self.refused += refused;
        refused
    }

    /// What became of the signals needs no look at the bars between.
    fn compare_signals(&self, bar: usize) {
        let told = format!("seed {}, bar {bar}", self.seed);
        let (plain, ahead) = (&self.plain.core.executors[0], &self.ahead.core.executors[0]);
        assert_eq!(plain.rejected_signals(), ahead.rejected_signals(), "{told}");
        assert_eq!(plain.signal_columns(), ahead.signal_columns(), "{told}");
    }

    /// Lets the plain run go on to the end of its bar.
    fn finish_plain(&mut self, bar: usize) {
        let Side { core, machine } = &mut self.plain;
        machine.report(true);
        let need = loop {
            match machine.next(core) {
                Ok(Need::Manage(_)) => {}
                need => break need,
            }
        };
        assert_eq!(need, Ok(Need::Progress(bar)));
        machine.report(false);
    }

    fn settle(&mut self, reached: Reached) {
        let side = &mut self.ahead;
        side.machine.catch_up(&mut side.core, reached);
    }

    /// Calls back at bars that were foreseen; false where the runs have ended.
    fn call_back(&mut self, bars: std::ops::Range<usize>) -> bool {
        for bar in bars.clone() {
            assert_eq!(self.plain.next_signals(), Ok(Need::Signals(bar)));
            let reached = Reached::entry(bar);
            let equity = self.ahead.machine.equity(&self.ahead.core, reached);
            let plain = self.plain.core.portfolio.equity();
            assert_eq!(equity.to_bits(), plain.to_bits(), "seed {}", self.seed);
            self.foreseen += 1;
            if self.chance(bar, 0x51, 5) {
                self.settle(reached);
                self.compare(bar);
            }
            let signals = self.signals(bar);
            if !signals.is_empty() {
                let refused = self.refuse(reached, &signals);
                if refused < signals.len() {
                    self.settle(reached);
                    return self.feed(&signals, refused);
                }
                let Side { core, machine } = &mut self.plain;
                assert_eq!(machine.feed_signals(core, &signals), Ok(()));
                if self.chance(bar, 0x54, 3) {
                    self.compare_signals(bar);
                }
            }
            let has_turn = !self.plain.core.executors[0].active_positions().is_empty();
            if has_turn && self.chance(bar, 0x52, 7) {
                let need = self.plain.machine.next(&mut self.plain.core);
                assert_eq!(need, Ok(Need::Manage(bar)));
                self.settle(Reached::manage(bar));
                self.compare(bar);
            }
            if self.chance(bar, 0x53, 6) {
                self.finish_plain(bar);
                self.settle(Reached::start(bar + 1));
                self.compare(bar);
                self.words += 1;
            }
        }
        let side = &mut self.ahead;
        side.machine.pass_to(&mut side.core, bars.end);
        true
    }

    fn run(&mut self) {
        loop {
            let turn = self.ahead.machine.go_on(&mut self.ahead.core, LOOKING);
            let goes_on = match turn {
                Ok(Turn::Callbacks(bars)) => self.call_back(bars),
                Ok(Turn::Need(Need::Manage(_))) => true,
                Ok(Turn::Need(Need::Signals(bar))) => {
                    assert_eq!(self.plain.next_signals(), Ok(Need::Signals(bar)));
                    self.compare(bar);
                    self.feed(&self.signals(bar), 0)
                }
                Ok(Turn::Need(need)) => {
                    assert_eq!(self.plain.next_signals(), Ok(need));
                    self.compare(self.plain.machine.total());
                    false
                }
                Err(error) => {
                    let plain = self.plain.next_signals().map_err(|error| error.code);
                    assert_eq!(plain, Err(error.code), "seed {}", self.seed);
                    false
                }
            };
            if !goes_on {
                return;
            }
        }
    }
}

#[test]
fn prop_whoever_looks_sees_the_bar_of_the_callback() {
    let (mut foreseen, mut looks, mut words, mut refused) = (0, 0, 0, 0);
    for seed in SEEDS {
        let (Ok(plain), Ok(ahead)) = (Side::of(seed), Side::of(seed)) else {
            continue;
        };
        let mut pair = Pair {
            seed,
            script: Scripted {
                seed,
                rarely: [4, 15, 60][seed as usize % 3],
                crowd: 1,
            },
            plain,
            ahead,
            foreseen: 0,
            looks: 0,
            words: 0,
            refused: 0,
        };
        pair.run();
        foreseen += pair.foreseen;
        looks += pair.looks;
        words += pair.words;
        refused += pair.refused;
    }
    assert!(foreseen > 10_000, "only {foreseen} bars were foreseen");
    assert!(looks > 5_000, "only {looks} looks");
    assert!(words > 1_000, "only {words} looks between two bars");
    assert!(refused > 100, "only {refused} signals were refused ahead");
}
