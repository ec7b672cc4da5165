//! Trades of columns that are planned, booked one after the other in as few numbers as they come to.
//!
//! Each is what the plain loop makes of a market order that fills at its close and leaves at a level,
//! by the functions of its rules. Where anything else could happen it is not taken, and the plain
//! steps do it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Jump;
use super::booking::Booking;
use super::maxima::{Maxima, Stretch};
use super::plans::{Plan, Plans};
use super::signal_book::Refusing;
use super::tape::{Tape, Trade};
use super::tile::LaneViews;
use super::weight::Weight;
use crate::admission::check_full;
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::portfolio::Portfolio;
use crate::strategies::columns::ColumnStrategy;

/// So many trades are planned before the first of them is booked.
const PLANNED: usize = 4;

/// Trades that room is made for at first.
const ROOM: usize = 64;

/// After a trade that could not be taken so many times as many go by before the next attempt.
const MOST_PATIENCE: u32 = 64;

/// When to try again.
#[derive(Debug, Clone, Default)]
pub(super) struct Patience {
    /// Trades to let go by.
    left: u32,
    /// How many it were the last time.
    before: u32,
}

impl Patience {
    /// Whether it is time; one more trade goes by where it is not.
    pub(super) fn is_over(&mut self) -> bool {
        let is_over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_over
    }

    pub(super) fn learn(&mut self, taken: usize) {
        self.before = match taken {
            0 => (self.before * 2).clamp(1, MOST_PATIENCE),
            _ => 0,
        };
        self.left = self.before;
    }
}

/// What the account holds between two trades.
#[derive(Debug, Clone, Copy)]
struct Books {
    cash: f64,
    fees: f64,
    realised: f64,
    maxima: Maxima,
    /// The first bar whose row is not taken in.
    from: usize,
    order_id: u64,
}

/// Books trades.
struct Taking<'a> {
    booking: Booking<'a>,
    views: &'a LaneViews<'a>,
    /// Equity of the last row, where that is before the first bar.
    equity: f64,
    /// Whether a signal finds no room beside one position.
    is_full: bool,
    books: Books,
}

impl Jump<'_> {
    /// Takes in trades from a bar on, as long as nothing else can happen; returns the first bar that
    /// was not taken in. Nothing is open, and nothing waits.
    pub(super) fn take_planned(
        &mut self,
        core: &mut Core,
        place: usize,
        columns: &ColumnStrategy,
        (from, last): (usize, usize),
    ) -> usize {
        if !self.patience.is_over() || core.portfolio.is_behind {
            return from;
        }
        let Some(of) = self.records_of(core, place, columns) else {
            return from;
        };
        let Ok(first_slot) = u32::try_from(core.positions.len()) else {
            return from;
        };
        // Without rates there is no moment at which it could be another.
        let Ok(unit) = core.executors[place].unit_at_acceptance(0, &of.symbol) else {
            return from;
        };
        if check_full(&of.policy, &of.symbol, || 0, || 0).is_some() {
            return from;
        }
        let (executor, portfolio) = (&core.executors[place], &core.portfolio);
        let first_place = columns.next_place();
        let mut tape = Tape {
            owner: executor.place,
            unit,
            first_order_id: executor.next_order_id,
            first_slot,
            places: first_place..first_place,
            held: 1,
            from,
            to: from,
            cash: portfolio.cash,
            trades: Vec::with_capacity(ROOM),
            carried: Vec::new(),
            closing: None,
            of: Arc::clone(&of),
        };
        let mut taking = Taking::of(executor, portfolio, &self.views, (&tape, &of));
        let mut plans = Plans::of(columns, &self.views, of.spec.digits, (first_place, last));
        let mut planned = VecDeque::with_capacity(PLANNED + 1);
        let mut begun = plans.begin();
        loop {
            // What a plan waits for comes while another is booked: half of that for each wait.
            let ended = begun.take().and_then(|begun| plans.end(begun));
            let goes_on = ended.is_some();
            planned.extend(ended);
            let is_due = planned.len() > PLANNED || !goes_on;
            let due = is_due.then(|| planned.pop_front()).flatten();
            let entered = due.and_then(|plan| taking.enter(&plan));
            if is_due && entered.is_none() {
                break;
            }
            if goes_on {
                begun = plans.begin();
            }
            if let (Some(plan), Some(entered)) = (due, entered) {
                let Some(trade) = taking.leave(&plan, entered) else {
                    break;
                };
                (tape.places.end, tape.to) = (plan.next, plan.exit_bar);
                tape.trades.push(trade);
            }
        }
        let books = taking.books;
        self.patience.learn(tape.trades.len());
        if tape.trades.is_empty() {
            return from;
        }
        self.keep(core, place, Arc::new(tape), &books);
        books.from
    }

    /// What the records of signals are made from, known after the first of them.
    pub(super) fn records_of(
        &mut self,
        core: &Core,
        place: usize,
        columns: &ColumnStrategy,
    ) -> Option<Arc<Refusing>> {
        if !self.refusing.as_ref().is_some_and(|by| by.is_of(columns)) {
            self.refusing = Some(core.executors[place].refusing(columns, (self.lanes, 0))?);
        }
        self.refusing.clone()
    }

    /// Hands out what was written down.
    fn keep(&self, core: &mut Core, place: usize, tape: Arc<Tape>, books: &Books) {
        let times = &self.views.time_us[tape.from..books.from];
        let executor = &mut core.executors[place];
        executor.pass(times, self.views.shortest_step_us);
        executor.take_tape(&tape);
        core.positions.add(&tape);
        let last_exit_us = self.views.time_us[books.from];
        core.portfolio
            .take_tape(self.lanes, &tape, Some(last_exit_us));
        let portfolio = &mut core.portfolio;
        portfolio.take_maxima(&books.maxima);
        portfolio.cash = books.cash;
        // That of the bar of the last exit, which is passed next.
        portfolio.equity = books.cash + 0.0;
        portfolio.total_fees = books.fees;
        portfolio.realised = books.realised;
    }
}

impl<'a> Taking<'a> {
    fn of(
        executor: &'a ExecutionSimulator,
        portfolio: &Portfolio,
        views: &'a LaneViews<'a>,
        (tape, of): (&Tape, &'a Refusing),
    ) -> Self {
        Self {
            booking: Booking::of(executor, views, (of, tape.unit)),
            views,
            equity: portfolio.equity,
            is_full: check_full(&of.policy, &of.symbol, || 1, || 1).is_some(),
            books: Books {
                cash: portfolio.cash,
                fees: portfolio.total_fees,
                realised: portfolio.realised,
                maxima: portfolio.maxima(),
                from: tape.from,
                order_id: tape.first_order_id,
            },
        }
    }

    /// Books a trade up to its exit; `None`, and nothing is booked, where more than prices decides.
    fn enter(&mut self, plan: &Plan) -> Option<(Trade, Books)> {
        let mut books = self.books;
        let trade = self.open(plan, &mut books)?;
        let equity = self.hold(plan, &trade, &mut books);
        // A signal is refused for want of equity before it is for want of room (S3.equity).
        let keeps_equity = books.maxima.initial_max_drawdown < books.maxima.initial_balance;
        let is_refused = self.is_full && equity > 0.0 && keeps_equity;
        (plan.next == plan.place + 1 || is_refused).then_some((trade, books))
    }

    /// Books the exit of such a trade, and then all of it.
    fn leave(&mut self, plan: &Plan, (mut trade, mut books): (Trade, Books)) -> Option<Trade> {
        self.close(plan, &mut trade, &mut books)?;
        books.from = plan.exit_bar;
        books.order_id += (plan.next - plan.place) as u64;
        self.books = books;
        Some(trade)
    }

    /// The bar of the signal (P3.entry_fee).
    #[inline]
    fn open(&mut self, plan: &Plan, books: &mut Books) -> Option<Trade> {
        let mut equity = self.equity;
        if books.from < plan.entry_bar {
            equity = books.cash + 0.0;
            books.maxima.see(equity, equity);
        }
        let mut trade = self.booking.open(plan, books.order_id, equity)?;
        if trade.entry_fee != 0.0 {
            books.cash -= trade.entry_fee;
            books.fees += trade.entry_fee;
        }
        trade.cash[0] = books.cash;
        trade.max_equity = books.maxima.max_equity;
        Some(trade)
    }

    /// The rows up to the bar of the exit (P3); returns equity at the bar of the entry.
    #[inline]
    fn hold(&self, plan: &Plan, trade: &Trade, books: &mut Books) -> f64 {
        let (bar, is_long) = (plan.entry_bar, plan.direction.is_long());
        // The bar of the entry is read apart, so that none of the others is the one it filled in.
        let counts = (trade.size, self.booking.unit);
        let weight = Weight::at_close(trade.entry, is_long, counts, i64::MIN);
        let (side, _) = self.views.closing(&weight);
        let equity = books.cash + (0.0 + weight.gain(side.close[bar]));
        books.maxima.see(equity, equity);
        if bar + 1 < plan.exit_bar {
            let stretch = Stretch {
                lanes: self.views,
                open: &[Some(weight)],
                cash: books.cash,
            };
            stretch.see(&mut books.maxima, None, (bar + 1, plan.exit_bar));
        }
        equity
    }

    /// The bar that reaches a level (P3.exit_fee, P3.exit_result).
    #[inline]
    fn close(&self, plan: &Plan, trade: &mut Trade, books: &mut Books) -> Option<()> {
        self.booking.close(plan.exit_bar, books.order_id, trade)?;
        if trade.exit_fee != 0.0 {
            books.cash -= trade.exit_fee;
            books.fees += trade.exit_fee;
        }
        books.cash += trade.result;
        books.realised += trade.result;
        trade.cash[1] = books.cash;
        Some(())
    }
}
