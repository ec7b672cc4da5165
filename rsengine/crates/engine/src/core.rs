//! Everything that a run changes, in one value.
//!
//! A caller that shares it puts it behind one lock; nothing in here calls anybody, so the lock can be
//! let go whenever user code has to run. A call that may change a portfolio kept elsewhere is made in
//! steps, see `passes`.

use std::sync::Arc;

use crate::candles::Candle;
use crate::desk::{ExecutionSimulator, Outside};
use crate::errors::{EngineError, ErrorCode, Result};
use crate::execution::Opening;
use crate::ledger::{Effect, LedgerKind};
pub use crate::passes::{Pass, Step};
use crate::portfolio::Portfolio;
use crate::positions::{Position, Positions};
use crate::signals::TradeSignal;
use crate::trace::Phase;

/// Positions, a portfolio, and the executors that share it.
#[derive(Debug, Clone)]
pub struct Core {
    /// All positions ever made, by slot; a slot is never used again.
    pub positions: Positions,
    /// The portfolio of this core.
    pub portfolio: Portfolio,
    /// The executors of this core.
    pub executors: Vec<ExecutionSimulator>,
    /// Calls to portfolios that live elsewhere, not yet carried out.
    pub(crate) effects: Vec<Effect>,
}

/// Gives the executor and what it works on as separate borrows, its ledger chosen by kind.
macro_rules! with_ledger {
    ($core:expr, $place:expr, |$executor:ident, $positions:ident, $ledger:ident| $body:expr) => {{
        let $crate::core::Core {
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
pub(crate) use with_ledger;

impl Core {
    /// A core without executors and positions.
    #[must_use]
    pub fn new(portfolio: Portfolio) -> Self {
        Self {
            positions: Positions::default(),
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

    /// Says what a portfolio that lives elsewhere would say; to be called before a call that asks.
    pub fn hand_in(&mut self, executor: usize, outside: Outside) {
        if let Some(executor) = self.executors.get_mut(executor) {
            executor.outside = outside;
        }
    }

    /// The calls that a foreign portfolio has to be given now, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Begins a bar: expiry, swaps, closes that wait for the open, waiting market orders (L2, E3, P6,
    /// E1).
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`; `SIGNAL_REJECTED` where strict.
    #[inline]
    pub fn open_bar(
        &mut self,
        executor: usize,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<()> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            let Opening {
                place,
                quote,
                before_us,
            } = executor.begin_open(ledger, bid, ask, symbol)?;
            if executor.has_open_work() {
                let waiting = executor.take_waiting(positions);
                for &slot in &waiting {
                    executor.expire_one(positions, ledger, slot, place, &quote);
                }
                executor.refresh_units(positions, ledger, Some(place));
                for due in executor.due_swaps(positions, place, &quote, before_us) {
                    executor.book_swap(positions, ledger, due, quote.time_us())?;
                }
                for command in executor.take_closes(positions, place) {
                    executor.close_at_open(positions, ledger, command, &quote)?;
                }
                for &slot in &waiting {
                    if executor.open_one(positions, ledger, slot, place, &quote)? {
                        executor.settle_fill(positions, ledger, slot, place, &quote);
                    }
                }
                executor.give_back(waiting);
                executor.drop_finished();
            }
            executor.begin_phase(Phase::Entry, quote.time_us());
            Ok(())
        })
    }

    /// Accepts or rejects one signal and returns its order id (S3, E1, E4).
    ///
    /// With a portfolio that lives elsewhere, carry out the effects, then call [`Core::settle`].
    ///
    /// # Errors
    /// `ENTRY_NOT_FINITE`, `META_INVALID`, `SPEC_REQUIRED`; `SIGNAL_REJECTED` where strict.
    pub fn process_signal(&mut self, executor: usize, signal: &TradeSignal) -> Result<u64> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            let order_id = executor.process_signal(positions, ledger, signal)?;
            if executor.ledger == LedgerKind::Native {
                executor.decide_group(positions, ledger);
            }
            Ok(order_id)
        })
    }

    /// Lets the group of an order that has filled with its signal know (S4).
    ///
    /// # Errors
    /// None with a place that [`Core::add_executor`] gave.
    pub fn settle(&mut self, executor: usize) -> Result<()> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            executor.decide_group(positions, ledger);
            Ok(())
        })
    }

    /// Tests orders and positions against a bar, in one pass by order of acceptance (E6).
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`.
    pub fn evaluate_exits(
        &mut self,
        executor: usize,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<()> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            let (place, quote) = executor.begin_exits(positions, ledger, bid, ask, symbol)?;
            if executor.keeps_ladder(positions) {
                executor.drop_waiting(positions);
                let reached = executor.take_reached(positions, place, &quote);
                for &slot in &reached {
                    executor.look_at(positions, ledger, slot, place, &quote)?;
                }
                executor.give_back(reached);
                executor.end_exits();
                return Ok(());
            }
            let mut at = 0;
            while let Some(&slot) = executor.blotter.active.get(at) {
                executor.look_at(positions, ledger, slot, place, &quote)?;
                // An order that was rejected has left its place to the next one.
                at += usize::from(executor.blotter.active.get(at) == Some(&slot));
            }
            executor.end_exits();
            Ok(())
        })
    }

    /// Ends a bar: stop-out, queued commands; on the last bar what is left (A3, L8, X5).
    ///
    /// # Errors
    /// None with a place that [`Core::add_executor`] gave.
    #[inline]
    pub fn close_bar(&mut self, executor: usize, time_us: i64, last: bool) -> Result<()> {
        with_ledger!(self, executor, |executor, positions, ledger| {
            executor.begin_phase(Phase::Close, time_us);
            executor.refresh_units(positions, ledger, None);
            if executor.stop_out_level().is_some() {
                while executor.stop_out_one(positions, ledger, time_us)? {}
            }
            if !executor.blotter.queue.is_empty() {
                for command in executor.take_queue() {
                    executor.carry_out(positions, ledger, command, last)?;
                }
            }
            executor.end_groups();
            if last {
                for at in 0..executor.blotter.active.len() {
                    let slot = executor.blotter.active[at];
                    executor.end_waiting(positions, ledger, slot);
                }
                for slot in executor.left_to_close() {
                    executor.end_open(positions, ledger, slot, time_us)?;
                }
            }
            executor.drop_finished();
            executor.begin_phase(Phase::Manage, time_us);
            Ok(())
        })
    }
}
