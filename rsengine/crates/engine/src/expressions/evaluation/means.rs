//! Exponential means of expressions, several side by side.

use std::mem;

use super::{Buffer, Rows};
use crate::arithmetic::is_finite;
use crate::expressions::tree::Place;
use crate::indicators::ema::Ema;

/// Exponential means of one series, and the steps that they are.
#[derive(Debug, Clone)]
pub(super) struct Means {
    pub(super) series: usize,
    pub(super) places: Vec<Place>,
    pub(super) means: Vec<Ema>,
}

impl Means {
    /// Keeps the means of some places.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(Place) -> bool) {
        let mut places = self.places.iter();
        self.means
            .retain(|_| places.next().is_some_and(|&place| stays(place)));
        self.places.retain(|&place| stays(place));
    }

    /// Sends the closes of a block through all means.
    pub(super) fn update(&mut self, rows: &Rows<'_>, buffers: &mut [Buffer]) {
        for (places, means) in self.places.chunks(4).zip(self.means.chunks_mut(4)) {
            if let Some(is_new) = rows.is_new {
                for (&place, mean) in places.iter().zip(means) {
                    let out = &mut buffers[place].numbers[1..];
                    for ((out, &x), &is_new) in out.iter_mut().zip(rows.close).zip(is_new) {
                        *out = if is_new { mean.update(x) } else { mean.value() };
                    }
                }
                continue;
            }
            match (places, means) {
                (&[a, b, c, d], [i, j, k, l]) => {
                    side_by_side([a, b, c, d], [i, j, k, l], rows.close, buffers);
                }
                (&[a, b, c], [i, j, k]) => side_by_side([a, b, c], [i, j, k], rows.close, buffers),
                (&[a, b], [i, j]) => side_by_side([a, b], [i, j], rows.close, buffers),
                (&[a], [i]) => side_by_side([a], [i], rows.close, buffers),
                _ => {}
            }
        }
    }
}

/// Advances several means at once: each waits for its own last value, not for the others'.
fn side_by_side<const N: usize>(
    places: [Place; N],
    means: [&mut Ema; N],
    close: &[f64],
    buffers: &mut [Buffer],
) {
    let mut advanced = means.each_ref().map(|mean| (**mean).clone());
    let mut out = places.map(|place| mem::take(&mut buffers[place].numbers));
    {
        let mut columns = out.each_mut().map(|out| &mut out[1..=close.len()]);
        if advanced.iter().all(Ema::is_steady)
            && close.iter().fold(true, |all, &x| all & is_finite(x))
        {
            // As `Ema::update` does with values of which none is missing.
            let weights = advanced.each_ref().map(Ema::weights);
            let mut values = advanced.each_ref().map(Ema::value);
            for (row, &x) in close.iter().enumerate() {
                for lane in 0..N {
                    let (new_weight, old_weight) = weights[lane];
                    values[lane] = (new_weight * x) + (old_weight * values[lane]);
                    columns[lane][row] = values[lane];
                }
            }
            for (mean, value) in advanced.iter_mut().zip(values) {
                mean.set_steady(value);
            }
        } else {
            for (row, &x) in close.iter().enumerate() {
                for (mean, column) in advanced.iter_mut().zip(&mut columns) {
                    column[row] = mean.update(x);
                }
            }
        }
    }
    for (((place, out), mean), advanced) in places.iter().zip(out).zip(means).zip(advanced) {
        buffers[*place].numbers = out;
        *mean = advanced;
    }
}
