//! Cash, positions, fees and the equity curve (rules P1 to P3).
//!
//! The portfolio knows positions by their numbers alone, so it serves positions of any executor.
//! Invariant: cash = initial balance - fees + results of closed positions + swaps.

use std::borrow::Cow;
use std::sync::Arc;

use crate::arithmetic::smaller;
use crate::candles::Candle;
use crate::errors::Result;
use crate::fast::{EquityRows, Later, Maxima, OpenList};
use crate::holdings::{EntryNumbers, ExitNumbers, FeeRow, Holding, SwapRow};
use crate::ledger::Appraisal;
use crate::marks::{MarkQuote, Marked, OpenEntry, has_stale_rate, mark_positions, mark_sides};
use crate::positions::{Position, Positions};
use crate::rule_ids::{P3_ENTRY_FEE, P3_EXIT_FEE, P3_EXIT_RESULT, P3_ROW, P3_ROW_STALE, P6_SWAP};
use crate::settings::number;
use crate::trace::{EventKind, Tracer};

/// Kind of the fee at an entry.
pub const ENTRY_FEE: &str = "entry_fee";
/// Kind of the fee at an exit.
pub const EXIT_FEE: &str = "exit_fee";
/// Kind of the ledger entry of a result.
pub const RESULT: &str = "result";
/// Kind of the ledger entry of a swap.
pub const SWAP: &str = "swap";

/// An account in one currency.
#[derive(Debug, Clone)]
pub struct Portfolio {
    pub(crate) initial_balance: f64,
    pub(crate) cash: f64,
    pub(crate) equity: f64,
    pub(crate) max_equity: f64,
    pub(crate) max_drawdown: f64,
    pub(crate) max_drawdown_worst: f64,
    pub(crate) initial_max_drawdown: f64,
    pub(crate) total_fees: f64,
    pub(crate) total_swap: f64,
    pub(crate) stale_rows: u64,
    /// Whether a stale rate was ever seen, so that nobody looks for one where there is none.
    pub(crate) knows_stale: bool,
    pub(crate) realised: f64,
    pub(crate) realised_only: bool,
    pub(crate) last_exit_us: Option<i64>,
    pub(crate) open: OpenList,
    /// Whether `equity` is only less than that of the last row, which nobody has asked for.
    pub(crate) is_behind: bool,
    /// Whether a position may be without candles of its symbol.
    pub(crate) has_unmarked: bool,
    pub(crate) closed: Later<(Holding, ExitNumbers)>,
    /// Exits booked before a state was taken over (L9.restore).
    pub(crate) closed_before: u64,
    pub(crate) expired: Vec<Holding>,
    pub(crate) fees: Later<FeeRow>,
    pub(crate) swaps: Vec<SwapRow>,
    pub(crate) marks: Vec<MarkQuote>,
    /// Place of the candles that are likely to be shown next.
    pub(crate) next_mark: usize,
    pub(crate) rows: EquityRows,
    /// Counts what changes cash or what rows follow from.
    pub(crate) changes: u64,
    tracer: Tracer,
}

impl Portfolio {
    /// An account that holds `initial_balance` in cash.
    ///
    /// ```
    /// # use fillproof_engine::portfolio::Portfolio;
    /// assert_eq!(Portfolio::new(5000.0)?.cash(), 5000.0);
    /// # Ok::<(), fillproof_engine::errors::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(initial_balance: f64) -> Result<Self> {
        let initial_balance = number(initial_balance, "initial_balance", 0.0, false)?;
        Ok(Self {
            initial_balance,
            cash: initial_balance,
            equity: initial_balance,
            max_equity: initial_balance,
            max_drawdown: 0.0,
            max_drawdown_worst: 0.0,
            initial_max_drawdown: 0.0,
            total_fees: 0.0,
            total_swap: 0.0,
            stale_rows: 0,
            knows_stale: false,
            realised: 0.0,
            realised_only: false,
            last_exit_us: None,
            open: OpenList::default(),
            is_behind: false,
            has_unmarked: false,
            closed: Later::default(),
            closed_before: 0,
            expired: Vec::new(),
            fees: Later::default(),
            swaps: Vec::new(),
            marks: Vec::new(),
            next_mark: 0,
            rows: EquityRows::default(),
            changes: 0,
            tracer: Tracer::discard(),
        })
    }

    /// Records ledger and equity events from now on.
    pub fn attach_tracer(&mut self, tracer: &Tracer) {
        self.tracer = tracer.clone();
    }

    /// Takes a filled position in; without numbers it cannot be marked (P3.realised_only).
    pub fn register_entry(
        &mut self,
        holding: Holding,
        symbol: &Arc<str>,
        numbers: Option<EntryNumbers>,
    ) {
        self.realised_only |= numbers.is_none();
        self.knows_stale |= numbers.as_ref().is_some_and(|numbers| numbers.stale_unit);
        let entry = OpenEntry {
            holding,
            symbol: Arc::clone(symbol),
            mark: self.marks.iter().position(|mark| mark.is_of(symbol)),
            numbers,
            gone: false,
        };
        self.has_unmarked |= entry.mark.is_none();
        self.changes += 1;
        self.open.enter(entry, &mut self.rows);
    }

    /// Looks for the candles of positions that had none.
    fn find_marks(&mut self) {
        self.changes += 1;
        let (marks, mut has_unmarked) = (&self.marks, false);
        for place in 0..self.open.entries().len() {
            self.open.change(place, &mut self.rows, |entry| {
                let (None, Some(numbers)) = (entry.mark, &entry.numbers) else {
                    return false;
                };
                let mut known = marks.iter();
                entry.mark = known.position(|mark| mark.is_of(&numbers.symbol));
                has_unmarked |= entry.mark.is_none();
                true
            });
        }
        self.has_unmarked = has_unmarked;
    }

    /// Reads anew what an open position is worth (P3.partial, P5.unit_value).
    pub fn reread(&mut self, holding: Holding, position: &Position) {
        let Some(place) = self.open.find(holding) else {
            return;
        };
        self.changes += 1;
        let mut knows_stale = false;
        self.open.change(place, &mut self.rows, |entry| {
            if let Some(numbers) = &mut entry.numbers {
                numbers.reread(position);
                knows_stale = position.stale_unit;
            }
            true
        });
        self.knows_stale |= knows_stale;
    }

    /// Reads anew what all open positions of the same core are worth, given by their slots.
    pub fn revalue(&mut self, positions: &Positions) {
        self.changes += 1;
        self.knows_stale |= self.open.reread(positions, &mut self.rows);
    }

    /// Takes a closed position out: its exit fee leaves cash, then its result enters (P3).
    ///
    /// A part of a position has no place of its own to leave.
    ///
    /// # Errors
    /// `NUMBER_INVALID`; nothing has changed then.
    pub fn register_exit(&mut self, holding: Holding, numbers: ExitNumbers) -> Result<()> {
        let result = number(numbers.result, "result", -f64::MAX, false)?;
        let exit_fee = number(numbers.exit_fee, "exit_fee", 0.0, false)?;
        let (order_id, time_us) = (numbers.order_id, numbers.time_us);
        self.last_exit_us = self.last_exit_us.max(time_us);
        self.changes += 1;
        self.open.leave(holding, &mut self.rows);
        self.closed.push((holding, numbers));
        if exit_fee != 0.0 {
            let kind = Cow::Borrowed(EXIT_FEE);
            let time_us = time_us.unwrap_or(0);
            self.book_fee(exit_fee, time_us, kind, Some(holding), order_id);
        }
        self.cash += result;
        self.realised += result;
        let cash = self.cash;
        self.tracer.emit(P3_EXIT_RESULT, || EventKind::Ledger {
            entry: Cow::Borrowed(RESULT),
            order_id,
            amount: result,
            cash,
        });
        Ok(())
    }

    /// Books a fee in account currency; `kind` is a word such as `entry_fee`.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn register_fee(
        &mut self,
        amount: f64,
        time_us: i64,
        kind: impl Into<Cow<'static, str>>,
        position: Option<Holding>,
        order_id: u64,
    ) -> Result<()> {
        let amount = number(amount, "amount", 0.0, false)?;
        self.book_fee(amount, time_us, kind.into(), position, order_id);
        Ok(())
    }

    /// Books a night's swap in account currency, positive gains (P6.swap).
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn register_swap(
        &mut self,
        amount: f64,
        time_us: i64,
        position: Option<Holding>,
        order_id: u64,
    ) -> Result<()> {
        let amount = number(amount, "amount", -f64::MAX, false)?;
        self.cash += amount;
        self.changes += 1;
        self.total_swap += amount;
        self.swaps.push(SwapRow {
            time_us,
            amount,
            holding: position,
        });
        let cash = self.cash;
        self.tracer.emit(P6_SWAP, || EventKind::Ledger {
            entry: Cow::Borrowed(SWAP),
            order_id,
            amount,
            cash,
        });
        Ok(())
    }

    /// Takes in a waiting order that never filled: expired or cancelled.
    pub fn register_expired(&mut self, position: Holding) {
        self.expired.push(position);
    }

    fn book_fee(
        &mut self,
        amount: f64,
        time_us: i64,
        kind: Cow<'static, str>,
        holding: Option<Holding>,
        order_id: u64,
    ) {
        self.cash -= amount;
        self.changes += 1;
        self.total_fees += amount;
        let rule = if kind == EXIT_FEE {
            P3_EXIT_FEE
        } else {
            P3_ENTRY_FEE
        };
        let cash = self.cash;
        self.tracer.emit(rule, || EventKind::Ledger {
            entry: kind.clone(),
            order_id,
            amount,
            cash,
        });
        self.fees.push(FeeRow {
            time_us,
            kind,
            amount,
            holding,
            order_id,
        });
    }

    /// Remembers the current candles of a symbol, for the next update.
    #[inline]
    pub fn mark(&mut self, symbol: &Arc<str>, bid: &Candle, ask: &Candle) {
        let place = self.mark_place(symbol);
        match self.marks.get_mut(place) {
            Some(mark) => mark.show(bid, ask),
            None => self.marks.push(MarkQuote::new(symbol, bid, ask)),
        }
        self.next_mark = if place + 1 < self.marks.len() {
            place + 1
        } else {
            0
        };
    }

    /// Says what [`Portfolio::update`] would write now, and writes nothing (A3.stop_out).
    pub fn appraise(&mut self, time_us: i64) -> Appraisal {
        if self.has_unmarked {
            self.find_marks();
        }
        let (marked, sides) = mark_sides(self.open.weights(), &self.marks, time_us);
        let equity = self.cash + marked.total;
        Appraisal {
            equity,
            equity_worst: smaller(equity, self.cash + marked.worst),
            sides,
        }
    }

    /// The place of a symbol's candles, the end where they are new.
    ///
    /// Symbols come in the same order bar after bar, so the next one is looked at first.
    #[inline]
    fn mark_place(&self, symbol: &Arc<str>) -> usize {
        if let Some(mark) = self.marks.get(self.next_mark)
            && mark.is_of(symbol)
        {
            return self.next_mark;
        }
        let mut marks = self.marks.iter();
        marks
            .position(|mark| mark.is_of(symbol))
            .unwrap_or(self.marks.len())
    }

    /// Writes the row of a bar: equity, worst equity, drawdown (P3).
    ///
    /// The same time again replaces the row; maxima stay.
    #[inline]
    pub fn update(&mut self, time_us: i64) {
        if self.has_unmarked {
            self.find_marks();
        }
        let marked = if self.open.is_empty() {
            Marked::default()
        } else {
            mark_positions(self.open.weights(), &self.marks, time_us)
        };
        self.write_row(time_us, marked);
    }

    /// Writes the row of a bar from its sums.
    #[inline]
    pub(crate) fn write_row(&mut self, time_us: i64, marked: Marked) {
        let Marked {
            total,
            worst,
            stale,
        } = marked;
        let stale = stale || (self.knows_stale && has_stale_rate(self.open.entries()));
        let equity = self.cash + total;
        let equity_worst = smaller(equity, self.cash + worst);
        let mut maxima = self.maxima();
        maxima.see(equity, equity_worst);
        self.take_maxima(&maxima);
        (self.equity, self.is_behind) = (equity, false);
        let drawdown = self.max_equity - equity;
        self.stale_rows += u64::from(stale);
        let row = [self.cash, equity, equity_worst, drawdown];
        self.rows.write(time_us, row, self.max_equity);
        let (cash, max_equity) = (self.cash, self.max_equity);
        let rule = if stale { P3_ROW_STALE } else { P3_ROW };
        self.tracer.emit(rule, || EventKind::Equity {
            cash,
            equity,
            equity_worst,
            drawdown,
            max_equity,
        });
    }

    pub(crate) fn maxima(&self) -> Maxima {
        Maxima {
            initial_balance: self.initial_balance,
            max_equity: self.max_equity,
            max_drawdown: self.max_drawdown,
            max_drawdown_worst: self.max_drawdown_worst,
            initial_max_drawdown: self.initial_max_drawdown,
        }
    }

    #[inline]
    pub(crate) fn take_maxima(&mut self, maxima: &Maxima) {
        self.max_equity = maxima.max_equity;
        self.max_drawdown = maxima.max_drawdown;
        self.max_drawdown_worst = maxima.max_drawdown_worst;
        self.initial_max_drawdown = maxima.initial_max_drawdown;
    }

    /// Whether its rows follow from one symbol's candles as long as nothing is booked.
    pub(crate) fn is_plain(&self) -> bool {
        self.marks.len() == 1 && !self.knows_stale && !self.realised_only && !self.has_unmarked
    }

    /// Whether its events are recorded.
    pub(crate) fn is_traced(&self) -> bool {
        self.tracer.is_on()
    }

    /// Whether anything was registered or a row written.
    pub(crate) fn has_booked(&self) -> bool {
        let booked = !(self.fees.is_empty() && self.swaps.is_empty() && self.expired.is_empty());
        booked || !(self.open.is_empty() && self.closed.is_empty() && self.rows.is_empty())
    }

    /// Symbol of the first open position.
    pub(crate) fn first_symbol(&self) -> Option<&Arc<str>> {
        self.open.live().next().map(|open| &open.symbol)
    }

    /// Makes room for the rows of a run, so that none of them has to move the others.
    pub fn reserve_rows(&mut self, rows: usize) {
        self.rows.reserve(rows);
    }

    /// The open positions, of one symbol or all, in fill order.
    pub fn get_open_positions<'a>(
        &'a self,
        symbol: Option<&'a str>,
    ) -> impl Iterator<Item = Holding> + 'a {
        self.open
            .live()
            .filter(move |open| symbol.is_none_or(|symbol| *open.symbol == *symbol))
            .map(|open| open.holding)
    }
}
