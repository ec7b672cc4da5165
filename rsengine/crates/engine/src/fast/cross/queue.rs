//! When positions leave, in the order in which they do.
//!
//! The bar that reaches a level is looked for in two steps: first the block of bars that it is in or
//! behind, of which the prices are asked for, and only when that is the next of all the bar itself.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An exit: by key, then symbols in the order of their declaration, then the order of the fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exit {
    pub(super) key: usize,
    /// Place of its symbol in the order of their declaration.
    rank: u32,
    pub(super) trade: u32,
    /// Whether it is at this key, or not before it.
    is_known: bool,
}

/// The exits to come.
#[derive(Debug, Default)]
pub(super) struct Queue(BinaryHeap<Reverse<Exit>>);

impl Queue {
    /// Takes in a position that cannot leave before a key.
    pub(super) fn expect(&mut self, key: usize, rank: u32, trade: u32) {
        self.0.push(Reverse(Exit {
            key,
            rank,
            trade,
            is_known: false,
        }));
    }

    /// The next exit; `find` gives the key of one that is not known, if there is one.
    pub(super) fn next(&mut self, mut find: impl FnMut(&Exit) -> Option<usize>) -> Option<Exit> {
        loop {
            let &Reverse(exit) = self.0.peek()?;
            if exit.is_known {
                return Some(exit);
            }
            self.0.pop();
            if let Some(key) = find(&exit) {
                self.0.push(Reverse(Exit {
                    key,
                    is_known: true,
                    ..exit
                }));
            }
        }
    }

    /// Takes the next exit out.
    pub(super) fn take(&mut self) {
        self.0.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_come_by_key_then_symbol_then_fill_whenever_they_are_known() {
        let known = [30, 10, 20, 20, 20];
        let mut queue = Queue::default();
        for (trade, &(key, rank)) in (0..).zip(&[(25, 0), (10, 1), (0, 2), (20, 0), (5, 2)]) {
            queue.expect(key, rank, trade);
        }
        let mut order = Vec::new();
        while let Some(exit) = queue.next(|exit| Some(known[exit.trade as usize])) {
            assert_eq!(exit.key, known[exit.trade as usize]);
            order.push(exit.trade);
            queue.take();
        }
        assert_eq!(order, [1, 3, 2, 4, 0]);
        queue.expect(7, 0, 9);
        assert_eq!(queue.next(|_| None), None);
    }
}
