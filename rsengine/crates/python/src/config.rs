//! What a run is configured with: symbol, costs, sizing, policy. Values, checked when made.

use std::sync::Arc;

use fillproof_engine::config as engine;
use fillproof_engine::errors::ErrorCode;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};

use crate::convert::number;
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::values::value_methods;

mod costs;
mod spec;

pub use self::costs::{PyFeeModel, PySlippageModel};
pub use self::spec::PySymbolSpec;

/// Reads a setting as a float; its bounds are the engine's to check.
fn setting(value: &Bound<'_, PyAny>, field: &str) -> PyResult<f64> {
    number(value)
        .ok_or_else(|| Fault::new(ErrorCode::NumberInvalid, field, value, "a finite number").into())
}

fn option(value: &Bound<'_, PyAny>, field: &str, expected: &str) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => Err(Fault::new(ErrorCode::OptionUnknown, field, value, expected).into()),
    }
}

/// How orders fill and what happens at the edges of the data.
#[pyclass(frozen, module = "rsengine", name = "ExecutionPolicy")]
pub struct PyExecutionPolicy {
    pub policy: engine::ExecutionPolicy,
}

impl PyExecutionPolicy {
    /// Reads the policy of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<engine::ExecutionPolicy> {
        let market_fill = value.getattr("market_fill")?;
        let close_at_end = value.getattr("close_at_end")?;
        let on_crossed = value.getattr("on_crossed")?;
        let own = Self::new(
            Given::value(market_fill),
            Given::value(close_at_end),
            Given::value(on_crossed),
        )?;
        Ok(own.policy)
    }
}

#[pymethods]
impl PyExecutionPolicy {
    #[new]
    #[pyo3(
        signature = (market_fill=Given::ABSENT, close_at_end=Given::ABSENT, on_crossed=Given::ABSENT),
        text_signature = "(market_fill='close', close_at_end=False, on_crossed='warn')"
    )]
    fn new(
        market_fill: Given<'_>,
        close_at_end: Given<'_>,
        on_crossed: Given<'_>,
    ) -> PyResult<Self> {
        let mut policy = engine::ExecutionPolicy::canonical();
        if let Some(value) = close_at_end.get() {
            let flag = value.cast::<PyBool>().map_err(|_| {
                let code = ErrorCode::OptionUnknown;
                PyErr::from(Fault::new(code, "close_at_end", value, "True or False"))
            })?;
            policy.close_at_end = flag.is_true();
        }
        if let Some(value) = market_fill.get() {
            let word = option(value, "market_fill", "close or next_open")?;
            policy.market_fill = engine::MarketFill::parse(&word).map_err(raise)?;
        }
        if let Some(value) = on_crossed.get() {
            let word = option(value, "on_crossed", "warn or error")?;
            policy.on_crossed = engine::OnCrossed::parse(&word).map_err(raise)?;
        }
        Ok(Self { policy })
    }

    /// Returns the default policy.
    #[staticmethod]
    pub fn canonical() -> Self {
        let policy = engine::ExecutionPolicy::canonical();
        Self { policy }
    }

    #[getter]
    fn market_fill(&self) -> &'static str {
        self.policy.market_fill.as_str()
    }

    #[getter]
    fn close_at_end(&self) -> bool {
        self.policy.close_at_end
    }

    #[getter]
    fn on_crossed(&self) -> &'static str {
        self.policy.on_crossed.as_str()
    }
}

value_methods!(
    PyExecutionPolicy,
    "ExecutionPolicy",
    ["market_fill", "close_at_end", "on_crossed"]
);

/// The same volume for every order, not rounded (E4.fixed_lots).
#[pyclass(frozen, module = "rsengine", name = "FixedLots")]
pub struct PyFixedLots {
    #[pyo3(get)]
    lots: f64,
}

#[pymethods]
impl PyFixedLots {
    #[new]
    fn new(lots: &Bound<'_, PyAny>) -> PyResult<Self> {
        let lots = setting(lots, "lots")?;
        engine::Sizing::fixed_lots(lots).map_err(raise)?;
        Ok(Self { lots })
    }
}

value_methods!(PyFixedLots, "FixedLots", ["lots"]);

/// Volume such that the initial stop loses this much account currency (E4.risk_amount).
#[pyclass(frozen, module = "rsengine", name = "RiskAmount")]
pub struct PyRiskAmount {
    #[pyo3(get)]
    amount: f64,
}

#[pymethods]
impl PyRiskAmount {
    #[new]
    fn new(amount: &Bound<'_, PyAny>) -> PyResult<Self> {
        let amount = setting(amount, "amount")?;
        engine::Sizing::risk_amount(amount).map_err(raise)?;
        Ok(Self { amount })
    }
}

impl PyRiskAmount {
    /// The one made of an executor's `risk_per_trade` where no sizing was given.
    pub fn of(amount: f64) -> Self {
        Self { amount }
    }
}

value_methods!(PyRiskAmount, "RiskAmount", ["amount"]);

/// Reads a sizing of any backend: an object with `lots` or with `amount`.
pub fn read_sizing(value: &Bound<'_, PyAny>) -> PyResult<engine::Sizing> {
    if let Some(lots) = value.getattr_opt("lots")? {
        return engine::Sizing::fixed_lots(setting(&lots, "lots")?).map_err(raise);
    }
    match value.getattr_opt("amount")? {
        Some(amount) => engine::Sizing::risk_amount(setting(&amount, "amount")?).map_err(raise),
        None => {
            let expected = "FixedLots or RiskAmount";
            Err(Fault::new(ErrorCode::OptionUnknown, "sizing", value, expected).into())
        }
    }
}
