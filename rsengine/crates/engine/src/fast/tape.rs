//! Trades of columns that have ended, one after the other, as few numbers each.
//!
//! A tape holds what was decided; the records that users see say the same at length, and are made of
//! it when somebody looks.

use std::borrow::Cow;
use std::sync::Arc;

use fillproof_ahead::fetch;

use super::later::OfTape;
use super::signal_book::Refusing;
use super::weight::Weight;
use crate::acceptance::Levels;
use crate::blotter::Rejection;
use crate::holdings::{ExitNumbers, FeeRow, Holding};
use crate::portfolio::{ENTRY_FEE, EXIT_FEE};
use crate::positions::{Fill, FillAt, Position, Reason, State};
use crate::quotes::Quote;
use crate::rule_ids::E1_CLOSE;
use crate::signals::{Outcome, SignalColumns, TradeSignal};

/// So many trades before it is read the memory of one is asked for.
const AHEAD: usize = 8;

/// What an executor held at the signals of a trade that find no room: the position itself.
const HELD: [usize; 2] = [1, 1];

/// A market order that filled at its close and left at a level.
#[derive(Debug, Clone)]
pub(crate) struct Trade {
    /// Its place among the signals of the columns.
    pub(crate) place: usize,
    /// How many signals behind it found no room.
    pub(crate) refused: usize,
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
    /// Cash while it was open, and after it.
    pub(crate) cash: [f64; 2],
    /// The highest equity before the bar of its entry.
    pub(crate) max_equity: f64,
}

/// Such trades, none of them open at the same time as another.
#[derive(Debug)]
pub struct Tape {
    /// What the records of signals are made from.
    pub(super) of: Arc<Refusing>,
    /// Place of the executor.
    pub(super) owner: usize,
    pub(super) unit: f64,
    pub(super) first_order_id: u64,
    pub(super) first_slot: u32,
    /// The first bar, and the cash that was held in it.
    pub(super) from: usize,
    pub(super) cash: f64,
    pub(super) trades: Vec<Trade>,
    /// How many signals found no room.
    pub(super) refused: usize,
}

/// Rows of bars in which the same is open.
pub(super) struct Part {
    pub(super) bars: (usize, usize),
    pub(super) cash: f64,
    pub(super) open: Option<Weight>,
}

impl Tape {
    /// How many signals there were.
    pub(super) fn signals(&self) -> usize {
        self.trades.len() + self.refused
    }

    /// The bar of the last exit, whose row is the first of those that follow.
    pub(super) fn end(&self) -> usize {
        self.trades.last().map_or(self.from, |trade| trade.exit_bar)
    }

    /// The trades with their numbers and slots.
    fn numbered(&self) -> impl Iterator<Item = (u64, u32, &Trade)> {
        let (mut order_id, slots) = (self.first_order_id, self.first_slot..);
        self.trades.iter().zip(slots).map(move |(trade, slot)| {
            let own = order_id;
            order_id += 1 + trade.refused as u64;
            (own, slot, trade)
        })
    }

    /// The signal of a trade, and the bar that it came at.
    fn signal(&self, trade: &Trade) -> Option<(TradeSignal, Quote)> {
        self.of.signal_at(trade.place, trade.entry_bar)
    }

    /// The record of a trade.
    fn position(&self, order_id: u64, trade: &Trade) -> Option<Position> {
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
        let time_us = self.time_us(trade.exit_bar)?;
        let (price, fee) = (trade.exit, trade.exit_fee);
        position.finish(price, time_us, fee, trade.reason, trade.rule);
        Some(position)
    }

    fn time_us(&self, bar: usize) -> Option<i64> {
        self.of.lanes.time_us.as_slice().get(bar).copied()
    }

    /// Adds what processing the signals one by one would have left of them.
    pub(super) fn add_signals(&self, rows: &mut SignalColumns, rejections: &mut Vec<Rejection>) {
        for (order_id, _, trade) in self.numbered() {
            let Some((signal, quote)) = self.signal(trade) else {
                debug_assert!(false, "Invariant: the signal of a trade has a bar");
                continue;
            };
            rows.push(order_id, quote.time_us(), &signal);
            rows.decide(order_id, Outcome::Filled, E1_CLOSE, Some(trade.size));
            let places = trade.place + 1..trade.place + 1 + trade.refused;
            for (place, order_id) in places.zip(order_id + 1..) {
                self.of.add(place, (order_id, HELD), rows, rejections);
            }
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

    fn weight(&self, trade: &Trade) -> Option<Weight> {
        let is_long = self.of.direction_at(trade.place).is_long();
        let filled_us = self.time_us(trade.entry_bar)?;
        let counts = (trade.size, self.unit);
        Some(Weight::at_close(trade.entry, is_long, counts, filled_us))
    }
}

impl OfTape for Position {
    fn add_all(tape: &Tape, records: &mut Vec<Self>) {
        let trades = tape.numbered();
        records.extend(trades.filter_map(|(order_id, _, trade)| tape.position(order_id, trade)));
    }

    fn count(tape: &Tape) -> usize {
        tape.trades.len()
    }
}

impl OfTape for (Holding, ExitNumbers) {
    fn add_all(tape: &Tape, records: &mut Vec<Self>) {
        let times = tape.of.lanes.time_us.as_slice();
        let mut later = tape.trades.iter().skip(AHEAD);
        for (order_id, slot, trade) in tape.numbered() {
            if let Some(later) = later.next() {
                fetch(times, later.exit_bar);
            }
            let numbers = ExitNumbers {
                order_id,
                time_us: times.get(trade.exit_bar).copied(),
                part: 0,
                size: trade.size,
                exit_fee: trade.exit_fee,
                result: trade.result,
                r_multiple: trade.risk.map(|risk| (trade.result / risk) + 0.0),
                break_even: false,
            };
            records.push((Holding::Own(slot), numbers));
        }
    }

    fn count(tape: &Tape) -> usize {
        tape.trades.len()
    }
}

impl OfTape for FeeRow {
    fn add_all(tape: &Tape, records: &mut Vec<Self>) {
        for (order_id, slot, trade) in tape.numbered() {
            let fees = [
                (ENTRY_FEE, trade.entry_fee, trade.entry_bar),
                (EXIT_FEE, trade.exit_fee, trade.exit_bar),
            ];
            for (kind, amount, bar) in fees.into_iter().filter(|fee| fee.1 != 0.0) {
                records.push(Self {
                    time_us: tape.time_us(bar).unwrap_or(0),
                    kind: Cow::Borrowed(kind),
                    amount,
                    holding: Some(Holding::Own(slot)),
                    order_id,
                });
            }
        }
    }

    fn count(tape: &Tape) -> usize {
        let fees = tape.trades.iter();
        fees.map(|trade| usize::from(trade.entry_fee != 0.0) + usize::from(trade.exit_fee != 0.0))
            .sum()
    }
}
