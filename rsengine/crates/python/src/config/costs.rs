//! Slippage and commission.

use super::*;

/// Adverse slippage of market fills and stops, in pips (E1, X2, N3).
#[pyclass(frozen, module = "rsengine", name = "SlippageModel")]
#[derive(Default)]
pub struct PySlippageModel {
    pub model: engine::SlippageModel,
}

impl PySlippageModel {
    /// Reads the model of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<engine::SlippageModel> {
        let given = |name| Ok::<_, PyErr>(Given::value(value.getattr(name)?));
        let own = Self::new(given("fixed_pips")?, given("random_pips")?, given("seed")?)?;
        Ok(own.model)
    }
}

#[pymethods]
impl PySlippageModel {
    #[new]
    #[pyo3(
        signature = (fixed_pips=Given::ABSENT, random_pips=Given::ABSENT, seed=Given::ABSENT),
        text_signature = "(fixed_pips=0.0, random_pips=0.0, seed=0)"
    )]
    fn new(fixed_pips: Given<'_>, random_pips: Given<'_>, seed: Given<'_>) -> PyResult<Self> {
        let pips =
            |value: Given<'_>, field| value.get().map_or(Ok(0.0), |value| setting(value, field));
        let (fixed, random) = (
            pips(fixed_pips, "fixed_pips")?,
            pips(random_pips, "random_pips")?,
        );
        let seed = match seed.get() {
            Some(value) => whole(value, "seed", 0, u64::MAX)?,
            None => 0,
        };
        let model = engine::SlippageModel::new(fixed, random, seed).map_err(raise)?;
        Ok(Self { model })
    }

    #[getter]
    fn fixed_pips(&self) -> f64 {
        self.model.fixed_pips
    }

    #[getter]
    fn random_pips(&self) -> f64 {
        self.model.random_pips
    }

    #[getter]
    fn seed(&self) -> u64 {
        self.model.seed
    }
}

value_methods!(
    PySlippageModel,
    "SlippageModel",
    ["fixed_pips", "random_pips", "seed"]
);

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
        signature = (
            per_lot=Given::ABSENT, per_million=Given::ABSENT, percent=Given::ABSENT,
            minimum=Given::ABSENT
        ),
        text_signature = "(per_lot=0.0, per_million=0.0, percent=0.0, minimum=0.0)"
    )]
    fn new(
        per_lot: Given<'_>,
        per_million: Given<'_>,
        percent: Given<'_>,
        minimum: Given<'_>,
    ) -> PyResult<Self> {
        let read =
            |value: Given<'_>, field| value.get().map_or(Ok(0.0), |value| setting(value, field));
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
