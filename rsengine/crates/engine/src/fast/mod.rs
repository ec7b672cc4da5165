//! Bars in which nothing can happen, taken in one go.
//!
//! There is no twin of this: what it leaves is what the plain loop would leave, which property tests
//! hold it to. After each bar of the plain loop it looks for the next bar with a signal, a level that
//! is reached or an order whose time is over; the rows between follow from the candles (`rows`).

mod account;
mod blocks;
mod booking;
pub(crate) mod cross;
mod crowd;
mod eights;
mod few;
pub(crate) mod fingerprint;
mod foresight;
mod handing;
mod ladder;
mod later;
mod lines;
mod making;
mod maxima;
mod memo;
mod moment;
mod noting;
mod open_list;
mod plans;
mod pool;
mod recall;
mod records;
mod refusing;
mod room;
mod rows;
mod several;
mod signal_book;
mod slots;
mod spreads;
pub mod sweep;
mod taking;
mod tape;
pub(crate) mod threads;
mod tile;
mod times;
mod trades;
mod watch;
mod weight;

use std::ops::Range;
use std::sync::Arc;

use self::foresight::next_event;
pub use self::foresight::{Foresight, Reached, Turn};
pub(crate) use self::ladder::Ladder;
pub use self::later::Later;
pub(crate) use self::maxima::Maxima;
pub(crate) use self::memo::{Checked, Memo};
pub use self::moment::Moment;
pub(crate) use self::open_list::OpenList;
pub(crate) use self::pool::{NUMBERS, TIMES};
pub use self::rows::EquityRows;
pub(crate) use self::signal_book::{Refusing, RefusingEach, SignalBook};
use self::taking::Patience;
pub(crate) use self::tile::{LaneViews, Lanes};
pub use self::times::Times;
use self::watch::Watch;
pub(crate) use self::weight::Weight;
use crate::config::Sizing;
use crate::core::Core;
use crate::desk::{ExecutionSimulator, Shown};
use crate::errors::Result;
use crate::ledger::LedgerKind;
use crate::slices::SymbolDataSlice;
use crate::strategies::columns::ColumnStrategy;
use crate::strategy::Strategy;
use crate::trace::Phase;

/// Goes from bar to bar at which something can happen.
#[derive(Debug)]
pub(crate) struct Jump<'a> {
    lanes: &'a Arc<Lanes>,
    views: LaneViews<'a>,
    watch: Watch,
    /// What refuses signals, once there was one to refuse.
    refusing: Option<Arc<Refusing>>,
    /// When to plan trades again, one at a time and several at once.
    patience: Patience,
    several: Patience,
}

impl<'a> Jump<'a> {
    pub(crate) fn over(lanes: &'a Arc<Lanes>) -> Self {
        Self {
            lanes,
            views: lanes.view(),
            watch: Watch::default(),
            refusing: None,
            patience: Patience::default(),
            several: Patience::default(),
        }
    }

    /// Takes in bars from `from` on, none of them `last`, as long as nothing can happen in them;
    /// returns the first bar that was not taken in.
    pub(crate) fn take_in<S: Strategy + ?Sized>(
        &mut self,
        core: &mut Core,
        place: usize,
        strategy: &mut S,
        slice: &SymbolDataSlice,
        (from, last): (usize, usize),
    ) -> Result<usize> {
        if from >= last || strategy.position_manager().is_some() {
            return Ok(from);
        }
        let Some(executor) = core.executors.get_mut(place) else {
            return Ok(from);
        };
        if !executor.is_plain() || !core.portfolio.is_plain() {
            return Ok(from);
        }
        let last = executor.before_night(self.views.time_us, (from, last));
        if from >= last {
            return Ok(from);
        }
        if let Some(columns) = strategy.columns(slice)
            && executor.trades_by_prices(columns)
        {
            let to = self.take_several(core, place, columns, (from, last));
            if to > from {
                return Ok(to);
            }
            // What another executor holds is worth something between open and close of a bar, too.
            if core.executors[place].blotter.active.is_empty() && core.portfolio.open.is_empty() {
                return self.take_in_trades(core, place, columns, (from, last));
            }
        }
        let Some(executor) = core.executors.get_mut(place) else {
            return Ok(from);
        };
        let (watch, views) = (&mut self.watch, &self.views);
        let next = next_event(executor, &core.positions, watch, views, (from, last));
        let Some(mut to) = next else {
            return Ok(from);
        };
        if executor.is_converted() {
            if from < to {
                to = strategy.skip(slice, from, to)?;
                self.convert(core, place, (from, to))?;
            }
            return Ok(to);
        }
        to = core.lasting(place, &self.views, (from, to));
        if from >= to {
            return Ok(from);
        }
        let executor = &core.executors[place];
        if executor.is_full()
            && let Some(columns) = strategy.columns(slice)
            && let Some(places) = self.refused(core, place, columns, (from, to))
        {
            let seen = core.portfolio.seen(&self.views, (from, to));
            // A signal is refused for want of equity before it is for want of room (S3.equity).
            if core.portfolio.keeps_equity(&seen) {
                let held = core.executors[place].blotter.active.len();
                self.refuse(core, place, places, held);
                self.leave_seen(core, place, (from, to), &seen);
                return Ok(to);
            }
        }
        to = strategy.skip(slice, from, to)?;
        if from < to {
            self.leave(core, place, from, to);
        }
        Ok(to)
    }

    /// Notes the row of a bar in which something happened, if that pays; else the loop writes it.
    pub(crate) fn put_off<S: Strategy + ?Sized>(
        &self,
        core: &mut Core,
        place: usize,
        strategy: &mut S,
        bar: usize,
    ) -> bool {
        let executor = core
            .executors
            .get(place)
            .filter(|executor| executor.is_plain() && !executor.is_converted())
            .filter(|_| strategy.position_manager().is_none());
        let Some(executor) = executor else {
            return false;
        };
        let reads_equity = executor.reads_equity();
        let lanes = (self.lanes, &self.views);
        core.portfolio.put_off(lanes, bar, reads_equity)
    }

    /// The places of the signals of columns at the bars from one on and before another, if none can do
    /// anything; what refuses them is known then.
    fn refused(
        &mut self,
        core: &Core,
        place: usize,
        columns: &mut ColumnStrategy,
        bars: (usize, usize),
    ) -> Option<Range<usize>> {
        let places = columns.places(bars)?;
        if places.is_empty() {
            return None;
        }
        if !self.refusing.as_ref().is_some_and(|by| by.is_of(columns)) {
            self.refusing = Some(core.executors[place].refusing(columns, (self.lanes, 0))?);
        }
        Some(places)
    }

    /// Takes in signals that were found to do nothing; so many orders and positions are held.
    #[inline]
    fn refuse(&self, core: &mut Core, place: usize, places: Range<usize>, held: usize) {
        if let (Some(by), Some(executor)) = (&self.refusing, core.executors.get_mut(place)) {
            executor.refuse_all(by, places, held);
        }
    }

    /// Leaves what the plain loop would after the bars from one on and before another.
    ///
    /// The candles shown last are not: the next bar shows its own before anybody can look.
    fn leave(&self, core: &mut Core, place: usize, from: usize, to: usize) {
        if from < to {
            let seen = core.portfolio.seen(&self.views, (from, to));
            self.leave_seen(core, place, (from, to), &seen);
        }
    }

    /// The same, where it is known what the rows come to.
    fn leave_seen(&self, core: &mut Core, place: usize, (from, to): (usize, usize), seen: &Maxima) {
        if from >= to {
            return;
        }
        let executor = core.executors.get(place);
        let reads_equity = executor.is_some_and(ExecutionSimulator::reads_equity);
        self.pass(core, place, (from, to));
        core.portfolio
            .pass((self.lanes, &self.views), (from, to), (seen, reads_equity));
    }

    /// Lets an executor know the times of bars, and its waiting orders how many they were.
    fn pass(&self, core: &mut Core, place: usize, (from, to): (usize, usize)) {
        let Some(executor) = core.executors.get_mut(place) else {
            return;
        };
        let times = &self.views.time_us[from..to];
        executor.pass(times, self.views.shortest_step_us);
        if executor.blotter.waiting == 0 {
            return;
        }
        for &slot in executor.waiting_slots() {
            let order = &mut core.positions[slot as usize];
            if order.is_pending()
                && let Some(details) = order.details.as_mut()
            {
                details.bars_seen += (to - from) as u64;
            }
        }
    }
}

impl ExecutionSimulator {
    /// Whether nothing happens in a bar that reaches no level of its orders and positions.
    fn is_plain(&self) -> bool {
        let blotter = &self.blotter;
        self.ledger == LedgerKind::Native
            && !self.is_parity()
            && self.quotes.len() == 1
            && blotter.queue.is_empty()
            && !blotter.tracer.is_on()
    }

    /// Whether the acceptance of an order asks for more of equity than whether there is any.
    pub(crate) fn reads_equity(&self) -> bool {
        self.config.margin.is_some() || matches!(self.sizing, Sizing::RiskFraction { .. })
    }

    /// Takes in the times of bars of its only symbol.
    fn pass(&mut self, times_us: &[i64], shortest_us: i64) {
        let shown = &mut self.quotes[0];
        let shown_us = shown.quote.time_us();
        // The last bar but one has ended when the last one opens.
        let (ended_us, last_us) = match *times_us {
            [.., before_us, last_us] => (before_us, last_us),
            [last_us] => (shown_us, last_us),
            [] => return,
        };
        self.ended_us = self.ended_us.max(ended_us + self.length_us);
        shown.pass(times_us.iter().copied(), (last_us, shortest_us));
        self.begin_phase(Phase::Manage, last_us);
    }
}

impl Shown {
    /// Takes in the times of bars, the last of them, and the shortest step of the run.
    pub(crate) fn pass(
        &mut self,
        times_us: impl Iterator<Item = i64>,
        (last_us, shortest_us): (i64, i64),
    ) {
        let mut before_us = self.quote.time_us();
        for time_us in times_us {
            if self.step_us == shortest_us {
                break;
            }
            let step_us = time_us - before_us;
            if self.step_us == 0 || step_us < self.step_us {
                self.step_us = step_us;
            }
            before_us = time_us;
        }
        self.quote.bid.time_us = last_us;
        self.quote.ask.time_us = last_us;
    }
}
