//! Cases of a single formula.

use fillproof_engine::arithmetic::{snap, snap_down, snap_level, snap_up, ticks, unit_random};
use fillproof_engine::costs::{fee, slippage};
use fillproof_engine::errors::Result;
use fillproof_engine::indicators::atr::Atr;
use fillproof_engine::indicators::ema::{Ema, ema};
use fillproof_engine::manager_rules::has_gained;
use fillproof_engine::positions::{Fill, FillAt, Position, Reason, State, risk_of};
use fillproof_engine::signals::{Direction, OrderType};
use fillproof_engine::trace::FieldValue;
use fillproof_engine::transcendental;
use serde_json::Value as Json;

use crate::files::{number, optional, whole};
use crate::{compare, indicators, settings, strategies};

/// Computes a case and compares; a text says what differs.
pub fn check(case: &Json) -> std::result::Result<(), String> {
    let expect = &case["expect"];
    let function = case["function"].as_str().expect("a function");
    match (compute(function, &case["input"]), expect.get("error")) {
        (Err(raised), Some(expected)) => compare::error(expected, &raised),
        (Err(raised), None) => Err(format!("raised {raised:?}")),
        (Ok(_), Some(expected)) => Err(format!("raised nothing, not {expected}")),
        (Ok(found), None) => {
            let single = std::slice::from_ref(&expect["value"]);
            let expected = expect["value"].as_array().map_or(single, Vec::as_slice);
            // Several results stand one after the other.
            let expected: Vec<&Json> = expected
                .iter()
                .flat_map(|item| {
                    item.as_array()
                        .map_or(std::slice::from_ref(item), Vec::as_slice)
                })
                .collect();
            let same = expected.len() == found.len()
                && expected
                    .iter()
                    .zip(&found)
                    .all(|(&e, f)| compare::same(e, f));
            if same {
                return Ok(());
            }
            Err(format!("found {found:?}, not {}", expect["value"]))
        }
    }
}

fn compute(function: &str, input: &Json) -> Result<Vec<FieldValue>> {
    let get = |key: &str| number(&input[key]);
    let count = |key: &str| u64::try_from(whole(&input[key])).expect("a count");
    let digits = || u32::try_from(whole(&input["digits"])).expect("few digits");
    let sign = || whole(&input["sign"]) as f64;
    let value = match function {
        "snap" => snap(get("x"), digits()),
        "snap_level" => snap_level(get("x"), digits(), sign()),
        "snap_up" => snap_up(get("x"), digits()),
        "snap_down" => snap_down(get("x"), digits()),
        "ticks" => ticks(get("a"), get("b"), digits()),
        "unit_value" => settings::spec(&input["spec"])?.unit_value(),
        "fee" => {
            let model = settings::fees(&input["fees"])?;
            fee(&model, get("lots"), get("price"), get("unit_value"))
        }
        "result" => result(input),
        "r_multiple" => {
            let stop = optional(&input["initial_stop_loss"]);
            let risk = risk_of(
                get("reference"),
                stop,
                get("initial_size"),
                get("unit_value"),
            );
            return Ok(vec![risk.map(|risk| (get("result") / risk) + 0.0).into()]);
        }
        "ema" => return averages(input),
        "atr" => return true_ranges(input),
        "exp" => transcendental::exp(get("x")),
        "log" => transcendental::log(get("x")),
        "log10" => transcendental::log10(get("x")),
        "sqrt" => get("x").sqrt(),
        "indicator" => return indicators::compute(input),
        "strategy" => return strategies::signals(input),
        "uniform" => unit_random(
            settings::seed(&input["seed"]),
            count("order_id"),
            count("side"),
            count("part"),
        ),
        "slip" => {
            let model = settings::slippage(input, "fixed_pips")?;
            let (order_id, side, part) = (count("order_id"), count("side"), count("part"));
            slippage(&model, get("pip_size"), order_id, side, part)
        }
        "gained" => {
            let digits = (!input["digits"].is_null()).then(digits);
            let (from, to) = (get("entry_price"), get("close"));
            let gained = has_gained(from, to, sign(), get("threshold"), digits);
            return Ok(vec![gained.into()]);
        }
        other => panic!("no such function: {other}"),
    };
    Ok(vec![if value.is_nan() {
        FieldValue::Null
    } else {
        value.into()
    }])
}

/// The result of a position that opens and closes at the given prices.
fn result(input: &Json) -> f64 {
    let get = |key: &str| number(&input[key]);
    let direction = if whole(&input["sign"]) > 0 {
        Direction::Long
    } else {
        Direction::Short
    };
    let price = get("entry_price");
    let (size, unit_value) = (get("size"), get("unit_value"));
    let mut position = Position::new(
        1,
        "EURUSD".into(),
        direction,
        OrderType::Market,
        0,
        price,
        unit_value,
        size,
        None,
        None,
        100.0,
        None,
    );
    position.state = State::Open(Fill {
        time_us: 0,
        at: FillAt::Close,
        price,
        fee: 0.0,
        rule: "E1.close",
    });
    let exit_price = get("exit_price");
    position.finish(exit_price, 0, 0.0, Reason::Manual, "X5.closed_by_hand");
    position.result().expect("it is closed")
}

fn column(input: &Json, key: &str) -> Vec<f64> {
    let values = input[key].as_array().expect("a list").iter();
    values.map(|x| optional(x).unwrap_or(f64::NAN)).collect()
}

fn shown(y: f64) -> FieldValue {
    (!y.is_nan()).then_some(y).into()
}

fn true_ranges(input: &Json) -> Result<Vec<FieldValue>> {
    let mut average = Atr::new(whole(&input["period"]))?;
    let [high, low, close] = ["high", "low", "close"].map(|key| column(input, key));
    let bars = high.iter().zip(&low).zip(&close);
    Ok(bars
        .map(|((&high, &low), &close)| shown(average.update(high, low, close)))
        .collect())
}

/// Both forms of the average, which must agree before they are compared with anything.
fn averages(input: &Json) -> Result<Vec<FieldValue>> {
    let period = whole(&input["period"]);
    let values = column(input, "values");
    let averages = ema(&values, period)?;
    let mut stream = Ema::new(period)?;
    for (&x, y) in values.iter().zip(&averages) {
        assert_eq!(
            stream.update(x).to_bits(),
            y.to_bits(),
            "stream and column differ"
        );
    }
    Ok(averages.into_iter().map(shown).collect())
}
