//! The last bars as sums, kept in a fixed order of operations (rules I.window, I.span).
//!
//! Bars are counted in blocks of `period`. Within a block the sums of its own values grow from its
//! first bar on; those of the block before shrink to its last bars, and are made anew, from the
//! last one back, when a block begins. So each bar costs the same however long the window is,
//! nothing is ever subtracted again, and no error outlives two blocks.

use crate::arithmetic::{is_finite, larger, smaller};
use crate::errors::Result;
use crate::settings;

fn size_of(period: i64) -> usize {
    usize::try_from(period).expect("a period is at least 1")
}

/// Mean and deviation of the last `period` values (I.window).
///
/// Sums are of the distances from the first value of the block, which every window of the block
/// holds: prices differ from it by little, so that squares lose nothing.
///
/// ```
/// # use fillproof_engine::indicators::window::Window;
/// let mut window = Window::new(3)?;
/// [1.0, 2.0, 6.0].map(|x| window.update(x));
/// assert_eq!((window.mean(), window.deviation()), (3.0, 2.6457513110645907));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    length: f64,
    // The values of this block, behind them still those of the block before.
    values: Vec<f64>,
    // What the block before adds to the sums (and their squares), from each of its places to its end.
    old: Vec<(f64, f64)>,
    // From this place on the block before has no gap.
    whole_from: usize,
    place: usize,
    whole: bool,
    first: f64,
    sum: f64,
    squares: f64,
}

impl Window {
    /// A window over `period` bars that has seen none.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        let size = size_of(settings::period(period, "period")?);
        Ok(Self {
            length: period as f64,
            values: vec![f64::NAN; size],
            old: vec![(0.0, 0.0); size + 1],
            whole_from: size,
            place: size,
            whole: false,
            first: 0.0,
            sum: 0.0,
            squares: 0.0,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.values.fill(f64::NAN);
        self.old.fill((0.0, 0.0));
        self.whole_from = self.values.len();
        self.place = self.values.len();
        self.whole = false;
        self.first = 0.0;
        self.sum = 0.0;
        self.squares = 0.0;
    }

    /// Takes the next value in; NaN where it is missing.
    #[inline]
    pub fn update(&mut self, x: f64) {
        if self.place == self.values.len() {
            self.begin(x);
        }
        self.values[self.place] = x;
        self.place += 1;
        if !is_finite(x) {
            self.whole = false;
            return;
        }
        let d = x - self.first;
        self.sum += d;
        self.squares += d * d;
    }

    /// Begins a block at x: measures the values of the last one by it, from the last one back.
    fn begin(&mut self, x: f64) {
        self.whole = is_finite(x);
        // Without its first value there is no value in the whole block.
        self.first = if self.whole { x } else { 0.0 };
        self.sum = 0.0;
        self.squares = 0.0;
        let (mut total, mut squares) = (0.0, 0.0);
        let mut place = self.values.len();
        while place > 1 && is_finite(self.values[place - 1]) {
            place -= 1;
            let d = self.values[place] - self.first;
            total += d;
            squares += d * d;
            self.old[place] = (total, squares);
        }
        self.whole_from = place;
        self.place = 0;
    }

    /// Whether the last `period` values are all there.
    #[must_use]
    #[inline]
    pub fn is_full(&self) -> bool {
        self.whole && self.place >= self.whole_from
    }

    /// Mean, NaN while the window is not full.
    #[must_use]
    #[inline]
    pub fn mean(&self) -> f64 {
        if !self.is_full() {
            return f64::NAN;
        }
        self.first + ((self.old[self.place].0 + self.sum) / self.length)
    }

    /// Sample deviation (n - 1), NaN while the window is not full and for a period of 1.
    #[must_use]
    #[inline]
    pub fn deviation(&self) -> f64 {
        if self.values.len() == 1 || !self.is_full() {
            return f64::NAN;
        }
        let total = self.old[self.place].0 + self.sum;
        let squares = self.old[self.place].1 + self.squares;
        let spread = squares - ((total * total) / self.length);
        if spread > 0.0 {
            (spread / (self.length - 1.0)).sqrt()
        } else {
            0.0
        }
    }
}

/// A bar of a [`Span`], or what some of them come to: high, low, true range.
type Bar = (f64, f64, f64);

const NO_BAR: Bar = (f64::NAN, f64::NAN, f64::NAN);
const NO_BARS: Bar = (f64::NEG_INFINITY, f64::INFINITY, 0.0);

fn is_there(bar: Bar) -> bool {
    is_finite(bar.0) && is_finite(bar.1) && is_finite(bar.2)
}

fn joined(so_far: Bar, bar: Bar) -> Bar {
    (
        larger(so_far.0, bar.0),
        smaller(so_far.1, bar.1),
        so_far.2 + bar.2,
    )
}

/// Sum of ranges, highest high and lowest low of the last `period` bars (I.span).
///
/// ```
/// # use fillproof_engine::indicators::window::Span;
/// let mut span = Span::new(2)?;
/// span.update(2.0, 1.0, 1.0);
/// span.update(4.0, 2.0, 2.5);
/// assert_eq!((span.total(), span.high(), span.low()), (3.5, 4.0, 1.0));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    bars: Vec<Bar>,
    old: Vec<Bar>,
    whole_from: usize,
    place: usize,
    whole: bool,
    own: Bar,
}

impl Span {
    /// A span over `period` bars that has seen none.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        let size = size_of(settings::period(period, "period")?);
        Ok(Self {
            bars: vec![NO_BAR; size],
            old: vec![NO_BARS; size + 1],
            whole_from: size,
            place: size,
            whole: false,
            own: NO_BARS,
        })
    }

    /// Forgets every bar.
    pub fn restart(&mut self) {
        self.bars.fill(NO_BAR);
        self.old.fill(NO_BARS);
        self.whole_from = self.bars.len();
        self.place = self.bars.len();
        self.whole = false;
        self.own = NO_BARS;
    }

    /// Takes the next bar in; one with a NaN is missing.
    #[inline]
    pub fn update(&mut self, high: f64, low: f64, true_range: f64) {
        if self.place == self.bars.len() {
            self.begin();
        }
        let bar = (high, low, true_range);
        self.bars[self.place] = bar;
        self.place += 1;
        if is_there(bar) {
            self.own = joined(self.own, bar);
        } else {
            self.whole = false;
        }
    }

    fn begin(&mut self) {
        let mut so_far = NO_BARS;
        let mut place = self.bars.len();
        while place > 1 && is_there(self.bars[place - 1]) {
            place -= 1;
            so_far = joined(so_far, self.bars[place]);
            self.old[place] = so_far;
        }
        self.whole_from = place;
        self.place = 0;
        self.whole = true;
        self.own = NO_BARS;
    }

    /// Whether the last `period` bars are all there.
    #[must_use]
    #[inline]
    pub fn is_full(&self) -> bool {
        self.whole && self.place >= self.whole_from
    }

    fn joined(&self) -> Bar {
        if self.is_full() {
            joined(self.old[self.place], self.own)
        } else {
            NO_BAR
        }
    }

    /// Highest high, NaN while the window is not full.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.joined().0
    }

    /// Lowest low, NaN while the window is not full.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.joined().1
    }

    /// Sum of the true ranges, NaN while the window is not full.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.joined().2
    }
}
