//! Volatilities of the cache, which have many settings.

#![expect(
    non_snake_case,
    reason = "R and Q are what everybody calls them, on every backend"
)]
#![expect(
    clippy::too_many_arguments,
    reason = "the specification names them, on every backend"
)]

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use super::arguments::{self, Garch, period_or};
use super::cache::{Any, Array, PyIndicatorCache, kalman};
use crate::errors::raise;
use crate::given::Given;

#[pymethods]
impl PyIndicatorCache {
    #[pyo3(
        signature = (tf, price_type, alpha=Given::ABSENT, beta=Given::ABSENT, omega=Given::ABSENT, use_log_returns=Given::ABSENT, scale=Given::ABSENT, min_periods=Given::ABSENT, sigma_floor=Given::ABSENT),
        text_signature = "($self, tf, price_type, alpha=0.05, beta=0.9, omega=None, use_log_returns=True, scale=100.0, min_periods=50, sigma_floor=1e-06)"
    )]
    fn garch_volatility<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        alpha: Given<'py>,
        beta: Given<'py>,
        omega: Given<'py>,
        use_log_returns: Given<'py>,
        scale: Given<'py>,
        min_periods: Given<'py>,
        sigma_floor: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let settings = Garch {
            alpha,
            beta,
            omega,
            use_log_returns,
            scale,
            min_periods,
            sigma_floor,
        }
        .read()?;
        self.one(tf, price_type, |c, tf, side| {
            c.garch_volatility(tf, side, &settings)
        })
    }

    #[pyo3(
        signature = (tf, price_type, R=Given::ABSENT, Q=Given::ABSENT, alpha=Given::ABSENT, beta=Given::ABSENT, omega=Given::ABSENT, use_log_returns=Given::ABSENT, scale=Given::ABSENT, min_periods=Given::ABSENT, sigma_floor=Given::ABSENT),
        text_signature = "($self, tf, price_type, R=0.01, Q=1.0, alpha=0.05, beta=0.9, omega=None, use_log_returns=True, scale=100.0, min_periods=50, sigma_floor=1e-06)"
    )]
    fn kalman_garch_zscore<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        R: Given<'py>,
        Q: Given<'py>,
        alpha: Given<'py>,
        beta: Given<'py>,
        omega: Given<'py>,
        use_log_returns: Given<'py>,
        scale: Given<'py>,
        min_periods: Given<'py>,
        sigma_floor: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let (r, q) = kalman(&R, &Q)?;
        let settings = Garch {
            alpha,
            beta,
            omega,
            use_log_returns,
            scale,
            min_periods,
            sigma_floor,
        }
        .read()?;
        self.one(tf, price_type, |c, tf, side| {
            c.kalman_garch_zscore(tf, side, r, q, &settings)
        })
    }

    #[pyo3(
        signature = (tf, price_type, idx, lookback=Given::ABSENT, alpha=Given::ABSENT, beta=Given::ABSENT, omega=Given::ABSENT, use_log_returns=Given::ABSENT, scale=Given::ABSENT, min_periods=Given::ABSENT, sigma_floor=Given::ABSENT),
        text_signature = "($self, tf, price_type, idx, lookback=400, alpha=0.05, beta=0.9, omega=None, use_log_returns=True, scale=100.0, min_periods=50, sigma_floor=1e-06)"
    )]
    fn garch_volatility_local<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        idx: Any<'_, 'py>,
        lookback: Given<'py>,
        alpha: Given<'py>,
        beta: Given<'py>,
        omega: Given<'py>,
        use_log_returns: Given<'py>,
        scale: Given<'py>,
        min_periods: Given<'py>,
        sigma_floor: Given<'py>,
    ) -> PyResult<Array<'py>> {
        let settings = Garch {
            alpha,
            beta,
            omega,
            use_log_returns,
            scale,
            min_periods,
            sigma_floor,
        }
        .read()?;
        let lookback = period_or(&lookback, "lookback", 400)?;
        let idx = arguments::index(idx)?;
        let (tf_name, side) = self.names(tf, price_type)?;
        let idx = idx.min(self.last(&tf_name, &side));
        let made = self
            .engine
            .garch_volatility_local(&tf_name, &side, idx, lookback, &settings)
            .map_err(raise)?;
        let array = PyArray1::from_vec(tf.py(), made);
        array.readwrite().make_nonwriteable();
        Ok(array)
    }

    #[pyo3(
        signature = (tf, price_type, idx, lookback=Given::ABSENT, R=Given::ABSENT, Q=Given::ABSENT, alpha=Given::ABSENT, beta=Given::ABSENT, omega=Given::ABSENT, use_log_returns=Given::ABSENT, scale=Given::ABSENT, min_periods=Given::ABSENT, sigma_floor=Given::ABSENT),
        text_signature = "($self, tf, price_type, idx, lookback=400, R=0.01, Q=1.0, alpha=0.05, beta=0.9, omega=None, use_log_returns=True, scale=100.0, min_periods=50, sigma_floor=1e-06)"
    )]
    fn kalman_garch_zscore_local<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        idx: Any<'_, 'py>,
        lookback: Given<'py>,
        R: Given<'py>,
        Q: Given<'py>,
        alpha: Given<'py>,
        beta: Given<'py>,
        omega: Given<'py>,
        use_log_returns: Given<'py>,
        scale: Given<'py>,
        min_periods: Given<'py>,
        sigma_floor: Given<'py>,
    ) -> PyResult<Option<f64>> {
        let (r, q) = kalman(&R, &Q)?;
        let settings = Garch {
            alpha,
            beta,
            omega,
            use_log_returns,
            scale,
            min_periods,
            sigma_floor,
        }
        .read()?;
        let lookback = period_or(&lookback, "lookback", 400)?;
        let idx = arguments::index(idx)?;
        let (tf, side) = self.names(tf, price_type)?;
        if idx > self.last(&tf, &side) {
            return Ok(None);
        }
        self.engine
            .kalman_garch_zscore_local(&tf, &side, idx, lookback, r, q, &settings)
            .map_err(raise)
    }

    #[pyo3(
        signature = (tf, price_type, idx, feature, atr_length=Given::ABSENT, garch_lookback=Given::ABSENT, garch_alpha=Given::ABSENT, garch_beta=Given::ABSENT, garch_omega=Given::ABSENT, garch_use_log_returns=Given::ABSENT, garch_scale=Given::ABSENT, garch_min_periods=Given::ABSENT, garch_sigma_floor=Given::ABSENT),
        text_signature = "($self, tf, price_type, idx, feature, atr_length=14, garch_lookback=400, garch_alpha=0.05, garch_beta=0.9, garch_omega=None, garch_use_log_returns=True, garch_scale=100.0, garch_min_periods=50, garch_sigma_floor=1e-06)"
    )]
    fn vol_cluster_series<'py>(
        &self,
        tf: Any<'_, 'py>,
        price_type: Any<'_, 'py>,
        idx: Any<'_, 'py>,
        feature: Any<'_, 'py>,
        atr_length: Given<'py>,
        garch_lookback: Given<'py>,
        garch_alpha: Given<'py>,
        garch_beta: Given<'py>,
        garch_omega: Given<'py>,
        garch_use_log_returns: Given<'py>,
        garch_scale: Given<'py>,
        garch_min_periods: Given<'py>,
        garch_sigma_floor: Given<'py>,
    ) -> PyResult<Array<'py>> {
        if feature.eq("atr_points")? {
            return self.atr(tf, price_type, atr_length);
        }
        self.garch_volatility_local(
            tf,
            price_type,
            idx,
            garch_lookback,
            garch_alpha,
            garch_beta,
            garch_omega,
            garch_use_log_returns,
            garch_scale,
            garch_min_periods,
            garch_sigma_floor,
        )
    }
}
