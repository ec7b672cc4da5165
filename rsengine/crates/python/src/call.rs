//! Calls into Python as cheap as they can be, with the method looked up at each call.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};

/// `object.name(first, second)`.
#[inline]
pub fn method_two<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    first: &Bound<'py, PyAny>,
    second: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    // The place before the arguments is the callee's to use.
    let mut arguments = [
        std::ptr::null_mut(),
        object.as_ptr(),
        first.as_ptr(),
        second.as_ptr(),
    ];
    // SAFETY: name is a str, the arguments are live objects for the time of the call, and there is
    // a free place before the first, as the flag says.
    unsafe {
        let made = ffi::PyObject_VectorcallMethod(
            name.as_ptr(),
            arguments.as_mut_ptr().add(1),
            3 | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
            std::ptr::null_mut(),
        );
        Bound::from_owned_ptr_or_err(object.py(), made)
    }
}

/// `object.name(first)`.
#[inline]
pub fn method_one<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    first: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut arguments = [std::ptr::null_mut(), object.as_ptr(), first.as_ptr()];
    // SAFETY: as in `method_two`.
    unsafe {
        let made = ffi::PyObject_VectorcallMethod(
            name.as_ptr(),
            arguments.as_mut_ptr().add(1),
            2 | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
            std::ptr::null_mut(),
        );
        Bound::from_owned_ptr_or_err(object.py(), made)
    }
}

/// `getattr(object, name, None)`, which makes no exception object for a missing attribute.
#[inline]
pub fn attribute_or_none<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    static GETATTR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = object.py();
    let getattr = GETATTR.get_or_try_init(py, || {
        let builtins = py.import(intern!(py, "builtins"))?;
        builtins.getattr(intern!(py, "getattr")).map(Bound::unbind)
    })?;
    getattr.bind(py).call1((object, name, py.None()))
}

/// The same, as an option.
pub fn attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(Some(attribute_or_none(object, name)?).filter(|value| !value.is_none()))
}

/// `manager.manage_positions(...)`, by keyword (L3).
pub fn manage_positions<'py>(
    manager: &Bound<'py, PyAny>,
    open_positions: &Bound<'py, PyAny>,
    symbol_slice: &Bound<'py, PyAny>,
    (bid, ask): (&Bound<'py, PyAny>, &Bound<'py, PyAny>),
    all_positions: &Bound<'py, PyAny>,
) -> PyResult<()> {
    static NAMES: PyOnceLock<Py<PyTuple>> = PyOnceLock::new();
    let py = manager.py();
    let names = NAMES.get_or_try_init(py, || {
        let names = [
            "open_positions",
            "symbol_slice",
            "bid_candle",
            "ask_candle",
            "all_positions",
        ];
        let names = names.map(|name| PyString::intern(py, name));
        PyTuple::new(py, names).map(Bound::unbind)
    })?;
    let mut arguments = [
        std::ptr::null_mut(),
        manager.as_ptr(),
        open_positions.as_ptr(),
        symbol_slice.as_ptr(),
        bid.as_ptr(),
        ask.as_ptr(),
        all_positions.as_ptr(),
    ];
    // SAFETY: as in `method_two`; names is a tuple of as many strings as there are values after
    // the one positional argument, the object itself.
    unsafe {
        let made = ffi::PyObject_VectorcallMethod(
            intern!(py, "manage_positions").as_ptr(),
            arguments.as_mut_ptr().add(1),
            1 | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
            names.as_ptr(),
        );
        Bound::from_owned_ptr_or_err(py, made).map(drop)
    }
}
