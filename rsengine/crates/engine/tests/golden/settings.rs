//! Configurations as they stand in golden files.

use fillproof_engine::config::{
    ExecutionPolicy, FeeModel, MarketFill, OnCrossed, Sizing, SlippageModel, SymbolSpec,
};
use fillproof_engine::errors::Result;
use fillproof_engine::execution::ExecutorConfig;
use serde_json::Value as Json;

use crate::files::{number, optional};

/// A number of a configuration, or its default where the key is absent.
fn or_default(config: &Json, key: &str, default: f64) -> f64 {
    config.get(key).map_or(default, number)
}

/// A specification; keys that are absent have the usual values.
pub fn spec(config: &Json) -> Result<SymbolSpec> {
    let symbol = config["symbol"].as_str().expect("a spec has a symbol");
    let usual = SymbolSpec::new("X", 1.0, None)?;
    let digits = config["digits"].as_u64();
    SymbolSpec {
        symbol: symbol.into(),
        pip_size: number(&config["pip_size"]),
        digits: digits.map(|digits| u32::try_from(digits).expect("few digits")),
        contract_size: or_default(config, "contract_size", usual.contract_size),
        volume_min: or_default(config, "volume_min", usual.volume_min),
        volume_step: or_default(config, "volume_step", usual.volume_step),
        volume_max: or_default(config, "volume_max", usual.volume_max),
        tick_size: config.get("tick_size").and_then(optional),
        tick_value: config.get("tick_value").and_then(optional),
        min_stop_distance: or_default(config, "min_stop_distance", usual.min_stop_distance),
    }
    .checked()
}

/// Fees; keys that are absent are 0.
pub fn fees(config: &Json) -> Result<FeeModel> {
    FeeModel::new(
        or_default(config, "per_lot", 0.0),
        or_default(config, "per_million", 0.0),
        or_default(config, "percent", 0.0),
        or_default(config, "minimum", 0.0),
    )
}

/// All settings of an executor.
pub fn executor(config: &Json) -> Result<ExecutorConfig> {
    let policy = &config["policy"];
    let word = |key: &str| policy[key].as_str().expect("an option is a word");
    let sizing = &config["sizing"];
    Ok(ExecutorConfig {
        slippage_model: SlippageModel::new(number(&config["slippage_pips"]))?,
        fee_model: fees(&config["fees"])?,
        symbol_specs: match &config["spec"] {
            Json::Null => Vec::new(),
            given => vec![spec(given)?],
        },
        policy: ExecutionPolicy {
            market_fill: MarketFill::parse(word("market_fill"))?,
            close_at_end: policy["close_at_end"].as_bool().expect("a bool"),
            on_crossed: OnCrossed::parse(word("on_crossed"))?,
        },
        sizing: Some(match sizing.get("fixed_lots") {
            Some(lots) => Sizing::fixed_lots(number(lots))?,
            None => Sizing::risk_amount(number(&sizing["risk_amount"]))?,
        }),
        strict: config["strict"].as_bool().expect("a bool"),
        ..ExecutorConfig::default()
    })
}
