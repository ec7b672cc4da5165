//! Plays a case: its signals and commands against its bars, then everything it expects.

use std::sync::Arc;

use fillproof_engine::core::Core;
use fillproof_engine::digest::digest;
use fillproof_engine::errors::{EngineError, Result};
use fillproof_engine::event_engine::{EventEngine, Need};
use fillproof_engine::execution::ExecutionSimulator;
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::signals::normalise;
use fillproof_engine::tables::result_tables;
use fillproof_engine::trace::Tracer;
use serde_json::Value as Json;

use crate::commands::{Script, of_bar};
use crate::files::number;
use crate::outcome::{self, Played};
use crate::{compare, market, settings, several};

/// Runs a case and compares; a text says what differs.
pub fn check(case: &Json) -> std::result::Result<(), String> {
    let expect = &case["expect"];
    match (run(case, Tracer::collect()), expect.get("error")) {
        (Err(raised), Some(expected)) => compare::error(expected, &raised),
        (Err(raised), None) => Err(format!("raised {raised:?}")),
        (Ok(_), Some(expected)) => Err(format!("raised nothing, not {expected}")),
        (Ok(played), None) => {
            outcome::check(case, expect, &played)?;
            let quiet = run(case, Tracer::discard()).map_err(|e| format!("quiet: {e:?}"))?;
            // An error as text, since it may be about a NaN, which equals nothing.
            let told = |one: &Played| {
                digest(&result_tables(&one.core, 0)).map_err(|error| format!("{error:?}"))
            };
            let (traced, quiet) = (told(&played), told(&quiet));
            if traced != quiet {
                return Err(format!("without a tracer {quiet:?}, not {traced:?}"));
            }
            Ok(())
        }
    }
}

fn run(case: &Json, tracer: Tracer) -> Result<Played> {
    match case.get("symbols") {
        Some(_) => several::play(case, tracer),
        None => play(case, tracer),
    }
}

fn play(case: &Json, tracer: Tracer) -> Result<Played> {
    let config = &case["config"];
    let executor_config = settings::executor(case)?;
    let on_crossed = executor_config.policy.on_crossed;
    let mut core = Core::new(Portfolio::new(number(&config["initial_balance"]))?);
    let executor = ExecutionSimulator::new(executor_config, LedgerKind::Native)?;
    let executor = core.add_executor(executor);
    let mut manager = settings::manager(config)?;
    let (bid, ask) = market::sides(case);
    let start_us = market::start_us(config, &bid);
    let bars = (0..bid.len()).filter_map(|bar| bid.get(bar));
    let clock: Vec<i64> = bars.map(|candle| candle.time_us).collect();
    let symbol: Arc<str> = config["symbol"].as_str().expect("a symbol").into();
    let (bid, ask) = (Arc::new(bid), Arc::new(ask));
    let own = &core.executors[executor];
    let engine = EventEngine::new(bid, ask, symbol.clone(), start_us, executor, on_crossed)?;
    own.check_lower_candles(&symbol, clock.iter().copied())?;
    let mut engine = engine.with_manager(true);
    assert_eq!(engine.total(), clock.len());
    engine.attach_tracer(&mut core, &tracer);
    let commands = case["commands"].as_array().expect("a list");
    let manages = commands.iter().any(|command| command["phase"] == "MANAGE");
    let mut script = Script::default();
    let mut asked = false;
    let mut seen = (Vec::new(), core.executors[executor].version());
    loop {
        let now = &core.executors[executor];
        if now.active_positions() != seen.0 {
            // Whoever keeps a copy of the active positions looks at the version alone.
            assert_ne!(
                now.version(),
                seen.1,
                "active positions without a new version"
            );
            seen = (now.active_positions().to_vec(), now.version());
        }
        match engine.next(&mut core)? {
            Need::Signals(bar) => {
                assert_eq!(engine.bar(), bar);
                assert!(asked || engine.start() == bar);
                asked = true;
                let (bid, ask) = engine.candles(bar).expect("the bar is there");
                let at = (bar, bid.time_us);
                script
                    .run(&mut core, case, at, "ENTRY")
                    .map_err(placed(bar))?;
                let mut signals = Vec::new();
                for signal in of_bar(&case["signals"], bar) {
                    let raw = market::raw_signal(signal);
                    signals.push(normalise(
                        &raw,
                        Some(&bid),
                        Some(&ask),
                        &symbol,
                        bar,
                        bid.time_us,
                    )?);
                }
                engine.feed_signals(&mut core, &signals)?;
            }
            Need::Manage(bar) => {
                engine.begin_manage();
                let (bid, ask) = engine.candles(bar).expect("the bar is there");
                if manages {
                    let at = (bar, bid.time_us);
                    script
                        .run(&mut core, case, at, "MANAGE")
                        .map_err(placed(bar))?;
                }
                if let Some(manager) = &mut manager {
                    let shown = engine.managed_bar(bid, ask);
                    manager
                        .manage_positions(&mut core, executor, &symbol, &shown)
                        .map_err(placed(bar))?;
                }
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
        holes: None,
        clock,
    })
}

/// Adds the bar to an error of a call that does not know it.
pub fn placed(bar: usize) -> impl Fn(EngineError) -> EngineError {
    move |error| match error.bar {
        Some(_) => error,
        None => error.at_bar(bar),
    }
}
