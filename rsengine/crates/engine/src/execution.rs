//! The execution simulator: what happens to orders and positions in a bar (rules E, X, L8, S4).
//!
//! Read `event_engine` first for who calls what when, `portfolio` next. For each position the
//! executor brings its own record up to date, then tells the portfolio. The calls of a bar are in
//! `core`, which owns the positions; how signals are accepted is in `acceptance`, what single orders
//! go through in `fills`, what users order in `commands`.

use std::sync::Arc;

use crate::ambiguity::Other;
use crate::candles::Candle;
pub use crate::desk::{DEFAULT_CONTRACT, ExecutionSimulator, ExecutorConfig, Outside};
use crate::drilldown::{drill_entry_bar, drill_tie};
use crate::entry_bar::decide_entry_bar;
use crate::errors::Result;
use crate::exits::{DecidedExit, decide_exit, is_reached};
use crate::ledger::Ledger;
use crate::parity;
use crate::positions::{DEFAULT_PIP, FillAt, Position, Positions, State};
use crate::quotes::Quote;
use crate::rule_ids::{
    A1_TRIGGER, E3_EXPIRED, E3_MAX_BARS, E3_SPANNED, S4_OCO_DRILLDOWN, S4_OCO_OPEN,
};
use crate::trace::{Action, Phase};

/// The bar that opens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    /// Place of its symbol among the quotes.
    pub(crate) place: usize,
    pub(crate) quote: Quote,
    /// Time of the symbol's bar before, the smallest of all where there was none.
    pub(crate) before_us: i64,
}

impl ExecutionSimulator {
    /// Begins a bar: shows it to the portfolio, and the phase becomes OPEN (L2).
    #[inline]
    pub(crate) fn begin_open(
        &mut self,
        ledger: &mut impl Ledger,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<Opening> {
        let place = self.named(symbol)?;
        let before_us = self.quotes[place].quote.time_us();
        let quote = self.read_quote(place, bid, ask);
        if let Some(shown_us) = self.blotter.time_us
            && shown_us < quote.time_us()
        {
            self.ended_us = self.ended_us.max(shown_us + self.length_us);
        }
        self.begin_phase(Phase::Open, quote.time_us());
        // Positions of the preset parity are not marked (R4.equity).
        if !self.is_parity() {
            ledger.mark(&self.quotes[place].symbol, bid, ask);
        }
        if before_us != i64::MIN && before_us < quote.time_us() {
            let step_us = quote.time_us() - before_us;
            let shortest_us = &mut self.quotes[place].step_us;
            if *shortest_us == 0 || step_us < *shortest_us {
                *shortest_us = step_us;
            }
        }
        Ok(Opening {
            place,
            quote,
            before_us,
        })
    }

    /// Begins the test of orders and positions: shows a bar that `open_bar` did not (E6).
    #[inline]
    pub(crate) fn begin_exits(
        &mut self,
        positions: &Positions,
        ledger: &mut impl Ledger,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<(usize, Quote)> {
        let place = self.named(symbol)?;
        let is_new = self.quotes[place].quote.time_us() != bid.time_us;
        let quote = self.read_quote(place, bid, ask);
        self.begin_phase(Phase::Exits, quote.time_us());
        if self.is_parity() {
            self.buffer = self.parity_buffer(&*ledger);
        } else if is_new {
            ledger.mark(&self.quotes[place].symbol, bid, ask);
        }
        if self.group_count > 0 && self.blotter.waiting > 1 {
            self.verdicts.clear();
            self.choose_winners(positions, quote.time_us());
        }
        Ok((place, quote))
    }

    /// Whether OPEN has anything to do.
    #[inline]
    pub(crate) fn has_open_work(&self) -> bool {
        self.blotter.waiting > 0
            || !self.blotter.queue.is_empty()
            || ((self.converts || self.swaps) && !self.blotter.active.is_empty())
    }

    /// Removes an order whose time is over (E3); those of the preset parity have none (R1.waiting).
    pub(crate) fn expire_one(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        place: usize,
        quote: &Quote,
    ) {
        let position = &mut positions[slot as usize];
        if !self.is_waiting_for(position, place) || position.parity {
            return;
        }
        let time_us = quote.time_us();
        let (waits, entry_time_us) = (position.order_type.waits(), position.entry_time_us);
        let Some(details) = position.details.as_mut() else {
            return;
        };
        if time_us > entry_time_us {
            details.bars_seen += 1;
        }
        let seen = details.bars_seen;
        let most = details.max_bars.filter(|_| waits);
        if details
            .expires_at_us
            .is_some_and(|expires| time_us >= expires)
        {
            self.retire(position, ledger, slot, State::Expired(E3_EXPIRED));
        } else if most.is_some_and(|most| seen > most) {
            self.retire(position, ledger, slot, State::Expired(E3_MAX_BARS));
        }
    }

    /// Fills a market order that waits for this open; true if it did (E1.next_open).
    pub(crate) fn open_one(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        place: usize,
        quote: &Quote,
    ) -> Result<bool> {
        let position = &positions[slot as usize];
        if position.order_type.waits() || !self.is_waiting_for(position, place) {
            return Ok(false);
        }
        self.fill_at_open(positions, ledger, slot, quote)
    }

    #[inline]
    pub(crate) fn is_waiting_for(&self, position: &Position, place: usize) -> bool {
        position.is_pending() && self.is_of(position, place)
    }

    /// Fills a waiting order that the bar triggers; true if it did (E2, E6), false also for want of
    /// margin (A1.trigger).
    pub(crate) fn trigger_one(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        place: usize,
        quote: &Quote,
    ) -> Result<bool> {
        let position = &positions[slot as usize];
        let Some(trigger) = self.trigger_of(position, place, quote) else {
            return Ok(false);
        };
        if self.verdict(slot).is_some_and(|verdict| !verdict.won) {
            return Ok(false);
        }
        if self.config.margin.is_some() {
            let equity = ledger.equity().or(self.outside.equity);
            let before_us = Some(quote.time_us());
            match self.check_margin(positions, position, equity, A1_TRIGGER, before_us)? {
                Ok(need) => positions[slot as usize].margin = need,
                Err(breach) => {
                    self.refuse_fill(&mut positions[slot as usize], slot, breach)?;
                    return Ok(false);
                }
            }
        }
        self.fill(positions, ledger, slot, trigger, quote.time_us())?;
        Ok(true)
    }

    /// Marks an order that has just filled in OPEN or EXITS, and cancels its group (E3, S4).
    pub(crate) fn settle_fill(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        place: usize,
        quote: &Quote,
    ) {
        let position = &mut positions[slot as usize];
        let inside = position.at() == Some(FillAt::Inside);
        let end_us = quote.time_us() + self.quotes[place].step_us;
        if inside
            && position
                .expires_at_us()
                .is_some_and(|expires| expires < end_us)
        {
            self.leave_open(position, quote, E3_SPANNED, Other::Unfilled);
        }
        self.cancel_group(positions, ledger, slot);
        if let Some(verdict) = self.verdict(slot)
            && ![S4_OCO_OPEN, S4_OCO_DRILLDOWN].contains(&verdict.rule)
        {
            let position = &mut positions[slot as usize];
            self.leave_open(position, quote, verdict.rule, Other::Unfilled);
        }
    }

    /// Tests an order that has just been filled against the same bar (E5, E6, R3).
    pub(crate) fn test_triggered(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        quote: &Quote,
    ) -> Result<()> {
        let position = &mut positions[slot as usize];
        if !position.is_open() {
            return Ok(());
        }
        let decided = if position.parity {
            parity::decide_exit(position, quote, self.buffer, true)
        } else if position.at() == Some(FillAt::Inside) {
            self.decide_entry_bar(position, quote)
        } else {
            self.decide_exit(position, quote)
        };
        match decided {
            Some(decided) => self.leave(position, ledger, slot, decided, quote),
            None => Ok(()),
        }
    }

    /// Tests an order or position against a bar: it may fill, and it may leave (E6).
    #[inline]
    pub(crate) fn look_at(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        place: usize,
        quote: &Quote,
    ) -> Result<()> {
        if self.blotter.waiting == 0 || !Self::is_pending(positions, slot) {
            return self.test_one(positions, ledger, slot, place, quote);
        }
        if self.trigger_one(positions, ledger, slot, place, quote)? {
            self.settle_fill(positions, ledger, slot, place, quote);
            self.test_triggered(positions, ledger, slot, quote)?;
        }
        Ok(())
    }

    /// Tests one open position against a bar and closes it where a level decides (X1 to X3, R3).
    #[inline]
    pub(crate) fn test_one(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        place: usize,
        quote: &Quote,
    ) -> Result<()> {
        let Some(position) = positions.get_mut(slot as usize) else {
            return Ok(());
        };
        if self.quotes.len() > 1 && !self.is_of(position, place) {
            return Ok(());
        }
        // Most bars reach no level; then nothing else of the record has to be read.
        if self.tests_levels_alone() && !is_reached(position, quote) {
            return Ok(());
        }
        let State::Open(fill) = &position.state else {
            return Ok(());
        };
        let decided = if position.parity {
            if quote.time_us() <= position.entry_time_us {
                return Ok(());
            }
            parity::decide_exit(position, quote, self.buffer, false)
        } else {
            if fill.at == FillAt::Close && fill.time_us == quote.time_us() {
                return Ok(());
            }
            self.decide_exit(position, quote)
        };
        match decided {
            Some(decided) => self.leave(position, ledger, slot, decided, quote),
            None => Ok(()),
        }
    }

    /// Decides the exit of a position that has the whole bar; lower bars decide a tie (X3).
    #[inline]
    pub(crate) fn decide_exit(
        &mut self,
        position: &Position,
        quote: &Quote,
    ) -> Option<DecidedExit> {
        let decided = decide_exit(position, quote, &self.config.policy);
        if self.lower.is_empty() || !decided.is_some_and(|exit| exit.tie) {
            return decided;
        }
        let lower_bars = self.lower_bars(&position.symbol, quote);
        let decided = drill_tie(position, quote, &lower_bars, &self.config.policy);
        let is_bare = lower_bars.is_empty();
        self.count_drilldown(is_bare, decided.is_some_and(|exit| !exit.tie));
        decided
    }

    /// Decides the exit of an order that this bar triggered inside, and marks it (E5, X3).
    fn decide_entry_bar(&mut self, position: &mut Position, quote: &Quote) -> Option<DecidedExit> {
        let (mut decided, mut left_open) = decide_entry_bar(position, quote, &self.config.policy);
        let was_open = left_open.iter().any(Option::is_some);
        if !self.lower.is_empty() && (decided.is_some() || was_open) {
            let lower_bars = self.lower_bars(&position.symbol, quote);
            let alone = (decided, left_open);
            let policy = &self.config.policy;
            let drilled = drill_entry_bar(position, quote, &lower_bars, policy, alone);
            let is_bare = lower_bars.is_empty();
            (decided, left_open) = (drilled.exit, drilled.left_open);
            if was_open {
                self.count_drilldown(is_bare, left_open.iter().all(Option::is_none));
            }
            if let Some(rule) = drilled.cleared {
                self.blotter.emit(position, Action::Cleared, rule, None);
            }
        }
        for (rule, other) in left_open.into_iter().flatten() {
            self.leave_open(position, quote, rule, other);
        }
        decided
    }

    /// Counts a bar that was asked of lower bars.
    fn count_drilldown(&mut self, is_bare: bool, is_clear: bool) {
        let counts = &mut self.lower.counts;
        counts.asked += 1;
        counts.decided += u64::from(is_clear);
        counts.without += u64::from(is_bare);
    }

    /// Whether a position stays that the bar takes to none of its levels.
    #[inline]
    fn tests_levels_alone(&self) -> bool {
        !self.is_parity() && self.config.policy.exit_buffer_pips == 0.0
    }

    /// Ends the test of orders and positions.
    pub(crate) fn end_exits(&mut self) {
        self.verdicts.clear();
        self.drop_finished();
    }

    /// Whether an order still waits.
    #[inline]
    pub(crate) fn is_pending(positions: &Positions, slot: u32) -> bool {
        positions
            .get(slot as usize)
            .is_some_and(Position::is_pending)
    }

    /// Ends the groups of which one filled in this bar's ENTRY (S4).
    #[inline]
    pub(crate) fn end_groups(&mut self) {
        if !self.decided.is_empty() {
            let decided = std::mem::take(&mut self.decided);
            self.groups.retain(|(_, number)| !decided.contains(number));
        }
    }

    /// Returns the buffer of this call: by the pip of the first open position (R3.buffer).
    fn parity_buffer(&self, ledger: &impl Ledger) -> f64 {
        let first = ledger.first_open().or(self.outside.first_open.as_ref());
        let pip_size = first.map_or(DEFAULT_PIP, |symbol| self.pip_size(symbol));
        self.config.policy.exit_buffer_pips * pip_size
    }
}
