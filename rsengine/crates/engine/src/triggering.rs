//! Which waiting orders a bar would fill, and which one of a group does (rules E2, S4).

use crate::desk::ExecutionSimulator;
use crate::drilldown::drill_group;
use crate::groups::{Verdict, choose_winner};
use crate::parity;
use crate::positions::{Position, Positions};
use crate::quotes::Quote;
use crate::rule_ids::{S4_OCO_ACROSS, S4_OCO_FIRST};
use crate::triggers::{Trigger, decide_trigger};

/// An order of a group that a bar would fill.
struct Member<'a> {
    slot: u32,
    place: usize,
    position: &'a Position,
    trigger: Trigger,
}

impl ExecutionSimulator {
    /// Says how the bar would fill a waiting limit or stop order (E2, R1.waiting).
    #[inline]
    pub(crate) fn trigger_of(
        &self,
        position: &Position,
        place: usize,
        quote: &Quote,
    ) -> Option<Trigger> {
        let may_trigger = position.order_type.waits()
            && position.entry_time_us < quote.time_us()
            && self.is_waiting_for(position, place);
        if !may_trigger {
            return None;
        }
        if position.parity {
            parity::decide_trigger(position, quote)
        } else {
            decide_trigger(position, quote, self.config.policy.gap_fill)
        }
    }

    /// Chooses the one order of each group that fills in this bar (S4).
    ///
    /// Symbols whose bar of this time was shown in OPEN count, too (S4.oco_across).
    pub(crate) fn choose_winners(&mut self, positions: &Positions, time_us: i64) {
        let triggered: Vec<Member> = self
            .blotter
            .active
            .iter()
            .filter_map(|&slot| {
                let position = positions.get(slot as usize)?;
                if position.group() == 0 || !position.is_pending() {
                    return None;
                }
                let place = self.place_of(&position.symbol)?;
                let quote = &self.quotes[place].quote;
                if quote.time_us() != time_us {
                    return None;
                }
                let trigger = self.trigger_of(position, place, quote)?;
                Some(Member {
                    slot,
                    place,
                    position,
                    trigger,
                })
            })
            .collect();
        for (at, member) in triggered.iter().enumerate() {
            let group = member.position.group();
            let is_of_group = |other: &&Member| other.position.group() == group;
            if triggered[..at].iter().any(|other| is_of_group(&other)) {
                continue;
            }
            let members: Vec<&Member> = triggered[at..].iter().filter(is_of_group).collect();
            if members.len() < 2 {
                continue;
            }
            let (winner, rule) = self.winner_of(&members);
            let verdicts = members.iter().map(|member| Verdict {
                slot: member.slot,
                rule,
                won: member.slot == winner,
            });
            self.verdicts.extend(verdicts);
        }
    }

    /// The slot of the one order of a group that fills, and the rule that says so.
    fn winner_of(&self, members: &[&Member]) -> (u32, &'static str) {
        let intrabar = self.config.policy.intrabar;
        let mut first: Option<u32> = None;
        for (at, member) in members.iter().enumerate() {
            let place = member.place;
            if members[..at].iter().any(|other| other.place == place) {
                continue;
            }
            let same: Vec<&Member> = members
                .iter()
                .copied()
                .filter(|m| m.place == place)
                .collect();
            let orders: Vec<_> = same.iter().map(|m| (m.position, m.trigger)).collect();
            let quote = &self.quotes[place].quote;
            let (winner, rule) = match orders.len() {
                1 => (same[0].slot, S4_OCO_ACROSS),
                _ => {
                    let (mut winner, mut rule) = choose_winner(&orders, quote, intrabar);
                    if rule == S4_OCO_FIRST && !self.lower.is_empty() {
                        let orders: Vec<&Position> = same.iter().map(|m| m.position).collect();
                        let lower_bars = self.lower_bars(&self.quotes[place].symbol, quote);
                        let gap_fill = self.config.policy.gap_fill;
                        (winner, rule) = drill_group(&orders, &lower_bars, gap_fill);
                    }
                    (same[winner].slot, rule)
                }
            };
            if same.len() == members.len() {
                return (winner, rule);
            }
            // Slots count up in order of acceptance.
            first = Some(first.map_or(winner, |first| first.min(winner)));
        }
        (first.unwrap_or(members[0].slot), S4_OCO_ACROSS)
    }

    /// What this bar decides about an order of a group that it would trigger.
    pub(crate) fn verdict(&self, slot: u32) -> Option<Verdict> {
        let mut verdicts = self.verdicts.iter();
        verdicts.find(|verdict| verdict.slot == slot).copied()
    }
}
