//! Rows that a portfolio does not write at once: those of a jump, and those of bars with many positions.
//!
//! What such rows come to is bounded by the lines of all positions. Only where an extreme could be
//! among them a row is summed; the others are noted, and made when somebody asks.

use std::sync::Arc;

use super::few;
use super::maxima::{Maxima, Stretch};
use super::tape::Tape;
use super::tile::{LaneViews, Lanes};
use super::weight::total_at_close;
use crate::portfolio::Portfolio;

impl Portfolio {
    /// Takes in the rows of bars in which nothing happens, as [`Portfolio::update`] would at each.
    ///
    /// The present candles are not shown to it: the next bar shows its own.
    pub(crate) fn pass(
        &mut self,
        (lanes, views): (&Arc<Lanes>, &LaneViews<'_>),
        (from, to): (usize, usize),
        (seen, reads_equity): (&Maxima, bool),
    ) {
        let before = self.max_equity;
        let (cash, last) = (self.cash, to - 1);
        let bounds = (self.open.weights().len() > few::MOST).then(|| {
            let (_, many) = self.open.many();
            many.lines.row(cash, views, last, &[])
        });
        let stands_in = bounds.filter(|bounds| !reads_equity && bounds.least > 0.0);
        let weights = self.open.weights();
        (self.equity, self.is_behind) = match stands_in {
            Some(bounds) => (bounds.least, true),
            None => (cash + total_at_close(views, weights, last), false),
        };
        self.rows.stretch(lanes, weights, (from, to), cash, before);
        self.take_maxima(seen);
    }

    /// Takes in trades that were written down; what they come to is set by who took them.
    pub(super) fn take_tape(
        &mut self,
        lanes: &Arc<Lanes>,
        tape: &Arc<Tape>,
        last_exit_us: Option<i64>,
    ) {
        let weights = self.open.weights();
        self.rows.add(lanes, tape, weights, self.max_equity);
        self.closed.add(tape);
        self.fees.add(tape);
        self.last_exit_us = self.last_exit_us.max(last_exit_us);
        self.changes += (tape.trades.len() + tape.ended()) as u64;
    }

    /// Takes in the row of a bar in which something happened, if there are many positions; else does
    /// nothing and answers false.
    pub(crate) fn put_off(
        &mut self,
        (lanes, views): (&Arc<Lanes>, &LaneViews<'_>),
        bar: usize,
        reads_equity: bool,
    ) -> bool {
        if self.open.len() <= few::MOST || !self.is_plain() {
            return false;
        }
        let (before, mut maxima) = (self.max_equity, self.maxima());
        let (weights, many) = self.open.many();
        let stretch = Stretch {
            lanes: views,
            open: weights,
            cash: self.cash,
        };
        let bounds = stretch.see_row(&mut maxima, many, bar);
        (self.equity, self.is_behind) = if !reads_equity && bounds.least > 0.0 {
            (bounds.least, true)
        } else {
            (self.cash + total_at_close(views, weights, bar), false)
        };
        self.rows
            .stretch(lanes, weights, (bar, bar + 1), self.cash, before);
        self.take_maxima(&maxima);
        true
    }

    /// Makes equity that of the last row.
    pub(crate) fn catch_up(&mut self) {
        if self.is_behind
            && let Some(&equity) = self.rows.columns().equity.last()
        {
            (self.equity, self.is_behind) = (equity, false);
        }
    }

    /// What the maxima come to over bars in which nothing happens.
    pub(crate) fn seen(&mut self, views: &LaneViews<'_>, (from, to): (usize, usize)) -> Maxima {
        let mut maxima = self.maxima();
        if from >= to {
            return maxima;
        }
        let (weights, many) = if self.open.weights().len() > few::MOST {
            let (weights, many) = self.open.many();
            (weights, Some(many))
        } else {
            (self.open.weights(), None)
        };
        let stretch = Stretch {
            lanes: views,
            open: weights,
            cash: self.cash,
        };
        stretch.see(&mut maxima, many, (from, to));
        maxima
    }

    /// Whether equity was above zero at every row up to these maxima.
    pub(crate) fn keeps_equity(&self, seen: &Maxima) -> bool {
        self.equity > 0.0 && seen.initial_max_drawdown < self.initial_balance
    }
}
