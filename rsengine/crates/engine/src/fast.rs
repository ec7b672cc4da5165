//! Bars in which nothing can happen, taken in one go.
//!
//! There is no twin of this: what it leaves is what the plain loop would leave, which a property
//! test holds it to.

pub mod sweep;

use crate::core::Core;
use crate::errors::Result;
use crate::ledger::LedgerKind;
use crate::slices::SymbolDataSlice;
use crate::strategy::Strategy;

/// Takes in bars from `from` on, none of them `last`, as long as nothing is open and the strategy
/// has no signal; returns the first bar that was not taken in.
///
/// The executor, the marks and the slice keep the bar before: the next bar of the plain loop shows
/// them its own before anybody can look.
pub(crate) fn skip_idle<S: Strategy + ?Sized>(
    core: &mut Core,
    executor: usize,
    strategy: &mut S,
    slice: &SymbolDataSlice,
    times_us: &[i64],
    (from, last): (usize, usize),
) -> Result<usize> {
    let is_idle = core.portfolio.is_flat()
        && core.executors.get(executor).is_some_and(|executor| {
            let blotter = &executor.blotter;
            executor.ledger == LedgerKind::Native
                && blotter.active.is_empty()
                && blotter.queue.is_empty()
                && !blotter.tracer.is_on()
        });
    if !is_idle || from >= last {
        return Ok(from);
    }
    let to = strategy.skip(slice, from, last)?;
    core.portfolio
        .update_idle(times_us.get(from..to).unwrap_or_default());
    Ok(to)
}
