//! The open positions of a portfolio in fill order, and what their marks count.
//!
//! There is no twin of this: it is a list, in which many can leave without moving the others. The
//! place of one that left stays for a while, and counts nothing.

use super::lines::Lines;
use super::maxima::Many;
use super::recall::Recall;
use super::rows::EquityRows;
use super::weight::Weight;
use crate::holdings::Holding;
use crate::marks::OpenEntry;
use crate::positions::Positions;

/// Up to so many places a position that leaves moves those behind it at once.
pub(super) const FEW: usize = 16;

/// No place.
const NONE: u32 = u32::MAX;

/// Open positions in fill order.
#[derive(Debug, Clone, Default)]
pub(crate) struct OpenList {
    entries: Vec<OpenEntry>,
    /// The same positions as their marks count them, `None` where they have none.
    weights: Vec<Option<Weight>>,
    /// By slot, the places of positions of our executors.
    places: Vec<u32>,
    /// How many places are left empty.
    gone: usize,
    lines: Lines,
    /// Whether the lines are those of the weights.
    keeps_lines: bool,
    recall: Recall,
}

impl OpenList {
    /// The positions, and places of some that left, which are marked by nothing.
    pub(crate) fn entries(&self) -> &[OpenEntry] {
        &self.entries
    }

    /// The positions that are still open.
    pub(crate) fn live(&self) -> impl Iterator<Item = &OpenEntry> {
        self.entries.iter().filter(|entry| !entry.gone)
    }

    pub(crate) fn weights(&self) -> &[Option<Weight>] {
        &self.weights
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.gone
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.len() == self.gone
    }

    /// The place of a position, if it is open.
    #[inline]
    pub(crate) fn find(&self, holding: Holding) -> Option<usize> {
        if let Holding::Own(slot) = holding {
            let place = self.places.get(slot as usize).copied();
            return place.filter(|&place| place != NONE).map(|at| at as usize);
        }
        let mut entries = self.entries.iter();
        entries.position(|entry| entry.holding == holding && !entry.gone)
    }

    /// Puts a position at the end, or where it stands already.
    pub(crate) fn enter(&mut self, entry: OpenEntry, rows: &mut EquityRows) {
        if let Some(place) = self.find(entry.holding) {
            self.entries[place] = entry;
            self.weigh(place, rows);
            return;
        }
        let weight = entry.weight();
        rows.enter(weight);
        if self.keeps_lines {
            self.lines.add(weight.as_ref());
        }
        self.weights.push(weight);
        self.entries.push(entry);
        self.place_from(self.entries.len() - 1);
    }

    /// Puts others in the place of all positions; who notes rows knows of it.
    pub(super) fn replace(&mut self, entries: Vec<OpenEntry>) {
        for entry in &self.entries {
            if let Holding::Own(slot) = entry.holding
                && let Some(place) = self.places.get_mut(slot as usize)
            {
                *place = NONE;
            }
        }
        self.weights = entries.iter().map(OpenEntry::weight).collect();
        self.entries = entries;
        (self.gone, self.keeps_lines) = (0, false);
        self.recall.forget();
        self.place_from(0);
    }

    /// Says anew where positions stand, from a place on.
    fn place_from(&mut self, first: usize) {
        for (place, entry) in self.entries.iter().enumerate().skip(first) {
            if let Holding::Own(slot) = entry.holding
                && !entry.gone
            {
                let slot = slot as usize;
                if self.places.len() <= slot {
                    self.places.resize(slot + 1, NONE);
                }
                self.places[slot] = u32::try_from(place).unwrap_or(NONE);
            }
        }
    }

    /// Takes a position out, if it is there.
    pub(crate) fn leave(&mut self, holding: Holding, rows: &mut EquityRows) {
        let Some(place) = self.find(holding) else {
            return;
        };
        if let Holding::Own(slot) = holding {
            self.places[slot as usize] = NONE;
        }
        if self.keeps_lines {
            self.lines.take(self.weights[place].as_ref());
        }
        self.recall.forget();
        if place + 1 == self.entries.len() || self.entries.len() <= FEW {
            rows.leave(place);
            self.weights.remove(place);
            self.entries.remove(place);
            self.place_from(place);
            self.keeps_lines &= self.entries.len() > FEW;
            return;
        }
        rows.set(place, None);
        self.weights[place] = None;
        let entry = &mut self.entries[place];
        (entry.gone, entry.numbers, entry.mark) = (true, None, None);
        self.gone += 1;
        if self.gone > FEW && self.gone * 4 > self.entries.len() {
            self.close_up(rows);
        }
    }

    /// Moves positions to where others left.
    fn close_up(&mut self, rows: &mut EquityRows) {
        let stays: Vec<bool> = self.entries.iter().map(|entry| !entry.gone).collect();
        let mut entries = stays.iter();
        self.entries
            .retain(|_| entries.next().copied().unwrap_or(true));
        let mut weights = stays.iter();
        self.weights
            .retain(|_| weights.next().copied().unwrap_or(true));
        self.gone = 0;
        self.recall.forget();
        self.place_from(0);
        rows.close_up(stays);
    }

    /// Leaves no places empty.
    pub(super) fn close_gaps(&mut self, rows: &mut EquityRows) {
        if self.gone > 0 {
            self.close_up(rows);
        }
    }

    /// Brings what the marks of a position count up to date.
    fn weigh(&mut self, place: usize, rows: &mut EquityRows) {
        let weight = self.entries[place].weight();
        rows.set(place, weight);
        if self.keeps_lines {
            self.lines.take(self.weights[place].as_ref());
            self.lines.add(weight.as_ref());
        }
        self.recall.forget();
        self.weights[place] = weight;
    }

    /// Lets a position be changed, and reads anew what its marks count where it was.
    pub(crate) fn change(
        &mut self,
        place: usize,
        rows: &mut EquityRows,
        change: impl FnOnce(&mut OpenEntry) -> bool,
    ) {
        if change(&mut self.entries[place]) {
            self.weigh(place, rows);
        }
    }

    /// Reads all open positions of the same core anew, given by their slots; whether one is stale.
    pub(crate) fn reread(&mut self, positions: &Positions, rows: &mut EquityRows) -> bool {
        let mut knows_stale = false;
        for place in 0..self.entries.len() {
            let open = &mut self.entries[place];
            if let (Holding::Own(slot), Some(numbers)) = (open.holding, &mut open.numbers)
                && let Some(position) = positions.get(slot as usize)
            {
                numbers.reread(position);
                knows_stale |= position.stale_unit;
                self.weigh(place, rows);
            }
        }
        knows_stale
    }

    /// What the marks of all positions count, and what is known of them together.
    pub(crate) fn many(&mut self) -> (&[Option<Weight>], Many<'_>) {
        if !self.keeps_lines || self.lines.is_worn() {
            self.lines = Lines::of(&self.weights);
            self.keeps_lines = true;
        }
        let many = Many {
            lines: &self.lines,
            recall: &mut self.recall,
        };
        (&self.weights, many)
    }
}
