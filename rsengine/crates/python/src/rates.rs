//! Rates of exchange, and series of them (P5).

use fillproof_engine::candles::time_text;
use fillproof_engine::errors::ErrorCode;
use fillproof_engine::rates::{CURRENCY_EXPECTED, Rate, RateSeries, Rates};
use fillproof_engine::sessions::{TIMEFRAME_EXPECTED, timeframe_us};
use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBytes, PyDict, PyMapping, PyMappingMethods, PyNotImplemented, PyString, PyTuple, PyType,
};

use crate::checks::check;
use crate::config::setting;
use crate::convert::number;
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::values::{self, Fields};

const RATE_EXPECTED: &str = "a finite number > 0 or a RateSeries";

fn invalid(field: &str, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    Fault::new(ErrorCode::RatesInvalid, field, value, expected).into()
}

/// Copies any array-like into a column that nobody changes.
fn column<'py, T: Element>(
    values: &Bound<'py, PyAny>,
    field: &str,
) -> PyResult<Bound<'py, PyArray1<T>>> {
    let py = values.py();
    let dtype = numpy::dtype::<T>(py);
    let keywords = PyDict::new(py);
    keywords.set_item(intern!(py, "dtype"), &dtype)?;
    let numpy = py.import(intern!(py, "numpy"))?;
    let made = numpy.call_method(intern!(py, "array"), (values,), Some(&keywords));
    let made = made.map_err(|error| {
        let is_no_column = error.is_instance_of::<PyTypeError>(py)
            || error.is_instance_of::<PyValueError>(py)
            || error.is_instance_of::<PyOverflowError>(py);
        if is_no_column {
            invalid(field, values, &format!("a column of {dtype}"))
        } else {
            error
        }
    })?;
    let shape = made.getattr(intern!(py, "shape"))?;
    if shape.len()? != 1 {
        return Err(invalid(field, &shape, "one dimension"));
    }
    let flags = made.getattr(intern!(py, "flags"))?;
    flags.setattr(intern!(py, "writeable"), false)?;
    Ok(made.cast_into::<PyArray1<T>>()?)
}

/// The rates of a pair, each known from the end of its bar (P5.moment).
#[pyclass(frozen, module = "rsengine", name = "RateSeries")]
pub struct PyRateSeries {
    pub series: RateSeries,
    end_us: Py<PyArray1<i64>>,
    rates: Py<PyArray1<f64>>,
}

impl PyRateSeries {
    fn made(py: Python<'_>, series: RateSeries) -> PyResult<Self> {
        let end_us = PyArray1::from_slice(py, series.end_us());
        let rates = PyArray1::from_slice(py, series.rates());
        for array in [end_us.as_any(), rates.as_any()] {
            let flags = array.getattr(intern!(py, "flags"))?;
            flags.setattr(intern!(py, "writeable"), false)?;
        }
        Ok(Self {
            series,
            end_us: end_us.unbind(),
            rates: rates.unbind(),
        })
    }
}

#[pymethods]
impl PyRateSeries {
    #[new]
    fn new(end_us: &Bound<'_, PyAny>, rates: &Bound<'_, PyAny>) -> PyResult<Self> {
        let end_us = column::<i64>(end_us, "end_us")?;
        let rates = column::<f64>(rates, "rates")?;
        let series = RateSeries::new(end_us.to_vec()?, rates.to_vec()?).map_err(raise)?;
        Ok(Self {
            series,
            end_us: end_us.unbind(),
            rates: rates.unbind(),
        })
    }

    /// Makes a series of the candles of a pair: the mid of both closes.
    #[staticmethod]
    fn of(
        py: Python<'_>,
        bid: &Bound<'_, PyAny>,
        ask: &Bound<'_, PyAny>,
        timeframe: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let text = timeframe.cast::<PyString>().map_err(|_| {
            let code = ErrorCode::TimeframeInvalid;
            PyErr::from(Fault::new(code, "timeframe", timeframe, TIMEFRAME_EXPECTED))
        })?;
        let text = text.to_string_lossy();
        timeframe_us(&text, "timeframe").map_err(raise)?;
        let (sides, _, _) = check(bid, ask, "rates")?;
        let series = RateSeries::of(&sides.bid, &sides.ask, &text).map_err(raise)?;
        Self::made(py, series)
    }

    /// Ends of the bars, int64, read-only.
    #[getter]
    fn end_us(&self, py: Python<'_>) -> Py<PyArray1<i64>> {
        self.end_us.clone_ref(py)
    }

    /// Rates, float64, read-only.
    #[getter]
    fn rates(&self, py: Python<'_>) -> Py<PyArray1<f64>> {
        self.rates.clone_ref(py)
    }

    /// Returns the last rate known at a moment, and its age in microseconds; None before any.
    fn last(&self, moment_us: i64) -> Option<(f64, i64)> {
        self.series.last(moment_us)
    }

    fn __len__(&self) -> usize {
        self.series.end_us().len()
    }

    fn __eq__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if other.get_type().name()?.to_string_lossy() != "RateSeries" {
            return Ok(PyNotImplemented::get(py).to_owned().into_any());
        }
        let equal = match other.cast::<Self>() {
            Ok(own) => own.get().series == slf.get().series,
            Err(_) => {
                let numpy = py.import(intern!(py, "numpy"))?;
                let is_equal = |name: &Bound<'py, PyString>| {
                    let both = (slf.getattr(name)?, other.getattr(name)?);
                    numpy
                        .call_method1(intern!(py, "array_equal"), both)?
                        .is_truthy()
                };
                is_equal(intern!(py, "end_us"))? && is_equal(intern!(py, "rates"))?
            }
        };
        Ok(equal.into_pyobject(py)?.to_owned().into_any())
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        let py = slf.py();
        let bytes = |name| slf.getattr(name)?.call_method0(intern!(py, "tobytes"));
        let (ends, rates) = (bytes(intern!(py, "end_us"))?, bytes(intern!(py, "rates"))?);
        let (ends, rates) = (ends.cast_into::<PyBytes>()?, rates.cast_into::<PyBytes>()?);
        ("RateSeries", ends, rates).into_pyobject(py)?.hash()
    }

    fn __repr__(&self) -> String {
        let ends = self.series.end_us();
        match (ends.first(), ends.last()) {
            (Some(&first), Some(&last)) => format!(
                "RateSeries({} rates, {} to {})",
                ends.len(),
                time_text(first),
                time_text(last)
            ),
            _ => "RateSeries(0 rates)".to_owned(),
        }
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let columns = [
            slf.getattr(intern!(py, "end_us"))?,
            slf.getattr(intern!(py, "rates"))?,
        ];
        Ok((slf.get_type(), PyTuple::new(py, columns)?))
    }
}

/// The account's currency, and rates to convert others into it (P5).
#[pyclass(frozen, module = "rsengine", name = "Rates")]
pub struct PyRates {
    pub rates: Rates,
    pairs: Py<PyDict>,
}

impl PyRates {
    /// Reads the rates of any backend by their attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<Rates> {
        if let Ok(own) = value.cast::<Self>() {
            return Ok(own.get().rates.clone());
        }
        let own = Self::new(
            value.py(),
            &value.getattr("account")?,
            Some(&value.getattr("pairs")?),
            Some(&value.getattr("hub")?).filter(|hub| !hub.is_none()),
            Given::value(value.getattr("max_age_minutes")?),
        )?;
        Ok(own.rates)
    }
}

fn currency(value: &Bound<'_, PyAny>, field: &str) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => Err(invalid(field, value, CURRENCY_EXPECTED)),
    }
}

/// Reads a rate, and the object that stands for it on the face.
fn rate<'py>(value: &Bound<'py, PyAny>, pair: &str) -> PyResult<(Rate, Bound<'py, PyAny>)> {
    let py = value.py();
    if let Ok(own) = value.cast::<PyRateSeries>() {
        return Ok((Rate::Series(own.get().series.clone()), value.clone()));
    }
    if let Some(end_us) = value.getattr_opt(intern!(py, "end_us"))? {
        let made = PyRateSeries::new(&end_us, &value.getattr(intern!(py, "rates"))?)?;
        let series = made.series.clone();
        return Ok((Rate::Series(series), Bound::new(py, made)?.into_any()));
    }
    let fixed = number(value).filter(|rate| rate.is_finite() && *rate > 0.0);
    let fixed = fixed.ok_or_else(|| invalid(pair, value, RATE_EXPECTED))?;
    Ok((Rate::Fixed(fixed), fixed.into_pyobject(py)?.into_any()))
}

#[pymethods]
impl PyRates {
    #[new]
    #[pyo3(
        signature = (account, pairs=None, *, hub=None, max_age_minutes=Given::ABSENT),
        text_signature = "(account, pairs=None, *, hub=None, max_age_minutes=5760.0)"
    )]
    fn new(
        py: Python<'_>,
        account: &Bound<'_, PyAny>,
        pairs: Option<&Bound<'_, PyAny>>,
        hub: Option<&Bound<'_, PyAny>>,
        max_age_minutes: Given<'_>,
    ) -> PyResult<Self> {
        let account = currency(account, "account")?;
        let first = Rates::new(&account, [], None, 0.0).map_err(raise)?;
        let hub = hub.map(|hub| currency(hub, "hub")).transpose()?;
        Rates::new(first.account(), [], hub.as_deref(), 0.0).map_err(raise)?;
        let minutes = match max_age_minutes.get() {
            None => 5760.0,
            Some(value) => setting(value, "max_age_minutes")?,
        };
        Rates::new(&account, [], hub.as_deref(), minutes).map_err(raise)?;
        let faces = PyDict::new(py);
        let mut read: Vec<(String, Rate)> = Vec::new();
        if let Some(pairs) = pairs {
            let mapping = pairs
                .cast::<PyMapping>()
                .map_err(|_| invalid("pairs", pairs, "a mapping"))?;
            for item in mapping.items()?.iter() {
                let (pair, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
                let name = pair.cast::<PyString>();
                let name = name.map_err(|_| invalid("pairs", &pair, "FROM/TO, such as EUR/USD"))?;
                let name = name.to_string_lossy().into_owned();
                // A name is checked before the rate that stands beside it.
                let alone = [(name.as_str(), Rate::Fixed(1.0))];
                Rates::new(&account, alone, None, 0.0).map_err(raise)?;
                let (rate, face) = rate(&value, &name)?;
                faces.set_item(&pair, face)?;
                read.push((name, rate));
            }
        }
        let read = read.iter().map(|(name, rate)| (&**name, rate.clone()));
        let rates = Rates::new(&account, read, hub.as_deref(), minutes).map_err(raise)?;
        let pairs = faces.unbind();
        Ok(Self { rates, pairs })
    }

    #[getter]
    fn account(&self) -> &str {
        self.rates.account()
    }

    /// Rates by pair; a copy.
    #[getter]
    fn pairs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.pairs.bind(py).copy()
    }

    #[getter]
    fn hub(&self) -> Option<&str> {
        self.rates.hub()
    }

    #[getter]
    fn max_age_minutes(&self) -> f64 {
        self.rates.max_age_minutes()
    }

    /// Whether a pair is a series, for which moments have to be known.
    #[getter]
    fn has_series(&self) -> bool {
        self.rates.has_series()
    }

    /// Converts an amount at a moment: direct, inverse or hub, fresh before stale (P5.stale).
    fn find<'py>(
        &self,
        py: Python<'py>,
        amount: f64,
        base: &str,
        quote: &str,
        moment_us: i64,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(found) = self.rates.find(amount, base, quote, moment_us) else {
            return Ok(None);
        };
        let values = (
            found.amount,
            found.route.as_str(),
            found.age_us,
            found.stale,
        );
        found_class(py)?.call1(values).map(Some)
    }

    fn __eq__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        values::equal(slf, other)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        let (py, this) = (slf.py(), slf.get());
        let pairs = this.pairs.bind(py).items().to_tuple();
        let values = (this.account(), pairs, this.hub(), this.max_age_minutes());
        (Self::CLASS, values).into_pyobject(py)?.hash()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        values::repr(slf)
    }

    /// Pickles as a call with keywords, which the class itself cannot be given.
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, this) = (slf.py(), slf.get());
        let keywords = PyDict::new(py);
        keywords.set_item("hub", this.hub())?;
        keywords.set_item("max_age_minutes", this.max_age_minutes())?;
        let arguments = (this.account(), this.pairs.bind(py)).into_pyobject(py)?;
        let call = (slf.get_type(), arguments, keywords).into_pyobject(py)?;
        let copyreg = py.import(intern!(py, "copyreg"))?;
        Ok((copyreg.getattr(intern!(py, "__newobj_ex__"))?, call))
    }
}

impl Fields for PyRates {
    const CLASS: &'static str = "Rates";
    const NAMES: &'static [&'static str] = &["account", "pairs", "hub", "max_age_minutes"];
}

/// What a conversion came to, as a named tuple.
fn found_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static FOUND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = FOUND.get_or_try_init(py, || {
        let namedtuple = py.import("collections")?.getattr("namedtuple")?;
        let fields = ["amount", "route", "age_us", "stale"];
        namedtuple.call1(("Found", fields)).map(Bound::unbind)
    })?;
    Ok(class.bind(py))
}
