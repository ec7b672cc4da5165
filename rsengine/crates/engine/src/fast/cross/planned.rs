//! Trades of columns by numbers alone: the way from signal to exit, over all symbols.
//!
//! An exit follows from the prices at its entry, whatever the account holds. So the next exit of all
//! positions and the next signal that finds room are gone to in turn, and nothing is made of them but
//! numbers on a tape, until the end or where something else decides.

use super::CrossJump;
use super::booking::{Booked, Booking};
use super::trading::{ROOM, Trading};
use crate::core::Core;
use crate::errors::Result;
use crate::strategies::cross_columns::CrossColumnStrategy;

/// After a tape with fewer trades than this some keys go by before the next one.
const FEW: usize = 24;

/// So many keys go by at most.
const MOST_PATIENCE: u32 = 64;

/// When to begin a tape again.
#[derive(Debug, Default)]
pub(super) struct Patience {
    /// Keys to let go by, and how many it were the last time.
    left: u32,
    before: u32,
}

impl Patience {
    fn is_over(&mut self) -> bool {
        let is_over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_over
    }

    fn learn(&mut self, trades: usize) {
        self.before = if trades < FEW {
            (self.before * 2).clamp(1, MOST_PATIENCE)
        } else {
            0
        };
        self.left = self.before;
    }
}

impl CrossJump<'_> {
    /// Takes in keys as long as prices alone decide what happens; moves `bar` to the first that was not
    /// taken in.
    pub(super) fn take_planned(
        &mut self,
        core: &mut Core,
        columns: &CrossColumnStrategy,
        trading: &mut Trading,
        (bar, until): (&mut usize, usize),
    ) -> Result<()> {
        if !trading.patience.is_over() {
            return Ok(());
        }
        let Some(mut booking) = self.begin_tape(core, trading, *bar) else {
            trading.patience.learn(0);
            return Ok(());
        };
        let stopped = self.go_planned(core, columns, (trading, &mut booking), (bar, until));
        trading.patience.learn(booking.len());
        self.end_tape(core, trading, booking, *bar);
        self.read_agenda(core, *bar);
        trading.find_room(self, core, None);
        if stopped {
            // Some of the key may have been booked.
            self.trade_at(core, columns, trading, *bar)?;
            *bar += 1;
        }
        Ok(())
    }

    /// Answers whether something at the key that was come to is not decided by prices.
    fn go_planned(
        &mut self,
        core: &mut Core,
        columns: &CrossColumnStrategy,
        (trading, booking): (&mut Trading, &mut Booking),
        (bar, until): (&mut usize, usize),
    ) -> bool {
        while *bar < until {
            let from = *bar;
            let due = booking.next_exit(&self.views);
            let (floor, holds) = self.unseen.floor(&self.views, from - 1, self.cash);
            // Signals of the key of an exit come before it, and so do those after the last floor.
            let to = until.min(due.saturating_add(1)).min(holds + 1);
            if floor <= 0.0 || floor.is_nan() || from >= to {
                return false;
            }
            let signal = trading.pass(to);
            let key = signal.unwrap_or(if due < to { due } else { to });
            self.note(core, from, key);
            *bar = key;
            if key == until {
                return false;
            }
            if signal.is_some() || key == due {
                if !self.book_at(core, columns, (trading, booking), key) {
                    return true;
                }
                self.cash = core.portfolio.cash;
                self.note(core, key, key + 1);
                *bar += 1;
            }
        }
        false
    }

    /// Books the signals and exits of a key; false where one of them is left, and those after it.
    fn book_at(
        &mut self,
        core: &mut Core,
        columns: &CrossColumnStrategy,
        (trading, booking): (&mut Trading, &mut Booking),
        key: usize,
    ) -> bool {
        while let Some(signal) = trading.signal_at(key) {
            let column = signal.column as usize;
            if trading.lacks() {
                return false;
            }
            if trading.full[column] != ROOM {
                trading.at += 1;
                continue;
            }
            self.tell(core, key);
            let Core {
                portfolio,
                executors,
                ..
            } = core;
            let executor = &mut executors[self.executor];
            executor.turn = trading.places[column];
            let (_, of_symbol) = &columns.columns()[column];
            let order_id =
                booking.tape.first_order_id + (trading.at - booking.tape.signals.start) as u64;
            let ledger = (&*executor, &mut *portfolio);
            match booking.enter_at(ledger, &self.views, of_symbol, (signal, order_id)) {
                Booked::Filled(weight) => {
                    portfolio.rows.enter(Some(weight));
                    self.unseen.enter(&self.views, &weight);
                    trading.take_room(executor, booking.held(), column);
                }
                Booked::Refused => {}
                Booked::Unknown => return false,
            }
            trading.at += 1;
        }
        while let Some((trade, place)) = booking.due(&self.views, key) {
            if !self.course.ways[place].has_bar(key) {
                return false;
            }
            let Core {
                portfolio,
                executors,
                ..
            } = core;
            let executor = &executors[self.executor];
            let ledger = (executor, &mut *portfolio);
            let Some(at) = booking.leave_at(ledger, &self.candles[place], (trade, key)) else {
                return false;
            };
            portfolio.rows.leave(at);
            self.unseen.leave(at);
            let column = booking.column_of(trade);
            trading.take_room(executor, booking.held(), column);
        }
        true
    }
}
