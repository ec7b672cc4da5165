//! Signals of crosses with stop and target a constant away from the close: no block need be computed.

use fillproof_ahead::fetch;

use super::Rows;
use super::bars::arithmetic;
use super::crossings::Crossing;
use crate::arithmetic::is_finite;
use crate::expressions::tree::{Level, Place, Step, Tree};
use crate::signals::{Direction, OrderType};
use crate::strategies::single::bracket_of;

/// So many crosses before it is read the memory of one is asked for.
const AHEAD: usize = 16;

/// Rows with a market order at the opening side's close, and how far away its levels are.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::expressions) struct Bracketed {
    pub(in crate::expressions) rows: Vec<usize>,
    pub(in crate::expressions) directions: Vec<Direction>,
    pub(in crate::expressions) distances: (f64, f64),
}

/// The signals of a tree that is made so; `None` for any other (Q.both, Q.prices).
pub(super) fn find(
    tree: &Tree,
    crossings: &[Option<Crossing>],
    rows: &[Rows<'_>],
) -> Option<Bracketed> {
    if tree.order_type != OrderType::Market || tree.entry.is_some() {
        return None;
    }
    let distances = distances(tree)?;
    let known = |place: Place| crossings[place].as_ref();
    let sides = [tree.long, tree.short].map(|place| place.map(known));
    let (long, short) = match sides {
        [Some(long), Some(short)] => (Some(long?), Some(short?)),
        [Some(long), None] => (Some(long?), None),
        [None, Some(short)] => (None, Some(short?)),
        [None, None] => return None,
    };
    let crosses = long.or(short)?.rows();
    if short.is_some_and(|short| !std::ptr::eq(short.rows(), crosses)) {
        return None;
    }
    let [bid, ask, ..] = rows else {
        return None;
    };
    let mut found = Bracketed {
        rows: Vec::with_capacity(crosses.len()),
        directions: Vec::with_capacity(crosses.len()),
        distances,
    };
    for (place, &(row, crossed)) in crosses.iter().enumerate() {
        if let Some(&(later, _)) = crosses.get(place + AHEAD) {
            fetch(bid.close, later);
            fetch(ask.close, later);
        }
        let is_true = |side: Option<&Crossing>| side.is_some_and(|side| side.is_true(crossed));
        let (direction, opening) = match (is_true(long), is_true(short)) {
            (true, false) => (Direction::Long, ask),
            (false, true) => (Direction::Short, bid),
            _ => continue,
        };
        let entry = opening.close[row];
        let (stop, target) = bracket_of(direction, entry, distances);
        if [entry, stop, target].into_iter().all(is_finite) {
            found.rows.push(row);
            found.directions.push(direction);
        }
    }
    Some(found)
}

/// How far stop and target are away, where both are constant and above zero.
fn distances(tree: &Tree) -> Option<(f64, f64)> {
    let stop = match tree.stop? {
        Level::Distance(place) | Level::RMultiple(place) => constant(tree, place)?,
        Level::Price(_) => return None,
    };
    let target = match tree.target? {
        Level::Distance(place) => constant(tree, place)?,
        Level::RMultiple(place) => constant(tree, place)? * stop,
        Level::Price(_) => return None,
    };
    (stop > 0.0 && target > 0.0).then_some((stop, target))
}

/// What a step gives at every bar.
fn constant(tree: &Tree, place: Place) -> Option<f64> {
    match &tree.steps[place] {
        Step::Constant(value) => Some(*value),
        Step::Number(op, left, right) => {
            let (left, right) = (constant(tree, *left)?, constant(tree, *right)?);
            let mut value = [0.0];
            arithmetic(*op, (&[left], &[right]), &mut value);
            Some(value[0])
        }
        _ => None,
    }
}
