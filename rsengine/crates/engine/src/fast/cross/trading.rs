//! Trades of columns: only the signals that find room and the bars that reach a level are looked at.
//!
//! What `trades` does for one symbol, with one account for all: what waits of a symbol does not depend on
//! the others, so each has its next exit, and the signals of all are gone through in their order.

use std::sync::Arc;

use fillproof_ahead::fetch;

use super::CrossJump;
use super::planned::Patience;
use crate::config::MarketFill;
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::errors::Result;
use crate::fast::RefusingEach;
use crate::fast::trades::{at_close, quote_of};
use crate::holdings::Holding;
use crate::positions::{FillAt, State};
use crate::strategies::cross_columns::{CrossColumnStrategy, Place};
use crate::trace::Phase;

/// What trades of columns are made from, found once.
#[derive(Debug)]
pub(super) struct Trading {
    pub(super) by: Arc<RefusingEach>,
    /// Places of the symbols of columns, and by place the column of a symbol that has one.
    pub(super) places: Vec<usize>,
    pub(super) columns: Vec<Option<usize>>,
    /// The next signal.
    pub(super) at: usize,
    /// The signals whose symbol has no bar at their key, which are refused by a rule of their own, and
    /// the next of them.
    lacking: Vec<usize>,
    next_lacking: usize,
    /// By columns how many orders and positions their symbol holds, where it has no room for more.
    pub(super) full: Vec<usize>,
    /// Whether there is none for any symbol.
    is_full: bool,
    /// Symbols that have to be looked at by the key under way.
    due: Vec<usize>,
    /// When to begin a tape.
    pub(super) patience: Patience,
}

/// Stands for a symbol that has room.
pub(super) const ROOM: usize = usize::MAX;

impl CrossJump<'_> {
    /// Takes in keys while nothing but trades of columns happens, but not `last`; moves `bar` to the
    /// first key that is left to be looked at more closely.
    pub(super) fn trade(
        &mut self,
        core: &mut Core,
        columns: &CrossColumnStrategy,
        bar: &mut usize,
        last: usize,
    ) -> Result<()> {
        if !core.executors[self.executor].trades_alone_across() || columns.len() < last {
            return Ok(());
        }
        let known = self.trading.take();
        let known = known.filter(|trading| Arc::ptr_eq(&trading.by.signals, columns.merged()));
        let Some(mut trading) = known.or_else(|| self.trading_of(core, columns)) else {
            return Ok(());
        };
        trading.seek(*bar);
        let done = self.go_trading(core, columns, &mut trading, (bar, last));
        self.trading = Some(trading);
        done
    }

    fn trading_of(&self, core: &Core, columns: &CrossColumnStrategy) -> Option<Trading> {
        let executor = &core.executors[self.executor];
        let (mut places, mut by) = (Vec::new(), Vec::new());
        let mut of_places = vec![None; self.course.ways.len()];
        for (symbol, of_symbol) in columns.columns() {
            let place = executor.place_of(symbol)?;
            let is_second = of_places[place].replace(places.len()).is_some();
            if is_second || !of_symbol.is_sound() || !of_symbol.is_market() {
                return None;
            }
            by.push(executor.refusing(of_symbol, (&self.course.lanes, place))?);
            places.push(place);
        }
        let signals = Arc::clone(columns.merged());
        let ways = &self.course.ways;
        let mut lacking = Vec::new();
        if places.iter().any(|&place| !ways[place].is_whole()) {
            let lacks = |signal: &Place| {
                let way = &ways[places[signal.column as usize]];
                !way.has_bar(signal.row)
            };
            let signals = signals.iter().enumerate();
            lacking.extend(signals.filter_map(|(at, signal)| lacks(signal).then_some(at)));
        }
        Some(Trading {
            lacking,
            next_lacking: 0,
            by: Arc::new(RefusingEach { signals, by }),
            full: vec![ROOM; places.len()],
            is_full: false,
            places,
            columns: of_places,
            at: 0,
            due: Vec::new(),
            patience: Patience::default(),
        })
    }

    fn go_trading(
        &mut self,
        core: &mut Core,
        columns: &CrossColumnStrategy,
        trading: &mut Trading,
        (bar, last): (&mut usize, usize),
    ) -> Result<()> {
        self.read_agenda(core, *bar);
        trading.find_room(self, core, None);
        while *bar < last {
            let from = *bar;
            // A symbol that is new has to be shown.
            let ways = &self.course.ways;
            let new = ways.get(core.executors[self.executor].quotes.len());
            let until = last.min(new.map_or(usize::MAX, |way| way.first));
            if from < until {
                self.take_planned(core, columns, trading, (bar, until))?;
                if *bar > from {
                    continue;
                }
            }
            let due = self.agenda.soonest();
            let (floor, holds) = self.unseen.floor(&self.views, from - 1, self.cash);
            // Signals of the key of an exit come before it, and so do those after the last floor.
            let to = until.min(due.saturating_add(1)).min(holds + 1);
            if floor <= 0.0 || floor.is_nan() || from >= to {
                return Ok(());
            }
            let signal = trading.refuse(&mut core.executors[self.executor], to);
            let key = match signal {
                Some(key) => key,
                None if due < to => due,
                None => to,
            };
            self.note(core, from, key);
            *bar = key;
            if key == until {
                return Ok(());
            }
            if signal.is_some() || key == due {
                self.trade_at(core, columns, trading, key)?;
                *bar += 1;
            }
        }
        Ok(())
    }

    /// A key with a signal that may find room, or with a level that is reached.
    pub(super) fn trade_at(
        &mut self,
        core: &mut Core,
        columns: &CrossColumnStrategy,
        trading: &mut Trading,
        key: usize,
    ) -> Result<()> {
        trading.due.clear();
        if self.agenda.soonest() <= key {
            let declared = self.course.declared.iter().copied();
            let due = declared.filter(|&place| self.agenda.is_due(place, key));
            trading.due.extend(due);
        }
        self.tell(core, key);
        while let Some(signal) = trading.signal_at(key) {
            if trading.full[signal.column as usize] == ROOM || trading.lacks() {
                let place = trading.places[signal.column as usize];
                core.positions.fetch_end();
                self.expect(columns, (signal, place));
                self.enter_at(core, columns, (signal, place))?;
                self.read_agenda_known(core, std::iter::once(place), key + 1);
                trading.find_room(self, core, Some(place));
                trading.at += 1;
                self.fetch(columns, (signal, place));
            } else {
                trading.refuse(&mut core.executors[self.executor], key + 1);
            }
        }
        for &place in &trading.due {
            // In a hole the last close counts, which no level is at: a level is beyond both closes when
            // its order is accepted (S3.sides), and a bar that reaches it ends the position.
            debug_assert!(
                self.course.ways[place].has_bar(key),
                "Invariant: no level is reached in a hole"
            );
            self.exit_at(core, place, key)?;
        }
        let executor = &mut core.executors[self.executor];
        executor.drop_finished();
        executor.begin_phase(Phase::Manage, self.views.time_us[key]);
        self.end_synced(core, key);
        self.read_agenda_known(core, trading.due.iter().copied(), key + 1);
        // A level may be reached that does nothing.
        self.read_agenda(core, key + 1);
        for at in 0..trading.due.len() {
            trading.find_room(self, core, Some(trading.due[at]));
        }
        Ok(())
    }

    /// A market order at the close of the bar of its signal, if its symbol has room.
    fn enter_at(
        &mut self,
        core: &mut Core,
        columns: &CrossColumnStrategy,
        (signal, place): (Place, usize),
    ) -> Result<()> {
        let key = signal.row;
        let time_us = self.views.time_us[key];
        let has_bar = self.course.ways[place].has_bar(key);
        self.count(core, place, if has_bar { key + 1 } else { key });
        let [bid, ask] = self.views.sides[place]
            .each_ref()
            .map(|(side, _)| at_close(side, key, time_us));
        let Core {
            positions,
            portfolio,
            executors,
            ..
        } = core;
        let executor = &mut executors[self.executor];
        if has_bar {
            executor.read_quote(place, &bid, &ask);
        }
        executor.begin_phase(Phase::Entry, time_us);
        executor.turn = place;
        let symbol = Arc::clone(&executor.quotes[place].symbol);
        let (_, of_symbol) = &columns.columns()[signal.column as usize];
        let at = signal.at as usize;
        // One side may be there without the other.
        let there = &self.course.ways[place].sides.there;
        let signal = of_symbol.signal_at(at, &symbol, time_us, |way| {
            let side = usize::from(way.is_long());
            let is_there = there[side].get(key).is_some_and(|&there| there);
            is_there.then(|| self.candles[place][side].close[key])
        });
        let held = portfolio.open.weights().len();
        let active = executor.blotter.active.len();
        executor.has_room = has_bar;
        let processed = executor.process_signal(positions, portfolio, &signal);
        executor.has_room = false;
        processed?;
        for &slot in executor.blotter.active.iter().skip(active) {
            self.agenda.enter(place, slot);
        }
        for weight in portfolio.open.weights()[held..].iter().flatten() {
            self.unseen.enter(&self.views, weight);
        }
        Ok(())
    }

    /// Asks for the prices of the bars in which the trade of a signal is going to end.
    ///
    /// Its levels are on no grid yet, so that it may be other bars; then these are read later.
    #[inline]
    fn expect(&self, columns: &CrossColumnStrategy, (signal, place): (Place, usize)) {
        let (_, of_symbol) = &columns.columns()[signal.column as usize];
        let bars = (signal.row + 1, self.views.time_us.len());
        let levels = of_symbol.levels_at(signal.at as usize);
        self.views.fetch_exit(place, levels, bars);
    }

    /// Asks for what the next exit of a symbol and the signal after it are going to read.
    #[inline]
    fn fetch(&self, columns: &CrossColumnStrategy, (signal, place): (Place, usize)) {
        let exit = self.agenda.next_of_place(place);
        for side in &self.candles[place] {
            for column in [side.open, side.high, side.low, side.close] {
                fetch(column, exit);
            }
        }
        let (_, of_symbol) = &columns.columns()[signal.column as usize];
        if exit < self.views.time_us.len()
            && let Some(row) = of_symbol.row_behind(signal.at as usize, exit)
        {
            for (side, blocks) in &self.views.sides[place] {
                fetch(side.close, row);
                blocks.fetch(row);
            }
        }
    }

    /// The bar that reaches a level of a symbol.
    fn exit_at(&mut self, core: &mut Core, place: usize, key: usize) -> Result<()> {
        let Core {
            positions,
            portfolio,
            executors,
            ..
        } = core;
        let executor = &mut executors[self.executor];
        // Those along the lanes have no opens where the symbol has holes.
        let [bids, asks] = &self.candles[place];
        let time_us = self.views.time_us[key];
        executor.turn = place;
        let mut at = 0;
        while let Some(&slot) = self.agenda.slots(place).get(at) {
            at += 1;
            let position = &mut positions[slot as usize];
            let State::Open(fill) = &position.state else {
                continue;
            };
            if fill.at == FillAt::Close && fill.time_us == time_us {
                continue;
            }
            let quote = quote_of(position, [bids, asks], key, time_us);
            if let Some(decided) = executor.decide_exit(position, &quote) {
                let open = portfolio.open.find(Holding::Own(slot)).unwrap_or(0);
                let before = portfolio.open.weights()[..open].iter().flatten().count();
                executor.begin_phase(Phase::Exits, time_us);
                executor.leave(position, portfolio, slot, decided, &quote)?;
                self.unseen.leave(before);
                at -= 1;
                self.agenda.leave(place, at);
            }
        }
        Ok(())
    }
}

impl Trading {
    /// Goes to the first signal at or after a key.
    fn seek(&mut self, key: usize) {
        let signals = &self.by.signals;
        let is_before = |at: usize| signals.get(at).is_some_and(|signal| signal.row < key);
        if is_before(self.at) || self.at > 0 && !is_before(self.at - 1) {
            self.at = signals.partition_point(|signal| signal.row < key);
            self.next_lacking = 0;
        }
    }

    /// The next of the signals that lack a bar, all of them where there is none.
    fn next_lacking(&mut self) -> usize {
        loop {
            match self.lacking.get(self.next_lacking) {
                None => return usize::MAX,
                Some(&lacking) if lacking >= self.at => return lacking,
                Some(_) => self.next_lacking += 1,
            }
        }
    }

    /// Whether the next signal lacks a bar.
    pub(super) fn lacks(&mut self) -> bool {
        self.next_lacking() == self.at
    }

    /// The next signal, if it is of a key.
    pub(super) fn signal_at(&self, key: usize) -> Option<Place> {
        let next = self.by.signals.get(self.at).copied();
        next.filter(|signal| signal.row == key)
    }

    /// Refuses signals before a key up to the first whose symbol has room, and answers its key.
    fn refuse(&mut self, executor: &mut ExecutionSimulator, to: usize) -> Option<usize> {
        loop {
            let most = self.next_lacking() - self.at;
            let signals = &self.by.signals[self.at..];
            let first = signals.first().filter(|signal| signal.row < to)?;
            let held = self.full[first.column as usize];
            if held == ROOM || most == 0 {
                return Some(first.row);
            }
            let ends = |of: &Place| of.row >= to || self.full[of.column as usize] != held;
            let count = signals.iter().position(ends).unwrap_or(signals.len());
            let count = count.min(most);
            executor.refuse_all(&self.by, self.at..self.at + count, held);
            self.at += count;
        }
    }

    /// Passes signals before a key up to the first whose symbol has room, or that lacks a bar, and answers
    /// its key.
    pub(super) fn pass(&mut self, to: usize) -> Option<usize> {
        let end = self.next_lacking();
        loop {
            let first = self.by.signals.get(self.at);
            let first = first.filter(|signal| signal.row < to)?;
            if self.at == end || self.full[first.column as usize] == ROOM {
                return Some(first.row);
            }
            self.at += 1;
        }
    }

    /// Finds which symbols have room after one of them came to hold so many, and all of them so many.
    pub(super) fn take_room(
        &mut self,
        executor: &ExecutionSimulator,
        (all, held): (usize, &[usize]),
        column: usize,
    ) {
        let is_full = executor.is_full_of([all, 0]);
        let was_full = std::mem::replace(&mut self.is_full, is_full);
        let columns = if was_full == is_full {
            column..column + 1
        } else {
            0..held.len()
        };
        for column in columns {
            self.full[column] = room_of(executor, is_full, [all, held[column]]);
        }
    }

    /// Finds which symbols have room, if only what one of them holds may have changed.
    pub(super) fn find_room(&mut self, jump: &CrossJump<'_>, core: &Core, only: Option<usize>) {
        let executor = &core.executors[jump.executor];
        let is_full = executor.is_full_with(0);
        let was_full = std::mem::replace(&mut self.is_full, is_full);
        match only.filter(|_| was_full == is_full) {
            Some(place) => {
                if let Some(column) = self.columns[place] {
                    self.find_room_of(jump, executor, column);
                }
            }
            None => {
                (0..self.places.len()).for_each(|column| self.find_room_of(jump, executor, column))
            }
        }
    }

    fn find_room_of(&mut self, jump: &CrossJump<'_>, executor: &ExecutionSimulator, column: usize) {
        let place = self.places[column];
        let held = jump.agenda.active(executor, place);
        let all = executor.blotter.active.len();
        self.full[column] = room_of(executor, self.is_full, [all, held]);
    }
}

/// How many a symbol holds that has no room for more, [`ROOM`] for one that has.
fn room_of(executor: &ExecutionSimulator, is_full: bool, [all, held]: [usize; 2]) -> usize {
    if is_full {
        // How many are of its symbol makes no difference.
        0
    } else if executor.is_full_of([all, held]) {
        held
    } else {
        ROOM
    }
}

impl ExecutionSimulator {
    /// Whether orders of columns have their whole story in their signals' closes and their levels.
    fn trades_alone_across(&self) -> bool {
        let policy = &self.config.policy;
        self.blotter.waiting == 0
            && !self.blotter.finished
            && self.group_count == 0
            && policy.market_fill == MarketFill::Close
            && policy.exit_buffer_pips == 0.0
            && !self.config.strict
    }
}
