//! Plays a case: its signals and commands against its bars, then everything it expects.

use std::sync::Arc;

use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, Need};
use fillproof_engine::execution::ExecutionSimulator;
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::positions::Level;
use fillproof_engine::signals::normalise;
use fillproof_engine::summary::Figure;
use fillproof_engine::tables::trade_positions;
use fillproof_engine::trace::{FieldValue, Tracer};
use serde_json::Value as Json;

use crate::files::{number, optional};
use crate::{compare, market, settings};

/// What a case left behind.
struct Played {
    core: Core,
    tracer: Tracer,
    crossed: usize,
}

/// Runs a case and compares; a text says what differs.
pub fn check(case: &Json) -> std::result::Result<(), String> {
    let expect = &case["expect"];
    match (play(case), expect.get("error")) {
        (Err(raised), Some(expected)) => compare::error(expected, &raised),
        (Err(raised), None) => Err(format!("raised {raised:?}")),
        (Ok(_), Some(expected)) => Err(format!("raised nothing, not {expected}")),
        (Ok(played), None) => outcome(case, expect, &played),
    }
}

fn play(case: &Json) -> Result<Played> {
    let config = &case["config"];
    let executor_config = settings::executor(config)?;
    let on_crossed = executor_config.policy.on_crossed;
    let mut core = Core::new(Portfolio::new(number(&config["initial_balance"]))?);
    let executor = ExecutionSimulator::new(executor_config, LedgerKind::Native)?;
    let executor = core.add_executor(executor);
    let (bid, ask) = market::sides(case);
    let start_us = market::start_us(config, &bid);
    let symbol: Arc<str> = config["symbol"].as_str().expect("a symbol").into();
    let (bid, ask) = (Arc::new(bid), Arc::new(ask));
    let engine = EventEngine::new(bid, ask, symbol.clone(), start_us, executor, on_crossed)?;
    let mut engine = engine.with_manager(true);
    let tracer = Tracer::collect();
    engine.attach_tracer(&mut core, &tracer);
    loop {
        let bar = engine.bar();
        let placed = |error: fillproof_engine::errors::EngineError| match error.bar {
            Some(_) => error,
            None => error.at_bar(bar),
        };
        match engine.next(&mut core)? {
            Need::Signals(bar) => {
                command(case, &mut core, bar, "ENTRY", &engine).map_err(placed)?;
                let (bid, ask) = engine.candles(bar).expect("the bar is there");
                let mut signals = Vec::new();
                for signal in of_bar(&case["signals"], bar) {
                    let raw = market::raw_signal(signal);
                    signals.push(normalise(&raw, &bid, &ask, &symbol, bar)?);
                }
                engine.feed_signals(&mut core, &signals)?;
            }
            Need::Manage(bar) => {
                engine.begin_manage();
                command(case, &mut core, bar, "MANAGE", &engine).map_err(placed)?;
            }
            Need::Progress(_) | Need::Budget(_) => {}
            Need::Done => break,
        }
    }
    let crossed = engine.crossed_bars().0;
    Ok(Played {
        core,
        tracer,
        crossed,
    })
}

fn of_bar(list: &Json, bar: usize) -> impl Iterator<Item = &Json> {
    let all = list.as_array().expect("a list");
    all.iter()
        .filter(move |item| item["bar"].as_u64() == Some(bar as u64))
}

fn command(
    case: &Json,
    core: &mut Core,
    bar: usize,
    phase: &str,
    engine: &EventEngine,
) -> Result<()> {
    for command in of_bar(&case["commands"], bar).filter(|command| command["phase"] == phase) {
        let order_id = command["order_id"].as_u64().expect("an order id");
        let place = core.positions.iter().position(|p| p.order_id == order_id);
        let place = place.unwrap_or_else(|| panic!("order {order_id} is not there"));
        let slot = u32::try_from(place).expect("few positions");
        if command["do"] == "write" {
            let field = match command["field"].as_str() {
                Some("stop_loss") => Level::StopLoss,
                _ => Level::TakeProfit,
            };
            core.write_level(slot, field, optional(&command["value"]))?;
        } else {
            let (bid, _) = engine.candles(bar).expect("the bar is there");
            let reason = command["reason"].as_str().expect("a reason");
            core.close_position(slot, bid.time_us, number(&command["price"]), reason)?;
            core.register_exit(slot)?;
        }
    }
    Ok(())
}

fn outcome(case: &Json, expect: &Json, played: &Played) -> std::result::Result<(), String> {
    let core = &played.core;
    let expected = expect["events"].as_array().ok_or("events were expected")?;
    compare::events(expected, &played.tracer.events())?;
    let crossed = expect.get("crossed").map_or(Some(0), Json::as_u64);
    if crossed != Some(played.crossed as u64) {
        return Err(format!("{} bars are crossed", played.crossed));
    }
    let rows = core.portfolio.equity_columns();
    if expect
        .get("rows")
        .is_some_and(|n| n.as_u64() != Some(rows.len() as u64))
    {
        return Err(format!("{} rows", rows.len()));
    }
    let bars = market::sides(case).0;
    for expected in expect
        .get("equity")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        let bar = usize::try_from(expected["bar"].as_u64().expect("an index")).expect("small");
        let time_us = bars.get(bar).expect("the bar is there").time_us;
        let row = rows
            .time_us
            .binary_search(&time_us)
            .map_err(|_| format!("no row at {bar}"))?;
        let found = [
            ("bar", bar.into()),
            ("cash", rows.cash[row].into()),
            ("equity", rows.equity[row].into()),
            ("equity_worst", rows.equity_worst[row].into()),
            ("drawdown", rows.drawdown[row].into()),
        ];
        compare::keys(expected, &found).map_err(|d| format!("equity of bar {bar}: {d}"))?;
    }
    if let Some(expected) = expect.get("trades").and_then(Json::as_array) {
        let closed: Vec<_> = trade_positions(core).filter(|p| p.is_closed()).collect();
        if closed.len() != expected.len() {
            return Err(format!("{} closed positions", closed.len()));
        }
        for (place, (expected, found)) in expected.iter().zip(closed).enumerate() {
            compare::keys(expected, &compare::face(found))
                .map_err(|difference| format!("trade {place}: {difference}"))?;
        }
    }
    if let Some(expected) = expect.get("summary") {
        compare::keys(expected, &summary(core)).map_err(|d| format!("summary: {d}"))?;
    }
    if let Some(expected) = expect.get("active").and_then(Json::as_array) {
        let slots = core.executors[0].active_positions();
        let ids = slots
            .iter()
            .map(|&slot| Some(core.positions[slot as usize].order_id));
        if !expected.iter().map(Json::as_u64).eq(ids) {
            return Err(format!("active positions are not {expected:?}"));
        }
    }
    Ok(())
}

/// The summary as names and values.
pub fn summary(core: &Core) -> Vec<(&'static str, FieldValue)> {
    let figures = core.portfolio.get_summary().into_iter();
    figures
        .map(|(name, figure)| match figure {
            Figure::Count(n) => (name, n.into()),
            Figure::Number(x) => (name, x.into()),
        })
        .collect()
}
