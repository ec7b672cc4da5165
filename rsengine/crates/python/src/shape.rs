//! What objects and dicts were when something was looked up in them, told by numbers that change.
//!
//! Python counts the states of types and dicts for itself; a state that is the same as before gives
//! the same answer to the same lookup. Python 3.14 counts those of dicts no more, and the feature
//! `public-api` leaves them alone: then nothing is remembered, and each lookup is made.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

#[cfg(all(any(Py_3_11, Py_3_12), not(Py_3_13), not(feature = "public-api")))]
mod inline;

#[cfg(not(all(any(Py_3_11, Py_3_12), not(Py_3_13), not(feature = "public-api"))))]
mod inline {
    //! Values without a dict lie elsewhere in each Python; here nothing is known of them.

    use pyo3::ffi;

    use super::Values;

    pub unsafe fn values_of(_object: *mut ffi::PyObject) -> Option<Values> {
        None
    }

    pub unsafe fn place_in(_keys: usize, _name: *mut ffi::PyObject) -> Option<usize> {
        None
    }
}

/// Whether dicts tell apart the states that they were in.
pub const HAS_STATES: bool = cfg!(all(not(Py_3_14), not(feature = "public-api")));

/// A number that no other state of any dict has.
///
/// # Safety
/// The object is a live dict.
#[cfg(all(not(Py_3_14), not(feature = "public-api")))]
#[allow(
    deprecated,
    reason = "it is gone in Python 3.14, where nothing is remembered"
)]
#[inline]
pub unsafe fn state_of(dict: *mut ffi::PyObject) -> u64 {
    // SAFETY: as above.
    unsafe { (*dict.cast::<ffi::PyDictObject>()).ma_version_tag }
}

#[cfg(any(Py_3_14, feature = "public-api"))]
pub unsafe fn state_of(_dict: *mut ffi::PyObject) -> u64 {
    0
}

/// Attributes that lie beside an object without a dict of their own, under keys that the class has.
#[derive(Clone, Copy)]
pub struct Values {
    /// The keys, and how many there are: they are only ever added to.
    keys: usize,
    count: usize,
    values: *const *mut ffi::PyObject,
}

/// Where the attributes of one object lie: numbers that change with what is looked up by them.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Holder {
    kind: usize,
    kind_state: u32,
    place: usize,
    state: u64,
}

impl Holder {
    /// The present one; none where attributes are looked up in a way of their own, or where a look at
    /// the `__dict__` would make it.
    #[inline]
    fn of(object: *mut ffi::PyObject) -> Option<(Self, Option<Values>)> {
        if !HAS_STATES {
            return None;
        }
        // SAFETY: a live object has a live type; where that has an offset, a pointer lies there that is
        // null or that of a dict.
        unsafe {
            let kind = ffi::Py_TYPE(object);
            let generic: ffi::getattrofunc = ffi::PyObject_GenericGetAttr;
            let is_generic = (*kind).tp_getattro.map(|get| get as usize) == Some(generic as usize);
            let (kind_state, offset) = ((*kind).tp_version_tag, (*kind).tp_dictoffset);
            if !is_generic || kind_state == 0 {
                return None;
            }
            let mut holder = Self {
                kind: kind as usize,
                kind_state,
                place: 0,
                state: 0,
            };
            if offset < 0 {
                let values = inline::values_of(object)?;
                (holder.place, holder.state) = (values.keys, values.count as u64);
                return Some((holder, Some(values)));
            }
            if offset > 0 {
                let place = object.cast::<u8>().offset(offset);
                let dict = *place.cast::<*mut ffi::PyObject>();
                holder.place = dict as usize;
                holder.state = if dict.is_null() { 0 } else { state_of(dict) };
            }
            Some((holder, None))
        }
    }
}

/// All that some ordinary attributes of one object follow from: its type, and what it holds itself.
pub struct Shape<const N: usize> {
    holder: Holder,
    /// Where values lie under keys of the class: the places of those named, and what was there.
    values: [Option<(usize, usize)>; N],
}

impl<const N: usize> Shape<N> {
    /// The shape of an object whose type has none of some attributes: then whatever they are lies in
    /// the object itself as it is.
    ///
    /// It stays the object's as long as those that it holds under these names live.
    pub fn without(object: &Bound<'_, PyAny>, names: [&Bound<'_, PyString>; N]) -> Option<Self> {
        let (holder, values) = Holder::of(object.as_ptr())?;
        // SAFETY: type and name are live; what is found is only compared.
        let has = |name: &&Bound<'_, PyString>| unsafe {
            !lookup_in_type(ffi::Py_TYPE(object.as_ptr()), name.as_ptr()).is_null()
        };
        if names.iter().any(has) {
            return None;
        }
        let value = |name: &Bound<'_, PyString>| {
            let held = values?;
            // SAFETY: the keys are those of the live object, which has a place for each of them.
            unsafe {
                let place = inline::place_in(held.keys, name.as_ptr())?;
                Some((place, *held.values.add(place) as usize))
            }
        };
        Some(Self {
            holder,
            values: names.map(value),
        })
    }

    /// Whether an object has this shape.
    #[inline]
    pub fn is_of(&self, object: &Bound<'_, PyAny>) -> bool {
        let Some((holder, values)) = Holder::of(object.as_ptr()) else {
            return false;
        };
        if holder != self.holder {
            return false;
        }
        let Some(held) = values else {
            return true;
        };
        // SAFETY: the keys are the same as when the places were found.
        self.values
            .iter()
            .flatten()
            .all(|&(place, value)| unsafe { *held.values.add(place) as usize == value })
    }
}

#[cfg(all(not(Py_3_14), not(feature = "public-api")))]
unsafe extern "C" {
    /// What the type or one of its bases has under a name, as it is: no descriptor is asked.
    #[link_name = "_PyType_Lookup"]
    fn lookup_in_type(kind: *mut ffi::PyTypeObject, name: *mut ffi::PyObject)
    -> *mut ffi::PyObject;
}

#[cfg(any(Py_3_14, feature = "public-api"))]
unsafe fn lookup_in_type(
    _kind: *mut ffi::PyTypeObject,
    name: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    name
}
