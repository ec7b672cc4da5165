//! Crosses of two exponential means, found over all bars before the first block.
//!
//! Means of a whole column are computed in stretches side by side and are not kept; where nothing but
//! their crosses is asked of them, no block computes them again.

use std::sync::Arc;

use super::Rows;
use super::means::Means;
use crate::expressions::streams::Indicator;
use crate::expressions::tree::{Comparison, Level, Place, Step, Tree};
use crate::indicators::columns::crosses;
use crate::indicators::ema::Ema;
use crate::signals::Direction;

/// Rows at which two means cross, and which way the first one goes.
type Crosses = Arc<[(usize, Direction)]>;

/// Where a step is true that looks for crosses.
#[derive(Debug, Clone)]
pub(super) struct Crossing {
    rows: Crosses,
    op: Comparison,
    next: usize,
}

impl Crossing {
    /// Tells a block of so many bars, the first of which is one of all.
    pub(super) fn show(&mut self, from: usize, flags: &mut [bool]) {
        flags.fill(false);
        while let Some(&(row, direction)) = self.rows.get(self.next)
            && row < from + flags.len()
        {
            flags[row - from] = self.is_true(direction);
            self.next += 1;
        }
    }

    /// Where the means cross, whichever way.
    pub(super) fn rows(&self) -> &[(usize, Direction)] {
        &self.rows
    }

    /// Whether the step is true at a cross.
    #[inline]
    pub(super) fn is_true(&self, crossed: Direction) -> bool {
        match self.op {
            Comparison::CrossesAbove => crossed.is_long(),
            Comparison::CrossesBelow => !crossed.is_long(),
            _ => true,
        }
    }
}

/// The steps of a tree that are crosses of two means of one series, by place.
pub(super) fn find(tree: &Tree, rows: &[Rows<'_>]) -> Vec<Option<Crossing>> {
    let mut known: Vec<(Place, Place, Crosses)> = Vec::new();
    let mut crossing = |step: &Step| {
        let &Step::Compare(op, left, right) = step else {
            return None;
        };
        if !op.crosses() {
            return None;
        }
        let (series, [fast, slow]) = means(tree, left, right)?;
        let same = known
            .iter()
            .find(|found| (found.0, found.1) == (left, right));
        let rows = match same {
            Some((_, _, rows)) => Arc::clone(rows),
            None => {
                // A mean stands where no new candle came.
                let series = rows.get(series).filter(|rows| rows.is_new.is_none())?;
                let rows: Crosses = crosses((&fast, &slow), series.close)?.into();
                known.push((left, right, Arc::clone(&rows)));
                rows
            }
        };
        Some(Crossing { rows, op, next: 0 })
    };
    tree.steps.iter().map(&mut crossing).collect()
}

/// About how many signals there are where a condition is nothing but crosses, else 0.
pub(super) fn about(tree: &Tree, found: &[Option<Crossing>]) -> usize {
    let conditions = [tree.long, tree.short].into_iter().flatten();
    let counts = conditions.map(|place| found[place].as_ref().map(|found| found.rows.len()));
    counts.max().flatten().unwrap_or(0)
}

/// The series and both means of two steps, if they are means of one series.
fn means(tree: &Tree, left: Place, right: Place) -> Option<(usize, [Ema; 2])> {
    let mean = |place: Place| match &tree.steps[place] {
        Step::Indicator(series, Indicator::Ema(period)) => Some((*series, Ema::new(*period).ok()?)),
        _ => None,
    };
    let ((series, left), (other, right)) = (mean(left)?, mean(right)?);
    (series == other).then_some((series, [left, right]))
}

/// Leaves the means out that are asked for nothing but crosses that are found.
pub(super) fn leave_out(means: &mut Vec<Means>, tree: &Tree, found: &[Option<Crossing>]) {
    let mut is_read = vec![false; tree.steps.len()];
    let computed = tree.steps.iter().zip(found);
    for (step, _) in computed.filter(|(_, found)| found.is_none()) {
        step.reads().for_each(|place| is_read[place] = true);
    }
    let levels = [tree.stop, tree.target].into_iter().flatten();
    let levels = levels.map(|level| match level {
        Level::Price(place) | Level::Distance(place) | Level::RMultiple(place) => place,
    });
    for place in levels.chain(tree.entry) {
        is_read[place] = true;
    }
    for means in &mut *means {
        means.retain(|place| is_read[place]);
    }
    means.retain(|means| !means.places.is_empty());
}
