//! Manages open positions at the end of each bar: times, stops, parts (rules M1, M2).
//!
//! What is done with one position is in `management`; how positions take it, in `managed`.

use std::collections::HashMap;

use crate::core::Core;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::holdings::Holding;
use crate::managed::{Memory, Own, OwnNumbers};
use crate::managed_bar::Bar;
use crate::management::Management;
use crate::manager_settings::ManagerConfig;
use crate::signals::TradeSignal;
use crate::slices::SymbolDataSlice;
use crate::strategy::Strategy;

/// Closes, tightens and takes parts by rules, at each close (M1).
///
/// ```
/// use fillproof_engine::manager_settings::{BreakEven, ManagerConfig};
/// use fillproof_engine::position_manager::PositionManager;
///
/// let manager = PositionManager::new(ManagerConfig {
///     break_even: Some(BreakEven::new(Some(1.0), None, 0.0)?),
///     max_holding_bars: Some(24),
///     ..ManagerConfig::default()
/// })?;
/// assert_eq!(manager.management.config.max_holding_bars, Some(24));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PositionManager {
    /// The rules, and what of them was refused.
    pub management: Management,
    /// What is remembered of the positions of the core at hand.
    pub memories: Memories,
    /// Whether it has had a turn.
    pub was_called: bool,
}

/// What a manager remembers of the positions of one core.
#[derive(Debug, Clone, Default)]
pub struct Memories {
    by_slot: HashMap<u32, Memory>,
}

impl Memories {
    /// What is remembered of a position, from the first time on.
    pub fn of(&mut self, core: &Core, slot: u32, filled_us: i64) -> &mut Memory {
        if !self.by_slot.contains_key(&slot) {
            // What has left is looked for when a position is new, which is seldom.
            self.by_slot.retain(|&slot, _| {
                let known = core.positions.get(slot as usize);
                known.is_some_and(|position| position.is_open())
            });
        }
        self.by_slot
            .entry(slot)
            .or_insert_with(|| Memory::new(Some(filled_us)))
    }
}

impl PositionManager {
    /// A manager that has seen nothing yet.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(config: ManagerConfig) -> Result<Self> {
        Ok(Self {
            management: Management::new(config)?,
            memories: Memories::default(),
            was_called: false,
        })
    }

    /// Manages the open positions of a symbol at the end of a bar (M1.order).
    ///
    /// # Errors
    /// `CLOSE_IN_ENTRY`, and those of the portfolio.
    pub fn manage_positions(
        &mut self,
        core: &mut Core,
        executor: usize,
        symbol: &str,
        bar: &Bar,
    ) -> Result<()> {
        self.was_called = true;
        let open = open_slots(core, executor, symbol);
        self.manage(core, &open, bar)
    }

    /// Manages the open positions that it is given, in their order.
    pub(crate) fn manage(&mut self, core: &mut Core, slots: &[u32], bar: &Bar) -> Result<()> {
        manage_slots(&mut self.management, &mut self.memories, core, slots, bar)
    }
}

/// The open positions of a symbol in order of acceptance; in the preset parity in order of fills.
#[must_use]
pub fn open_slots(core: &Core, executor: usize, symbol: &str) -> Vec<u32> {
    let place = executor;
    let Some(executor) = core.executors.get(place) else {
        return Vec::new();
    };
    if executor.is_parity() {
        let filled = core.portfolio.get_open_positions(Some(symbol));
        let own = filled.filter_map(|holding| match holding {
            Holding::Own(slot) => Some(slot),
            Holding::Foreign(_) => None,
        });
        return own.filter(|&slot| is_open(core, slot, symbol)).collect();
    }
    active_slots(core, place, symbol)
}

/// The open positions of a symbol in order of acceptance, whatever the preset (L5.phases).
#[must_use]
pub fn active_slots(core: &Core, executor: usize, symbol: &str) -> Vec<u32> {
    let Some(executor) = core.executors.get(executor) else {
        return Vec::new();
    };
    let active = executor.active_positions().iter().copied();
    active.filter(|&slot| is_open(core, slot, symbol)).collect()
}

fn is_open(core: &Core, slot: u32, symbol: &str) -> bool {
    let known = core.positions.get(slot as usize);
    known.is_some_and(|position| position.is_open() && *position.symbol == *symbol)
}

/// Manages own positions in the order given, with the portfolio of the same core.
///
/// # Errors
/// As [`PositionManager::manage_positions`].
pub fn manage_slots(
    management: &mut Management,
    memories: &mut Memories,
    core: &mut Core,
    slots: &[u32],
    bar: &Bar,
) -> Result<()> {
    for &slot in slots {
        let numbers = core.positions.get(slot as usize).and_then(OwnNumbers::of);
        let Some(numbers) = numbers else {
            continue;
        };
        refuse_in_entry(core, slot, &numbers)?;
        let memory = memories.of(core, slot, numbers.trigger_us);
        memory.see_bar(bar.time_us);
        if let Some(mut own) = Own::new(core, slot, memory) {
            management.manage(&mut own, bar)?;
        }
    }
    Ok(())
}

/// Refuses to manage while the strategy is asked, when the bar is known already.
///
/// # Errors
/// `CLOSE_IN_ENTRY`.
pub fn refuse_in_entry(core: &Core, slot: u32, numbers: &OwnNumbers) -> Result<()> {
    let executor = core.executors.get(numbers.executor);
    if !executor.is_some_and(|executor| executor.blotter.is_queueing()) {
        return Ok(());
    }
    let position = &core.positions[slot as usize];
    Err(EngineError::new(ErrorCode::CloseInEntry)
        .for_symbol(&position.symbol)
        .in_field("manage_positions")
        .with_value(i64::try_from(position.order_id).unwrap_or(i64::MAX))
        .expecting("a call outside the strategy's evaluate"))
}

/// A strategy beside which a manager was given.
#[derive(Debug, Clone)]
pub struct ManagedStrategy<S> {
    /// The strategy.
    pub strategy: S,
    /// The manager of its positions.
    pub manager: PositionManager,
}

impl<S: Strategy> Strategy for ManagedStrategy<S> {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        self.strategy.evaluate(index, slice, signals)
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        self.strategy.skip(slice, from, to)
    }

    fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        self.strategy.use_bars(start, total)
    }

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        Some(&mut self.manager)
    }
}
