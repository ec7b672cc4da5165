//! What a run left behind against what a case expects of it.

use fillproof_engine::core::Core;
use fillproof_engine::holdings::Holding;
use fillproof_engine::positions::Position;
use fillproof_engine::summary::Figure;
use fillproof_engine::tables::trade_positions;
use fillproof_engine::trace::{FieldValue, Tracer};
use serde_json::Value as Json;

use crate::compare;

/// What a case left behind.
pub struct Played {
    /// Orders, portfolio, executor.
    pub core: Core,
    /// The events of the run.
    pub tracer: Tracer,
    /// Crossed bars.
    pub crossed: usize,
    /// At how many keys each symbol has no bar, of a run over several.
    pub holes: Option<Vec<(String, usize)>>,
    /// Times of the bars.
    pub clock: Vec<i64>,
}

/// Compares all that a case expects; a text says what differs.
pub fn check(case: &Json, expect: &Json, played: &Played) -> Result<(), String> {
    let core = &played.core;
    let expected = expect["events"].as_array().ok_or("events were expected")?;
    compare::events(expected, &played.tracer.events())?;
    let crossed = expect.get("crossed").map_or(Some(0), Json::as_u64);
    if crossed != Some(played.crossed as u64) {
        return Err(format!("{} bars are crossed", played.crossed));
    }
    if let (Some(expected), Some(found)) = (expect.get("holes"), &played.holes) {
        let told = |(symbol, count): &(String, usize)| expected[symbol] == *count;
        let number = expected.as_object().map_or(0, serde_json::Map::len);
        if number != found.len() || !found.iter().all(told) {
            return Err(format!("holes are {found:?}, not {expected}"));
        }
    }
    check_equity(expect, played)?;
    check_state(case, core)?;
    let is_part = |holding: Holding| match holding {
        Holding::Own(slot) => core.positions[slot as usize].part != 0,
        Holding::Foreign(_) => false,
    };
    let portfolio = &core.portfolio;
    if portfolio.closed_positions().any(is_part)
        || !portfolio.partial_closed_positions().all(is_part)
    {
        return Err("parts and closed positions are mixed up".to_owned());
    }
    let counts = [
        ("stale_rows", core.portfolio.stale_rows()),
        ("stale_rates", core.executors[0].stale_rates()),
    ];
    for (key, found) in counts {
        if expect
            .get(key)
            .is_some_and(|count| count.as_u64() != Some(found))
        {
            return Err(format!("{key} is {found}"));
        }
    }
    let used = FieldValue::Float(core.used_margin(0));
    if let Some(expected) = expect
        .get("used_margin")
        .filter(|x| !compare::same(x, &used))
    {
        return Err(format!("used_margin is {used:?}, not {expected}"));
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
    if let Some(expected) = expect.get("marks").and_then(Json::as_array) {
        check_marks(expected, played)?;
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

/// Positions of the state have a present unit value where rates, margin or swaps are counted, nowhere else.
fn check_state(case: &Json, core: &Core) -> Result<(), String> {
    let config = &case["config"];
    let more = config["more_specs"].as_array().into_iter().flatten();
    let has_swap = |spec: &Json| {
        ["swap_long", "swap_short"].iter().any(|name| {
            let given = spec.get(name).map(crate::files::number);
            given.is_some_and(|swap| swap != 0.0)
        })
    };
    let is_accounted = config.get("rates").is_some()
        || config.get("margin").is_some()
        || std::iter::once(&config["spec"]).chain(more).any(has_swap);
    let state = core.state(0).ok_or("there is no state")?;
    for position in &state.positions {
        let shown = position.iter().any(|(name, _)| *name == "now_unit");
        if shown != is_accounted {
            return Err(format!("accounted: {is_accounted}, but {position:?}"));
        }
    }
    Ok(())
}

fn check_equity(expect: &Json, played: &Played) -> Result<(), String> {
    let rows = played.core.portfolio.equity_columns();
    let number = expect.get("rows").map(Json::as_u64);
    if number.is_some_and(|number| number != Some(rows.len() as u64)) {
        return Err(format!("{} rows", rows.len()));
    }
    let listed = expect.get("equity").and_then(Json::as_array);
    for expected in listed.into_iter().flatten() {
        let (bar, time_us) = bar_of(played, expected);
        let row = rows.time_us.binary_search(&time_us);
        let row = row.map_err(|_| format!("no row at {bar}"))?;
        let found = [
            ("bar", bar.into()),
            ("cash", rows.cash[row].into()),
            ("equity", rows.equity[row].into()),
            ("equity_worst", rows.equity_worst[row].into()),
            ("drawdown", rows.drawdown[row].into()),
        ];
        compare::keys(expected, &found).map_err(|d| format!("equity of bar {bar}: {d}"))?;
    }
    Ok(())
}

/// Compares the marks of all trades, by time and in one bar by order.
fn check_marks(expected: &[Json], played: &Played) -> Result<(), String> {
    let core = &played.core;
    let whole = |position: &&Position| position.part == 0 && position.owner.is_some();
    let trades = core.positions.iter().filter(whole);
    let mut marks: Vec<_> = trades
        .flat_map(|position| {
            position
                .marks()
                .iter()
                .map(|mark| (position.order_id, mark))
        })
        .collect();
    marks.sort_by_key(|(order_id, mark)| (mark.time_us, *order_id));
    if marks.len() != expected.len() {
        return Err(format!("{} marks: {marks:?}", marks.len()));
    }
    for (expected, (order_id, mark)) in expected.iter().zip(marks) {
        let mut found = vec![
            ("order_id", order_id.into()),
            ("rule", mark.rule.into()),
            ("other", mark.other.as_str().into()),
            ("price", mark.price.into()),
            ("result", mark.result.into()),
        ];
        if expected.get("bar").is_some() {
            let (bar, time_us) = bar_of(played, expected);
            if time_us != mark.time_us {
                return Err(format!("a mark is not of bar {bar}: {mark:?}"));
            }
            found.push(("bar", bar.into()));
        }
        compare::keys(expected, &found).map_err(|d| format!("mark of order {order_id}: {d}"))?;
    }
    Ok(())
}

/// The bar that an expected item names, and its time.
fn bar_of(played: &Played, item: &Json) -> (usize, i64) {
    let bar = usize::try_from(item["bar"].as_u64().expect("an index")).expect("small");
    (bar, played.clock[bar])
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
