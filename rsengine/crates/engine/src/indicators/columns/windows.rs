//! Means and deviations of the last values, block by block.
//!
//! The sums of a [`Window`] are made in the same order: within a block from its first value on, and
//! of the block before from its last value back. The two do not wait for each other, and what is
//! made of them is made of several at once.

use super::{is_whole, with_room};
use crate::indicators::window::{Window, deviation_of, mean_of};

/// Means, NaN where the window is not full.
pub(super) fn means(window: &Window, values: &[f64]) -> Vec<f64> {
    let plain = |window: &Window, [means]: &mut [Vec<f64>; 1]| means.push(window.mean());
    let whole = |first: f64, sums: &Sums<false>, rows: usize, [means]: &mut [Vec<f64>; 1]| {
        let totals = sums.totals[..rows].iter();
        means.extend(totals.map(|&total| mean_of(first, total, window.length())));
    };
    let [means] = along(window, values, plain, whole);
    means
}

/// Means with `factor` deviations above and below them.
pub(super) fn bands(window: &Window, factor: f64, values: &[f64]) -> [Vec<f64>; 3] {
    let plain = |window: &Window, [upper, mid, lower]: &mut [Vec<f64>; 3]| {
        let (mean, width) = (window.mean(), factor * window.deviation());
        upper.push(mean + width);
        mid.push(mean);
        lower.push(mean - width);
    };
    let mut widths = vec![0.0; window.size()];
    let whole = |first: f64, sums: &Sums<true>, rows: usize, bands: &mut [Vec<f64>; 3]| {
        let [upper, mid, lower] = bands;
        let length = window.length();
        let totals = &sums.totals[..rows];
        let pairs = totals.iter().zip(&sums.squares);
        for (width, (&total, &squares)) in widths.iter_mut().zip(pairs) {
            *width = factor * deviation_of(total, squares, length);
        }
        let from = mid.len();
        mid.extend(totals.iter().map(|&total| mean_of(first, total, length)));
        let pairs = || mid[from..].iter().zip(&widths);
        upper.extend(pairs().map(|(mean, width)| mean + width));
        lower.extend(pairs().map(|(mean, width)| mean - width));
    };
    along(window, values, plain, whole)
}

/// Sums of distances in the window at each value of a block, and where asked for of their squares.
#[derive(Default)]
struct Sums<const SQUARES: bool> {
    totals: Vec<f64>,
    squares: Vec<f64>,
}

impl<const SQUARES: bool> Sums<SQUARES> {
    fn new(size: usize) -> Self {
        let squares = vec![0.0; if SQUARES { size } else { 0 }];
        Self {
            totals: vec![0.0; size],
            squares,
        }
    }

    /// Adds what a block itself has up to each value, and begins the sums of the next with what it
    /// leaves it.
    fn pass(&mut self, block: &[f64], next: Option<(&mut Self, f64)>) {
        let first = block[0];
        let Some((sums, base)) = next else {
            add_up(&mut self.totals, block, |x| x - first);
            if SQUARES {
                add_up(&mut self.squares, block, |x| (x - first) * (x - first));
            }
            return;
        };
        let left = |x: f64| x - base;
        pass_on(
            &mut self.totals,
            &mut sums.totals,
            block,
            |x| x - first,
            left,
        );
        if SQUARES {
            let own = |x| (x - first) * (x - first);
            let left = |x| (x - base) * (x - base);
            pass_on(&mut self.squares, &mut sums.squares, block, own, left);
        }
    }
}

fn add_up(sums: &mut [f64], block: &[f64], term: impl Fn(f64) -> f64) {
    let mut own = 0.0;
    for (sum, &x) in sums.iter_mut().zip(block) {
        own += term(x);
        *sum += own;
    }
}

/// Forwards and backwards at once: neither sum waits for the other.
fn pass_on(
    sums: &mut [f64],
    next: &mut [f64],
    block: &[f64],
    term: impl Fn(f64) -> f64,
    left: impl Fn(f64) -> f64,
) {
    let (mut own, mut total) = (0.0, 0.0);
    let last = block.len() - 1;
    let forwards = sums.iter_mut().zip(block);
    let backwards = next[..last].iter_mut().zip(&block[1..]).rev();
    for ((sum, &x), (next, &y)) in forwards.zip(backwards) {
        own += term(x);
        *sum += own;
        total += left(y);
        *next = total;
    }
    sums[last] += own + term(block[last]);
    next[last] = 0.0;
}

/// Goes through the values by blocks and writes each row once: `whole` is given the first value of a
/// block, the sums at each of so many rows, `plain` the window at one value.
fn along<const O: usize, const SQUARES: bool>(
    fresh: &Window,
    values: &[f64],
    plain: impl Fn(&Window, &mut [Vec<f64>; O]),
    mut whole: impl FnMut(f64, &Sums<SQUARES>, usize, &mut [Vec<f64>; O]),
) -> [Vec<f64>; O] {
    let mut made = std::array::from_fn(|_| with_room(values.len()));
    let size = fresh.size();
    let mut window = fresh.clone();
    let (mut sums, mut next) = (Sums::new(size), Sums::new(size));
    // Whether `sums` holds what the block before leaves to this one, and how far `window` has come.
    let (mut is_left, mut fed) = (false, 0);
    for from in (0..values.len()).step_by(size) {
        let to = values.len().min(from + size);
        let block = &values[from..to];
        // Of a window of one value there is no deviation, which `whole` does not know.
        let is_whole = size > 1 && is_whole(block);
        let follows = values.get(to).filter(|_| is_whole);
        if is_whole {
            sums.pass(block, follows.map(|&first| (&mut next, first)));
        }
        if is_left && is_whole {
            whole(block[0], &sums, block.len(), &mut made);
        } else {
            if fed < from {
                // It has to know the block before this one.
                window.restart();
                values[from - size..from]
                    .iter()
                    .for_each(|&x| window.update(x));
            }
            for &x in block {
                window.update(x);
                plain(&window, &mut made);
            }
            fed = to;
        }
        is_left = follows.is_some();
        std::mem::swap(&mut sums, &mut next);
    }
    made
}
