//! Runs over several symbols: order of the phases, holes, groups over symbols, ranges of covered bars.

use std::sync::Arc;

use fillproof_engine::candles::Candle;
use fillproof_engine::config::{OnCrossed, Sizing};
use fillproof_engine::core::Core;
use fillproof_engine::cross_symbol_engine::{
    CrossSymbolEventEngine, MultiStrategy, Need, check, run_native,
};
use fillproof_engine::errors::{ErrorCode, Result};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::keys::{CandleLookup, Key};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::manager_settings::{ManagerConfig, Trailing};
use fillproof_engine::multi_symbol_slice::MultiSymbolSlice;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::position_manager::PositionManager;
use fillproof_engine::positions::State;
use fillproof_engine::signals::{Direction, OrderType, TradeSignal};
use fillproof_engine::symbols::SymbolSpec;
use fillproof_engine::trace::{EventKind, Phase, Tracer};

const SPREAD: f64 = 0.5;

/// Open, high, low and close of a bid bar; the ask stands half above it.
type Bar = [f64; 4];
const FLAT: Bar = [10.0, 11.0, 9.0, 10.0];

fn lookup(symbol: &str, bars: &[Option<Bar>]) -> CandleLookup {
    let side = |by: f64| {
        let there = bars.iter().enumerate();
        let candles = there.filter_map(|(place, bar)| {
            let [open, high, low, close] = (*bar)?;
            let time_us = place as i64 * 60_000_000;
            let candle = Candle {
                time_us,
                open: open + by,
                high: high + by,
                low: low + by,
                close: close + by,
                volume: 0.0,
            };
            Some((Key::Time(time_us), candle))
        });
        candles.collect()
    };
    CandleLookup {
        symbol: symbol.into(),
        bid: side(0.0),
        ask: side(SPREAD),
    }
}

fn keys(count: usize) -> Vec<Key> {
    let times = (0..count).map(|place| place as i64 * 60_000_000);
    times.map(Key::Time).collect()
}

/// Does something at a key, with the executor's core out of reach.
struct Script<F>(F, Option<PositionManager>);

impl<F: FnMut(usize, &MultiSymbolSlice) -> Vec<TradeSignal>> MultiStrategy for Script<F> {
    fn evaluate(
        &mut self,
        index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        signals.extend(self.0(index, multi_slice));
        Ok(())
    }

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        self.1.as_mut()
    }
}

fn config() -> ExecutorConfig {
    let spec = |symbol| SymbolSpec::new(symbol, 0.01, Some(2)).expect("a specification");
    ExecutorConfig {
        symbol_specs: vec![spec("AAA"), spec("BBB")],
        sizing: Some(Sizing::fixed_lots(0.1).expect("a size")),
        ..ExecutorConfig::default()
    }
}

struct Run {
    engine: CrossSymbolEventEngine,
    core: Core,
    slice: MultiSymbolSlice,
    tracer: Tracer,
}

fn prepare(lookups: &[CandleLookup], count: usize) -> Run {
    let keys = keys(count);
    let checked = check(lookups, &keys, None, false, OnCrossed::Warn).expect("sound input");
    let mut core = Core::new(Portfolio::new(10_000.0).expect("a balance"));
    let executor = ExecutionSimulator::new(config(), LedgerKind::Native).expect("an executor");
    let place = core.add_executor(executor);
    let slice = MultiSymbolSlice::new(&checked.symbols, &keys, "M1");
    let mut engine = CrossSymbolEventEngine::new(checked, place);
    let tracer = Tracer::collect();
    engine.attach_tracer(&mut core, &tracer);
    Run {
        engine,
        core,
        slice,
        tracer,
    }
}

fn play<F>(
    lookups: &[CandleLookup],
    count: usize,
    signals: F,
    manager: Option<PositionManager>,
) -> Run
where
    F: FnMut(usize, &MultiSymbolSlice) -> Vec<TradeSignal>,
{
    let mut run = prepare(lookups, count);
    let mut script = Script(signals, manager);
    let need = run_native(
        &mut run.engine,
        &mut run.core,
        &mut script,
        &mut run.slice,
        usize::MAX,
    );
    assert_eq!(need, Ok(Need::Done));
    run
}

fn signal(
    symbol: &str,
    order_type: OrderType,
    entry: Option<f64>,
    oco: Option<&str>,
) -> TradeSignal {
    TradeSignal {
        order_type,
        entry_price: entry,
        oco: oco.map(Into::into),
        ..TradeSignal::market(Direction::Long, Some(5.0), Some(20.0), &symbol.into(), 0)
    }
}

#[test]
fn all_symbols_open_before_the_strategy_is_asked_and_leave_after_it() {
    let bars = [Some(FLAT), Some(FLAT), Some([10.0, 21.0, 9.0, 10.0])];
    let lookups = [lookup("BBB", &bars), lookup("AAA", &bars)];
    let both = |index, _: &MultiSymbolSlice| match index {
        0 => vec![
            signal("AAA", OrderType::Market, None, None),
            signal("BBB", OrderType::Market, None, None),
        ],
        _ => Vec::new(),
    };
    let run = play(&lookups, 3, both, None);
    let told: Vec<(usize, Phase, String)> = run
        .tracer
        .events()
        .iter()
        .filter_map(|event| {
            let text = match &event.kind {
                EventKind::Bar { symbol, .. } => format!("bar {symbol}"),
                EventKind::Fill { symbol, .. } => format!("fill {symbol}"),
                EventKind::Exit { symbol, .. } => format!("exit {symbol}"),
                _ => return None,
            };
            Some((event.bar?, event.phase?, text))
        })
        .collect();
    let at = |bar, phase, text: &str| (bar, phase, text.to_owned());
    assert_eq!(
        told,
        [
            at(0, Phase::Data, "bar BBB"),
            at(0, Phase::Data, "bar AAA"),
            at(0, Phase::Entry, "fill AAA"),
            at(0, Phase::Entry, "fill BBB"),
            at(1, Phase::Data, "bar BBB"),
            at(1, Phase::Data, "bar AAA"),
            at(2, Phase::Data, "bar BBB"),
            at(2, Phase::Data, "bar AAA"),
            at(2, Phase::Exits, "exit BBB"),
            at(2, Phase::Exits, "exit AAA"),
        ]
    );
    assert_eq!(run.core.portfolio.equity_columns().len(), 3);
}

#[test]
fn a_symbol_in_a_hole_takes_no_signal_and_leaves_nothing() {
    // The target of AAA is reached at key 2 only, where its bar is missing.
    let far = Some([10.0, 25.0, 9.0, 10.0]);
    let lookups = [
        lookup("AAA", &[Some(FLAT), Some(FLAT), None, Some(FLAT)]),
        lookup("BBB", &[Some(FLAT), Some(FLAT), far, Some(FLAT)]),
    ];
    let signals = |index, slice: &MultiSymbolSlice| {
        assert_eq!(slice.is_covered("AAA"), Ok(index != 2));
        match index {
            0 | 2 => vec![signal("AAA", OrderType::Market, None, None)],
            _ => Vec::new(),
        }
    };
    let run = play(&lookups, 4, signals, None);
    let executor = &run.core.executors[0];
    let rejected = executor.rejected_signals();
    assert_eq!(rejected.len(), 1);
    assert_eq!(
        (rejected[0].rule, rejected[0].time_us),
        ("S3.no_bar", 120_000_000)
    );
    assert_eq!(executor.active_positions(), [0]);
    assert!(run.core.positions[0].is_open());
}

#[test]
fn of_a_group_over_symbols_the_first_accepted_fills() {
    let rises = Some([10.0, 14.0, 9.0, 10.0]);
    let lookups = [
        lookup("AAA", &[Some(FLAT), rises, Some(FLAT)]),
        lookup("BBB", &[Some(FLAT), rises, Some(FLAT)]),
    ];
    // BBB is accepted first, though AAA comes first in the bar; the last does not trigger.
    let signals = |index, _: &MultiSymbolSlice| match index {
        0 => vec![
            signal("BBB", OrderType::Stop, Some(13.0), Some("g")),
            signal("AAA", OrderType::Stop, Some(12.0), Some("g")),
            signal("AAA", OrderType::Stop, Some(13.5), Some("g")),
            signal("AAA", OrderType::Stop, Some(18.0), Some("g")),
        ],
        _ => Vec::new(),
    };
    let run = play(&lookups, 3, signals, None);
    let states: Vec<_> = run.core.positions.iter().map(|p| p.state).collect();
    let State::Open(fill) = &states[0] else {
        panic!("it fills: {:?}", states[0]);
    };
    assert_eq!((fill.rule, fill.time_us), ("E2.stop_inside", 60_000_000));
    assert_eq!(states[1], State::Cancelled("S4.oco_across"));
    assert_eq!(states[2], State::Cancelled("S4.oco_across"));
    assert_eq!(states[3], State::Cancelled("S4.oco_cancelled"));
    let marked = run.tracer.events();
    let mut marked = marked.iter().filter(|event| event.rule == "S4.oco_across");
    assert!(marked.any(|event| matches!(
        &event.kind,
        EventKind::Order { order_id: 1, action, .. } if action.as_str() == "marked"
    )));
}

#[test]
fn a_symbol_in_a_hole_does_not_contest_a_group() {
    let rises = Some([10.0, 14.0, 9.0, 10.0]);
    let lookups = [
        lookup("AAA", &[Some(FLAT), rises, Some(FLAT)]),
        lookup("BBB", &[Some(FLAT), None, rises]),
    ];
    let signals = |index, _: &MultiSymbolSlice| match index {
        0 => vec![
            signal("BBB", OrderType::Stop, Some(13.0), Some("g")),
            signal("AAA", OrderType::Stop, Some(12.0), Some("g")),
        ],
        _ => Vec::new(),
    };
    let run = play(&lookups, 3, signals, None);
    assert_eq!(
        run.core.positions[0].state,
        State::Cancelled("S4.oco_cancelled")
    );
    assert!(run.core.positions[1].is_open());
    assert!(!run.core.positions[1].ambiguous());
}

#[test]
fn a_close_waits_for_the_bar_of_its_symbol() {
    let lookups = [
        lookup("AAA", &[Some(FLAT), None, None, Some(FLAT)]),
        lookup("BBB", &[Some(FLAT); 4]),
    ];
    let mut run = prepare(&lookups, 4);
    let mut waits = Vec::new();
    loop {
        match run.engine.next(&mut run.core).expect("nothing is wrong") {
            Need::Signals(0) => {
                let buy = signal("AAA", OrderType::Market, None, None);
                run.engine
                    .feed_signals(&mut run.core, &[buy])
                    .expect("it is accepted");
            }
            Need::Signals(1) => run.core.close_order(0, 0).expect("it is an order"),
            Need::Done => break,
            _ => {}
        }
        waits.push(run.core.positions[0].is_open());
    }
    // Asked at each key; the last answer is from before EXITS of key 3.
    assert_eq!(waits, [true; 4]);
    let exit = run.core.positions[0].exit().expect("it has closed");
    assert_eq!((exit.rule, exit.time_us), ("X5.manual", 180_000_000));
}

#[test]
fn a_close_without_a_next_bar_is_dropped() {
    let lookups = [
        lookup("AAA", &[Some(FLAT), None]),
        lookup("BBB", &[Some(FLAT); 2]),
    ];
    let mut run = prepare(&lookups, 2);
    loop {
        match run.engine.next(&mut run.core).expect("nothing is wrong") {
            Need::Signals(0) => {
                let buy = signal("AAA", OrderType::Market, None, None);
                run.engine
                    .feed_signals(&mut run.core, &[buy])
                    .expect("it is accepted");
            }
            Need::Signals(_) => run.core.close_order(0, 0).expect("it is an order"),
            Need::Done => break,
            _ => {}
        }
    }
    let refused = run.core.executors[0].refused_commands();
    assert_eq!((refused[0].rule, refused[0].field), ("L8.dropped", "close"));
    assert!(run.core.positions[0].is_open());
}

#[test]
fn the_true_range_is_that_of_the_covered_bars() {
    // Ranges of 2, then of 4 in the bar that has no ask; the stop trails the close by one range.
    let mut aaa = lookup(
        "AAA",
        &[Some(FLAT), Some([10.0, 12.0, 8.0, 10.0]), Some(FLAT)],
    );
    aaa.ask.remove(1);
    let lookups = [aaa, lookup("BBB", &[Some(FLAT); 3])];
    let trailing = Trailing::new(None, None, Some(1.0), 2).expect("a rule");
    let manager = PositionManager::new(ManagerConfig {
        trailing: Some(trailing),
        ..ManagerConfig::default()
    });
    let signals = |index, _: &MultiSymbolSlice| match index {
        0 => vec![signal("AAA", OrderType::Market, None, None)],
        _ => Vec::new(),
    };
    let run = play(&lookups, 3, signals, Some(manager.expect("rules")));
    assert_eq!(run.core.positions[0].stop_loss, Some(8.0));
}

#[test]
fn the_same_key_by_key_and_in_one_go() {
    let wave = |from: i64| {
        let bars = (from..from + 120).map(|place| {
            let close = 10.0 + (place % 17 - 8) as f64 * 0.25;
            (place % 5 != 0).then_some([close, close + 0.75, close - 0.75, close + 0.25])
        });
        bars.collect::<Vec<_>>()
    };
    let lookups = [lookup("AAA", &wave(1)), lookup("BBB", &wave(3))];
    let decide = |index: usize, slice: &MultiSymbolSlice| {
        let covered = slice.values().iter().filter(|view| view.bid().is_some());
        let signals = covered.filter(|_| index.is_multiple_of(4)).map(|view| {
            let bid = view.bid().expect("it is covered");
            let (stop, target) = (Some(bid.close - 1.0), Some(bid.close + 1.5));
            TradeSignal::market(Direction::Long, stop, target, view.symbol(), 0)
        });
        signals.collect::<Vec<_>>()
    };
    let whole = play(&lookups, 120, decide, None);
    let mut steps = prepare(&lookups, 120);
    let mut told = 0;
    loop {
        match steps
            .engine
            .next(&mut steps.core)
            .expect("nothing is wrong")
        {
            Need::Signals(index) => {
                steps.slice.set_index(index as i64).expect("it is free");
                let signals = decide(index, &steps.slice);
                steps
                    .engine
                    .feed_signals(&mut steps.core, &signals)
                    .expect("they can be read");
                told += signals.len();
            }
            Need::Done => break,
            _ => {}
        }
    }
    assert!(told > 30);
    assert_eq!(whole.tracer.events(), steps.tracer.events());
    assert!(whole.core.portfolio.exits().len() > 10);
}

#[test]
fn checks_come_in_order() {
    let lookups = [lookup("AAA", &[Some(FLAT); 3])];
    let keys = keys(3);
    let refused = |lookups: &[CandleLookup], keys: &[Key], start: Option<Key>, strict| {
        let error = check(lookups, keys, start.as_ref(), strict, OnCrossed::Warn);
        error.expect_err("it is refused").code
    };
    assert_eq!(refused(&lookups, &[], None, false), ErrorCode::NoBars);
    assert_eq!(refused(&[], &keys, None, false), ErrorCode::NoBars);
    let start = Some(Key::Int(1));
    assert_eq!(refused(&lookups, &keys, start, false), ErrorCode::KeyType);
    let start = Some(Key::Time(i64::MAX));
    assert_eq!(
        refused(&lookups, &keys, start, false),
        ErrorCode::StartNotFound
    );
    let gappy = [
        lookup("AAA", &[Some(FLAT), None, Some(FLAT)]),
        lookup("BBB", &[None, Some(FLAT), Some([10.0, 9.0, 9.0, 10.0])]),
    ];
    assert_eq!(
        refused(&gappy, &keys, None, true),
        ErrorCode::CoverageMissing
    );
    assert_eq!(refused(&gappy, &keys, None, false), ErrorCode::HighTooLow);
    assert_eq!(
        refused(&gappy[..1], &keys, None, false),
        ErrorCode::KeyEmpty
    );
    let start = Key::Time(60_000_001);
    let checked = check(&lookups, &keys, Some(&start), true, OnCrossed::Warn);
    assert_eq!(checked.map(|checked| checked.start), Ok(2));
    let names: Vec<Arc<str>> = vec!["AAA".into()];
    let checked = check(&lookups, &keys, None, true, OnCrossed::Error).expect("nothing is crossed");
    let symbols = checked
        .symbols
        .iter()
        .map(|sides| Arc::clone(&sides.symbol));
    assert_eq!(symbols.collect::<Vec<_>>(), names);
}
