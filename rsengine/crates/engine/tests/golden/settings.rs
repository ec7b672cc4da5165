//! Configurations as they stand in golden files.

use std::sync::Arc;

use fillproof_engine::account::{Margin, StopOutPrice};
use fillproof_engine::config::{
    BelowMin, ExecutionPolicy, FeeModel, GapFill, Intrabar, MarketFill, OnCrossed, OnMarketable,
    Preset, Sizing, SlippageModel,
};
use fillproof_engine::errors::Result;
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::lower_candles::LowerSides;
use fillproof_engine::manager_settings::{BreakEven, ManagerConfig, Partial, Trailing};
use fillproof_engine::position_manager::PositionManager;
use fillproof_engine::rates::{Rate, RateSeries, Rates};
use fillproof_engine::sessions::Session;
use fillproof_engine::symbols::SymbolSpec;
use serde_json::Value as Json;

use crate::files::{number, optional, whole};
use crate::market;

/// A number of a configuration, or its default where the key is absent.
fn or_default(config: &Json, key: &str, default: f64) -> f64 {
    config.get(key).map_or(default, number)
}

/// A specification; keys that are absent have the usual values.
pub fn spec(config: &Json) -> Result<SymbolSpec> {
    let symbol = config["symbol"].as_str().expect("a spec has a symbol");
    let text = |key: &str| config.get(key).and_then(Json::as_str);
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
        base_currency: text("base_currency").map(Into::into),
        quote_currency: text("quote_currency").map(Into::into),
        tick_size: config.get("tick_size").and_then(optional),
        tick_value: config.get("tick_value").and_then(optional),
        min_stop_distance: or_default(config, "min_stop_distance", usual.min_stop_distance),
        swap_long: or_default(config, "swap_long", usual.swap_long),
        swap_short: or_default(config, "swap_short", usual.swap_short),
        swap_triple: text("swap_triple").map_or(usual.swap_triple, Into::into),
        leverage: config.get("leverage").and_then(optional),
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

/// Slippage; keys that are absent are 0.
pub fn slippage(config: &Json, fixed: &str) -> Result<SlippageModel> {
    SlippageModel::new(
        number(&config[fixed]),
        or_default(config, "random_pips", 0.0),
        config.get("seed").map_or(0, seed),
    )
}

/// A seed, which stands as text.
pub fn seed(value: &Json) -> u64 {
    let text = value.as_str().expect("a seed is text");
    text.parse().expect("a whole number of 64 bits")
}

fn policy(config: &Json) -> Result<ExecutionPolicy> {
    let usual = ExecutionPolicy::canonical();
    let word = |key: &str| config.get(key).and_then(Json::as_str);
    let count = |key: &str| config.get(key).and_then(Json::as_u64);
    ExecutionPolicy {
        market_fill: word("market_fill").map_or(Ok(usual.market_fill), MarketFill::parse)?,
        close_at_end: config["close_at_end"].as_bool().expect("a bool"),
        on_crossed: word("on_crossed").map_or(Ok(usual.on_crossed), OnCrossed::parse)?,
        intrabar: word("intrabar").map_or(Ok(usual.intrabar), Intrabar::parse)?,
        gap_fill: word("gap_fill").map_or(Ok(usual.gap_fill), GapFill::parse)?,
        on_marketable: word("on_marketable")
            .map_or(Ok(usual.on_marketable), OnMarketable::parse)?,
        limit_through_pips: or_default(config, "limit_through_pips", usual.limit_through_pips),
        exit_buffer_pips: or_default(config, "exit_buffer_pips", usual.exit_buffer_pips),
        below_min: word("below_min").map_or(Ok(usual.below_min), BelowMin::parse)?,
        max_positions: count("max_positions"),
        max_positions_symbol: count("max_positions_symbol"),
        preset: word("preset").map_or(Ok(usual.preset), Preset::parse)?,
    }
    .checked()
}

fn sizing(config: &Json) -> Result<Sizing> {
    let (name, value) = config
        .as_object()
        .and_then(|sizing| sizing.iter().next())
        .expect("a way of sizing");
    match name.as_str() {
        "fixed_lots" => Sizing::fixed_lots(number(value)),
        "risk_amount" => Sizing::risk_amount(number(value)),
        "risk_fraction" => Sizing::risk_fraction(number(value)),
        other => panic!("no such way of sizing: {other}"),
    }
}

fn session(config: &Json) -> Result<Session> {
    let texts = |list: &Json| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.map(|text| text.as_str().expect("a time is text").to_owned())
            .collect()
    };
    let windows: Vec<(String, String)> = config["no_entry"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| match &texts(pair)[..] {
            [start, end] => (start.clone(), end.clone()),
            other => panic!("no pair of times: {other:?}"),
        })
        .collect();
    let timeframe = config["timeframe"].as_str().expect("a timeframe");
    Session::new(timeframe, &windows, &texts(&config["flat_at"]))
}

/// Whether the rates of a case, if it has any, are of the types that this engine takes.
pub fn has_rates(case: &Json) -> bool {
    let Some(asked) = case["config"].get("rates") else {
        return true;
    };
    let mut pairs = asked["pairs"].as_object().into_iter().flatten();
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    asked["account"].is_string()
        && pairs.all(|(_, rate)| rate.is_object() || rate.as_str().is_some_and(is_number))
}

/// Rates; a series may be made of the bars that the case itself trades.
fn rates(case: &Json) -> Result<Option<Rates>> {
    let config = &case["config"];
    let Some(asked) = config.get("rates") else {
        return Ok(None);
    };
    let mut pairs = Vec::new();
    for (pair, asked) in asked["pairs"].as_object().into_iter().flatten() {
        let series = |bars: &Json, timeframe: &Json| {
            let (bid, ask) = market::sides(bars);
            RateSeries::of(&bid, &ask, timeframe.as_str().expect("a timeframe"))
        };
        let rate = if asked.get("bars_of").is_some() {
            Rate::Series(series(case, &config["timeframe"])?)
        } else if asked.get("bars").is_some() {
            Rate::Series(series(asked, &asked["timeframe"])?)
        } else if let Some(ends) = asked.get("end_us").and_then(Json::as_array) {
            let rates = asked["rates"].as_array().expect("a list of rates");
            let (ends, rates) = (ends.iter().map(whole), rates.iter().map(number));
            Rate::Series(RateSeries::new(ends.collect(), rates.collect())?)
        } else {
            Rate::Fixed(number(asked))
        };
        if let Rate::Series(series) = &rate {
            check_equality(series)?;
        }
        pairs.push((pair.as_str(), rate));
    }
    let account = asked["account"].as_str().expect("a currency");
    let hub = asked.get("hub").and_then(Json::as_str);
    Rates::new(
        account,
        pairs,
        hub,
        or_default(asked, "max_age_minutes", 5760.0),
    )
    .map(Some)
}

/// A series equals one of the same rates, and none that lacks the last.
fn check_equality(series: &RateSeries) -> Result<()> {
    let (ends, rates) = (series.end_us().to_vec(), series.rates().to_vec());
    let last = ends.len().saturating_sub(1);
    assert_eq!(series, &RateSeries::new(ends.clone(), rates.clone())?);
    if last > 0 {
        let shorter = RateSeries::new(ends[..last].to_vec(), rates[..last].to_vec())?;
        assert_ne!(series, &shorter);
    }
    Ok(())
}

fn margin(config: &Json) -> Result<Margin> {
    let word = config.get("stop_out_price").and_then(Json::as_str);
    Margin::new(
        number(&config["leverage"]),
        config.get("stop_out").map_or(Some(0.5), optional),
        word.map_or(Ok(StopOutPrice::Worst), StopOutPrice::parse)?,
    )
}

/// The timeframe of the executor, where rates, margin or swaps are there or a case names one.
fn timeframe(config: &Json, specs: &[SymbolSpec]) -> Option<String> {
    let is_needed = specs.iter().any(|spec| spec.swap_field().is_some())
        || config.get("rates").is_some()
        || config.get("margin").is_some()
        || config.get("lower").is_some();
    let usual = is_needed.then(|| &config["timeframe"]);
    let named = config.get("executor_timeframe").or(usual);
    named.and_then(Json::as_str).map(str::to_owned)
}

/// Whether the lower bars of a case, if it has any, have both sides.
pub fn has_lower(case: &Json) -> bool {
    let mut asked = case["config"]["lower"].as_object().into_iter().flatten();
    asked.all(|(_, sides)| {
        let has = |key| sides.get(key).is_some();
        has("bars") || (has("bid") && has("ask"))
    })
}

/// The lower bars of a case, where it has some.
fn lower(config: &Json) -> Vec<LowerSides> {
    let asked = config.get("lower").and_then(Json::as_object);
    asked
        .into_iter()
        .flatten()
        .map(|(symbol, asked)| {
            let (bid, ask) = market::sides(asked);
            LowerSides {
                symbol: symbol.as_str().into(),
                bid: Arc::new(bid),
                ask: Arc::new(ask),
                timeframe: asked
                    .get("timeframe")
                    .and_then(Json::as_str)
                    .map(str::to_owned),
            }
        })
        .collect()
}

/// All settings of an executor.
pub fn executor(case: &Json) -> Result<ExecutorConfig> {
    let config = &case["config"];
    let usual = ExecutorConfig::default();
    let more = config.get("more_specs").and_then(Json::as_array);
    let given = [&config["spec"]].into_iter().filter(|spec| !spec.is_null());
    let symbol_specs: Vec<_> = given
        .chain(more.into_iter().flatten())
        .map(spec)
        .collect::<Result<_>>()?;
    Ok(ExecutorConfig {
        risk_per_trade: or_default(config, "risk_per_trade", usual.risk_per_trade),
        slippage_model: slippage(config, "slippage_pips")?,
        fee_model: fees(&config["fees"])?,
        timeframe: timeframe(config, &symbol_specs),
        symbol_specs,
        rates: rates(case)?,
        margin: config.get("margin").map(margin).transpose()?,
        policy: policy(&config["policy"])?,
        sizing: Some(sizing(&config["sizing"])?),
        session: config.get("session").map(session).transpose()?,
        strict: config["strict"].as_bool().expect("a bool"),
        lower_candles: lower(config),
    })
}

/// The manager that a configuration asks for.
pub fn manager(config: &Json) -> Result<Option<PositionManager>> {
    let Some(asked) = config.get("manager") else {
        return Ok(None);
    };
    let part = |key: &str| asked.get(key).filter(|part| part.is_object());
    let mut partials = Vec::new();
    for item in asked["partials"].as_array().into_iter().flatten() {
        let of = |key: &str| item.get(key).map(number);
        let fraction = number(&item["fraction"]);
        partials.push(Partial::new(fraction, of("after_r"), of("after_pips"))?);
    }
    let config = ManagerConfig {
        session: part("session").map(session).transpose()?,
        max_holding_bars: asked.get("max_holding_bars").and_then(Json::as_u64),
        max_holding_minutes: asked.get("max_holding_minutes").map(number),
        break_even: part("break_even")
            .map(|rule| {
                let of = |key: &str| rule.get(key).map(number);
                let buffer_pips = or_default(rule, "buffer_pips", 0.0);
                BreakEven::new(of("after_r"), of("after_pips"), buffer_pips)
            })
            .transpose()?,
        trailing: part("trailing")
            .map(|rule| {
                let of = |key: &str| rule.get(key).map(number);
                let period = rule.get("period").map_or(14, whole);
                Trailing::new(of("pips"), of("r"), of("atr"), period)
            })
            .transpose()?,
        partials,
    };
    PositionManager::new(config).map(Some)
}
