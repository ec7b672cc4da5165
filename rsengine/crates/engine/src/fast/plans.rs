//! Where trades of columns begin and end, as far as prices alone decide it.
//!
//! A trade ends at the first bar that reaches one of its levels, whatever the account holds; so the
//! bars of the next few are found before the first of them is booked, and what booking them reads
//! is asked for meanwhile.

use fillproof_ahead::fetch;

use super::blocks::{Blocks, Levels};
use super::tile::LaneViews;
use crate::candles::CandleView;
use crate::positions::snapped;
use crate::signals::Direction;
use crate::strategies::columns::ColumnStrategy;

/// A trade from the bar of its signal to that of its exit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Place of its signal.
    pub(super) place: usize,
    /// Place of the first signal after the bar of its exit, where it is one of trades that come and go.
    pub(super) next: usize,
    pub(super) entry_bar: usize,
    pub(super) exit_bar: usize,
    pub(super) direction: Direction,
    /// Its levels on the grid of the symbol.
    pub(super) stop: Option<f64>,
    pub(super) target: Option<f64>,
}

/// A trade of which the last bar is not known yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    plan: Plan,
    levels: Levels,
    /// The first bar that may reach them.
    from: usize,
}

/// The way from trade to trade.
#[derive(Debug)]
pub(super) struct Plans<'a> {
    columns: &'a ColumnStrategy,
    views: &'a LaneViews<'a>,
    digits: Option<u32>,
    /// The bar that no trade may reach.
    last: usize,
    /// Place of the next signal.
    place: usize,
}

impl<'a> Plans<'a> {
    /// The trades from the signal at a place on that end before a bar.
    pub(super) fn of(
        columns: &'a ColumnStrategy,
        views: &'a LaneViews<'a>,
        digits: Option<u32>,
        (place, last): (usize, usize),
    ) -> Self {
        let plans = Self {
            columns,
            views,
            digits,
            last,
            place,
        };
        plans.ask();
        plans
    }

    /// Asks for what the next trade begins with.
    #[inline]
    fn ask(&self) {
        self.columns.fetch_row(self.place);
        if let Some(&bar) = self.columns.rows().get(self.place) {
            for (side, blocks) in &self.views.sides[0] {
                fetch(side.close, bar);
                blocks.fetch(bar);
            }
        }
    }

    /// The side on which a position of a direction closes.
    fn closing(&self, direction: Direction) -> &(CandleView<'a>, &'a Blocks) {
        &self.views.sides[0][usize::from(!direction.is_long())]
    }

    /// Begins the next trade, and asks for the bars that may end it; `None` where there is none.
    pub(super) fn begin(&self) -> Option<Begun> {
        let begun = self.begin_at(self.place)?;
        (begun.from < self.last).then_some(begun)
    }

    /// The same of the signal at a place, where nothing has to end the trade before the last bar.
    pub(super) fn begin_at(&self, place: usize) -> Option<Begun> {
        let entry_bar = *self.columns.rows().get(place)?;
        if entry_bar + 1 >= self.last {
            return None;
        }
        let row = self.columns.row_at(place);
        if row.order_type.waits() {
            return None;
        }
        let sign = row.direction.sign();
        let [stop, target] = [row.stop, row.target].map(|level| snapped(level, self.digits, sign));
        let levels = levels_of(row.direction, stop, target);
        let (side, blocks) = self.closing(row.direction);
        let bars = (entry_bar + 1, self.last);
        let from = if levels.is_none() {
            None
        } else {
            blocks.fetch_reached(side, bars, levels)
        };
        Some(Begun {
            plan: Plan {
                place,
                next: place,
                entry_bar,
                exit_bar: entry_bar,
                direction: row.direction,
                stop,
                target,
            },
            levels,
            from: from.unwrap_or(self.last),
        })
    }

    /// Finds the end of a trade, and goes behind it; `None` where it has none.
    pub(super) fn end(&mut self, begun: Begun) -> Option<Plan> {
        let mut plan = self.end_of(begun);
        if plan.exit_bar >= self.last {
            return None;
        }
        let rows = &self.columns.rows()[plan.place..];
        let behind = rows.iter().position(|&row| row > plan.exit_bar);
        plan.next = plan.place + behind.unwrap_or(rows.len());
        self.place = plan.next;
        self.ask();
        Some(plan)
    }

    /// The trade with the bar that ends it, the last one where none before does.
    pub(super) fn end_of(&self, begun: Begun) -> Plan {
        let Begun {
            mut plan,
            levels,
            from,
        } = begun;
        let (side, blocks) = self.closing(plan.direction);
        plan.exit_bar = blocks.first_reach(side, (from, self.last), levels);
        if plan.exit_bar < self.last {
            fetch(side.open, plan.exit_bar);
        }
        plan
    }
}

/// What the closing side has to reach for a trade of a direction to end.
pub(super) fn levels_of(direction: Direction, stop: Option<f64>, target: Option<f64>) -> Levels {
    let (floor, ceiling) = if direction.is_long() {
        (stop, target)
    } else {
        (target, stop)
    };
    Levels {
        floor: floor.unwrap_or(f64::NEG_INFINITY),
        ceiling: ceiling.unwrap_or(f64::INFINITY),
    }
}
