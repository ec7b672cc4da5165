//! The bars of a lower timeframe that drilldown looks into (rules X3.drilldown, X3.lower_times).

use std::sync::Arc;

use crate::candle_checks::{check_quotes, check_times, crossed_error};
use crate::candles::{CandleColumns, CandleView, time_text};
use crate::config::{ExecutionPolicy, Intrabar, OnCrossed};
use crate::errors::{EngineError, ErrorCode, Result};
use crate::quotes::Quote;
use crate::sessions::timeframe_us;

/// What errors call the lower bars.
pub const FIELD: &str = "lower_candles";

/// The lower bars of one symbol as they are given.
#[derive(Debug, Clone)]
pub struct LowerSides {
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Bid side.
    pub bid: Arc<CandleColumns>,
    /// Ask side.
    pub ask: Arc<CandleColumns>,
    /// Length of a bar, such as M1; `None`: their shortest step.
    pub timeframe: Option<String>,
}

/// The lower bars of one symbol, found by their times.
#[derive(Debug, Clone)]
pub(crate) struct LowerCandles {
    symbol: Arc<str>,
    bid: Arc<CandleColumns>,
    ask: Arc<CandleColumns>,
    /// Length of a bar; 0 where there is only one and nobody told.
    step_us: i64,
    /// How many are crossed, and the first of them.
    crossed: (usize, Option<usize>),
}

/// The lower bars of one bar, in order of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LowerBars<'a> {
    sides: Option<[CandleView<'a>; 2]>,
    first: usize,
    last: usize,
}

impl LowerBars<'_> {
    /// Those of a symbol without any.
    pub(crate) const NONE: LowerBars<'static> = LowerBars {
        sides: None,
        first: 0,
        last: 0,
    };

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.first == self.last
    }

    /// Gives them one by one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Quote> {
        let [bid, ask] = self.sides.map_or([None; 2], |sides| sides.map(Some));
        (self.first..self.last)
            .map_while(move |at| Some(Quote::new(&bid?.get(at)?, &ask?.get(at)?)))
    }
}

impl LowerCandles {
    /// The bars from a moment on and before another one (X3.drilldown).
    fn within(&self, from_us: i64, to_us: i64) -> LowerBars<'_> {
        let times = self.bid.time_us.as_slice();
        let before = |moment_us: i64| times.partition_point(|&time_us| time_us < moment_us);
        LowerBars {
            sides: Some([self.bid.view(), self.ask.view()]),
            first: before(from_us),
            last: before(to_us),
        }
    }

    /// Checks that no bar of a run begins or ends inside a lower bar (X3.lower_times).
    fn check_parents(&self, times: impl Iterator<Item = i64>, length_us: i64) -> Result<()> {
        let lower = self.bid.time_us.as_slice();
        let fault = |bar, name: &str| {
            EngineError::new(ErrorCode::LowerTimes)
                .at_bar(bar)
                .for_symbol(&self.symbol)
                .in_field(&format!("{FIELD}.{name}"))
        };
        let mut before_us = None;
        // Edges ascend, so what lies before one of them lies before the next.
        let mut at = 0;
        for (bar, time_us) in times.enumerate() {
            if before_us.is_some_and(|before_us| time_us - before_us < length_us) {
                return Err(fault(bar, "timeframe")
                    .with_value(length_us)
                    .expecting("at most the step to this bar"));
            }
            before_us = Some(time_us);
            for edge_us in [time_us, time_us + length_us] {
                while lower.get(at).is_some_and(|&lower_us| lower_us < edge_us) {
                    at += 1;
                }
                if let Some(&begun_us) = at.checked_sub(1).and_then(|at| lower.get(at))
                    && begun_us + self.step_us > edge_us
                {
                    return Err(fault(bar, "timestamp")
                        .with_value(time_text(begun_us).as_str())
                        .expecting(format!("a lower bar that ends by {}", time_text(edge_us))));
                }
            }
        }
        Ok(())
    }
}

/// The lower bars of every symbol of an executor.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllLower {
    symbols: Vec<LowerCandles>,
    /// How many bars that left something open were asked of them, how many they decided, and for how
    /// many there were none (X3.drilldown).
    pub(crate) counts: Drilldowns,
}

/// How often lower bars were asked of a bar that left something open (X3.drilldown).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drilldowns {
    /// Bars that left something open.
    pub asked: u64,
    /// Of them those that the lower bars decided.
    pub decided: u64,
    /// Of them those without lower bars.
    pub without: u64,
}

impl AllLower {
    /// Whether there are none.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    fn of(&self, symbol: &str) -> Option<&LowerCandles> {
        self.symbols.iter().find(|lower| *lower.symbol == *symbol)
    }

    /// The lower bars of a symbol within a bar (X3.drilldown).
    pub(crate) fn bars(&self, symbol: &str, time_us: i64, length_us: i64) -> LowerBars<'_> {
        self.of(symbol).map_or(LowerBars::NONE, |lower| {
            lower.within(time_us, time_us + length_us)
        })
    }

    /// The names of the symbols.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.symbols.iter().map(|lower| &*lower.symbol).collect();
        names.join(", ")
    }

    /// Checks those of a symbol against the bars of a run (X3.lower_required, X3.lower_times).
    pub(crate) fn check_parents(
        &self,
        symbol: &str,
        times: impl Iterator<Item = i64>,
        length_us: i64,
    ) -> Result<()> {
        match self.of(symbol) {
            Some(lower) => lower.check_parents(times, length_us),
            None => Err(EngineError::new(ErrorCode::LowerRequired)
                .for_symbol(symbol)
                .in_field(FIELD)
                .expecting("the lower bars of each symbol of the run")),
        }
    }

    /// Of each symbol with crossed lower bars how many, of how many, and the first.
    pub(crate) fn crossed(&self) -> impl Iterator<Item = (&Arc<str>, usize, usize, usize)> {
        self.symbols.iter().filter_map(|lower| {
            let (crossed, first) = lower.crossed;
            Some((&lower.symbol, crossed, lower.bid.len(), first?))
        })
    }
}

/// Checks that lower bars are there where they are needed, and only there.
///
/// # Errors
/// `LOWER_REQUIRED`, `LOWER_UNUSED`, `TIMEFRAME_REQUIRED`.
pub fn check_wanted(are_given: bool, policy: &ExecutionPolicy, length_us: i64) -> Result<()> {
    let about = |code| EngineError::new(code).in_field(FIELD);
    let is_asked = policy.intrabar == Intrabar::Drilldown;
    if !are_given {
        if !is_asked {
            return Ok(());
        }
        return Err(about(ErrorCode::LowerRequired)
            .expecting("the lower bars of each symbol, for intrabar 'drilldown'"));
    }
    if !is_asked {
        return Err(about(ErrorCode::LowerUnused)
            .with_value(policy.intrabar.as_str())
            .expecting("intrabar 'drilldown', or no lower_candles"));
    }
    if length_us == 0 {
        return Err(about(ErrorCode::TimeframeRequired)
            .with_value("no timeframe")
            .expecting("timeframe=, the length of the run's bars"));
    }
    Ok(())
}

/// Checks the lower bars of every symbol (X3.lower_required, X3.lower_unused, X3.lower_times, T2).
pub(crate) fn read_lower_candles(
    given: &[LowerSides],
    policy: &ExecutionPolicy,
    length_us: i64,
) -> Result<AllLower> {
    check_wanted(!given.is_empty(), policy, length_us)?;
    let symbols = given
        .iter()
        .map(|sides| read_symbol(sides, policy.on_crossed, length_us));
    Ok(AllLower {
        symbols: symbols.collect::<Result<_>>()?,
        counts: Drilldowns::default(),
    })
}

fn read_symbol(sides: &LowerSides, on_crossed: OnCrossed, length_us: i64) -> Result<LowerCandles> {
    let crossed = check_candles(sides, on_crossed).map_err(named)?;
    Ok(LowerCandles {
        symbol: Arc::clone(&sides.symbol),
        bid: Arc::clone(&sides.bid),
        ask: Arc::clone(&sides.ask),
        step_us: step(sides, length_us)?,
        crossed,
    })
}

fn check_candles(sides: &LowerSides, on_crossed: OnCrossed) -> Result<(usize, Option<usize>)> {
    let (bid, ask, symbol) = (&sides.bid, &sides.ask, &*sides.symbol);
    check_times(bid.time_us.as_slice(), ask.time_us.as_slice(), symbol)?;
    let (crossed, first) = check_quotes(bid, ask, symbol)?;
    if let (Some(bar), OnCrossed::Error) = (first, on_crossed)
        && let (Some(bid), Some(ask)) = (bid.get(bar), ask.get(bar))
    {
        return Err(crossed_error(&bid, &ask, bar, symbol));
    }
    Ok((crossed, first))
}

/// Makes an error of candles one of lower candles.
fn named(error: EngineError) -> EngineError {
    let field = format!("{FIELD}.{}", error.field.as_deref().unwrap_or(""));
    error.in_field(&field)
}

/// The length of the lower bars: the one given, else their shortest step.
fn step(sides: &LowerSides, length_us: i64) -> Result<i64> {
    let fault = |name: &str| {
        EngineError::new(ErrorCode::LowerTimes)
            .for_symbol(&sides.symbol)
            .in_field(&format!("{FIELD}.{name}"))
    };
    let times = sides.bid.time_us.as_slice();
    let mut steps = times.windows(2).map(|pair| pair[1] - pair[0]);
    let step_us = match &sides.timeframe {
        None => steps.min().unwrap_or(0),
        Some(timeframe) => {
            let named_us = timeframe_us(timeframe, &format!("{FIELD}.timeframe"))?;
            if let Some(before) = steps.position(|apart_us| apart_us < named_us) {
                return Err(fault("timestamp")
                    .at_bar(before + 1)
                    .with_value(time_text(times[before + 1]).as_str())
                    .expecting(format!("a step of {timeframe} from the bar before")));
            }
            named_us
        }
    };
    if step_us >= length_us {
        return Err(fault("timeframe").with_value(step_us).expecting(format!(
            "below {length_us}, the length of the run's bars in microseconds"
        )));
    }
    Ok(step_us)
}
