//! Calls into Python as cheap as they can be, with the method looked up at each call.

use std::cell::Cell;
use std::ffi::c_int;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyNone, PyString, PyTuple};

/// `object.name(...)`: after a free place, which is the callee's to use, come the object and the
/// arguments; the last of them are named by `names`.
#[inline]
fn method<'py, const N: usize>(
    name: &Bound<'py, PyString>,
    mut arguments: [*mut ffi::PyObject; N],
    names: Option<&Bound<'py, PyTuple>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (named, names) = names.map_or((0, std::ptr::null_mut()), |names| {
        (names.len(), names.as_ptr())
    });
    debug_assert!(
        N >= 2 + named,
        "Invariant: a free place and the object come first"
    );
    // SAFETY: name is a str, names a tuple of str; the arguments are live objects for the time of the
    // call, as the functions below take them by reference, and the flag tells of the free place.
    unsafe {
        let made = ffi::PyObject_VectorcallMethod(
            name.as_ptr(),
            arguments.as_mut_ptr().add(1),
            (N - 1 - named) | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
            names,
        );
        Bound::from_owned_ptr_or_err(name.py(), made)
    }
}

const FREE: *mut ffi::PyObject = std::ptr::null_mut();

/// `object.name(first)`.
#[inline]
pub fn method_one<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    first: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    method(name, [FREE, object.as_ptr(), first.as_ptr()], None)
}

/// `object.name(first, second)`.
#[inline]
pub fn method_two<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    first: &Bound<'py, PyAny>,
    second: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let arguments = [FREE, object.as_ptr(), first.as_ptr(), second.as_ptr()];
    method(name, arguments, None)
}

/// `function(first, second)`.
#[inline]
pub fn function_two<'py>(
    function: &Bound<'py, PyAny>,
    first: &Bound<'py, PyAny>,
    second: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut arguments = [FREE, first.as_ptr(), second.as_ptr()];
    // SAFETY: the arguments are live objects for the time of the call, after a free place.
    unsafe {
        let made = ffi::PyObject_Vectorcall(
            function.as_ptr(),
            arguments.as_mut_ptr().add(1),
            2 | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
            std::ptr::null_mut(),
        );
        Bound::from_owned_ptr_or_err(function.py(), made)
    }
}

/// `object.name(first, keyword=value)`; the keyword comes as a tuple of one.
#[inline]
pub fn method_one_named<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    first: &Bound<'py, PyAny>,
    (keyword, value): (&Bound<'py, PyTuple>, &Bound<'py, PyAny>),
) -> PyResult<Bound<'py, PyAny>> {
    let arguments = [FREE, object.as_ptr(), first.as_ptr(), value.as_ptr()];
    method(name, arguments, Some(keyword))
}

/// `object.name(first, second, keyword=value)`; the keyword comes as a tuple of one.
#[inline]
pub fn method_two_named<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    (first, second): (&Bound<'py, PyAny>, &Bound<'py, PyAny>),
    (keyword, value): (&Bound<'py, PyTuple>, &Bound<'py, PyAny>),
) -> PyResult<Bound<'py, PyAny>> {
    let (first, second) = (first.as_ptr(), second.as_ptr());
    let arguments = [FREE, object.as_ptr(), first, second, value.as_ptr()];
    method(name, arguments, Some(keyword))
}

/// A tuple of one keyword, made once.
macro_rules! keyword {
    ($py:expr, $name:literal) => {{
        static NAMES: ::pyo3::sync::PyOnceLock<::pyo3::Py<::pyo3::types::PyTuple>> =
            ::pyo3::sync::PyOnceLock::new();
        let py: ::pyo3::Python<'_> = $py;
        let names = NAMES.get_or_try_init(py, || {
            ::pyo3::types::PyTuple::new(py, [::pyo3::intern!(py, $name)]).map(::pyo3::Bound::unbind)
        })?;
        names.bind(py)
    }};
}
pub(crate) use keyword;

/// A method that an object may be without, such as `open_bar` of an executor.
///
/// It is looked up at each call; what was found at the call before is a hint that saves exceptions.
#[derive(Debug, Default)]
pub struct Optional {
    is_absent: Cell<bool>,
}

impl Optional {
    /// Makes the call; `None` where the object has no such method, or `None` in its place.
    #[inline]
    pub fn call<'py>(
        &self,
        object: &Bound<'py, PyAny>,
        name: &Bound<'py, PyString>,
        call: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.is_absent.get() {
            if attribute(object, name)?.is_none() {
                return Ok(None);
            }
            self.is_absent.set(false);
        }
        match call() {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => {
                self.is_absent.set(lacks(object, name, &error)?);
                if self.is_absent.get() {
                    Ok(None)
                } else {
                    Err(error)
                }
            }
        }
    }
}

/// Whether a call failed for want of the method.
#[cold]
fn lacks<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    error: &PyErr,
) -> PyResult<bool> {
    let py = object.py();
    let may_be =
        error.is_instance_of::<PyAttributeError>(py) || error.is_instance_of::<PyTypeError>(py);
    Ok(may_be && attribute(object, name)?.is_none())
}

#[cfg(all(not(Py_3_13), not(feature = "public-api")))]
unsafe extern "C" {
    // What Python 3.13 made public under the name below.
    #[link_name = "_PyObject_LookupAttr"]
    fn lookup_attribute(
        object: *mut ffi::PyObject,
        name: *mut ffi::PyObject,
        found: *mut *mut ffi::PyObject,
    ) -> c_int;
}
#[cfg(Py_3_13)]
use ffi::PyObject_GetOptionalAttr as lookup_attribute;

/// The same of what all versions have: 1 where there is such an attribute, 0 where not, -1 on errors.
#[cfg(all(not(Py_3_13), feature = "public-api"))]
unsafe fn lookup_attribute(
    object: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    found: *mut *mut ffi::PyObject,
) -> c_int {
    // SAFETY: as the caller says; an exception is looked at only where there is one.
    unsafe {
        *found = ffi::PyObject_GetAttr(object, name);
        if !(*found).is_null() {
            return 1;
        }
        if ffi::PyErr_ExceptionMatches(ffi::PyExc_AttributeError) == 0 {
            return -1;
        }
        ffi::PyErr_Clear();
        0
    }
}

/// `object.name` where there is such an attribute; no exception object is made for a missing one.
#[inline]
fn attribute_or_absent<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut found = std::ptr::null_mut();
    // SAFETY: both are live objects for the time of the call, and what is found is ours.
    unsafe {
        if lookup_attribute(object.as_ptr(), name.as_ptr(), &raw mut found) < 0 {
            return Err(PyErr::fetch(object.py()));
        }
        Ok(Bound::from_owned_ptr_or_opt(object.py(), found))
    }
}

/// `getattr(object, name, None)`.
#[inline]
pub fn attribute_or_none<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let found = attribute_or_absent(object, name)?;
    Ok(found.unwrap_or_else(|| PyNone::get(object.py()).to_owned().into_any()))
}

/// `hasattr(object, name)`.
pub fn has_attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<bool> {
    Ok(attribute_or_absent(object, name)?.is_some())
}

/// The same, as an option; None is as good as absent.
#[inline]
pub fn attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(attribute_or_absent(object, name)?.filter(|value| !value.is_none()))
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
    let arguments = [
        FREE,
        manager.as_ptr(),
        open_positions.as_ptr(),
        symbol_slice.as_ptr(),
        bid.as_ptr(),
        ask.as_ptr(),
        all_positions.as_ptr(),
    ];
    let name = intern!(py, "manage_positions");
    method(name, arguments, Some(names.bind(py))).map(drop)
}
