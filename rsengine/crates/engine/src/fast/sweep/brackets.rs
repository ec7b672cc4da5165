//! What becomes of one order with stop and target, and what a run books of it.
//!
//! An order that fills at its close with a fixed bracket ends where and as it does whatever was
//! traded before, so runs share it. The rules are the plain step's own functions.

use crate::arithmetic::{larger, smaller};
use crate::config::{MarketFill, Sizing};
use crate::costs::{ENTRY_SIDE, EXIT_SIDE, entry_price, exit_price, fee, slippage};
use crate::errors::Result;
use crate::execution::{ExecutionSimulator, ExecutorConfig};
use crate::exits::{decide_exit, touch_levels};
use crate::fast::blocks::{Extremes, Levels};
use crate::ledger::LedgerKind;
use crate::positions::{Fill, FillAt, Position, Positions, Reason, State};
use crate::quotes::Quote;
use crate::rule_ids::{E1_CLOSE, X5_CLOSE_AT_END};
use crate::signals::{Direction, TradeSignal};
use crate::strategies::single::bracket;
use crate::summary::Tally;

use super::sides::Side;

/// Whether runs with these settings can be put together from such orders: one at a time, filled at
/// the close, worth what they are whatever the account holds.
pub(super) fn are_covered(config: &ExecutorConfig, symbol: &str) -> bool {
    let policy = &config.policy;
    let one = policy.max_positions == Some(1) || policy.max_positions_symbol == Some(1);
    let plain = config.margin.is_none() && config.rates.is_none() && !config.strict;
    let known = config
        .symbol_specs
        .iter()
        .find(|spec| *spec.symbol == *symbol);
    let specs = match known {
        Some(spec) => spec.swap_field().is_none(),
        None => config.symbol_specs.is_empty(),
    };
    let sized = !matches!(config.sizing, Some(Sizing::RiskFraction { .. }));
    let bars = config.lower_candles.is_empty();
    let prices = !policy.is_parity() && policy.market_fill == MarketFill::Close;
    one && plain && specs && sized && bars && prices && config.slippage_model.random_pips == 0.0
}

/// An order that was accepted, and its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    sign: f64,
    entry_price: f64,
    size: f64,
    unit_value: f64,
    entry_fee: f64,
    /// The bar of the exit, the number of bars where there is none.
    pub(super) exit_bar: usize,
    exit_fee: f64,
    result: f64,
    r_multiple: Option<f64>,
    break_even: bool,
    /// The best and the worst close of the bars in which it is open, and the worst price of those
    /// after the first.
    best: f64,
    least: f64,
    worst: f64,
}

impl Outcome {
    /// The gain at a price, as a position's (P3.equity).
    #[inline]
    fn gain(&self, price: f64) -> f64 {
        ((((price - self.entry_price) * self.sign) * self.size) * self.unit_value) + 0.0
    }
}

/// Both sides of a market and an executor that accepts its orders.
pub(super) struct Desk<'a> {
    bid: &'a Side<'a>,
    ask: &'a Side<'a>,
    executor: ExecutionSimulator,
    symbol: &'a std::sync::Arc<str>,
    reason: std::sync::Arc<str>,
    distances: (f64, f64),
    slip: f64,
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        (bid, ask): (&'a Side<'a>, &'a Side<'a>),
        symbol: &'a std::sync::Arc<str>,
        config: &ExecutorConfig,
        distances: (f64, f64),
    ) -> Result<Self> {
        let executor = ExecutionSimulator::new(config.clone(), LedgerKind::Native)?;
        let model = &config.slippage_model;
        let slip = slippage(model, executor.pip_size(symbol), 1, ENTRY_SIDE, 0);
        debug_assert!(
            slip == slippage(model, executor.pip_size(symbol), 2, EXIT_SIDE, 0),
            "Invariant: slippage is not random"
        );
        Ok(Self {
            bid,
            ask,
            executor,
            symbol,
            reason: "".into(),
            distances,
            slip,
        })
    }

    fn quote(&self, bar: usize) -> Option<Quote> {
        let (bid, ask) = (self.bid.bars.get(bar)?, self.ask.bars.get(bar)?);
        Some(Quote::new(&bid, &ask))
    }

    /// The closing side of a direction.
    fn side(&self, direction: Direction) -> &Side<'a> {
        if direction.is_long() {
            self.bid
        } else {
            self.ask
        }
    }

    fn signal(&self, direction: Direction, quote: &Quote) -> TradeSignal {
        let (bid, ask) = (&quote.bid, &quote.ask);
        let (symbol, reason) = (self.symbol, &self.reason);
        bracket(
            direction,
            bid,
            ask,
            self.distances,
            symbol,
            bid.time_us,
            reason,
        )
    }

    /// What becomes of an order of a bar that finds nothing open; `None` where it is rejected.
    ///
    /// # Errors
    /// What the plain step would raise.
    pub(super) fn outcome(&mut self, direction: Direction, bar: usize) -> Result<Option<Outcome>> {
        let Some(quote) = self.quote(bar) else {
            return Ok(None);
        };
        let signal = self.signal(direction, &quote);
        self.executor.require_spec(&signal)?;
        let risked = self.executor.risked(None)?;
        let order =
            self.executor
                .order(&Positions::default(), 1, &signal, &quote, (risked, None))?;
        let Ok((mut position, _)) = order else {
            return Ok(None);
        };
        let sign = direction.sign();
        let price = entry_price(position.reference, sign, self.slip, position.digits);
        let config = &self.executor.config;
        let entry_fee = fee(&config.fee_model, position.size, price, position.fee_unit);
        position.state = State::Open(Fill {
            time_us: quote.time_us(),
            at: FillAt::Close,
            price,
            fee: entry_fee,
            rule: E1_CLOSE,
        });
        let (exit_bar, seen) = self.leave(&mut position, direction, bar);
        let close = quote.closing_close(sign);
        let (lowest, highest) = (
            smaller(close, seen.close_low),
            larger(close, seen.close_high),
        );
        let (best, least, worst) = if sign > 0.0 {
            (highest, lowest, seen.low)
        } else {
            (lowest, highest, seen.high)
        };
        let exit = position.exit();
        Ok(Some(Outcome {
            sign,
            entry_price: price,
            size: position.size,
            unit_value: position.now_unit,
            entry_fee,
            exit_bar,
            exit_fee: exit.map_or(0.0, |exit| exit.fee),
            result: exit.map_or(0.0, |exit| exit.result),
            r_multiple: exit.and_then(|exit| exit.r_multiple),
            break_even: exit.is_some_and(|exit| exit.reason == Reason::BreakEvenStopLoss),
            best,
            least,
            worst,
        }))
    }

    /// Finds the bar in which a position of a bar leaves, and closes it there; returns it with the
    /// extremes of the bars between.
    fn leave(
        &self,
        position: &mut Position,
        direction: Direction,
        bar: usize,
    ) -> (usize, Extremes) {
        let policy = &self.executor.config.policy;
        let side = self.side(direction);
        let total = side.bars.close.len();
        let (stop, target) = touch_levels(position, policy.exit_buffer_pips);
        let levels = if direction.is_long() {
            Levels {
                floor: stop.unwrap_or(f64::NEG_INFINITY),
                ceiling: target.unwrap_or(f64::INFINITY),
            }
        } else {
            Levels {
                floor: target.unwrap_or(f64::NEG_INFINITY),
                ceiling: stop.unwrap_or(f64::INFINITY),
            }
        };
        let found = side.first_reach(bar + 1, levels);
        let seen = |to: usize| side.extremes(bar + 1, to);
        let decided = self
            .quote(found)
            .and_then(|quote| Some((decide_exit(position, &quote, policy)?, quote)));
        let (exit_bar, raw, slips, reason, rule, quote) = match decided {
            Some((exit, quote)) => (found, exit.raw, exit.slips, exit.reason, exit.rule, quote),
            None if policy.close_at_end && total > 0 => {
                let Some(quote) = self.quote(total - 1) else {
                    return (total, seen(total));
                };
                let raw = quote.closing_close(position.direction.sign());
                // The row of the last bar no longer holds it.
                (
                    total - 1,
                    raw,
                    true,
                    Reason::EndOfData,
                    X5_CLOSE_AT_END,
                    quote,
                )
            }
            None => return (total, seen(total)),
        };
        let slip = if slips { self.slip } else { 0.0 };
        let price = exit_price(raw, direction.sign(), slip, position.digits);
        let model = &self.executor.config.fee_model;
        let charge = fee(model, position.size, price, position.fee_unit);
        position.finish(price, quote.time_us(), charge, reason, rule);
        (exit_bar, seen(exit_bar))
    }
}

/// The numbers of a portfolio that holds one position at a time, and no rows (P3).
#[derive(Debug, Clone, Copy)]
pub(super) struct Books {
    pub(super) tally: Tally,
    pub(super) max_equity: f64,
    pub(super) max_drawdown_worst: f64,
}

impl Books {
    pub(super) fn new(initial_balance: f64) -> Self {
        Self {
            tally: Tally {
                initial_balance,
                cash: initial_balance,
                equity: initial_balance,
                ..Tally::default()
            },
            max_equity: initial_balance,
            max_drawdown_worst: 0.0,
        }
    }

    /// Whether nothing can be opened with what is left (S3.equity).
    #[inline]
    pub(super) fn is_without_equity(&self) -> bool {
        self.tally.equity <= 0.0
    }

    /// Books an order of a bar from its fill to its exit, or to the end of the data.
    ///
    /// False where a number is not finite, so that the plain step has to say what that leads to.
    #[inline]
    pub(super) fn book(&mut self, outcome: &Outcome, bar: usize, side: &Side<'_>) -> bool {
        self.pay(outcome.entry_fee);
        let total = side.bars.close.len();
        let end = outcome.exit_bar.min(total);
        // An order that opens and closes on the last bar has no row.
        if end > bar {
            self.mark(outcome, bar, end, side);
        }
        if outcome.exit_bar >= total {
            self.tally.equity = self.tally.cash + outcome.gain(side.bars.close[total - 1]);
            return self.tally.equity.is_finite();
        }
        self.pay(outcome.exit_fee);
        self.tally.cash += outcome.result;
        self.tally.trades += 1;
        self.tally.lots += outcome.size;
        self.tally.wins += u32::from(outcome.result > 0.0);
        if let Some(r_multiple) = outcome.r_multiple {
            self.tally.r_sum += r_multiple;
            self.tally.r_count += 1;
        }
        self.tally.break_even += u64::from(outcome.break_even);
        self.row(self.tally.cash, self.tally.cash);
        self.tally.cash.is_finite()
    }

    #[inline]
    fn pay(&mut self, charge: f64) {
        if charge != 0.0 {
            self.tally.cash -= charge;
            self.tally.total_fees += charge;
        }
    }

    /// What one row does to the maxima.
    #[inline]
    fn row(&mut self, equity: f64, equity_worst: f64) {
        self.tally.equity = equity;
        self.max_equity = larger(self.max_equity, equity);
        self.tally.max_drawdown = larger(self.tally.max_drawdown, self.max_equity - equity);
        self.max_drawdown_worst = larger(self.max_drawdown_worst, self.max_equity - equity_worst);
        self.tally.initial_max_drawdown = larger(
            self.tally.initial_max_drawdown,
            self.tally.initial_balance - equity,
        );
    }

    /// What the rows of an open position do to the maxima.
    ///
    /// Each operation of a mark is monotone in the price, so the extremes of the prices give those
    /// of equity, bit for bit; only where the order of the rows counts are they gone through.
    #[inline]
    fn mark(&mut self, outcome: &Outcome, bar: usize, end: usize, side: &Side<'_>) {
        let most = self.tally.cash + outcome.gain(outcome.best);
        let least = self.tally.cash + outcome.gain(outcome.least);
        let worst = if end > bar + 1 {
            smaller(least, self.tally.cash + outcome.gain(outcome.worst))
        } else {
            least
        };
        self.tally.initial_max_drawdown = larger(
            self.tally.initial_max_drawdown,
            self.tally.initial_balance - least,
        );
        let highest = larger(self.max_equity, most);
        // No row falls further than from the highest to the lowest of all.
        let fits = highest - least <= self.tally.max_drawdown;
        if fits && highest - worst <= self.max_drawdown_worst {
            self.max_equity = highest;
        } else if most <= self.max_equity {
            self.tally.max_drawdown = larger(self.tally.max_drawdown, self.max_equity - least);
            self.max_drawdown_worst = larger(self.max_drawdown_worst, self.max_equity - worst);
        } else {
            self.mark_each(outcome, bar, end, side);
        }
    }

    fn mark_each(&mut self, outcome: &Outcome, bar: usize, end: usize, side: &Side<'_>) {
        let closes = &side.bars.close[bar..end];
        let extremes = if outcome.sign > 0.0 {
            &side.bars.low[bar..end]
        } else {
            &side.bars.high[bar..end]
        };
        for (place, (&close, &extreme)) in closes.iter().zip(extremes).enumerate() {
            let equity = self.tally.cash + outcome.gain(close);
            let low = if place == 0 { close } else { extreme };
            let worst = smaller(equity, self.tally.cash + outcome.gain(low));
            self.row(equity, worst);
        }
    }
}
