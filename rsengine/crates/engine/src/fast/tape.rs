//! Trades of columns, one after the other or several at once, as few numbers each.
//!
//! A tape holds what was decided; the records that users see say the same at length, and are made of
//! it when somebody looks.

use std::ops::Range;
use std::sync::Arc;

use super::signal_book::Refusing;
use super::weight::Weight;
use crate::acceptance::Levels;
use crate::blotter::Rejection;
use crate::positions::{Fill, FillAt, Position, Reason, State};
use crate::quotes::Quote;
use crate::rule_ids::E1_CLOSE;
use crate::signals::{Outcome, SignalColumns, TradeSignal};

/// The bar of an exit that is not on the tape.
pub(super) const OPEN: usize = usize::MAX;

/// A market order that filled at its close and left at a level.
#[derive(Debug, Clone)]
pub(crate) struct Trade {
    /// Its place among the signals of the columns.
    pub(crate) place: usize,
    pub(crate) entry_bar: usize,
    pub(crate) exit_bar: usize,
    pub(crate) risked: f64,
    pub(crate) size: f64,
    pub(crate) entry: f64,
    pub(crate) entry_fee: f64,
    pub(crate) exit: f64,
    pub(crate) exit_fee: f64,
    /// Gain without fees, and what was at risk.
    pub(crate) result: f64,
    pub(crate) risk: Option<f64>,
    pub(crate) reason: Reason,
    pub(crate) rule: &'static str,
    /// Cash after its entry, and after its exit.
    pub(crate) cash: [f64; 2],
    /// The highest equity before the bar of its entry.
    pub(crate) max_equity: f64,
}

/// A position that was open before the tape began, whose record is kept elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    pub(super) slot: u32,
    pub(super) order_id: u64,
    pub(super) weight: Weight,
    /// What became of it on the tape.
    pub(super) trade: Trade,
}

/// Such trades in order of their entries.
///
/// Where several are open at once some may have been so before the first bar, and some may stay: these
/// count first in the numbers by which `closing` knows trades.
#[derive(Debug)]
pub struct Tape {
    /// What the records of signals are made from.
    pub(super) of: Arc<Refusing>,
    /// Place of the executor.
    pub(super) owner: usize,
    pub(super) unit: f64,
    pub(super) first_order_id: u64,
    pub(super) first_slot: u32,
    /// The places of its signals: those of trades, and those that found no room.
    pub(super) places: Range<usize>,
    /// How many positions were open where a signal found no room.
    pub(super) held: usize,
    /// The first bar, the first bar whose row is not on the tape, and the cash that was held at first.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) cash: f64,
    pub(super) carried: Vec<Carried>,
    pub(super) trades: Vec<Trade>,
    /// The trades that ended, in order; `None` where each does before the next begins.
    pub(super) closing: Option<Vec<u32>>,
}

/// Rows of bars in which the same is open.
pub(super) struct Part {
    pub(super) bars: (usize, usize),
    pub(super) cash: f64,
    pub(super) open: Option<Weight>,
}

/// What happens to a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Entry,
    Exit,
}

impl Tape {
    /// How many signals there were.
    pub(super) fn signals(&self) -> usize {
        self.places.len()
    }

    /// How many of them found no room.
    pub(super) fn refused(&self) -> usize {
        self.places.len() - self.trades.len()
    }

    /// How many trades ended.
    pub(super) fn ended(&self) -> usize {
        let closing = self.closing.as_ref();
        closing.map_or(self.trades.len(), Vec::len)
    }

    /// The number of the trade that ended at a place among those that did.
    pub(super) fn ended_at(&self, place: usize) -> usize {
        let closing = self.closing.as_ref();
        closing.map_or(place, |closing| closing[place] as usize)
    }

    /// A trade by its number.
    pub(super) fn trade(&self, number: usize) -> &Trade {
        match number.checked_sub(self.carried.len()) {
            Some(place) => &self.trades[place],
            None => &self.carried[number].trade,
        }
    }

    /// The same, to be changed.
    pub(super) fn trade_mut(&mut self, number: usize) -> &mut Trade {
        match number.checked_sub(self.carried.len()) {
            Some(place) => &mut self.trades[place],
            None => &mut self.carried[number].trade,
        }
    }

    /// The numbers of trades that are open behind its last bar.
    pub(super) fn stay(&self) -> impl Iterator<Item = usize> {
        let numbers = 0..self.carried.len() + self.trades.len();
        numbers.filter(|&number| self.trade(number).exit_bar == OPEN)
    }

    /// Order and slot of a trade by its number.
    pub(super) fn record_of(&self, number: usize) -> (u64, u32) {
        match number.checked_sub(self.carried.len()) {
            Some(place) => (
                self.order_id(self.trades[place].place),
                self.first_slot + place as u32,
            ),
            None => (self.carried[number].order_id, self.carried[number].slot),
        }
    }

    /// The order of the signal at a place.
    fn order_id(&self, place: usize) -> u64 {
        self.first_order_id + (place - self.places.start) as u64
    }

    /// The trades with their orders.
    pub(super) fn ordered(&self) -> impl Iterator<Item = (u64, &Trade)> {
        let trades = self.trades.iter();
        trades.map(|trade| (self.order_id(trade.place), trade))
    }

    /// Gives entries and exits in the order of the loop, with their bars and the numbers of their trades.
    pub(super) fn each_event(&self, mut take: impl FnMut(Event, usize, usize)) {
        let (mut entered, mut ended) = (0, 0);
        loop {
            let entry = self.trades.get(entered).map(|trade| trade.entry_bar);
            let exit = (ended < self.ended()).then(|| {
                let number = self.ended_at(ended);
                (self.trade(number).exit_bar, number)
            });
            match (entry, exit) {
                // The entries of a bar come before its exits.
                (Some(bar), exit) if exit.is_none_or(|(exit_bar, _)| bar <= exit_bar) => {
                    take(Event::Entry, bar, self.carried.len() + entered);
                    entered += 1;
                }
                (_, Some((bar, number))) => {
                    take(Event::Exit, bar, number);
                    ended += 1;
                }
                (_, None) => return,
            }
        }
    }

    /// The signal of a trade, and the bar that it came at.
    fn signal(&self, trade: &Trade) -> Option<(TradeSignal, Quote)> {
        self.of.signal_at(trade.place, trade.entry_bar)
    }

    /// The record of a trade.
    pub(super) fn position(&self, order_id: u64, trade: &Trade) -> Option<Position> {
        let (signal, quote) = self.signal(trade)?;
        let (policy, spec) = (&self.of.policy, &self.of.spec);
        let levels = Levels::of(&signal, policy, Some(spec), &quote);
        let mut position = Position::new(
            order_id,
            Arc::clone(&self.of.symbol),
            signal.direction,
            signal.order_type,
            quote.time_us(),
            levels.reference,
            self.unit,
            trade.size,
            levels.stop,
            levels.target,
            trade.risked,
            spec.digits,
        );
        position.owner = Some(self.owner);
        position.pip_size = spec.pip_size;
        position.state = State::Open(Fill {
            time_us: quote.time_us(),
            at: FillAt::Close,
            price: trade.entry,
            fee: trade.entry_fee,
            rule: E1_CLOSE,
        });
        if trade.exit_bar == OPEN {
            return Some(position);
        }
        let time_us = self.time_us(trade.exit_bar)?;
        let (price, fee) = (trade.exit, trade.exit_fee);
        position.finish(price, time_us, fee, trade.reason, trade.rule);
        Some(position)
    }

    pub(super) fn time_us(&self, bar: usize) -> Option<i64> {
        self.of.lanes.time_us.as_slice().get(bar).copied()
    }

    /// Adds what processing the signals one by one would have left of them.
    pub(super) fn add_signals(&self, rows: &mut SignalColumns, rejections: &mut Vec<Rejection>) {
        let held = [self.held; 2];
        let mut trades = self.trades.iter().peekable();
        for place in self.places.clone() {
            let order_id = self.order_id(place);
            let Some(trade) = trades.next_if(|trade| trade.place == place) else {
                self.of.add(place, (order_id, held), rows, rejections);
                continue;
            };
            let Some((signal, quote)) = self.signal(trade) else {
                debug_assert!(false, "Invariant: the signal of a trade has a bar");
                continue;
            };
            rows.push(order_id, quote.time_us(), &signal);
            rows.decide(order_id, Outcome::Filled, E1_CLOSE, Some(trade.size));
        }
    }

    /// The first bar of an entry at or after one, and the highest equity before it.
    pub(super) fn entry_from(&self, bar: usize) -> Option<(usize, f64)> {
        let before = self.trades.partition_point(|trade| trade.entry_bar < bar);
        let trade = self.trades.get(before)?;
        Some((trade.entry_bar, trade.max_equity))
    }

    /// Gives the rows of equity of the bars from an entry or the first one on and before another or the
    /// last exit, those of each trade behind those before it.
    pub(super) fn each_part(&self, (first, last): (usize, usize), mut take: impl FnMut(Part)) {
        let done = self.trades.partition_point(|trade| trade.entry_bar < first);
        let (before, trades) = self.trades.split_at(done);
        let (mut from, mut cash) = (
            first,
            before.last().map_or(self.cash, |trade| trade.cash[1]),
        );
        for trade in trades {
            take(Part {
                bars: (from, trade.entry_bar),
                cash,
                open: None,
            });
            if trade.entry_bar == last {
                break;
            }
            take(Part {
                bars: (trade.entry_bar, trade.exit_bar),
                cash: trade.cash[0],
                open: self.weight(trade),
            });
            (from, cash) = (trade.exit_bar, trade.cash[1]);
        }
    }

    /// What the marks of a trade count, by its number.
    pub(super) fn weight_of(&self, number: usize) -> Option<Weight> {
        match number.checked_sub(self.carried.len()) {
            Some(place) => self.weight(&self.trades[place]),
            None => Some(self.carried[number].weight),
        }
    }

    fn weight(&self, trade: &Trade) -> Option<Weight> {
        let is_long = self.of.direction_at(trade.place).is_long();
        let filled_us = self.time_us(trade.entry_bar)?;
        let counts = (trade.size, self.unit);
        Some(Weight::at_close(trade.entry, is_long, counts, filled_us))
    }
}
