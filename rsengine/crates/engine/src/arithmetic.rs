//! The exact arithmetic both engines share (rules N1, N2, N4).
//!
//! Only `+ - * /`, `floor`, `ceil` and comparisons, in the order of the brackets written here, so
//! that every backend gives the same 64 bits. Nothing is fused.

/// Exact powers of ten; `powi` is not used because its last bit differs between builds.
pub const POWERS_OF_TEN: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// From here on every binary64 is a whole number, so there is nothing left to round.
pub const WHOLE_FROM: f64 = 9_007_199_254_740_992.0;

// One step of splitmix64, and what makes 53 bits a number below 1 (N3).
const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
const MIX_1: u64 = 0xBF58_476D_1CE4_E5B9;
const MIX_2: u64 = 0x94D0_49BB_1331_11EB;
const PART_STEP: u64 = 1 << 32;
const TO_UNIT: f64 = 1.0 / WHOLE_FROM;

/// Tells whether `x` is neither NaN nor infinite.
#[must_use]
#[inline]
pub fn is_finite(x: f64) -> bool {
    x.is_finite()
}

/// Returns the larger of two finite numbers, the first when they are equal (N1).
#[must_use]
#[inline]
pub fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// Returns the smaller of two finite numbers, the first when they are equal (N1).
#[must_use]
#[inline]
pub fn smaller(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// Returns `|a - b|`.
#[must_use]
#[inline]
pub fn distance(a: f64, b: f64) -> f64 {
    // The same bits as of whichever difference is not negative, and nothing to guess for a processor.
    (a - b).abs()
}

/// Returns the largest whole number not above `x`, never -0.0 (N4).
#[must_use]
#[inline]
pub fn floor(x: f64) -> f64 {
    if !(-WHOLE_FROM < x && x < WHOLE_FROM) {
        return x;
    }
    // Without the instruction for it `f64::floor` is a call; whole numbers fit into 64 bits here.
    let whole = x as i64 as f64;
    (if whole > x { whole - 1.0 } else { whole }) + 0.0
}

/// Returns the smallest whole number not below `x`, never -0.0 (N4).
#[must_use]
#[inline]
pub fn ceil(x: f64) -> f64 {
    if !(-WHOLE_FROM < x && x < WHOLE_FROM) {
        return x;
    }
    let whole = x as i64 as f64;
    (if whole < x { whole + 1.0 } else { whole }) + 0.0
}

/// 10^digits; a specification refuses digits beyond the table.
fn power_of_ten(digits: u32) -> f64 {
    debug_assert!(
        (digits as usize) < POWERS_OF_TEN.len(),
        "Invariant: digits are 0 to 15"
    );
    POWERS_OF_TEN[(digits as usize).min(POWERS_OF_TEN.len() - 1)]
}

/// Returns `whole / power`, or `x` itself where it is too large to have a fraction of a tick.
fn on_grid(x: f64, whole: f64, power: f64) -> f64 {
    let scaled = x * power;
    if !(-WHOLE_FROM < scaled && scaled < WHOLE_FROM) {
        return x;
    }
    whole / power
}

/// Rounds to the nearest tick, halves upwards: `floor(x * 10^d + 0.5) / 10^d` (N2.snap).
///
/// ```
/// # use fillproof_engine::arithmetic::snap;
/// assert_eq!(snap(1.100004, 5), 1.1);
/// assert_eq!((snap(1.23456, 4), snap(0.125, 2), snap(-0.125, 2)), (1.2346, 0.13, -0.12));
/// ```
#[must_use]
pub fn snap(x: f64, digits: u32) -> f64 {
    let power = power_of_ten(digits);
    on_grid(x, floor((x * power) + 0.5), power) + 0.0
}

/// Snaps a stop or target; a short's is negated, snapped, negated back (N2.snap).
///
/// So that a market mirrored at zero gives mirrored levels, half ticks included.
///
/// ```
/// # use fillproof_engine::arithmetic::snap_level;
/// assert_eq!((snap_level(0.125, 2, 1.0), snap_level(0.125, 2, -1.0)), (0.13, 0.12));
/// ```
#[must_use]
pub fn snap_level(x: f64, digits: u32, sign: f64) -> f64 {
    if sign > 0.0 {
        return snap(x, digits);
    }
    -snap(-x, digits) + 0.0
}

/// Rounds up to a tick, forgiving a millionth of one: `ceil(x * 10^d - 1e-6) / 10^d` (N2.adverse).
///
/// ```
/// # use fillproof_engine::arithmetic::snap_up;
/// assert_eq!((snap_up(1.100001, 5), snap_up(1.1 + 0.0001, 5)), (1.10001, 1.1001));
/// ```
#[must_use]
pub fn snap_up(x: f64, digits: u32) -> f64 {
    let power = power_of_ten(digits);
    on_grid(x, ceil((x * power) - 1e-6), power) + 0.0
}

/// Rounds down to a tick: `floor(x * 10^d + 1e-6) / 10^d` (N2.adverse).
///
/// ```
/// # use fillproof_engine::arithmetic::snap_down;
/// assert_eq!(snap_down(1.100009, 5), 1.1);
/// ```
#[must_use]
pub fn snap_down(x: f64, digits: u32) -> f64 {
    let power = power_of_ten(digits);
    on_grid(x, floor((x * power) + 1e-6), power) + 0.0
}

/// Counts the ticks between two prices: `floor(|a - b| * 10^d + 0.5)`, a whole number (N2.ticks).
///
/// ```
/// # use fillproof_engine::arithmetic::ticks;
/// assert_eq!(ticks(1.1010, 1.1000, 5), 100.0);
/// ```
#[must_use]
pub fn ticks(a: f64, b: f64, digits: u32) -> f64 {
    floor((distance(a, b) * power_of_ten(digits)) + 0.5)
}

/// Returns the number from 0 to below 1 that belongs to one side of an order (N3.random).
///
/// `side` is 0 for the entry and 1 for the exit; `part` is the number of a partial exit, else 0.
///
/// ```
/// # use fillproof_engine::arithmetic::unit_random;
/// assert_eq!(unit_random(0, 1, 0, 0), unit_random(0, 1, 0, 0));
/// assert!(unit_random(0, 1, 1, 0) < 1.0);
/// ```
#[must_use]
pub fn unit_random(seed: u64, order_id: u64, side: u64, part: u64) -> f64 {
    let number = order_id.wrapping_add(PART_STEP.wrapping_mul(part));
    let place = number.wrapping_mul(2).wrapping_add(side);
    let mut z = seed.wrapping_add(GOLDEN_GAMMA.wrapping_mul(place));
    z = (z ^ (z >> 30)).wrapping_mul(MIX_1);
    z = (z ^ (z >> 27)).wrapping_mul(MIX_2);
    z ^= z >> 31;
    (z >> 11) as f64 * TO_UNIT
}

#[cfg(test)]
mod tests {
    use super::unit_random;

    #[test]
    fn the_random_part_is_the_finaliser_of_splitmix64() {
        // The first outputs of splitmix64 for the seed 0 are known; the k-th finalises k * gamma.
        let known = [0xE220_A839_7B1D_CDAF_u64, 0x6E78_9E6A_A1B9_65F4];
        for (place, output) in known.into_iter().enumerate() {
            let place = place as u64 + 1;
            let expected = (output >> 11) as f64 / 9_007_199_254_740_992.0;
            assert_eq!(unit_random(0, place / 2, place % 2, 0), expected);
        }
    }

    #[test]
    fn a_part_counts_as_an_order_of_its_own_and_sums_wrap_around() {
        assert_eq!(unit_random(7, 1, 1, 3), unit_random(7, 1 + (3 << 32), 1, 0));
        let gamma = 0x9E37_79B9_7F4A_7C15_u64;
        let seed = u64::MAX;
        assert_eq!(
            unit_random(seed, 4, 1, 0),
            unit_random(seed.wrapping_add(gamma.wrapping_mul(9)), 0, 0, 0)
        );
    }
}
