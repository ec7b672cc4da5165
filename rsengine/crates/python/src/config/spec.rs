//! What one lot of a symbol is.

use fillproof_engine::symbols;

use super::*;

/// What one lot of a symbol is: pip, price grid, contract and volume grid.
#[pyclass(frozen, module = "rsengine", name = "SymbolSpec")]
pub struct PySymbolSpec {
    pub spec: symbols::SymbolSpec,
}

impl PySymbolSpec {
    /// Reads the specification of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<symbols::SymbolSpec> {
        if let Ok(own) = value.cast::<Self>() {
            return Ok(own.get().spec.clone());
        }
        Self::new(
            &value.getattr("symbol")?,
            &value.getattr("pip_size")?,
            Given::value(value.getattr("digits")?),
            Given::value(value.getattr("contract_size")?),
            Given::value(value.getattr("volume_min")?),
            Given::value(value.getattr("volume_step")?),
            Given::value(value.getattr("volume_max")?),
            Given::value(value.getattr("tick_size")?),
            Given::value(value.getattr("tick_value")?),
            Given::value(value.getattr("min_stop_distance")?),
        )
        .map(|own| own.spec)
    }
}

#[pymethods]
impl PySymbolSpec {
    #[new]
    #[pyo3(signature = (
        symbol, pip_size, digits=Given::ABSENT, contract_size=Given::ABSENT,
        volume_min=Given::ABSENT, volume_step=Given::ABSENT, volume_max=Given::ABSENT,
        tick_size=Given::ABSENT, tick_value=Given::ABSENT, min_stop_distance=Given::ABSENT
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
        digits: Given<'_>,
        contract_size: Given<'_>,
        volume_min: Given<'_>,
        volume_step: Given<'_>,
        volume_max: Given<'_>,
        tick_size: Given<'_>,
        tick_value: Given<'_>,
        min_stop_distance: Given<'_>,
    ) -> PyResult<Self> {
        let invalid = |field: &str, value: &Bound<'_, PyAny>, expected: &str| {
            Fault::new(ErrorCode::SpecInvalid, field, value, expected)
        };
        let name = symbol
            .cast::<PyString>()
            .map_err(|_| invalid("symbol", symbol, "a name"))?;
        let name: Arc<str> = name.to_string_lossy().into();
        let of = |fault: Fault| PyErr::from(fault.for_symbol(&name));
        let expected = "a whole number from 0 to 15, or None";
        let digits = match some(&digits) {
            Some(value) if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() => {
                Some(
                    value
                        .extract::<u32>()
                        .map_err(|_| of(invalid("digits", value, expected)))?,
                )
            }
            Some(value) => return Err(of(invalid("digits", value, expected))),
            None => None,
        };
        let or = |value: Given<'_>, field, default| match value.get() {
            Some(value) => setting(value, field),
            None => Ok(default),
        };
        let optional =
            |value: Given<'_>, field| some(&value).map(|value| setting(value, field)).transpose();
        let spec = symbols::SymbolSpec {
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

/// A value that is there and is not `None`.
fn some<'a, 'py>(value: &'a Given<'py>) -> Option<&'a Bound<'py, PyAny>> {
    value.get().filter(|value| !value.is_none())
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
