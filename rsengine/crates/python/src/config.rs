//! What a run is configured with: symbol, costs, sizing, policy. Values, checked when made.

use std::sync::Arc;

use fillproof_engine::config as engine;
use fillproof_engine::errors::ErrorCode;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};

use crate::convert::number;
use crate::errors::{Fault, raise};
use crate::values::value_methods;

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

/// What one lot of a symbol is: pip, price grid, contract and volume grid.
#[pyclass(frozen, module = "rsengine", name = "SymbolSpec")]
pub struct PySymbolSpec {
    pub spec: engine::SymbolSpec,
}

impl PySymbolSpec {
    /// Reads the specification of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<engine::SymbolSpec> {
        if let Ok(own) = value.cast::<Self>() {
            return Ok(own.get().spec.clone());
        }
        Self::new(
            &value.getattr("symbol")?,
            &value.getattr("pip_size")?,
            Some(value.getattr("digits")?),
            Some(value.getattr("contract_size")?),
            Some(value.getattr("volume_min")?),
            Some(value.getattr("volume_step")?),
            Some(value.getattr("volume_max")?),
            Some(value.getattr("tick_size")?),
            Some(value.getattr("tick_value")?),
            Some(value.getattr("min_stop_distance")?),
        )
        .map(|own| own.spec)
    }
}

#[pymethods]
impl PySymbolSpec {
    #[new]
    #[pyo3(signature = (
        symbol, pip_size, digits=None, contract_size=None, volume_min=None, volume_step=None,
        volume_max=None, tick_size=None, tick_value=None, min_stop_distance=None
    ), text_signature = "(symbol, pip_size, digits=None, contract_size=100000.0, volume_min=0.01, \
        volume_step=0.01, volume_max=100.0, tick_size=None, tick_value=None, \
        min_stop_distance=0.0)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has ten parameters"
    )]
    fn new(
        symbol: &Bound<'_, PyAny>,
        pip_size: &Bound<'_, PyAny>,
        digits: Option<Bound<'_, PyAny>>,
        contract_size: Option<Bound<'_, PyAny>>,
        volume_min: Option<Bound<'_, PyAny>>,
        volume_step: Option<Bound<'_, PyAny>>,
        volume_max: Option<Bound<'_, PyAny>>,
        tick_size: Option<Bound<'_, PyAny>>,
        tick_value: Option<Bound<'_, PyAny>>,
        min_stop_distance: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let invalid = |field: &str, value: &Bound<'_, PyAny>, expected: &str| {
            PyErr::from(Fault::new(ErrorCode::SpecInvalid, field, value, expected))
        };
        let name = symbol
            .cast::<PyString>()
            .map_err(|_| invalid("symbol", symbol, "a name"))?;
        let name: Arc<str> = name.to_string_lossy().into();
        let expected = "a whole number from 0 to 15, or None";
        let digits = match given(digits) {
            Some(value) if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() => {
                Some(
                    value
                        .extract::<u32>()
                        .map_err(|_| invalid("digits", &value, expected))?,
                )
            }
            Some(value) => return Err(invalid("digits", &value, expected)),
            None => None,
        };
        let or = |value: Option<Bound<'_, PyAny>>, field, default| match value {
            Some(value) => setting(&value, field),
            None => Ok(default),
        };
        let optional = |value: Option<Bound<'_, PyAny>>, field| {
            given(value).map(|value| setting(&value, field)).transpose()
        };
        let spec = engine::SymbolSpec {
            symbol: name,
            pip_size: setting(pip_size, "pip_size")?,
            digits,
            contract_size: or(contract_size, "contract_size", 100_000.0)?,
            volume_min: or(volume_min, "volume_min", 0.01)?,
            volume_step: or(volume_step, "volume_step", 0.01)?,
            volume_max: or(volume_max, "volume_max", 100.0)?,
            tick_size: optional(tick_size, "tick_size")?,
            tick_value: optional(tick_value, "tick_value")?,
            min_stop_distance: or(min_stop_distance, "min_stop_distance", 0.0)?,
        };
        spec.checked().map(|spec| Self { spec }).map_err(raise)
    }

    #[getter]
    fn symbol(&self) -> &str {
        &self.spec.symbol
    }

    #[getter]
    fn pip_size(&self) -> f64 {
        self.spec.pip_size
    }

    #[getter]
    fn digits(&self) -> Option<u32> {
        self.spec.digits
    }

    #[getter]
    fn contract_size(&self) -> f64 {
        self.spec.contract_size
    }

    #[getter]
    fn volume_min(&self) -> f64 {
        self.spec.volume_min
    }

    #[getter]
    fn volume_step(&self) -> f64 {
        self.spec.volume_step
    }

    #[getter]
    fn volume_max(&self) -> f64 {
        self.spec.volume_max
    }

    #[getter]
    fn tick_size(&self) -> Option<f64> {
        self.spec.tick_size
    }

    #[getter]
    fn tick_value(&self) -> Option<f64> {
        self.spec.tick_value
    }

    #[getter]
    fn min_stop_distance(&self) -> f64 {
        self.spec.min_stop_distance
    }

    /// Account currency gained by one lot per unit of price (P2.unit_value).
    #[getter]
    fn unit_value(&self) -> f64 {
        self.spec.unit_value()
    }
}

fn given(value: Option<Bound<'_, PyAny>>) -> Option<Bound<'_, PyAny>> {
    value.filter(|value| !value.is_none())
}

value_methods!(
    PySymbolSpec,
    "SymbolSpec",
    [
        "symbol",
        "pip_size",
        "digits",
        "contract_size",
        "volume_min",
        "volume_step",
        "volume_max",
        "tick_size",
        "tick_value",
        "min_stop_distance"
    ]
);

/// Adverse slippage of market fills and stops, in pips (E1, X2).
#[pyclass(frozen, module = "rsengine", name = "SlippageModel")]
#[derive(Default)]
pub struct PySlippageModel {
    pub model: engine::SlippageModel,
}

impl PySlippageModel {
    /// Reads the model of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<engine::SlippageModel> {
        let fixed_pips = setting(&value.getattr("fixed_pips")?, "fixed_pips")?;
        engine::SlippageModel::new(fixed_pips).map_err(raise)
    }
}

#[pymethods]
impl PySlippageModel {
    #[new]
    #[pyo3(signature = (fixed_pips=None), text_signature = "(fixed_pips=0.0)")]
    fn new(fixed_pips: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let fixed_pips = fixed_pips.map_or(Ok(0.0), |value| setting(value, "fixed_pips"))?;
        let model = engine::SlippageModel::new(fixed_pips).map_err(raise)?;
        Ok(Self { model })
    }

    #[getter]
    fn fixed_pips(&self) -> f64 {
        self.model.fixed_pips
    }
}

value_methods!(PySlippageModel, "SlippageModel", ["fixed_pips"]);

/// Commission per side, all in account currency (P4.fee).
#[pyclass(frozen, module = "rsengine", name = "FeeModel")]
#[derive(Default)]
pub struct PyFeeModel {
    pub model: engine::FeeModel,
}

impl PyFeeModel {
    /// Reads the model of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<engine::FeeModel> {
        let read = |field: &str| setting(&value.getattr(field)?, field);
        let (per_lot, per_million) = (read("per_lot")?, read("per_million")?);
        engine::FeeModel::new(per_lot, per_million, read("percent")?, read("minimum")?)
            .map_err(raise)
    }
}

#[pymethods]
impl PyFeeModel {
    #[new]
    #[pyo3(
        signature = (per_lot=None, per_million=None, percent=None, minimum=None),
        text_signature = "(per_lot=0.0, per_million=0.0, percent=0.0, minimum=0.0)"
    )]
    fn new(
        per_lot: Option<&Bound<'_, PyAny>>,
        per_million: Option<&Bound<'_, PyAny>>,
        percent: Option<&Bound<'_, PyAny>>,
        minimum: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let read = |value: Option<&Bound<'_, PyAny>>, field| {
            value.map_or(Ok(0.0), |value| setting(value, field))
        };
        let model = engine::FeeModel::new(
            read(per_lot, "per_lot")?,
            read(per_million, "per_million")?,
            read(percent, "percent")?,
            read(minimum, "minimum")?,
        );
        model.map(|model| Self { model }).map_err(raise)
    }

    #[getter]
    fn per_lot(&self) -> f64 {
        self.model.per_lot
    }

    #[getter]
    fn per_million(&self) -> f64 {
        self.model.per_million
    }

    #[getter]
    fn percent(&self) -> f64 {
        self.model.percent
    }

    #[getter]
    fn minimum(&self) -> f64 {
        self.model.minimum
    }
}

value_methods!(
    PyFeeModel,
    "FeeModel",
    ["per_lot", "per_million", "percent", "minimum"]
);

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
        let own = Self::new(
            Some(&market_fill),
            Some(&close_at_end),
            Some(&value.getattr("on_crossed")?),
        )?;
        Ok(own.policy)
    }
}

#[pymethods]
impl PyExecutionPolicy {
    #[new]
    #[pyo3(
        signature = (market_fill=None, close_at_end=None, on_crossed=None),
        text_signature = "(market_fill='close', close_at_end=False, on_crossed='warn')"
    )]
    fn new(
        market_fill: Option<&Bound<'_, PyAny>>,
        close_at_end: Option<&Bound<'_, PyAny>>,
        on_crossed: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut policy = engine::ExecutionPolicy::canonical();
        if let Some(value) = close_at_end {
            let flag = value.cast::<PyBool>().map_err(|_| {
                let code = ErrorCode::OptionUnknown;
                PyErr::from(Fault::new(code, "close_at_end", value, "True or False"))
            })?;
            policy.close_at_end = flag.is_true();
        }
        if let Some(value) = market_fill {
            let word = option(value, "market_fill", "close or next_open")?;
            policy.market_fill = engine::MarketFill::parse(&word).map_err(raise)?;
        }
        if let Some(value) = on_crossed {
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

    /// The one made of an executor's `risk_per_trade` where no sizing was given.
    #[staticmethod]
    #[pyo3(name = "_of")]
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
