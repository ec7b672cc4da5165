//! The four tables of a run, in the order and with the columns that the digest takes.

use std::borrow::Cow;

use crate::core::Core;
use crate::digest::{Column, Table, Values};
use crate::holdings::Holding;
use crate::positions::Position;

/// Returns the tables signals, trades, fees and equity of an executor and the own portfolio.
///
/// Trades are the closed positions and parts in order of their exits, then the open ones in order of
/// their fills; positions that are kept elsewhere are left out.
#[must_use]
pub fn result_tables(core: &Core, executor: usize) -> Vec<Table<'_>> {
    vec![
        signals(core, executor),
        trades(core),
        fees(core),
        equity(core),
    ]
}

fn column<'a>(name: &'static str, values: Values<'a>) -> Column<'a> {
    Column { name, values }
}

fn id(order_id: u64) -> i64 {
    i64::try_from(order_id).unwrap_or(i64::MAX)
}

fn signals(core: &Core, executor: usize) -> Table<'_> {
    let mut columns = Vec::new();
    if let Some(rows) = core.executors.get(executor).map(|e| e.signal_columns()) {
        let ids = rows.order_id.iter().map(|&order_id| id(order_id)).collect();
        let texts = |texts: Vec<&'static str>| Values::Str(texts.into_iter().map(Some).collect());
        let symbols = rows.symbol.iter().map(|symbol| Some(&**symbol)).collect();
        columns = vec![
            column("order_id", Values::I64(ids)),
            column("time_us", Values::I64(Cow::Borrowed(&rows.time_us))),
            column("symbol", Values::Str(symbols)),
            column(
                "direction",
                texts(rows.direction.iter().map(|d| d.as_str()).collect()),
            ),
            column(
                "type",
                texts(rows.order_type.iter().map(|t| t.as_str()).collect()),
            ),
            column("entry_price", Values::OptionalF64(rows.entry_price.clone())),
            column("stop_loss", Values::OptionalF64(rows.stop_loss.clone())),
            column("take_profit", Values::OptionalF64(rows.take_profit.clone())),
            column(
                "outcome",
                texts(rows.outcome.iter().map(|o| o.as_str()).collect()),
            ),
            column("rule", texts(rows.rule.clone())),
            column("size", Values::OptionalF64(rows.size.clone())),
        ];
    }
    Table {
        name: "signals",
        columns,
    }
}

/// Returns the positions that the table of trades lists.
pub fn trade_positions(core: &Core) -> impl Iterator<Item = &Position> {
    let closed = core.portfolio.exits().iter();
    closed
        .map(|(holding, _)| *holding)
        .chain(core.portfolio.get_open_positions(None))
        .filter_map(|holding| match holding {
            Holding::Own(slot) => core.positions.get(slot as usize),
            Holding::Foreign(_) => None,
        })
}

fn trades(core: &Core) -> Table<'_> {
    let rows: Vec<&Position> = trade_positions(core).collect();
    let floats = |field: fn(&Position) -> f64| {
        Values::F64(rows.iter().map(|position| field(position)).collect())
    };
    let levels = |field: fn(&Position) -> Option<f64>| {
        Values::OptionalF64(rows.iter().map(|position| field(position)).collect())
    };
    let times = |field: fn(&Position) -> Option<i64>| {
        Values::OptionalI64(rows.iter().map(|position| field(position)).collect())
    };
    let names = |field: fn(&Position) -> Option<&'static str>| {
        Values::Str(rows.iter().map(|position| field(position)).collect())
    };
    let ids = rows.iter().map(|p| id(p.order_id)).collect();
    let symbols = rows.iter().map(|p| Some(&*p.symbol)).collect();
    let entry_times = rows.iter().map(|p| p.entry_time_us).collect();
    let columns = vec![
        column("order_id", Values::I64(ids)),
        column("symbol", Values::Str(symbols)),
        column("direction", names(|p| Some(p.direction.as_str()))),
        column("order_type", names(|p| Some(p.order_type.as_str()))),
        column("status", names(|p| Some(p.status()))),
        column("entry_time_us", Values::I64(entry_times)),
        column("trigger_time_us", times(Position::trigger_time_us)),
        column("exit_time_us", times(Position::exit_time_us)),
        column("entry_price", floats(Position::entry_price)),
        column("exit_price", levels(Position::exit_price)),
        column("stop_loss", levels(|p| p.stop_loss)),
        column("take_profit", levels(|p| p.take_profit)),
        column("initial_stop_loss", levels(|p| p.initial_stop_loss)),
        column("initial_take_profit", levels(|p| p.initial_take_profit)),
        column("size", floats(|p| p.size)),
        column("reference", floats(|p| p.reference)),
        column("unit_value", floats(|p| p.unit_value)),
        column("risk_per_trade", floats(|p| p.risk_per_trade)),
        column("entry_fee", floats(Position::entry_fee)),
        column("exit_fee", floats(Position::exit_fee)),
        column("result", levels(Position::result)),
        column("net_result", levels(Position::net_result)),
        column("r_multiple", levels(Position::r_multiple)),
        column(
            "reason",
            names(|p| p.reason().map(|reason| reason.as_str())),
        ),
        column("entry_rule", names(Position::entry_rule)),
        column("exit_rule", names(Position::exit_rule)),
        column(
            "ambiguous",
            Values::Bool(rows.iter().map(|position| position.ambiguous()).collect()),
        ),
    ];
    Table {
        name: "trades",
        columns,
    }
}

fn fees(core: &Core) -> Table<'_> {
    let rows = core.portfolio.fees_log();
    Table {
        name: "fees",
        columns: vec![
            column(
                "time_us",
                Values::I64(rows.iter().map(|r| r.time_us).collect()),
            ),
            column(
                "kind",
                Values::Str(rows.iter().map(|r| Some(&*r.kind)).collect()),
            ),
            column(
                "amount",
                Values::F64(rows.iter().map(|r| r.amount).collect()),
            ),
            column(
                "order_id",
                Values::I64(rows.iter().map(|r| id(r.order_id)).collect()),
            ),
        ],
    }
}

fn equity(core: &Core) -> Table<'_> {
    let rows = core.portfolio.equity_columns();
    Table {
        name: "equity",
        columns: vec![
            column("time_us", Values::I64(Cow::Borrowed(&rows.time_us))),
            column("cash", Values::F64(Cow::Borrowed(&rows.cash))),
            column("equity", Values::F64(Cow::Borrowed(&rows.equity))),
            column(
                "equity_worst",
                Values::F64(Cow::Borrowed(&rows.equity_worst)),
            ),
            column("drawdown", Values::F64(Cow::Borrowed(&rows.drawdown))),
        ],
    }
}
