//! Many indicators at once, row by row.

use fillproof_engine::errors::ErrorCode;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::PyIndexError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::cache::PyIndicatorCache;
use crate::errors::Fault;

/// Methods that give one result.
const SINGLE: [&str; 11] = [
    "ema",
    "sma",
    "rsi",
    "roc",
    "atr",
    "choppiness",
    "zscore",
    "kalman_mean",
    "kalman_zscore",
    "garch_volatility",
    "kalman_garch_zscore",
];
/// Methods that give several, and the names of those.
const PARTS: [(&str, &[&str]); 3] = [
    ("macd", &["line", "signal"]),
    ("dmi", &["plus_di", "minus_di", "adx"]),
    ("bollinger", &["upper", "mid", "lower"]),
];
/// What is computed where nothing is asked for: name, method, period.
const DEFAULTS: [(&str, &str, Option<i64>); 15] = [
    ("ema_10", "ema", Some(10)),
    ("ema_50", "ema", Some(50)),
    ("sma_20", "sma", Some(20)),
    ("rsi", "rsi", None),
    ("macd", "macd", None),
    ("roc", "roc", None),
    ("dmi", "dmi", None),
    ("bollinger", "bollinger", None),
    ("atr", "atr", None),
    ("choppiness", "choppiness", None),
    ("zscore", "zscore", None),
    ("kalman_mean", "kalman_mean", None),
    ("kalman_zscore", "kalman_zscore", None),
    ("garch_volatility", "garch_volatility", None),
    ("kalman_garch_zscore", "kalman_garch_zscore", None),
];

/// Columns of indicators; `batch[i]` is the row of bar i, a dict of name to float.
#[pyclass(frozen, sequence, module = "rsengine", name = "IndicatorBatch")]
pub struct PyIndicatorBatch {
    names: Vec<Py<PyString>>,
    columns: Vec<Py<PyArray1<f64>>>,
    length: usize,
}

#[pymethods]
impl PyIndicatorBatch {
    /// Name -> read-only array.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let made = PyDict::new(py);
        for (name, column) in self.names.iter().zip(&self.columns) {
            made.set_item(name, column)?;
        }
        Ok(made)
    }

    fn __len__(&self) -> usize {
        self.length
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let py = index.py();
        let asked: isize = index.extract()?;
        let place = match usize::try_from(asked) {
            Ok(place) => Some(place),
            Err(_) => self.length.checked_sub(asked.unsigned_abs()),
        };
        let length = self.length;
        let place = place
            .filter(|place| *place < length)
            .ok_or_else(|| PyIndexError::new_err(format!("bar {asked} of {length}")))?;
        let row = PyDict::new(py);
        for (name, column) in self.names.iter().zip(&self.columns) {
            row.set_item(name, column.bind(py).get_owned(place))?;
        }
        Ok(row)
    }
}

/// Computes indicators of all bars of one side before a run.
#[pyfunction]
#[pyo3(signature = (candles, wanted=None))]
pub fn precompute_indicators(
    candles: &Bound<'_, PyAny>,
    wanted: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyIndicatorBatch> {
    let py = candles.py();
    let (side, data) = (PyDict::new(py), PyDict::new(py));
    side.set_item("", candles)?;
    data.set_item("", side)?;
    let cache = py.get_type::<PyIndicatorCache>().call1((data,))?;
    let mut made = PyIndicatorBatch {
        names: Vec::new(),
        columns: Vec::new(),
        length: candles.len()?,
    };
    let Some(wanted) = wanted else {
        for (name, method, period) in DEFAULTS {
            let arguments = match period {
                Some(period) => PyTuple::new(py, [period])?,
                None => PyTuple::empty(py),
            };
            made.take(&cache, &PyString::new(py, name), method, &arguments)?;
        }
        return Ok(made);
    };
    for item in wanted.call_method0(intern!(py, "items"))?.try_iter()? {
        let (name, asked): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
        let name = name.str()?;
        let (method, arguments) = if asked.is_instance_of::<PyString>() {
            (asked, PyTuple::empty(py))
        } else {
            let listed: Vec<_> = asked.try_iter()?.collect::<PyResult<_>>()?;
            let Some((method, arguments)) = listed.split_first() else {
                let code = ErrorCode::OptionUnknown;
                let field = name.to_cow()?;
                return Err(Fault::new(code, &field, &asked, &known()).into());
            };
            (method.clone(), PyTuple::new(py, arguments)?)
        };
        let word = method.str()?.to_cow()?.into_owned();
        if !SINGLE.contains(&&*word) && !PARTS.iter().any(|(method, _)| *method == word) {
            let field = name.to_cow()?;
            return Err(Fault::new(ErrorCode::OptionUnknown, &field, &method, &known()).into());
        }
        made.take(&cache, &name, &word, &arguments)?;
    }
    Ok(made)
}

impl PyIndicatorBatch {
    /// Adds the columns of one method.
    fn take(
        &mut self,
        cache: &Bound<'_, PyAny>,
        name: &Bound<'_, PyString>,
        method: &str,
        arguments: &Bound<'_, PyTuple>,
    ) -> PyResult<()> {
        let py = cache.py();
        let series = PyTuple::new(py, ["", ""])?;
        let all = series
            .as_sequence()
            .concat(arguments.as_sequence())?
            .to_tuple()?;
        let found = cache.call_method1(method, all)?;
        let Some((_, parts)) = PARTS.iter().find(|(several, _)| *several == method) else {
            return self.add(name.clone(), found);
        };
        for (part, column) in parts.iter().zip(found.try_iter()?) {
            self.add(PyString::new(py, &format!("{name}_{part}")), column?)?;
        }
        Ok(())
    }

    fn add(&mut self, name: Bound<'_, PyString>, column: Bound<'_, PyAny>) -> PyResult<()> {
        self.names.push(name.unbind());
        self.columns
            .push(column.cast_into::<PyArray1<f64>>()?.unbind());
        Ok(())
    }
}

fn known() -> String {
    let several = PARTS.iter().map(|(method, _)| *method);
    let all: Vec<&str> = SINGLE.into_iter().chain(several).collect();
    all.join(" or ")
}
