//! What became of each signal, and those that found no room: their rows are made at the first look.
//!
//! While nothing else happens, a signal that finds the largest number of positions open changes
//! nothing but its own record, and that follows from the candles of its bar.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use fillproof_ahead::fetch;

use super::cross::CrossTape;
use super::tape::Tape;
use super::tile::{LaneViews, Lanes};
use crate::acceptance::{Levels, check_numbers};
use crate::admission::{check_full, check_marketable};
use crate::blotter::Rejection;
use crate::config::ExecutionPolicy;
use crate::desk::{ExecutionSimulator, NO_SLOT};
use crate::orders::Breach;
use crate::quotes::Quote;
use crate::signals::{Direction, Outcome, SignalColumns, TradeSignal};
use crate::strategies::columns::ColumnStrategy;
use crate::strategies::cross_columns::Place;
use crate::symbols::SymbolSpec;

/// The rows of all signals, and the rejections among them.
#[derive(Debug, Clone, Default)]
pub(crate) struct SignalBook {
    rows: SignalColumns,
    rejections: Vec<Rejection>,
    unmade: Vec<Unmade>,
    /// Rows and rejections with those of `unmade` among them.
    made: OnceLock<Box<(SignalColumns, Vec<Rejection>)>>,
}

/// Signals of which no rows are made yet.
#[derive(Debug, Clone)]
enum Unmade {
    Refused(Refused),
    /// Those of trades, and those that found no room beside them.
    Taken {
        tape: Arc<Tape>,
        /// How many rejections came before.
        after: usize,
    },
    /// Those of several symbols.
    Across {
        tape: Arc<CrossTape>,
        after: usize,
    },
}

/// Signals that found no room, one after the other.
#[derive(Debug, Clone)]
struct Refused {
    by: Refuser,
    /// Their places among the signals of the columns, those of all symbols where there are several.
    places: Range<usize>,
    /// Orders and positions that were held, of all symbols and of this one.
    held: [usize; 2],
    first_id: u64,
    /// How many rejections came before.
    after: usize,
}

/// What refuses signals of one symbol, or of several.
#[derive(Debug, Clone)]
pub(crate) enum Refuser {
    One(Arc<Refusing>),
    Each(Arc<RefusingEach>),
}

/// The signals of several symbols in their order, and by columns what refuses them.
#[derive(Debug)]
pub(crate) struct RefusingEach {
    pub(crate) signals: Arc<[Place]>,
    pub(crate) by: Vec<Arc<Refusing>>,
}

/// What the records of signals that find no room are made from.
#[derive(Debug)]
pub(crate) struct Refusing {
    columns: ColumnStrategy,
    pub(super) lanes: Arc<Lanes>,
    pub(super) symbol: Arc<str>,
    /// Place of the symbol on the lanes.
    mark: usize,
    pub(super) policy: ExecutionPolicy,
    pub(super) spec: SymbolSpec,
}

impl SignalBook {
    /// Makes room for more signals.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.rows.reserve(more);
    }

    /// Adds the row of a signal; what becomes of it is set later.
    #[inline]
    pub(crate) fn push(&mut self, order_id: u64, time_us: i64, signal: &TradeSignal) {
        self.changed().push(order_id, time_us, signal);
    }

    /// Sets what became of a signal, and its size once it has one.
    #[inline]
    pub(crate) fn decide(
        &mut self,
        order_id: u64,
        outcome: Outcome,
        rule: &'static str,
        size: Option<f64>,
    ) {
        self.changed().decide(order_id, outcome, rule, size);
    }

    /// Sets the rule that stood against a signal; a size that was found stays.
    pub(crate) fn refuse(&mut self, order_id: u64, rule: &'static str) {
        let size = self.rows.size_of(order_id);
        self.decide(order_id, Outcome::Rejected, rule, size);
    }

    pub(crate) fn reject(&mut self, rejection: Rejection) {
        self.rejections.push(rejection);
    }

    /// Adds signals that found no room; the first has this number.
    fn pass(&mut self, by: &impl Refuses, places: Range<usize>, held: [usize; 2], first_id: u64) {
        self.changed();
        let after = self.rejections.len();
        if let Some(Unmade::Refused(last)) = self.unmade.last_mut()
            && by.is(&last.by)
            && last.places.end == places.start
            && last.held == held
            && last.after == after
            && last.first_id + last.places.len() as u64 == first_id
            && self
                .rows
                .order_id
                .last()
                .is_none_or(|&id| id < last.first_id)
        {
            last.places.end = places.end;
            return;
        }
        self.unmade.push(Unmade::Refused(Refused {
            by: by.kept(),
            places,
            held,
            first_id,
            after,
        }));
    }

    /// Adds the signals of trades that were written down.
    fn add(&mut self, tape: &Arc<Tape>) {
        self.changed();
        self.unmade.push(Unmade::Taken {
            tape: Arc::clone(tape),
            after: self.rejections.len(),
        });
    }

    /// Adds what happened to the signals of several symbols.
    pub(super) fn add_across(&mut self, tape: &Arc<CrossTape>) {
        self.changed();
        self.unmade.push(Unmade::Across {
            tape: Arc::clone(tape),
            after: self.rejections.len(),
        });
    }

    #[inline]
    fn changed(&mut self) -> &mut SignalColumns {
        if self.made.get().is_some() {
            self.made = OnceLock::new();
        }
        &mut self.rows
    }

    /// How many signals there were, and how many of them were rejected.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let unmade = self.unmade.iter().map(Unmade::counts);
        unmade.fold(
            (self.rows.len(), self.rejections.len()),
            |(signals, refused), more| (signals + more.0, refused + more.1),
        )
    }

    /// What the row of an accepted order says: its number, outcome, rule and size.
    pub(crate) fn said_of(
        &self,
        order_id: u64,
    ) -> Option<(u64, Outcome, &'static str, Option<f64>)> {
        let said = |rows: &SignalColumns| {
            let row = rows.order_id.binary_search(&order_id).ok()?;
            Some((order_id, rows.outcome[row], rows.rule[row], rows.size[row]))
        };
        // An order of which something may still become is rarely among the rows that are not made.
        said(&self.rows).or_else(|| said(self.columns()))
    }

    /// One row for each signal, in order.
    pub(crate) fn columns(&self) -> &SignalColumns {
        if self.unmade.is_empty() {
            return &self.rows;
        }
        &self.made().0
    }

    /// The rejections, in order.
    pub(crate) fn rejections(&self) -> &[Rejection] {
        if self.unmade.is_empty() {
            return &self.rejections;
        }
        &self.made().1
    }

    fn made(&self) -> &(SignalColumns, Vec<Rejection>) {
        self.made.get_or_init(|| {
            let mut rows = SignalColumns::default();
            let mut rejections = Vec::new();
            let (mut row, mut rejection) = (0, 0);
            for unmade in &self.unmade {
                let (first_id, after) = unmade.begin();
                let later = &self.rows.order_id[row..];
                let end = row + later.partition_point(|&id| id < first_id);
                rows.extend_from(&self.rows, row..end);
                rejections.extend_from_slice(&self.rejections[rejection..after]);
                (row, rejection) = (end, after);
                unmade.make(&mut rows, &mut rejections);
            }
            rows.extend_from(&self.rows, row..self.rows.len());
            rejections.extend_from_slice(&self.rejections[rejection..]);
            Box::new((rows, rejections))
        })
    }
}

impl Unmade {
    /// Number of its first signal, and how many rejections came before.
    fn begin(&self) -> (u64, usize) {
        match self {
            Self::Refused(refused) => (refused.first_id, refused.after),
            Self::Taken { tape, after } => (tape.first_order_id, *after),
            Self::Across { tape, after } => (tape.first_order_id(), *after),
        }
    }

    /// How many signals, and how many of them were refused.
    fn counts(&self) -> (usize, usize) {
        match self {
            Self::Refused(refused) => (refused.places.len(), refused.places.len()),
            Self::Taken { tape, .. } => (tape.signals(), tape.refused()),
            Self::Across { tape, .. } => tape.counts(),
        }
    }

    fn make(&self, rows: &mut SignalColumns, rejections: &mut Vec<Rejection>) {
        match self {
            Self::Refused(refused) => refused.make(rows, rejections),
            Self::Taken { tape, .. } => tape.add_signals(rows, rejections),
            Self::Across { tape, .. } => tape.add_signals(rows, rejections),
        }
    }
}

/// One of them.
pub(crate) trait Refuses {
    /// Whether this is it.
    fn is(&self, refuser: &Refuser) -> bool;

    fn kept(&self) -> Refuser;
}

impl Refuses for Arc<Refusing> {
    fn is(&self, refuser: &Refuser) -> bool {
        matches!(refuser, Refuser::One(one) if Arc::ptr_eq(one, self))
    }

    fn kept(&self) -> Refuser {
        Refuser::One(Arc::clone(self))
    }
}

impl Refuses for Arc<RefusingEach> {
    fn is(&self, refuser: &Refuser) -> bool {
        matches!(refuser, Refuser::Each(each) if Arc::ptr_eq(each, self))
    }

    fn kept(&self) -> Refuser {
        Refuser::Each(Arc::clone(self))
    }
}

impl Refuser {
    /// What refuses a signal, and its place among those of its symbol.
    fn of(&self, place: usize) -> Option<(&Refusing, usize)> {
        match self {
            Self::One(by) => Some((by, place)),
            Self::Each(each) => {
                let signal = each.signals.get(place)?;
                Some((each.by.get(signal.column as usize)?, signal.at as usize))
            }
        }
    }
}

impl Refusing {
    /// Whether it reads the signals of these columns.
    pub(crate) fn is_of(&self, columns: &ColumnStrategy) -> bool {
        self.columns.is_same(columns)
    }
}

impl Refused {
    /// Adds what processing the signals one by one would have left.
    fn make(&self, rows: &mut SignalColumns, rejections: &mut Vec<Rejection>) {
        for (place, order_id) in self.places.clone().zip(self.first_id..) {
            if let Some((by, place)) = self.by.of(place) {
                by.add(place, (order_id, self.held), rows, rejections);
            }
        }
    }
}

impl Refusing {
    /// The signal at a place among those of the columns, and its bar.
    pub(super) fn signal_at(&self, place: usize, bar: usize) -> Option<(TradeSignal, Quote)> {
        let (bids, asks) = self.lanes.sides.get(self.mark)?;
        let quote = Quote::new(&bids.view().get(bar)?, &asks.view().get(bar)?);
        let close = |direction: Direction| Some(quote.opening_close(direction.sign()));
        let (symbol, time_us) = (&self.symbol, quote.time_us());
        let signal = self.columns.signal_at(place, symbol, time_us, close);
        Some((signal, quote))
    }

    /// Asks for what the first signal behind a bar is going to read, of those from a place on.
    #[inline]
    pub(super) fn fetch_behind(&self, views: &LaneViews<'_>, place: usize, bar: usize) {
        if let Some(row) = self.columns.row_behind(place, bar) {
            for (side, blocks) in &views.sides[self.mark] {
                fetch(side.close, row);
                blocks.fetch(row);
            }
        }
    }

    /// Its direction.
    pub(super) fn direction_at(&self, place: usize) -> Direction {
        self.columns.row_at(place).direction
    }

    /// Adds what processing a signal that finds no room would have left.
    pub(super) fn add(
        &self,
        place: usize,
        (order_id, held): (u64, [usize; 2]),
        rows: &mut SignalColumns,
        rejections: &mut Vec<Rejection>,
    ) {
        let bar = self.columns.rows()[place];
        let Some((signal, quote)) = self.signal_at(place, bar) else {
            debug_assert!(false, "Invariant: signals that were refused have a bar");
            return;
        };
        let symbol = &self.symbol;
        let time_us = quote.time_us();
        rows.push(order_id, time_us, &signal);
        let Some(breach) = self.breach(&signal, &quote, held) else {
            debug_assert!(false, "Invariant: there was no room");
            return;
        };
        rows.decide(order_id, Outcome::Rejected, breach.rule, None);
        rejections.push(Rejection {
            order_id,
            time_us,
            symbol: Arc::clone(symbol),
            rule: breach.rule,
            field: breach.field,
            value: breach.value,
            expected: breach.expected,
        });
    }

    /// The first rule that stands against a signal, in the order of the executor's checks.
    fn breach(
        &self,
        signal: &TradeSignal,
        quote: &Quote,
        [held, of_symbol]: [usize; 2],
    ) -> Option<Breach> {
        let Self {
            policy,
            spec,
            symbol,
            ..
        } = self;
        let levels = Levels::of(signal, policy, Some(spec), quote);
        check_numbers(signal.stop_loss, signal.take_profit)
            .or_else(|| levels.check(signal, Some(spec), quote))
            .or_else(|| check_marketable(policy, signal, levels.reference, quote))
            .or_else(|| check_full(policy, symbol, || held, || of_symbol))
    }
}

impl ExecutionSimulator {
    /// What refuses the signals of columns, whatever they ask for, as long as nothing else happens;
    /// `None` where there is room, or where a signal may end the run.
    pub(crate) fn refusing(
        &self,
        columns: &ColumnStrategy,
        (lanes, mark): (&Arc<Lanes>, usize),
    ) -> Option<Arc<Refusing>> {
        let shown = self.quotes.get(mark)?;
        Some(Arc::new(Refusing {
            columns: columns.clone(),
            lanes: Arc::clone(lanes),
            symbol: Arc::clone(&shown.symbol),
            mark,
            policy: self.config.policy,
            spec: self.spec(&shown.symbol)?.clone(),
        }))
    }

    /// Whether the largest number of orders and positions is held; its only symbol is theirs.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.is_full_with(self.blotter.active.len())
    }

    /// The same where so many of them are of the symbol that is asked about.
    #[inline]
    pub(crate) fn is_full_with(&self, of_symbol: usize) -> bool {
        self.is_full_of([self.blotter.active.len(), of_symbol])
    }

    /// The same where so many are held, of all symbols and of one.
    #[inline]
    pub(crate) fn is_full_of(&self, [held, of_symbol]: [usize; 2]) -> bool {
        let policy = &self.config.policy;
        let is_full = |held: usize, most: Option<u64>| most.is_some_and(|most| held as u64 >= most);
        !self.config.strict
            && (is_full(held, policy.max_positions)
                || is_full(of_symbol, policy.max_positions_symbol))
    }

    /// Takes in signals at places of the columns that find no room; so many orders and positions are
    /// held of their symbol.
    pub(crate) fn refuse_all(&mut self, by: &impl Refuses, places: Range<usize>, of_symbol: usize) {
        let first_id = self.next_order_id;
        self.next_order_id += places.len() as u64;
        let orders = self.orders.len() + places.len();
        self.orders.resize(orders, NO_SLOT);
        let held = [self.blotter.active.len(), of_symbol];
        self.signals.pass(by, places, held, first_id);
    }
}

impl ExecutionSimulator {
    /// Takes in the signals of trades that were written down, whose slots follow those before.
    pub(super) fn take_tape(&mut self, tape: &Arc<Tape>) {
        let first = self.orders.len();
        self.orders.resize(first + tape.signals(), NO_SLOT);
        for (trade, slot) in tape.trades.iter().zip(tape.first_slot..) {
            self.orders[first + (trade.place - tape.places.start)] = slot;
        }
        self.next_order_id += tape.signals() as u64;
        self.signals.add(tape);
        self.blotter.version += 1;
    }
}
