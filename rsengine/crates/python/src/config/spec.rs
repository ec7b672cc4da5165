//! What one lot of a symbol is.

use fillproof_engine::rollover::NIGHTS;
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
        // A specification of the user's own may know nothing of currencies and swap.
        let newer = |name| {
            let given = value.getattr_opt(name)?;
            Ok::<_, PyErr>(given.map_or(Given::ABSENT, Given::value))
        };
        Self::new(
            &value.getattr("symbol")?,
            &value.getattr("pip_size")?,
            Given::value(value.getattr("digits")?),
            Given::value(value.getattr("contract_size")?),
            Given::value(value.getattr("volume_min")?),
            Given::value(value.getattr("volume_step")?),
            Given::value(value.getattr("volume_max")?),
            newer("base_currency")?,
            newer("quote_currency")?,
            Given::value(value.getattr("tick_size")?),
            Given::value(value.getattr("tick_value")?),
            Given::value(value.getattr("min_stop_distance")?),
            newer("swap_long")?,
            newer("swap_short")?,
            newer("swap_triple")?,
            newer("leverage")?,
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
        base_currency=Given::ABSENT, quote_currency=Given::ABSENT, tick_size=Given::ABSENT,
        tick_value=Given::ABSENT, min_stop_distance=Given::ABSENT, swap_long=Given::ABSENT,
        swap_short=Given::ABSENT, swap_triple=Given::ABSENT, leverage=Given::ABSENT
    ), text_signature = "(symbol, pip_size, digits=None, contract_size=100000.0, volume_min=0.01, \
        volume_step=0.01, volume_max=100.0, base_currency=None, quote_currency=None, \
        tick_size=None, tick_value=None, min_stop_distance=0.0, swap_long=0.0, swap_short=0.0, \
        swap_triple='Wed', leverage=None)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has sixteen parameters"
    )]
    fn new(
        symbol: &Bound<'_, PyAny>,
        pip_size: &Bound<'_, PyAny>,
        digits: Given<'_>,
        contract_size: Given<'_>,
        volume_min: Given<'_>,
        volume_step: Given<'_>,
        volume_max: Given<'_>,
        base_currency: Given<'_>,
        quote_currency: Given<'_>,
        tick_size: Given<'_>,
        tick_value: Given<'_>,
        min_stop_distance: Given<'_>,
        swap_long: Given<'_>,
        swap_short: Given<'_>,
        swap_triple: Given<'_>,
        leverage: Given<'_>,
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
        let currency = |value: &Given<'_>, field| match some(value) {
            None => Ok(None),
            Some(value) => match value.cast::<PyString>() {
                Ok(text) => Ok(Some(Arc::<str>::from(&*text.to_string_lossy()))),
                Err(_) => Err(of(invalid(field, value, symbols::CURRENCY_EXPECTED))),
            },
        };
        let base_currency = currency(&base_currency, "base_currency")?;
        let quote_currency = currency(&quote_currency, "quote_currency")?;
        let triple = |value: Given<'_>| match value.get() {
            None => Ok("Wed".to_owned()),
            Some(value) => option(value, "swap_triple", &NIGHTS.join(" or ")),
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
            base_currency,
            quote_currency,
            tick_size: optional(tick_size, "tick_size")?,
            tick_value: optional(tick_value, "tick_value")?,
            min_stop_distance: or(min_stop_distance, "min_stop_distance", 0.0)?,
            swap_long: or(swap_long, "swap_long", 0.0)?,
            swap_short: or(swap_short, "swap_short", 0.0)?,
            swap_triple: triple(swap_triple)?.into(),
            leverage: optional(leverage, "leverage")?,
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
    fn base_currency(&self) -> Option<&str> {
        self.spec.base_currency.as_deref()
    }

    #[getter]
    fn quote_currency(&self) -> Option<&str> {
        self.spec.quote_currency.as_deref()
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

    #[getter]
    fn swap_long(&self) -> f64 {
        self.spec.swap_long
    }

    #[getter]
    fn swap_short(&self) -> f64 {
        self.spec.swap_short
    }

    #[getter]
    fn swap_triple(&self) -> &str {
        &self.spec.swap_triple
    }

    #[getter]
    fn leverage(&self) -> Option<f64> {
        self.spec.leverage
    }

    /// Names the first swap that is not zero; None where holding costs nothing.
    fn swap_field(&self) -> Option<&'static str> {
        self.spec.swap_field()
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
        "base_currency",
        "quote_currency",
        "tick_size",
        "tick_value",
        "min_stop_distance",
        "swap_long",
        "swap_short",
        "swap_triple",
        "leverage"
    ]
);
