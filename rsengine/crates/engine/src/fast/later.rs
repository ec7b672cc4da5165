//! Records of which many are made only when somebody looks at them.

use std::ops::{Index, IndexMut};
use std::sync::{Arc, OnceLock};

use fillproof_ahead::fetch_end;

use super::tape::Tape;

/// What can be made of trades that were only written down.
pub trait OfTape: Clone {
    /// Adds what the plain loop would have added while it took these trades in.
    fn add_all(tape: &Tape, records: &mut Vec<Self>);

    /// How many that is.
    fn count(tape: &Tape) -> usize;
}

/// Trades that were only written down, of which such records can be made.
pub(super) trait Makes<T>: std::fmt::Debug + Send + Sync {
    /// Adds what the plain loop would have added while it took these trades in.
    fn add_all(&self, records: &mut Vec<T>);

    /// How many that is.
    fn count(&self) -> usize;
}

impl<T: OfTape> Makes<T> for Tape {
    fn add_all(&self, records: &mut Vec<T>) {
        T::add_all(self, records);
    }

    fn count(&self) -> usize {
        T::count(self)
    }
}

/// Some records, or what they are made from.
#[derive(Debug, Clone)]
enum Part<T> {
    Made(Vec<T>),
    Taken(Arc<dyn Makes<T>>),
}

/// Records in order; those that nobody looks at are never made.
///
/// The last ones are made and can be changed; so a run goes on without a look at those before.
#[derive(Debug, Clone)]
pub struct Later<T> {
    before: Vec<Part<T>>,
    /// How many those are.
    first: usize,
    last: Vec<T>,
    /// Some of those before that are made and can be changed, too, in ascending order of their places.
    loose: Vec<(usize, T)>,
    /// All of them, once somebody has looked.
    all: OnceLock<Vec<T>>,
}

impl<T> Default for Later<T> {
    fn default() -> Self {
        Self {
            before: Vec::new(),
            first: 0,
            last: Vec::new(),
            loose: Vec::new(),
            all: OnceLock::new(),
        }
    }
}

impl<T: OfTape> Later<T> {
    /// How many there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.first + self.last.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, made now if they were not.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        if self.before.is_empty() {
            &self.last
        } else {
            self.all()
        }
    }

    /// All of them in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.as_slice().iter()
    }

    /// The record at a place.
    #[must_use]
    #[inline]
    pub fn get(&self, place: usize) -> Option<&T> {
        match place.checked_sub(self.first) {
            Some(place) => self.last.get(place),
            None => self.loose(place).or_else(|| self.all().get(place)),
        }
    }

    /// The record at a place, if it is one of those before that are made.
    fn loose(&self, place: usize) -> Option<&T> {
        let at = self.loose.binary_search_by_key(&place, |loose| loose.0);
        at.ok().map(|at| &self.loose[at].1)
    }

    /// The same, to be changed; not once somebody has all of them.
    fn loose_mut(&mut self, place: usize) -> Option<&mut T> {
        if place >= self.first || self.all.get().is_some() {
            return None;
        }
        let at = self.loose.binary_search_by_key(&place, |loose| loose.0);
        at.ok().map(|at| &mut self.loose[at].1)
    }

    /// Makes sure that a record can be changed without a look at the others: it is the last of those
    /// that can.
    pub(super) fn loosen(&mut self, place: usize, record: T) {
        debug_assert!(self.loose.last().is_none_or(|last| last.0 < place));
        if place < self.first {
            self.loose.push((place, record));
        }
    }

    /// Whether a record can be changed wherever more are added.
    pub(super) fn is_loose(&self, place: usize) -> bool {
        self.loose(place).is_some()
    }

    /// The record at a place, to be changed.
    #[inline]
    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        if self.loose_mut(place).is_some() {
            return self.loose_mut(place);
        }
        if place < self.first || self.all.get().is_some() {
            self.settle();
        }
        self.last.get_mut(place - self.first)
    }

    /// Adds a record at the end.
    #[inline]
    pub fn push(&mut self, record: T) {
        if self.all.get().is_some() {
            self.settle();
        }
        self.last.push(record);
    }

    /// Makes room for more records.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.last.reserve(more);
    }

    /// Asks for the memory of the next record.
    #[inline]
    pub(super) fn fetch_end(&mut self) {
        fetch_end(&mut self.last);
    }

    /// Gets ready for changes, whoever has looked.
    pub(super) fn begin_changes(&mut self) {
        if self.all.get().is_some() {
            self.settle();
        }
    }

    /// Adds what trades that were written down come to.
    pub(super) fn add(&mut self, tape: &Arc<impl Makes<T> + 'static>) {
        self.begin_changes();
        if !self.last.is_empty() {
            self.first += self.last.len();
            let last = std::mem::take(&mut self.last);
            self.before.push(Part::Made(last));
        }
        self.first += tape.count();
        let tape = Arc::clone(tape);
        self.before.push(Part::Taken(tape));
    }

    #[cold]
    fn all(&self) -> &Vec<T> {
        self.all.get_or_init(|| {
            let mut all = Vec::with_capacity(self.len());
            for part in &self.before {
                match part {
                    Part::Made(records) => all.extend_from_slice(records),
                    Part::Taken(tape) => tape.add_all(&mut all),
                }
            }
            all.extend_from_slice(&self.last);
            for (place, record) in &self.loose {
                all[*place] = record.clone();
            }
            debug_assert_eq!(all.len(), self.len());
            all
        })
    }

    /// Makes those that are not made, so that all of them can be changed.
    #[cold]
    fn settle(&mut self) {
        self.all();
        if let Some(all) = self.all.take() {
            (self.before, self.first, self.last) = (Vec::new(), 0, all);
            self.loose.clear();
        }
    }
}

impl<T: OfTape> Index<usize> for Later<T> {
    type Output = T;

    #[inline]
    fn index(&self, place: usize) -> &T {
        match place.checked_sub(self.first) {
            Some(at) => &self.last[at],
            None => self.loose(place).unwrap_or_else(|| &self.all()[place]),
        }
    }
}

impl<T: OfTape> IndexMut<usize> for Later<T> {
    #[inline]
    fn index_mut(&mut self, place: usize) -> &mut T {
        if place < self.first && self.is_loose(place) && self.all.get().is_none() {
            let at = self.loose.partition_point(|loose| loose.0 < place);
            return &mut self.loose[at].1;
        }
        if place < self.first || self.all.get().is_some() {
            self.settle();
        }
        &mut self.last[place - self.first]
    }
}

impl<T: OfTape + PartialEq> PartialEq for Later<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<'a, T: OfTape> IntoIterator for &'a Later<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
