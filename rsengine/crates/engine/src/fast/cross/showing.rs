//! How the executor is shown single symbols, and brought up to date about the others.

use std::sync::Arc;

use super::CrossJump;
use super::course::Way;
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::errors::Result;
use crate::fast::LaneViews;
use crate::ledger::LedgerKind;
use crate::quotes::Quote;
use crate::trace::Phase;

impl CrossJump<'_> {
    /// Whether rows follow from candles, and symbols are known by the places that they have here.
    pub(super) fn is_ready(&self, core: &Core, from: usize) -> bool {
        let Some(executor) = core.executors.get(self.executor) else {
            return false;
        };
        let ways = &self.course.ways;
        let known = &ways[..ways.partition_point(|way| way.first < from)];
        let mut both = executor.quotes.iter().zip(known);
        let is_known = executor.quotes.len() == known.len()
            && both.all(|(shown, way)| Arc::ptr_eq(&shown.symbol, &way.sides.symbol));
        is_known && executor.is_quiet() && core.portfolio.follows(known)
    }

    /// Begins after a key of the plain loop.
    pub(super) fn enter(&mut self, core: &Core, from: usize) {
        self.agenda.clear();
        self.shown.fill(from);
        self.unseen.begin(from, core.portfolio.open.weights());
        self.told = from;
        self.look(core);
    }

    /// Brings all up to date after keys from one on and before another.
    ///
    /// After an error at that other the symbols are shown that were not; the rest stays as it was.
    pub(super) fn leave(&mut self, core: &mut Core, (from, to): (usize, usize), is_sound: bool) {
        self.see(core);
        let stopped = self.stopped.take();
        let declared = &self.course.declared;
        let is_after = |place: usize| {
            // The plain loop has shown nothing behind the one at which it stopped.
            let order = |place: usize| declared.iter().position(|&other| other == place);
            stopped.is_some_and(|stopped| order(place) > order(stopped))
        };
        if !is_sound {
            self.begin(core, to);
            let executor = &mut core.executors[self.executor];
            executor.begin_entry(self.views.time_us[to]);
            executor.bar_us = Some(self.views.time_us[to]);
            let mut declared = self.course.declared.iter().rev();
            let is_shown = |place: &&usize| self.course.ways[**place].has_bar(to);
            executor.in_use = stopped.or_else(|| declared.find(is_shown).copied());
        }
        for place in 0..core.executors[self.executor].quotes.len() {
            let until = if is_sound || is_after(place) {
                to
            } else {
                to + 1
            };
            self.count(core, place, until);
            let way = &self.course.ways[place];
            let last = way.last_covered(way.first, until);
            if let Some((bid, ask)) = last.and_then(|key| way.sides.get(key)) {
                core.executors[self.executor].quotes[place].quote = Quote::new(&bid, &ask);
                core.portfolio.marks[place].show(&bid, &ask);
            }
        }
        if from < to {
            self.tell_all(core, to);
            if is_sound {
                self.pass_time(core, to);
            }
        }
    }

    /// Leaves the clock of the executor after the keys before one.
    fn pass_time(&self, core: &mut Core, key: usize) {
        let executor = &mut core.executors[self.executor];
        let Some(&[before_us, last_us]) = self.views.time_us[..key].last_chunk() else {
            return;
        };
        executor.ended_us = executor.ended_us.max(before_us + executor.length_us);
        executor.bar_us = Some(last_us);
        executor.begin_phase(Phase::Manage, last_us);
    }

    /// Makes executor and portfolio ready for a key: as after the one before it.
    pub(super) fn begin(&mut self, core: &mut Core, key: usize) {
        if self.told == key {
            return;
        }
        self.tell(core, key);
        self.pass_time(core, key);
    }

    /// OPEN of a symbol, if it has a bar and was not shown at this key.
    pub(super) fn show(&mut self, core: &mut Core, place: usize, key: usize) -> Result<()> {
        let way = &self.course.ways[place];
        if self.shown[place] > key || !way.has_bar(key) {
            return Ok(());
        }
        let [bids, asks] = &self.candles[place];
        let (Some(bid), Some(ask)) = (bids.get(key), asks.get(key)) else {
            return Ok(());
        };
        self.begin(core, key);
        self.count(core, place, key);
        self.shown[place] = key + 1;
        self.due.push((place, bid, ask));
        core.executors[self.executor].turn = place;
        core.portfolio.next_mark = place;
        let opened = core.open_bar(self.executor, &bid, &ask, Some(&way.sides.symbol));
        opened.inspect_err(|_| self.stopped = Some(place))
    }

    /// Counts the bars of a symbol before a key that it was not shown.
    pub(super) fn count(&mut self, core: &mut Core, place: usize, key: usize) {
        let way = &self.course.ways[place];
        let from = self.shown[place];
        if from >= key || way.first >= key {
            return;
        }
        self.shown[place] = key;
        let Some(last) = way.last_covered(from, key) else {
            return;
        };
        let executor = &mut core.executors[self.executor];
        executor.pass_bars(place, way, (from, last), &self.views);
        if executor.blotter.waiting > 0 {
            let bars = way.count(from, key);
            for &slot in &executor.blotter.active {
                let order = &mut core.positions[slot as usize];
                if self.agenda.place_of(slot) == place
                    && order.is_pending()
                    && let Some(details) = order.details.as_mut()
                {
                    details.bars_seen += bars as u64;
                }
            }
        }
    }
}

impl ExecutionSimulator {
    /// Whether nothing happens to a symbol in a bar that reaches no level of its own.
    fn is_quiet(&self) -> bool {
        let blotter = &self.blotter;
        self.ledger == LedgerKind::Native
            && !self.is_parity()
            && !self.converts
            && !self.swaps
            && self.stop_out_level().is_none()
            && blotter.queue.is_empty()
            && !blotter.tracer.is_on()
    }

    /// The phase of signals, for a key at which no symbol was shown (L2).
    pub(super) fn begin_entry(&mut self, time_us: i64) {
        if self.blotter.time_us != Some(time_us) {
            self.begin_phase(Phase::Entry, time_us);
        }
    }

    /// Takes in the bars of a symbol from one key on, the last among them.
    fn pass_bars(
        &mut self,
        place: usize,
        way: &Way,
        (from, last): (usize, usize),
        lanes: &LaneViews<'_>,
    ) {
        let times_us = lanes.time_us;
        let passed = way.covered(from, last + 1).map(|key| times_us[key]);
        let known = (times_us[last], lanes.shortest_step_us);
        self.quotes[place].pass(passed, known);
    }
}
