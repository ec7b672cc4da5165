//! Signals that are refused at a bar to which the callbacks have come and the state has not.

use crate::acceptance::{Levels, check_numbers};
use crate::admission::check_signal;
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::event_engine::EventEngine;
use crate::positions::Positions;
use crate::quotes::Quote;
use crate::signals::TradeSignal;

use super::foresight::Reached;

impl EventEngine {
    /// Refuses a signal of a foreseen bar, where its levels or the want of room stand against it.
    ///
    /// Neither asks for more than the bar and what is open, so the state stays where it was. False where
    /// that is not all there is to say: then nothing is done.
    pub fn refuse(
        &self,
        core: &mut Core,
        executor: usize,
        reached: Reached,
        signal: &TradeSignal,
    ) -> bool {
        let bar = reached.bar();
        if executor != self.executor || !reached.is_entry() || self.bar >= bar {
            return false;
        }
        let (bids, asks) = &self.lanes.sides[0];
        let (Some(bid), Some(ask)) = (bids.get(bar), asks.get(bar)) else {
            return false;
        };
        let equity = self.equity(core, reached);
        let Some(executor) = core.executors.get_mut(executor) else {
            return false;
        };
        executor.refuse(&core.positions, signal, &Quote::new(&bid, &ask), equity)
    }
}

impl ExecutionSimulator {
    /// Does what [`Self::process_signal`] does at a bar that is shown to nobody yet, or nothing.
    fn refuse(
        &mut self,
        positions: &Positions,
        signal: &TradeSignal,
        quote: &Quote,
        equity: f64,
    ) -> bool {
        let is_plain = self.is_plain() && !self.config.strict && !signal.has_options();
        let is_sound = check_signal(signal, false).is_ok()
            && check_numbers(signal.stop_loss, signal.take_profit).is_none()
            && self.check_equity(Some(equity)).is_none();
        let spec = self.spec(&signal.symbol);
        let is_known = self.place_of(&signal.symbol) == Some(0) && spec.is_some();
        if !is_plain || !is_sound || !is_known || self.risked(Some(equity)).is_err() {
            return false;
        }
        let levels = Levels::of(signal, &self.config.policy, spec, quote);
        let breach = levels
            .check(signal, spec, quote)
            .or_else(|| self.check_room(positions, signal, levels.reference, quote));
        let Some(breach) = breach else {
            return false;
        };
        let shown_us = self.blotter.time_us.replace(quote.time_us());
        let order_id = self.next_order_id;
        self.next_order_id += 1;
        self.emit_signal(order_id, signal);
        let symbol = self.quotes[0].symbol.clone();
        let refused = self.reject(order_id, &symbol, breach);
        debug_assert!(
            refused.is_ok(),
            "Invariant: nothing is raised unless strict"
        );
        self.blotter.time_us = shown_us;
        true
    }
}
