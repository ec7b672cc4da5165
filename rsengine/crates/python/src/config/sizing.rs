//! How volumes are found.

use super::*;

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

/// Volume such that the initial stop loses this fraction of equity (E4.risk_fraction).
#[pyclass(frozen, module = "rsengine", name = "RiskFraction")]
pub struct PyRiskFraction {
    #[pyo3(get)]
    fraction: f64,
}

#[pymethods]
impl PyRiskFraction {
    #[new]
    fn new(fraction: &Bound<'_, PyAny>) -> PyResult<Self> {
        let fraction = setting(fraction, "fraction")?;
        engine::Sizing::risk_fraction(fraction).map_err(raise)?;
        Ok(Self { fraction })
    }
}

value_methods!(PyRiskFraction, "RiskFraction", ["fraction"]);

/// Reads a sizing of any backend: an object with `lots`, with `amount` or with `fraction`.
pub fn read_sizing(value: &Bound<'_, PyAny>) -> PyResult<engine::Sizing> {
    let read = |field: &str| match value.getattr_opt(field)? {
        Some(given) => setting(&given, field).map(Some),
        None => Ok(None),
    };
    if let Some(lots) = read("lots")? {
        return engine::Sizing::fixed_lots(lots).map_err(raise);
    }
    if let Some(amount) = read("amount")? {
        return engine::Sizing::risk_amount(amount).map_err(raise);
    }
    if let Some(fraction) = read("fraction")? {
        return engine::Sizing::risk_fraction(fraction).map_err(raise);
    }
    let expected = "FixedLots, RiskAmount, RiskFraction or None";
    Err(Fault::new(ErrorCode::OptionUnknown, "sizing", value, expected).into())
}
