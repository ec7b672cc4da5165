//! What an executor shows of itself: settings, records, the canonical state.

use crate::blotter::Rejection;
use crate::config::Sizing;
use crate::core::Core;
use crate::desk::{ExecutionSimulator, ExecutorConfig};
use crate::ledger::LedgerKind;
use crate::positions::{Fill, Position, Reason};
use crate::signals::SignalColumns;
use crate::trace::{FieldValue, Phase, Tracer};

/// Version of the state's schema.
pub const STATE_VERSION: i64 = 1;

type Fields = Vec<(&'static str, FieldValue)>;

/// The canonical state of an executor and its portfolio (schema: state.schema.json).
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Open of the executor's bar; `None` before its first.
    pub time_us: Option<i64>,
    /// Number of the next order.
    pub next_order_id: u64,
    /// Waiting orders, in order of acceptance, each as names and values.
    pub orders: Vec<Fields>,
    /// Open positions, in order of acceptance, each as names and values.
    pub positions: Vec<Fields>,
    /// The portfolio; `None` where it lives elsewhere.
    pub ledger: Option<Fields>,
    /// Numbers of the positions in the order in which they opened, where it is not that above.
    pub opened: Option<Vec<u64>>,
}

impl Core {
    /// Returns the canonical state of an executor and its portfolio; `None` without such a place.
    #[must_use]
    pub fn state(&self, executor: usize) -> Option<State> {
        let executor = self.executors.get(executor)?;
        let active = || {
            let slots = executor.blotter.active.iter();
            slots.filter_map(|&slot| self.positions.get(slot as usize))
        };
        Some(State {
            time_us: executor.blotter.time_us,
            next_order_id: executor.next_order_id,
            orders: active()
                .filter(|position| position.is_pending())
                .map(waiting_state)
                .collect(),
            // One that was closed may still stand on the list, after a portfolio's refusal.
            positions: active()
                .filter(|position| position.is_open())
                .filter_map(|position| {
                    let mut fields = position_state(position, position.fill()?);
                    if executor.is_accounted() {
                        fields.extend(account_state(position));
                    }
                    Some(fields)
                })
                .collect(),
            ledger: (executor.ledger == LedgerKind::Native).then(|| self.ledger_state()),
            opened: self.opened_state(executor),
        })
    }

    /// Returns in which order positions opened, where it is not that of acceptance.
    fn opened_state(&self, executor: &ExecutionSimulator) -> Option<Vec<u64>> {
        let held = executor.held.iter();
        let opened: Vec<u64> = held
            .filter_map(|&slot| self.positions.get(slot as usize))
            .filter(|position| position.is_open())
            .map(|position| position.order_id)
            .collect();
        (!opened.is_sorted()).then_some(opened)
    }

    /// Returns the ledger part of the canonical state.
    #[must_use]
    pub fn ledger_state(&self) -> Fields {
        let portfolio = &self.portfolio;
        let mut fields = Vec::new();
        if portfolio.total_swap() != 0.0 {
            fields.push(("total_swap", portfolio.total_swap().into()));
        }
        fields.extend([
            ("cash", portfolio.cash().into()),
            ("total_fees", portfolio.total_fees().into()),
            ("realised", portfolio.realised().into()),
            (
                "closed",
                (portfolio.closed_before + portfolio.exits().len() as u64).into(),
            ),
            ("max_equity", portfolio.max_equity().into()),
            ("max_drawdown", portfolio.max_drawdown().into()),
        ]);
        fields
    }
}

/// Returns the state of a waiting order.
fn waiting_state(position: &Position) -> Fields {
    let mut fields = order_state(position);
    let seen = position
        .details
        .as_ref()
        .filter(|details| details.max_bars.is_some() && details.bars_seen > 0)
        .map(|details| details.bars_seen);
    if let Some(seen) = seen {
        fields.push(("bars_seen", seen.into()));
    }
    fields
}

/// Returns what the state of a waiting order and that of a position have in common.
#[must_use]
pub fn order_state(position: &Position) -> Fields {
    let mut fields: Fields = vec![
        ("order_id", position.order_id.into()),
        ("symbol", (&*position.symbol).into()),
        ("direction", position.direction.as_str().into()),
        ("type", position.order_type.as_str().into()),
        ("entry", position.entry().into()),
        ("entry_time_us", position.entry_time_us.into()),
        ("reference", position.reference.into()),
        ("unit_value", position.unit_value.into()),
        ("risk", position.risk.into()),
        ("size", position.size.into()),
        ("initial_size", position.initial_size.into()),
        ("stop_loss", position.stop_loss.into()),
        ("take_profit", position.take_profit.into()),
        ("initial_stop_loss", position.initial_stop_loss.into()),
        ("initial_take_profit", position.initial_take_profit.into()),
        ("expires_at_us", position.expires_at_us().into()),
        ("max_bars", position.max_bars().into()),
        ("oco", position.oco().map(|name| &**name).into()),
    ];
    if position.stop_reason != Reason::StopLoss {
        fields.push(("stop_reason", position.stop_reason.as_str().into()));
    }
    fields
}

/// Returns the state of an open position.
fn position_state(position: &Position, fill: &Fill) -> Fields {
    let mut fields = order_state(position);
    fields.extend([
        ("trigger_time_us", fill.time_us.into()),
        ("at", fill.at.as_str().into()),
        ("entry_price", fill.price.into()),
        ("entry_fee", fill.fee.into()),
        ("ambiguous", position.ambiguous().into()),
    ]);
    if position.parts > 0 {
        fields.push(("parts", u64::from(position.parts).into()));
    }
    fields
}

/// Returns what rates, margin and swap have made of an open position.
#[must_use]
pub fn account_state(position: &Position) -> Fields {
    vec![
        ("now_unit", position.now_unit.into()),
        ("margin", position.margin.into()),
        ("swap", position.swap.into()),
    ]
}

impl ExecutionSimulator {
    /// Whether rates, margin or swaps are counted, so that positions tell of them.
    #[must_use]
    pub fn is_accounted(&self) -> bool {
        self.config.rates.is_some() || self.config.margin.is_some() || self.swaps
    }

    /// What it was made of.
    #[must_use]
    pub fn config(&self) -> &ExecutorConfig {
        &self.config
    }

    /// How volumes are found.
    #[must_use]
    pub fn sizing(&self) -> Sizing {
        self.sizing
    }

    /// Where its portfolio lives.
    #[must_use]
    pub fn ledger(&self) -> LedgerKind {
        self.ledger
    }

    /// Slots of waiting orders and open positions in order of acceptance (E2).
    #[must_use]
    pub fn active_positions(&self) -> &[u32] {
        &self.blotter.active
    }

    /// Changes whenever `active_positions` does.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.blotter.version
    }

    /// Phase of its bar; `None` before its first.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        self.blotter.phase
    }

    /// Where its events go.
    #[must_use]
    pub fn tracer(&self) -> &Tracer {
        &self.blotter.tracer
    }

    /// Signals that a rule of the market stood against (S3).
    #[must_use]
    pub fn rejected_signals(&self) -> &[Rejection] {
        self.signals.rejections()
    }

    /// Commands that were not carried out (L8).
    #[must_use]
    pub fn refused_commands(&self) -> &[Rejection] {
        &self.blotter.refused
    }

    /// One row for each signal that was processed.
    #[must_use]
    pub fn signal_columns(&self) -> &SignalColumns {
        self.signals.columns()
    }
}
