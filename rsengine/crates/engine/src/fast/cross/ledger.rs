//! The rows of keys, which follow from candles as long as nothing is booked.

use std::sync::Arc;

use super::course::Way;
use super::unseen::Seen;
use super::{Course, CrossJump};
use crate::core::Core;
use crate::fast::Lanes;
use crate::portfolio::Portfolio;

impl CrossJump<'_> {
    /// Reads what the rows follow from now.
    pub(super) fn look(&mut self, core: &Core) {
        let portfolio = &core.portfolio;
        self.cash = portfolio.cash;
        self.changes = portfolio.changes;
    }

    /// Notes the rows of keys in which nothing is booked; the maxima see them later.
    pub(super) fn note(&mut self, core: &mut Core, from: usize, to: usize) {
        if from < to {
            let portfolio = &mut core.portfolio;
            portfolio.note(self.course, (from, to), self.cash);
            let mut seen = portfolio.seen_rows();
            let along = (&self.views, self.course.ways.as_slice());
            self.unseen.note(along, (from, to), self.cash, &mut seen);
            let maxima = seen.maxima;
            portfolio.take_maxima(&maxima);
        }
    }

    /// Shows the maxima all rows that were noted.
    pub(super) fn see(&mut self, core: &mut Core) {
        let mut seen = core.portfolio.seen_rows();
        let along = (&self.views, self.course.ways.as_slice());
        self.unseen.finish(along, &mut seen);
        let maxima = seen.maxima;
        core.portfolio.take_maxima(&maxima);
    }

    /// Tells the portfolio its equity after the key before one, or less where any above zero will do.
    pub(super) fn tell(&mut self, core: &mut Core, key: usize) {
        if self.told == key {
            return;
        }
        self.told = key;
        if !core.executors[self.executor].reads_equity() {
            let (floor, _) = self.unseen.floor(&self.views, key - 1, self.cash);
            if floor > 0.0 {
                (core.portfolio.equity, core.portfolio.is_behind) = (floor, true);
                return;
            }
        }
        self.tell_all(core, key);
    }

    /// Tells the portfolio its equity after the key before one.
    pub(super) fn tell_all(&mut self, core: &mut Core, key: usize) {
        let equity = self.cash + self.unseen.total_at_close(&self.views, key - 1);
        (core.portfolio.equity, core.portfolio.is_behind) = (equity, false);
    }

    /// PORTFOLIO: the row of a key is noted with others.
    pub(super) fn end(&mut self, core: &mut Core, key: usize) {
        if core.portfolio.changes != self.changes {
            self.unseen.sync(&self.views, core.portfolio.open.weights());
        }
        self.end_synced(core, key);
    }

    /// The same where it is known what came and left.
    pub(super) fn end_synced(&mut self, core: &mut Core, key: usize) {
        let weights = core.portfolio.open.weights();
        debug_assert!(
            self.unseen.weights().eq(weights.iter().flatten()),
            "Invariant: all that is open is known"
        );
        self.look(core);
        self.note(core, key, key + 1);
    }
}

impl Portfolio {
    /// Whether rows follow from the candles of these symbols, which are marked in their order.
    pub(super) fn follows(&self, ways: &[Way]) -> bool {
        let mut both = self.marks.iter().zip(ways);
        self.marks.len() == ways.len()
            && both.all(|(mark, way)| mark.is_of(&way.sides.symbol))
            && !self.knows_stale
            && !self.realised_only
            && !self.has_unmarked
            && !self.is_traced()
    }

    /// Makes ready for rows that are noted while positions come and leave by numbers alone.
    pub(super) fn begin_rows(&mut self, lanes: &Arc<Lanes>) {
        let weights = self.open.weights();
        self.rows.begin(lanes, weights, self.max_equity);
    }

    fn note(&mut self, course: &Course, keys: (usize, usize), cash: f64) {
        let weights = self.open.weights();
        self.rows
            .stretch(&course.lanes, weights, keys, cash, self.max_equity);
    }

    fn seen_rows(&mut self) -> Seen<'_> {
        Seen {
            maxima: self.maxima(),
            stale_rows: &mut self.stale_rows,
        }
    }
}
