//! Plays a case of several symbols, as `play` does one of one symbol.

use std::cmp::Ordering;
use std::sync::Arc;

use fillproof_engine::candles::Candle;
use fillproof_engine::core::Core;
use fillproof_engine::cross_symbol_engine::{CrossSymbolEventEngine, Need, check as check_input};
use fillproof_engine::errors::Result;
use fillproof_engine::execution::ExecutionSimulator;
use fillproof_engine::keys::{CandleLookup, Key, clock_us};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::position_manager::PositionManager;
use fillproof_engine::signals::{TradeSignal, normalise};
use fillproof_engine::trace::Tracer;
use serde_json::Value as Json;

use crate::commands::{Script, of_bar};
use crate::files::{number, time_us, whole};
use crate::outcome::Played;
use crate::play::placed;
use crate::{market, settings};

/// What is passed as the start where there is no such bar.
const NO_BAR: &str = "2000-01-01T00:00:00Z";

/// Whether a case asks for nothing that only Python's face can be given.
pub fn is_playable(case: &Json) -> bool {
    let config = &case["config"];
    let signals = case["signals"].as_array().expect("a list");
    config["key_type"] != "raw"
        && config.get("wrapper").is_none()
        && config["spec"].is_object()
        && (config.get("coverage").is_none() || config["coverage"] == "strict")
        && (config.get("start_key").is_none() || config.get("key_type").is_some())
        && signals.iter().all(|signal| signal["symbol"].is_string())
}

/// Runs a case.
pub fn play(case: &Json, tracer: Tracer) -> Result<Played> {
    let config = &case["config"];
    let kind = config["key_type"].as_str().unwrap_or("time");
    let settings = settings::executor(case)?;
    let on_crossed = settings.policy.on_crossed;
    let mut core = Core::new(Portfolio::new(number(&config["initial_balance"]))?);
    let executor = ExecutionSimulator::new(settings, LedgerKind::Native)?;
    let executor = core.add_executor(executor);
    let mut manager = settings::manager(config)?;
    let lookups = lookups(case, kind);
    let keys = keys(case, kind, &lookups);
    let start = start(config, kind, &keys);
    let strict = config["coverage"] == "strict";
    let checked = check_input(&lookups, &keys, start.as_ref(), strict, on_crossed)?;
    if checked.ordinal {
        core.executors[executor].use_ordinals()?;
        if let Some(manager) = &manager {
            manager.management.use_ordinals()?;
        }
    }
    let crossed = checked.crossed_bars;
    let symbols = checked.symbols.iter();
    let holes = symbols.map(|sides| (sides.symbol.to_string(), sides.holes()));
    let holes = Some(holes.collect());
    for sides in &checked.symbols {
        let covered = checked.clock.iter().zip(sides.covered.iter());
        let times = covered.filter_map(|(&time_us, &covered)| covered.then_some(time_us));
        core.executors[executor].check_lower_candles(&sides.symbol, times)?;
    }
    let mut engine = CrossSymbolEventEngine::new(checked, executor).with_manager(true);
    engine.attach_tracer(&mut core, &tracer);
    let clock: Vec<i64> = keys
        .iter()
        .enumerate()
        .map(|(n, key)| clock_us(key, n))
        .collect();
    let mut script = Script::default();
    let mut asked = false;
    loop {
        match engine.next(&mut core)? {
            Need::Signals(bar) => {
                assert_eq!((engine.bar(), engine.total()), (bar, keys.len()));
                assert!(asked || engine.start() == bar);
                asked = true;
                let at = (bar, clock[bar]);
                let done = script.run(&mut core, case, at, "ENTRY");
                done.map_err(placed(bar))?;
                let signals: Result<Vec<_>> = of_bar(&case["signals"], bar)
                    .map(|signal| signal_of(signal, &engine, at))
                    .collect();
                engine.feed_signals(&mut core, &signals?)?;
            }
            Need::Manage(bar) => {
                manage(
                    &mut core,
                    &engine,
                    case,
                    (bar, clock[bar]),
                    &mut script,
                    &mut manager,
                )?;
            }
            Need::Progress(_) | Need::Budget(_) => {}
            Need::Done => break,
        }
    }
    Ok(Played {
        core,
        tracer,
        crossed,
        holes,
        clock,
    })
}

/// The commands of a key's MANAGE come before the manager of the engine's own.
fn manage(
    core: &mut Core,
    engine: &CrossSymbolEventEngine,
    case: &Json,
    at: (usize, i64),
    script: &mut Script,
    manager: &mut Option<PositionManager>,
) -> Result<()> {
    engine.begin_manage();
    script.run(core, case, at, "MANAGE").map_err(placed(at.0))?;
    let Some(manager) = manager else {
        return Ok(());
    };
    engine.manage(core, |core, open, bar| {
        let symbol = Arc::clone(&core.positions[open[0] as usize].symbol);
        manager.manage_positions(core, 0, &symbol, bar)
    })
}

fn signal_of(
    signal: &Json,
    engine: &CrossSymbolEventEngine,
    (bar, time_us): (usize, i64),
) -> Result<TradeSignal> {
    let raw = market::raw_signal(signal);
    let symbol: Arc<str> = signal["symbol"].as_str().expect("a symbol").into();
    let place = engine.symbols().iter().position(|s| s.symbol == symbol);
    let cell = place.and_then(|place| engine.row()[place]);
    let (bid, ask) = cell.unzip();
    normalise(&raw, bid.as_ref(), ask.as_ref(), &symbol, bar, time_us)
}

fn lookups(case: &Json, kind: &str) -> Vec<CandleLookup> {
    let symbols = case["symbols"].as_object().expect("symbols by name");
    let side = |bars: &Json, side: &str, first: usize| {
        let (rows, first) = match bars.get("bars") {
            Some(rows) => (rows, first),
            None => (&bars[side], 1),
        };
        let rows = rows.as_array().expect("a list of bars");
        let mut rows: Vec<_> = rows.iter().map(|row| row_of(row, kind, first)).collect();
        rows.sort_by(|(a, _), (b, _)| order(a, b));
        rows
    };
    let lookup = |(symbol, bars): (&String, &Json)| CandleLookup {
        symbol: symbol.as_str().into(),
        bid: side(bars, "bid", 1),
        ask: side(bars, "ask", 5),
    };
    symbols.iter().map(lookup).collect()
}

/// A key and its candle; a bar that is written out may have a time beside its key.
fn row_of(row: &Json, kind: &str, first: usize) -> (Key, Candle) {
    let price = |name: &str, place: usize| match row.get(name) {
        Some(value) => number(value),
        None => number(&row[place]),
    };
    let given = row.get("key").or_else(|| row.get("timestamp"));
    let key = key_of(given.unwrap_or(&row[0]), kind);
    let time = row.get("timestamp").and_then(Json::as_str).map(time_us);
    let candle = Candle {
        time_us: time.unwrap_or_else(|| clock_us(&key, 0)),
        open: price("open", first),
        high: price("high", first + 1),
        low: price("low", first + 2),
        close: price("close", first + 3),
        volume: 0.0,
    };
    (key, candle)
}

fn key_of(key: &Json, kind: &str) -> Key {
    let text = || key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    match kind {
        "str" => Key::Text(text().into()),
        "int" => Key::Int(text().parse().expect("a whole number")),
        "float" => Key::Float(text().parse().expect("a number")),
        _ => Key::Time(time_us(key.as_str().expect("a time is text"))),
    }
}

/// What has no order stays where it is, for the engine to find.
fn order(a: &Key, b: &Key) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// The keys that a case names, else all that a symbol has a candle at.
fn keys(case: &Json, kind: &str, lookups: &[CandleLookup]) -> Vec<Key> {
    if let Some(keys) = case.get("keys").and_then(Json::as_array) {
        return keys.iter().map(|key| key_of(key, kind)).collect();
    }
    let sides = lookups.iter().flat_map(|lookup| [&lookup.bid, &lookup.ask]);
    let mut keys: Vec<Key> = sides.flatten().map(|(key, _)| key.clone()).collect();
    keys.sort_by(order);
    keys.dedup();
    keys
}

/// The key that is passed as the start.
fn start(config: &Json, kind: &str, keys: &[Key]) -> Option<Key> {
    if let Some(key) = config.get("start_key") {
        return Some(match key {
            Json::Number(number) if number.is_f64() => Key::Float(number.as_f64()?),
            Json::Number(number) => Key::Int(number.as_i64()?),
            text => key_of(text, if kind == "time" { kind } else { "str" }),
        });
    }
    if let Some(time) = config.get("start") {
        return time.as_str().map(|time| Key::Time(time_us(time)));
    }
    let bar = config.get("start_bar").map_or(0, whole);
    let bar = usize::try_from(bar).expect("a small index");
    Some(keys.get(bar).cloned().unwrap_or(Key::Time(time_us(NO_BAR))))
}
