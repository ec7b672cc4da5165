//! Rows that the maxima have not seen yet: those of a few keys at once, whoever came and left between.
//!
//! Each fill of any symbol changes what all rows after it come to. So rows wait until a tile of keys is
//! full; what all symbols can be worth in it at most is bounded by the extremes of its blocks, and only
//! where that could matter its rows are summed, each position over those in which it was open.

mod nearly;
#[cfg(test)]
mod tests;
mod waiting;

use self::nearly::{Nearly, Rows};
use self::waiting::Waiting;
use super::course::Way;
use super::floor::Floor;
use crate::fast::tile::Span;
use crate::fast::{LaneViews, Maxima, Weight};

/// Keys whose rows are summed at once: as many as a fine block has, so that its extremes are theirs.
const TILE: usize = 32;

/// Rows on their way to the maxima.
#[derive(Debug)]
pub(super) struct Unseen {
    /// The first key that was not seen.
    from: usize,
    /// Cash at the rows of the tile.
    cash: Vec<f64>,
    /// Positions that were open at any of them, in the order of their fills.
    open: Vec<Option<Weight>>,
    /// At which of its rows they were, as far as it is not all.
    spans: Vec<Span>,
    /// Places of those that are open now.
    live: Vec<usize>,
    floor: Floor,
    nearly: Nearly,
    waiting: Waiting,
}

impl Unseen {
    pub(super) fn new() -> Self {
        Self::letting_wait(waiting::MOST)
    }

    /// So many tiles wait for each other at most.
    fn letting_wait(most: usize) -> Self {
        Self {
            from: 0,
            cash: Vec::with_capacity(TILE),
            open: Vec::new(),
            spans: Vec::new(),
            live: Vec::new(),
            floor: Floor::default(),
            nearly: Nearly::default(),
            waiting: Waiting::new(most),
        }
    }

    /// Begins at a key with what is open.
    pub(super) fn begin(&mut self, from: usize, weights: &[Option<Weight>]) {
        self.from = from;
        self.cash.clear();
        self.spans.clear();
        self.open.clear();
        self.open.extend(weights.iter().filter(|of| of.is_some()));
        self.floor.clear();
        self.waiting.clear();
        self.settle();
    }

    /// All that is in the tile is open.
    fn settle(&mut self) {
        self.live.clear();
        self.live.extend(0..self.open.len());
    }

    /// What is open, in the order of the fills.
    pub(super) fn weights(&self) -> impl Iterator<Item = &Weight> {
        self.live
            .iter()
            .filter_map(|&place| self.open[place].as_ref())
    }

    /// What positions are worth at the close of a key.
    pub(super) fn total_at_close(&self, lanes: &LaneViews<'_>, key: usize) -> f64 {
        self.weights().fold(0.0, |total, weight| {
            total + weight.gain(lanes.closing(weight).0.close[key])
        })
    }

    /// What equity is not below at any row from a key on to the end that is answered, as long as
    /// nothing is booked.
    pub(super) fn floor(&mut self, lanes: &LaneViews<'_>, key: usize, cash: f64) -> (f64, usize) {
        if !self.floor.has(key) {
            let live = self.live.iter();
            let weights = live.filter_map(|&place| self.open[place].as_ref());
            self.floor.look(lanes, weights, key);
        }
        self.floor.of(cash)
    }

    /// Finds what came and left since the row before the next.
    pub(super) fn sync(&mut self, lanes: &LaneViews<'_>, weights: &[Option<Weight>]) {
        let mut at = 0;
        for weight in weights.iter().flatten() {
            while at < self.live.len() && self.open[self.live[at]].as_ref() != Some(weight) {
                self.leave(at);
            }
            if at == self.live.len() {
                self.enter(lanes, weight);
            }
            at += 1;
        }
        while at < self.live.len() {
            self.leave(at);
        }
    }

    /// Takes in that a position was filled since the row before the next.
    pub(super) fn enter(&mut self, lanes: &LaneViews<'_>, weight: &Weight) {
        self.live.push(self.open.len());
        self.open.push(Some(*weight));
        let row = self.cash.len();
        if row > 0 {
            self.spans.resize(self.open.len(), Span::ALL);
            self.spans[self.open.len() - 1].from = row;
        }
        self.floor.enter(lanes, weight);
    }

    /// Takes in that one of those that were open left since then.
    pub(super) fn leave(&mut self, at: usize) {
        let place = self.live.remove(at);
        let row = self.cash.len();
        self.floor.leave(at);
        if row == 0 {
            self.open[place] = None;
            return;
        }
        if self.spans.len() <= place {
            self.spans.resize(place + 1, Span::ALL);
        }
        self.spans[place].to = row;
    }

    /// Takes in the rows of keys from one on and before another.
    pub(super) fn note(
        &mut self,
        (lanes, ways): (&LaneViews<'_>, &[Way]),
        (mut from, to): (usize, usize),
        cash: f64,
        seen: &mut Seen<'_>,
    ) {
        while from < to {
            // At a whole tile, so that its blocks are its own.
            let end = (from / TILE + 1) * TILE;
            let rows = end.min(to) - from;
            self.cash.resize(self.cash.len() + rows, cash);
            from += rows;
            if from == end {
                self.see((lanes, ways), seen);
            }
        }
    }

    /// Shows the maxima all rows that were noted.
    pub(super) fn finish(&mut self, (lanes, ways): (&LaneViews<'_>, &[Way]), seen: &mut Seen<'_>) {
        self.see((lanes, ways), seen);
        self.waiting.see(lanes, &mut self.nearly, &mut seen.maxima);
    }

    /// Ends a tile: its rows wait for others where only a fall can matter in them.
    fn see(&mut self, (lanes, ways): (&LaneViews<'_>, &[Way]), seen: &mut Seen<'_>) {
        let keys = (self.from, self.from + self.cash.len());
        if keys.0 == keys.1 {
            return;
        }
        let rows = Rows {
            lanes,
            open: &self.open,
            spans: &self.spans,
            cash: &self.cash,
            from: self.from,
        };
        let bounds @ (most, least, worst) = self.nearly.bounds(&rows);
        let maxima = &mut seen.maxima;
        if maxima.matters(most, least, worst) {
            if most <= maxima.max_equity {
                self.waiting.add(&rows, bounds, maxima.max_equity);
            } else {
                self.nearly.see(&rows, bounds, maxima);
            }
        }
        if self.waiting.is_full() {
            self.waiting.see(lanes, &mut self.nearly, maxima);
        }
        *seen.stale_rows += self.stale_rows(ways, keys);
        self.from = keys.1;
        self.cash.clear();
        self.spans.clear();
        if self.live.len() < self.open.len() {
            for (at, place) in self.live.iter_mut().enumerate() {
                self.open[at] = self.open[*place];
                *place = at;
            }
            self.open.truncate(self.live.len());
        }
    }

    fn span(&self, place: usize) -> Span {
        self.spans.get(place).copied().unwrap_or(Span::ALL)
    }

    /// How many rows mark an open position by an earlier bar (P3.row_stale).
    fn stale_rows(&self, ways: &[Way], (from, to): (usize, usize)) -> u64 {
        let mut stale = 0_u64;
        for (place, weight) in self.open.iter().enumerate() {
            if let Some(weight) = weight {
                let (first, last) = self.span(place).bars(from, to);
                stale |= ways[weight.mark].holes(first, last) << (first - from);
            }
        }
        stale.count_ones().into()
    }
}

/// What has been seen of the rows.
pub(super) struct Seen<'a> {
    pub(super) maxima: Maxima,
    pub(super) stale_rows: &'a mut u64,
}
