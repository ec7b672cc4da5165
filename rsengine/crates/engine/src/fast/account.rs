//! Jumps of an account whose nights cost, whose margin may run out, or which keeps another currency.
//!
//! A night is the end of a jump (P6.rollover). Nobody is stopped out as long as bounds of the worst
//! equity are enough for the margin in use (A3). Where results are converted each row has a rate of its
//! own (P5.unit_value), so that rows are summed one by one, but nothing else of a bar is gone through.

use std::sync::Arc;

use super::Jump;
use super::few;
use super::maxima::Stretch;
use super::tile::LaneViews;
use super::weight::sum_row;
use crate::arithmetic::smaller;
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::errors::Result;
use crate::event_engine::has_active;
use crate::marks::Marked;
use crate::portfolio::Portfolio;
use crate::rates::Rates;
use crate::rollover::next_night_us;

/// Fewer bars than these are not worth another look at their bounds.
const SHORT: usize = 16;

/// Rates of the currency that a symbol's results come in.
#[derive(Clone, Copy)]
struct Conversion<'a> {
    rates: &'a Rates,
    currency: &'a str,
    contract_size: f64,
    length_us: i64,
}

impl ExecutionSimulator {
    /// Whether the results of its only symbol come in another currency than the account's.
    pub(super) fn is_converted(&self) -> bool {
        self.conversion().is_some()
    }

    fn conversion(&self) -> Option<Conversion<'_>> {
        let (rates, spec, currency) = self.converted(&self.quotes.first()?.symbol)?;
        Some(Conversion {
            rates,
            currency,
            contract_size: spec.contract_size,
            length_us: self.length_us,
        })
    }

    /// The first bar from one on and before another at whose open a night has ended, or that other.
    pub(super) fn before_night(&self, times_us: &[i64], (from, last): (usize, usize)) -> usize {
        if !self.swaps {
            return last;
        }
        let night_us = next_night_us(self.quotes[0].quote.time_us());
        from + times_us[from..last].partition_point(|&time_us| time_us < night_us)
    }
}

impl Core {
    /// The bar up to which worst equity is known to be enough for the margin in use, from one on.
    pub(super) fn lasting(
        &mut self,
        place: usize,
        views: &LaneViews<'_>,
        (from, to): (usize, usize),
    ) -> usize {
        let executor = &self.executors[place];
        let Some(level) = executor.stop_out_level() else {
            return to;
        };
        let used = executor.used_margin(&self.positions, None);
        if used <= 0.0 {
            return to;
        }
        let (mut lasts, mut bars) = (from, to.saturating_sub(from));
        while lasts < to {
            bars = bars.min(to - lasts);
            let worst = self.portfolio.least_worst(views, (lasts, lasts + bars));
            if worst / used >= level {
                lasts += bars;
            } else if bars > SHORT {
                bars /= 2;
            } else {
                break;
            }
        }
        lasts
    }
}

impl Portfolio {
    /// No row of some bars has a worst equity below this.
    fn least_worst(&mut self, views: &LaneViews<'_>, bars: (usize, usize)) -> f64 {
        let cash = self.cash;
        if self.open.weights().len() > few::MOST {
            let (_, many) = self.open.many();
            return many.lines.bounds(cash, views, bars).worst;
        }
        let stretch = Stretch {
            lanes: views,
            open: self.open.weights(),
            cash,
        };
        stretch.bounds(bars.0, bars.1).2
    }
}

impl Conversion<'_> {
    /// What a unit of price is worth at the close of a bar, and whether the rate is stale; `None`
    /// before any is known.
    #[inline]
    fn unit(&self, time_us: i64) -> Option<(f64, bool)> {
        let moment_us = time_us + self.length_us;
        let account = self.rates.account();
        let found = self
            .rates
            .find(self.contract_size, self.currency, account, moment_us)?;
        Some((found.amount, found.stale))
    }
}

impl Jump<'_> {
    /// Takes in bars without a signal, and in which no level is reached, row by row.
    pub(super) fn convert(
        &self,
        core: &mut Core,
        place: usize,
        (mut from, to): (usize, usize),
    ) -> Result<()> {
        while from < to {
            let reached = self.convert_plain(core, place, (from, to));
            if from < reached {
                // What is open learns of its present rate when the next bar opens.
                self.pass(core, place, (from, reached));
            }
            from = reached;
            if from < to {
                self.step(core, place, from)?;
                from += 1;
            }
        }
        Ok(())
    }

    /// Writes rows up to the first with a stale rate, or with too little equity for its margin.
    fn convert_plain(&self, core: &mut Core, place: usize, (from, to): (usize, usize)) -> usize {
        let Core {
            positions,
            portfolio,
            executors,
            ..
        } = core;
        let executor = &executors[place];
        if !portfolio.is_plain() {
            return from;
        }
        let Some(conversion) = executor.conversion() else {
            return from;
        };
        let mut weights = portfolio.open.weights().to_vec();
        if weights.is_empty() {
            for &time_us in &self.views.time_us[from..to] {
                portfolio.write_row(time_us, Marked::default());
            }
            return to;
        }
        let used = executor.used_margin(positions, None);
        let level = executor.stop_out_level().filter(|_| used > 0.0);
        for bar in from..to {
            let time_us = self.views.time_us[bar];
            if let Some((unit_value, stale)) = conversion.unit(time_us) {
                if stale {
                    return bar;
                }
                for weight in weights.iter_mut().flatten() {
                    weight.unit_value = unit_value;
                }
            }
            let (total, worst) = sum_row(&self.views, &weights, bar);
            let cash = portfolio.cash;
            let equity_worst = smaller(cash + total, cash + worst);
            if level.is_some_and(|level| {
                let lasts = equity_worst / used >= level;
                !lasts
            }) {
                return bar;
            }
            let marked = Marked {
                total,
                worst,
                stale: false,
            };
            portfolio.write_row(time_us, marked);
        }
        to
    }

    /// Goes through a bar without a signal.
    fn step(&self, core: &mut Core, place: usize, bar: usize) -> Result<()> {
        let [(bids, _), (asks, _)] = &self.views.sides[0];
        let (Some(bid), Some(ask)) = (bids.get(bar), asks.get(bar)) else {
            return Ok(());
        };
        let symbol = Arc::clone(&core.executors[place].quotes[0].symbol);
        core.open_bar(place, &bid, &ask, Some(&symbol))?;
        if has_active(core, place) {
            core.evaluate_exits(place, &bid, &ask, Some(&symbol))?;
        }
        core.close_bar(place, bid.time_us, false)?;
        core.portfolio.update(bid.time_us);
        Ok(())
    }
}
