//! Columns against streams, bit for bit: long ones, short ones, with gaps, plateaus and huge values.

use super::*;

/// A random walk; about one in `rare` of its bars is what `odd` says instead.
struct Made {
    high: Vec<f64>,
    low: Vec<f64>,
    close: Vec<f64>,
}

fn made(seed: u64, rows: usize, step: f64, rare: Option<(u64, f64)>) -> Made {
    let mut state = seed;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut bars = Made {
        high: vec![],
        low: vec![],
        close: vec![],
    };
    let mut level = 1.1;
    for _ in 0..rows {
        level += step * (random() % 25) as f64 - (step * 12.0);
        let (up, down) = ((random() % 6) as f64, (random() % 6) as f64);
        let mut bar = [level + (step * up), level - (step * down), level];
        if let Some((rare, odd)) = rare
            && random() % rare == 0
        {
            // One price of a bar alone, or all of them.
            match random() % 4 {
                3 => bar = [odd; 3],
                part => bar[usize::try_from(part).expect("below 3")] = odd,
            }
        }
        bars.high.push(bar[0]);
        bars.low.push(bar[1]);
        bars.close.push(bar[2]);
    }
    bars
}

fn samples() -> Vec<Made> {
    let mut all: Vec<Made> = (0..40).map(|rows| made(7, rows, 1e-4, None)).collect();
    for rows in [400, 3_000, 20_000] {
        all.push(made(1, rows, 1e-5, None));
        all.push(made(2, rows, 0.0, None));
        all.push(made(3, rows, 1e-5, Some((1_000, f64::NAN))));
        all.push(made(4, rows, 1e-5, Some((20, f64::NAN))));
        all.push(made(5, rows, 1e-5, Some((3_000, f64::INFINITY))));
        all.push(made(6, rows, 1e-5, Some((3_000, 1.7e308))));
        // Half of it stands still, so that what a stretch began with is not forgotten.
        let mut still = made(8, rows, 1e-5, None);
        for column in [&mut still.high, &mut still.low, &mut still.close] {
            let (middle, value) = (rows / 3, column[rows / 3]);
            column[middle..].fill(value);
        }
        all.push(still);
        // Nothing at first, as of a longer timeframe.
        let mut late = made(9, rows, 1e-5, None);
        for column in [&mut late.high, &mut late.low, &mut late.close] {
            column[..rows / 10].fill(f64::NAN);
        }
        all.push(late);
    }
    all
}

#[track_caller]
fn same<const N: usize>(columns: [Vec<f64>; N], streamed: [Vec<f64>; N], what: &str) {
    for (column, streamed) in columns.iter().zip(&streamed) {
        assert_eq!(column.len(), streamed.len(), "{what}");
        for (row, (a, b)) in column.iter().zip(streamed).enumerate() {
            let equal = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
            assert!(
                equal,
                "{what}, row {row} of {}: {a} of the column, {b} streamed",
                column.len()
            );
        }
    }
}

#[test]
fn columns_are_what_streams_give() {
    for bars in samples() {
        let close = bars.close.as_slice();
        let all = Bars {
            high: &bars.high,
            low: &bars.low,
            close,
        };
        for period in [1, 2, 3, 10, 14, 50, 200] {
            let mut s = Ema::new(period).unwrap();
            same(
                [ema(s.clone(), close)],
                each(close, |x| [s.update(x)]),
                "ema",
            );
            let mut s = Rsi::new(period).unwrap();
            same(
                [rsi(s.clone(), close)],
                each(close, |x| [s.update(x)]),
                "rsi",
            );
            let mut s = Macd::new(period, 2 * period, 9).unwrap();
            same(
                macd(s.clone(), close),
                each(close, |x| s.update(x).into()),
                "macd",
            );
            let mut s = Roc::new(period).unwrap();
            same(
                [roc(&s.clone(), close)],
                each(close, |x| [s.update(x)]),
                "roc",
            );
            let mut s = Sma::new(period).unwrap();
            same(
                [sma(&s.clone(), close)],
                each(close, |x| [s.update(x)]),
                "sma",
            );
            let mut s = Bollinger::new(period, 2.0).unwrap();
            same(
                bollinger(&s.clone(), close),
                each(close, |x| s.update(x).into()),
                "bollinger",
            );
            let mut s = Atr::new(period).unwrap();
            let streamed = each_bar(all, |h, l, c| [s.update(h, l, c)]);
            same([atr(Atr::new(period).unwrap(), all)], streamed, "atr");
            let mut s = Dmi::new(period).unwrap();
            same(
                dmi(s.clone(), all),
                each_bar(all, |h, l, c| s.update(h, l, c).into()),
                "dmi",
            );
        }
    }
}

#[test]
fn a_stretch_that_began_otherwise_is_made_anew() {
    // Of a column that stands still a mean stays where it came from, by some last bits.
    let bars = made(8, 30_000, 1e-5, None);
    let mut close = bars.close;
    let value = close[2_000];
    close[2_000..].fill(value);
    let mut stream = Ema::new(100).unwrap();
    let column = ema(stream.clone(), &close);
    assert!(
        column[29_999].to_bits() != value.to_bits(),
        "the case shows what it is for"
    );
    same([column], each(&close, |x| [stream.update(x)]), "ema");
}

#[test]
fn a_price_that_is_missing_alone_is_seen() {
    let rows = 9_000;
    for place in [0, 40, 4_500, rows - 2, rows - 1] {
        for part in 0..3 {
            let mut bars = made(10, rows, 1e-5, None);
            [&mut bars.high, &mut bars.low, &mut bars.close][part][place] = f64::NAN;
            let all = Bars {
                high: &bars.high,
                low: &bars.low,
                close: &bars.close,
            };
            let mut s = Atr::new(14).unwrap();
            same(
                [atr(s.clone(), all)],
                each_bar(all, |h, l, c| [s.update(h, l, c)]),
                "atr",
            );
            let mut s = Dmi::new(14).unwrap();
            same(
                dmi(s.clone(), all),
                each_bar(all, |h, l, c| s.update(h, l, c).into()),
                "dmi",
            );
        }
    }
}
