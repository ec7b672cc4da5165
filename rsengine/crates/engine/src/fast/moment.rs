//! A moment of an executor, at which what it recorded can be read again when more has come to it.

use crate::core::Core;
use crate::signals::{Outcome, SignalColumns};

/// How much an executor had recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moment {
    /// Rows of signals.
    pub signals: usize,
    /// Signals that a rule of the market stood against.
    pub rejected: usize,
    /// Commands that were not carried out.
    pub refused: usize,
    /// Orders of which something may still become, and what their rows say.
    unfinished: Vec<(u64, Outcome, &'static str, Option<f64>)>,
}

impl Core {
    /// What an executor has recorded by now; nothing without such a place.
    #[must_use]
    pub fn moment(&self, executor: usize) -> Moment {
        let Some(executor) = self.executors.get(executor) else {
            return Moment::default();
        };
        let signals = &executor.signals;
        let active = executor.blotter.active.iter();
        let records = active.filter_map(|&slot| self.positions.get(slot as usize));
        // What became of an order that has filled is final.
        let orders = records.filter(|order| order.is_pending());
        // Nothing is made here: the rows of signals that found no room are only counted.
        let (rows, rejected) = signals.counts();
        Moment {
            signals: rows,
            rejected,
            refused: executor.refused_commands().len(),
            unfinished: orders
                .filter_map(|order| signals.said_of(order.order_id))
                .collect(),
        }
    }
}

impl SignalColumns {
    /// The rows as they were at a moment of their executor.
    #[must_use]
    pub fn at(&self, moment: &Moment) -> Self {
        let rows = ..moment.signals;
        let mut then = Self {
            order_id: self.order_id[rows].to_vec(),
            time_us: self.time_us[rows].to_vec(),
            symbol: self.symbol[rows].to_vec(),
            direction: self.direction[rows].to_vec(),
            order_type: self.order_type[rows].to_vec(),
            entry_price: self.entry_price[rows].to_vec(),
            stop_loss: self.stop_loss[rows].to_vec(),
            take_profit: self.take_profit[rows].to_vec(),
            outcome: self.outcome[rows].to_vec(),
            rule: self.rule[rows].to_vec(),
            size: self.size[rows].to_vec(),
        };
        for &(order_id, outcome, rule, size) in &moment.unfinished {
            then.decide(order_id, outcome, rule, size);
        }
        then
    }
}
