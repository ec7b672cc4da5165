//! When each symbol has to be looked at next.

use super::course::Course;
use crate::desk::ExecutionSimulator;
use crate::fast::LaneViews;
use crate::fast::watch::Watched;
use crate::positions::Position;

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
}

impl Waiting {
    const NOTHING: Self = Self {
        levels: Watched::NONE,
        opens: false,
        expires_us: i64::MAX,
        bars: u64::MAX,
    };

    fn add(&mut self, position: &Position, buffer: f64) {
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
    /// Changes of the active list, and orders that wait, when it was read.
    read_at: Option<(u64, usize)>,
    soonest: usize,
    /// Places of the symbols of positions, by slot.
    places: Vec<u32>,
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

    /// The place of the symbol of a slot.
    #[inline]
    pub(super) fn place_of(&self, slot: u32) -> usize {
        self.places.get(slot as usize).copied().unwrap_or(ELSEWHERE) as usize
    }

    /// Looks from a key on; `shown` tells for each symbol before which key its orders have counted.
    pub(super) fn read(
        &mut self,
        course: &Course,
        executor: &ExecutionSimulator,
        positions: &[Position],
        lanes: &LaneViews<'_>,
        (from, shown): (usize, &[usize]),
    ) {
        let now = Some((executor.blotter.version, executor.blotter.waiting));
        if self.read_at == now && self.soonest >= from {
            return;
        }
        self.read_at = now;
        self.find_places(executor, positions);
        self.fresh.fill(Waiting::NOTHING);
        let buffer = executor.config.policy.exit_buffer_pips;
        for &slot in &executor.blotter.active {
            if let Some(waiting) = self.fresh.get_mut(self.places[slot as usize] as usize) {
                waiting.add(&positions[slot as usize], buffer);
            }
        }
        self.soonest = usize::MAX;
        for (place, way) in course.ways.iter().enumerate() {
            let next = if way.first >= from {
                way.first
            } else {
                self.next_of(place, lanes, from, shown[place])
            };
            self.next[place] = next;
            self.soonest = self.soonest.min(next);
        }
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

    /// Finds the symbols of positions that are new.
    fn find_places(&mut self, executor: &ExecutionSimulator, positions: &[Position]) {
        for position in &positions[self.places.len().min(positions.len())..] {
            let quotes = executor.quotes.len();
            let place = (0..quotes).find(|&place| executor.is_of(position, place));
            let place = place.and_then(|place| u32::try_from(place).ok());
            self.places.push(place.unwrap_or(ELSEWHERE));
        }
    }
}
