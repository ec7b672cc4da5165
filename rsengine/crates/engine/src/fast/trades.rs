//! Trades of columns, one at a time, from the bar of a signal to that of its exit.
//!
//! What the plain loop does at these two bars, less what cannot matter in a market order that fills
//! at its close and then waits for its levels: only the prices that count are read.

use fillproof_ahead::fetch;

use super::Jump;
use crate::candles::{Candle, CandleView};
use crate::config::MarketFill;
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::errors::Result;
use crate::positions::Position;
use crate::quotes::Quote;
use crate::signals::Direction;
use crate::strategies::columns::ColumnStrategy;
use crate::trace::Phase;

impl ExecutionSimulator {
    /// Whether an order of columns has its whole story in its signal's close and its levels.
    pub(super) fn trades_by_prices(&self, columns: &ColumnStrategy) -> bool {
        self.blotter.waiting == 0
            && !self.is_converted()
            && self.stop_out_level().is_none()
            && self.config.policy.market_fill == MarketFill::Close
            && self.config.policy.exit_buffer_pips == 0.0
            && !self.config.strict
            && columns.is_sound()
            && self
                .quotes
                .first()
                .is_some_and(|shown| self.spec(&shown.symbol).is_some())
    }
}

impl Jump<'_> {
    /// Takes in bars from `from` on, none of them `last`, while nothing but trades of columns
    /// happens; returns the first bar that was not taken in.
    pub(super) fn take_in_trades(
        &mut self,
        core: &mut Core,
        place: usize,
        columns: &mut ColumnStrategy,
        (from, last): (usize, usize),
    ) -> Result<usize> {
        let (mut bar, mut next) = (from, from);
        let is_planned = core.executors[place].config.margin.is_none();
        while bar < last {
            let mut signal = columns.next_row(next, last);
            if is_planned && signal < last {
                let to = self.take_planned(core, place, columns, (bar, last));
                if to > bar {
                    // Signals of the bar of the last exit were taken in.
                    (bar, next) = (to, to + 1);
                    signal = columns.next_row(next, last);
                }
            }
            let is_market = columns.next_is_market();
            self.leave(core, place, bar, signal);
            if signal + 1 >= last || !is_market {
                return Ok(signal);
            }
            core.positions.fetch_end();
            self.expect(columns, (signal + 1, last));
            self.enter(core, place, columns, signal)?;
            (bar, next) = (signal + 1, signal + 1);
            let Some(executor) = core.executors.get_mut(place) else {
                return Ok(bar);
            };
            let &[slot] = executor.blotter.active.as_slice() else {
                continue;
            };
            let reached = self
                .watch
                .first_reached(executor, &core.positions, &self.views, bar);
            let to = reached.min(last);
            self.fetch(columns.row_after(to), to);
            // Signals of the bar of the exit come before it, and find the position open.
            let until = if to < last { to + 1 } else { to };
            let seen = core.portfolio.seen(&self.views, (bar, to));
            if columns.next_row(bar, until) < until {
                // A signal is refused for want of equity before it is for want of room (S3.equity).
                if !executor.is_full() || !core.portfolio.keeps_equity(&seen) {
                    return Ok(bar);
                }
                let Some(places) = self.refused(core, place, columns, (bar, until)) else {
                    return Ok(bar);
                };
                self.refuse(core, place, places, 1);
            }
            self.leave_seen(core, place, (bar, to), &seen);
            if to == last || !self.exit(core, place, slot, to)? {
                return Ok(to);
            }
            // The row of the exit is the first of those without a position.
            (bar, next) = (to, to + 1);
        }
        Ok(bar)
    }

    /// Asks for the prices of the bars in which the trade of the next signal is going to end.
    ///
    /// Its levels are on no grid yet, so that it may be other bars; then these are read later.
    #[inline]
    fn expect(&self, columns: &ColumnStrategy, bars: (usize, usize)) {
        if let Some(levels) = columns.next_levels() {
            self.views.fetch_exit(0, levels, bars);
        }
    }

    /// Asks for what the exit at a bar and the signal after it are going to read.
    #[inline]
    fn fetch(&self, signal: Option<usize>, exit: usize) {
        let [(bid, bid_blocks), (ask, ask_blocks)] = &self.views.sides[0];
        if let Some(signal) = signal {
            fetch(self.views.time_us, signal);
            fetch(bid.close, signal);
            fetch(ask.close, signal);
            bid_blocks.fetch(signal);
            ask_blocks.fetch(signal);
        }
        fetch(self.views.time_us, exit);
        for side in [bid, ask] {
            fetch(side.open, exit);
            fetch(side.close, exit);
        }
    }

    /// The bar of a signal while nothing is open: a market order at its close.
    fn enter(
        &mut self,
        core: &mut Core,
        place: usize,
        columns: &mut ColumnStrategy,
        bar: usize,
    ) -> Result<()> {
        let Core {
            positions,
            portfolio,
            executors,
            ..
        } = core;
        let executor = &mut executors[place];
        let time_us = self.views.time_us[bar];
        let [bid, ask] = self.views.sides[0]
            .each_ref()
            .map(|(side, _)| at_close(side, bar, time_us));
        executor.pass(&self.views.time_us[bar..=bar], self.views.shortest_step_us);
        let quote = executor.read_quote(0, &bid, &ask);
        executor.begin_phase(Phase::Entry, time_us);
        let symbol = &executor.quotes[0].symbol;
        portfolio.mark(symbol, &bid, &ask);
        let close = |direction: Direction| Some(quote.opening_close(direction.sign()));
        if let Some(signal) = columns.signal_here(symbol, time_us, close) {
            let processed = executor.process_signal(positions, portfolio, &signal);
            processed.map_err(|error| match error.bar {
                Some(_) => error,
                None => error.at_bar(bar),
            })?;
        }
        executor.begin_phase(Phase::Manage, time_us);
        portfolio.update(time_us);
        Ok(())
    }

    /// The bar that reaches a level of the only position; false where it does not leave.
    fn exit(&mut self, core: &mut Core, place: usize, slot: u32, bar: usize) -> Result<bool> {
        let Core {
            positions,
            portfolio,
            executors,
            ..
        } = core;
        let (executor, position) = (&mut executors[place], &mut positions[slot as usize]);
        let [(bids, _), (asks, _)] = &self.views.sides[0];
        let time_us = self.views.time_us[bar];
        let quote = quote_of(position, [bids, asks], bar, time_us);
        let Some(decided) = executor.decide_exit(position, &quote) else {
            debug_assert!(false, "Invariant: a level that is reached decides");
            return Ok(false);
        };
        executor.leave(position, portfolio, slot, decided, &quote)?;
        executor.drop_finished();
        Ok(true)
    }
}

/// The close of a bar, which is all that a market order at it asks for.
#[inline]
pub(super) fn at_close(side: &CandleView<'_>, bar: usize, time_us: i64) -> Candle {
    let close = side.close[bar];
    Candle {
        time_us,
        open: close,
        high: close,
        low: close,
        close,
        volume: 0.0,
    }
}

fn candle_of(side: &CandleView<'_>, bar: usize, time_us: i64) -> Candle {
    Candle {
        time_us,
        open: side.open[bar],
        high: side.high[bar],
        low: side.low[bar],
        close: side.close[bar],
        volume: 0.0,
    }
}

/// What decides the exit of a position at a bar: its closing side, the other one only in a tie.
pub(super) fn quote_of(
    position: &Position,
    [bids, asks]: [&CandleView<'_>; 2],
    bar: usize,
    time_us: i64,
) -> Quote {
    let closing = if position.direction.is_long() {
        bids
    } else {
        asks
    };
    let candle = candle_of(closing, bar, time_us);
    let (stop, target) = (position.committed_stop_loss, position.committed_take_profit);
    if may_tie(&candle, stop, target) {
        let [bid, ask] = [bids, asks].map(|side| candle_of(side, bar, time_us));
        return Quote::new(&bid, &ask);
    }
    Quote::new(&candle, &candle)
}

/// Whether a bar reaches from one level to the other.
pub(super) fn may_tie(candle: &Candle, stop: Option<f64>, target: Option<f64>) -> bool {
    let reaches =
        |level: Option<f64>| level.is_some_and(|level| candle.low <= level && level <= candle.high);
    reaches(stop) && reaches(target)
}
