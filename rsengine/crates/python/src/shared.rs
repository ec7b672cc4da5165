//! The one lock around the engine's state, and the rule for holding it.

use std::sync::{Arc, Mutex, PoisonError};

use fillproof_engine::core::Core;

/// The engine's state as Python objects share it.
///
/// Nothing of Python runs under the lock: no call, no allocation, no drop of an object. Each of
/// them can start a garbage collection, that can run a user's `__del__`, and that can come back
/// here.
pub struct Shared(Mutex<Core>);

impl Shared {
    pub fn new(core: Core) -> Arc<Self> {
        Arc::new(Self(Mutex::new(core)))
    }

    /// Does something with the state; the closure must not touch Python.
    #[inline]
    pub fn with<R>(&self, work: impl FnOnce(&mut Core) -> R) -> R {
        // After a panic the state is as it was left: still readable.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
