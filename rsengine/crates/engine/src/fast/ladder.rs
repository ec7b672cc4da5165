//! The levels of many open positions in order, so that a bar looks only at those it reaches (X1).
//!
//! There is no twin of this: a walk over all active orders finds the same ones, and with few of them
//! that is what is done.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::desk::ExecutionSimulator;
use crate::exits::touch_levels;
use crate::positions::{Position, Positions};
use crate::quotes::Quote;

/// From so many active orders on levels are kept in order, down to half as many.
const MANY: usize = 24;

/// A level of a position, as the larger the sooner it is reached.
#[derive(Debug, Clone, Copy)]
struct Rung {
    key: f64,
    slot: u32,
}

impl PartialEq for Rung {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Rung {}

impl PartialOrd for Rung {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rung {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = self.key.total_cmp(&other.key);
        by_key.then(self.slot.cmp(&other.slot))
    }
}

/// Which way a price moves to reach a level, and on which side.
#[derive(Debug, Clone, Copy)]
enum Reach {
    /// A low of the bid: the stops of longs.
    BidLow,
    /// A high of the bid: the targets of longs.
    BidHigh,
    /// A low of the ask: the targets of shorts.
    AskLow,
    /// A high of the ask: the stops of shorts.
    AskHigh,
}

impl Reach {
    const ALL: [Self; 4] = [Self::BidLow, Self::BidHigh, Self::AskLow, Self::AskHigh];

    /// The level of a position that is reached this way, with the exit buffer.
    fn level(self, position: &Position, buffer: f64) -> Option<f64> {
        let is_long = position.direction.is_long();
        let (stop, target) = touch_levels(position, buffer);
        match self {
            Self::BidLow => stop.filter(|_| is_long),
            Self::BidHigh => target.filter(|_| is_long),
            Self::AskLow => target.filter(|_| !is_long),
            Self::AskHigh => stop.filter(|_| !is_long),
        }
    }

    /// What a level is ordered by, and the level of a key again.
    fn turned(self, number: f64) -> f64 {
        match self {
            Self::BidLow | Self::AskLow => number,
            Self::BidHigh | Self::AskHigh => -number,
        }
    }

    /// How far a bar goes this way, as a key: it reaches all keys that are not below.
    fn end(self, quote: &Quote) -> f64 {
        self.turned(match self {
            Self::BidLow => quote.bid.low,
            Self::BidHigh => quote.bid.high,
            Self::AskLow => quote.ask.low,
            Self::AskHigh => quote.ask.high,
        })
    }
}

/// The levels of one symbol; some may be those of positions that have left or whose level moved.
#[derive(Debug, Clone, Default)]
struct Rungs([BinaryHeap<Rung>; 4]);

impl Rungs {
    fn add(&mut self, position: &Position, slot: u32, buffer: f64) {
        for (reach, heap) in Reach::ALL.into_iter().zip(&mut self.0) {
            if let Some(level) = reach.level(position, buffer) {
                let key = reach.turned(level);
                heap.push(Rung { key, slot });
            }
        }
    }

    fn len(&self) -> usize {
        self.0.iter().map(BinaryHeap::len).sum()
    }
}

/// Whether a level is still that of an open position.
fn is_true(rung: Rung, reach: Reach, positions: &Positions, buffer: f64) -> bool {
    let position = positions.get(rung.slot as usize);
    position.is_some_and(|position| {
        position.is_open() && reach.level(position, buffer) == Some(reach.turned(rung.key))
    })
}

/// The levels of the open positions of an executor, and its waiting orders.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ladder {
    /// By place of the symbol among the quotes.
    rungs: Vec<Rungs>,
    /// Slots of all waiting orders, in order of acceptance, and of some that wait no more.
    waiting: Vec<u32>,
    /// Slots that the bar under way has to look at.
    reached: Vec<u32>,
}

/// The levels that the prices of both sides have to reach: lows and highs, `None` without any.
pub(crate) type Nearest = [Option<f64>; 4];

impl Ladder {
    fn clear(&mut self) {
        self.rungs.clear();
        self.waiting.clear();
    }

    /// Takes in an order that was just accepted.
    #[inline]
    pub(crate) fn accept(&mut self, slot: u32, is_kept: bool) {
        if is_kept {
            self.waiting.push(slot);
        }
    }
}

impl ExecutionSimulator {
    /// Whether levels are kept in order; brings them up to date, or begins or ends to keep them.
    #[inline]
    pub(crate) fn keeps_ladder(&mut self, positions: &Positions) -> bool {
        let active = self.blotter.active.len();
        if !self.blotter.watches {
            if active < MANY || self.is_parity() {
                return false;
            }
            self.read_ladder(positions);
            return true;
        }
        if active < MANY / 2 {
            self.ladder.clear();
            self.blotter.moved.clear();
            self.blotter.watches = false;
            return false;
        }
        self.read_moved(positions);
        true
    }

    /// Reads all active orders.
    fn read_ladder(&mut self, positions: &Positions) {
        self.ladder.clear();
        self.blotter.watches = true;
        self.blotter.moved.clear();
        for &slot in &self.blotter.active {
            let Some(position) = positions.get(slot as usize) else {
                continue;
            };
            if position.is_pending() {
                self.ladder.waiting.push(slot);
            } else {
                self.blotter.moved.push(slot);
            }
        }
        self.read_moved(positions);
    }

    /// Reads all levels anew before they are asked for; nothing waits.
    pub(super) fn forget_levels(&mut self) {
        self.ladder.clear();
        self.blotter.moved.clear();
        self.blotter.watches = false;
    }

    /// Reads the positions that opened or whose levels were set.
    fn read_moved(&mut self, positions: &Positions) {
        let buffer = self.config.policy.exit_buffer_pips;
        for at in 0..self.blotter.moved.len() {
            let slot = self.blotter.moved[at];
            let position = positions.get(slot as usize);
            let Some(position) = position.filter(|position| position.is_open()) else {
                continue;
            };
            let Some(place) = self.place_of(&position.symbol) else {
                continue;
            };
            let rungs = &mut self.ladder.rungs;
            if rungs.len() <= place {
                rungs.resize_with(place + 1, Rungs::default);
            }
            rungs[place].add(position, slot, buffer);
        }
        self.blotter.moved.clear();
        let kept: usize = self.ladder.rungs.iter().map(Rungs::len).sum();
        if kept > 8 * self.blotter.active.len() {
            self.read_ladder(positions);
        }
    }

    /// The orders and positions of a symbol that a bar may fill or close, by order of acceptance.
    ///
    /// They are read anew before the next bar, wherever this one leaves them.
    pub(crate) fn take_reached(
        &mut self,
        positions: &Positions,
        place: usize,
        quote: &Quote,
    ) -> Vec<u32> {
        let buffer = self.config.policy.exit_buffer_pips;
        let mut reached = std::mem::take(&mut self.ladder.reached);
        reached.clear();
        if let Some(rungs) = self.ladder.rungs.get_mut(place) {
            for (reach, heap) in Reach::ALL.into_iter().zip(&mut rungs.0) {
                let end = reach.end(quote);
                while let Some(&rung) = heap.peek()
                    && rung.key >= end
                {
                    heap.pop();
                    if is_true(rung, reach, positions, buffer) {
                        reached.push(rung.slot);
                    }
                }
            }
        }
        reached.sort_unstable();
        reached.dedup();
        self.blotter.moved.extend_from_slice(&reached);
        if self.blotter.waiting > 0 {
            reached.extend_from_slice(self.waiting_slots());
            reached.sort_unstable();
            reached.dedup();
        }
        reached
    }

    /// All waiting orders in order of acceptance; where there are few, among positions.
    pub(crate) fn take_waiting(&mut self, positions: &Positions) -> Vec<u32> {
        self.drop_waiting(positions);
        let mut waiting = std::mem::take(&mut self.ladder.reached);
        waiting.clear();
        waiting.extend_from_slice(self.waiting_slots());
        waiting
    }

    /// Gives the room of a list that [`ExecutionSimulator::take_reached`] gave back.
    pub(crate) fn give_back(&mut self, reached: Vec<u32>) {
        self.ladder.reached = reached;
    }

    /// All waiting orders in order of acceptance, among others that do not wait.
    pub(crate) fn waiting_slots(&self) -> &[u32] {
        if self.blotter.watches {
            &self.ladder.waiting
        } else {
            &self.blotter.active
        }
    }

    /// Forgets orders that do not wait any more.
    pub(crate) fn drop_waiting(&mut self, positions: &Positions) {
        let waiting = &mut self.ladder.waiting;
        waiting.retain(|&slot| ExecutionSimulator::is_pending(positions, slot));
    }

    /// The levels of open positions of a symbol that a price reaches first, each way.
    pub(crate) fn nearest_levels(&mut self, positions: &Positions, place: usize) -> Nearest {
        let buffer = self.config.policy.exit_buffer_pips;
        let mut nearest = [None; 4];
        let Some(rungs) = self.ladder.rungs.get_mut(place) else {
            return nearest;
        };
        for ((reach, heap), found) in Reach::ALL.into_iter().zip(&mut rungs.0).zip(&mut nearest) {
            while let Some(&rung) = heap.peek() {
                if is_true(rung, reach, positions, buffer) {
                    *found = Some(reach.turned(rung.key));
                    break;
                }
                heap.pop();
            }
        }
        nearest
    }
}
