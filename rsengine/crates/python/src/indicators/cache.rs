//! Indicators of every timeframe and side, each computed once.

#![expect(
    non_snake_case,
    reason = "R and Q are what everybody calls them, on every backend"
)]

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fillproof_engine::errors::Result as EngineResult;
use fillproof_engine::indicators::cache as engine;
use fillproof_engine::indicators::cache::Values;
use fillproof_engine::indicators::series::ABSENT_US;
use numpy::ndarray::ArrayView1;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::arguments::{self, period_or, real_or};
use super::series::{find_series, to_series};
use crate::errors::raise;
use crate::given::Given;

/// Indicators over aligned candles; arrays as long as the list of their timeframe.
#[pyclass(frozen, module = "rsengine", name = "IndicatorCache")]
pub struct PyIndicatorCache {
    data: Py<PyAny>,
    pub engine: engine::IndicatorCache,
    // The bar of the slice that this cache belongs to.
    place: Option<Arc<AtomicI64>>,
    // Times of the bars, where those of the candles do not count (L4.ordinal).
    clock: Option<Arc<Vec<i64>>>,
}

/// What the memory of an array belongs to.
#[pyclass(frozen, module = "rsengine._rsengine")]
struct HeldValues(Values);

pub type Array<'py> = Bound<'py, PyArray1<f64>>;
type Pair<'py> = (Array<'py>, Array<'py>);
type Triple<'py> = (Array<'py>, Array<'py>, Array<'py>);
pub type Any<'a, 'py> = &'a Bound<'py, PyAny>;

impl PyIndicatorCache {
    /// A cache whose arrays end at the bar of a slice.
    pub fn pinned(data: Py<PyAny>, place: Arc<AtomicI64>, clock: Option<Arc<Vec<i64>>>) -> Self {
        Self {
            data,
            engine: engine::IndicatorCache::default(),
            place: Some(place),
            clock,
        }
    }

    /// How many of some values are shown.
    fn end(&self, length: usize) -> usize {
        match &self.place {
            None => length,
            Some(place) => {
                let end = place.load(Ordering::Relaxed).saturating_add(1);
                usize::try_from(end).unwrap_or(0).min(length)
            }
        }
    }

    /// The names of a series that the engine has, or is given now.
    pub fn names<'a>(
        &self,
        tf: Any<'a, '_>,
        price_type: Any<'a, '_>,
    ) -> PyResult<(Cow<'a, str>, Cow<'a, str>)> {
        let (name, side) = (text(tf)?, text(price_type)?);
        if self.engine.length(&name, &side).is_none() {
            let candles = find_series(self.data.bind(tf.py()), tf, price_type)?;
            let clock = self.clock.as_ref().map(|clock| clock.as_slice());
            let series = to_series(&candles, &name, &side, clock)?;
            self.engine.add(&series);
        }
        Ok((name, side))
    }

    fn show<'py>(&self, py: Python<'py>, values: &Values) -> PyResult<Array<'py>> {
        let held = Bound::new(py, HeldValues(Arc::clone(values)))?;
        let whole = &held.get().0;
        let view = ArrayView1::from(&whole[..self.end(whole.len())]);
        // SAFETY: the numbers are those of `held`, which the array keeps; nobody writes to them:
        // the array is made read-only before anybody sees it.
        let array = unsafe { PyArray1::borrow_from_array(&view, held.clone().into_any()) };
        array.readwrite().make_nonwriteable();
        Ok(array)
    }

    /// Lets the engine compute one array, without the interpreter's lock.
    pub fn one<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        compute: impl FnOnce(&engine::IndicatorCache, &str, &str) -> EngineResult<Values> + Send,
    ) -> PyResult<Array<'py>> {
        let [values] = self.computed(tf, price_type, |cache, tf, side| {
            compute(cache, tf, side).map(|values| [values])
        })?;
        self.show(tf.py(), &values)
    }

    fn three<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        compute: impl FnOnce(&engine::IndicatorCache, &str, &str) -> EngineResult<[Values; 3]> + Send,
    ) -> PyResult<Triple<'py>> {
        let [a, b, c] = self.computed(tf, price_type, compute)?;
        let py = tf.py();
        Ok((self.show(py, &a)?, self.show(py, &b)?, self.show(py, &c)?))
    }

    fn computed<const N: usize>(
        &self,
        tf: Any<'_, '_>,
        price_type: Any<'_, '_>,
        compute: impl FnOnce(&engine::IndicatorCache, &str, &str) -> EngineResult<[Values; N]> + Send,
    ) -> PyResult<[Values; N]> {
        let (name, side) = self.names(tf, price_type)?;
        tf.py()
            .detach(|| compute(&self.engine, &name, &side))
            .map_err(raise)
    }

    /// The index of the last bar that is shown, -1 where there is none.
    pub fn last(&self, tf: &str, side: &str) -> i64 {
        let length = self.engine.length(tf, side).unwrap_or(0);
        i64::try_from(self.end(length)).unwrap_or(i64::MAX) - 1
    }
}

#[pymethods]
impl PyIndicatorCache {
    #[new]
    fn new(multi_candle_data: Py<PyAny>) -> Self {
        Self {
            data: multi_candle_data,
            engine: engine::IndicatorCache::default(),
            place: None,
            clock: None,
        }
    }

    /// Returns a value of an array as a float, None for NaN and outside the array.
    fn at(&self, series: Any<'_, '_>, index: i64) -> PyResult<Option<f64>> {
        let Ok(place) = usize::try_from(index) else {
            return Ok(None);
        };
        let value = match series.cast::<PyArray1<f64>>() {
            Ok(array) => array.get_owned(place),
            Err(_) if place < series.len()? => Some(series.get_item(place)?.extract()?),
            Err(_) => None,
        };
        Ok(value.filter(|value: &f64| value.is_finite()))
    }

    fn ema<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Any<'_, 'py>,
    ) -> PyResult<Array<'py>> {
        let period = arguments::period(period, "period")?;
        self.one(tf, price_type, |c, tf, side| c.ema(tf, side, period))
    }

    fn sma<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Any<'_, 'py>,
    ) -> PyResult<Array<'py>> {
        let period = arguments::period(period, "period")?;
        self.one(tf, price_type, |c, tf, side| c.sma(tf, side, period))
    }

    #[pyo3(
        signature = (tf, price_type, period=Given::ABSENT),
        text_signature = "($self, tf, price_type, period=14)"
    )]
    fn rsi<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let period = period_or(&period, "period", 14)?;
        self.one(tf, price_type, |c, tf, side| c.rsi(tf, side, period))
    }

    #[pyo3(
        signature = (tf, price_type, fast_period=Given::ABSENT, slow_period=Given::ABSENT, signal_period=Given::ABSENT),
        text_signature = "($self, tf, price_type, fast_period=12, slow_period=26, signal_period=9)"
    )]
    fn macd<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        fast_period: Given<'py>,
        slow_period: Given<'py>,
        signal_period: Given<'py>,
    ) -> PyResult<Pair<'py>> {
        let fast = period_or(&fast_period, "fast_period", 12)?;
        let slow = period_or(&slow_period, "slow_period", 26)?;
        let signal = period_or(&signal_period, "signal_period", 9)?;
        let [line, mean] = self.computed(tf, price_type, |c, tf, side| {
            c.macd(tf, side, fast, slow, signal)
        })?;
        Ok((self.show(tf.py(), &line)?, self.show(tf.py(), &mean)?))
    }

    #[pyo3(
        signature = (tf, price_type, period=Given::ABSENT),
        text_signature = "($self, tf, price_type, period=14)"
    )]
    fn roc<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let period = period_or(&period, "period", 14)?;
        self.one(tf, price_type, |c, tf, side| c.roc(tf, side, period))
    }

    #[pyo3(
        signature = (tf, price_type, period=Given::ABSENT),
        text_signature = "($self, tf, price_type, period=14)"
    )]
    fn dmi<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Given<'py>,
    ) -> PyResult<Triple<'py>> {
        let period = period_or(&period, "period", 14)?;
        self.three(tf, price_type, |c, tf, side| c.dmi(tf, side, period))
    }

    #[pyo3(
        signature = (tf, price_type, period=Given::ABSENT, std_factor=Given::ABSENT),
        text_signature = "($self, tf, price_type, period=20, std_factor=2.0)"
    )]
    fn bollinger<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Given<'py>,
        std_factor: Given<'py>,
    ) -> PyResult<Triple<'py>> {
        let period = period_or(&period, "period", 20)?;
        let factor = real_or(&std_factor, "std_factor", 2.0, false)?;
        self.three(tf, price_type, |c, tf, side| {
            c.bollinger(tf, side, period, factor)
        })
    }

    #[pyo3(
        signature = (tf, price_type, period=Given::ABSENT),
        text_signature = "($self, tf, price_type, period=14)"
    )]
    pub fn atr<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let period = period_or(&period, "period", 14)?;
        self.one(tf, price_type, |c, tf, side| c.atr(tf, side, period))
    }

    #[pyo3(
        signature = (tf, price_type, period=Given::ABSENT),
        text_signature = "($self, tf, price_type, period=14)"
    )]
    fn choppiness<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let period = period_or(&period, "period", 14)?;
        self.one(tf, price_type, |c, tf, side| c.choppiness(tf, side, period))
    }

    #[pyo3(
        signature = (tf, price_type, window=Given::ABSENT, mean_source=Given::ABSENT, ema_period=Given::ABSENT),
        text_signature = "($self, tf, price_type, window=100, mean_source='rolling', ema_period=None)"
    )]
    fn zscore<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        window: Given<'py>,
        mean_source: Given<'py>,
        ema_period: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let window = period_or(&window, "window", 100)?;
        let (source, ema_period) = arguments::mean_of(&mean_source, &ema_period)?;
        self.one(tf, price_type, |c, tf, side| {
            c.zscore(tf, side, window, source, ema_period)
        })
    }

    #[pyo3(
        signature = (tf, price_type, R=Given::ABSENT, Q=Given::ABSENT),
        text_signature = "($self, tf, price_type, R=0.01, Q=1.0)"
    )]
    fn kalman_mean<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        R: Given<'py>,
        Q: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let (r, q) = kalman(&R, &Q)?;
        self.one(tf, price_type, |c, tf, side| c.kalman_mean(tf, side, r, q))
    }

    #[pyo3(
        signature = (tf, price_type, window=Given::ABSENT, R=Given::ABSENT, Q=Given::ABSENT),
        text_signature = "($self, tf, price_type, window=100, R=0.01, Q=1.0)"
    )]
    fn kalman_zscore<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        window: Given<'py>,
        R: Given<'py>,
        Q: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let window = period_or(&window, "window", 100)?;
        let (r, q) = kalman(&R, &Q)?;
        self.one(tf, price_type, |c, tf, side| {
            c.kalman_zscore(tf, side, window, r, q)
        })
    }

    fn ema_stepwise<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Any<'_, 'py>,
    ) -> PyResult<Array<'py>> {
        let period = arguments::period(period, "period")?;
        self.one(tf, price_type, |c, tf, side| {
            c.ema_stepwise(tf, side, period)
        })
    }

    #[pyo3(
        signature = (tf, price_type, period=Given::ABSENT, std_factor=Given::ABSENT),
        text_signature = "($self, tf, price_type, period=20, std_factor=2.0)"
    )]
    fn bollinger_stepwise<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        period: Given<'py>,
        std_factor: Given<'py>,
    ) -> PyResult<Triple<'py>> {
        let period = period_or(&period, "period", 20)?;
        let factor = real_or(&std_factor, "std_factor", 2.0, false)?;
        self.three(tf, price_type, |c, tf, side| {
            c.bollinger_stepwise(tf, side, period, factor)
        })
    }

    #[pyo3(
        signature = (tf, price_type, window=Given::ABSENT, R=Given::ABSENT, Q=Given::ABSENT),
        text_signature = "($self, tf, price_type, window=100, R=0.01, Q=1.0)"
    )]
    fn kalman_zscore_stepwise<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        window: Given<'py>,
        R: Given<'py>,
        Q: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let window = period_or(&window, "window", 100)?;
        let (r, q) = kalman(&R, &Q)?;
        self.one(tf, price_type, |c, tf, side| {
            c.kalman_zscore_stepwise(tf, side, window, r, q)
        })
    }

    /// Open, high, low, close and volume as a pandas table, by time; needs pandas.
    fn get_df<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = tf.py();
        let pandas = py.import(intern!(py, "pandas"))?;
        let candles = find_series(self.data.bind(py), tf, price_type)?;
        let clock = self.clock.as_ref().map(|clock| clock.as_slice());
        let series = to_series(&candles, "", "", clock)?;
        let end = self.end(series.candles.len());
        // The least int64 is pandas' "not a time".
        let columns = series.candles.along(ABSENT_US);
        let view = columns.view();
        let times = PyArray1::from_slice(py, &view.time_us[..end]);
        let times = times.call_method1(intern!(py, "view"), ("datetime64[us]",))?;
        let named = PyDict::new(py);
        named.set_item(intern!(py, "name"), "timestamp")?;
        let index = pandas
            .getattr(intern!(py, "DatetimeIndex"))?
            .call((times,), Some(&named))?
            .call_method1(intern!(py, "tz_localize"), ("UTC",))?;
        let prices = PyDict::new(py);
        let columns = [
            ("open", Some(view.open)),
            ("high", Some(view.high)),
            ("low", Some(view.low)),
            ("close", Some(view.close)),
            ("volume", view.volume),
        ];
        for (name, column) in columns {
            let column = column.map_or_else(|| vec![0.0; end], |column| column[..end].to_vec());
            prices.set_item(name, PyArray1::from_vec(py, column))?;
        }
        let named = PyDict::new(py);
        named.set_item(intern!(py, "index"), index)?;
        pandas
            .getattr(intern!(py, "DataFrame"))?
            .call((prices,), Some(&named))
    }

    /// The closes as a pandas series, by time; needs pandas.
    fn get_closes<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.get_df(tf, price_type)?.get_item("close")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.data)
    }
}

/// A name as text, without a copy where it is text.
fn text<'a>(name: Any<'a, '_>) -> PyResult<Cow<'a, str>> {
    match name.cast::<PyString>() {
        Ok(text) => text.to_cow(),
        Err(_) => Ok(Cow::Owned(name.str()?.to_cow()?.into_owned())),
    }
}

pub fn kalman(R: &Given<'_>, Q: &Given<'_>) -> PyResult<(f64, f64)> {
    Ok((real_or(R, "R", 0.01, true)?, real_or(Q, "Q", 1.0, false)?))
}
