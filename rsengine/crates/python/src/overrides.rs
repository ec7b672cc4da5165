//! Notices methods that a user replaces on one object, as Python allows.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Whether an attribute's name is one of these.
pub fn is_one_of(name: &Bound<'_, PyAny>, names: &[&str]) -> bool {
    match name.cast::<PyString>() {
        Ok(name) => names.contains(&&*name.to_string_lossy()),
        Err(_) => false,
    }
}

/// Whether the object's `__dict__` holds one of these names, however it came there.
pub fn in_dict(object: &Bound<'_, PyAny>, names: &[&str]) -> PyResult<bool> {
    let dict = object.getattr(intern!(object.py(), "__dict__"))?;
    for name in names {
        if dict.contains(name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Sets or deletes an attribute as `object.__setattr__` would.
pub fn set(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyAny>,
    value: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let value = value.map_or(std::ptr::null_mut(), |value| value.as_ptr());
    // SAFETY: object and name are live objects, value is one or null, which deletes.
    let status = unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value) };
    if status == 0 {
        return Ok(());
    }
    Err(PyErr::fetch(object.py()))
}
