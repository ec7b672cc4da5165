//! Crosses of two means with a fixed bracket, many at once: bars in which a run can do nothing are
//! not looked at, and what runs have in common is found once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use crate::candles::CandleColumns;
use crate::errors::Result;
use crate::signals::Direction;
use crate::strategies::ema_cross::EmaCross;

use super::brackets::{Books, Desk, Outcome, are_covered};
use super::crosses::{CHUNK, Means, Place, TILE};
use super::sides::Side;
use super::{Candidate, Combination, Row, Rows, Sweep};

/// Combinations of a unit of work, at most.
const UNIT: usize = 256;
/// Pairs from which on it pays to remember what became of an order.
const SHARED: usize = 4;
/// Unknown, in the table of outcomes; others count from 1.
const UNKNOWN: u32 = 0;

/// Combinations that one thread runs together, by their places.
#[derive(Debug, Clone)]
pub(super) enum Unit {
    /// Pairs of means.
    Pairs(Vec<usize>),
    /// One of any other kind.
    One(usize),
}

/// What all pairs of a sweep share.
#[derive(Debug)]
pub(super) struct Pairs<'a> {
    sweep: &'a Sweep,
    sides: Option<(Side<'a>, Side<'a>)>,
}

/// Parts the work of a sweep into units, those of many combinations first.
pub(super) fn plan(sweep: &Sweep, combinations: &[Combination], workers: usize) -> Vec<Unit> {
    let (mut paired, mut others) = (Vec::new(), Vec::new());
    let covered: Vec<bool> = sweep
        .configs
        .iter()
        .map(|config| !sweep.digests && are_covered(config, &sweep.symbol))
        .collect();
    for (place, combination) in combinations.iter().enumerate() {
        match &combination.candidate {
            Candidate::EmaCross(cross)
                if covered[combination.config] && is_primary(sweep, combination, cross) =>
            {
                paired.push((
                    key_of(combination.config, cross),
                    cross.fast(),
                    cross.slow(),
                    place,
                ));
            }
            _ => others.push(Unit::One(place)),
        }
    }
    paired.sort_unstable();
    // As few as can be, since each computes the means of its pairs; as many for each worker.
    let workers = workers.max(1);
    let units = paired.len().div_ceil(UNIT).next_multiple_of(workers);
    let size = paired.len().div_ceil(units.max(1)).max(1);
    let mut units: Vec<Unit> = paired
        .chunks(size)
        .map(|some| Unit::Pairs(some.iter().map(|&(_, _, _, place)| place).collect()))
        .collect();
    units.append(&mut others);
    units
}

/// Whether the strategy reads the bars of the run themselves.
fn is_primary(sweep: &Sweep, combination: &Combination, cross: &EmaCross) -> bool {
    let data = &sweep.datas[combination.data];
    let reads = |side: &str, columns: &Arc<CandleColumns>| {
        data.find(cross.timeframe(), side, &sweep.symbol)
            .ok()
            .and_then(|place| data.series[place].candles.whole())
            .is_some_and(|whole| Arc::ptr_eq(whole, columns))
    };
    reads("bid", &sweep.bid) && reads("ask", &sweep.ask)
}

/// What orders are the same by: the place of the settings, the bits of both distances.
type Key = (usize, u64, u64);

fn key_of(config: usize, cross: &EmaCross) -> Key {
    let (stop, target) = cross.distances();
    (config, stop.to_bits(), target.to_bits())
}

impl<'a> Pairs<'a> {
    pub(super) fn new(sweep: &'a Sweep, units: &[Unit]) -> Self {
        let any = units.iter().any(|unit| matches!(unit, Unit::Pairs(_)));
        let sides = any.then(|| (Side::new(&sweep.bid), Side::new(&sweep.ask)));
        Self { sweep, sides }
    }
}

/// Orders of one kind, and what became of those that were asked for.
struct Group<'a> {
    desk: Desk<'a>,
    /// Of each bar, first longs, then shorts; empty where it does not pay.
    known: Vec<u32>,
    /// Of those that were asked for; where none are remembered, of the last one.
    outcomes: Vec<Option<Outcome>>,
}

impl Group<'_> {
    #[inline]
    fn outcome(&mut self, direction: Direction, bar: usize) -> Result<Option<&Outcome>> {
        let place = 2 * bar + usize::from(!direction.is_long());
        let known = match self.known.get(place) {
            Some(&known) if known != UNKNOWN => known,
            _ => self.find(direction, bar, place)?,
        };
        Ok(self.outcomes[known as usize - 1].as_ref())
    }

    #[inline(never)]
    fn find(&mut self, direction: Direction, bar: usize, place: usize) -> Result<u32> {
        let outcome = self.desk.outcome(direction, bar)?;
        let Some(known) = self.known.get_mut(place) else {
            self.outcomes.clear();
            self.outcomes.push(outcome);
            return Ok(1);
        };
        self.outcomes.push(outcome);
        *known = u32::try_from(self.outcomes.len()).expect("Invariant: two outcomes a bar at most");
        Ok(*known)
    }
}

/// One combination under way.
struct Pair {
    place: usize,
    fast: Place,
    slow: Place,
    group: usize,
    /// The first bar at which it may open something.
    next: usize,
    books: Books,
    /// Whether the plain step has to run it.
    is_plain: bool,
}

/// What one thread keeps from unit to unit.
pub(super) struct Worker<'a> {
    pairs: &'a Pairs<'a>,
    groups: HashMap<Key, Group<'a>>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(pairs: &'a Pairs<'a>) -> Self {
        Self {
            pairs,
            groups: HashMap::new(),
        }
    }

    /// Runs a unit and hands its rows over; returns the places that are left to the plain step.
    pub(super) fn run(
        &mut self,
        unit: &Unit,
        combinations: &[Combination],
        stop: &AtomicBool,
        sender: &Sender<Rows>,
    ) -> Vec<usize> {
        let places = match unit {
            Unit::One(place) => return vec![*place],
            Unit::Pairs(places) => places,
        };
        let Some(mut pairs) = self.run_pairs(places, combinations, stop) else {
            return Vec::new();
        };
        let done = pairs.iter().filter(|pair| !pair.is_plain);
        let rows = done.map(|pair| (pair.place, Ok(Row::of_books(&pair.books))));
        if sender.send(rows.collect()).is_err() {
            return Vec::new();
        }
        pairs.retain(|pair| pair.is_plain);
        pairs.into_iter().map(|pair| pair.place).collect()
    }

    /// Runs some pairs to their ends; `None` where that was stopped.
    fn run_pairs(
        &mut self,
        places: &[usize],
        combinations: &[Combination],
        stop: &AtomicBool,
    ) -> Option<Vec<Pair>> {
        let Pairs { sweep, sides } = self.pairs;
        let (bid, ask) = sides.as_ref()?;
        let mut means = Means::new();
        let mut groups = Vec::new();
        let mut keys: Vec<Key> = Vec::new();
        let mut pairs = Vec::with_capacity(places.len());
        let mut counts: HashMap<Key, usize> = HashMap::new();
        let crosses = places
            .iter()
            .filter_map(|&place| match &combinations[place].candidate {
                Candidate::EmaCross(cross) => Some((place, combinations[place].config, cross)),
                Candidate::Other(_) => None,
            });
        for (_, config, cross) in crosses.clone() {
            *counts.entry(key_of(config, cross)).or_default() += 1;
        }
        for (place, config, cross) in crosses {
            let key = key_of(config, cross);
            let group = match keys.iter().rposition(|&known| known == key) {
                Some(group) => group,
                None => {
                    let group = self
                        .groups
                        .remove(&key)
                        .map_or_else(|| self.group(key, cross, counts[&key], (bid, ask)), Some);
                    groups.push(group);
                    keys.push(key);
                    keys.len() - 1
                }
            };
            let (fast, slow) = cross.means();
            pairs.push(Pair {
                place,
                fast: means.place_of(fast),
                slow: means.place_of(slow),
                group,
                next: sweep.engine.start(),
                books: Books::new(sweep.initial_balance),
                is_plain: groups[group].is_none(),
            });
        }
        let closes = bid.bars.close;
        let mut from = 0;
        for tile in closes.chunks(TILE) {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            means.take(tile);
            let to = from + tile.len();
            for pair in &mut pairs {
                if pair.next < to
                    && !pair.is_plain
                    && let Some(group) = &mut groups[pair.group]
                {
                    let done = pair.go_on(group, &means, (from, to), (bid, ask));
                    pair.is_plain = done.is_none();
                }
            }
            from = to;
        }
        // The next unit is likely to be of the last kind.
        self.groups.clear();
        if let (Some(key), Some(Some(group))) = (keys.pop(), groups.pop()) {
            self.groups.insert(key, group);
        }
        Some(pairs)
    }

    /// Orders of a new kind; `None` where settings are refused, which the plain step has to say.
    fn group(
        &self,
        key: Key,
        cross: &EmaCross,
        count: usize,
        sides: (&'a Side<'a>, &'a Side<'a>),
    ) -> Option<Group<'a>> {
        let sweep = self.pairs.sweep;
        let desk = Desk::new(
            sides,
            &sweep.symbol,
            &sweep.configs[key.0],
            cross.distances(),
        );
        let rows = if count >= SHARED {
            2 * sides.0.bars.close.len()
        } else {
            0
        };
        Some(Group {
            desk: desk.ok()?,
            known: vec![UNKNOWN; rows],
            outcomes: Vec::new(),
        })
    }
}

impl Pair {
    /// Goes through the crosses of a tile; `None` where the plain step has to say what happens.
    fn go_on(
        &mut self,
        group: &mut Group<'_>,
        means: &Means,
        (from, to): (usize, usize),
        (bid, ask): (&Side<'_>, &Side<'_>),
    ) -> Option<()> {
        let mut bar = self.next.max(from);
        let compared = means.pair(self.fast, self.slow);
        while bar < to {
            let chunk = (bar - from) / CHUNK;
            let base = from + CHUNK * chunk;
            let crosses = compared.crosses(chunk);
            let mut left = (crosses.up | crosses.down) & (u32::MAX << (bar - base));
            if to - base < CHUNK {
                left &= (1 << (to - base)) - 1;
            }
            bar = base + CHUNK;
            while left != 0 {
                let place = left.trailing_zeros();
                left &= left - 1;
                let at = base + place as usize;
                let (direction, side) = if crosses.up & (1 << place) != 0 {
                    (Direction::Long, bid)
                } else {
                    (Direction::Short, ask)
                };
                if self.books.is_without_equity() {
                    continue;
                }
                let Some(outcome) = group.outcome(direction, at).ok()? else {
                    continue;
                };
                // What comes while it is open is refused: there is one position at most.
                let next = outcome.exit_bar.saturating_add(1);
                if !self.books.book(outcome, at, side) {
                    return None;
                }
                if next >= bar {
                    bar = next;
                    break;
                }
                left &= u32::MAX << (next - base);
            }
        }
        self.next = bar;
        Some(())
    }
}
