//! When a wrapped strategy is left alone, and what its decisions are noted with (S2).

use fillproof_engine::account_checks::clock_error;
use fillproof_engine::candles::time_text;
use fillproof_engine::config::COUNT_MOST;
use fillproof_engine::errors::{EngineError, ErrorCode, Value};
use fillproof_engine::sessions::{MINUTE_US, TIMEFRAME_EXPECTED, timeframe_us};
use fillproof_engine::settings::{choice, number};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::PyStrategyWrapper;
use crate::call::{attribute, attribute_or_none};
use crate::config::{option, setting, whole};
use crate::convert::{Place, to_time_us};
use crate::errors::{Fault, raise};
use crate::given::Given;

/// When a decision counts; the first is the default.
const MODES: [&str; 2] = ["open", "close"];

/// How long a strategy is left alone, and when its decisions count (S2).
#[derive(Debug, Default)]
pub struct Rest {
    pub candles: u64,
    pub minutes: f64,
    pub minutes_trade: f64,
    at_close: bool,
}

/// What the strategy has done so far in this run.
#[derive(Debug, Default)]
pub struct Past {
    last_index: Option<usize>,
    pub entry_index: Option<usize>,
    pub entry_us: Option<i64>,
}

impl Rest {
    /// Reads what a wrapper is made with.
    pub fn read(
        candles: &Given<'_>,
        minutes: &Given<'_>,
        minutes_trade: &Given<'_>,
        has_portfolio: bool,
        mode: &Given<'_>,
    ) -> PyResult<Self> {
        let read = candles
            .get()
            .map(|value| whole(value, "cooldown_candles", 0, COUNT_MOST));
        let candles = read.transpose()?.unwrap_or(0);
        let minutes = to_minutes(minutes, "cooldown_minutes")?;
        let field = "cooldown_minutes_trade";
        let trade = to_minutes(minutes_trade, field)?;
        if let Some(value) = minutes_trade
            .get()
            .filter(|_| trade > 0.0 && !has_portfolio)
        {
            let expected = "a portfolio whose exits are looked at, or 0";
            return Err(Fault::new(ErrorCode::OptionUnknown, field, value, expected).into());
        }
        let field = "entry_timestamp_mode";
        let at_close = match mode.get() {
            None => false,
            Some(value) => {
                let word = option(value, field, &MODES.join(" or "))?;
                choice(&word, field, &MODES).map_err(raise)? == 1
            }
        };
        Ok(Self {
            candles,
            minutes,
            minutes_trade: trade,
            at_close,
        })
    }

    /// Refuses what needs a clock where keys are not times (L4.clock).
    pub fn refuse_ordinals(&self) -> Result<(), EngineError> {
        for (field, minutes) in [
            ("cooldown_minutes", self.minutes),
            ("cooldown_minutes_trade", self.minutes_trade),
        ] {
            if minutes > 0.0 {
                return Err(clock_error(field, Value::Float(minutes), None));
            }
        }
        if self.at_close {
            let value = Value::from(self.mode());
            return Err(clock_error("entry_timestamp_mode", value, None));
        }
        Ok(())
    }

    /// When a decision counts.
    pub fn mode(&self) -> &'static str {
        MODES[usize::from(self.at_close)]
    }

    /// Whether anything has to be looked at before the strategy is called.
    pub fn watches(&self) -> bool {
        self.at_close || self.candles > 0 || self.minutes > 0.0 || self.minutes_trade > 0.0
    }
}

fn to_minutes(value: &Given<'_>, field: &str) -> PyResult<f64> {
    match value.get() {
        None => Ok(0.0),
        Some(value) => number(setting(value, field)?, field, 0.0, false).map_err(raise),
    }
}

/// Tells whether a cooldown keeps the strategy from being called (S2.cooldown).
pub fn rests<'py>(
    wrapper: &Bound<'py, PyStrategyWrapper>,
    strategy: &Bound<'py, PyAny>,
    index: usize,
    time_us: Option<i64>,
) -> PyResult<bool> {
    let py = wrapper.py();
    let this = wrapper.get();
    let rest = this.rest();
    {
        let mut past = this.past();
        if past.last_index.is_some_and(|last| index < last) {
            // Another run has begun: the entries of the one before are forgotten.
            *past = Past::default();
        }
        past.last_index = Some(index);
    }
    let decision_us = decision_us(rest, strategy, time_us)?;
    let (entry_index, entry_us) = {
        let past = this.past();
        (past.entry_index, past.entry_us)
    };
    if entry_index.is_some_and(|entry| ((index - entry) as u64) < rest.candles) {
        return Ok(true);
    }
    let Some(decision_us) = decision_us else {
        return Ok(false);
    };
    let is_within = |since_us: i64, minutes: f64| {
        ((decision_us - since_us) as f64) < minutes * MINUTE_US as f64
    };
    if entry_us.is_some_and(|entry_us| is_within(entry_us, rest.minutes)) {
        return Ok(true);
    }
    if rest.minutes_trade == 0.0 {
        return Ok(false);
    }
    let portfolio = attribute_or_none(wrapper.as_any(), intern!(py, "_portfolio"))?;
    let Some(exit_time) = attribute(&portfolio, intern!(py, "last_exit_time"))? else {
        return Ok(false);
    };
    let exit_us = to_time_us(&exit_time, "last_exit_time", Place::default())?;
    let exit_us = exit_us + length_us(rest, strategy)?;
    Ok(is_within(exit_us, rest.minutes_trade))
}

/// Returns the moment of a decision: open, or open + length (S2.decision_time).
pub fn decision_us(
    rest: &Rest,
    strategy: &Bound<'_, PyAny>,
    time_us: Option<i64>,
) -> PyResult<Option<i64>> {
    let length_us = length_us(rest, strategy)?;
    Ok(time_us.map(|time_us| time_us + length_us))
}

/// Returns what lies between a bar's open and its decision.
fn length_us(rest: &Rest, strategy: &Bound<'_, PyAny>) -> PyResult<i64> {
    if !rest.at_close {
        return Ok(0);
    }
    let field = "get_primary_timeframe";
    let timeframe = timeframe(strategy)?;
    match timeframe.cast::<PyString>() {
        Ok(text) => timeframe_us(&text.to_string_lossy(), field).map_err(raise),
        Err(_) => {
            let code = ErrorCode::TimeframeInvalid;
            Err(Fault::new(code, field, &timeframe, TIMEFRAME_EXPECTED).into())
        }
    }
}

/// Asks the strategy for its timeframe; None where it does not say.
fn timeframe<'py>(strategy: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = strategy.py();
    match attribute(strategy, intern!(py, "get_primary_timeframe"))? {
        Some(method) => method.call0(),
        None => Ok(py.None().into_bound(py)),
    }
}

/// Notes in meta, where absent, when and on which bar a signal was made (S2.wrapper).
pub fn annotate<'py>(
    rest: &Rest,
    strategy: &Bound<'py, PyAny>,
    signal: &Bound<'py, PyAny>,
    open_us: Option<i64>,
    decision_us: Option<i64>,
) -> PyResult<()> {
    let py = signal.py();
    let meta = signal.getattr(intern!(py, "meta"))?;
    let note = |key: &Bound<'py, PyString>, value: Bound<'py, PyAny>| {
        let arguments = (key, value);
        meta.call_method1(intern!(py, "setdefault"), arguments)
            .map(drop)
    };
    let text = |text: &str| PyString::new(py, text).into_any();
    if let (Some(open_us), Some(decision_us)) = (open_us, decision_us) {
        note(intern!(py, "decision_time"), text(&time_text(decision_us)))?;
        note(intern!(py, "bar_open"), text(&time_text(open_us)))?;
    }
    let timeframe = timeframe(strategy)?;
    if !timeframe.is_none() {
        note(intern!(py, "tf"), timeframe)?;
    }
    note(intern!(py, "timestamp_semantics"), text(rest.mode()))
}
