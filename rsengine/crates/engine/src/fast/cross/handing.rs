//! Where a tape begins and ends: what is open is taken over, and what happened is handed out.

use std::sync::Arc;

use super::CrossJump;
use super::booking::Booking;
use super::tape::CrossTape;
use super::trading::Trading;
use crate::core::Core;
use crate::desk::NO_SLOT;
use crate::holdings::{EntryNumbers, Holding};
use crate::marks::OpenEntry;
use crate::positions::{FillAt, Position, Reason};
use crate::trace::Phase;

impl CrossJump<'_> {
    /// Begins a tape with what is open; `None` where prices do not decide alone what becomes of it.
    pub(super) fn begin_tape(
        &self,
        core: &mut Core,
        trading: &Trading,
        from: usize,
    ) -> Option<Booking> {
        let executor = &mut core.executors[self.executor];
        let next_slot = u32::try_from(core.positions.len()).ok()?;
        if executor.config.margin.is_some()
            || executor.held != executor.blotter.active
            || core.portfolio.open.len() != executor.held.len()
        {
            return None;
        }
        // Without rates there is no moment at which it could be another.
        let each = trading.by.by.iter();
        let units = each.map(|of| executor.unit_at_acceptance(0, &of.symbol).ok());
        let tape = CrossTape {
            units: units.collect::<Option<_>>()?,
            by: Arc::clone(&trading.by),
            owner: executor.place,
            first_order_id: executor.next_order_id,
            signals: trading.at..trading.at,
            trades: Vec::new(),
            carried: 0,
            exits: Vec::new(),
            unmade: 0,
        };
        let mut ranks = vec![0; self.course.ways.len()];
        for (rank, &place) in (0..).zip(&self.course.declared) {
            ranks[place] = rank;
        }
        let places = trading.places.iter().map(|&place| (place, ranks[place]));
        let mut booking = Booking::of(tape, next_slot, places.collect());
        for (&slot, entry) in executor.held.iter().zip(core.portfolio.open.live()) {
            let position = core.positions.get(slot as usize)?;
            let place = executor.place_of(&position.symbol)?;
            let column = trading.columns.get(place).copied().flatten()?;
            let unit = booking.tape.units[column];
            if entry.holding != Holding::Own(slot) || !is_plain(position, unit) {
                return None;
            }
            // One that was filled at the last close may leave from the next bar on, as all others.
            booking.carry(&self.views, (slot, position), column, from);
        }
        let portfolio = &mut core.portfolio;
        portfolio.open.close_gaps(&mut portfolio.rows);
        portfolio.begin_rows(&self.course.lanes);
        Some(booking)
    }

    /// Hands out what was written down; records are made of what is still open.
    pub(super) fn end_tape(
        &mut self,
        core: &mut Core,
        trading: &Trading,
        booking: Booking,
        key: usize,
    ) {
        let open: Vec<u32> = booking.open().map(|trade| trade.slot).collect();
        let mut tape = booking.tape;
        tape.signals.end = trading.at;
        let Core {
            positions,
            portfolio,
            executors,
            ..
        } = core;
        let executor = &mut executors[self.executor];
        for trade in &tape.trades[..tape.carried] {
            if trade.left.is_some() {
                tape.finish(trade, &mut positions[trade.slot as usize]);
            }
        }
        // Records stay in the order of their slots: those behind the first that is open are made.
        let first = positions.len();
        let filled = tape.filled().len();
        let unmade = open
            .first()
            .map_or(filled, |&slot| (slot as usize).saturating_sub(first));
        tape.unmade = unmade;
        let tape = Arc::new(tape);
        if unmade > 0 {
            positions.add(&tape);
        }
        for trade in &tape.filled()[unmade..] {
            if let Some(position) = tape.position(trade) {
                positions.push(position);
            }
        }
        let marks = open.iter().filter_map(|&slot| {
            let position = &positions[slot as usize];
            let place = executor.place_of(&position.symbol)?;
            Some(OpenEntry {
                holding: Holding::Own(slot),
                symbol: Arc::clone(&position.symbol),
                numbers: EntryNumbers::of(position),
                mark: Some(place),
                gone: false,
            })
        });
        portfolio.open.replace(marks.collect());
        portfolio.closed.add(&tape);
        portfolio.fees.add(&tape);
        let last = tape
            .exits
            .last()
            .and_then(|&at| tape.trades[at as usize].left);
        let last_us = last.map(|left| self.views.time_us[left.key]);
        portfolio.last_exit_us = portfolio.last_exit_us.max(last_us);
        portfolio.changes += (tape.exits.len() + filled) as u64;
        for trade in tape.filled() {
            self.agenda
                .know(trade.slot, trading.places[trade.column as usize]);
        }
        let before = executor.orders.len();
        executor.orders.resize(before + tape.signals.len(), NO_SLOT);
        for trade in tape.filled() {
            let at = (trade.order_id - tape.first_order_id) as usize;
            executor.orders[before + at] = trade.slot;
        }
        executor.next_order_id += tape.signals.len() as u64;
        for &slot in open.iter().filter(|&&slot| slot as usize >= first) {
            executor.blotter.watch(slot);
        }
        executor.held.clone_from(&open);
        executor.blotter.active = open;
        executor.blotter.version += 1;
        if key > 0 {
            executor.begin_phase(Phase::Manage, self.views.time_us[key - 1]);
        }
        executor.signals.add_across(&tape);
        self.look(core);
    }
}

/// Whether a position has its whole story in its levels, as one of columns has.
fn is_plain(position: &Position, unit: f64) -> bool {
    let levels = (position.committed_stop_loss, position.committed_take_profit);
    position.is_open()
        && position.at() == Some(FillAt::Close)
        && position.details.is_none()
        && !position.parity
        && position.parts == 0
        && position.part == 0
        && position.swap == 0.0
        && (position.now_unit, position.fee_unit) == (unit, unit)
        && position.stop_reason == Reason::StopLoss
        && (position.stop_loss, position.take_profit) == levels
}
