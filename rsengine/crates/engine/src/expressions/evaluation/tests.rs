//! All bars at once, and stretch by stretch: the same signals.

use super::*;
use crate::expressions::tree::parse;
use crate::strategies::single::bracket_of;

fn mean(period: u32, side: &str) -> String {
    format!(
        r#"{{"node": "indicator", "name": "ema", "settings": {{"period": {period}}}, "line": null,
        "side": "{side}", "timeframe": null, "symbol": null}}"#
    )
}

fn two(node: &str, left: &str, right: &str) -> String {
    format!(r#"{{"node": "{node}", "left": {left}, "right": {right}}}"#)
}

/// Conditions, and the number that stop and target are so far away.
fn tree(long: &str, short: &str, away: &str) -> Arc<Tree> {
    let level = format!(r#"{{"node": "distance", "of": {away}}}"#);
    let text = format!(
        r#"{{"format": "fillproof.strategy", "version": 1, "long": {long}, "short": {short},
        "entry": null, "stop": {level}, "target": {level}, "type": "market", "timeframe": null,
        "symbol": null, "reason": null}}"#
    );
    Arc::new(parse(&text).expect("the document is sound"))
}

/// The signals that are known as rows and distances.
fn signals_of(known: &Bracketed, rows: &[Rows<'_>]) -> Vec<Signal> {
    let placed = known.rows.iter().zip(&known.directions);
    let signal = |(&row, &direction): (&usize, &Direction)| {
        let opening = &rows[usize::from(direction.is_long())];
        let entry = opening.close[row];
        let (stop, target) = bracket_of(direction, entry, known.distances);
        Signal {
            row,
            direction,
            entry,
            stop: Some(stop),
            target: Some(target),
        }
    };
    placed.map(signal).collect()
}

#[test]
fn prop_all_bars_at_once_give_the_signals_of_parts() {
    let (fast, slow) = (mean(4, "bid"), mean(11, "bid"));
    let far = r#"{"node": "constant", "value": 0.5}"#;
    let crosses = |node: &str| two(node, &fast, &slow);
    let higher = two("greater", &mean(7, "ask"), &slow);
    let trees = [
        // The means are asked for nothing but their crosses.
        tree(&crosses("crosses_above"), &crosses("crosses_below"), far),
        tree(
            &two("crosses_above", &slow, &fast),
            &two("crosses_below", &slow, &fast),
            far,
        ),
        // A mean is read by others, too.
        tree(
            &two("and", &crosses("crosses"), &higher),
            &crosses("crosses_below"),
            &mean(4, "bid"),
        ),
        // A mean is in two crosses.
        tree(
            &crosses("crosses_above"),
            &two("crosses_below", &fast, &mean(23, "bid")),
            far,
        ),
        // Of two series, and of a price: found block by block.
        tree(
            &two("crosses_above", &fast, &mean(11, "ask")),
            &two("crosses_below", &mean(4, "ask"), &slow),
            far,
        ),
    ];
    let (mut count, mut bracketed) = (0, 0);
    for (seed, length) in [0, 1, 3, 700, 1_024, 6_000, 9_001].into_iter().enumerate() {
        // Whole numbers that stand still at times, so that means are equal at times.
        let value = |row: u32| f64::from((row / 5 + seed as u32).wrapping_mul(2_654_435_761) >> 28);
        let bid: Vec<f64> = (0..length).map(|row| value(row) + 100.0).collect();
        let ask: Vec<f64> = bid.iter().map(|bid| bid + 1.0).collect();
        let times: Vec<i64> = (0..i64::from(length)).collect();
        let mut is_new: Vec<bool> = times.iter().map(|row| row % 3 == 0).collect();
        let mut missing = bid.clone();
        if let Some(value) = missing.get_mut(600) {
            *value = f64::NAN;
        }
        for closes in [&bid, &missing] {
            for marks in [None, Some(&mut is_new)] {
                let marks = marks.map(|marks| &**marks);
                let rows = [closes, &ask].map(|close| Rows {
                    time_us: &times,
                    open: close,
                    high: close,
                    low: close,
                    close,
                    volume: None,
                    is_new: marks,
                });
                for tree in &trees {
                    let evaluation = || Evaluation::new(tree, 0).expect("the periods are valid");
                    let mut in_parts = evaluation();
                    let mut expected = Vec::new();
                    for from in (0..times.len()).step_by(777) {
                        let size = 777.min(times.len() - from);
                        let part = rows.each_ref().map(|rows| rows.part(from, size));
                        let found = in_parts.update(&part).into_iter();
                        expected.extend(found.map(|signal| Signal {
                            row: from + signal.row,
                            ..signal
                        }));
                    }
                    let mut at_once = evaluation();
                    if let Some(known) = at_once.look_ahead(&rows) {
                        assert_eq!(signals_of(&known, &rows), expected, "{length} bars");
                        bracketed += expected.len();
                    }
                    assert_eq!(at_once.of_all(&rows), expected, "{length} bars");
                    count += expected.len();
                }
            }
        }
    }
    assert!(count > 3_000, "only {count} signals");
    assert!(bracketed > 800, "only {bracketed} signals of constants");
}
