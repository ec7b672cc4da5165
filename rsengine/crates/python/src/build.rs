//! How this module was built.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::rust_strategy::module;

/// Says how this module was built.
#[pyfunction]
pub fn build_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let info = PyDict::new(py);
    info.set_item("backend", "rust")?;
    info.set_item("version", env!("CARGO_PKG_VERSION"))?;
    info.set_item("build", env!("FILLPROOF_PROFILE"))?;
    info.set_item("compiler", env!("FILLPROOF_RUSTC"))?;
    info.set_item("profile", env!("FILLPROOF_PROFILE"))?;
    info.set_item("opt_level", env!("FILLPROOF_OPT_LEVEL"))?;
    info.set_item("target", env!("FILLPROOF_TARGET"))?;
    info.set_item("source_hash", env!("FILLPROOF_SOURCE_HASH"))?;
    let module = module(py)?;
    info.set_item("module", module.name()?)?;
    info.set_item("module_file", module.getattr("__file__")?)?;
    Ok(info)
}

/// Panics: what a defect would do. For the test of the guard in run().
#[pyfunction]
pub fn _panic(words: String) {
    panic!("{words}");
}
