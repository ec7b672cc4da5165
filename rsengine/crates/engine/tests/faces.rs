//! What callers see: slices, errors, positions of their own, portfolios with several symbols.

use std::sync::Arc;

use fillproof_engine::aligned::{ABSENT, AlignedCandles, read_places};
use fillproof_engine::candles::{Candle, CandleColumns, time_text};
use fillproof_engine::core::Core;
use fillproof_engine::errors::{EngineError, ErrorCode};
use fillproof_engine::event_engine::{EventEngine, Need};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::holdings::{EntryNumbers, ExitNumbers, Holding};
use fillproof_engine::indicators::moving::Wilder;
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::positions::{Fill, FillAt, Level, Position, State};
use fillproof_engine::signals::{Direction, OrderType, SignalColumns};
use fillproof_engine::slices::{MultiCandleData, Series, SymbolDataSlice};
use fillproof_engine::trace::{EventKind, Phase, Tracer};

fn bar(minute: i64, close: f64) -> Candle {
    Candle {
        time_us: minute * 60_000_000,
        open: close,
        high: close + 0.5,
        low: close - 0.5,
        close,
        volume: 0.0,
    }
}

fn columns(bars: i64) -> Arc<CandleColumns> {
    let candles: Vec<Candle> = (0..bars)
        .map(|minute| bar(minute, 10.0 + minute as f64))
        .collect();
    Arc::new(CandleColumns::from_candles(&candles))
}

fn code<T: std::fmt::Debug>(result: Result<T, EngineError>) -> ErrorCode {
    result.expect_err("it is refused").code
}

#[test]
fn slices_move_within_their_data() {
    let bars = columns(5);
    let mut data = MultiCandleData::of("M1", &bars, &bars);
    data.series.push(Series {
        timeframe: "H1".into(),
        side: "bid".into(),
        candles: AlignedCandles::masked(columns(4), &[true, false, true, false]),
    });
    let symbol: Arc<str> = "EURUSD".into();
    let mut slice = SymbolDataSlice::new(Arc::new(data), &symbol);
    slice.set_index(3).expect("a free slice moves");
    assert_eq!(slice.latest("M1", "ask"), Ok(Some(bar(3, 13.0))));
    assert_eq!(slice.latest("H1", "bid"), Ok(None));
    let history = slice.history("H1", "bid", 2).expect("it is loaded");
    assert_eq!(history, [bar(0, 10.0), bar(2, 12.0)]);
    assert_eq!(
        slice.history("M1", "bid", 2).map(|found| found.len()),
        Ok(2)
    );
    slice.set_index(4).expect("a free slice moves");
    assert_eq!(code(slice.latest("H1", "bid")), ErrorCode::IndexOutOfRange);
    assert_eq!(code(slice.latest("D1", "bid")), ErrorCode::TimeframeUnknown);
    assert_eq!(code(slice.latest("H1", "ask")), ErrorCode::SideUnknown);
    assert_eq!(code(slice.set_index(-1)), ErrorCode::IndexOutOfRange);
}

#[test]
fn what_is_shown_says_whether_it_is_empty() {
    let bars = columns(3);
    let data = Arc::new(MultiCandleData::of("M1", &bars, &bars));
    let mut slice = SymbolDataSlice::new(data, &"EURUSD".into());
    slice.set_index(1).expect("a free slice moves");
    let shown = slice.series_ref("M1", "bid").expect("it is loaded");
    assert_eq!((shown.len(), shown.is_empty()), (2, false));
    let none = slice.history_view("M1", "bid", 0).expect("it is loaded");
    assert_eq!((none.len(), none.is_empty()), (0, true));
    let rows = SignalColumns::default();
    assert_eq!((rows.len(), rows.is_empty()), (0, true));
    let one = SignalColumns {
        order_id: vec![1],
        ..SignalColumns::default()
    };
    assert_eq!((one.len(), one.is_empty()), (1, false));
}

#[test]
fn places_of_candles_are_checked() {
    let places = read_places(&[1, -1, 0], 2).expect("they are there");
    assert_eq!(&*places, [1, ABSENT, 0]);
    for (places, bar) in [(&[0, 2][..], 1), (&[-2][..], 0)] {
        let error = read_places(places, 2).expect_err("it is not there");
        assert_eq!(
            (error.code, error.bar),
            (ErrorCode::IndexOutOfRange, Some(bar))
        );
    }
}

#[test]
fn an_average_shows_its_last_value() {
    let mut average = Wilder::new(2).expect("a period");
    assert!(average.value().is_nan());
    for x in [1.0, 3.0, 2.5] {
        assert_eq!(average.update(x).to_bits(), average.value().to_bits());
    }
    average.restart();
    assert!(average.value().is_nan());
}

#[test]
fn errors_say_what_where_and_what_instead() {
    let error = EngineError::new(ErrorCode::HighTooLow)
        .at_bar(3)
        .in_field("bid.high")
        .with_value(1.5)
        .expecting(">= 2.0, the higher of open and close");
    let message = "bid.high is 1.5; expected >= 2.0, the higher of open and close";
    assert_eq!(error.message(), message);
    assert_eq!(error.to_string(), format!("bar 3: {message}"));
    for code in ErrorCode::ALL {
        let message = EngineError::new(*code).with_value("x").message();
        assert!(!message.contains('{'), "{}: {message}", code.as_str());
    }
}

#[test]
fn times_are_written_as_python_writes_them() {
    assert_eq!(time_text(0), "1970-01-01T00:00:00+00:00");
    assert_eq!(
        time_text(951_782_400_000_001),
        "2000-02-29T00:00:00.000001+00:00"
    );
    assert_eq!(time_text(-1), "1969-12-31T23:59:59.999999+00:00");
}

fn own_position(price: f64) -> Position {
    let mut position = Position::new(
        0,
        "EURUSD".into(),
        Direction::Long,
        OrderType::Market,
        0,
        price,
        100_000.0,
        0.1,
        Some(price - 0.25),
        None,
        100.0,
        None,
    );
    position.state = State::Open(Fill {
        time_us: 0,
        at: FillAt::Close,
        price,
        fee: 0.0,
        rule: "",
    });
    position
}

fn core() -> Core {
    Core::new(Portfolio::new(10_000.0).expect("valid"))
}

#[test]
fn a_position_of_the_users_own_is_written_and_closed_at_once() {
    let mut core = core();
    let slot = core.add_position(own_position(1.5));
    core.write_level(slot, Level::TakeProfit, Some(1.123_456_7))
        .expect("a price");
    assert_eq!(core.positions[0].take_profit, Some(1.123_456_7));
    assert_eq!(code(core.register_exit(slot)), ErrorCode::NumberInvalid);
    core.register_entry(slot);
    assert!(core.portfolio.realised_only());
    assert_eq!(
        code(core.close_position(slot, 1, f64::NAN, "manual")),
        ErrorCode::LevelNotFinite
    );
    assert_eq!(
        code(core.close_position(slot, 1, 1.75, "bored")),
        ErrorCode::ReasonUnknown
    );
    core.close_position(slot, 1, 1.75, "manual")
        .expect("it is open");
    assert_eq!(core.positions[0].result(), Some(2500.0));
    assert_eq!(core.positions[0].r_multiple(), Some(1.0));
    assert_eq!(
        code(core.close_position(slot, 1, 1.75, "manual")),
        ErrorCode::AlreadyClosed
    );
    core.register_exit(slot).expect("it is closed");
    assert_eq!(core.portfolio.cash(), 12_500.0);
}

#[test]
fn the_worst_of_two_symbols_is_the_sum_of_both() {
    let mut portfolio = Portfolio::new(1000.0).expect("valid");
    let (gold, oil): (Arc<str>, Arc<str>) = ("GOLD".into(), "OIL".into());
    let numbers = |symbol: &Arc<str>, direction| EntryNumbers {
        symbol: Arc::clone(symbol),
        direction,
        entry_price: 10.0,
        size: 1.0,
        unit_value: 10.0,
        stale_unit: false,
        trigger_time_us: 0,
        at: FillAt::Open,
    };
    let entries = [(1, &gold, Direction::Long), (2, &oil, Direction::Short)];
    for (id, symbol, direction) in entries {
        portfolio.register_entry(
            Holding::Foreign(id),
            symbol,
            Some(numbers(symbol, direction)),
        );
    }
    portfolio.update(0);
    // No candle was shown yet: both stand at their entries.
    assert_eq!(portfolio.equity(), 1000.0);
    portfolio.mark(&gold, &bar(1, 11.0), &bar(1, 12.0));
    portfolio.mark(&oil, &bar(1, 8.0), &bar(1, 9.0));
    portfolio.update(60_000_000);
    assert_eq!(portfolio.equity(), 1000.0 + 10.0 + 10.0);
    assert_eq!(
        portfolio.equity_columns().equity_worst[1],
        1000.0 + 5.0 + 5.0
    );
    assert_eq!(
        portfolio
            .get_open_positions(Some("OIL"))
            .collect::<Vec<_>>(),
        [Holding::Foreign(2)]
    );
    let exit = ExitNumbers {
        order_id: 2,
        time_us: Some(60_000_000),
        part: 0,
        size: 1.0,
        exit_fee: 1.5,
        result: 10.0,
        r_multiple: None,
        break_even: false,
    };
    portfolio
        .register_exit(Holding::Foreign(2), exit)
        .expect("numbers");
    portfolio.update(60_000_000);
    // The same time again: the row is replaced, the maximum stays.
    assert_eq!(portfolio.equity_columns().len(), 2);
    assert_eq!((portfolio.cash(), portfolio.equity()), (1008.5, 1018.5));
    assert_eq!(
        (portfolio.max_equity(), portfolio.max_drawdown()),
        (1020.0, 1.5)
    );
    let wrong = ExitNumbers {
        result: f64::NAN,
        ..exit
    };
    let refused = portfolio.register_exit(Holding::Foreign(1), wrong);
    assert_eq!(code(refused), ErrorCode::NumberInvalid);
    assert_eq!(portfolio.get_open_positions(None).count(), 1);
}

#[test]
fn a_loop_tells_of_each_bar_and_of_its_phases() {
    let mut core = core();
    let executor = ExecutionSimulator::new(ExecutorConfig::default(), LedgerKind::Native);
    let executor = core.add_executor(executor.expect("valid"));
    let (bid, ask) = (columns(4), columns(4));
    let start = Some(bar(1, 0.0).time_us - 1);
    let symbol: Arc<str> = "EURUSD".into();
    let engine = EventEngine::new(bid, ask, symbol, start, executor, Default::default());
    let mut engine = engine.expect("valid").with_progress(true);
    let tracer = Tracer::collect();
    engine.attach_tracer(&mut core, &tracer);
    let mut needs = Vec::new();
    loop {
        needs.push(engine.next(&mut core).expect("valid"));
        if needs.last() == Some(&Need::Done) {
            break;
        }
    }
    let expected: Vec<Need> = (1..4)
        .flat_map(|bar| [Need::Signals(bar), Need::Progress(bar)])
        .chain([Need::Done])
        .collect();
    assert_eq!(needs, expected);
    let events = tracer.events();
    assert_eq!(events.len(), 6);
    assert!(matches!(events[0].kind, EventKind::Bar { .. }));
    assert_eq!(
        (events[0].bar, events[0].phase),
        (Some(1), Some(Phase::Data))
    );
    assert_eq!(events[1].rule, "P3.row");
    assert_eq!(engine.next(&mut core), Ok(Need::Done));
}
