//! Everything that a run changes, in one value.
//!
//! A caller that shares it puts it behind one lock; nothing in here calls anybody, so the lock can be
//! let go whenever user code has to run.

use std::sync::Arc;

use crate::candles::Candle;
use crate::config::MarketFill;
use crate::costs::fee;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::execution::ExecutionSimulator;
use crate::holdings::{EntryNumbers, ExitNumbers, Holding};
use crate::ledger::{Effect, LedgerKind};
use crate::portfolio::Portfolio;
use crate::positions::{Level, Position, Reason, check_level};
use crate::quotes::Quote;
use crate::rule_ids::X5_CLOSED_BY_HAND;
use crate::signals::TradeSignal;
use crate::trace::Phase;

/// Positions, a portfolio, and the executors that share it.
#[derive(Debug, Clone)]
pub struct Core {
    /// All positions ever made, by slot; a slot is never used again.
    pub positions: Vec<Position>,
    /// The portfolio of this core.
    pub portfolio: Portfolio,
    /// The executors of this core.
    pub executors: Vec<ExecutionSimulator>,
    /// Calls to portfolios that live elsewhere, not yet carried out.
    effects: Vec<Effect>,
}

/// A call of an executor that is carried out position by position.
#[derive(Debug, Clone)]
pub struct Pass {
    executor: usize,
    kind: PassKind,
    snapshot: Vec<u32>,
    next: usize,
}

#[derive(Debug, Clone)]
enum PassKind {
    Open { place: usize, quote: Quote },
    Exits { place: usize, quote: Quote },
    Close { time_us: i64 },
}

/// Whether a [`Pass`] goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Carry out the effects, then step again.
    More,
    /// The call is complete.
    Done,
}

/// Gives the executor and what it works on as separate borrows, its ledger chosen by kind.
macro_rules! with_ledger {
    ($core:expr, $place:expr, |$executor:ident, $positions:ident, $ledger:ident| $body:expr) => {{
        let Core {
            positions: $positions,
            portfolio,
            executors,
            effects,
        } = $core;
        let $executor = executors
            .get_mut($place)
            .ok_or_else(|| EngineError::new(ErrorCode::EnginePanic).in_field("executor"))?;
        match $executor.ledger {
            LedgerKind::Native => {
                let $ledger = portfolio;
                $body
            }
            LedgerKind::Foreign => {
                let $ledger = effects;
                $body
            }
        }
    }};
}

impl Core {
    /// A core without executors and positions.
    #[must_use]
    pub fn new(portfolio: Portfolio) -> Self {
        Self {
            positions: Vec::new(),
            portfolio,
            executors: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Adds an executor and returns its place.
    pub fn add_executor(&mut self, mut executor: ExecutionSimulator) -> usize {
        executor.place = self.executors.len();
        self.executors.push(executor);
        self.executors.len() - 1
    }

    /// Adds a position that no executor of ours made and returns its slot.
    pub fn add_position(&mut self, position: Position) -> u32 {
        self.positions.push(position);
        u32::try_from(self.positions.len() - 1).unwrap_or(u32::MAX)
    }

    /// Says anew where an executor's portfolio lives; to be called between its calls.
    pub fn set_ledger(&mut self, executor: usize, ledger: LedgerKind) {
        if let Some(executor) = self.executors.get_mut(executor) {
            executor.ledger = ledger;
        }
    }

    /// The calls that a foreign portfolio has to be given now, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Begins a bar: shows it to the portfolio, fills waiting market orders (L2, E1.next_open).
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`, `SPEC_REQUIRED`; `SIGNAL_REJECTED` where strict.
    #[inline]
    pub fn open_bar(
        &mut self,
        executor: usize,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<()> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            let (place, quote) = executor.begin_open(ledger, bid, ask, symbol)?;
            // Orders that fill at the close never wait.
            if executor.config.policy.market_fill != MarketFill::Close {
                let mut at = 0;
                while let Some(&slot) = executor.blotter.active.get(at) {
                    executor.open_one(positions, ledger, slot, place, &quote)?;
                    // An order that was rejected has left its place to the next one.
                    at += usize::from(executor.blotter.active.get(at) == Some(&slot));
                }
                executor.drop_finished(positions);
            }
            executor.begin_phase(Phase::Entry, quote.time_us());
            Ok(())
        })
    }

    /// Accepts or rejects one signal and returns its order id (S3, E1, E4).
    ///
    /// # Errors
    /// `ENTRY_NOT_FINITE`, `SPEC_REQUIRED`; `SIGNAL_REJECTED` where strict.
    pub fn process_signal(&mut self, executor: usize, signal: &TradeSignal) -> Result<u64> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            executor.process_signal(positions, ledger, signal)
        })
    }

    /// Tests stops and targets against a bar, in one pass (E6, X1 to X3).
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`, `SPEC_REQUIRED`.
    pub fn evaluate_exits(
        &mut self,
        executor: usize,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<()> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            let (place, quote) = executor.begin_exits(ledger, bid, ask, symbol)?;
            for at in 0..executor.blotter.active.len() {
                let slot = executor.blotter.active[at];
                executor.exit_one(positions, ledger, slot, place, &quote)?;
            }
            executor.drop_finished(positions);
            Ok(())
        })
    }

    /// Ends a bar: carries out queued writes; on the last bar ends what is left (L8, X5).
    ///
    /// # Errors
    /// `SPEC_REQUIRED`.
    #[inline]
    pub fn close_bar(&mut self, executor: usize, time_us: i64, last: bool) -> Result<()> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            executor.begin_close(positions, time_us);
            if last {
                for at in 0..executor.blotter.active.len() {
                    let slot = executor.blotter.active[at];
                    executor.end_one(positions, ledger, slot, time_us)?;
                }
            }
            executor.drop_finished(positions);
            executor.begin_phase(Phase::Manage, time_us);
            Ok(())
        })
    }

    /// [`Core::open_bar`] in steps: carry out the effects after this and after each step.
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`.
    pub fn begin_open(
        &mut self,
        executor: usize,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<Pass> {
        let (place, quote) = with_ledger!(self, executor, |executor, _positions, ledger| {
            executor.begin_open(ledger, bid, ask, symbol)?
        });
        Ok(self.pass(executor, PassKind::Open { place, quote }, true))
    }

    /// [`Core::evaluate_exits`] in steps: carry out the effects after this and after each step.
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`.
    pub fn begin_exits(
        &mut self,
        executor: usize,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<Pass> {
        let (place, quote) = with_ledger!(self, executor, |executor, _positions, ledger| {
            executor.begin_exits(ledger, bid, ask, symbol)?
        });
        Ok(self.pass(executor, PassKind::Exits { place, quote }, true))
    }

    /// [`Core::close_bar`] in steps: carry out the effects after each step.
    ///
    /// # Errors
    /// None with a place that [`Core::add_executor`] gave.
    pub fn begin_close(&mut self, executor: usize, time_us: i64, last: bool) -> Result<Pass> {
        with_ledger!(self, executor, |executor, positions, _ledger| {
            executor.begin_close(positions, time_us);
        });
        Ok(self.pass(executor, PassKind::Close { time_us }, last))
    }

    fn pass(&self, executor: usize, kind: PassKind, visits: bool) -> Pass {
        let snapshot = if visits {
            self.executors[executor].blotter.active.clone()
        } else {
            Vec::new()
        };
        Pass {
            executor,
            kind,
            snapshot,
            next: 0,
        }
    }

    /// Goes on with a call until it has effects to carry out or is complete.
    ///
    /// A call may be left where it is: what is done stays done, the rest does not happen.
    ///
    /// # Errors
    /// `SPEC_REQUIRED`; `SIGNAL_REJECTED` where strict.
    pub fn step(&mut self, pass: &mut Pass) -> Result<Step> {
        while let Some(&slot) = pass.snapshot.get(pass.next) {
            pass.next += 1;
            with_ledger!(self, pass.executor, |executor, positions, ledger| {
                match &pass.kind {
                    PassKind::Open { place, quote } => {
                        executor.open_one(positions, ledger, slot, *place, quote)?;
                    }
                    PassKind::Exits { place, quote } => {
                        executor.exit_one(positions, ledger, slot, *place, quote)?;
                    }
                    PassKind::Close { time_us } => {
                        executor.end_one(positions, ledger, slot, *time_us)?;
                    }
                }
            });
            if !self.effects.is_empty() {
                return Ok(Step::More);
            }
        }
        with_ledger!(self, pass.executor, |executor, positions, _ledger| {
            executor.drop_finished(positions);
            match pass.kind {
                PassKind::Open { quote, .. } => {
                    executor.begin_phase(Phase::Entry, quote.time_us());
                }
                PassKind::Exits { .. } => {}
                PassKind::Close { time_us } => executor.begin_phase(Phase::Manage, time_us),
            }
        });
        Ok(Step::Done)
    }
}

/// What the faces of positions and of the portfolio do.
impl Core {
    /// Writes a stop or target, at once or queued, by the phase of its executor (L8).
    ///
    /// # Errors
    /// `LEVEL_NOT_FINITE`.
    pub fn write_level(&mut self, slot: u32, field: Level, value: Option<f64>) -> Result<()> {
        let value = check_level(field, value)?;
        let Some(position) = self.positions.get_mut(slot as usize) else {
            return Ok(());
        };
        match position
            .owner
            .and_then(|place| self.executors.get_mut(place))
        {
            Some(executor) => executor
                .blotter
                .write(&mut self.positions, slot, field, value),
            None => {
                position.show(field, value);
                position.commit(field, value);
            }
        }
        Ok(())
    }

    /// Closes a position by hand; give it to `register_exit` afterwards (M2, X5.closed_by_hand).
    ///
    /// # Errors
    /// `LEVEL_NOT_FINITE`, `REASON_UNKNOWN`, `ALREADY_CLOSED`, `CLOSE_IN_ENTRY`.
    pub fn close_position(
        &mut self,
        slot: u32,
        time_us: i64,
        price: f64,
        reason: &str,
    ) -> Result<()> {
        let Some(position) = self.positions.get_mut(slot as usize) else {
            return Ok(());
        };
        if !price.is_finite() {
            return Err(EngineError::new(ErrorCode::LevelNotFinite)
                .in_field("price")
                .with_value(price)
                .expecting("a finite price"));
        }
        let price = price + 0.0;
        let reason = Reason::parse(reason).map_err(|error| error.for_symbol(&position.symbol))?;
        if !position.is_open() {
            return Err(EngineError::new(ErrorCode::AlreadyClosed)
                .for_symbol(&position.symbol)
                .in_field("status")
                .with_value(position.status())
                .expecting("an open position"));
        }
        let owner = position
            .owner
            .and_then(|place| self.executors.get_mut(place));
        let Some(executor) = owner else {
            position.finish(price, time_us, 0.0, reason, X5_CLOSED_BY_HAND, false);
            return Ok(());
        };
        if executor.blotter.phase == Some(Phase::Entry) {
            return Err(EngineError::new(ErrorCode::CloseInEntry)
                .for_symbol(&position.symbol)
                .in_field("close")
                .with_value(i64::try_from(position.order_id).unwrap_or(i64::MAX))
                .expecting("a call outside the strategy's evaluate"));
        }
        let model = &executor.blotter.fee_model;
        let charge = fee(model, position.size, price, position.unit_value);
        position.finish(price, time_us, charge, reason, X5_CLOSED_BY_HAND, false);
        executor.blotter.remove(slot);
        executor.blotter.emit_exit(position, price);
        Ok(())
    }

    /// Gives an own position to the own portfolio as filled.
    pub fn register_entry(&mut self, slot: u32) {
        if let Some(position) = self.positions.get(slot as usize) {
            // A record that no executor of ours made is not marked (P3.realised_only).
            let numbers = position.owner.and_then(|_| EntryNumbers::of(position));
            let holding = Holding::Own(slot);
            self.portfolio
                .register_entry(holding, &position.symbol, numbers);
        }
    }

    /// Gives an own position to the own portfolio as closed.
    ///
    /// # Errors
    /// `NUMBER_INVALID` where it is not closed.
    pub fn register_exit(&mut self, slot: u32) -> Result<()> {
        let Some(position) = self.positions.get(slot as usize) else {
            return Ok(());
        };
        let numbers = ExitNumbers::of(position)?;
        self.portfolio.register_exit(Holding::Own(slot), numbers)
    }
}
