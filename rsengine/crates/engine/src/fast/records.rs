//! The records that trades of a tape come to: positions, exits and fees, each in the loop's order.

use std::borrow::Cow;

use fillproof_ahead::fetch;

use super::later::OfTape;
use super::tape::{Event, Tape};
use crate::holdings::{ExitNumbers, FeeRow, Holding};
use crate::portfolio::{ENTRY_FEE, EXIT_FEE};
use crate::positions::{Position, Reason};

/// So many trades before it is read the memory of one is asked for.
const AHEAD: usize = 8;

impl OfTape for Position {
    fn add_all(tape: &Tape, records: &mut Vec<Self>) {
        let trades = tape.ordered();
        records.extend(trades.filter_map(|(order_id, trade)| tape.position(order_id, trade)));
    }

    fn count(tape: &Tape) -> usize {
        tape.trades.len()
    }
}

impl OfTape for (Holding, ExitNumbers) {
    fn add_all(tape: &Tape, records: &mut Vec<Self>) {
        let times = tape.of.lanes.time_us.as_slice();
        for place in 0..tape.ended() {
            if place + AHEAD < tape.ended() {
                let later = tape.trade(tape.ended_at(place + AHEAD));
                fetch(times, later.exit_bar);
            }
            let number = tape.ended_at(place);
            let (trade, (order_id, slot)) = (tape.trade(number), tape.record_of(number));
            let numbers = ExitNumbers {
                order_id,
                time_us: times.get(trade.exit_bar).copied(),
                part: 0,
                size: trade.size,
                exit_fee: trade.exit_fee,
                result: trade.result,
                r_multiple: trade.risk.map(|risk| (trade.result / risk) + 0.0),
                break_even: trade.reason == Reason::BreakEvenStopLoss,
            };
            records.push((Holding::Own(slot), numbers));
        }
    }

    fn count(tape: &Tape) -> usize {
        tape.ended()
    }
}

impl OfTape for FeeRow {
    fn add_all(tape: &Tape, records: &mut Vec<Self>) {
        tape.each_event(|event, bar, number| {
            let trade = tape.trade(number);
            let (kind, amount) = match event {
                Event::Entry => (ENTRY_FEE, trade.entry_fee),
                Event::Exit => (EXIT_FEE, trade.exit_fee),
            };
            if amount == 0.0 {
                return;
            }
            let (order_id, slot) = tape.record_of(number);
            records.push(Self {
                time_us: tape.time_us(bar).unwrap_or(0),
                kind: Cow::Borrowed(kind),
                amount,
                holding: Some(Holding::Own(slot)),
                order_id,
            });
        });
    }

    fn count(tape: &Tape) -> usize {
        let entries = tape.trades.iter().filter(|trade| trade.entry_fee != 0.0);
        let exits = (0..tape.ended()).filter(|&place| {
            let trade = tape.trade(tape.ended_at(place));
            trade.exit_fee != 0.0
        });
        entries.count() + exits.count()
    }
}
