//! The equity rows of a run, kept as what they follow from until the columns are asked for.
//!
//! Between two bars at which something happens the rows follow from the candles and from what is
//! open. So such a stretch is remembered as its ends and its cash; what enters and leaves is
//! remembered in order. The columns are made at the first look at them.

use std::sync::{Arc, OnceLock};

use super::tile::{Lanes, TILE, Tile, Weight};
use crate::arithmetic::{larger, smaller};
use crate::holdings::EquityColumns;

mod parts;

/// Rows that are made at once where at most one position is open.
const MANY: usize = 128;

/// What happened to rows and open positions, in order.
#[derive(Debug, Clone)]
enum Item {
    Row {
        time_us: i64,
        cash: f64,
        equity: f64,
        equity_worst: f64,
        drawdown: f64,
        max_equity: f64,
    },
    /// Rows of bars from one on and before another.
    Stretch { from: usize, to: usize, cash: f64 },
    /// A position came to the end of the open ones.
    Enter(Option<Weight>),
    /// The position at a place left.
    Leave(usize),
    /// The position at a place counts anew.
    Set(usize, Option<Weight>),
}

#[derive(Debug, Clone)]
struct Journal {
    lanes: Arc<Lanes>,
    open: Vec<Option<Weight>>,
    max_equity: f64,
    items: Vec<Item>,
    rows: usize,
}

/// The rows of a portfolio; a clone shares what it can, and does not change any more.
#[derive(Debug, Clone, Default)]
pub struct EquityRows {
    written: Arc<EquityColumns>,
    journal: Option<Arc<Journal>>,
    /// What the journal comes to.
    made: Arc<OnceLock<Arc<EquityColumns>>>,
}

impl EquityRows {
    /// The columns, made now if they were not.
    #[must_use]
    pub fn columns(&self) -> &Arc<EquityColumns> {
        match &self.journal {
            None => &self.written,
            Some(journal) => self.made.get_or_init(|| {
                let mut columns = (*self.written).clone();
                columns.reserve(journal.rows);
                journal.make(&mut columns, |_| {});
                Arc::new(columns)
            }),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.journal.is_none() && self.written.is_empty()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        let later = self.journal.as_ref().map_or(0, |journal| journal.rows);
        self.written.len() + later
    }

    /// Makes room for the rows of a run that are written one by one.
    pub(crate) fn reserve(&mut self, rows: usize) {
        if self.journal.is_none() {
            Arc::make_mut(&mut self.written).reserve(rows);
        }
    }

    /// Adds a row, or replaces the last one if it has the same time (P3.row_replaced).
    #[inline]
    pub(crate) fn write(
        &mut self,
        time_us: i64,
        [cash, equity, equity_worst, drawdown]: [f64; 4],
        max_equity: f64,
    ) {
        let Some(journal) = self.noting() else {
            let written = Arc::make_mut(&mut self.written);
            written.write(time_us, cash, equity, equity_worst, drawdown);
            return;
        };
        match journal.items.last() {
            Some(Item::Row { time_us: last, .. }) if *last == time_us => {
                journal.items.pop();
                journal.rows -= 1;
            }
            _ => {}
        }
        journal.items.push(Item::Row {
            time_us,
            cash,
            equity,
            equity_worst,
            drawdown,
            max_equity,
        });
        journal.rows += 1;
    }

    /// Adds the rows of bars in which nothing happens.
    pub(crate) fn stretch(
        &mut self,
        lanes: &Arc<Lanes>,
        open: &[Option<Weight>],
        (from, to): (usize, usize),
        cash: f64,
        max_equity: f64,
    ) {
        let is_other = |journal: &Journal| !Arc::ptr_eq(&journal.lanes, lanes);
        if self.noting().is_some_and(|journal| is_other(journal)) {
            self.settle();
        }
        let journal = Arc::make_mut(self.journal.get_or_insert_with(|| {
            Arc::new(Journal {
                lanes: Arc::clone(lanes),
                open: open.to_vec(),
                max_equity,
                items: Vec::new(),
                rows: 0,
            })
        }));
        journal.rows += to - from;
        if let Some(Item::Stretch {
            to: end,
            cash: before,
            ..
        }) = journal.items.last_mut()
            && *end == from
            && before.to_bits() == cash.to_bits()
        {
            *end = to;
            return;
        }
        journal.items.push(Item::Stretch { from, to, cash });
    }

    /// Notes a position that came to the end of the open ones.
    #[inline]
    pub(crate) fn enter(&mut self, weight: Option<Weight>) {
        if let Some(journal) = self.noting() {
            journal.items.push(Item::Enter(weight));
        }
    }

    /// Notes that the position at a place left.
    #[inline]
    pub(crate) fn leave(&mut self, place: usize) {
        if let Some(journal) = self.noting() {
            journal.items.push(Item::Leave(place));
        }
    }

    /// Notes that the position at a place counts anew.
    #[inline]
    pub(crate) fn set(&mut self, place: usize, weight: Option<Weight>) {
        if let Some(journal) = self.noting() {
            journal.items.push(Item::Set(place, weight));
        }
    }

    /// The journal, if there is one; columns that were made from it become the written ones.
    #[inline]
    fn noting(&mut self) -> Option<&mut Journal> {
        if self.made.get().is_some() {
            self.settle();
        }
        self.journal.as_mut().map(Arc::make_mut)
    }

    /// Makes what is only noted.
    #[cold]
    pub(crate) fn settle(&mut self) {
        let Some(journal) = self.journal.take() else {
            return;
        };
        match self.made.get() {
            Some(made) => self.written = Arc::clone(made),
            None => {
                let written = Arc::make_mut(&mut self.written);
                written.reserve(journal.rows);
                journal.make(written, |_| {});
            }
        }
        self.made = Arc::default();
    }
}

impl Journal {
    /// Adds its rows to columns; what is called after each few may take away all but the last one.
    fn make(&self, columns: &mut EquityColumns, mut added: impl FnMut(&mut EquityColumns)) {
        let mut open = self.open.clone();
        let mut max_equity = self.max_equity;
        let mut tile = Tile::new();
        let lanes = self.lanes.view();
        for item in &self.items {
            match *item {
                Item::Row {
                    time_us,
                    cash,
                    equity,
                    equity_worst,
                    drawdown,
                    max_equity: most,
                } => {
                    columns.write(time_us, cash, equity, equity_worst, drawdown);
                    max_equity = most;
                    added(columns);
                }
                Item::Stretch { from, to, cash } => {
                    let step = if open.len() > 1 { TILE } else { MANY };
                    for from in (from..to).step_by(step) {
                        let to = to.min(from + step);
                        let times = &lanes.time_us[from..to];
                        let before = (cash, max_equity);
                        max_equity = match open.as_slice() {
                            [] => columns.write_flat(times, before),
                            [Some(only)] => {
                                let (side, _) = lanes.closing(only);
                                // A long is worth the least at the low, a short at the high.
                                let worst = if only.is_long { side.low } else { side.high };
                                let prices = (&side.close[from..to], &worst[from..to]);
                                columns.write_one(times, before, only, prices)
                            }
                            _ => {
                                for from in (from..to).step_by(TILE) {
                                    let to = to.min(from + TILE);
                                    tile.fill(&lanes, &open, from, to);
                                    let times = &lanes.time_us[from..to];
                                    max_equity = columns.write_tile(times, cash, &tile, max_equity);
                                }
                                max_equity
                            }
                        };
                        added(columns);
                    }
                }
                Item::Enter(weight) => open.push(weight),
                Item::Leave(place) => {
                    open.remove(place);
                }
                Item::Set(place, weight) => open[place] = weight,
            }
        }
    }
}

impl EquityColumns {
    /// Adds the rows of a tile, as `Portfolio::update` would; returns the highest equity so far.
    fn write_tile(&mut self, times: &[i64], cash: f64, tile: &Tile, max_equity: f64) -> f64 {
        let bars = times.len();
        let (totals, worsts) = (&tile.total[..bars], &tile.worst[..bars]);
        let first = self.equity.len();
        self.time_us.extend_from_slice(times);
        self.cash.resize(first + bars, cash);
        self.equity.extend(totals.iter().map(|total| cash + total));
        let equities = &self.equity[first..];
        let pairs = equities.iter().zip(worsts);
        let worst = pairs.map(|(&equity, &worst)| smaller(equity, cash + worst));
        self.equity_worst.extend(worst);
        self.write_drawdown(first, max_equity)
    }

    /// Adds the rows of bars without a position.
    fn write_flat(&mut self, times: &[i64], (cash, max_equity): (f64, f64)) -> f64 {
        let rows = self.equity.len() + times.len();
        let equity = cash + 0.0;
        let most = larger(max_equity, equity);
        self.time_us.extend_from_slice(times);
        self.cash.resize(rows, cash);
        self.equity.resize(rows, equity);
        self.equity_worst.resize(rows, equity);
        self.drawdown.resize(rows, most - equity);
        most
    }

    /// Adds the rows of bars with one position: its closes, and where it is worth the least.
    fn write_one(
        &mut self,
        times: &[i64],
        (cash, max_equity): (f64, f64),
        only: &Weight,
        (closes, worst): (&[f64], &[f64]),
    ) -> f64 {
        let first = self.equity.len();
        let worth = |price: f64| cash + (0.0 + only.gain(price));
        self.time_us.extend_from_slice(times);
        self.cash.resize(first + times.len(), cash);
        self.equity.extend(closes.iter().map(|&close| worth(close)));
        let pairs = self.equity[first..].iter().zip(worst);
        self.equity_worst
            .extend(pairs.map(|(&equity, &price)| smaller(equity, worth(price))));
        self.write_drawdown(first, max_equity)
    }

    /// Adds the falls of the rows from one on; returns the highest equity so far.
    fn write_drawdown(&mut self, first: usize, max_equity: f64) -> f64 {
        let equities = &self.equity[first..];
        let highest = equities
            .iter()
            .fold(max_equity, |most, &equity| larger(most, equity));
        if highest == max_equity {
            let falls = equities.iter().map(|equity| max_equity - equity);
            self.drawdown.extend(falls);
            return max_equity;
        }
        let mut most = max_equity;
        self.drawdown.extend(equities.iter().map(|&equity| {
            most = larger(most, equity);
            most - equity
        }));
        most
    }
}
