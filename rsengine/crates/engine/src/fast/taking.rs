//! Trades of columns that are planned, booked one after the other in as few numbers as they come to.
//!
//! Each is what the plain loop makes of a market order that fills at its close and leaves at a level,
//! by the functions of its rules. Where anything else could happen it is not taken, and the plain
//! steps do it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Jump;
use super::maxima::{Maxima, Stretch};
use super::plans::{Plan, Plans};
use super::signal_book::Refusing;
use super::tape::{Tape, Trade};
use super::tile::LaneViews;
use super::trades::{at_close, may_tie};
use super::weight::Weight;
use crate::acceptance::check_numbers;
use crate::admission::check_full;
use crate::candles::Candle;
use crate::core::Core;
use crate::costs::{ENTRY_SIDE, EXIT_SIDE, entry_price, exit_price, fee, slippage};
use crate::desk::ExecutionSimulator;
use crate::exits::{DecidedExit, decide_exit};
use crate::orders::check_levels;
use crate::portfolio::Portfolio;
use crate::positions::{Fill, FillAt, Position, Reason, State, risk_of};
use crate::quotes::Quote;
use crate::rule_ids::E1_CLOSE;
use crate::settings::number;
use crate::signals::{Direction, OrderType};
use crate::sizing::Sized;
use crate::strategies::columns::ColumnStrategy;

/// So many trades are planned before the first of them is booked.
const PLANNED: usize = 4;

/// Trades that room is made for at first.
const ROOM: usize = 64;

/// After a trade that could not be taken so many times as many go by before the next attempt.
const MOST_PATIENCE: u32 = 64;

/// When to try again.
#[derive(Debug, Clone, Default)]
pub(super) struct Patience {
    /// Trades to let go by.
    left: u32,
    /// How many it were the last time.
    before: u32,
}

impl Patience {
    /// Whether it is time; one more trade goes by where it is not.
    fn is_over(&mut self) -> bool {
        let is_over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_over
    }

    fn learn(&mut self, taken: usize) {
        self.before = match taken {
            0 => (self.before * 2).clamp(1, MOST_PATIENCE),
            _ => 0,
        };
        self.left = self.before;
    }
}

/// What the account holds between two trades.
#[derive(Debug, Clone, Copy)]
struct Books {
    cash: f64,
    fees: f64,
    realised: f64,
    maxima: Maxima,
    /// The first bar whose row is not taken in.
    from: usize,
    order_id: u64,
}

/// Books trades.
struct Taking<'a> {
    executor: &'a ExecutionSimulator,
    views: &'a LaneViews<'a>,
    of: &'a Refusing,
    unit: f64,
    /// Equity of the last row, where that is before the first bar.
    equity: f64,
    /// Whether a signal finds no room beside one position.
    is_full: bool,
    /// A record whose exits are decided.
    record: Position,
    books: Books,
}

impl Jump<'_> {
    /// Takes in trades from a bar on, as long as nothing else can happen; returns the first bar that
    /// was not taken in. Nothing is open, and nothing waits.
    pub(super) fn take_planned(
        &mut self,
        core: &mut Core,
        place: usize,
        columns: &ColumnStrategy,
        (from, last): (usize, usize),
    ) -> usize {
        if !self.patience.is_over() || core.portfolio.is_behind {
            return from;
        }
        let Some(of) = self.records_of(core, place, columns) else {
            return from;
        };
        let Ok(first_slot) = u32::try_from(core.positions.len()) else {
            return from;
        };
        // Without rates there is no moment at which it could be another.
        let Ok(unit) = core.executors[place].unit_at_acceptance(0, &of.symbol) else {
            return from;
        };
        if check_full(&of.policy, &of.symbol, || 0, || 0).is_some() {
            return from;
        }
        let (executor, portfolio) = (&core.executors[place], &core.portfolio);
        let mut tape = Tape {
            owner: executor.place,
            unit,
            first_order_id: executor.next_order_id,
            first_slot,
            from,
            cash: portfolio.cash,
            trades: Vec::with_capacity(ROOM),
            refused: 0,
            of: Arc::clone(&of),
        };
        let mut taking = Taking::of(executor, portfolio, &self.views, (&tape, &of));
        let mut plans = Plans::of(
            columns,
            &self.views,
            of.spec.digits,
            (columns.next_place(), last),
        );
        let mut planned = VecDeque::with_capacity(PLANNED + 1);
        let mut begun = plans.begin();
        loop {
            // What a plan waits for comes while another is booked: half of that for each wait.
            let ended = begun.take().and_then(|begun| plans.end(begun));
            let goes_on = ended.is_some();
            planned.extend(ended);
            let is_due = planned.len() > PLANNED || !goes_on;
            let due = is_due.then(|| planned.pop_front()).flatten();
            let entered = due.and_then(|plan| taking.enter(&plan));
            if is_due && entered.is_none() {
                break;
            }
            if goes_on {
                begun = plans.begin();
            }
            if let (Some(plan), Some(entered)) = (due, entered) {
                let Some(trade) = taking.leave(&plan, entered) else {
                    break;
                };
                tape.refused += trade.refused;
                tape.trades.push(trade);
            }
        }
        let books = taking.books;
        self.patience.learn(tape.trades.len());
        if tape.trades.is_empty() {
            return from;
        }
        self.keep(core, place, Arc::new(tape), &books);
        books.from
    }

    /// What the records of signals are made from, known after the first of them.
    fn records_of(
        &mut self,
        core: &Core,
        place: usize,
        columns: &ColumnStrategy,
    ) -> Option<Arc<Refusing>> {
        if !self.refusing.as_ref().is_some_and(|by| by.is_of(columns)) {
            self.refusing = Some(core.executors[place].refusing(columns, (self.lanes, 0))?);
        }
        self.refusing.clone()
    }

    /// Hands out what was written down.
    fn keep(&self, core: &mut Core, place: usize, tape: Arc<Tape>, books: &Books) {
        let times = &self.views.time_us[tape.from..books.from];
        let executor = &mut core.executors[place];
        executor.pass(times, self.views.shortest_step_us);
        executor.take_tape(&tape);
        core.positions.add(&tape);
        let last_exit_us = self.views.time_us[books.from];
        core.portfolio.take_tape(self.lanes, &tape, last_exit_us);
        let portfolio = &mut core.portfolio;
        portfolio.take_maxima(&books.maxima);
        portfolio.cash = books.cash;
        // That of the bar of the last exit, which is passed next.
        portfolio.equity = books.cash + 0.0;
        portfolio.total_fees = books.fees;
        portfolio.realised = books.realised;
    }
}

impl<'a> Taking<'a> {
    fn of(
        executor: &'a ExecutionSimulator,
        portfolio: &Portfolio,
        views: &'a LaneViews<'a>,
        (tape, of): (&Tape, &'a Refusing),
    ) -> Self {
        let (policy, symbol, spec) = (&of.policy, &of.symbol, &of.spec);
        let is_full = check_full(policy, symbol, || 1, || 1).is_some();
        let mut record = Position::new(
            tape.first_order_id,
            Arc::clone(symbol),
            Direction::Long,
            OrderType::Market,
            0,
            0.0,
            tape.unit,
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
            unit: tape.unit,
            equity: portfolio.equity,
            is_full,
            record,
            books: Books {
                cash: portfolio.cash,
                fees: portfolio.total_fees,
                realised: portfolio.realised,
                maxima: portfolio.maxima(),
                from: tape.from,
                order_id: tape.first_order_id,
            },
        }
    }

    /// Books a trade up to its exit; `None`, and nothing is booked, where more than prices decides.
    fn enter(&mut self, plan: &Plan) -> Option<(Trade, Books)> {
        let mut books = self.books;
        let mut trade = self.open(plan, &mut books)?;
        trade.refused = plan.next - plan.place - 1;
        let equity = self.hold(plan, &trade, &mut books);
        // A signal is refused for want of equity before it is for want of room (S3.equity).
        let keeps_equity = books.maxima.initial_max_drawdown < books.maxima.initial_balance;
        let is_refused = self.is_full && equity > 0.0 && keeps_equity;
        (trade.refused == 0 || is_refused).then_some((trade, books))
    }

    /// Books the exit of such a trade, and then all of it.
    fn leave(&mut self, plan: &Plan, (mut trade, mut books): (Trade, Books)) -> Option<Trade> {
        self.close(plan, &mut trade, &mut books)?;
        books.from = plan.exit_bar;
        books.order_id += 1 + trade.refused as u64;
        self.books = books;
        Some(trade)
    }

    /// The bar of the signal: what is checked, the size, the fill and its fee (S3, E1.close, E4).
    #[inline]
    fn open(&mut self, plan: &Plan, books: &mut Books) -> Option<Trade> {
        let (executor, bar, sign) = (self.executor, plan.entry_bar, plan.direction.sign());
        let spec = &self.of.spec;
        let mut equity = self.equity;
        if books.from < bar {
            equity = books.cash + 0.0;
            books.maxima.see(equity, equity);
        }
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
        let slip = slippage(model, spec.pip_size, books.order_id, ENTRY_SIDE, 0);
        let entry = entry_price(reference, sign, slip, spec.digits);
        let entry_fee = fee(&executor.config.fee_model, size, entry, self.unit);
        if entry_fee != 0.0 {
            let amount = number(entry_fee, "amount", 0.0, false).ok()?;
            books.cash -= amount;
            books.fees += amount;
        }
        let record = &mut self.record;
        record.direction = plan.direction;
        record.size = size;
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
            refused: 0,
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
            cash: [books.cash; 2],
            max_equity: books.maxima.max_equity,
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

    /// The rows up to the bar of the exit (P3); returns equity at the bar of the entry.
    #[inline]
    fn hold(&self, plan: &Plan, trade: &Trade, books: &mut Books) -> f64 {
        let (bar, is_long) = (plan.entry_bar, plan.direction.is_long());
        // The bar of the entry is read apart, so that none of the others is the one it filled in.
        let weight = Weight::at_close(trade.entry, is_long, (trade.size, self.unit), i64::MIN);
        let (side, _) = self.views.closing(&weight);
        let equity = books.cash + (0.0 + weight.gain(side.close[bar]));
        books.maxima.see(equity, equity);
        if bar + 1 < plan.exit_bar {
            let stretch = Stretch {
                lanes: self.views,
                open: &[Some(weight)],
                cash: books.cash,
            };
            stretch.see(&mut books.maxima, None, (bar + 1, plan.exit_bar));
        }
        equity
    }

    /// The bar that reaches a level: the exit, its fee and the result (X1, X2, P3).
    #[inline]
    fn close(&self, plan: &Plan, trade: &mut Trade, books: &mut Books) -> Option<()> {
        let sign = plan.direction.sign();
        let (side, _) = &self.views.sides[0][usize::from(!plan.direction.is_long())];
        let bar = plan.exit_bar;
        // Neither time nor close decides where one level is reached alone.
        let candle = Candle {
            time_us: 0,
            open: side.open[bar],
            high: side.high[bar],
            low: side.low[bar],
            close: side.open[bar],
            volume: 0.0,
        };
        if may_tie(&candle, plan.stop, plan.target) {
            return None;
        }
        let quote = Quote::new(&candle, &candle);
        let DecidedExit {
            rule,
            reason,
            raw,
            slips,
            tie,
        } = decide_exit(&self.record, &quote, &self.of.policy)?;
        if tie {
            return None;
        }
        let config = &self.executor.config;
        let slip = if slips {
            slippage(
                &config.slippage_model,
                self.of.spec.pip_size,
                books.order_id,
                EXIT_SIDE,
                0,
            )
        } else {
            0.0
        };
        let price = exit_price(raw, sign, slip, self.of.spec.digits);
        let charge = fee(&config.fee_model, trade.size, price, self.unit);
        let result = number(self.record.result_at(price), "result", -f64::MAX, false).ok()?;
        let charge = number(charge, "exit_fee", 0.0, false).ok()?;
        if charge != 0.0 {
            books.cash -= charge;
            books.fees += charge;
        }
        books.cash += result;
        books.realised += result;
        (trade.exit, trade.exit_fee, trade.result) = (price, charge, result);
        (trade.reason, trade.rule) = (reason, rule);
        trade.cash[1] = books.cash;
        Some(())
    }
}
