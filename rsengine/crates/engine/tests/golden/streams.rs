//! Indicators bar by bar: they must give what the cache gives for all bars at once, and begin anew.

use fillproof_engine::errors::Result;
use fillproof_engine::indicators::atr::Atr;
use fillproof_engine::indicators::ema::Ema;
use fillproof_engine::indicators::garch::{Garch, GarchSettings, KalmanGarchZscore};
use fillproof_engine::indicators::kalman::{KalmanMean, KalmanZscore};
use fillproof_engine::indicators::momentum::{Macd, Roc, Rsi};
use fillproof_engine::indicators::moving::{Bollinger, MeanSource, Sma, Zscore};
use fillproof_engine::indicators::trend::{Choppiness, Dmi};
use serde_json::Value as Json;

use crate::files::{number, whole};

/// What can be asked of an indicator: its next value, its last one, to begin anew.
enum Ask {
    Next([f64; 3]),
    Last,
    Anew,
}

type Stream = Box<dyn FnMut(Ask) -> Vec<f64>>;

/// Makes the answers of one type, of a bar's close or of high, low and close.
macro_rules! stream {
    ($made:expr, $parts:expr) => {{
        let (mut own, parts) = ($made, $parts);
        Box::new(move |ask| match ask {
            Ask::Next([_, _, close]) => parts(own.update(close)),
            Ask::Last => parts(own.value()),
            Ask::Anew => {
                own.restart();
                Vec::new()
            }
        })
    }};
    (bars $made:expr, $parts:expr) => {{
        let (mut own, parts) = ($made, $parts);
        Box::new(move |ask| match ask {
            Ask::Next([high, low, close]) => parts(own.update(high, low, close)),
            Ask::Last => parts(own.value()),
            Ask::Anew => {
                own.restart();
                Vec::new()
            }
        })
    }};
}

/// The indicator of a method, `None` where there is none.
fn stream(method: &str, arguments: &Json, garch: &GarchSettings) -> Result<Option<Stream>> {
    let count = |key: &str, default| arguments.get(key).map_or(default, whole);
    let real = |key: &str, default| arguments.get(key).map_or(default, number);
    let (r, q) = (real("R", 0.01), real("Q", 1.0));
    let period = count("period", 14);
    let one = |x: f64| vec![x];
    let two = |(a, b): (f64, f64)| vec![a, b];
    let three = |(a, b, c): (f64, f64, f64)| vec![a, b, c];
    Ok(Some(match method {
        "ema" => stream!(Ema::new(period)?, one),
        "sma" => stream!(Sma::new(period)?, one),
        "rsi" => stream!(Rsi::new(period)?, one),
        "roc" => stream!(Roc::new(period)?, one),
        "atr" => stream!(bars Atr::new(period)?, one),
        "choppiness" => stream!(bars Choppiness::new(period)?, one),
        "dmi" => stream!(bars Dmi::new(period)?, three),
        "bollinger" => {
            let made = Bollinger::new(count("period", 20), real("std_factor", 2.0))?;
            stream!(made, three)
        }
        "macd" => {
            let (fast, slow) = (count("fast_period", 12), count("slow_period", 26));
            stream!(Macd::new(fast, slow, count("signal_period", 9))?, two)
        }
        "zscore" => {
            let word = arguments.get("mean_source").and_then(Json::as_str);
            let source = MeanSource::parse(word.unwrap_or("rolling"))?;
            let ema_period = arguments.get("ema_period").map(whole);
            stream!(Zscore::new(count("window", 100), source, ema_period)?, one)
        }
        "kalman_mean" => stream!(KalmanMean::new(r, q)?, one),
        "kalman_zscore" => stream!(KalmanZscore::new(count("window", 100), r, q)?, one),
        "garch_volatility" => stream!(Garch::new(garch)?, one),
        "kalman_garch_zscore" => stream!(KalmanGarchZscore::new(r, q, garch)?, one),
        _ => return Ok(None),
    }))
}

/// Sends bars through the indicator of a method twice and compares.
pub fn check(
    method: &str,
    arguments: &Json,
    garch: &GarchSettings,
    bars: &[[f64; 3]],
    expected: &[impl AsRef<[f64]>],
) -> Result<()> {
    let Some(mut stream) = stream(method, arguments, garch)? else {
        return Ok(());
    };
    for turn in ["first", "after a restart"] {
        let mut last = Vec::new();
        for (place, bar) in bars.iter().enumerate() {
            let found = stream(Ask::Next(*bar));
            let wanted: Vec<f64> = expected.iter().map(|part| part.as_ref()[place]).collect();
            assert_eq!(bits(&found), bits(&wanted), "{method}, bar {place}, {turn}");
            last = found;
        }
        if !bars.is_empty() {
            assert_eq!(bits(&stream(Ask::Last)), bits(&last), "{method}, {turn}");
        }
        stream(Ask::Anew);
    }
    Ok(())
}

/// Bits, of which no number has several: not every NaN is the same.
fn bits(values: &[f64]) -> Vec<u64> {
    let one = |x: &f64| if x.is_nan() { f64::NAN } else { *x };
    values.iter().map(|x| one(x).to_bits()).collect()
}
