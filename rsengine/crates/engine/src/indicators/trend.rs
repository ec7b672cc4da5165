//! Ranges and directions of whole bars (rules `I.true_range`, I.dmi, I.choppiness).

use crate::arithmetic::{distance, is_finite, larger};
use crate::errors::Result;
use crate::indicators::ema::Ema;
use crate::indicators::moving::Wilder;
use crate::indicators::window::Span;
use crate::transcendental::log10;

/// Streaming true range: that of the bar, or from the close before it (`I.true_range`).
///
/// A bar with a NaN has none and is left out: the next counts from the last close there was.
///
/// ```
/// # use fillproof_engine::indicators::trend::TrueRange;
/// let mut ranges = TrueRange::default();
/// assert_eq!((ranges.update(2.0, 1.0, 1.5), ranges.update(3.0, 2.0, 2.5)), (1.0, 1.5));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TrueRange {
    close: f64,
}

impl Default for TrueRange {
    fn default() -> Self {
        Self { close: f64::NAN }
    }
}

impl TrueRange {
    /// The range of a bar after a close.
    #[inline(always)]
    pub(super) fn between(high: f64, low: f64, close: f64) -> f64 {
        let range = larger(high - low, distance(high, close));
        larger(range, distance(low, close))
    }

    /// Forgets every bar.
    pub fn restart(&mut self) {
        self.close = f64::NAN;
    }

    /// Takes the next bar in and returns its range, NaN where a price is missing.
    #[inline]
    pub fn update(&mut self, high: f64, low: f64, close: f64) -> f64 {
        if !(is_finite(high) && is_finite(low) && is_finite(close)) {
            return f64::NAN;
        }
        let true_range = if is_finite(self.close) {
            Self::between(high, low, self.close)
        } else {
            high - low
        };
        self.close = close;
        true_range
    }
}

const NONE: (f64, f64, f64) = (f64::NAN, f64::NAN, f64::NAN);

/// Streaming directional movement: +DI, -DI and ADX after Wilder (I.dmi).
///
/// ```
/// # use fillproof_engine::indicators::trend::Dmi;
/// let mut movement = Dmi::new(2)?;
/// movement.update(2.0, 1.0, 1.5);
/// assert_eq!(movement.update(3.0, 2.0, 2.5), (40.0, 0.0, 100.0));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dmi {
    plus: Wilder,
    minus: Wilder,
    ranges: Wilder,
    index: Wilder,
    range: TrueRange,
    high: f64,
    low: f64,
    value: (f64, f64, f64),
}

impl Dmi {
    /// A movement over `period` bars that has seen none.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        let average = Wilder::new(period)?;
        Ok(Self {
            plus: average.clone(),
            minus: average.clone(),
            ranges: average.clone(),
            index: average,
            range: TrueRange::default(),
            high: f64::NAN,
            low: f64::NAN,
            value: NONE,
        })
    }

    /// Forgets every bar.
    pub fn restart(&mut self) {
        self.means().for_each(Wilder::restart);
        self.range.restart();
        self.high = f64::NAN;
        self.low = f64::NAN;
        self.value = NONE;
    }

    fn means(&mut self) -> impl Iterator<Item = &mut Wilder> {
        [
            &mut self.plus,
            &mut self.minus,
            &mut self.ranges,
            &mut self.index,
        ]
        .into_iter()
    }

    /// The means: +DM, -DM, true range, DX.
    pub(super) fn averages(&self) -> [&Ema; 4] {
        [&self.plus, &self.minus, &self.ranges, &self.index].map(Wilder::average)
    }

    /// +DM and -DM of a rise of the high and a fall of the low.
    #[inline(always)]
    pub(super) fn moves(up: f64, down: f64) -> (f64, f64) {
        let plus = if (up > down) & (up > 0.0) { up } else { 0.0 };
        let minus = if (down > up) & (down > 0.0) {
            down
        } else {
            0.0
        };
        (plus, minus)
    }

    /// +DI, -DI and DX of the means, NaN where there are none.
    #[inline(always)]
    pub(super) fn indices(plus: f64, minus: f64, range: f64) -> (f64, f64, f64) {
        let (plus_di, minus_di) = if range > 0.0 {
            ((100.0 * plus) / range, (100.0 * minus) / range)
        } else {
            (f64::NAN, f64::NAN)
        };
        let both = plus_di + minus_di;
        let spread = if both > 0.0 {
            (distance(plus_di, minus_di) / both) * 100.0
        } else {
            f64::NAN
        };
        (plus_di, minus_di, spread)
    }

    /// Last +DI, -DI and ADX, NaN where there are none.
    #[must_use]
    pub fn value(&self) -> (f64, f64, f64) {
        self.value
    }

    /// Takes the next bar in and returns +DI, -DI and ADX.
    #[inline]
    pub fn update(&mut self, high: f64, low: f64, close: f64) -> (f64, f64, f64) {
        let true_range = self.range.update(high, low, close);
        if !is_finite(true_range) {
            // The bar is left out, but the past ages.
            self.means().for_each(|average| {
                average.update(f64::NAN);
            });
            return self.value;
        }
        let (mut up, mut down) = (0.0, 0.0);
        if is_finite(self.high) {
            up = high - self.high;
            down = self.low - low;
        }
        self.high = high;
        self.low = low;
        let (plus, minus) = Self::moves(up, down);
        let plus = self.plus.update(plus);
        let minus = self.minus.update(minus);
        let range = self.ranges.update(true_range);
        let (plus_di, minus_di, spread) = Self::indices(plus, minus, range);
        self.value = (plus_di, minus_di, self.index.update(spread));
        self.value
    }
}

/// Streaming choppiness: 100 where the bars go nowhere, towards 0 in a straight line.
///
/// Rule I.choppiness.
///
/// ```
/// # use fillproof_engine::indicators::trend::Choppiness;
/// let mut chop = Choppiness::new(2)?;
/// assert!(chop.update(2.0, 1.0, 1.5).is_nan());
/// assert_eq!(chop.update(2.0, 1.0, 1.5), 100.0);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Choppiness {
    scale: f64,
    span: Span,
    range: TrueRange,
}

impl Choppiness {
    /// A choppiness over `period` bars that has seen none; of a period of 1 there is no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        Ok(Self {
            span: Span::new(period)?,
            scale: log10(period as f64),
            range: TrueRange::default(),
        })
    }

    /// Forgets every bar.
    pub fn restart(&mut self) {
        self.span.restart();
        self.range.restart();
    }

    /// Last value, NaN where there is none.
    #[must_use]
    pub fn value(&self) -> f64 {
        let height = self.span.high() - self.span.low();
        let total = self.span.total();
        if height > 0.0 && total > 0.0 && self.scale > 0.0 {
            ((100.0 * log10(total / height)) / self.scale) + 0.0
        } else {
            f64::NAN
        }
    }

    /// Takes the next bar in and returns the choppiness.
    #[inline]
    pub fn update(&mut self, high: f64, low: f64, close: f64) -> f64 {
        let true_range = self.range.update(high, low, close);
        // A bar with a missing price is missing as a whole.
        self.span.update(high, low, true_range);
        self.value()
    }
}
