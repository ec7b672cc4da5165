//! When each symbol has to be looked at next.

use super::course::Course;
use crate::desk::ExecutionSimulator;
use crate::fast::LaneViews;
use crate::fast::watch::Watched;
use crate::positions::{Position, Positions};

/// What a symbol's orders and positions wait for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Waiting {
    levels: Watched,
    /// One of them fills at the next open.
    opens: bool,
    /// The earliest time at which one of them is dead.
    expires_us: i64,
    /// How many more bars all of them may see.
    bars: u64,
    /// How many orders and positions there are.
    count: usize,
}

impl Waiting {
    const NOTHING: Self = Self {
        levels: Watched::NONE,
        opens: false,
        expires_us: i64::MAX,
        bars: u64::MAX,
        count: 0,
    };

    fn add(&mut self, position: &Position, buffer: f64) {
        self.count += 1;
        self.levels.add(position, buffer);
        if !position.is_pending() {
            return;
        }
        self.opens |= !position.order_type.waits();
        if let Some(expires_us) = position.expires_at_us() {
            self.expires_us = self.expires_us.min(expires_us);
        }
        if let (Some(most), Some(details)) = (position.max_bars(), &position.details) {
            self.bars = self.bars.min(most.saturating_sub(details.bars_seen));
        }
    }
}

/// What waits of a symbol, and when it comes about.
#[derive(Debug, Clone, Copy)]
struct Entry {
    waits: Waiting,
    /// The first key that reaches a level.
    reached: usize,
    /// The first key at which an order is dead by its time.
    expired: usize,
}

/// The next key of each symbol, by its place.
#[derive(Debug)]
pub(super) struct Agenda {
    entries: Vec<Entry>,
    fresh: Vec<Waiting>,
    next: Vec<usize>,
    /// Slots of the orders and positions that are active.
    slots: Vec<Vec<u32>>,
    /// Changes of the active list, and orders that wait, when it was read.
    read_at: Option<(u64, usize)>,
    soonest: usize,
    /// Places of the symbols of positions, by slot.
    places: Vec<u32>,
}

/// What an agenda is read from.
pub(super) struct Looks<'a> {
    pub(super) course: &'a Course,
    pub(super) executor: &'a ExecutionSimulator,
    pub(super) positions: &'a Positions,
    pub(super) lanes: &'a LaneViews<'a>,
    /// For each symbol before which key its orders have counted.
    pub(super) shown: &'a [usize],
}

/// Place of a symbol that is not on the course.
const ELSEWHERE: u32 = u32::MAX;

impl Agenda {
    pub(super) fn of(course: &Course) -> Self {
        let entry = Entry {
            waits: Waiting::NOTHING,
            reached: usize::MAX,
            expired: usize::MAX,
        };
        let symbols = course.ways.len();
        Self {
            entries: vec![entry; symbols],
            fresh: vec![Waiting::NOTHING; symbols],
            next: vec![usize::MAX; symbols],
            slots: vec![Vec::new(); symbols],
            read_at: None,
            soonest: 0,
            places: Vec::new(),
        }
    }

    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.read_at = None;
    }

    /// The next key of any symbol.
    pub(super) fn soonest(&self) -> usize {
        self.soonest
    }

    /// Whether a symbol has to be looked at by a key.
    #[inline]
    pub(super) fn is_due(&self, place: usize, key: usize) -> bool {
        self.next[place] <= key
    }

    /// The next key of a symbol.
    #[inline]
    pub(super) fn next_of_place(&self, place: usize) -> usize {
        self.next[place]
    }

    /// The place of the symbol of a slot.
    #[inline]
    pub(super) fn place_of(&self, slot: u32) -> usize {
        self.places.get(slot as usize).copied().unwrap_or(ELSEWHERE) as usize
    }

    /// The slots of the orders and positions of a symbol that are active.
    #[inline]
    pub(super) fn slots(&self, place: usize) -> &[u32] {
        &self.slots[place]
    }

    /// Takes in that a position of a symbol was filled; nothing else has changed since it was read.
    pub(super) fn enter(&mut self, place: usize, slot: u32) {
        self.know(slot, place);
        self.slots[place].push(slot);
    }

    /// Takes in of what symbol the next slot is.
    pub(super) fn know(&mut self, slot: u32, place: usize) {
        if self.places.len() == slot as usize
            && let Ok(place) = u32::try_from(place)
        {
            self.places.push(place);
        }
    }

    /// Takes in that one of the positions of a symbol left.
    pub(super) fn leave(&mut self, place: usize, at: usize) {
        self.slots[place].remove(at);
    }

    /// How many orders and positions of a symbol are active.
    pub(super) fn active(&self, executor: &ExecutionSimulator, place: usize) -> usize {
        if self.read_at == Some((executor.blotter.version, executor.blotter.waiting)) {
            return self.fresh[place].count;
        }
        let active = executor.blotter.active.iter();
        let of_symbol = active.filter(|&&slot| self.place_of(slot) == place);
        of_symbol.count()
    }

    /// Looks from a key on, at all symbols if anything has changed, else at those whose key has passed.
    pub(super) fn read(&mut self, looks: &Looks<'_>, from: usize) {
        let anew = self.has_changed(looks.executor);
        if !anew && self.soonest >= from {
            return;
        }
        if anew {
            self.gather(looks.executor, looks.positions);
        }
        for place in 0..looks.course.ways.len() {
            if anew || self.next[place] < from {
                self.look(looks, place, from);
            }
        }
        self.find_soonest();
    }

    /// Looks from a key on at some symbols; no others can have changed since it was read.
    pub(super) fn read_again(
        &mut self,
        looks: &Looks<'_>,
        places: impl Iterator<Item = usize>,
        from: usize,
    ) {
        if self.has_changed(looks.executor) {
            self.gather(looks.executor, looks.positions);
            places.for_each(|place| self.look(looks, place, from));
            self.find_soonest();
        }
    }

    /// The same where it knows who came and left.
    pub(super) fn read_known(
        &mut self,
        looks: &Looks<'_>,
        places: impl Iterator<Item = usize>,
        from: usize,
    ) {
        if !self.has_changed(looks.executor) {
            return;
        }
        debug_assert!(
            {
                let active = looks.executor.blotter.active.iter();
                let known = |slot: &u32| self.slots[self.place_of(*slot)].contains(slot);
                let count: usize = self.slots.iter().map(Vec::len).sum();
                active.len() == count && active.clone().all(known)
            },
            "Invariant: all that is active is known"
        );
        let mut is_later = false;
        for place in places {
            let before = self.next[place];
            self.look(looks, place, from);
            let next = self.next[place];
            is_later |= before <= self.soonest && next > before;
            self.soonest = self.soonest.min(next);
        }
        if is_later {
            self.find_soonest();
        }
    }

    fn has_changed(&mut self, executor: &ExecutionSimulator) -> bool {
        let now = Some((executor.blotter.version, executor.blotter.waiting));
        std::mem::replace(&mut self.read_at, now) != now
    }

    fn find_soonest(&mut self) {
        self.soonest = self.next.iter().fold(usize::MAX, |a, &b| a.min(b));
    }

    /// Reads what waits of a symbol, and when it comes about.
    fn look(&mut self, looks: &Looks<'_>, place: usize, from: usize) {
        let buffer = looks.executor.config.policy.exit_buffer_pips;
        let mut waiting = Waiting::NOTHING;
        for &slot in &self.slots[place] {
            waiting.add(&looks.positions[slot as usize], buffer);
        }
        self.fresh[place] = waiting;
        let first = looks.course.ways[place].first;
        self.next[place] = if first >= from {
            first
        } else {
            self.next_of(place, looks.lanes, from, looks.shown[place])
        };
    }

    fn next_of(&mut self, place: usize, lanes: &LaneViews<'_>, from: usize, shown: usize) -> usize {
        let (waits, entry) = (self.fresh[place], &mut self.entries[place]);
        let total = lanes.time_us.len();
        if entry.waits.levels != waits.levels || entry.reached < from {
            entry.reached = if waits.levels == Watched::NONE {
                usize::MAX
            } else {
                match waits.levels.first_reached(lanes, place, (from, total)) {
                    reached if reached == total => usize::MAX,
                    reached => reached,
                }
            };
        }
        if entry.waits.expires_us != waits.expires_us || entry.expired < from {
            entry.expired = match waits.expires_us {
                i64::MAX => usize::MAX,
                expires => {
                    let times = &lanes.time_us[from..];
                    from + times.partition_point(|&time_us| time_us < expires)
                }
            };
        }
        entry.waits = waits;
        let mut next = entry.reached.min(entry.expired);
        if waits.opens {
            next = from;
        }
        if let Ok(bars) = usize::try_from(waits.bars) {
            next = next.min(shown.saturating_add(bars));
        }
        next.max(from)
    }

    /// Finds what is active of each symbol.
    fn gather(&mut self, executor: &ExecutionSimulator, positions: &Positions) {
        self.find_places(executor, positions);
        self.slots.iter_mut().for_each(Vec::clear);
        for &slot in &executor.blotter.active {
            if let Some(slots) = self.slots.get_mut(self.places[slot as usize] as usize) {
                slots.push(slot);
            }
        }
    }

    /// Finds the symbols of positions that are new.
    fn find_places(&mut self, executor: &ExecutionSimulator, positions: &Positions) {
        for slot in self.places.len()..positions.len() {
            let position = &positions[slot];
            let quotes = executor.quotes.len();
            let place = (0..quotes).find(|&place| executor.is_of(position, place));
            let place = place.and_then(|place| u32::try_from(place).ok());
            self.places.push(place.unwrap_or(ELSEWHERE));
        }
    }
}
