//! What objects and dicts were when something was looked up in them, told by numbers that change.
//!
//! Python counts the states of types and dicts for itself; a state that is the same as before gives
//! the same answer to the same lookup. Python 3.14 counts those of dicts no more.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Whether dicts tell apart the states that they were in.
pub const HAS_STATES: bool = cfg!(not(Py_3_14));

/// A number that no other state of any dict has.
///
/// # Safety
/// The object is a live dict.
#[cfg(not(Py_3_14))]
#[allow(
    deprecated,
    reason = "it is gone in Python 3.14, where nothing is remembered"
)]
#[inline]
pub unsafe fn state_of(dict: *mut ffi::PyObject) -> u64 {
    // SAFETY: as above.
    unsafe { (*dict.cast::<ffi::PyDictObject>()).ma_version_tag }
}

#[cfg(Py_3_14)]
pub unsafe fn state_of(_dict: *mut ffi::PyObject) -> u64 {
    0
}

/// All that an ordinary attribute of one object follows from: its type, and what its `__dict__` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    kind: usize,
    kind_state: u32,
    dict: usize,
    dict_state: u64,
}

impl Shape {
    /// The present shape; none where attributes are looked up in a way of their own, or where a look at
    /// the `__dict__` would make it.
    #[inline]
    pub fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
        if !HAS_STATES {
            return None;
        }
        // SAFETY: a live object has a live type; where that has an offset, a pointer lies there that is
        // null or that of a dict.
        unsafe {
            let kind = ffi::Py_TYPE(object.as_ptr());
            let generic: ffi::getattrofunc = ffi::PyObject_GenericGetAttr;
            let is_generic = (*kind).tp_getattro.map(|get| get as usize) == Some(generic as usize);
            let (kind_state, offset) = ((*kind).tp_version_tag, (*kind).tp_dictoffset);
            if !is_generic || kind_state == 0 || offset < 0 {
                return None;
            }
            let dict = if offset == 0 {
                std::ptr::null_mut()
            } else {
                let place = object.as_ptr().cast::<u8>().offset(offset);
                *place.cast::<*mut ffi::PyObject>()
            };
            let dict_state = if dict.is_null() { 0 } else { state_of(dict) };
            Some(Self {
                kind: kind as usize,
                kind_state,
                dict: dict as usize,
                dict_state,
            })
        }
    }

    /// The shape of an object whose type has none of some attributes: then whatever they are lies in its
    /// `__dict__` as it is.
    pub fn without(object: &Bound<'_, PyAny>, names: &[&Bound<'_, PyString>]) -> Option<Self> {
        let shape = Self::of(object)?;
        // SAFETY: type and name are live; what is found is only compared.
        let has = |name: &&Bound<'_, PyString>| unsafe {
            !lookup_in_type(ffi::Py_TYPE(object.as_ptr()), name.as_ptr()).is_null()
        };
        (!names.iter().any(has)).then_some(shape)
    }
}

#[cfg(not(Py_3_14))]
unsafe extern "C" {
    /// What the type or one of its bases has under a name, as it is: no descriptor is asked.
    #[link_name = "_PyType_Lookup"]
    fn lookup_in_type(kind: *mut ffi::PyTypeObject, name: *mut ffi::PyObject)
    -> *mut ffi::PyObject;
}

#[cfg(Py_3_14)]
unsafe fn lookup_in_type(
    _kind: *mut ffi::PyTypeObject,
    name: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    name
}
