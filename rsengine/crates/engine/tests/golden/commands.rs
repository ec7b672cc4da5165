//! The commands of a script, carried out as its strategy or its manager would.

use std::collections::HashMap;

use fillproof_engine::blotter::Changes;
use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::positions::Level;
use serde_json::Value as Json;

use crate::files::{number, optional, time_us};

/// The orders that a script has seen active; a reference to one that has left is kept.
#[derive(Default)]
pub struct Script {
    known: HashMap<u64, u32>,
}

impl Script {
    /// Looks at the active positions, then carries out the commands of a bar and a phase.
    pub fn run(
        &mut self,
        core: &mut Core,
        case: &Json,
        (bar, time_us): (usize, i64),
        phase: &str,
    ) -> Result<()> {
        for &slot in core.executors[0].active_positions() {
            let order_id = core.positions[slot as usize].order_id;
            self.known.insert(order_id, slot);
        }
        for command in of_bar(&case["commands"], bar).filter(|command| command["phase"] == phase) {
            let order_id = command["order_id"].as_u64().expect("an order id");
            let slot = if command["by_id"] == Json::Bool(true) {
                // A slot that is no order's stands for a number that is none.
                Some(core.executors[0].order_slot(order_id).unwrap_or(u32::MAX))
            } else {
                self.known.get(&order_id).copied()
            };
            if let Some(slot) = slot {
                carry_out(core, slot, command, time_us)?;
            }
        }
        Ok(())
    }
}

/// The items of a list that belong to a bar.
pub fn of_bar(list: &Json, bar: usize) -> impl Iterator<Item = &Json> {
    let all = list.as_array().expect("a list");
    all.iter()
        .filter(move |item| item["bar"].as_u64() == Some(bar as u64))
}

fn carry_out(core: &mut Core, slot: u32, command: &Json, bar_us: i64) -> Result<()> {
    let reason = |usual| command.get("reason").map_or(usual, text);
    match text(&command["do"]) {
        "write" => {
            let field = match text(&command["field"]) {
                "stop_loss" => Level::StopLoss,
                _ => Level::TakeProfit,
            };
            core.write_level(slot, field, optional(&command["value"]))
        }
        "close" => {
            let price = number(&command["price"]);
            core.close_position(slot, bar_us, price, reason("manual"))?;
            core.register_exit(slot)
        }
        "close_part" => {
            let (price, size) = (number(&command["price"]), number(&command["size"]));
            let part = core.close_part(slot, bar_us, price, size, reason("partial_exit"))?;
            core.register_exit(part.expect("a part of a position that is there"))
        }
        "order_close" => core.close_order(0, slot),
        "cancel" => core.cancel_order(0, slot),
        "modify" => {
            let expires_at = command.get("expires_at");
            let changes = Changes {
                stop_loss: command.get("sl").map(optional),
                take_profit: command.get("tp").map(optional),
                expires_at_us: expires_at.map(|time| time.as_str().map(time_us)),
            };
            core.modify_order(0, slot, changes)
        }
        other => panic!("no such command: {other}"),
    }
}

fn text(value: &Json) -> &str {
    value.as_str().expect("a text")
}
