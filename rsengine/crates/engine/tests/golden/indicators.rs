//! Cases of indicators over a column of bars.

use std::sync::Arc;

use fillproof_engine::aligned::AlignedCandles;
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::errors::Result;
use fillproof_engine::indicators::cache::{IndicatorCache, Values};
use fillproof_engine::indicators::garch::GarchSettings;
use fillproof_engine::indicators::moving::MeanSource;
use fillproof_engine::slices::{MultiCandleData, Series};
use fillproof_engine::trace::FieldValue;
use serde_json::Value as Json;

use crate::files::{number, optional, whole};
use crate::streams;

const TF: &str = "M1";
const SIDE: &str = "bid";

/// All results of an indicator, one after the other.
pub fn compute(input: &Json) -> Result<Vec<FieldValue>> {
    let cache = IndicatorCache::new(&data(input));
    // What the cache keeps of other settings must not come back for these.
    let _ = ask(&cache, &with_other_settings(input));
    let found = ask(&cache, input)?;
    let arguments = &input["arguments"];
    let method = input["method"].as_str().expect("a method");
    // Where some bars have no candle, the stepwise methods are meant.
    if input.get("minutes").is_none() {
        let settings = garch(arguments, "");
        let expected: Vec<&[f64]> = found.iter().map(|part| part.as_slice()).collect();
        streams::check(method, arguments, &settings, &bars(input), &expected)?;
    }
    let shown = |&value: &f64| (!value.is_nan()).then_some(value).into();
    Ok(found
        .iter()
        .flat_map(|part| part.iter().map(shown))
        .collect())
}

/// The same question with each whole number one more and each other number doubled.
fn with_other_settings(input: &Json) -> Json {
    let mut other = input.clone();
    let arguments = other["arguments"].as_object_mut().expect("an object");
    for value in arguments.values_mut() {
        if let Some(count) = value.as_i64() {
            *value = (count + 1).into();
        } else if let Some(found) = value.as_str().and_then(|text| text.parse::<f64>().ok()) {
            *value = (2.0 * found).to_string().into();
        }
    }
    other
}

fn ask(cache: &IndicatorCache, input: &Json) -> Result<Vec<Values>> {
    let arguments = &input["arguments"];
    let count = |key: &str, default| arguments.get(key).map_or(default, whole);
    let real = |key: &str, default| arguments.get(key).map_or(default, number);
    let (r, q) = (real("R", 0.01), real("Q", 1.0));
    let idx = count("idx", 0);
    let settings = garch(arguments, "");
    let one = match input["method"].as_str().expect("a method") {
        "ema" => cache.ema(TF, SIDE, count("period", 0)),
        "sma" => cache.sma(TF, SIDE, count("period", 0)),
        "rsi" => cache.rsi(TF, SIDE, count("period", 14)),
        "roc" => cache.roc(TF, SIDE, count("period", 14)),
        "atr" => cache.atr(TF, SIDE, count("period", 14)),
        "choppiness" => cache.choppiness(TF, SIDE, count("period", 14)),
        "macd" => {
            let (fast, slow) = (count("fast_period", 12), count("slow_period", 26));
            return Ok(cache
                .macd(TF, SIDE, fast, slow, count("signal_period", 9))?
                .into());
        }
        "dmi" => return Ok(cache.dmi(TF, SIDE, count("period", 14))?.into()),
        "bollinger" => {
            let (period, factor) = (count("period", 20), real("std_factor", 2.0));
            return Ok(cache.bollinger(TF, SIDE, period, factor)?.into());
        }
        "bollinger_stepwise" => {
            let (period, factor) = (count("period", 20), real("std_factor", 2.0));
            return Ok(cache.bollinger_stepwise(TF, SIDE, period, factor)?.into());
        }
        "zscore" => {
            let word = arguments.get("mean_source").and_then(Json::as_str);
            let source = MeanSource::parse(word.unwrap_or("rolling"))?;
            let ema_period = arguments.get("ema_period").map(whole);
            cache.zscore(TF, SIDE, count("window", 100), source, ema_period)
        }
        "kalman_mean" => cache.kalman_mean(TF, SIDE, r, q),
        "kalman_zscore" => cache.kalman_zscore(TF, SIDE, count("window", 100), r, q),
        "kalman_zscore_stepwise" => {
            cache.kalman_zscore_stepwise(TF, SIDE, count("window", 100), r, q)
        }
        "ema_stepwise" => cache.ema_stepwise(TF, SIDE, count("period", 0)),
        "garch_volatility" => cache.garch_volatility(TF, SIDE, &settings),
        "kalman_garch_zscore" => cache.kalman_garch_zscore(TF, SIDE, r, q, &settings),
        "garch_volatility_local" => cache
            .garch_volatility_local(TF, SIDE, idx, count("lookback", 400), &settings)
            .map(Arc::new),
        "kalman_garch_zscore_local" => cache
            .kalman_garch_zscore_local(TF, SIDE, idx, count("lookback", 400), r, q, &settings)
            .map(|found| Arc::new(vec![found.unwrap_or(f64::NAN)])),
        "vol_cluster_series" => cache.vol_cluster_series(
            TF,
            SIDE,
            idx,
            arguments["feature"].as_str().expect("a feature"),
            count("atr_length", 14),
            count("garch_lookback", 400),
            &garch(arguments, "garch_"),
        ),
        other => panic!("no such method: {other}"),
    };
    Ok(vec![one?])
}

fn garch(arguments: &Json, prefix: &str) -> GarchSettings {
    let default = GarchSettings::default();
    let find = |name: &str| arguments.get(format!("{prefix}{name}"));
    let real = |name: &str, default| find(name).map_or(default, number);
    GarchSettings {
        alpha: real("alpha", default.alpha),
        beta: real("beta", default.beta),
        omega: find("omega").map(number),
        use_log_returns: find("use_log_returns").is_none_or(|given| given == &Json::Bool(true)),
        scale: real("scale", default.scale),
        min_periods: find("min_periods").map_or(default.min_periods, |given| {
            u64::try_from(whole(given)).expect("a count")
        }),
        sigma_floor: real("sigma_floor", default.sigma_floor),
    }
}

/// High, low and close of each bar.
fn bars(input: &Json) -> Vec<[f64; 3]> {
    let [high, low, close] = ["high", "low", "close"].map(|name| column(input, name));
    let bars = high.into_iter().zip(low).zip(close);
    bars.map(|((high, low), close)| [high, low, close])
        .collect()
}

fn column(input: &Json, name: &str) -> Vec<f64> {
    let listed = input.get(name).unwrap_or(&input["close"]);
    let listed = listed.as_array().expect("a list");
    let value = |x| optional(x).unwrap_or(f64::NAN);
    listed.iter().map(value).collect()
}

/// The bars of a case: without minutes one candle a minute, with them some that are not there.
fn data(input: &Json) -> MultiCandleData {
    let (high, low, close) = (
        column(input, "high"),
        column(input, "low"),
        column(input, "close"),
    );
    let minutes: Vec<Option<i64>> = match input.get("minutes") {
        Some(minutes) => {
            let minutes = minutes.as_array().expect("a list");
            minutes.iter().map(Json::as_i64).collect()
        }
        None => (0_i64..).take(close.len()).map(Some).collect(),
    };
    let candles: Vec<Candle> = (0..close.len())
        .map(|bar| Candle {
            time_us: minutes[bar].unwrap_or(0) * 60_000_000,
            open: close[bar],
            high: high[bar],
            low: low[bar],
            close: close[bar],
            volume: 0.0,
        })
        .collect();
    let there: Vec<_> = minutes.iter().map(Option::is_some).collect();
    let series = |side: &str, candles: &[Candle], there: &[bool]| Series {
        timeframe: TF.into(),
        side: side.into(),
        candles: AlignedCandles::masked(Arc::new(CandleColumns::from_candles(candles)), there),
    };
    // Another series, longer and of other prices, that nobody asks for.
    let others: Vec<Candle> = candles.iter().chain(&candles).map(doubled).collect();
    MultiCandleData {
        series: vec![
            series("ask", &others, &[&there[..], &there[..]].concat()),
            series(SIDE, &candles, &there),
        ],
    }
}

fn doubled(candle: &Candle) -> Candle {
    Candle {
        high: 2.0 * candle.high,
        low: 2.0 * candle.low,
        close: 2.0 * candle.close,
        ..*candle
    }
}
