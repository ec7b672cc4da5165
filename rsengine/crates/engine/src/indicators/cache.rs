//! Indicators of every timeframe and side, each computed once (rules of the chapter I).
//!
//! Read [`moving`](super::moving), [`momentum`](super::momentum), [`trend`](super::trend),
//! [`kalman`](super::kalman) and [`garch`](super::garch) for what is computed: here columns are
//! sent through the streams of those modules, and the results kept.

#![expect(
    non_snake_case,
    reason = "R and Q are what everybody calls them, on every backend"
)]

use std::sync::Arc;

use crate::arithmetic::is_finite;
use crate::errors::Result;
use crate::indicators::atr::Atr;
use crate::indicators::columns;
use crate::indicators::ema::Ema;
use crate::indicators::garch::{Garch, GarchSettings, KalmanGarchZscore};
use crate::indicators::kalman::{KalmanMean, KalmanZscore};
use crate::indicators::kept::Kept;
pub use crate::indicators::kept::Values;
use crate::indicators::momentum::{Macd, Roc, Rsi};
use crate::indicators::moving::{Bollinger, MeanSource, Sma, Zscore};
use crate::indicators::series::Reads;
use crate::indicators::trend::{Choppiness, Dmi};
use crate::settings;
use crate::slices::{MultiCandleData, Series};

/// Indicators over aligned candles; results as long as the list of their timeframe.
///
/// A result is kept by method and arguments, but for the `*_local` ones; caches over the same numbers
/// share it.
///
/// Errors of every method: `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`; `PERIOD_INVALID`, `NUMBER_INVALID` of its
/// settings.
///
/// ```
/// # use std::sync::Arc;
/// # use fillproof_engine::candles::{Candle, CandleColumns};
/// # use fillproof_engine::indicators::cache::IndicatorCache;
/// # use fillproof_engine::slices::MultiCandleData;
/// let bar = |(time_us, x)| Candle { time_us, open: x, high: x, low: x, close: x, volume: 0.0 };
/// let bars = Arc::new(CandleColumns::from_candles(&[(0, 1.0), (1, 2.0), (2, 4.0)].map(bar)));
/// let cache = IndicatorCache::new(&MultiCandleData::of("M1", &bars, &bars));
/// let means = cache.sma("M1", "bid", 2)?;
/// assert!(means[0].is_nan());
/// assert_eq!(means[1..], [1.5, 3.0]);
/// assert_eq!((cache.at(&means, 0), cache.at(&means, 2)), (None, Some(3.0)));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Default)]
pub struct IndicatorCache {
    kept: Kept,
}

/// Bits of a whole number, for a key.
fn bits(number: i64) -> u64 {
    number.cast_unsigned()
}

#[expect(clippy::missing_errors_doc, reason = "told of all by the type")]
impl IndicatorCache {
    /// A cache over all series of some data.
    #[must_use]
    pub fn new(multi_candle_data: &MultiCandleData) -> Self {
        let made = Self::default();
        for series in &multi_candle_data.series {
            made.add(series);
        }
        made
    }

    /// Adds a series, for a binding that reads each when it is first asked for.
    pub fn add(&self, series: &Series) {
        self.kept.add(series);
    }

    /// Number of bars of a series, `None` where it is not there.
    #[must_use]
    pub fn length(&self, tf: &str, price_type: &str) -> Option<usize> {
        self.kept.length(tf, price_type)
    }

    /// A value of a result, `None` for NaN and outside it.
    #[must_use]
    pub fn at(&self, series: &[f64], index: i64) -> Option<f64> {
        let index = usize::try_from(index).ok()?;
        series.get(index).copied().filter(|&value| is_finite(value))
    }

    /// Exponential mean (I.ema, `I.ema_gap`).
    pub fn ema(&self, tf: &str, price_type: &str, period: i64) -> Result<Values> {
        self.kept.one(
            (Reads::Closes, "ema"),
            tf,
            price_type,
            &[bits(period)],
            || Ema::new(period),
            |stream, c| [columns::ema(stream, c.closes())],
        )
    }

    /// Mean (I.sma).
    pub fn sma(&self, tf: &str, price_type: &str, period: i64) -> Result<Values> {
        self.kept.one(
            (Reads::Closes, "sma"),
            tf,
            price_type,
            &[bits(period)],
            || Sma::new(period),
            |stream, c| [columns::sma(&stream, c.closes())],
        )
    }

    /// Relative strength, 0 to 100 (I.rsi).
    pub fn rsi(&self, tf: &str, price_type: &str, period: i64) -> Result<Values> {
        self.kept.one(
            (Reads::Closes, "rsi"),
            tf,
            price_type,
            &[bits(period)],
            || Rsi::new(period),
            |stream, c| [columns::rsi(stream, c.closes())],
        )
    }

    /// Difference of two exponential means, and its exponential mean (I.macd).
    pub fn macd(
        &self,
        tf: &str,
        price_type: &str,
        fast_period: i64,
        slow_period: i64,
        signal_period: i64,
    ) -> Result<[Values; 2]> {
        let key = [fast_period, slow_period, signal_period].map(bits);
        self.kept.kept(
            (Reads::Closes, "macd"),
            tf,
            price_type,
            &key,
            || Macd::new(fast_period, slow_period, signal_period),
            |stream, c| columns::macd(stream, c.closes()),
        )
    }

    /// Change over some bars, in percent (I.roc).
    pub fn roc(&self, tf: &str, price_type: &str, period: i64) -> Result<Values> {
        self.kept.one(
            (Reads::Closes, "roc"),
            tf,
            price_type,
            &[bits(period)],
            || Roc::new(period),
            |stream, c| [columns::roc(&stream, c.closes())],
        )
    }

    /// +DI, -DI and ADX (I.dmi).
    pub fn dmi(&self, tf: &str, price_type: &str, period: i64) -> Result<[Values; 3]> {
        self.kept.kept(
            (Reads::Bars, "dmi"),
            tf,
            price_type,
            &[bits(period)],
            || Dmi::new(period),
            |stream, c| columns::dmi(stream, c.bars()),
        )
    }

    /// Upper band, mean and lower band (I.bollinger).
    pub fn bollinger(
        &self,
        tf: &str,
        price_type: &str,
        period: i64,
        std_factor: f64,
    ) -> Result<[Values; 3]> {
        let key = [bits(period), std_factor.to_bits()];
        self.kept.kept(
            (Reads::Closes, "bollinger"),
            tf,
            price_type,
            &key,
            || Bollinger::new(period, std_factor),
            |stream, c| columns::bollinger(&stream, c.closes()),
        )
    }

    /// Average true range (I.atr).
    pub fn atr(&self, tf: &str, price_type: &str, period: i64) -> Result<Values> {
        self.kept.one(
            (Reads::Bars, "atr"),
            tf,
            price_type,
            &[bits(period)],
            || Atr::new(period),
            |stream, c| [columns::atr(stream, c.bars())],
        )
    }

    /// Choppiness index (I.choppiness).
    pub fn choppiness(&self, tf: &str, price_type: &str, period: i64) -> Result<Values> {
        self.kept.one(
            (Reads::Bars, "choppiness"),
            tf,
            price_type,
            &[bits(period)],
            || Choppiness::new(period),
            |mut stream, c| {
                columns::each_bar(c.bars(), |high, low, close| {
                    [stream.update(high, low, close)]
                })
            },
        )
    }

    /// Distance from a mean in deviations of that distance (I.zscore).
    pub fn zscore(
        &self,
        tf: &str,
        price_type: &str,
        window: i64,
        mean_source: MeanSource,
        ema_period: Option<i64>,
    ) -> Result<Values> {
        // 0 is no period, so it can stand for none.
        let key = [
            bits(window),
            mean_source as u64,
            bits(ema_period.unwrap_or(0)),
        ];
        self.kept.one(
            (Reads::Closes, "zscore"),
            tf,
            price_type,
            &key,
            || Zscore::new(window, mean_source, ema_period),
            |mut stream, c| columns::each(c.closes(), |x| [stream.update(x)]),
        )
    }

    /// Kalman filter of the level (`I.kalman_mean`).
    pub fn kalman_mean(&self, tf: &str, price_type: &str, R: f64, Q: f64) -> Result<Values> {
        let key = [R.to_bits(), Q.to_bits()];
        self.kept.one(
            (Reads::Closes, "kalman_mean"),
            tf,
            price_type,
            &key,
            || KalmanMean::new(R, Q),
            |mut stream, c| columns::each(c.closes(), |x| [stream.update(x)]),
        )
    }

    /// Distance from the Kalman mean in deviations of that distance (`I.kalman_zscore`).
    pub fn kalman_zscore(
        &self,
        tf: &str,
        price_type: &str,
        window: i64,
        R: f64,
        Q: f64,
    ) -> Result<Values> {
        let key = [bits(window), R.to_bits(), Q.to_bits()];
        self.kept.one(
            (Reads::Closes, "kalman_zscore"),
            tf,
            price_type,
            &key,
            || KalmanZscore::new(window, R, Q),
            |mut stream, c| columns::each(c.closes(), |x| [stream.update(x)]),
        )
    }

    /// GARCH(1, 1) volatility as a fraction of the price (`I.garch_volatility`).
    pub fn garch_volatility(
        &self,
        tf: &str,
        price_type: &str,
        settings: &GarchSettings,
    ) -> Result<Values> {
        let key = settings.bits();
        self.kept.one(
            (Reads::Closes, "garch_volatility"),
            tf,
            price_type,
            &key,
            || Garch::new(settings),
            |mut stream, c| columns::each(c.closes(), |x| [stream.update(x)]),
        )
    }

    /// Distance from the Kalman mean in GARCH volatilities (`I.kalman_garch_zscore`).
    pub fn kalman_garch_zscore(
        &self,
        tf: &str,
        price_type: &str,
        R: f64,
        Q: f64,
        settings: &GarchSettings,
    ) -> Result<Values> {
        let mut key = vec![R.to_bits(), Q.to_bits()];
        key.extend(settings.bits());
        self.kept.one(
            (Reads::Closes, "kalman_garch_zscore"),
            tf,
            price_type,
            &key,
            || KalmanGarchZscore::new(R, Q, settings),
            |mut stream, c| columns::each(c.closes(), |x| [stream.update(x)]),
        )
    }

    /// [`garch_volatility`](Self::garch_volatility) of the last bars up to idx alone (I.local).
    pub fn garch_volatility_local(
        &self,
        tf: &str,
        price_type: &str,
        idx: i64,
        lookback: i64,
        settings: &GarchSettings,
    ) -> Result<Vec<f64>> {
        let mut stream = Garch::new(settings)?;
        let lookback = settings::period(lookback, "lookback")?;
        let held = self.kept.find(tf, price_type)?;
        let closes = held.columns.close.as_slice();
        let idx = idx.min(last_of(closes));
        if settings.explodes() {
            return Ok(Vec::new());
        }
        let stretch = stretch(closes, idx, lookback);
        Ok(stretch.iter().map(|&x| stream.update(x)).collect())
    }

    /// [`kalman_garch_zscore`](Self::kalman_garch_zscore) at idx, of the last bars up to it alone
    /// (I.local).
    #[expect(
        clippy::too_many_arguments,
        reason = "the specification names them, on every backend"
    )]
    pub fn kalman_garch_zscore_local(
        &self,
        tf: &str,
        price_type: &str,
        idx: i64,
        lookback: i64,
        R: f64,
        Q: f64,
        settings: &GarchSettings,
    ) -> Result<Option<f64>> {
        let mut stream = KalmanGarchZscore::new(R, Q, settings)?;
        let lookback = settings::period(lookback, "lookback")?;
        let held = self.kept.find(tf, price_type)?;
        for &x in stretch(held.columns.close.as_slice(), idx, lookback) {
            stream.update(x);
        }
        Ok(Some(stream.value()).filter(|&value| is_finite(value)))
    }

    /// [`atr`](Self::atr) for the feature `atr_points`, else
    /// [`garch_volatility_local`](Self::garch_volatility_local) (I.local).
    #[expect(
        clippy::too_many_arguments,
        reason = "the specification names them, on every backend"
    )]
    pub fn vol_cluster_series(
        &self,
        tf: &str,
        price_type: &str,
        idx: i64,
        feature: &str,
        atr_length: i64,
        lookback: i64,
        settings: &GarchSettings,
    ) -> Result<Values> {
        if feature == "atr_points" {
            return self.atr(tf, price_type, atr_length);
        }
        let found = self.garch_volatility_local(tf, price_type, idx, lookback, settings)?;
        Ok(Arc::new(found))
    }

    /// [`ema`](Self::ema) of the new candles alone, carried forward (I.stepwise).
    pub fn ema_stepwise(&self, tf: &str, price_type: &str, period: i64) -> Result<Values> {
        self.kept.one(
            (Reads::Steps, "ema_stepwise"),
            tf,
            price_type,
            &[bits(period)],
            || Ema::new(period),
            |mut stream, c| c.each_step(|x| [stream.update(x)]),
        )
    }

    /// [`bollinger`](Self::bollinger) of the new candles alone, carried forward (I.stepwise).
    pub fn bollinger_stepwise(
        &self,
        tf: &str,
        price_type: &str,
        period: i64,
        std_factor: f64,
    ) -> Result<[Values; 3]> {
        let key = [bits(period), std_factor.to_bits()];
        self.kept.kept(
            (Reads::Steps, "bollinger_stepwise"),
            tf,
            price_type,
            &key,
            || Bollinger::new(period, std_factor),
            |mut stream, c| c.each_step(|x| stream.update(x).into()),
        )
    }

    /// [`kalman_zscore`](Self::kalman_zscore) of the new candles alone, carried forward
    /// (I.stepwise).
    pub fn kalman_zscore_stepwise(
        &self,
        tf: &str,
        price_type: &str,
        window: i64,
        R: f64,
        Q: f64,
    ) -> Result<Values> {
        let key = [bits(window), R.to_bits(), Q.to_bits()];
        self.kept.one(
            (Reads::Steps, "kalman_zscore_stepwise"),
            tf,
            price_type,
            &key,
            || KalmanZscore::new(window, R, Q),
            |mut stream, c| c.each_step(|x| [stream.update(x)]),
        )
    }
}

/// Index of the last of some values, -1 where there are none.
fn last_of(values: &[f64]) -> i64 {
    i64::try_from(values.len()).unwrap_or(i64::MAX) - 1
}

/// The last `lookback` values up to idx; none where it is outside.
fn stretch(values: &[f64], idx: i64, lookback: i64) -> &[f64] {
    let Ok(last) = usize::try_from(idx) else {
        return &[];
    };
    let lookback = usize::try_from(lookback).unwrap_or(usize::MAX);
    let first = (last + 1).saturating_sub(lookback);
    values.get(first..=last).unwrap_or(&[])
}
