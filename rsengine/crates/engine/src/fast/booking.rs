//! What the rules make of a market order of columns that fills at its close and leaves at a level.
//!
//! Nothing is booked here: whoever keeps the books takes fees and result from the trade.

use super::plans::Plan;
use super::signal_book::Refusing;
use super::tape::Trade;
use super::tile::LaneViews;
use super::trades::{at_close, may_tie};
use crate::acceptance::check_numbers;
use crate::candles::Candle;
use crate::costs::{ENTRY_SIDE, EXIT_SIDE, entry_price, exit_price, fee, slippage};
use crate::desk::ExecutionSimulator;
use crate::exits::{DecidedExit, decide_exit};
use crate::orders::check_levels;
use crate::positions::{Fill, FillAt, Position, Reason, State, risk_of};
use crate::quotes::Quote;
use crate::rule_ids::E1_CLOSE;
use crate::settings::number;
use crate::signals::{Direction, OrderType};
use crate::sizing::Sized;

/// The rules of an executor for such orders.
pub(super) struct Booking<'a> {
    executor: &'a ExecutionSimulator,
    views: &'a LaneViews<'a>,
    of: &'a Refusing,
    pub(super) unit: f64,
    /// A record whose exits are decided.
    record: Position,
}

impl<'a> Booking<'a> {
    pub(super) fn of(
        executor: &'a ExecutionSimulator,
        views: &'a LaneViews<'a>,
        (of, unit): (&'a Refusing, f64),
    ) -> Self {
        let spec = &of.spec;
        let mut record = Position::new(
            0,
            of.symbol.clone(),
            Direction::Long,
            OrderType::Market,
            0,
            0.0,
            unit,
            0.0,
            None,
            None,
            0.0,
            spec.digits,
        );
        record.pip_size = spec.pip_size;
        Self {
            executor,
            views,
            of,
            unit,
            record,
        }
    }

    /// The bar of the signal: what is checked, the size, the fill and its fee (S3, E1.close, E4).
    ///
    /// `None` where a rule stands against it.
    // Two loops call it, each at one place; out of line it costs a tenth more of a trade.
    #[inline(always)]
    pub(super) fn open(&mut self, plan: &Plan, order_id: u64, equity: f64) -> Option<Trade> {
        let (executor, bar, sign) = (self.executor, plan.entry_bar, plan.direction.sign());
        let spec = &self.of.spec;
        let quote = self.quote(bar);
        let reference = quote.opening_close(sign);
        let refused = executor.check_equity(Some(equity)).is_some()
            || check_numbers(plan.stop, plan.target).is_some()
            || check_levels(sign, plan.stop, plan.target, reference, &quote, Some(spec)).is_some()
            || executor.check_session(&quote).is_some();
        if refused {
            return None;
        }
        let risked = executor.risked(Some(equity)).ok()?;
        let symbol = &self.of.symbol;
        let sized = executor.size(symbol, reference, plan.stop, risked, self.unit);
        let Ok(Sized::Lots { size, .. }) = sized else {
            return None;
        };
        let model = &executor.config.slippage_model;
        let slip = slippage(model, spec.pip_size, order_id, ENTRY_SIDE, 0);
        let entry = entry_price(reference, sign, slip, spec.digits);
        let charge = fee(&executor.config.fee_model, size, entry, self.unit);
        let entry_fee = number(charge, "amount", 0.0, false).ok()?;
        let record = &mut self.record;
        record.direction = plan.direction;
        record.size = size;
        record.stop_reason = Reason::StopLoss;
        (record.committed_stop_loss, record.committed_take_profit) = (plan.stop, plan.target);
        record.state = State::Open(Fill {
            time_us: 0,
            at: FillAt::Close,
            price: entry,
            fee: entry_fee,
            rule: E1_CLOSE,
        });
        Some(Trade {
            place: plan.place,
            entry_bar: bar,
            exit_bar: plan.exit_bar,
            risked,
            size,
            entry,
            entry_fee,
            exit: entry,
            exit_fee: 0.0,
            result: 0.0,
            risk: risk_of(reference, plan.stop, size, self.unit),
            reason: Reason::StopLoss,
            rule: E1_CLOSE,
            cash: [0.0; 2],
            max_equity: 0.0,
        })
    }

    /// Both closes of a bar, and its time where somebody asks for it.
    #[inline]
    fn quote(&self, bar: usize) -> Quote {
        let time_us = match self.executor.config.session {
            Some(_) => self.views.time_us[bar],
            None => 0,
        };
        let [bid, ask] = self.views.sides[0]
            .each_ref()
            .map(|(side, _)| at_close(side, bar, time_us));
        Quote { bid, ask }
    }

    /// Goes on with a position that was open before, as the one that was opened last.
    pub(super) fn carry(&mut self, position: &Position) {
        let record = &mut self.record;
        record.direction = position.direction;
        record.size = position.size;
        record.stop_reason = position.stop_reason;
        record.committed_stop_loss = position.committed_stop_loss;
        record.committed_take_profit = position.committed_take_profit;
        record.state = position.state;
    }

    /// The bar that reaches a level of the trade opened last: the exit, its fee and the result (X1, X2).
    ///
    /// `None` where more than prices decides.
    // Two loops call it, each at one place; out of line it costs a tenth more of a trade.
    #[inline(always)]
    pub(super) fn close(&self, bar: usize, order_id: u64, trade: &mut Trade) -> Option<()> {
        let record = &self.record;
        let (stop, target) = (record.committed_stop_loss, record.committed_take_profit);
        let (side, _) = &self.views.sides[0][usize::from(!record.direction.is_long())];
        // Neither time nor close decides where one level is reached alone.
        let candle = Candle {
            time_us: 0,
            open: side.open[bar],
            high: side.high[bar],
            low: side.low[bar],
            close: side.open[bar],
            volume: 0.0,
        };
        if may_tie(&candle, stop, target) {
            return None;
        }
        let quote = Quote::new(&candle, &candle);
        let DecidedExit {
            rule,
            reason,
            raw,
            slips,
            tie,
        } = decide_exit(record, &quote, &self.of.policy)?;
        if tie {
            return None;
        }
        let (config, spec) = (&self.executor.config, &self.of.spec);
        let slip = if slips {
            slippage(
                &config.slippage_model,
                spec.pip_size,
                order_id,
                EXIT_SIDE,
                0,
            )
        } else {
            0.0
        };
        let price = exit_price(raw, record.direction.sign(), slip, spec.digits);
        let charge = fee(&config.fee_model, trade.size, price, self.unit);
        let result = number(record.result_at(price), "result", -f64::MAX, false).ok()?;
        let charge = number(charge, "exit_fee", 0.0, false).ok()?;
        (trade.exit, trade.exit_fee, trade.result) = (price, charge, result);
        (trade.reason, trade.rule) = (reason, rule);
        Some(())
    }
}
