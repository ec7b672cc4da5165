//! The first bar at which an order or position can do anything.

use super::blocks::Levels;
use super::tile::LaneViews;
use crate::desk::ExecutionSimulator;
use crate::exits::touch_levels;
use crate::positions::{Position, Positions};
use crate::triggers::is_reached_from_above;

/// What the prices of a symbol have to reach, by the side that has to reach it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Watched {
    bid: Levels,
    ask: Levels,
}

/// The levels that are watched, and when the first of them is reached.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    /// Changes of the active list, and orders that wait, when the levels were read.
    read_at: Option<(u64, usize)>,
    reached: usize,
}

/// When orders can change besides by prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Timed {
    /// The earliest time at which a waiting order is dead.
    pub(crate) expires_at_us: Option<i64>,
    /// How many more bars every waiting order may see.
    pub(crate) bars: u64,
}

impl Watch {
    /// The first bar from one on that reaches a level, the number of bars where none does.
    pub(crate) fn first_reached(
        &mut self,
        executor: &mut ExecutionSimulator,
        positions: &Positions,
        lanes: &LaneViews<'_>,
        from: usize,
    ) -> usize {
        let now = Some((executor.blotter.version, executor.blotter.waiting));
        if self.read_at != now || self.reached < from {
            let watched = Watched::of(executor, positions);
            let bars = (from, lanes.time_us.len());
            self.reached = watched.first_reached(lanes, 0, bars);
            self.read_at = now;
        }
        self.reached
    }
}

impl Watched {
    /// Levels that no price reaches.
    pub(super) const NONE: Self = Self {
        bid: Levels::NONE,
        ask: Levels::NONE,
    };

    fn of(executor: &mut ExecutionSimulator, positions: &Positions) -> Self {
        let buffer = executor.config.policy.exit_buffer_pips;
        let mut watched = Self::NONE;
        let keeps_ladder = executor.keeps_ladder(positions);
        if keeps_ladder {
            let [bid_low, bid_high, ask_low, ask_high] = executor.nearest_levels(positions, 0);
            bid_low.into_iter().for_each(|x| watched.bid.raise_floor(x));
            bid_high
                .into_iter()
                .for_each(|x| watched.bid.lower_ceiling(x));
            ask_low.into_iter().for_each(|x| watched.ask.raise_floor(x));
            ask_high
                .into_iter()
                .for_each(|x| watched.ask.lower_ceiling(x));
            if executor.blotter.waiting == 0 {
                return watched;
            }
        }
        for &slot in executor.waiting_slots() {
            let position = &positions[slot as usize];
            if position.is_pending() {
                watched.add_order(position);
            } else if !keeps_ladder {
                watched.add_position(position, buffer);
            }
        }
        watched
    }

    /// The first bar of a symbol from one on and before another that reaches a level, or that other.
    pub(super) fn first_reached(
        &self,
        lanes: &LaneViews<'_>,
        mark: usize,
        (from, to): (usize, usize),
    ) -> usize {
        let [(bid, bid_blocks), (ask, ask_blocks)] = &lanes.sides[mark];
        let by_bid = bid_blocks.first_reach(bid, (from, to), self.bid);
        ask_blocks.first_reach(ask, (from, by_bid), self.ask)
    }

    /// Watches the levels of an order or position.
    pub(super) fn add(&mut self, position: &Position, buffer: f64) {
        if position.is_pending() {
            self.add_order(position);
        } else {
            self.add_position(position, buffer);
        }
    }

    /// An order waits for its opening side.
    fn add_order(&mut self, order: &Position) {
        let is_long = order.direction.is_long();
        let side = if is_long {
            &mut self.ask
        } else {
            &mut self.bid
        };
        for level in [order.entry(), order.trigger()].into_iter().flatten() {
            if is_reached_from_above(order.order_type, order.direction.sign()) {
                side.raise_floor(level);
            } else {
                side.lower_ceiling(level);
            }
        }
    }

    /// A position is tested on its closing side.
    fn add_position(&mut self, position: &Position, buffer: f64) {
        let (stop, target) = touch_levels(position, buffer);
        if position.direction.is_long() {
            stop.into_iter().for_each(|stop| self.bid.raise_floor(stop));
            target
                .into_iter()
                .for_each(|target| self.bid.lower_ceiling(target));
        } else {
            stop.into_iter()
                .for_each(|stop| self.ask.lower_ceiling(stop));
            target
                .into_iter()
                .for_each(|target| self.ask.raise_floor(target));
        }
    }
}

impl Timed {
    /// The limits of all waiting orders; `None` where one of them can fill at the next open.
    pub(crate) fn of(executor: &ExecutionSimulator, positions: &Positions) -> Option<Self> {
        let mut timed = Self {
            expires_at_us: None,
            bars: u64::MAX,
        };
        if executor.blotter.waiting == 0 {
            return Some(timed);
        }
        for &slot in executor.waiting_slots() {
            let order = &positions[slot as usize];
            if !order.is_pending() {
                continue;
            }
            if !order.order_type.waits() {
                return None;
            }
            if let Some(expires) = order.expires_at_us() {
                let earliest = timed
                    .expires_at_us
                    .map_or(expires, |known| known.min(expires));
                timed.expires_at_us = Some(earliest);
            }
            if let (Some(most), Some(details)) = (order.max_bars(), &order.details) {
                timed.bars = timed.bars.min(most.saturating_sub(details.bars_seen));
            }
        }
        Some(timed)
    }
}
