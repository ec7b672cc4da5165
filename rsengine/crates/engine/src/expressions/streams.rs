//! The indicators that expressions know, as settings and as streams.

use serde_json::{Map, Value};

use crate::errors::Result;
use crate::expressions::tree::{refused, setting};
use crate::indicators::atr::Atr;
use crate::indicators::ema::Ema;
use crate::indicators::garch::{Garch, GarchSettings, KalmanGarchZscore};
use crate::indicators::kalman::{KalmanMean, KalmanZscore};
use crate::indicators::momentum::{Macd, Roc, Rsi};
use crate::indicators::moving::{Bollinger, MeanSource, Sma, Zscore};
use crate::indicators::trend::{Choppiness, Dmi};

/// An indicator with its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Indicator {
    Ema(i64),
    Sma(i64),
    Rsi(i64),
    Macd(i64, i64, i64),
    Roc(i64),
    Dmi(i64),
    Bollinger(i64, f64),
    Atr(i64),
    Choppiness(i64),
    Zscore(i64, MeanSource, Option<i64>),
    KalmanMean(f64, f64),
    KalmanZscore(i64, f64, f64),
    GarchVolatility(GarchSettings),
    KalmanGarchZscore(f64, f64, GarchSettings),
}

/// An indicator that has seen some bars.
#[derive(Debug, Clone)]
pub enum Stream {
    Ema(Ema),
    Sma(Sma),
    Rsi(Rsi),
    Macd(Macd),
    Roc(Roc),
    Dmi(Dmi),
    Bollinger(Bollinger),
    Atr(Atr),
    Choppiness(Choppiness),
    Zscore(Zscore),
    KalmanMean(KalmanMean),
    KalmanZscore(KalmanZscore),
    GarchVolatility(Garch),
    KalmanGarchZscore(KalmanGarchZscore),
}

/// The values of a bar; an indicator with fewer lines uses the first.
pub type Lines = [f64; 3];

impl Indicator {
    /// Names of its lines, none where it has one.
    pub fn lines(&self) -> &'static [&'static str] {
        match self {
            Self::Macd(..) => &["line", "signal"],
            Self::Dmi(_) => &["plus_di", "minus_di", "adx"],
            Self::Bollinger(..) => &["upper", "mid", "lower"],
            _ => &[],
        }
    }

    /// A stream that has seen no bar.
    ///
    /// # Errors
    /// `PERIOD_INVALID`, `NUMBER_INVALID`.
    pub fn stream(&self) -> Result<Stream> {
        Ok(match self {
            Self::Ema(period) => Stream::Ema(Ema::new(*period)?),
            Self::Sma(period) => Stream::Sma(Sma::new(*period)?),
            Self::Rsi(period) => Stream::Rsi(Rsi::new(*period)?),
            Self::Macd(fast, slow, signal) => Stream::Macd(Macd::new(*fast, *slow, *signal)?),
            Self::Roc(period) => Stream::Roc(Roc::new(*period)?),
            Self::Dmi(period) => Stream::Dmi(Dmi::new(*period)?),
            Self::Bollinger(period, factor) => Stream::Bollinger(Bollinger::new(*period, *factor)?),
            Self::Atr(period) => Stream::Atr(Atr::new(*period)?),
            Self::Choppiness(period) => Stream::Choppiness(Choppiness::new(*period)?),
            Self::Zscore(window, source, ema) => {
                Stream::Zscore(Zscore::new(*window, *source, *ema)?)
            }
            Self::KalmanMean(r, q) => Stream::KalmanMean(KalmanMean::new(*r, *q)?),
            Self::KalmanZscore(window, r, q) => {
                Stream::KalmanZscore(KalmanZscore::new(*window, *r, *q)?)
            }
            Self::GarchVolatility(settings) => Stream::GarchVolatility(Garch::new(settings)?),
            Self::KalmanGarchZscore(r, q, settings) => {
                Stream::KalmanGarchZscore(KalmanGarchZscore::new(*r, *q, settings)?)
            }
        })
    }
}

/// Reads an indicator from its name and settings.
///
/// # Errors
/// `EXPRESSION_INVALID`, `OPTION_UNKNOWN`.
pub fn read(name: &str, settings: &Map<String, Value>, path: &str) -> Result<Indicator> {
    let given = |key: &str| setting(settings.get(key).unwrap_or(&Value::Null));
    let refuse = |key: &str, expected: &str| {
        refused(&format!("{path}.settings.{key}"), given(key), expected)
    };
    let whole = |key: &str| {
        let found = given(key).as_i64();
        found.ok_or_else(|| refuse(key, "a whole number"))
    };
    let real = |key: &str| {
        let found = given(key).as_f64();
        found.ok_or_else(|| refuse(key, "a number"))
    };
    let garch = || -> Result<GarchSettings> {
        Ok(GarchSettings {
            alpha: real("alpha")?,
            beta: real("beta")?,
            omega: match given("omega") {
                Value::Null => None,
                _ => Some(real("omega")?),
            },
            use_log_returns: given("use_log_returns")
                .as_bool()
                .ok_or_else(|| refuse("use_log_returns", "true or false"))?,
            scale: real("scale")?,
            min_periods: given("min_periods")
                .as_u64()
                .ok_or_else(|| refuse("min_periods", "a whole number >= 0"))?,
            sigma_floor: real("sigma_floor")?,
        })
    };
    Ok(match name {
        "ema" => Indicator::Ema(whole("period")?),
        "sma" => Indicator::Sma(whole("period")?),
        "rsi" => Indicator::Rsi(whole("period")?),
        "macd" => Indicator::Macd(
            whole("fast_period")?,
            whole("slow_period")?,
            whole("signal_period")?,
        ),
        "roc" => Indicator::Roc(whole("period")?),
        "dmi" => Indicator::Dmi(whole("period")?),
        "bollinger" => Indicator::Bollinger(whole("period")?, real("std_factor")?),
        "atr" => Indicator::Atr(whole("period")?),
        "choppiness" => Indicator::Choppiness(whole("period")?),
        "zscore" => {
            let source = given("mean_source").as_str();
            let source = source.ok_or_else(|| refuse("mean_source", "rolling or ema"))?;
            let ema = match given("ema_period") {
                Value::Null => None,
                _ => Some(whole("ema_period")?),
            };
            Indicator::Zscore(whole("window")?, MeanSource::parse(source)?, ema)
        }
        "kalman_mean" => Indicator::KalmanMean(real("R")?, real("Q")?),
        "kalman_zscore" => Indicator::KalmanZscore(whole("window")?, real("R")?, real("Q")?),
        "garch_volatility" => Indicator::GarchVolatility(garch()?),
        "kalman_garch_zscore" => Indicator::KalmanGarchZscore(real("R")?, real("Q")?, garch()?),
        _ => {
            let name = Value::String(name.to_owned());
            let path = format!("{path}.name");
            return Err(refused(&path, &name, "the name of an indicator"));
        }
    })
}

impl Stream {
    /// The values of the last bar, NaN where there are none.
    pub fn value(&self) -> Lines {
        let one = |x| [x, f64::NAN, f64::NAN];
        match self {
            Self::Ema(stream) => one(stream.value()),
            Self::Sma(stream) => one(stream.value()),
            Self::Rsi(stream) => one(stream.value()),
            Self::Macd(stream) => [stream.value().0, stream.value().1, f64::NAN],
            Self::Roc(stream) => one(stream.value()),
            Self::Dmi(stream) => stream.value().into(),
            Self::Bollinger(stream) => stream.value().into(),
            Self::Atr(stream) => one(stream.value()),
            Self::Choppiness(stream) => one(stream.value()),
            Self::Zscore(stream) => one(stream.value()),
            Self::KalmanMean(stream) => one(stream.value()),
            Self::KalmanZscore(stream) => one(stream.value()),
            Self::GarchVolatility(stream) => one(stream.value()),
            Self::KalmanGarchZscore(stream) => one(stream.value()),
        }
    }

    /// Takes candles in and gives their values, row by row.
    pub fn extend(
        &mut self,
        high: &[f64],
        low: &[f64],
        close: &[f64],
        mut put: impl FnMut(usize, Lines),
    ) {
        const NO: f64 = f64::NAN;
        macro_rules! closes {
            ($stream:ident, $made:ident => $lines:expr) => {
                for (row, &x) in close.iter().enumerate() {
                    let $made = $stream.update(x);
                    put(row, $lines);
                }
            };
        }
        macro_rules! bars {
            ($stream:ident, $made:ident => $lines:expr) => {
                for (row, ((&high, &low), &close)) in high.iter().zip(low).zip(close).enumerate() {
                    let $made = $stream.update(high, low, close);
                    put(row, $lines);
                }
            };
        }
        match self {
            Self::Ema(stream) => closes!(stream, x => [x, NO, NO]),
            Self::Sma(stream) => closes!(stream, x => [x, NO, NO]),
            Self::Rsi(stream) => closes!(stream, x => [x, NO, NO]),
            Self::Macd(stream) => closes!(stream, made => [made.0, made.1, NO]),
            Self::Roc(stream) => closes!(stream, x => [x, NO, NO]),
            Self::Dmi(stream) => bars!(stream, made => made.into()),
            Self::Bollinger(stream) => closes!(stream, made => made.into()),
            Self::Atr(stream) => bars!(stream, x => [x, NO, NO]),
            Self::Choppiness(stream) => bars!(stream, x => [x, NO, NO]),
            Self::Zscore(stream) => closes!(stream, x => [x, NO, NO]),
            Self::KalmanMean(stream) => closes!(stream, x => [x, NO, NO]),
            Self::KalmanZscore(stream) => closes!(stream, x => [x, NO, NO]),
            Self::GarchVolatility(stream) => closes!(stream, x => [x, NO, NO]),
            Self::KalmanGarchZscore(stream) => closes!(stream, x => [x, NO, NO]),
        }
    }
}
