//! Records of which the last are made when somebody looks at them.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use super::tape::Tape;

/// What can be made of trades that were only written down.
pub trait OfTape: Clone {
    /// Adds what the plain loop would have added while it took these trades in.
    fn add_all(tape: &Tape, records: &mut Vec<Self>);

    /// How many that is.
    fn count(tape: &Tape) -> usize;
}

/// A list like any other; who does not look does not pay for what is still on a tape.
#[derive(Debug, Clone)]
pub struct Later<T> {
    made: Vec<T>,
    /// What follows those that are made.
    tapes: Vec<Arc<Tape>>,
    /// All of them, once somebody has looked.
    all: OnceLock<Vec<T>>,
}

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self {
            made: Vec::new(),
            tapes: Vec::new(),
            all: OnceLock::new(),
        }
    }
}

impl<T: OfTape> Later<T> {
    /// How many there are; none is made for that.
    pub(crate) fn count(&self) -> usize {
        let later: usize = self.tapes.iter().map(|tape| T::count(tape)).sum();
        self.made.len() + later
    }

    /// Adds what these trades come to.
    pub(super) fn add(&mut self, tape: &Arc<Tape>) {
        if self.all.get().is_some() {
            self.settle();
        }
        self.tapes.push(Arc::clone(tape));
    }

    fn add_later(&self, records: &mut Vec<T>) {
        records.reserve(self.count() - self.made.len());
        for tape in &self.tapes {
            T::add_all(tape, records);
        }
    }

    /// Makes what is still on a tape.
    #[cold]
    fn settle(&mut self) {
        let mut made = match self.all.take() {
            Some(all) => all,
            None => {
                let mut made = std::mem::take(&mut self.made);
                self.add_later(&mut made);
                made
            }
        };
        std::mem::swap(&mut self.made, &mut made);
        self.tapes.clear();
    }

    #[cold]
    fn all(&self) -> &Vec<T> {
        self.all.get_or_init(|| {
            let mut all = self.made.clone();
            self.add_later(&mut all);
            all
        })
    }
}

impl<T: OfTape> Deref for Later<T> {
    type Target = Vec<T>;

    #[inline]
    fn deref(&self) -> &Vec<T> {
        if self.tapes.is_empty() {
            &self.made
        } else {
            self.all()
        }
    }
}

impl<T: OfTape> DerefMut for Later<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<T> {
        if !self.tapes.is_empty() {
            self.settle();
        }
        &mut self.made
    }
}

impl<T: OfTape + PartialEq> PartialEq for Later<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<'a, T: OfTape> IntoIterator for &'a Later<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
