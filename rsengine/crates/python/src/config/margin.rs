//! Margin of an account.

use fillproof_engine::account::{Margin, StopOutPrice};

use super::*;

/// How much margin an account needs, and when it is stopped out (A1, A3).
#[pyclass(frozen, module = "rsengine", name = "Margin")]
pub struct PyMargin {
    pub margin: Margin,
}

impl PyMargin {
    /// Reads the margin of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<Margin> {
        if let Ok(own) = value.cast::<Self>() {
            return Ok(own.get().margin);
        }
        let own = Self::new(
            &value.getattr("leverage")?,
            Given::value(value.getattr("stop_out")?),
            Given::value(value.getattr("stop_out_price")?),
        )?;
        Ok(own.margin)
    }
}

#[pymethods]
impl PyMargin {
    #[new]
    #[pyo3(
        signature = (leverage, stop_out=Given::ABSENT, stop_out_price=Given::ABSENT),
        text_signature = "(leverage, stop_out=0.5, stop_out_price='worst')"
    )]
    fn new(
        leverage: &Bound<'_, PyAny>,
        stop_out: Given<'_>,
        stop_out_price: Given<'_>,
    ) -> PyResult<Self> {
        let leverage = setting(leverage, "leverage")?;
        let stop_out = match stop_out.get() {
            None => Some(0.5),
            Some(value) if value.is_none() => None,
            Some(value) => Some(setting(value, "stop_out")?),
        };
        // Numbers are checked before the word.
        Margin::new(leverage, stop_out, StopOutPrice::Worst).map_err(raise)?;
        let stop_out_price = match stop_out_price.get() {
            None => StopOutPrice::Worst,
            Some(value) => {
                let expected = StopOutPrice::WORDS.join(" or ");
                let word = option(value, "stop_out_price", &expected)?;
                StopOutPrice::parse(&word).map_err(raise)?
            }
        };
        Margin::new(leverage, stop_out, stop_out_price)
            .map(|margin| Self { margin })
            .map_err(raise)
    }

    #[getter]
    fn leverage(&self) -> f64 {
        self.margin.leverage
    }

    #[getter]
    fn stop_out(&self) -> Option<f64> {
        self.margin.stop_out
    }

    #[getter]
    fn stop_out_price(&self) -> &'static str {
        self.margin.stop_out_price.as_str()
    }
}

value_methods!(
    PyMargin,
    "Margin",
    ["leverage", "stop_out", "stop_out_price"]
);
