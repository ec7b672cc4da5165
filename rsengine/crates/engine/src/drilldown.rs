//! How lower bars decide what a bar leaves open (rules X3.drilldown, S4.oco_drilldown).

use crate::config::{ExecutionPolicy, GapFill};
use crate::entry_bar::{LeftOpen, Reading, decide_entry_bar, list_open, read_levels};
use crate::exits::{DecidedExit, capped_stop, decide_exit, decide_touch};
use crate::lower_candles::LowerBars;
use crate::positions::{FillAt, Position};
use crate::quotes::Quote;
use crate::rule_ids::{
    E5_TIE, S4_OCO_DRILLDOWN, S4_OCO_FIRST, X3_DRILLDOWN_ENTRY, X3_DRILLDOWN_NONE,
    X3_DRILLDOWN_OPEN, X3_DRILLDOWN_STOP, X3_DRILLDOWN_TARGET, X3_DRILLDOWN_TIE,
};
use crate::triggers::{decide_trigger, is_touched};

/// What the lower bars of a bar show of one position.
struct Walk {
    /// Whether the position was there from the start, or one of them triggers its order.
    triggered: bool,
    /// The first exit.
    exit: Option<DecidedExit>,
    /// The rule of what one of them leaves open itself.
    doubt: Option<&'static str>,
}

impl Walk {
    /// Goes through the lower bars up to the first exit (X3.drilldown).
    fn follow(
        position: &Position,
        lower_bars: &LowerBars<'_>,
        policy: &ExecutionPolicy,
        triggered: bool,
    ) -> Self {
        let mut walk = Self {
            triggered,
            exit: None,
            doubt: None,
        };
        for (place, lower) in lower_bars.iter().enumerate() {
            let lower = &lower;
            if !walk.triggered {
                let Some(at) = trigger_in(position, lower, place > 0, policy.gap_fill) else {
                    continue;
                };
                walk.triggered = true;
                if at == FillAt::Inside {
                    let (exit, left_open) = decide_entry_bar(position, lower, policy);
                    walk.exit = exit;
                    if left_open.iter().any(Option::is_some) {
                        walk.doubt = Some(X3_DRILLDOWN_ENTRY);
                    }
                } else {
                    walk.exit = decide_exit(position, lower, policy);
                }
            } else if place == 0 {
                walk.exit = decide_touch(position, lower, policy);
            } else {
                walk.exit = decide_exit(position, lower, policy);
            }
            if walk.exit.is_some() {
                break;
            }
        }
        if walk
            .exit
            .is_some_and(|exit| exit.tie || exit.rule == E5_TIE)
        {
            walk.doubt = Some(X3_DRILLDOWN_TIE);
        }
        walk
    }
}

/// Tells where in a lower bar an order would fill, `None` where it would not.
///
/// The open counts only where `at_open`: not in the first lower bar of a bar, whose own open has been
/// looked at before.
fn trigger_in(
    position: &Position,
    lower: &Quote,
    at_open: bool,
    gap_fill: GapFill,
) -> Option<FillAt> {
    if !at_open {
        return is_touched(position, lower).then_some(FillAt::Inside);
    }
    decide_trigger(position, lower, gap_fill).map(|trigger| trigger.at)
}

/// Decides a bar that touches both levels by its lower bars (X3.drilldown).
pub(crate) fn drill_tie(
    position: &Position,
    quote: &Quote,
    lower_bars: &LowerBars<'_>,
    policy: &ExecutionPolicy,
) -> Option<DecidedExit> {
    let walk = Walk::follow(position, lower_bars, policy, true);
    if let Some(exit) = walk.exit {
        return Some(decided(exit, walk.doubt));
    }
    let stop = position.committed_stop_loss?;
    Some(DecidedExit {
        rule: X3_DRILLDOWN_NONE,
        reason: position.stop_reason,
        raw: capped_stop(stop, quote, position.direction.sign()),
        slips: true,
        tie: true,
    })
}

/// What lower bars make of the bar inside which an order triggered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drilled {
    /// The exit, if there is one.
    pub(crate) exit: Option<DecidedExit>,
    /// What stays open.
    pub(crate) left_open: LeftOpen,
    /// The rule by which marks are cleared without an exit.
    pub(crate) cleared: Option<&'static str>,
}

/// Decides the bar inside which an order triggered by its lower bars (X3.drilldown, E5).
///
/// `alone` is what the bar makes of it by itself: an exit, or what it leaves open.
pub(crate) fn drill_entry_bar(
    position: &Position,
    quote: &Quote,
    lower_bars: &LowerBars<'_>,
    policy: &ExecutionPolicy,
    alone: (Option<DecidedExit>, LeftOpen),
) -> Drilled {
    let (exit, left_open) = alone;
    let walk = Walk::follow(position, lower_bars, policy, false);
    let made = |exit, left_open, cleared| Drilled {
        exit,
        left_open,
        cleared,
    };
    if left_open.iter().all(Option::is_none) {
        return made(exit.map(|exit| repriced(exit, walk.exit)), left_open, None);
    }
    let ruled = |marks: LeftOpen, rule| marks.map(|mark| mark.map(|(_, other)| (rule, other)));
    if !walk.triggered || contradicts(position, quote, policy, walk.exit) {
        let rule = X3_DRILLDOWN_NONE;
        let exit = exit.map(|exit| DecidedExit { rule, ..exit });
        return made(exit, ruled(left_open, rule), None);
    }
    let Some(doubt) = walk.doubt else {
        let cleared = walk.exit.is_none().then_some(X3_DRILLDOWN_OPEN);
        let exit = walk.exit.map(|exit| decided(exit, None));
        return made(exit, [None, None], cleared);
    };
    let tie = exit.is_some_and(|exit| exit.rule == E5_TIE);
    let others = list_open(position, quote, policy, walk.exit.as_ref(), tie);
    let exit = walk.exit.map(|exit| DecidedExit {
        tie: false,
        ..decided(exit, Some(doubt))
    });
    made(exit, ruled(others, doubt), None)
}

/// Returns the place of the one order of a group that fills, and the rule that says so
/// (S4.oco_drilldown).
///
/// `orders` are those that the bar would trigger inside, in order of acceptance.
pub(crate) fn drill_group(
    orders: &[&Position],
    lower_bars: &LowerBars<'_>,
    gap_fill: GapFill,
) -> (usize, &'static str) {
    for (place, lower) in lower_bars.iter().enumerate() {
        let triggered = |wanted| {
            let found = orders.iter().enumerate().filter_map(move |(at, order)| {
                let filled = trigger_in(order, &lower, place > 0, gap_fill)?;
                (filled == wanted).then_some(at)
            });
            let mut found = found.fuse();
            found.next().map(|first| (first, found.next().is_none()))
        };
        if let Some((first, alone)) = triggered(FillAt::Open).or_else(|| triggered(FillAt::Inside))
        {
            return (
                first,
                if alone {
                    S4_OCO_DRILLDOWN
                } else {
                    S4_OCO_FIRST
                },
            );
        }
    }
    (0, S4_OCO_FIRST)
}

/// An exit of a lower bar as one of the bar.
fn decided(exit: DecidedExit, doubt: Option<&'static str>) -> DecidedExit {
    // Only a stop slips.
    let certain = if exit.slips {
        X3_DRILLDOWN_STOP
    } else {
        X3_DRILLDOWN_TARGET
    };
    DecidedExit {
        rule: doubt.unwrap_or(certain),
        tie: doubt.is_some(),
        ..exit
    }
}

/// An exit without a mark, at the price of the lower bar that shows the same exit.
fn repriced(exit: DecidedExit, lower: Option<DecidedExit>) -> DecidedExit {
    match lower {
        Some(lower) if lower.slips == exit.slips && lower.raw != exit.raw => decided(lower, None),
        _ => exit,
    }
}

/// Tells whether lower bars end otherwise than their bar allows (X3.drilldown_none).
fn contradicts(
    position: &Position,
    quote: &Quote,
    policy: &ExecutionPolicy,
    exit: Option<DecidedExit>,
) -> bool {
    let (stop, target) = read_levels(position, quote, policy);
    match exit {
        None => [stop, target]
            .iter()
            .any(|level| matches!(level, Reading::Certain(_))),
        Some(exit) => (if exit.slips { stop } else { target }) == Reading::Untouched,
    }
}
