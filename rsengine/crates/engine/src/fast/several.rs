//! Trades of columns of which several are open at once, booked in as few numbers as they come to.
//!
//! When a trade ends is known at its entry, as prices alone decide it. So open trades wait in order of
//! their exits, and the loop goes from event to event: at each bar the signal first, then the exits in
//! order of acceptance (E6). At a bar where anything else could happen the tape ends, and what is open
//! is handed to the executor and the portfolio as the plain steps would have left it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::Jump;
use super::booking::Booking;
use super::crowd::Crowd;
use super::maxima::{Maxima, Stretch};
use super::plans::{Plan, Plans};
use super::tape::{Carried, OPEN, Tape};
use super::tile::LaneViews;
use super::weight::{Weight, total_at_close};
use crate::core::Core;
use crate::strategies::columns::ColumnStrategy;

/// So many trades are planned before the first of them is booked.
const PLANNED: usize = 4;

/// Books trades.
pub(super) struct Several<'a> {
    pub(super) booking: Booking<'a>,
    pub(super) views: &'a LaneViews<'a>,
    pub(super) tape: Tape,
    pub(super) crowd: Crowd,
    /// Bars and numbers of the exits of open trades, the next one on top.
    pub(super) due: BinaryHeap<Reverse<(usize, u32)>>,
    pub(super) books: Books,
    /// The first bar that is not taken in.
    pub(super) wall: usize,
    /// How many may be open.
    pub(super) most: usize,
    /// Whether sizes are parts of equity, which is that of the last row.
    pub(super) reads_equity: bool,
}

/// What the account holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Books {
    pub(super) cash: f64,
    pub(super) fees: f64,
    pub(super) realised: f64,
    pub(super) maxima: Maxima,
    /// Equity of the row before the tape, or less where nobody reads it.
    pub(super) equity: f64,
    /// The first bar whose row is not taken in.
    pub(super) from: usize,
}

impl Jump<'_> {
    /// Takes in trades from a bar on, as long as nothing else can happen; returns the first bar that
    /// was not taken in. Nothing waits.
    pub(super) fn take_several(
        &mut self,
        core: &mut Core,
        place: usize,
        columns: &mut ColumnStrategy,
        (from, last): (usize, usize),
    ) -> usize {
        let first = columns.next_row(from, last);
        if core.executors[place].most_open() < 2 || !self.several.is_over() {
            return from;
        }
        let Some(of) = self.records_of(core, place, columns) else {
            return from;
        };
        // Without rates there is no moment at which it could be another.
        let Ok(unit) = core.executors[place].unit_at_acceptance(0, &of.symbol) else {
            return from;
        };
        let (place_of, signals) = ((&*core, place), (columns.next_place(), first));
        let of = (&of, unit);
        let Some(mut taking) = Several::of(place_of, &self.views, of, (from, last), signals) else {
            return from;
        };
        taking.take(columns, last);
        let handed = taking.tape.carried.len() + taking.crowd.len();
        let events = taking.tape.places.len() + taking.tape.ended();
        // To hand positions over costs as much as to book them.
        self.several.learn(events.saturating_sub(handed));
        if events == 0 {
            return from;
        }
        let Several {
            tape, crowd, books, ..
        } = taking;
        self.hand_over(core, place, tape, (&crowd, &books));
        books.from
    }
}

impl Several<'_> {
    /// Goes from event to event.
    fn take(&mut self, columns: &ColumnStrategy, last: usize) {
        let digits = self.tape.of.spec.digits;
        let plans = Plans::of(columns, self.views, digits, (self.tape.places.start, last));
        let mut planned = VecDeque::with_capacity(PLANNED);
        loop {
            let place = self.tape.places.end;
            let signal = columns.rows().get(place).copied().unwrap_or(OPEN);
            let exit = self.due.peek().map_or(OPEN, |next| next.0.0);
            let bar = signal.min(exit);
            if bar >= self.wall {
                break;
            }
            self.see(bar);
            if signal == bar {
                if !self.keeps_equity() {
                    self.wall = bar;
                    break;
                }
                if self.crowd.len() < self.most {
                    self.plan(&plans, place, &mut planned);
                    let plan = planned.pop_front().flatten();
                    if plan.is_none_or(|plan| self.enter(&plan).is_none()) {
                        self.wall = bar;
                        break;
                    }
                } else {
                    planned.pop_front();
                }
                self.tape.places.end += 1;
            }
            while let Some(&Reverse((exit, number))) = self.due.peek()
                && exit == bar
            {
                self.due.pop();
                self.leave(number as usize);
            }
        }
        self.see(self.wall);
    }

    /// Plans the trades of the signals from a place on: what a plan waits for comes while others are
    /// booked.
    fn plan(&self, plans: &Plans<'_>, place: usize, planned: &mut VecDeque<Option<Plan>>) {
        while planned.len() < PLANNED {
            let begun = plans.begin_at(place + planned.len());
            planned.push_back(begun.map(|begun| plans.end_of(begun)));
        }
    }

    /// Takes in the rows before a bar.
    fn see(&mut self, to: usize) {
        let from = self.books.from;
        if from >= to {
            return;
        }
        self.books.from = to;
        let (cash, maxima) = (self.books.cash, &mut self.books.maxima);
        if self.crowd.len() == 0 {
            let equity = cash + 0.0;
            return maxima.see(equity, equity);
        }
        let (open, many) = self.crowd.many();
        let stretch = Stretch {
            lanes: self.views,
            open,
            cash,
        };
        stretch.see_filled(maxima, many, (from, to));
    }

    /// Whether equity was above zero at every row; a signal is refused for want of it before it is for
    /// want of room (S3.equity).
    fn keeps_equity(&self) -> bool {
        let maxima = &self.books.maxima;
        self.books.equity > 0.0 && maxima.initial_max_drawdown < maxima.initial_balance
    }

    /// Equity of the last row; where nobody reads more of it than that there is some, any will do.
    fn equity(&self) -> f64 {
        let bar = self.books.from;
        if !self.reads_equity || bar == self.tape.from {
            return self.books.equity;
        }
        self.books.cash + total_at_close(self.views, self.crowd.weights(), bar - 1)
    }

    /// The bar of a signal; `None`, and nothing is booked, where a rule stands against it.
    fn enter(&mut self, plan: &Plan) -> Option<()> {
        let order_id = self.tape.first_order_id + self.tape.places.len() as u64;
        let mut trade = self.booking.open(plan, order_id, self.equity())?;
        let number = u32::try_from(self.tape.carried.len() + self.tape.trades.len()).ok()?;
        if trade.entry_fee != 0.0 {
            self.books.cash -= trade.entry_fee;
            self.books.fees += trade.entry_fee;
        }
        trade.cash[0] = self.books.cash;
        let filled_us = self.views.time_us[plan.entry_bar];
        let counts = (trade.size, self.booking.unit);
        let is_long = plan.direction.is_long();
        let weight = Weight::at_close(trade.entry, is_long, counts, filled_us);
        self.crowd.enter(number, weight);
        self.tape.trades.push(trade);
        self.end(number, order_id, plan.exit_bar);
        Some(())
    }

    /// Decides the exit of the trade that was opened last, at the first bar that reaches its levels.
    fn end(&mut self, number: u32, order_id: u64, bar: usize) {
        let trade = self.tape.trade_mut(number as usize);
        trade.exit_bar = OPEN;
        if bar >= self.wall {
            return;
        }
        if self.booking.close(bar, order_id, trade).is_some() {
            trade.exit_bar = bar;
            self.due.push(Reverse((bar, number)));
        } else {
            self.wall = bar;
        }
    }

    /// Takes in a position that was open before.
    pub(super) fn carry(&mut self, carried: Carried, exit_bar: usize) {
        let number = self.tape.carried.len() as u32;
        self.crowd.enter(number, carried.weight);
        let order_id = carried.order_id;
        self.tape.carried.push(carried);
        self.end(number, order_id, exit_bar);
    }

    /// The bar that reaches a level of a trade: fee and result (P3).
    fn leave(&mut self, number: usize) {
        let books = &mut self.books;
        let trade = self.tape.trade_mut(number);
        if trade.exit_fee != 0.0 {
            books.cash -= trade.exit_fee;
            books.fees += trade.exit_fee;
        }
        books.cash += trade.result;
        books.realised += trade.result;
        trade.cash[1] = books.cash;
        self.crowd.leave(number as u32);
        if let Some(closing) = &mut self.tape.closing {
            closing.push(number as u32);
        }
    }
}
