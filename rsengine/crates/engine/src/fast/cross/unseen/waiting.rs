//! Tiles in which nothing but a fall can matter: they are seen in whatever order is the shortest.
//!
//! A fall counts from the highest equity before it. Where no row of a tile is above that, it is known,
//! and of all falls only the deepest stays. So such tiles wait for each other; the one that can be the
//! deepest is summed first, and mostly it says that none of the others matters.

use std::ops::Range;

use super::nearly::{Nearly, Rows};
use crate::fast::tile::Span;
use crate::fast::{LaneViews, Maxima, Weight};

/// Tiles that wait for each other, at most.
pub(super) const MOST: usize = 512;

/// What equity is at most, at least, and at the worst at least.
type Bounds = (f64, f64, f64);

/// Tiles that nobody has summed, and what is open in them.
#[derive(Debug)]
pub(super) struct Waiting {
    most: usize,
    tiles: Vec<Tile>,
    open: Vec<Option<Weight>>,
    spans: Vec<Span>,
    cash: Vec<f64>,
}

#[derive(Debug)]
struct Tile {
    from: usize,
    /// Where its own are among those of all.
    open: Range<usize>,
    spans: Range<usize>,
    cash: Range<usize>,
    bounds: Bounds,
    /// The highest equity before it, which none of its rows is above.
    top: f64,
}

impl Waiting {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            tiles: Vec::new(),
            open: Vec::new(),
            spans: Vec::new(),
            cash: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.tiles.clear();
        self.open.clear();
        self.spans.clear();
        self.cash.clear();
    }

    /// Whether no more tiles can wait.
    pub(super) fn is_full(&self) -> bool {
        self.tiles.len() >= self.most
    }

    /// Lets a tile wait that has no row above the highest equity before it.
    pub(super) fn add(&mut self, rows: &Rows<'_>, bounds: Bounds, top: f64) {
        debug_assert!(bounds.0 <= top, "Invariant: only a fall can matter");
        fn taken<T: Copy>(all: &mut Vec<T>, own: &[T]) -> Range<usize> {
            let first = all.len();
            all.extend_from_slice(own);
            first..all.len()
        }
        self.tiles.push(Tile {
            from: rows.from,
            open: taken(&mut self.open, rows.open),
            spans: taken(&mut self.spans, rows.spans),
            cash: taken(&mut self.cash, rows.cash),
            bounds,
            top,
        });
    }

    /// Shows the maxima the rows of all tiles that wait.
    pub(super) fn see(&mut self, lanes: &LaneViews<'_>, nearly: &mut Nearly, maxima: &mut Maxima) {
        let fall = |tile: &Tile| tile.top - tile.bounds.2;
        self.tiles
            .sort_unstable_by(|a, b| fall(b).total_cmp(&fall(a)));
        let highest = maxima.max_equity;
        for tile in &self.tiles {
            let (most, least, worst) = tile.bounds;
            maxima.max_equity = tile.top;
            if maxima.matters(most, least, worst) {
                let rows = Rows {
                    lanes,
                    open: &self.open[tile.open.clone()],
                    spans: &self.spans[tile.spans.clone()],
                    cash: &self.cash[tile.cash.clone()],
                    from: tile.from,
                };
                let bounds = nearly.bounds(&rows);
                nearly.see(&rows, bounds, maxima);
            }
        }
        maxima.max_equity = highest;
        self.clear();
    }
}
