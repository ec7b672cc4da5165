//! The classes of the built-in strategies of one symbol.

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::signals::MAX_BARS_MOST;
use fillproof_engine::strategies::breakout::{Breakout, BreakoutRules, Unit};
use fillproof_engine::strategies::ema_atr::{EmaAtr, EmaAtrRules};
use fillproof_engine::strategies::ema_cross::{EmaCross, EmaCrossRules};
use fillproof_engine::strategies::zscore_reversion::{ZScoreReversion, ZScoreReversionRules};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyList, PyString};

use super::{Held, Holds};
use crate::errors::Fault;
use crate::given::Given;
use crate::indicators::arguments::{period_or, real_or};
use crate::overrides;

/// Gives the class of a strategy what all of them have.
macro_rules! strategy {
    ($class:ident, $engine:ty, $rules:ty, {$($setting:ident: $out:ty),+}) => {
        impl Holds for $class {
            type Rules = $rules;

            fn held(&self) -> &Held<$rules> {
                &self.held
            }
        }

        #[pymethods]
        impl $class {
            #[getter]
            fn timeframe(&self) -> String {
                self.held.state().timeframe().to_owned()
            }

            $(
                #[getter]
                fn $setting(&self) -> $out {
                    <$engine>::$setting(&self.held.state()).into()
                }
            )+

            /// Evaluates the current bar of the first symbol.
            fn on_data<'py>(
                &self,
                slice_map: &Bound<'py, PyAny>,
            ) -> PyResult<Option<Bound<'py, PyList>>> {
                self.held.on_data(slice_map)
            }

            /// Evaluates the current bar of the first symbol.
            fn evaluate<'py>(
                &self,
                index: &Bound<'py, PyAny>,
                slice_map: &Bound<'py, PyAny>,
            ) -> PyResult<Option<Bound<'py, PyList>>> {
                // The slice knows its index.
                let _ = index;
                self.held.on_data(slice_map)
            }

            fn __setattr__(
                slf: &Bound<'_, Self>,
                name: &Bound<'_, PyAny>,
                value: &Bound<'_, PyAny>,
            ) -> PyResult<()> {
                if overrides::is_one_of(name, &["evaluate", "on_data"]) {
                    slf.get().held.replace();
                }
                overrides::set(slf.as_any(), name, Some(value))
            }

            fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
                overrides::set(slf.as_any(), name, None)
            }
        }
    };
}

/// Buys when the fast EMA crosses above the slow one, sells when it crosses below.
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "EmaCross"
)]
pub struct PyEmaCross {
    held: Held<EmaCrossRules>,
}

#[pymethods]
impl PyEmaCross {
    #[new]
    #[pyo3(
        signature = (timeframe, fast=Given::ABSENT, slow=Given::ABSENT, stop_pips=Given::ABSENT, target_pips=Given::ABSENT, pip_size=Given::ABSENT),
        text_signature = "(timeframe, fast=10, slow=50, stop_pips=10.0, target_pips=20.0, pip_size=0.0001)"
    )]
    fn new(
        timeframe: &str,
        fast: Given<'_>,
        slow: Given<'_>,
        stop_pips: Given<'_>,
        target_pips: Given<'_>,
        pip_size: Given<'_>,
    ) -> PyResult<Self> {
        let stop_pips = real_or(&stop_pips, "stop_pips", 10.0, true)?;
        let target_pips = real_or(&target_pips, "target_pips", 20.0, true)?;
        let pip_size = real_or(&pip_size, "pip_size", 0.0001, true)?;
        let held = Held::new(EmaCross::new(
            timeframe,
            period_or(&fast, "period", 10)?,
            period_or(&slow, "period", 50)?,
            stop_pips,
            target_pips,
            pip_size,
        ))?;
        Ok(Self { held })
    }
}

strategy!(PyEmaCross, EmaCross, EmaCrossRules, {
    fast: i64, slow: i64, stop_pips: f64, target_pips: f64, pip_size: f64
});

/// Buys and sells as EmaCross does, with stop and target at multiples of the ATR.
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "EmaAtr"
)]
pub struct PyEmaAtr {
    held: Held<EmaAtrRules>,
}

#[pymethods]
impl PyEmaAtr {
    #[new]
    #[pyo3(
        signature = (timeframe, fast=Given::ABSENT, slow=Given::ABSENT, period=Given::ABSENT, stop_atr=Given::ABSENT, target_atr=Given::ABSENT),
        text_signature = "(timeframe, fast=10, slow=50, period=14, stop_atr=1.5, target_atr=3.0)"
    )]
    fn new(
        timeframe: &str,
        fast: Given<'_>,
        slow: Given<'_>,
        period: Given<'_>,
        stop_atr: Given<'_>,
        target_atr: Given<'_>,
    ) -> PyResult<Self> {
        let held = Held::new(EmaAtr::new(
            timeframe,
            period_or(&fast, "fast", 10)?,
            period_or(&slow, "slow", 50)?,
            period_or(&period, "period", 14)?,
            real_or(&stop_atr, "stop_atr", 1.5, true)?,
            real_or(&target_atr, "target_atr", 3.0, true)?,
        ))?;
        Ok(Self { held })
    }
}

strategy!(PyEmaAtr, EmaAtr, EmaAtrRules, {
    fast: i64, slow: i64, period: i64, stop_atr: f64, target_atr: f64
});

/// Buys when the z-score of the bid close falls below -entry, sells when it rises above entry.
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "ZScoreReversion"
)]
pub struct PyZScoreReversion {
    held: Held<ZScoreReversionRules>,
}

#[pymethods]
impl PyZScoreReversion {
    #[new]
    #[pyo3(
        signature = (timeframe, window=Given::ABSENT, entry=Given::ABSENT, period=Given::ABSENT, stop_atr=Given::ABSENT, rest=Given::ABSENT),
        text_signature = "(timeframe, window=100, entry=2.0, period=14, stop_atr=2.0, rest=10)"
    )]
    fn new(
        timeframe: &str,
        window: Given<'_>,
        entry: Given<'_>,
        period: Given<'_>,
        stop_atr: Given<'_>,
        rest: Given<'_>,
    ) -> PyResult<Self> {
        let held = Held::new(ZScoreReversion::new(
            timeframe,
            period_or(&window, "window", 100)?,
            real_or(&entry, "entry", 2.0, true)?,
            period_or(&period, "period", 14)?,
            real_or(&stop_atr, "stop_atr", 2.0, true)?,
            period_or(&rest, "rest", 10)?,
        ))?;
        Ok(Self { held })
    }
}

strategy!(PyZScoreReversion, ZScoreReversion, ZScoreReversionRules, {
    window: i64, entry: f64, period: i64, stop_atr: f64, rest: i64
});

/// Waits above the highest high and below the lowest low; the one that fills cancels the other.
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "Breakout"
)]
pub struct PyBreakout {
    held: Held<BreakoutRules>,
}

#[pymethods]
impl PyBreakout {
    #[new]
    #[pyo3(
        signature = (timeframe, length=Given::ABSENT, max_bars=Given::ABSENT, stop=Given::ABSENT, target=Given::ABSENT, unit=Given::ABSENT, period=Given::ABSENT, pip_size=Given::ABSENT),
        text_signature = "(timeframe, length=20, max_bars=10, stop=1.5, target=3.0, unit='atr', period=14, pip_size=0.0001)"
    )]
    #[expect(clippy::too_many_arguments, reason = "it has eight settings")]
    fn new(
        timeframe: &str,
        length: Given<'_>,
        max_bars: Given<'_>,
        stop: Given<'_>,
        target: Given<'_>,
        unit: Given<'_>,
        period: Given<'_>,
        pip_size: Given<'_>,
    ) -> PyResult<Self> {
        let held = Held::new(Breakout::new(
            timeframe,
            period_or(&length, "length", 20)?,
            bars_or(&max_bars, 10)?,
            real_or(&stop, "stop", 1.5, true)?,
            real_or(&target, "target", 3.0, true)?,
            unit_of(&unit)?,
            period_or(&period, "period", 14)?,
            real_or(&pip_size, "pip_size", 0.0001, true)?,
        ))?;
        Ok(Self { held })
    }

    #[getter]
    fn unit(&self) -> &'static str {
        self.held.state().unit().as_str()
    }
}

strategy!(PyBreakout, Breakout, BreakoutRules, {
    length: i64, max_bars: u64, stop: f64, target: f64, period: i64, pip_size: f64
});

/// Reads how many bars an order waits.
fn bars_or(given: &Given<'_>, default: u64) -> PyResult<u64> {
    let Some(value) = given.get() else {
        return Ok(default);
    };
    let whole = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let found = value.extract::<u64>().ok().filter(|_| whole);
    found
        .filter(|found| (1..=MAX_BARS_MOST).contains(found))
        .ok_or_else(|| {
            let expected = format!("a whole number from 1 to {MAX_BARS_MOST}");
            Fault::new(ErrorCode::NumberInvalid, "max_bars", value, &expected).into()
        })
}

fn unit_of(given: &Given<'_>) -> PyResult<Unit> {
    let Some(value) = given.get() else {
        return Ok(Unit::default());
    };
    let word = value.cast::<PyString>().ok().map(|word| word.to_string());
    word.and_then(|word| Unit::parse(&word).ok())
        .ok_or_else(|| Fault::new(ErrorCode::OptionUnknown, "unit", value, "atr or pips").into())
}
