//! What a manager is told to do, as values.

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::manager_settings::{BreakEven, Partial, Trailing};
use pyo3::prelude::*;

use crate::config::setting;
use crate::ema::to_period;
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::values::value_methods;

/// Reads settings of which exactly one is given; the engine checks that it is above zero.
fn one_of<const N: usize>(values: [(&str, Given<'_>); N]) -> PyResult<[Option<f64>; N]> {
    let is_given = |value: &Given<'_>| value.get().is_some_and(|value| !value.is_none());
    let given = values.iter().filter(|(_, value)| is_given(value)).count();
    if given != 1 {
        return Python::attach(|py| {
            let names = values.map(|(name, _)| name).join(", ");
            let value = given.into_pyobject(py)?.into_any();
            let code = ErrorCode::OptionUnknown;
            Err(Fault::new(code, &names, &value, "exactly one of them").into())
        });
    }
    let mut read = [None; N];
    for (place, (name, value)) in values.iter().enumerate() {
        let value = value.get().filter(|value| !value.is_none());
        read[place] = value.map(|value| setting(value, name)).transpose()?;
    }
    Ok(read)
}

/// Sets the stop to the fill once the position has gained enough (M1.break_even).
#[pyclass(frozen, module = "rsengine", name = "BreakEven")]
pub struct PyBreakEven {
    pub rule: BreakEven,
}

#[pymethods]
impl PyBreakEven {
    #[new]
    #[pyo3(
        signature = (after_r=Given::ABSENT, after_pips=Given::ABSENT, buffer_pips=Given::ABSENT),
        text_signature = "(after_r=None, after_pips=None, buffer_pips=0.0)"
    )]
    fn new(after_r: Given<'_>, after_pips: Given<'_>, buffer_pips: Given<'_>) -> PyResult<Self> {
        let [r, pips] = one_of([("after_r", after_r), ("after_pips", after_pips)])?;
        // The gain is checked before the buffer is read.
        BreakEven::new(r, pips, 0.0).map_err(raise)?;
        let buffer = buffer_pips.get();
        let buffer = buffer.map_or(Ok(0.0), |value| setting(value, "buffer_pips"))?;
        let rule = BreakEven::new(r, pips, buffer).map_err(raise)?;
        Ok(Self { rule })
    }

    #[getter]
    fn after_r(&self) -> Option<f64> {
        self.rule.after_r
    }

    #[getter]
    fn after_pips(&self) -> Option<f64> {
        self.rule.after_pips
    }

    #[getter]
    fn buffer_pips(&self) -> f64 {
        self.rule.buffer_pips
    }
}

value_methods!(
    PyBreakEven,
    "BreakEven",
    ["after_r", "after_pips", "buffer_pips"]
);

/// Lets the stop follow the close at a distance (M1.trailing).
#[pyclass(frozen, module = "rsengine", name = "Trailing")]
pub struct PyTrailing {
    pub rule: Trailing,
}

#[pymethods]
impl PyTrailing {
    #[new]
    #[pyo3(
        signature = (
            pips=Given::ABSENT, r=Given::ABSENT, atr=Given::ABSENT, period=Given::ABSENT
        ),
        text_signature = "(pips=None, r=None, atr=None, period=14)"
    )]
    fn new(pips: Given<'_>, r: Given<'_>, atr: Given<'_>, period: Given<'_>) -> PyResult<Self> {
        let [pips, r, atr] = one_of([("pips", pips), ("r", r), ("atr", atr)])?;
        // The distance is checked before the period is read.
        Trailing::new(pips, r, atr, 1).map_err(raise)?;
        let period = period.get().map_or(Ok(14), to_period)?;
        let rule = Trailing::new(pips, r, atr, period).map_err(raise)?;
        Ok(Self { rule })
    }

    #[getter]
    fn pips(&self) -> Option<f64> {
        self.rule.pips
    }

    #[getter]
    fn r(&self) -> Option<f64> {
        self.rule.r
    }

    #[getter]
    fn atr(&self) -> Option<f64> {
        self.rule.atr
    }

    #[getter]
    fn period(&self) -> i64 {
        self.rule.period
    }
}

value_methods!(PyTrailing, "Trailing", ["pips", "r", "atr", "period"]);

/// Closes a part of the position once it has gained enough (M1.partial).
#[pyclass(frozen, module = "rsengine", name = "Partial")]
pub struct PyPartial {
    pub rule: Partial,
}

#[pymethods]
impl PyPartial {
    #[new]
    #[pyo3(
        signature = (fraction, after_r=Given::ABSENT, after_pips=Given::ABSENT),
        text_signature = "(fraction, after_r=None, after_pips=None)"
    )]
    fn new(
        fraction: &Bound<'_, PyAny>,
        after_r: Given<'_>,
        after_pips: Given<'_>,
    ) -> PyResult<Self> {
        let fraction = setting(fraction, "fraction")?;
        // The fraction is checked before the gain is read.
        Partial::new(fraction, Some(1.0), None).map_err(raise)?;
        let [r, pips] = one_of([("after_r", after_r), ("after_pips", after_pips)])?;
        let rule = Partial::new(fraction, r, pips).map_err(raise)?;
        Ok(Self { rule })
    }

    #[getter]
    fn fraction(&self) -> f64 {
        self.rule.fraction
    }

    #[getter]
    fn after_r(&self) -> Option<f64> {
        self.rule.after_r
    }

    #[getter]
    fn after_pips(&self) -> Option<f64> {
        self.rule.after_pips
    }
}

value_methods!(PyPartial, "Partial", ["fraction", "after_r", "after_pips"]);
