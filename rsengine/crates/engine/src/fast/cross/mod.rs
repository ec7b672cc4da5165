//! Several symbols: only those are looked at that have something to do.
//!
//! As for one symbol, what this leaves is what the plain loop would leave. At a key at which a signal
//! comes or a level is reached, its symbol is shown alone; the others are brought up to date when
//! somebody can look at them. Rows follow from the candles as long as nothing is booked.

mod agenda;
mod booking;
mod course;
mod deals;
mod floor;
mod handing;
mod ledger;
mod planned;
mod queue;
mod refusing;
mod showing;
mod tape;
mod trading;
mod unseen;

use self::agenda::{Agenda, Looks};
use self::course::Way;
pub(crate) use self::course::{Course, Filled};
use self::refusing::Refusals;
pub(super) use self::tape::CrossTape;
use self::trading::Trading;
use self::unseen::Unseen;
use crate::candles::{Candle, CandleView};
use crate::core::Core;
use crate::cross_symbol_engine::MultiStrategy;
use crate::errors::Result;
use crate::fast::LaneViews;
use crate::multi_symbol_slice::MultiSymbolSlice;
use crate::signals::TradeSignal;

/// Goes along a course from key to key at which something can happen.
#[derive(Debug)]
pub(crate) struct CrossJump<'a> {
    course: &'a Course,
    views: LaneViews<'a>,
    /// By place: both sides as they are, with their holes.
    candles: Vec<[CandleView<'a>; 2]>,
    executor: usize,
    agenda: Agenda,
    /// By place: before which key its quote and the bars of its orders have counted.
    shown: Vec<usize>,
    /// The symbols of the key under way, with their candles.
    due: Vec<(usize, Candle, Candle)>,
    signals: Vec<TradeSignal>,
    refusals: Refusals,
    trading: Option<Trading>,
    /// Rows that the maxima have not seen, and what those to come follow from.
    unseen: Unseen,
    cash: f64,
    changes: u64,
    /// The key before which equity is told.
    told: usize,
    /// The symbol whose bar ended the run when it opened.
    stopped: Option<usize>,
}

impl<'a> CrossJump<'a> {
    pub(crate) fn along(course: &'a Course, executor: usize) -> Self {
        Self {
            course,
            views: course.lanes.view(),
            candles: course.ways.iter().map(Way::view).collect(),
            executor,
            agenda: Agenda::of(course),
            shown: vec![0; course.ways.len()],
            due: Vec::new(),
            signals: Vec::new(),
            refusals: Refusals::default(),
            trading: None,
            unseen: Unseen::new(),
            cash: 0.0,
            changes: 0,
            told: 0,
            stopped: None,
        }
    }

    /// Takes in keys from `bar` on, but not `last`, as far as it can; moves `bar` to the first key that
    /// is left to the plain loop, or to the one of an error.
    ///
    /// # Errors
    /// Those of the plain loop.
    pub(crate) fn take_in<S: MultiStrategy + ?Sized>(
        &mut self,
        core: &mut Core,
        strategy: &mut S,
        multi_slice: &mut MultiSymbolSlice,
        bar: &mut usize,
        last: usize,
    ) -> Result<()> {
        let from = *bar;
        if from >= last || strategy.position_manager().is_some() || !self.is_ready(core, from) {
            return Ok(());
        }
        self.enter(core, from);
        let done = self.go(core, strategy, multi_slice, bar, last);
        self.leave(core, (from, *bar), done.is_ok());
        done
    }

    fn go<S: MultiStrategy + ?Sized>(
        &mut self,
        core: &mut Core,
        strategy: &mut S,
        multi_slice: &mut MultiSymbolSlice,
        bar: &mut usize,
        last: usize,
    ) -> Result<()> {
        while *bar < last {
            if let Some(columns) = strategy.columns() {
                self.trade(core, columns, bar, last)?;
                if *bar == last {
                    break;
                }
            }
            let from = *bar;
            self.read_agenda(core, from);
            let mut to = self.agenda.soonest().min(last);
            if from < to {
                to = strategy.skip(multi_slice, from, to)?;
            }
            self.note(core, from, to);
            *bar = to;
            if to < last {
                self.step(core, strategy, multi_slice, to)?;
                *bar += 1;
            }
        }
        Ok(())
    }

    /// A key of the plain loop, for the symbols alone that have something to do.
    fn step<S: MultiStrategy + ?Sized>(
        &mut self,
        core: &mut Core,
        strategy: &mut S,
        multi_slice: &mut MultiSymbolSlice,
        key: usize,
    ) -> Result<()> {
        self.due.clear();
        // What one order of a group does another may feel, whatever its symbol.
        let mut all = core.executors[self.executor].group_count > 0;
        if all {
            for place in 0..core.executors[self.executor].quotes.len() {
                self.count(core, place, key);
            }
        }
        if all || self.agenda.soonest() <= key {
            for &place in &self.course.declared {
                if all || self.agenda.is_due(place, key) {
                    self.show(core, place, key)?;
                }
            }
        }
        let tested = self.due.len();
        let columns = strategy.columns().filter(|_| !all);
        if !columns.is_some_and(|columns| self.refuse(core, columns, key)) {
            multi_slice.pin_unread(key);
            strategy.evaluate(key, multi_slice, &mut self.signals)?;
        }
        if !self.signals.is_empty() {
            let signals = std::mem::take(&mut self.signals);
            all |= self.show_for(core, &signals, key)?;
            for signal in &signals {
                core.process_signal(self.executor, signal)?;
            }
            self.signals = signals;
            self.signals.clear();
        }
        if !self.due.is_empty() {
            self.test(core, if all { self.due.len() } else { tested })?;
            let time_us = self.views.time_us[key];
            core.close_bar(self.executor, time_us, false)?;
        }
        self.end(core, key);
        if !all {
            let due = std::mem::take(&mut self.due);
            self.read_agenda_again(core, due.iter().map(|(place, ..)| *place), key + 1);
            self.due = due;
        }
        Ok(())
    }

    fn read_agenda(&mut self, core: &Core, from: usize) {
        let looks = Looks {
            course: self.course,
            executor: &core.executors[self.executor],
            positions: &core.positions,
            lanes: &self.views,
            shown: &self.shown,
        };
        self.agenda.read(&looks, from);
    }

    /// The same where nothing can have changed but what some symbols have to do.
    fn read_agenda_again(&mut self, core: &Core, places: impl Iterator<Item = usize>, from: usize) {
        let looks = Looks {
            course: self.course,
            executor: &core.executors[self.executor],
            positions: &core.positions,
            lanes: &self.views,
            shown: &self.shown,
        };
        self.agenda.read_again(&looks, places, from);
    }

    /// The same where the agenda was told who came and left.
    fn read_agenda_known(&mut self, core: &Core, places: impl Iterator<Item = usize>, from: usize) {
        let looks = Looks {
            course: self.course,
            executor: &core.executors[self.executor],
            positions: &core.positions,
            lanes: &self.views,
            shown: &self.shown,
        };
        self.agenda.read_known(&looks, places, from);
    }

    /// Shows the symbols of signals; all where one of them has a group, which is then told.
    fn show_for(&mut self, core: &mut Core, signals: &[TradeSignal], key: usize) -> Result<bool> {
        let all = signals.iter().any(|signal| signal.oco.is_some());
        if all {
            for &place in &self.course.declared {
                self.show(core, place, key)?;
            }
            // The exits go by symbols in the order of their declaration.
            self.due.sort_by_key(|(place, ..)| {
                let mut declared = self.course.declared.iter();
                declared.position(|other| other == place)
            });
        } else {
            for signal in signals {
                let executor = &core.executors[self.executor];
                if let Some(place) = executor.place_of(&signal.symbol) {
                    self.show(core, place, key)?;
                }
            }
        }
        // A symbol without a bar is refused by the time of the key.
        self.begin(core, key);
        core.executors[self.executor].begin_entry(self.views.time_us[key]);
        Ok(all)
    }

    /// EXITS of the first of the symbols that were shown.
    fn test(&mut self, core: &mut Core, count: usize) -> Result<()> {
        if core.executors[self.executor].blotter.active.is_empty() {
            return Ok(());
        }
        for (place, bid, ask) in self.due.iter().take(count) {
            core.executors[self.executor].turn = *place;
            let symbol = &self.course.ways[*place].sides.symbol;
            core.evaluate_exits(self.executor, bid, ask, Some(symbol))?;
        }
        Ok(())
    }
}
