//! The rows of a journal, made by several threads at once where there are many of them.
//!
//! A piece begins where all that its rows follow from is known without those before it: what is open,
//! cash, and the highest equity so far. The last is noted by who wrote the journal; a piece whose
//! beginning turns out not to be the end of the one before is made anew.

use super::{EquityRows, Item, Journal};
use crate::fast::making::Making;
use crate::fast::slots::{Sink, Slots};
use crate::fast::threads;
use crate::fast::weight::Weight;
use crate::holdings::EquityColumns;

/// Pieces for each thread, so that one that is held up leaves work to the others.
const PIECES: usize = 4;

/// Where rows begin, and what is known there.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// The first item, and how many of its bars lie before.
    item: usize,
    bars: usize,
    /// How many rows of the journal lie before.
    row: usize,
    open: Vec<Option<Weight>>,
    max_equity: f64,
}

impl EquityRows {
    /// A copy of the columns as so many threads make them, however few rows there are.
    #[must_use]
    pub fn made_by(&self, threads: usize) -> EquityColumns {
        let mut columns = (*self.written).clone();
        self.add_rest(&mut columns, |_| threads.max(1));
        columns
    }
}

impl Journal {
    /// Where its rows begin.
    pub(super) fn start(&self) -> Start {
        Start {
            item: 0,
            bars: 0,
            row: 0,
            open: self.open.clone(),
            max_equity: self.max_equity,
        }
    }

    /// Adds its rows to columns, by so many threads; returns how many pieces were made anew.
    pub(super) fn add_all(&self, columns: &mut EquityColumns, threads: usize) -> usize {
        columns.lengthen(columns.len() + self.rows);
        let each = self.rows.div_ceil(threads * PIECES);
        let pieces = (threads > 1).then(|| self.starts(each, columns.time_us.last().copied()));
        let again = match pieces.flatten() {
            Some(starts) => self.add_pieces(columns, starts, threads),
            None => {
                self.make(&self.start(), usize::MAX, &mut *columns);
                0
            }
        };
        columns.fit();
        again
    }

    /// Adds rows that begin at some places, none of which replaces one before.
    fn add_pieces(&self, columns: &mut EquityColumns, starts: Vec<Start>, threads: usize) -> usize {
        let first = columns.len();
        self.add_times(columns);
        let ends = starts.iter().skip(1).map(|start| start.row);
        let counts: Vec<usize> = ends
            .chain([columns.len() - first])
            .zip(&starts)
            .map(|(end, start)| end - start.row)
            .collect();
        let mut ended = vec![f64::NAN; starts.len()];
        let mut rest = Slots::of(columns, first, columns.len());
        let pieces = starts.iter().zip(&counts).zip(&mut ended);
        let pieces = pieces.map(|((start, &rows), ended)| (start, rows, rest.take(rows), ended));
        threads::share(threads, pieces.collect(), |(start, rows, slots, ended)| {
            *ended = self.make(start, rows, slots);
        });
        let (mut most, mut again) = (ended[0], 0);
        for ((mut start, rows), ended) in starts.into_iter().zip(counts).zip(ended).skip(1) {
            if start.max_equity.to_bits() == most.to_bits() {
                most = ended;
                continue;
            }
            start.max_equity = most;
            let from = first + start.row;
            most = self.make(&start, rows, Slots::of(columns, from, from + rows));
            again += 1;
        }
        again
    }

    /// Adds the times of all rows, none of which replaces one before.
    fn add_times(&self, columns: &mut EquityColumns) {
        let times = self.lanes.time_us.as_slice();
        for item in &self.items {
            match item {
                Item::Row { time_us, .. } => columns.time_us.push(*time_us),
                Item::Stretch { from, to, .. } => {
                    columns.time_us.extend_from_slice(&times[*from..*to]);
                }
                Item::Taken(tape) => {
                    columns
                        .time_us
                        .extend_from_slice(&times[tape.from..tape.to]);
                }
                Item::Enter(_) | Item::Leave(_) | Item::Set(..) | Item::CloseUp(_) => {}
            }
        }
    }

    /// Where pieces of at least so many rows begin; `None` where a row may replace the one before, the
    /// first of them one at a time.
    fn starts(&self, each: usize, mut last_us: Option<i64>) -> Option<Vec<Start>> {
        let times = self.lanes.time_us.as_slice();
        let mut here = self.start();
        let mut starts = vec![here.clone()];
        for (item, what) in self.items.iter().enumerate() {
            here.item = item;
            let least = each * starts.len();
            match what {
                Item::Enter(weight) => here.open.push(*weight),
                Item::Leave(place) => {
                    here.open.remove(*place);
                }
                Item::Set(place, weight) => here.open[*place] = *weight,
                Item::CloseUp(stays) => {
                    let mut stays = stays.iter();
                    here.open.retain(|_| stays.next().copied().unwrap_or(true));
                }
                Item::Row { time_us, .. } => {
                    if last_us.replace(*time_us) == Some(*time_us) {
                        return None;
                    }
                    here.row += 1;
                }
                Item::Stretch {
                    from,
                    to,
                    max_equity,
                    ..
                } => {
                    if here.row >= least {
                        here.max_equity = *max_equity;
                        starts.push(here.clone());
                    }
                    here.row += to - from;
                    last_us = Some(times[to - 1]);
                }
                Item::Taken(tape) if tape.closing.is_some() => {
                    let stay = tape.stay().map(|number| tape.weight_of(number));
                    here.open = stay.collect();
                    here.row += tape.to - tape.from;
                    last_us = times[..tape.to].last().copied();
                }
                Item::Taken(tape) => {
                    let mut least = least;
                    loop {
                        let bar = tape.from + least.saturating_sub(here.row);
                        let Some((entry, max_equity)) = tape.entry_from(bar) else {
                            break;
                        };
                        let mut start = here.clone();
                        start.bars = entry - tape.from;
                        start.row += start.bars;
                        start.max_equity = max_equity;
                        starts.push(start);
                        least = each * starts.len();
                    }
                    here.row += tape.to - tape.from;
                    last_us = times[..tape.to].last().copied();
                }
            }
        }
        Some(starts)
    }

    /// Makes so many rows, or as many as there are; returns the highest equity up to the last of them.
    pub(super) fn make(&self, start: &Start, rows: usize, sink: impl Sink) -> f64 {
        let (lanes, open) = (self.lanes.view(), start.open.clone());
        let mut making = Making::new(lanes, open, start.max_equity, sink);
        let (mut skipped, mut left) = (start.bars, rows);
        for item in &self.items[start.item..] {
            if left == 0 {
                break;
            }
            match item {
                Item::Row {
                    time_us,
                    cash,
                    equity,
                    equity_worst,
                    drawdown,
                    max_equity,
                } => {
                    let row = [*cash, *equity, *equity_worst, *drawdown];
                    making.row(*time_us, row, *max_equity);
                    left -= 1;
                }
                Item::Stretch { from, to, cash, .. } => {
                    making.stretch((*from, *to), *cash);
                    left -= to - from;
                }
                Item::Enter(weight) => making.enter(*weight),
                Item::Leave(place) => making.leave(*place),
                Item::Set(place, weight) => making.set(*place, *weight),
                Item::CloseUp(stays) => making.close_up(stays),
                Item::Taken(tape) if tape.closing.is_some() => {
                    making.several(tape);
                    left -= tape.to - tape.from;
                }
                Item::Taken(tape) => {
                    making.finish();
                    let from = tape.from + std::mem::take(&mut skipped);
                    let to = tape.to.min(from.saturating_add(left));
                    tape.each_part((from, to), |part| making.part(&part));
                    left -= to - from;
                }
            }
        }
        making.end()
    }
}

#[cfg(test)]
mod tests {
    use crate::backtest::{Market, run_backtest};
    use crate::candles::{Candle, CandleColumns};
    use crate::config::{ExecutionPolicy, Sizing};
    use crate::execution::ExecutorConfig;
    use crate::portfolio::Portfolio;
    use crate::strategies::ema_cross::EmaCross;
    use crate::symbols::SymbolSpec;
    use crate::trace::Tracer;

    #[test]
    fn the_highest_equity_is_known_where_a_trade_begins() {
        let side = |by: f64| {
            let candle = |bar: i32| {
                let wave = (bar % 60 - 30).abs() + (bar % 340 - 170).abs();
                let close = 1.1 + f64::from(wave) * 0.0003 + by;
                Candle {
                    time_us: i64::from(bar) * 60_000_000,
                    open: close,
                    high: close + 0.0004,
                    low: close - 0.0004,
                    close,
                    volume: 0.0,
                }
            };
            CandleColumns::from_candles(&(0..6000).map(candle).collect::<Vec<_>>())
        };
        let market = Market::new("EURUSD", "M1", side(0.0), side(0.00008));
        let config = ExecutorConfig {
            symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5)).expect("valid")],
            sizing: Some(Sizing::FixedLots { lots: 0.1 }),
            policy: ExecutionPolicy {
                max_positions: Some(1),
                ..ExecutionPolicy::canonical()
            },
            ..ExecutorConfig::default()
        };
        let mut strategy = EmaCross::new("M1", 3, 20, 10.0, 20.0, 0.0001).expect("valid");
        let portfolio = Portfolio::new(10_000.0).expect("valid");
        let silent = Tracer::discard();
        let result = run_backtest(&market, &mut strategy, config, portfolio, &silent);
        let rows = result.expect("the run ends").core.portfolio.equity_rows();
        let journal = rows.journal.as_ref().expect("rows are noted").get();
        let starts = journal.starts(100, None).expect("no row is replaced");
        assert!(starts.len() > 20, "only {} pieces", starts.len());
        let mut columns = (*rows.written).clone();
        assert_eq!(journal.add_all(&mut columns, 15), 0);
        assert_eq!(columns.len(), rows.len());
        let rises = starts
            .windows(2)
            .filter(|two| two[0].max_equity < two[1].max_equity);
        assert!(rises.count() > 3);
    }
}
