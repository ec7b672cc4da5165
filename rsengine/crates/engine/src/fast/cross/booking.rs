//! Trades of several symbols under way: booked as few numbers, as long as prices alone decide them.
//!
//! Each is what the plain loop makes of a market order that fills at its close and leaves at a level, by
//! the functions of its rules. Where anything else could happen nothing is booked, and the plain steps
//! do it.

use std::sync::Arc;

use fillproof_ahead::fetch;

use super::queue::{Exit, Queue};
use super::tape::{CrossTape, Trade};
use crate::fast::blocks::Levels;
use crate::fast::{LaneViews, Weight};
use crate::positions::Position;
use crate::signals::{Direction, OrderType};

/// A position that is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) trade: u32,
    pub(super) direction: Direction,
    pub(super) stop: Option<f64>,
    pub(super) target: Option<f64>,
}

/// What a signal comes to.
pub(super) enum Booked {
    Filled(Weight),
    Refused,
    /// More than prices decides; nothing was booked.
    Unknown,
}

/// A tape that is being written.
#[derive(Debug)]
pub(super) struct Booking {
    pub(super) tape: CrossTape,
    /// In the order of their fills.
    pub(super) open: Vec<Open>,
    pub(super) exits: Queue,
    /// By columns how many of them are of its symbol.
    pub(super) held: Vec<usize>,
    /// By columns the place of its symbol on the lanes, and in the order of declaration.
    pub(super) places: Vec<(usize, u32)>,
    /// By columns a record whose exits are decided.
    pub(super) records: Vec<Position>,
    pub(super) next_slot: u32,
}

impl Booking {
    /// A tape without trades.
    pub(super) fn of(tape: CrossTape, next_slot: u32, places: Vec<(usize, u32)>) -> Self {
        let each = tape.by.by.iter().zip(&tape.units);
        let records = each.map(|(of, &unit)| {
            let mut record = Position::new(
                0,
                Arc::clone(&of.symbol),
                Direction::Long,
                OrderType::Market,
                0,
                0.0,
                unit,
                0.0,
                None,
                None,
                0.0,
                of.spec.digits,
            );
            record.pip_size = of.spec.pip_size;
            record
        });
        Self {
            records: records.collect(),
            open: Vec::new(),
            exits: Queue::default(),
            held: vec![0; places.len()],
            places,
            next_slot,
            tape,
        }
    }

    /// Takes in a position that is open already.
    pub(super) fn carry(
        &mut self,
        views: &LaneViews<'_>,
        (slot, position): (u32, &Position),
        column: usize,
        from: usize,
    ) {
        let levels = (position.committed_stop_loss, position.committed_take_profit);
        let entry = position.fill().map_or(0.0, |fill| fill.price);
        self.tape.trades.push(Trade {
            order_id: position.order_id,
            slot,
            column: column as u32,
            at: 0,
            key: from,
            risked: position.risk_per_trade,
            size: position.size,
            entry,
            entry_fee: 0.0,
            risk: position.risk,
            left: None,
        });
        self.tape.carried += 1;
        self.enter(views, position.direction, levels, from);
    }

    /// The last of the trades is open, and may leave from a key on.
    pub(super) fn enter(
        &mut self,
        views: &LaneViews<'_>,
        direction: Direction,
        (stop, target): (Option<f64>, Option<f64>),
        from: usize,
    ) {
        let trade = self.tape.trades.len() as u32 - 1;
        let column = self.tape.trades[trade as usize].column as usize;
        self.held[column] += 1;
        let open = Open {
            trade,
            direction,
            stop,
            target,
        };
        self.open.push(open);
        self.expect(views, open, from);
    }

    /// Finds before which key a position cannot leave, and asks for the bars that tell more.
    fn expect(&mut self, views: &LaneViews<'_>, open: Open, from: usize) {
        let column = self.column_of(open.trade);
        let (place, rank) = self.places[column];
        let (side, blocks) = &views.sides[place][usize::from(!open.direction.is_long())];
        let bars = (from, views.time_us.len());
        if let Some(key) = blocks.fetch_reached(side, bars, open.levels()) {
            self.exits.expect(key, rank, open.trade);
        }
    }

    pub(super) fn open_of(&self, trade: u32) -> Option<usize> {
        self.open
            .binary_search_by_key(&trade, |open| open.trade)
            .ok()
    }

    /// The next exit.
    fn next(&mut self, views: &LaneViews<'_>) -> Option<Exit> {
        let Self {
            exits,
            open,
            tape,
            places,
            ..
        } = self;
        let end = views.time_us.len();
        exits.next(|exit| {
            let at = open.binary_search_by_key(&exit.trade, |open| open.trade);
            let (open, trade) = (open[at.ok()?], &tape.trades[exit.trade as usize]);
            let column = trade.column as usize;
            let side = usize::from(!open.direction.is_long());
            let (side, blocks) = &views.sides[places[column].0][side];
            let key = blocks.first_reach(side, (exit.key, end), open.levels());
            if key == end {
                return None;
            }
            fetch(side.open, key);
            if exit.trade as usize >= tape.carried {
                tape.by.by[column].fetch_behind(views, trade.at as usize, key);
            }
            Some(key)
        })
    }

    /// The key of the next exit, the largest number where there is none.
    pub(super) fn next_exit(&mut self, views: &LaneViews<'_>) -> usize {
        self.next(views).map_or(usize::MAX, |exit| exit.key)
    }

    /// The trade that leaves next, if it does at a key, and the place of its symbol.
    pub(super) fn due(&mut self, views: &LaneViews<'_>, key: usize) -> Option<(u32, usize)> {
        let exit = self.next(views).filter(|exit| exit.key == key)?;
        let column = self.column_of(exit.trade);
        Some((exit.trade, self.places[column].0))
    }

    /// The trades that are open, in the order of their fills.
    pub(super) fn open(&self) -> impl Iterator<Item = &Trade> {
        self.open
            .iter()
            .map(|open| &self.tape.trades[open.trade as usize])
    }

    /// How many are open, of all symbols and of each column.
    pub(super) fn held(&self) -> (usize, &[usize]) {
        (self.open.len(), &self.held)
    }

    /// How many trades there are.
    pub(super) fn len(&self) -> usize {
        self.tape.filled().len()
    }

    pub(super) fn column_of(&self, trade: u32) -> usize {
        self.tape.trades[trade as usize].column as usize
    }
}

impl Open {
    fn levels(&self) -> Levels {
        let (floor, ceiling) = if self.direction.is_long() {
            (self.stop, self.target)
        } else {
            (self.target, self.stop)
        };
        Levels {
            floor: floor.unwrap_or(f64::NEG_INFINITY),
            ceiling: ceiling.unwrap_or(f64::INFINITY),
        }
    }
}
