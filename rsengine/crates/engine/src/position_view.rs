//! What users read of a waiting order or position (M2).

use std::sync::Arc;

use crate::ambiguity::Mark;
use crate::positions::{Details, Exit, Fill, FillAt, Position, Reason, State};
use crate::rule_ids::X5_EXPIRED_END_OF_DATA;

impl Position {
    /// `pending`, `open`, `closed`, `rejected`, `expired` or `cancelled`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self.state {
            State::Pending => "pending",
            State::Open(_) => "open",
            State::Closed(..) => "closed",
            State::Rejected => "rejected",
            State::Expired(_) => "expired",
            State::Cancelled(_) => "cancelled",
        }
    }

    /// Whether it is a position now.
    #[must_use]
    #[inline]
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Whether it waits for its fill.
    #[must_use]
    #[inline]
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Pending)
    }

    /// Whether it was a position.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed(..))
    }

    /// How it became a position, if it did.
    #[must_use]
    #[inline]
    pub fn fill(&self) -> Option<&Fill> {
        match &self.state {
            State::Open(fill) | State::Closed(fill, _) => Some(fill),
            _ => None,
        }
    }

    /// How it was closed, if it was.
    #[must_use]
    #[inline]
    pub fn exit(&self) -> Option<&Exit> {
        match &self.state {
            State::Closed(_, exit) => Some(exit),
            _ => None,
        }
    }

    /// Level of a limit or stop order (E2).
    #[must_use]
    #[inline]
    pub fn entry(&self) -> Option<f64> {
        self.details.as_ref()?.entry
    }

    /// Price that has to be reached for a limit or stop order.
    #[must_use]
    #[inline]
    pub fn trigger(&self) -> Option<f64> {
        self.details.as_ref()?.trigger
    }

    /// Time from which a waiting order is dead (E3.expired).
    #[must_use]
    pub fn expires_at_us(&self) -> Option<i64> {
        self.details.as_ref()?.expires_at_us
    }

    /// Bars in which a waiting order may trigger (E3.max_bars).
    #[must_use]
    pub fn max_bars(&self) -> Option<u64> {
        self.details.as_ref()?.max_bars
    }

    /// Name of the group whose orders cancel each other (S4).
    #[must_use]
    pub fn oco(&self) -> Option<&Arc<str>> {
        self.details.as_ref()?.oco.as_ref()
    }

    /// Number of its group, 0 without one.
    #[must_use]
    pub fn group(&self) -> u64 {
        self.details.as_ref().map_or(0, |details| details.group)
    }

    /// What its bars left open (X4).
    #[must_use]
    pub fn marks(&self) -> &[Mark] {
        self.details.as_ref().map_or(&[], |details| &details.marks)
    }

    /// What only some orders have, to be changed.
    pub fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }

    /// Price of the fill; the reference price before.
    #[must_use]
    #[inline]
    pub fn entry_price(&self) -> f64 {
        self.fill().map_or(self.reference, |fill| fill.price)
    }

    /// Open of the bar that filled it.
    #[must_use]
    pub fn trigger_time_us(&self) -> Option<i64> {
        self.fill().map(|fill| fill.time_us)
    }

    /// Where in its bar it filled.
    #[must_use]
    pub fn at(&self) -> Option<FillAt> {
        self.fill().map(|fill| fill.at)
    }

    /// Fee at the entry, 0 before.
    #[must_use]
    pub fn entry_fee(&self) -> f64 {
        self.fill().map_or(0.0, |fill| fill.fee)
    }

    /// The rule that filled it.
    #[must_use]
    pub fn entry_rule(&self) -> Option<&'static str> {
        self.fill()
            .map(|fill| fill.rule)
            .filter(|rule| !rule.is_empty())
    }

    /// Moment of the exit.
    #[must_use]
    pub fn exit_time_us(&self) -> Option<i64> {
        self.exit().map(|exit| exit.time_us)
    }

    /// Price of the exit.
    #[must_use]
    pub fn exit_price(&self) -> Option<f64> {
        self.exit().map(|exit| exit.price)
    }

    /// Fee at the exit, 0 before.
    #[must_use]
    pub fn exit_fee(&self) -> f64 {
        self.exit().map_or(0.0, |exit| exit.fee)
    }

    /// Why it ended.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self.state {
            State::Closed(_, exit) => Some(exit.reason),
            State::Expired(X5_EXPIRED_END_OF_DATA) => Some(Reason::EndOfData),
            State::Expired(_) => Some(Reason::Expired),
            State::Cancelled(_) => Some(Reason::Cancelled),
            _ => None,
        }
    }

    /// The rule that ended it.
    #[must_use]
    pub fn exit_rule(&self) -> Option<&'static str> {
        match self.state {
            State::Closed(_, exit) => Some(exit.rule),
            State::Expired(rule) | State::Cancelled(rule) => Some(rule),
            _ => None,
        }
    }

    /// Gain without fees.
    #[must_use]
    pub fn result(&self) -> Option<f64> {
        self.exit().map(|exit| exit.result)
    }

    /// Gain with both fees.
    #[must_use]
    pub fn net_result(&self) -> Option<f64> {
        self.exit().map(|exit| exit.net_result)
    }

    /// Gain in units of the initial risk.
    #[must_use]
    pub fn r_multiple(&self) -> Option<f64> {
        self.exit().and_then(|exit| exit.r_multiple)
    }

    /// Whether its bars left something open (X4).
    #[must_use]
    #[inline]
    pub fn ambiguous(&self) -> bool {
        let details = self.details.as_ref();
        details.is_some_and(|details| details.was_ambiguous || !details.marks.is_empty())
    }
}
