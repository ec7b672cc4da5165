//! What a process keeps for later runs, and how to let it go.

use pyo3::prelude::*;

/// Lets go of what was kept for later runs: results of indicators and the memory of long columns.
#[pyfunction]
pub fn release_memory(py: Python<'_>) {
    py.detach(fillproof_engine::memory::release_memory);
}
