//! Positions that are open where a tape begins, and where it ends.

use std::collections::BinaryHeap;
use std::sync::Arc;

use super::Jump;
use super::booking::Booking;
use super::crowd::Crowd;
use super::plans::levels_of;
use super::several::{Books, Several};
use super::signal_book::Refusing;
use super::tape::{Carried, OPEN, Tape, Trade};
use super::tile::LaneViews;
use super::weight::{Weight, total_at_close};
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::holdings::{EntryNumbers, Holding};
use crate::marks::OpenEntry;
use crate::positions::Position;

/// Trades that room is made for at first.
const ROOM: usize = 64;

impl ExecutionSimulator {
    /// How many orders and positions of its only symbol may be open at once.
    pub(super) fn most_open(&self) -> usize {
        let policy = &self.config.policy;
        let limits = [policy.max_positions, policy.max_positions_symbol];
        let most = limits.into_iter().flatten().min();
        most.map_or(usize::MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        })
    }
}

impl<'a> Several<'a> {
    /// Trades from a bar on and before another, of signals from a place on; `None` where something is
    /// open of which more than prices decides.
    pub(super) fn of(
        (core, place): (&'a Core, usize),
        views: &'a LaneViews<'a>,
        (of, unit): (&'a Arc<Refusing>, f64),
        (from, last): (usize, usize),
        (first_place, first_bar): (usize, usize),
    ) -> Option<Self> {
        let (executor, portfolio) = (&core.executors[place], &core.portfolio);
        let active = &executor.blotter.active;
        if executor.config.margin.is_some() || (active.is_empty() && first_bar >= last) {
            return None;
        }
        let is_known = *active == executor.held
            && active.len() == portfolio.open.len()
            && active.len() <= executor.most_open()
            && !(portfolio.is_behind && executor.reads_equity())
            && portfolio.marks.iter().all(|mark| mark.is_of(&of.symbol));
        if !is_known {
            return None;
        }
        let mut several = Self {
            booking: Booking::of(executor, views, (of, unit)),
            views,
            tape: Tape {
                of: Arc::clone(of),
                owner: executor.place,
                unit,
                first_order_id: executor.next_order_id,
                first_slot: u32::try_from(core.positions.len()).ok()?,
                places: first_place..first_place,
                held: executor.most_open(),
                from,
                to: from,
                cash: portfolio.cash,
                carried: Vec::with_capacity(active.len()),
                trades: Vec::with_capacity(ROOM),
                closing: Some(Vec::with_capacity(ROOM)),
            },
            crowd: Crowd::default(),
            due: BinaryHeap::new(),
            books: Books {
                cash: portfolio.cash,
                fees: portfolio.total_fees,
                realised: portfolio.realised,
                maxima: portfolio.maxima(),
                equity: portfolio.equity,
                from,
            },
            wall: last,
            most: executor.most_open(),
            reads_equity: executor.reads_equity(),
        };
        let weights = portfolio.open.weights().iter().flatten();
        for ((&slot, entry), weight) in active.iter().zip(portfolio.open.live()).zip(weights) {
            let position = core.positions.get(slot as usize)?;
            if entry.holding != Holding::Own(slot) || !several.knows(position) {
                return None;
            }
            several.booking.carry(position);
            let (stop, target) = (position.committed_stop_loss, position.committed_take_profit);
            let (side, blocks) = &views.sides[0][usize::from(!position.direction.is_long())];
            let levels = levels_of(position.direction, stop, target);
            let exit_bar = blocks.first_reach(side, (from, last), levels);
            several.carry(carried(position, slot, *weight), exit_bar);
        }
        (several.tape.carried.len() == active.len()).then_some(several)
    }

    /// Whether a position is as if it had been opened on the tape.
    fn knows(&self, position: &Position) -> bool {
        let (unit, spec) = (self.tape.unit, &self.tape.of.spec);
        position.is_open()
            && !position.parity
            && !position.stale_unit
            && position.part == 0
            && position.swap == 0.0
            && [position.now_unit, position.fee_unit] == [unit; 2]
            && position.digits == spec.digits
            && position.pip_size == spec.pip_size
            && position.owner == Some(self.tape.owner)
    }
}

/// A position on its way onto a tape.
fn carried(position: &Position, slot: u32, weight: Weight) -> Carried {
    Carried {
        slot,
        order_id: position.order_id,
        weight,
        trade: Trade {
            place: OPEN,
            entry_bar: OPEN,
            exit_bar: OPEN,
            risked: position.risk_per_trade,
            size: position.size,
            entry: position.entry_price(),
            entry_fee: 0.0,
            exit: 0.0,
            exit_fee: 0.0,
            result: 0.0,
            risk: position.risk,
            reason: position.stop_reason,
            rule: "",
            cash: [0.0; 2],
            max_equity: 0.0,
        },
    }
}

impl Jump<'_> {
    /// Leaves what was written down, and what is open after it, as the plain steps would.
    pub(super) fn hand_over(
        &self,
        core: &mut Core,
        place: usize,
        mut tape: Tape,
        (crowd, books): (&Crowd, &Books),
    ) {
        tape.to = books.from;
        let open: Vec<usize> = crowd.numbers().map(|number| number as usize).collect();
        for &number in &open {
            tape.trade_mut(number).exit_bar = OPEN;
        }
        let tape = Arc::new(tape);
        let executor = &mut core.executors[place];
        let times = &self.views.time_us[tape.from..tape.to];
        executor.pass(times, self.views.shortest_step_us);
        executor.take_tape(&tape);
        let slots = open.iter().map(|&number| tape.record_of(number).1);
        executor.hold(slots.collect());
        let last_exit = tape.ended().checked_sub(1).map(|last| tape.ended_at(last));
        let last_exit_us = last_exit.and_then(|number| tape.time_us(tape.trade(number).exit_bar));
        core.portfolio.take_tape(self.lanes, &tape, last_exit_us);
        keep_records(core, &tape, &open);
        keep_open(core, &tape, &open);
        let portfolio = &mut core.portfolio;
        portfolio.take_maxima(&books.maxima);
        portfolio.cash = books.cash;
        let total = total_at_close(&self.views, portfolio.open.weights(), tape.to - 1);
        (portfolio.equity, portfolio.is_behind) = (books.cash + total, false);
        portfolio.total_fees = books.fees;
        portfolio.realised = books.realised;
    }
}

impl ExecutionSimulator {
    /// Holds these positions and no others; nothing waits.
    fn hold(&mut self, slots: Vec<u32>) {
        self.held.clone_from(&slots);
        self.blotter.active = slots;
        self.forget_levels();
    }
}

/// Closes the records of positions that the tape began with, and makes those of the ones that stay.
fn keep_records(core: &mut Core, tape: &Arc<Tape>, open: &[usize]) {
    let positions = &mut core.positions;
    positions.begin_changes();
    for place in 0..tape.ended() {
        let number = tape.ended_at(place);
        let trade = tape.trade(number);
        let Some(carried) = tape.carried.get(number) else {
            continue;
        };
        if let Some(time_us) = tape.time_us(trade.exit_bar)
            && let Some(position) = positions.get_mut(carried.slot as usize)
        {
            let (price, fee) = (trade.exit, trade.exit_fee);
            position.finish(price, time_us, fee, trade.reason, trade.rule);
        }
    }
    let mut kept = Vec::with_capacity(open.len());
    for &number in open {
        let (order_id, slot) = tape.record_of(number);
        let slot = slot as usize;
        if number >= tape.carried.len() {
            kept.extend(
                tape.position(order_id, tape.trade(number))
                    .map(|made| (slot, made)),
            );
        } else if !positions.is_loose(slot) {
            kept.extend(positions.get(slot).map(|record| (slot, record.clone())));
        }
    }
    positions.add(tape);
    for (slot, record) in kept {
        positions.loosen(slot, record);
    }
}

/// Puts what is open into the portfolio.
fn keep_open(core: &mut Core, tape: &Tape, open: &[usize]) {
    let before: Vec<&OpenEntry> = core.portfolio.open.live().collect();
    let mut entries = Vec::with_capacity(open.len());
    for &number in open {
        if let Some(&entry) = before.get(number) {
            entries.push(entry.clone());
            continue;
        }
        let (_, slot) = tape.record_of(number);
        if let Some(position) = core.positions.get(slot as usize) {
            entries.push(OpenEntry {
                holding: Holding::Own(slot),
                symbol: Arc::clone(&position.symbol),
                mark: Some(0),
                numbers: EntryNumbers::of(position),
                gone: false,
            });
        }
    }
    core.portfolio.open.replace(entries);
}
