//! exp, log and log10, the same bits everywhere (rules N5.exp, N5.log, `N5.log_ten`).
//!
//! The C library's functions differ in their last bit between systems and processors. These are
//! made of `+ - * /`, `floor` and comparisons alone, in the order of the brackets written here.
//! They carry the leading part of a result in two numbers, so that they are within 0.55 ulp (the
//! logarithms) and 0.75 ulp (exp).

use crate::arithmetic::floor;

// Below this a binary64 has fewer than 53 bits; times 2^54 it has all of them.
const LEAST_NORMAL: f64 = f64::MIN_POSITIVE;
const TWO_54: f64 = 18_014_398_509_481_984.0;

// 2^(2^n) for n from 0 to 9, all exact, and their exponents.
const POWERS_OF_TWO: [f64; 10] = [
    2.0,
    4.0,
    16.0,
    256.0,
    65_536.0,
    4_294_967_296.0,
    18_446_744_073_709_552_000.0,
    3.402_823_669_209_385e38,
    1.157_920_892_373_162e77,
    1.340_780_792_994_259_7e154,
];
const EXPONENTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

// ln 2 = LN2_HIGH + LN2_LOW; the first has 42 bits, so that a multiple up to 2048 is exact.
const LN2_HIGH: f64 = 0.693_147_180_559_890_3; // 0x1.62e42fefa3800p-1
const LN2_LOW: f64 = 5.497_923_018_708_371e-14; // 0x1.ef35793c76730p-45
const PER_LN2: f64 = std::f64::consts::LOG2_E; // 1 / ln 2, 0x1.71547652b82fep+0
// 1 / ln 10 = PER_LN10_HIGH + PER_LN10_LOW.
const PER_LN10_HIGH: f64 = std::f64::consts::LOG10_E; // 0x1.bcb7b1526e50ep-2
const PER_LN10_LOW: f64 = 1.098_319_650_216_765e-17; // 0x1.95355baaafad3p-57
const SQRT_2: f64 = std::f64::consts::SQRT_2;
const SQRT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
// 2^27 + 1 cuts a binary64 into two halves of at most 26 bits.
const SPLITTER: f64 = 134_217_729.0;

const EXP_MOST: f64 = 709.782_712_893_384;
const EXP_LEAST: f64 = -746.0;

/// `a * b` less its rounded product, exactly (Dekker, Veltkamp).
#[inline]
fn product_error(a: f64, b: f64, product: f64) -> f64 {
    let cut = SPLITTER * a;
    let a_high = cut - (cut - a);
    let a_low = a - a_high;
    let cut = SPLITTER * b;
    let b_high = cut - (cut - b);
    let b_low = b - b_high;
    ((((a_high * b_high) - product) + (a_high * b_low)) + (a_low * b_high)) + (a_low * b_low)
}

/// ln x of a finite x > 0 as the sum of two numbers (N5.log).
fn log_high_low(x: f64) -> (f64, f64) {
    let mut x = x;
    let mut exponent = 0.0;
    if x < LEAST_NORMAL {
        x *= TWO_54;
        exponent = -54.0;
    }
    // x becomes 2^exponent * x with x from 1/2 to below 2.
    if x >= 2.0 {
        for (power, step) in POWERS_OF_TWO.into_iter().zip(EXPONENTS).rev() {
            if x >= power {
                x /= power;
                exponent += step;
            }
        }
    } else if x < 0.5 {
        for (power, step) in POWERS_OF_TWO.into_iter().zip(EXPONENTS).rev() {
            let raised = x * power;
            if raised < 1.0 {
                x = raised;
                exponent -= step;
            }
        }
    }
    if x >= SQRT_2 {
        x *= 0.5;
        exponent += 1.0;
    } else if x < SQRT_HALF {
        x *= 2.0;
        exponent -= 1.0;
    }
    // ln x = 2 * (s + s^3/3 + s^5/5 + ...) with s = f / (2 + f); s in two parts, of f without error.
    let f = x - 1.0;
    let t = 2.0 + f;
    let t_low = f - (t - 2.0);
    let s = f / t;
    let product = s * t;
    let remainder = (f - product) - product_error(s, t, product);
    let s_low = (remainder - (s * t_low)) / t;
    let z = s * s;
    let mut p = 2.0 / 21.0 + (z * (2.0 / 23.0));
    p = 2.0 / 19.0 + (z * p);
    p = 2.0 / 17.0 + (z * p);
    p = 2.0 / 15.0 + (z * p);
    p = 2.0 / 13.0 + (z * p);
    p = 2.0 / 11.0 + (z * p);
    p = 2.0 / 9.0 + (z * p);
    p = 2.0 / 7.0 + (z * p);
    p = 2.0 / 5.0 + (z * p);
    p = 2.0 / 3.0 + (z * p);
    let rest = (s_low + s_low) + (s * (z * p));
    let whole = exponent * LN2_HIGH;
    let double = s + s;
    let high = whole + double;
    let low = ((whole - high) + double) + ((exponent * LN2_LOW) + rest);
    (high, low)
}

/// The natural logarithm: -inf at 0, NaN below (N5.log).
///
/// ```
/// # use fillproof_engine::transcendental::log;
/// assert_eq!((log(1.0), log(2.0)), (0.0, 0.6931471805599453));
/// assert_eq!(log(0.0), f64::NEG_INFINITY);
/// assert!(log(-1.0).is_nan());
/// ```
#[must_use]
pub fn log(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return if x == 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::NAN
        };
    }
    if x == f64::INFINITY {
        return x;
    }
    let (high, low) = log_high_low(x);
    high + low
}

/// The logarithm to base 10, exact at powers of ten (`N5.log_ten`).
///
/// ```
/// # use fillproof_engine::transcendental::log10;
/// assert_eq!((log10(1000.0), log10(2.0)), (3.0, 0.3010299956639812));
/// assert_eq!(log10(0.0), f64::NEG_INFINITY);
/// ```
#[must_use]
pub fn log10(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return if x == 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::NAN
        };
    }
    if x == f64::INFINITY {
        return x;
    }
    let (high, low) = log_high_low(x);
    let sum_high = high + low;
    let sum_low = (high - sum_high) + low;
    let product = sum_high * PER_LN10_HIGH;
    let error = product_error(sum_high, PER_LN10_HIGH, product);
    product + (error + ((sum_high * PER_LN10_LOW) + (sum_low * PER_LN10_HIGH)))
}

/// `y * 2^exponent` for a y from 1/2 to 2, rounded once at most.
fn scaled(y: f64, exponent: f64) -> f64 {
    let (mut y, mut exponent) = (y, exponent);
    if exponent > 1023.0 {
        y *= 2.0;
        exponent -= 1.0;
    }
    let small = exponent < -960.0;
    if small {
        exponent += 128.0;
    }
    let mut rest = if exponent >= 0.0 { exponent } else { -exponent };
    for (power, step) in POWERS_OF_TWO.into_iter().zip(EXPONENTS).rev() {
        if rest >= step {
            rest -= step;
            if exponent >= 0.0 {
                y *= power;
            } else {
                y /= power;
            }
        }
    }
    // The last step alone can leave the range of the normal numbers.
    if small { y / POWERS_OF_TWO[7] } else { y }
}

/// e to the power of x: infinite above 709.78, 0 below -745.13 (N5.exp).
///
/// ```
/// # use fillproof_engine::transcendental::exp;
/// assert_eq!((exp(0.0), exp(1.0), exp(-1000.0)), (1.0, 2.718281828459045, 0.0));
/// ```
#[must_use]
pub fn exp(x: f64) -> f64 {
    if x.is_nan() || x > EXP_MOST {
        return if x > EXP_MOST {
            f64::INFINITY
        } else {
            f64::NAN
        };
    }
    if x < EXP_LEAST {
        return 0.0;
    }
    // x = exponent * ln 2 + r + r_low, r within ln 2 / 2.
    let exponent = floor((x * PER_LN2) + 0.5);
    let high = x - (exponent * LN2_HIGH);
    let low = exponent * LN2_LOW;
    let r = high - low;
    let r_low = (high - r) - low;
    let mut p = 1.0 / 6_227_020_800.0 + (r * (1.0 / 87_178_291_200.0));
    p = 1.0 / 479_001_600.0 + (r * p);
    p = 1.0 / 39_916_800.0 + (r * p);
    p = 1.0 / 3_628_800.0 + (r * p);
    p = 1.0 / 362_880.0 + (r * p);
    p = 1.0 / 40_320.0 + (r * p);
    p = 1.0 / 5_040.0 + (r * p);
    p = 1.0 / 720.0 + (r * p);
    p = 1.0 / 120.0 + (r * p);
    p = 1.0 / 24.0 + (r * p);
    p = 1.0 / 6.0 + (r * p);
    p = 0.5 + (r * p);
    let whole = 1.0 + r;
    let rest = r - (whole - 1.0);
    scaled(whole + (rest + (r_low + ((r * r) * p))), exponent)
}

#[cfg(test)]
mod tests {
    use super::{exp, log, log10};
    use crate::arithmetic::unit_random;

    const VALUES: u64 = 100_000;

    /// Every second one anywhere among the numbers above 0, the others from 0.5 to 2.
    fn positive(place: u64) -> f64 {
        let unit = unit_random(1, place, 0, 0);
        if place % 2 == 1 {
            return 0.5 + (1.5 * unit);
        }
        let bits = (unit * 0x7FF0_0000_0000_0000_u64 as f64) as u64;
        f64::from_bits(bits.max(1))
    }

    /// Every second one anywhere where exp is finite and above 0, the others from -1 to 1.
    fn exponent(place: u64) -> f64 {
        let unit = unit_random(2, place, 0, 0) - 0.5;
        unit * if place % 2 == 1 { 2.0 } else { 1419.0 }
    }

    fn digest(results: impl Iterator<Item = f64>) -> u64 {
        results.fold(0xCBF2_9CE4_8422_2325, |digest, y| {
            (digest ^ y.to_bits()).wrapping_mul(0x0100_0000_01B3)
        })
    }

    #[test]
    fn the_reference_gives_the_same_bits() {
        // The digests are those of conformance/tests/test_transcendental.py.
        let found = digest((0..VALUES).map(|place| exp(exponent(place))));
        assert_eq!(found, 0x371E_2E7C_7739_3814, "exp: {found:#x}");
        let found = digest((0..VALUES).map(|place| log(positive(place))));
        assert_eq!(found, 0x8A91_15E0_027B_9733, "log: {found:#x}");
        let found = digest((0..VALUES).map(|place| log10(positive(place))));
        assert_eq!(found, 0xAB3B_5697_1390_9515, "log10: {found:#x}");
    }
}
