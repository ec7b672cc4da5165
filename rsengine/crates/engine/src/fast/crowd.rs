//! Trades of a tape that are open at the same time, as their marks count them.

use super::lines::Lines;
use super::maxima::Many;
use super::open_list::FEW;
use super::recall::Recall;
use super::weight::Weight;

/// Open trades in fill order, in which many can leave without moving the others.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// Their numbers on the tape, which ascend, those of some that left among them.
    numbers: Vec<u32>,
    weights: Vec<Option<Weight>>,
    /// How many places are left empty.
    gone: usize,
    lines: Lines,
    recall: Recall,
}

impl Crowd {
    pub(super) fn len(&self) -> usize {
        self.numbers.len() - self.gone
    }

    /// Their weights, and nothing where one left.
    pub(super) fn weights(&self) -> &[Option<Weight>] {
        &self.weights
    }

    /// Their numbers.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        let places = self.numbers.iter().zip(&self.weights);
        places.filter_map(|(&number, weight)| weight.is_some().then_some(number))
    }

    /// Puts a trade behind the others.
    #[inline]
    pub(super) fn enter(&mut self, number: u32, weight: Weight) {
        self.lines.add(Some(&weight));
        self.numbers.push(number);
        self.weights.push(Some(weight));
    }

    /// Takes a trade out.
    #[inline]
    pub(super) fn leave(&mut self, number: u32) {
        let Ok(place) = self.numbers.binary_search(&number) else {
            debug_assert!(false, "Invariant: a trade that leaves is open");
            return;
        };
        self.lines.take(self.weights[place].as_ref());
        self.recall.forget();
        if self.numbers.len() <= FEW {
            self.numbers.remove(place);
            self.weights.remove(place);
            return;
        }
        self.weights[place] = None;
        self.gone += 1;
        if self.gone * 4 > self.numbers.len() {
            let mut weights = self.weights.iter();
            self.numbers
                .retain(|_| weights.next().is_some_and(Option::is_some));
            self.weights.retain(Option::is_some);
            self.gone = 0;
        }
    }

    /// What the marks of all count, and what is known of them together.
    pub(super) fn many(&mut self) -> (&[Option<Weight>], Many<'_>) {
        if self.lines.is_worn() {
            self.lines = Lines::of(&self.weights);
        }
        let many = Many {
            lines: &self.lines,
            recall: &mut self.recall,
        };
        (&self.weights, many)
    }
}
