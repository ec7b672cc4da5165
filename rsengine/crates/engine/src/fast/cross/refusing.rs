//! Signals of columns that find no room: nobody has to be shown anything for them.

use std::sync::Arc;

use super::CrossJump;
use crate::core::Core;
use crate::fast::Refusing;
use crate::strategies::cross_columns::CrossColumnStrategy;

/// What refuses the signals of columns, by their places among the columns.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    of: Vec<Option<Refusal>>,
    /// What is refused at the key under way: a column, the place of a signal, what is held.
    now: Vec<(usize, usize, usize)>,
}

#[derive(Debug)]
struct Refusal {
    /// Place of the symbol.
    place: usize,
    by: Arc<Refusing>,
}

impl CrossJump<'_> {
    /// Refuses the signals of a key if all of them find no room; false where one of them may do more,
    /// and then nothing is done.
    pub(super) fn refuse(
        &mut self,
        core: &mut Core,
        columns: &mut CrossColumnStrategy,
        key: usize,
    ) -> bool {
        let executor = &core.executors[self.executor];
        if executor.config.strict || executor.blotter.finished {
            return false;
        }
        let mut now = std::mem::take(&mut self.refusals.now);
        now.clear();
        if let Some(signals) = columns.at(key) {
            now.extend(signals.map(|(column, at)| (column, at, 0)));
        }
        let all = now.iter_mut().all(|(column, _, held)| {
            let refusal = self.refusal(core, columns, *column);
            // A signal without a bar is refused by another rule.
            let Some(place) = refusal.filter(|&place| self.course.ways[place].has_bar(key)) else {
                return false;
            };
            let executor = &core.executors[self.executor];
            *held = self.agenda.active(executor, place);
            executor.is_full_with(*held)
        });
        let refuses = all && !now.is_empty() && {
            // A signal is refused for want of equity before it is for want of room (S3.equity).
            self.begin(core, key);
            core.portfolio.equity > 0.0
        };
        if refuses {
            for &(column, at, held) in &now {
                if let Some(Some(refusal)) = self.refusals.of.get(column) {
                    let executor = &mut core.executors[self.executor];
                    executor.refuse_all(&refusal.by, at..at + 1, held);
                }
            }
        }
        self.refusals.now = now;
        refuses
    }

    /// The place of a column's symbol, if its signals can be refused unseen: it has a specification, and
    /// none of its signals is an error.
    fn refusal(
        &mut self,
        core: &Core,
        columns: &CrossColumnStrategy,
        column: usize,
    ) -> Option<usize> {
        let known = &mut self.refusals.of;
        if known.len() <= column {
            known.resize_with(columns.columns().len(), || None);
        }
        let (symbol, of_symbol) = columns.columns().get(column)?;
        if let Some(refusal) = &known[column]
            && refusal.by.is_of(of_symbol)
        {
            return Some(refusal.place);
        }
        let executor = &core.executors[self.executor];
        let place = executor.place_of(symbol)?;
        let by = executor.refusing(of_symbol, (&self.course.lanes, place))?;
        let is_sound = of_symbol.is_sound();
        known[column] = is_sound.then_some(Refusal { place, by });
        is_sound.then_some(place)
    }
}
