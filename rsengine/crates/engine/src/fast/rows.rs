//! The equity rows of a run, kept as what they follow from until the columns are asked for.
//!
//! Between two bars at which something happens the rows follow from the candles and from what is
//! open. So such a stretch is remembered as its ends and its cash; what enters and leaves is
//! remembered in order. The columns are made at the first look at them.

use std::sync::{Arc, OnceLock};

use super::tape::Tape;
use super::threads;
use super::tile::Lanes;
use super::weight::Weight;
use crate::holdings::EquityColumns;

mod parts;
mod pieces;

/// What room is made for at once, of what happens in a run.
const MOST_ITEMS: usize = 1 << 16;

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
    Stretch {
        from: usize,
        to: usize,
        cash: f64,
        /// The highest equity before them, or less.
        max_equity: f64,
    },
    /// A position came to the end of the open ones.
    Enter(Option<Weight>),
    /// The position at a place left.
    Leave(usize),
    /// The position at a place counts anew, or no more.
    Set(usize, Option<Weight>),
    /// The places that are not to stay are gone.
    CloseUp(Box<[bool]>),
    /// Trades came and left; nothing else was open but those that the tape began with.
    Taken(Arc<Tape>),
}

/// A row that is not in its columns yet: time, then cash, equity, worst equity, drawdown.
type Row = (i64, [f64; 4]);

/// Rows that wait for their columns, at most.
const TAIL: usize = 256;

/// A journal of one's own, or one that others hold, too.
///
/// To ask at each note whether others hold it would cost more than the note.
#[derive(Debug, Clone)]
enum Kept {
    Own(Box<Journal>),
    Shared(Arc<Journal>),
}

impl Kept {
    fn get(&self) -> &Journal {
        match self {
            Self::Own(journal) => journal,
            Self::Shared(journal) => journal,
        }
    }

    /// The journal, copied first if others hold it.
    #[inline]
    fn own(&mut self) -> &mut Journal {
        if let Self::Shared(journal) = self {
            *self = Self::Own(Box::new((**journal).clone()));
        }
        match self {
            Self::Own(journal) => journal,
            Self::Shared(journal) => Arc::make_mut(journal),
        }
    }

    /// Lets clones hold it, too.
    fn share(self) -> Self {
        match self {
            Self::Own(journal) => Self::Shared(Arc::from(journal)),
            Self::Shared(_) => self,
        }
    }
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
    /// The last rows: to write into shared columns costs more than the row, so many go at a time.
    tail: Vec<Row>,
    journal: Option<Kept>,
    /// What the journal comes to.
    made: Arc<OnceLock<Arc<EquityColumns>>>,
}

impl EquityRows {
    /// The columns, made now if they were not.
    #[must_use]
    pub fn columns(&self) -> &Arc<EquityColumns> {
        if self.journal.is_none() && self.tail.is_empty() {
            return &self.written;
        }
        self.made.get_or_init(|| {
            let mut columns = (*self.written).clone();
            self.add_rest(&mut columns, threads::for_rows);
            Arc::new(columns)
        })
    }

    /// Adds what is not in the written columns yet to them, by as many threads as so many rows are worth.
    fn add_rest(&self, columns: &mut EquityColumns, threads: impl FnOnce(usize) -> usize) {
        let Some(kept) = &self.journal else {
            columns.reserve(self.tail.len());
            columns.extend(&self.tail);
            return;
        };
        let journal = kept.get();
        columns.time_us.lean_on(&journal.lanes.time_us);
        columns.extend(&self.tail);
        journal.add_all(columns, threads(journal.rows));
    }

    /// Puts the last rows into the columns, which need not be copied for a look at them then.
    pub fn flush(&mut self) {
        if !self.tail.is_empty() && self.made.get().is_none() {
            Arc::make_mut(&mut self.written).extend(&self.tail);
            self.tail.clear();
            // Others may have the rows that they came to before.
            self.made = Arc::default();
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.journal.is_none() && self.tail.is_empty() && self.written.is_empty()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        let later = self.journal.as_ref().map_or(0, |kept| kept.get().rows);
        self.written.len() + self.tail.len() + later
    }

    /// Makes room for the rows of a run that are written one by one.
    pub(crate) fn reserve(&mut self, rows: usize) {
        if self.noting().is_none() {
            self.flush();
            Arc::make_mut(&mut self.written).reserve(rows);
        }
    }

    /// Adds a row, or replaces the last one if it has the same time (P3.row_replaced).
    #[inline]
    pub(crate) fn write(&mut self, time_us: i64, row: [f64; 4], max_equity: f64) {
        let Some(journal) = self.noting() else {
            return self.write_later(time_us, row);
        };
        let [cash, equity, equity_worst, drawdown] = row;
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

    #[inline]
    fn write_later(&mut self, time_us: i64, row: [f64; 4]) {
        let waiting = self.tail.len();
        match self.tail.last_mut() {
            Some(last) if last.0 == time_us => last.1 = row,
            Some(_) if waiting < TAIL => self.tail.push((time_us, row)),
            _ => self.write_first(time_us, row),
        }
    }

    /// Writes a row into the columns if it replaces the last one there, else as the first to wait.
    #[cold]
    fn write_first(&mut self, time_us: i64, row: [f64; 4]) {
        self.flush();
        if self.written.time_us.last() == Some(&time_us) {
            let [cash, equity, equity_worst, drawdown] = row;
            let written = Arc::make_mut(&mut self.written);
            written.write(time_us, cash, equity, equity_worst, drawdown);
        } else {
            self.tail.reserve_exact(TAIL);
            self.tail.push((time_us, row));
        }
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
        let journal = self.journal_on(lanes, open, max_equity);
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
        journal.items.push(Item::Stretch {
            from,
            to,
            cash,
            max_equity,
        });
    }

    /// Adds the rows of trades that were written down.
    pub(super) fn add(
        &mut self,
        lanes: &Arc<Lanes>,
        tape: &Arc<Tape>,
        open: &[Option<Weight>],
        max_equity: f64,
    ) {
        let journal = self.journal_on(lanes, open, max_equity);
        journal.rows += tape.to - tape.from;
        journal.items.push(Item::Taken(Arc::clone(tape)));
    }

    /// Begins to note the rows of bars of these lanes.
    pub(super) fn begin(&mut self, lanes: &Arc<Lanes>, open: &[Option<Weight>], max_equity: f64) {
        self.journal_on(lanes, open, max_equity);
    }

    /// The journal of bars of these lanes, begun where there is none.
    #[inline]
    fn journal_on(
        &mut self,
        lanes: &Arc<Lanes>,
        open: &[Option<Weight>],
        max_equity: f64,
    ) -> &mut Journal {
        let is_other = |journal: &Journal| !Arc::ptr_eq(&journal.lanes, lanes);
        if self.noting().is_some_and(|journal| is_other(journal)) {
            self.settle();
        }
        self.flush();
        let kept = self.journal.get_or_insert_with(|| {
            Kept::Own(Box::new(Journal {
                lanes: Arc::clone(lanes),
                open: open.to_vec(),
                max_equity,
                items: Vec::with_capacity(
                    (lanes.sides.len() * lanes.time_us.as_slice().len() / 32).min(MOST_ITEMS),
                ),
                rows: 0,
            }))
        });
        kept.own()
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

    /// Notes which places stay, and that the others are gone.
    pub(crate) fn close_up(&mut self, stays: Vec<bool>) {
        if let Some(journal) = self.noting() {
            journal.items.push(Item::CloseUp(stays.into_boxed_slice()));
        }
    }

    /// The journal, if there is one; columns that were made from it become the written ones.
    #[inline]
    fn noting(&mut self) -> Option<&mut Journal> {
        if self.made.get().is_some() {
            self.settle();
        } else if Arc::strong_count(&self.made) > 1 {
            // What others make of the rows by now lacks those that come.
            self.made = Arc::default();
        }
        self.journal.as_mut().map(Kept::own)
    }

    /// Makes what is only noted.
    #[cold]
    pub(crate) fn settle(&mut self) {
        match self.made.get() {
            Some(made) => self.written = Arc::clone(made),
            None if self.journal.is_some() || !self.tail.is_empty() => {
                let mut written = std::mem::take(&mut self.written);
                self.add_rest(Arc::make_mut(&mut written), threads::for_rows);
                self.written = written;
            }
            None => {}
        }
        self.journal = None;
        self.tail.clear();
        self.made = Arc::default();
    }
}

impl EquityColumns {
    fn extend(&mut self, rows: &[Row]) {
        self.time_us.extend(rows.iter().map(|row| row.0));
        self.cash.extend(rows.iter().map(|row| row.1[0]));
        self.equity.extend(rows.iter().map(|row| row.1[1]));
        self.equity_worst.extend(rows.iter().map(|row| row.1[2]));
        self.drawdown.extend(rows.iter().map(|row| row.1[3]));
    }
}
