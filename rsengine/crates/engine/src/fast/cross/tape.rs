//! Trades of columns of several symbols, in the order of their fills, as few numbers each.
//!
//! What `tape` does for one symbol: positions, exits, fees and signals say the same at length, and are
//! made of it when somebody looks. Here positions are open side by side; so exits have an order of their
//! own, and some positions were open before, or are still open at the end.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::acceptance::Levels;
use crate::blotter::Rejection;
use crate::fast::later::Makes;
use crate::fast::{Refusing, RefusingEach};
use crate::holdings::{ExitNumbers, FeeRow, Holding};
use crate::portfolio::{ENTRY_FEE, EXIT_FEE};
use crate::positions::{Fill, FillAt, Position, Reason, State};
use crate::rule_ids::E1_CLOSE;
use crate::signals::{Outcome, SignalColumns};

/// How a position left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    pub(super) key: usize,
    pub(super) price: f64,
    pub(super) fee: f64,
    /// Gain without fees.
    pub(super) result: f64,
    pub(super) reason: Reason,
    pub(super) rule: &'static str,
}

/// A market order that filled at its close, or a position that was open before.
#[derive(Debug, Clone)]
pub(super) struct Trade {
    pub(super) order_id: u64,
    pub(super) slot: u32,
    /// Place of its symbol among the columns.
    pub(super) column: u32,
    /// Place of its signal among those of its symbol, and the key it came at; not where it was open before.
    pub(super) at: u32,
    pub(super) key: usize,
    pub(super) risked: f64,
    pub(super) size: f64,
    pub(super) entry: f64,
    pub(super) entry_fee: f64,
    pub(super) risk: Option<f64>,
    pub(super) left: Option<Left>,
}

/// What happened to the signals of several symbols from one on.
#[derive(Debug)]
pub(crate) struct CrossTape {
    pub(super) by: Arc<RefusingEach>,
    /// By columns what a lot and a unit of price are worth.
    pub(super) units: Vec<f64>,
    /// Place of the executor.
    pub(super) owner: usize,
    /// Number of the first signal, and the places of all.
    pub(super) first_order_id: u64,
    pub(super) signals: Range<usize>,
    /// Those that were open before, then those that were filled.
    pub(super) trades: Vec<Trade>,
    pub(super) carried: usize,
    /// Those that left, in that order.
    pub(super) exits: Vec<u32>,
    /// How many of those that were filled have no records yet.
    pub(super) unmade: usize,
}

impl CrossTape {
    /// Those that were filled since it began.
    pub(super) fn filled(&self) -> &[Trade] {
        &self.trades[self.carried..]
    }

    fn of(&self, trade: &Trade) -> &Refusing {
        &self.by.by[trade.column as usize]
    }

    fn time_us(&self, key: usize) -> i64 {
        let times = self.by.by.first().map(|of| of.lanes.time_us.as_slice());
        times.and_then(|times| times.get(key)).copied().unwrap_or(0)
    }

    /// The trades that left, in that order.
    fn left(&self) -> impl Iterator<Item = (&Trade, Left)> {
        let trades = self.exits.iter().map(|&at| &self.trades[at as usize]);
        trades.filter_map(|trade| Some((trade, trade.left?)))
    }

    /// The record of a trade that was filled since the tape began.
    pub(super) fn position(&self, trade: &Trade) -> Option<Position> {
        let of = self.of(trade);
        let (signal, quote) = of.signal_at(trade.at as usize, trade.key)?;
        let levels = Levels::of(&signal, &of.policy, Some(&of.spec), &quote);
        let mut position = Position::new(
            trade.order_id,
            Arc::clone(&of.symbol),
            signal.direction,
            signal.order_type,
            quote.time_us(),
            levels.reference,
            self.units[trade.column as usize],
            trade.size,
            levels.stop,
            levels.target,
            trade.risked,
            of.spec.digits,
        );
        position.owner = Some(self.owner);
        position.pip_size = of.spec.pip_size;
        position.state = State::Open(Fill {
            time_us: quote.time_us(),
            at: FillAt::Close,
            price: trade.entry,
            fee: trade.entry_fee,
            rule: E1_CLOSE,
        });
        self.finish(trade, &mut position);
        Some(position)
    }

    /// Closes the record of a trade that left.
    pub(super) fn finish(&self, trade: &Trade, position: &mut Position) {
        if let Some(left) = trade.left {
            let time_us = self.time_us(left.key);
            position.finish(left.price, time_us, left.fee, left.reason, left.rule);
        }
    }

    /// How many signals there were, and how many of them were refused.
    pub(in crate::fast) fn counts(&self) -> (usize, usize) {
        let signals = self.signals.len();
        (signals, signals - self.filled().len())
    }

    pub(in crate::fast) fn first_order_id(&self) -> u64 {
        self.first_order_id
    }

    /// Adds what processing the signals one by one would have left of them.
    pub(in crate::fast) fn add_signals(
        &self,
        rows: &mut SignalColumns,
        rejections: &mut Vec<Rejection>,
    ) {
        // What is held of all symbols, and of each.
        let mut held = vec![0; self.by.by.len()];
        for trade in &self.trades[..self.carried] {
            held[trade.column as usize] += 1;
        }
        let mut all = self.carried;
        let mut filled = self.filled().iter().peekable();
        let mut left = self.left().peekable();
        let signals = &self.by.signals[self.signals.clone()];
        for (signal, order_id) in signals.iter().zip(self.first_order_id..) {
            // Signals of the key of an exit come before it.
            while let Some((trade, _)) = left.next_if(|(_, left)| left.key < signal.row) {
                held[trade.column as usize] -= 1;
                all -= 1;
            }
            let column = signal.column as usize;
            let (of, at) = (&self.by.by[column], signal.at as usize);
            let Some(trade) = filled.next_if(|trade| trade.order_id == order_id) else {
                of.add(at, (order_id, [all, held[column]]), rows, rejections);
                continue;
            };
            held[column] += 1;
            all += 1;
            let Some((signal, quote)) = of.signal_at(at, signal.row) else {
                debug_assert!(false, "Invariant: the signal of a trade has a bar");
                continue;
            };
            rows.push(order_id, quote.time_us(), &signal);
            rows.decide(order_id, Outcome::Filled, E1_CLOSE, Some(trade.size));
        }
    }
}

impl Makes<Position> for CrossTape {
    fn add_all(&self, records: &mut Vec<Position>) {
        let trades = self.filled()[..self.unmade].iter();
        records.extend(trades.filter_map(|trade| self.position(trade)));
    }

    fn count(&self) -> usize {
        self.unmade
    }
}

impl Makes<(Holding, ExitNumbers)> for CrossTape {
    fn add_all(&self, records: &mut Vec<(Holding, ExitNumbers)>) {
        records.extend(self.left().map(|(trade, left)| {
            let numbers = ExitNumbers {
                order_id: trade.order_id,
                time_us: Some(self.time_us(left.key)),
                part: 0,
                size: trade.size,
                exit_fee: left.fee,
                result: left.result,
                r_multiple: trade.risk.map(|risk| (left.result / risk) + 0.0),
                break_even: false,
            };
            (Holding::Own(trade.slot), numbers)
        }));
    }

    fn count(&self) -> usize {
        self.exits.len()
    }
}

impl Makes<FeeRow> for CrossTape {
    fn add_all(&self, records: &mut Vec<FeeRow>) {
        let row = |kind, trade: &Trade, amount, key| FeeRow {
            time_us: self.time_us(key),
            kind: Cow::Borrowed(kind),
            amount,
            holding: Some(Holding::Own(trade.slot)),
            order_id: trade.order_id,
        };
        let mut filled = self.filled().iter().peekable();
        let mut left = self.left().peekable();
        loop {
            // At one key orders are filled before positions leave.
            let ends = left.peek().map_or(usize::MAX, |(_, left)| left.key);
            if let Some(trade) = filled.next_if(|trade| trade.key <= ends) {
                if trade.entry_fee != 0.0 {
                    records.push(row(ENTRY_FEE, trade, trade.entry_fee, trade.key));
                }
            } else if let Some((trade, left)) = left.next() {
                if left.fee != 0.0 {
                    records.push(row(EXIT_FEE, trade, left.fee, left.key));
                }
            } else {
                return;
            }
        }
    }

    fn count(&self) -> usize {
        let entries = self.filled().iter().filter(|trade| trade.entry_fee != 0.0);
        let exits = self.left().filter(|(_, left)| left.fee != 0.0);
        entries.count() + exits.count()
    }
}
