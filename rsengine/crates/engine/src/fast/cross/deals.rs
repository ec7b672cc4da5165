//! What a fill and an exit come to: each in as few numbers as it takes.

use super::booking::{Booked, Booking};
use super::tape::{Left, Trade};
use crate::acceptance::check_numbers;
use crate::candles::{Candle, CandleView};
use crate::costs::{ENTRY_SIDE, EXIT_SIDE, entry_price, exit_price, fee, slippage};
use crate::desk::ExecutionSimulator;
use crate::exits::{DecidedExit, decide_exit};
use crate::fast::trades::{at_close, may_tie};
use crate::fast::{LaneViews, Weight};
use crate::orders::check_levels;
use crate::portfolio::Portfolio;
use crate::positions::{Fill, FillAt, State, risk_of, snapped};
use crate::quotes::Quote;
use crate::rule_ids::E1_CLOSE;
use crate::settings::number;
use crate::sizing::Sized;
use crate::strategies::columns::ColumnStrategy;
use crate::strategies::cross_columns::Place;

impl Booking {
    /// A signal whose symbol has room, at the close of its bar: what is checked, the size, the fill and
    /// its fee (S3, E1.close, E4).
    pub(super) fn enter_at(
        &mut self,
        (executor, portfolio): (&ExecutionSimulator, &mut Portfolio),
        views: &LaneViews<'_>,
        columns: &ColumnStrategy,
        (signal, order_id): (Place, u64),
    ) -> Booked {
        let column = signal.column as usize;
        let (of, unit) = (&self.tape.by.by[column], self.tape.units[column]);
        let (place, _) = self.places[column];
        let (key, equity) = (signal.row, Some(portfolio.equity));
        let time_us = views.time_us[key];
        let [bid, ask] = views.sides[place]
            .each_ref()
            .map(|(side, _)| at_close(side, key, time_us));
        let quote = Quote { bid, ask };
        let row = columns.row_at(signal.at as usize);
        let (spec, sign) = (&of.spec, row.direction.sign());
        if executor.check_equity(equity).is_some() {
            return Booked::Unknown;
        }
        let [stop, target] = [row.stop, row.target].map(|level| snapped(level, spec.digits, sign));
        let reference = quote.opening_close(sign);
        if check_numbers(row.stop, row.target).is_some()
            || check_levels(sign, stop, target, reference, &quote, Some(spec)).is_some()
        {
            return Booked::Refused;
        }
        if executor.check_session(&quote).is_some() {
            return Booked::Unknown;
        }
        let Ok(risked) = executor.risked(equity) else {
            return Booked::Unknown;
        };
        let sized = executor.size(&of.symbol, reference, stop, risked, unit);
        let Ok(Sized::Lots { size, .. }) = sized else {
            return Booked::Unknown;
        };
        let model = &executor.config.slippage_model;
        let slip = slippage(model, spec.pip_size, order_id, ENTRY_SIDE, 0);
        let entry = entry_price(reference, sign, slip, spec.digits);
        let entry_fee = fee(&executor.config.fee_model, size, entry, unit);
        let Ok(amount) = number(entry_fee, "amount", 0.0, false) else {
            return Booked::Unknown;
        };
        if amount != 0.0 {
            portfolio.cash -= amount;
            portfolio.total_fees += amount;
        }
        self.tape.trades.push(Trade {
            order_id,
            slot: self.next_slot,
            column: signal.column,
            at: signal.at,
            key,
            risked,
            size,
            entry,
            entry_fee,
            risk: risk_of(reference, stop, size, unit),
            left: None,
        });
        self.next_slot += 1;
        self.enter(views, row.direction, (stop, target), key + 1);
        let counts = (size, unit);
        let weight = Weight::at_close(entry, row.direction.is_long(), counts, time_us);
        Booked::Filled(weight.on(place))
    }

    /// The bar that reaches a level of a trade: the exit, its fee and the result (X1, X2, P3). Returns
    /// its place among those that were open; `None`, and nothing is booked, where more than its side's
    /// prices decides.
    pub(super) fn leave_at(
        &mut self,
        (executor, portfolio): (&ExecutionSimulator, &mut Portfolio),
        candles: &[CandleView<'_>; 2],
        (trade, key): (u32, usize),
    ) -> Option<usize> {
        let at = self.open_of(trade)?;
        let open = self.open[at];
        let traded = &mut self.tape.trades[trade as usize];
        let column = traded.column as usize;
        let (of, unit) = (&self.tape.by.by[column], self.tape.units[column]);
        let side = &candles[usize::from(!open.direction.is_long())];
        // Neither time nor close decides where one level is reached alone.
        let candle = Candle {
            time_us: 0,
            open: side.open[key],
            high: side.high[key],
            low: side.low[key],
            close: side.open[key],
            volume: 0.0,
        };
        if may_tie(&candle, open.stop, open.target) {
            return None;
        }
        let record = &mut self.records[column];
        record.direction = open.direction;
        record.size = traded.size;
        (record.committed_stop_loss, record.committed_take_profit) = (open.stop, open.target);
        record.state = State::Open(Fill {
            time_us: 0,
            at: FillAt::Close,
            price: traded.entry,
            fee: traded.entry_fee,
            rule: E1_CLOSE,
        });
        let config = &executor.config;
        let quote = Quote::new(&candle, &candle);
        let DecidedExit {
            rule,
            reason,
            raw,
            slips,
            tie,
        } = decide_exit(record, &quote, &config.policy)?;
        if tie {
            return None;
        }
        let slip = if slips {
            let (model, pip_size) = (&config.slippage_model, of.spec.pip_size);
            slippage(model, pip_size, traded.order_id, EXIT_SIDE, 0)
        } else {
            0.0
        };
        let price = exit_price(raw, open.direction.sign(), slip, of.spec.digits);
        let charge = fee(&config.fee_model, traded.size, price, unit);
        let result = number(record.result_at(price), "result", -f64::MAX, false).ok()?;
        let charge = number(charge, "exit_fee", 0.0, false).ok()?;
        if charge != 0.0 {
            portfolio.cash -= charge;
            portfolio.total_fees += charge;
        }
        portfolio.cash += result;
        portfolio.realised += result;
        traded.left = Some(Left {
            key,
            price,
            fee: charge,
            result,
            reason,
            rule,
        });
        self.exits.take();
        self.tape.exits.push(trade);
        self.held[column] -= 1;
        self.open.remove(at);
        Some(at)
    }
}
