//! A strategy of expressions, as Python holds it.

use std::sync::{Arc, Mutex};

use fillproof_engine::candles::Candle;
use fillproof_engine::errors::ErrorCode;
use fillproof_engine::expressions::evaluation::{Evaluation, Rows};
use fillproof_engine::expressions::strategy::ExpressionStrategy;
use fillproof_engine::expressions::tree::{Series, Tree};
use fillproof_engine::indicators::series::ABSENT_US;
use fillproof_engine::sessions::timeframe_us;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyList, PyNotImplemented, PySlice, PyTuple, PyType};
use pyo3::{IntoPyObjectExt, PyTraverseError};

use super::locked;
use crate::call::attribute_or_none;
use crate::convert::{Place, to_candle};
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::signal;

/// Buys and sells where conditions are true, with prices that are expressions.
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "ExpressionStrategy"
)]
pub struct PyExpressionStrategy {
    plan: Py<PyAny>,
    strategy: Mutex<ExpressionStrategy>,
    tree: Arc<Tree>,
    // What was taken in of slices that Python shows.
    live: Mutex<Option<Live>>,
}

/// A run whose bars come one by one, over slices of any maker.
struct Live {
    view: Py<PyAny>,
    symbol: String,
    timeframe: String,
    evaluation: Evaluation,
    // Times of the last candles taken in, by series.
    last: Vec<i64>,
    fed: usize,
}

impl PyExpressionStrategy {
    /// The strategy itself, to be run without Python.
    pub fn strategy(&self) -> &Mutex<ExpressionStrategy> {
        &self.strategy
    }

    /// What it computes.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    fn of_plan(plan: Bound<'_, PyAny>) -> PyResult<Self> {
        let text: String = plan
            .call_method0(intern!(plan.py(), "to_json"))?
            .extract()?;
        let strategy = ExpressionStrategy::new(&text).map_err(raise)?;
        Ok(Self {
            plan: plan.unbind(),
            tree: Arc::clone(strategy.tree()),
            strategy: Mutex::new(strategy),
            live: Mutex::new(None),
        })
    }

    fn begin(&self, slice_map: &Bound<'_, PyAny>) -> PyResult<Live> {
        let py = slice_map.py();
        let tree = &self.tree;
        let symbol = match &tree.symbol {
            Some(symbol) => symbol.to_string(),
            None => only(slice_map)?,
        };
        let view = view_of(slice_map, &symbol)?;
        let primary = attribute_or_none(slice_map, intern!(py, "primary_tf"))?;
        let timeframe = match &tree.timeframe {
            Some(timeframe) => timeframe.to_string(),
            None if primary.is_truthy()? => primary.extract()?,
            None => match view.try_iter()?.next() {
                Some(name) => name?.extract()?,
                None => String::new(),
            },
        };
        for series in &tree.series {
            view_of(slice_map, series.symbol.as_deref().unwrap_or(&symbol))?;
        }
        let length_us = if tree.has_sessions() {
            timeframe_us(&timeframe, "timeframe").map_err(raise)?
        } else {
            0
        };
        Ok(Live {
            view: view.unbind(),
            symbol,
            timeframe,
            evaluation: Evaluation::new(tree, length_us).map_err(raise)?,
            last: vec![ABSENT_US; tree.series.len()],
            fed: 0,
        })
    }

    /// Takes the bars up to the current one in and gives the signals of the last.
    fn decide<'py>(
        &self,
        live: &mut Live,
        slice_map: &Bound<'py, PyAny>,
        index: usize,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = slice_map.py();
        let key = attribute_or_none(slice_map, intern!(py, "timestamp"))?;
        let is_ordinal = !key.is_none() && !key.is_instance_of::<PyDateTime>();
        let mut blocks = Vec::with_capacity(self.tree.series.len());
        for (place, series) in self.tree.series.iter().enumerate() {
            let candles = shown(live, slice_map, series, index)?;
            let first = live.fed;
            blocks.push(Block::new(
                &candles,
                &mut live.last[place],
                first,
                is_ordinal,
            ));
        }
        let rows: Vec<Rows<'_>> = blocks.iter().map(Block::rows).collect();
        let signals = live.evaluation.update(&rows);
        let row = index - live.fed;
        live.fed = index + 1;
        let Some(found) = signals.last().filter(|found| found.row == row) else {
            return Ok(None);
        };
        let symbol: Arc<str> = live.symbol.as_str().into();
        let made = self.tree.to_signal(found, &symbol, 0);
        let time = match attribute_or_none(slice_map, intern!(py, "time"))? {
            time if time.is_none() => {
                let view = live.view.bind(py);
                let mut bid = attribute_or_none(view, intern!(py, "bid"))?;
                if bid.is_none() {
                    // A slice that no engine moves has no bar of its own.
                    bid = view.call_method1(intern!(py, "latest"), (&live.timeframe, "bid"))?;
                }
                bid.getattr(intern!(py, "timestamp"))?
            }
            time => time,
        };
        Ok(Some(PyList::new(
            py,
            [signal::to_python(py, &made, time)?],
        )?))
    }
}

/// The candles of a series from the bar after the last that was taken in to the current one.
fn shown(
    live: &Live,
    slice_map: &Bound<'_, PyAny>,
    series: &Series,
    index: usize,
) -> PyResult<Vec<Option<Candle>>> {
    let py = slice_map.py();
    let view = view_of(slice_map, series.symbol.as_deref().unwrap_or(&live.symbol))?;
    let name = series.timeframe.as_deref().unwrap_or(&live.timeframe);
    let read = |value: Bound<'_, PyAny>| -> PyResult<Option<Candle>> {
        if value.is_none() {
            return Ok(None);
        }
        to_candle(&value, Place::default()).map(Some)
    };
    if live.fed == index {
        let latest = view.call_method1(intern!(py, "latest"), (name, series.side))?;
        return Ok(vec![read(latest)?]);
    }
    let whole = view.call_method1(intern!(py, "series_ref"), (name, series.side))?;
    let (start, stop) = (isize_of(live.fed), isize_of(index + 1));
    let part = whole.get_item(PySlice::new(py, start, stop, 1))?;
    part.try_iter()?.map(|value| read(value?)).collect()
}

fn isize_of(place: usize) -> isize {
    isize::try_from(place).unwrap_or(isize::MAX)
}

/// Candles as columns.
struct Block {
    time_us: Vec<i64>,
    prices: [Vec<f64>; 5],
    is_new: Vec<bool>,
}

impl Block {
    fn new(candles: &[Option<Candle>], last: &mut i64, first: usize, is_ordinal: bool) -> Self {
        let mut made = Self {
            time_us: Vec::with_capacity(candles.len()),
            prices: Default::default(),
            is_new: Vec::with_capacity(candles.len()),
        };
        for (row, candle) in candles.iter().enumerate() {
            let (time_us, prices) = match candle {
                None => (ABSENT_US, [f64::NAN; 5]),
                Some(c) => {
                    let place = i64::try_from(first + row).unwrap_or(i64::MAX);
                    let time_us = if is_ordinal { place } else { c.time_us };
                    (time_us, [c.open, c.high, c.low, c.close, c.volume])
                }
            };
            made.is_new.push(time_us != ABSENT_US && time_us != *last);
            if time_us != ABSENT_US {
                *last = time_us;
            }
            made.time_us.push(time_us);
            for (column, price) in made.prices.iter_mut().zip(prices) {
                column.push(price);
            }
        }
        made
    }

    fn rows(&self) -> Rows<'_> {
        let [open, high, low, close, volume] = &self.prices;
        Rows {
            time_us: &self.time_us,
            open,
            high,
            low,
            close,
            volume: Some(volume),
            is_new: Some(&self.is_new),
        }
    }
}

/// The symbol of a run that has one.
fn only(slice_map: &Bound<'_, PyAny>) -> PyResult<String> {
    if slice_map.len()? > 1 {
        let none = slice_map.py().None().into_bound(slice_map.py());
        return Err(unknown_symbol(slice_map, &none)?);
    }
    match slice_map.try_iter()?.next() {
        Some(symbol) => symbol?.extract(),
        None => Ok(String::new()),
    }
}

fn view_of<'py>(slice_map: &Bound<'py, PyAny>, symbol: &str) -> PyResult<Bound<'py, PyAny>> {
    if !slice_map.contains(symbol)? {
        let symbol = symbol.into_bound_py_any(slice_map.py())?;
        return Err(unknown_symbol(slice_map, &symbol)?);
    }
    slice_map.get_item(symbol)
}

fn unknown_symbol(slice_map: &Bound<'_, PyAny>, symbol: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let known: Vec<String> = slice_map
        .try_iter()?
        .map(|symbol| symbol?.extract())
        .collect::<PyResult<_>>()?;
    let expected = format!("one of {}", known.join(", "));
    Ok(Fault::new(ErrorCode::SymbolUnknown, "symbol", symbol, &expected).into())
}

#[pymethods]
impl PyExpressionStrategy {
    #[new]
    #[pyo3(signature = (
        long=None, short=None, *, entry=None, stop=None, target=None, r#type=Given::ABSENT, timeframe=None,
        symbol=None, reason=None
    ), text_signature = "(long=None, short=None, *, entry=None, stop=None, target=None, type='market', timeframe=None, symbol=None, reason=None)")]
    #[expect(clippy::too_many_arguments, reason = "it has nine settings")]
    fn new(
        py: Python<'_>,
        long: Option<Bound<'_, PyAny>>,
        short: Option<Bound<'_, PyAny>>,
        entry: Option<Bound<'_, PyAny>>,
        stop: Option<Bound<'_, PyAny>>,
        target: Option<Bound<'_, PyAny>>,
        r#type: Given<'_>,
        timeframe: Option<Bound<'_, PyAny>>,
        symbol: Option<Bound<'_, PyAny>>,
        reason: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let kind = match r#type.get() {
            Some(given) => given.clone(),
            None => intern!(py, "market").clone().into_any(),
        };
        let given = (
            long, short, entry, stop, target, kind, timeframe, symbol, reason,
        );
        Self::of_plan(plan_class(py)?.call1(given)?)
    }

    /// What it does, without a backend.
    #[getter]
    fn plan(&self, py: Python<'_>) -> Py<PyAny> {
        self.plan.clone_ref(py)
    }

    /// Name -> value of each parameter.
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.plan.bind(py).getattr(intern!(py, "parameters"))
    }

    /// Makes the strategy of a plan.
    #[classmethod]
    fn of<'py>(cls: &Bound<'py, PyType>, plan: Bound<'py, PyAny>) -> PyResult<Self> {
        if !plan.is_instance(&plan_class(cls.py())?)? {
            return Err(Fault::new(ErrorCode::ExpressionInvalid, "plan", &plan, "a Plan").into());
        }
        Self::of_plan(plan)
    }

    /// Returns the strategy with other values of its parameters.
    #[pyo3(signature = (**values))]
    fn bind(&self, py: Python<'_>, values: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let plan = self.plan.bind(py);
        Self::of_plan(plan.call_method(intern!(py, "bind"), (), values)?)
    }

    /// Writes the strategy as a JSON document.
    fn to_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.plan.bind(py).call_method0(intern!(py, "to_json"))
    }

    /// Reads what `to_json` wrote.
    #[classmethod]
    fn from_json(cls: &Bound<'_, PyType>, text: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = cls.py();
        Self::of_plan(plan_class(py)?.call_method1(intern!(py, "from_json"), (text,))?)
    }

    /// Writes the strategy to a JSON file.
    fn save<'py>(&self, path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = path.py();
        self.plan
            .bind(py)
            .call_method1(intern!(py, "save"), (path,))
    }

    /// Reads a strategy from a JSON file.
    #[classmethod]
    fn load(cls: &Bound<'_, PyType>, path: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = cls.py();
        Self::of_plan(plan_class(py)?.call_method1(intern!(py, "load"), (path,))?)
    }

    /// Takes bars whose times are places, of a run with other keys than times (L4.clock).
    fn use_ordinals(slf: &Bound<'_, Self>) -> PyResult<()> {
        if !slf.get().tree.has_sessions() {
            return Ok(());
        }
        let code = ErrorCode::ClockRequired;
        let field = "between, weekday";
        Err(Fault::new(code, field, slf.as_any(), "keys that are times").into())
    }

    /// Evaluates the current bar.
    fn on_data<'py>(&self, slice_map: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = slice_map.py();
        // Taken out while Python is asked, so that no lock is held.
        let kept = locked(&self.live).take();
        let mut live = match kept {
            Some(live) => {
                let get = intern!(py, "get");
                if slice_map.call_method1(get, (&live.symbol,))?.is(&live.view) {
                    live
                } else {
                    self.begin(slice_map)?
                }
            }
            None => self.begin(slice_map)?,
        };
        let index: usize = live
            .view
            .bind(py)
            .getattr(intern!(py, "index"))?
            .extract()?;
        if index < live.fed {
            // A second run, over the same data.
            live = self.begin(slice_map)?;
        }
        let made = self.decide(&mut live, slice_map, index)?;
        let dropped = locked(&self.live).replace(live);
        drop(dropped);
        Ok(made)
    }

    /// Evaluates the current bar.
    fn evaluate<'py>(
        &self,
        index: &Bound<'py, PyAny>,
        slice_map: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        // The slice knows its index.
        let _ = index;
        self.on_data(slice_map)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let inside = self.plan.bind(py).call_method0(intern!(py, "arguments"))?;
        Ok(format!("ExpressionStrategy({inside})"))
    }

    fn __eq__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let theirs = attribute_or_none(other, intern!(py, "plan"))?;
        if !theirs.is_instance(&plan_class(py)?)? {
            return Ok(PyNotImplemented::get(py).to_owned().into_any());
        }
        let same = self.plan.bind(py).eq(theirs)?;
        Ok(same.into_pyobject(py)?.to_owned().into_any())
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.plan.bind(py).hash()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let make = slf.get_type().getattr(intern!(py, "of"))?;
        let plan = (slf.get().plan.clone_ref(py),)
            .into_pyobject(py)?
            .into_any();
        PyTuple::new(py, [make, plan])
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.plan)
    }
}

/// The class of a plan, which checks what was given.
fn plan_class(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import(intern!(py, "fillproof.expressions.plan"))?
        .getattr(intern!(py, "Plan"))
}
