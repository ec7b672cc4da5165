//! Rows of equity from what was noted of them: a few bars at once, whoever came and left in between.
//!
//! Positions are summed in fill order, each over the bars of the tile in which it was open; so every
//! row adds up the same numbers in the same order as `marks` does.

use super::open_list::FEW;
use super::recall::Recall;
use super::slots::Sink;
use super::tape::{Event, Part, Tape};
use super::tile::{LaneViews, Span, TILE, Tile};
use super::weight::Weight;

/// Rows that are made at once where at most one position is open.
const MANY: usize = 128;

/// A few bars on their way to rows.
pub(super) struct Making<'a, S> {
    lanes: LaneViews<'a>,
    /// The open positions when the next row is noted; those in `left` until the tile is done.
    open: Vec<Option<Weight>>,
    max_equity: f64,
    tile: Tile,
    recall: Recall,
    from: usize,
    /// Cash at each row of the tile.
    cash: Vec<f64>,
    /// In which rows of the tile positions are open, as far as it is not all of them.
    spans: Vec<Span>,
    /// Places of positions that left within the tile.
    left: Vec<usize>,
    /// In ascending order those of positions that left, and whose places nobody counts any more.
    gone: Vec<usize>,
    sink: S,
}

impl<'a, S: Sink> Making<'a, S> {
    pub(super) fn new(
        lanes: LaneViews<'a>,
        open: Vec<Option<Weight>>,
        max_equity: f64,
        sink: S,
    ) -> Self {
        Self {
            lanes,
            open,
            max_equity,
            tile: Tile::new(),
            recall: Recall::default(),
            from: 0,
            cash: Vec::with_capacity(TILE),
            spans: Vec::new(),
            left: Vec::new(),
            gone: Vec::new(),
            sink,
        }
    }

    /// Takes in bars from one on and before another.
    pub(super) fn stretch(&mut self, (mut from, to): (usize, usize), cash: f64) {
        if self.open.len() <= 1 {
            self.finish();
            let open = match self.open.as_slice() {
                [] => Some(None),
                [Some(only)] => Some(Some(*only)),
                _ => None,
            };
            if let Some(open) = open {
                self.write(open.as_ref(), (from, to), cash);
                return;
            }
        }
        if self.from + self.cash.len() != from {
            self.finish();
        }
        while from < to {
            if self.cash.is_empty() {
                self.from = from;
            }
            let bars = (TILE - self.cash.len()).min(to - from);
            self.cash.resize(self.cash.len() + bars, cash);
            from += bars;
            if self.cash.len() == TILE {
                self.finish();
            }
        }
    }

    /// Writes the rows of bars with one position that is open in no others, or without one; nothing
    /// else is open, and nothing waits to be written.
    pub(super) fn part(&mut self, part: &Part) {
        let (from, to) = part.bars;
        if from < to {
            self.write(part.open.as_ref(), part.bars, part.cash);
        }
    }

    /// Takes in the rows of trades of which several are open at once; those that are open now are the ones
    /// that the tape begins with.
    pub(super) fn several(&mut self, tape: &Tape) {
        // Their numbers by their places, those of some that left among them.
        let mut numbers: Vec<usize> = (0..tape.carried.len()).collect();
        let mut gone = 0;
        let (mut from, mut cash) = (tape.from, tape.cash);
        self.drop_gone();
        debug_assert_eq!(self.open.len(), numbers.len());
        tape.each_event(|event, bar, number| {
            if from < bar {
                self.stretch((from, bar), cash);
                from = bar;
            }
            let trade = tape.trade(number);
            if event == Event::Entry {
                cash = trade.cash[0];
                numbers.push(number);
                self.enter(tape.weight_of(number));
                return;
            }
            cash = trade.cash[1];
            let Ok(place) = numbers.binary_search(&number) else {
                debug_assert!(false, "Invariant: a trade that leaves is open");
                return;
            };
            if gone == 0 && numbers.len() <= FEW {
                numbers.remove(place);
                self.leave(place);
                return;
            }
            self.set(place, None);
            gone += 1;
            if gone > FEW && gone * 4 > numbers.len() {
                self.finish();
                let mut open = self.open.iter();
                numbers.retain(|_| open.next().is_some_and(Option::is_some));
                self.drop_gone();
                gone = 0;
            }
        });
        if from < tape.to {
            self.stretch((from, tape.to), cash);
        }
        self.drop_gone();
    }

    /// Moves positions to where others left.
    fn drop_gone(&mut self) {
        self.finish();
        if self.open.iter().any(Option::is_none) {
            self.open.retain(Option::is_some);
            self.recall.forget();
        }
    }

    /// Writes the rows of bars with one position or without one.
    fn write(&mut self, open: Option<&Weight>, (mut from, to): (usize, usize), cash: f64) {
        let times = self.lanes.time_us;
        let Some(only) = open else {
            for from in (from..to).step_by(MANY) {
                let slots = self.sink.next(&times[from..to.min(from + MANY)]);
                self.max_equity = slots.write_flat(cash, self.max_equity);
                self.sink.added();
            }
            return;
        };
        let (side, _) = self.lanes.closing(only);
        // A long is worth the least at the low, a short at the high.
        let worst = if only.is_long { side.low } else { side.high };
        if only.is_fresh(times[from]) {
            // The bar at whose close it was filled went through its extremes before.
            let (bar, closes) = (from..from + 1, &side.close[from..from + 1]);
            let (slots, before) = (self.sink.next(&times[bar]), (cash, self.max_equity));
            self.max_equity = slots.write_one(before, only, (closes, closes));
            self.sink.added();
            from += 1;
        }
        for from in (from..to).step_by(MANY) {
            let bars = from..to.min(from + MANY);
            let prices = (&side.close[bars.clone()], &worst[bars.clone()]);
            let (slots, before) = (self.sink.next(&times[bars]), (cash, self.max_equity));
            self.max_equity = slots.write_one(before, only, prices);
            self.sink.added();
        }
    }

    /// Writes the rows that were taken in so far.
    pub(super) fn finish(&mut self) {
        if self.cash.is_empty() {
            return;
        }
        let bars = (self.from, self.from + self.cash.len());
        let recall = self.spans.is_empty().then_some(&mut self.recall);
        self.tile
            .fill_spans(&self.lanes, &self.open, &self.spans, recall, bars);
        let times = &self.lanes.time_us[bars.0..bars.1];
        let slots = self.sink.next(times);
        self.max_equity = slots.write_tile(&self.cash, &self.tile, self.max_equity);
        self.sink.added();
        self.cash.clear();
        self.spans.clear();
        for place in self.left.drain(..) {
            self.open[place] = None;
            self.recall.forget();
        }
        while let Some(place) = self.gone.pop() {
            self.open.remove(place);
            self.recall.forget();
        }
    }

    /// Writes a row that is known, after which equity has been so high.
    pub(super) fn row(&mut self, time_us: i64, row: [f64; 4], max_equity: f64) {
        self.finish();
        self.sink.write(time_us, row);
        self.max_equity = max_equity;
        self.sink.added();
    }

    /// Writes what waits; returns the highest equity so far.
    pub(super) fn end(mut self) -> f64 {
        self.finish();
        self.max_equity
    }

    fn span(&mut self, place: usize) -> &mut Span {
        if self.spans.len() <= place {
            self.spans.resize(place + 1, Span::ALL);
        }
        &mut self.spans[place]
    }

    pub(super) fn enter(&mut self, weight: Option<Weight>) {
        let (place, row) = (self.open.len(), self.cash.len());
        self.open.push(weight);
        if row > 0 && weight.is_some() {
            self.span(place).from = row;
        }
    }

    pub(super) fn set(&mut self, place: usize, weight: Option<Weight>) {
        let row = self.cash.len();
        if row > 0 && weight.is_none() {
            let place = self.place_of(place);
            self.span(place).to = row;
            self.left.push(place);
            return;
        }
        self.finish();
        self.open[place] = weight;
        self.recall.forget();
    }

    pub(super) fn leave(&mut self, place: usize) {
        let row = self.cash.len();
        let place = self.place_of(place);
        if row > 0 {
            self.span(place).to = row;
            let at = self.gone.partition_point(|&gone| gone < place);
            self.gone.insert(at, place);
            return;
        }
        self.open.remove(place);
        self.recall.forget();
    }

    /// Where a position stands, with those that left before it.
    fn place_of(&self, place: usize) -> usize {
        let gone = self.gone.iter();
        gone.fold(place, |place, &gone| place + usize::from(gone <= place))
    }

    /// Moves positions to where others left.
    pub(super) fn close_up(&mut self, stays: &[bool]) {
        self.finish();
        self.recall.forget();
        let mut stays = stays.iter();
        self.open.retain(|_| stays.next().copied().unwrap_or(true));
    }
}
