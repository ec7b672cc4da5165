//! Does one thing with so many positions, for whoever counts what the engine executes for it.
//!
//! ```console
//! $ cargo run --example count_operations -- process_signal 64 1
//! ```
//!
//! The arguments are the operation, how many positions or orders there are, and how often it is
//! done. Built with `-Cinstrument-coverage` the program leaves a profile when it ends; the difference
//! of two of them that differ in the last argument is what the operation executes.

use std::process::ExitCode;
use std::sync::Arc;

use fillproof_engine::candles::Candle;
use fillproof_engine::config::{ExecutionPolicy, Sizing};
use fillproof_engine::core::Core;
use fillproof_engine::errors::{EngineError, Result};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::signals::{Direction, OrderType, TradeSignal};
use fillproof_engine::symbols::SymbolSpec;

const MINUTE_US: i64 = 60_000_000;

struct Desk {
    core: Core,
    executor: usize,
    symbol: Arc<str>,
    bar: i64,
}

impl Desk {
    fn new(policy: ExecutionPolicy) -> Result<Self> {
        let config = ExecutorConfig {
            symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5))?],
            sizing: Some(Sizing::fixed_lots(0.1)?),
            policy,
            ..ExecutorConfig::default()
        };
        let mut core = Core::new(Portfolio::new(1e9)?);
        let executor = core.add_executor(ExecutionSimulator::new(config, LedgerKind::Native)?);
        Ok(Self {
            core,
            executor,
            symbol: "EURUSD".into(),
            bar: -1,
        })
    }

    fn sides(&self, price: f64) -> [Candle; 2] {
        [0.0, 0.0001].map(|spread| Candle {
            time_us: self.bar * MINUTE_US,
            open: price + spread,
            high: price + spread + 0.0001,
            low: price + spread - 0.0001,
            close: price + spread,
            volume: 0.0,
        })
    }

    fn open(&mut self, price: f64) -> Result<()> {
        self.bar += 1;
        let [bid, ask] = self.sides(price);
        self.core
            .open_bar(self.executor, &bid, &ask, Some(&self.symbol))
    }

    fn signal(&mut self, kind: OrderType, stop: f64, oco: Option<usize>) -> Result<()> {
        let waits = kind != OrderType::Market;
        let signal = TradeSignal {
            order_type: kind,
            entry_price: waits.then_some(1.05),
            oco: oco.map(|group| format!("group {group}").into()),
            ..TradeSignal::market(
                Direction::Long,
                Some(stop),
                Some(1.3),
                &self.symbol,
                self.bar * MINUTE_US,
            )
        };
        self.core.process_signal(self.executor, &signal).map(drop)
    }

    fn exits(&mut self, price: f64) -> Result<()> {
        let [bid, ask] = self.sides(price);
        self.core
            .evaluate_exits(self.executor, &bid, &ask, Some(&self.symbol))
    }

    fn close(&mut self) -> Result<()> {
        self.core
            .close_bar(self.executor, self.bar * MINUTE_US, false)
    }

    fn update(&mut self) {
        self.core.portfolio.update(self.bar * MINUTE_US);
    }

    fn bar(&mut self, price: f64) -> Result<()> {
        self.open(price)?;
        self.exits(price)?;
        self.close()?;
        self.update();
        Ok(())
    }
}

fn run(operation: &str, count: usize, times: usize) -> Result<()> {
    let limited = ExecutionPolicy {
        max_positions: Some(1_000_000),
        max_positions_symbol: Some(1_000_000),
        ..ExecutionPolicy::default()
    };
    let policy = if operation == "process_signal_limited" {
        limited
    } else {
        ExecutionPolicy::default()
    };
    let mut desk = Desk::new(policy)?;
    desk.open(1.1)?;
    let (kind, stop) = match operation {
        "exits_all_stopped" | "history" => (OrderType::Market, 1.0),
        "exits_all_triggered" | "exits_groups" | "exits_waiting" => (OrderType::Limit, 0.9),
        _ => (OrderType::Market, 0.9),
    };
    for place in 0..count {
        let oco = (operation == "exits_groups").then_some(place / 2);
        desk.signal(kind, stop, oco)?;
    }
    desk.exits(1.1)?;
    desk.close()?;
    desk.update();
    if operation == "history" {
        // All are closed, and as many rows are written: what follows must not look at them.
        desk.bar(0.9)?;
        for _ in 0..count {
            desk.bar(1.1)?;
        }
    }
    desk.open(1.1)?;
    for _ in 0..times {
        match operation {
            "process_signal" | "process_signal_limited" => {
                desk.signal(OrderType::Market, 0.9, None)?;
            }
            "exits_untouched" | "exits_waiting" => desk.exits(1.1)?,
            "exits_all_stopped" | "exits_all_triggered" | "exits_groups" => desk.exits(0.95)?,
            "update" => desk.update(),
            "history" => {
                desk.signal(OrderType::Market, 0.9, None)?;
                desk.exits(1.1)?;
                desk.close()?;
                desk.update();
            }
            _ => {
                return Err(
                    EngineError::new(fillproof_engine::errors::ErrorCode::OptionUnknown)
                        .in_field("operation")
                        .with_value(operation),
                );
            }
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [operation, count, times] = given.as_slice() else {
        eprintln!("give an operation, how many positions, how often");
        return ExitCode::FAILURE;
    };
    let (Ok(count), Ok(times)) = (count.parse(), times.parse()) else {
        eprintln!("give whole numbers");
        return ExitCode::FAILURE;
    };
    match run(operation, count, times) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
