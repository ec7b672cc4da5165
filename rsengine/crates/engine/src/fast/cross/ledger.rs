//! The rows of keys, which follow from candles as long as nothing is booked.

use super::course::Way;
use super::{Course, CrossJump};
use crate::arithmetic::smaller;
use crate::core::Core;
use crate::fast::{LaneViews, Stretch};
use crate::marks::Marked;
use crate::portfolio::Portfolio;
use crate::positions::FillAt;

/// So few rows are summed at once: the extremes of blocks say little about several symbols together.
const SHORT: usize = 32;

impl CrossJump<'_> {
    /// Reads what the rows follow from now.
    pub(super) fn look(&mut self, core: &Core) {
        let portfolio = &core.portfolio;
        self.open.clone_from(&portfolio.weights);
        self.cash = portfolio.cash;
        self.changes = portfolio.changes;
    }

    /// Notes the rows of keys in which nothing is booked; the maxima see them later.
    pub(super) fn note(&self, core: &mut Core, from: usize, to: usize) {
        if from < to {
            core.portfolio.note(self.course, from, to);
        }
    }

    /// Shows the maxima the rows before a key.
    pub(super) fn see(&mut self, core: &mut Core, key: usize) {
        let from = self.unseen;
        if from >= key {
            return;
        }
        self.unseen = key;
        let portfolio = &mut core.portfolio;
        let stretch = Stretch {
            lanes: &self.views,
            open: &self.open,
            cash: self.cash,
        };
        let mut maxima = portfolio.maxima();
        if key - from <= SHORT && self.open.len() > 1 {
            stretch.see_rows(&mut self.tile, &mut maxima, from, key);
        } else {
            stretch.see(&mut maxima, from, key);
        }
        portfolio.take_maxima(&maxima);
        portfolio.stale_rows += self.stale_rows(from, key);
    }

    /// How many rows mark an open position by an earlier bar (P3.row_stale).
    fn stale_rows(&self, from: usize, to: usize) -> u64 {
        let mut holes: Vec<usize> = Vec::new();
        for weight in self.open.iter().flatten() {
            holes.extend_from_slice(self.course.ways[weight.mark].holes(from, to));
        }
        holes.sort_unstable();
        holes.dedup();
        holes.len() as u64
    }

    /// Tells the portfolio its equity after the key before one.
    pub(super) fn tell(&mut self, core: &mut Core, key: usize) {
        if self.told == key {
            return;
        }
        self.told = key;
        let mut total = 0.0;
        for weight in core.portfolio.weights.iter().flatten() {
            total += weight.gain(self.views.closing(weight).0.close[key - 1]);
        }
        core.portfolio.equity = core.portfolio.cash + total;
    }

    /// PORTFOLIO: a row where something was booked; else it is noted with others.
    pub(super) fn end(&mut self, core: &mut Core, key: usize) {
        if core.portfolio.changes == self.changes {
            self.note(core, key, key + 1);
            return;
        }
        self.see(core, key);
        core.portfolio
            .update_along(&self.views, &self.course.ways, key);
        self.unseen = key + 1;
        self.told = key + 1;
        self.look(core);
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
    }

    fn note(&mut self, course: &Course, from: usize, to: usize) {
        let lanes = &course.lanes;
        self.rows
            .stretch(lanes, &self.weights, (from, to), self.cash, self.max_equity);
    }

    /// Writes the row of a key, as [`Portfolio::update`] would if it had been shown all candles.
    fn update_along(&mut self, lanes: &LaneViews<'_>, ways: &[Way], key: usize) {
        let time_us = lanes.time_us[key];
        let mut marked = Marked::default();
        let mut worst: Vec<Option<[f64; 2]>> = vec![None; ways.len()];
        for (weight, entry) in self.weights.iter().zip(&self.open) {
            let (Some(weight), Some(numbers)) = (weight, &entry.numbers) else {
                continue;
            };
            let (side, _) = lanes.closing(weight);
            let at_close = weight.gain(side.close[key]);
            marked.total += at_close;
            let is_new = numbers.at == FillAt::Close && numbers.trigger_time_us == time_us;
            let [low, high] = worst[weight.mark].get_or_insert([0.0; 2]);
            if is_new {
                *low += at_close;
                *high += at_close;
            } else {
                *low += weight.gain(side.low[key]);
                *high += weight.gain(side.high[key]);
            }
            marked.stale |= !ways[weight.mark].is_covered(key);
        }
        for [low, high] in worst.into_iter().flatten() {
            marked.worst += smaller(low, high);
        }
        self.write_row(time_us, marked);
    }
}
