//! The signals of a block of bars, of which all steps are computed (Q.both, Q.prices).

use super::{BLOCK, Buffer, Rows, Signal};
use crate::arithmetic::is_finite;
use crate::expressions::tree::{Level, Place, Tree};
use crate::signals::Direction;

/// The steps of a block, all computed.
pub(super) struct Found<'a> {
    pub(super) tree: &'a Tree,
    pub(super) buffers: &'a [Buffer],
    pub(super) block: &'a [Rows<'a>],
}

impl Found<'_> {
    /// Adds the signals of the block (Q.both, Q.prices).
    pub(super) fn collect(&self, from: usize, size: usize, signals: &mut Vec<Signal>) {
        const NEVER: [bool; BLOCK] = [false; BLOCK];
        let flags = |place: Option<Place>| match place {
            Some(place) => &self.buffers[place].flags[..size],
            None => &NEVER[..size],
        };
        let (long, short) = (flags(self.tree.long), flags(self.tree.short));
        for (part, (longs, shorts)) in long.chunks(64).zip(short.chunks(64)).enumerate() {
            // Most rows are without a signal; a stretch of them is passed at once.
            let differs = longs
                .iter()
                .zip(shorts)
                .fold(false, |any, (a, b)| any | (a ^ b));
            if !differs {
                continue;
            }
            for (row, (&is_long, &is_short)) in longs.iter().zip(shorts).enumerate() {
                let row = part * 64 + row;
                let direction = match (is_long, is_short) {
                    (true, false) => Direction::Long,
                    (false, true) => Direction::Short,
                    _ => continue,
                };
                if let Some(signal) = self.signal(row, direction) {
                    let row = from + row;
                    signals.push(Signal { row, ..signal });
                }
            }
        }
    }

    fn number(&self, place: Place, row: usize) -> f64 {
        self.buffers[place].numbers[row + 1]
    }

    /// The signal of a row, if all its prices are there (Q.prices).
    fn signal(&self, row: usize, direction: Direction) -> Option<Signal> {
        let tree = self.tree;
        let sign = direction.sign();
        let entry = match tree.entry {
            Some(place) => self.number(place, row),
            None if direction.is_long() => self.block[1].close[row],
            None => self.block[0].close[row],
        };
        let mut risk = f64::NAN;
        let stop = match tree.stop {
            None => None,
            Some(Level::Price(place)) => {
                let price = self.number(place, row);
                risk = sign * (entry - price);
                Some(price)
            }
            Some(Level::Distance(place) | Level::RMultiple(place)) => {
                risk = self.number(place, row);
                let is_away = risk > 0.0;
                if !is_away {
                    return None;
                }
                Some(entry - (sign * risk))
            }
        };
        let away = match tree.target {
            Some(Level::Distance(place)) => Some(self.number(place, row)),
            Some(Level::RMultiple(place)) => Some(self.number(place, row) * risk),
            _ => None,
        };
        let is_away = away.is_none_or(|away| away > 0.0);
        if !is_away {
            return None;
        }
        let target = match (away, tree.target) {
            (Some(away), _) => Some(entry + (sign * away)),
            (None, Some(Level::Price(place))) => Some(self.number(place, row)),
            _ => None,
        };
        let prices = [Some(entry), stop, target];
        let there = prices.into_iter().flatten().all(is_finite);
        there.then_some(Signal {
            row,
            direction,
            entry,
            stop,
            target,
        })
    }
}
