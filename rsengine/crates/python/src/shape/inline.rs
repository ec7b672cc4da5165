//! Where Python 3.11 and 3.12 keep the attributes of an object that has no dict yet.

use pyo3::ffi;

use super::Values;

/// The beginning of what CPython calls `PyDictKeysObject`.
#[repr(C)]
struct Keys {
    references: ffi::Py_ssize_t,
    log2_size: u8,
    log2_index_bytes: u8,
    kind: u8,
    version: u32,
    usable: ffi::Py_ssize_t,
    count: ffi::Py_ssize_t,
}

/// One of its entries where all keys are of type str.
#[repr(C)]
struct Entry {
    key: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
}

/// The kind of keys that a class shares between its objects.
const SPLIT: u8 = 2;

/// The flag of types whose objects have such attributes.
const MANAGED_DICT: std::ffi::c_ulong = 1 << 4;

/// The values of an object; none where it has them in a dict.
///
/// # Safety
/// The object is live.
#[inline]
pub unsafe fn values_of(object: *mut ffi::PyObject) -> Option<Values> {
    // SAFETY: the flag says that the words before the object are there; a type with it is a heap type
    // whose keys live as long as it.
    unsafe {
        let kind = ffi::Py_TYPE(object);
        if (*kind).tp_flags & MANAGED_DICT == 0 {
            return None;
        }
        let values = values_before(object);
        let keys = (*kind.cast::<ffi::PyHeapTypeObject>()).ht_cached_keys as *const Keys;
        if values.is_null() || keys.is_null() || (*keys).kind != SPLIT {
            return None;
        }
        Some(Values {
            keys: keys as usize,
            count: usize::try_from((*keys).count).ok()?,
            values,
        })
    }
}

#[cfg(not(Py_3_12))]
#[inline]
unsafe fn values_before(object: *mut ffi::PyObject) -> *const *mut ffi::PyObject {
    // SAFETY: as the caller says.
    unsafe { *object.cast::<*const *mut ffi::PyObject>().sub(4) }
}

#[cfg(Py_3_12)]
#[inline]
unsafe fn values_before(object: *mut ffi::PyObject) -> *const *mut ffi::PyObject {
    // SAFETY: as the caller says. A pointer less one is that of values, an even one that of a dict.
    unsafe {
        let word = *object.cast::<*const u8>().sub(3);
        if word as usize & 1 == 0 {
            return std::ptr::null();
        }
        word.add(1).cast()
    }
}

/// The place of a name among keys.
///
/// # Safety
/// The keys are live and of the kind above, the name is a live str.
pub unsafe fn place_in(keys: usize, name: *mut ffi::PyObject) -> Option<usize> {
    let keys = keys as *const Keys;
    // SAFETY: after the head comes the table of places, then the entries.
    unsafe {
        let table = 1_usize << (*keys).log2_index_bytes;
        let entries = keys.add(1).cast::<u8>().add(table).cast::<Entry>();
        let count = usize::try_from((*keys).count).ok()?;
        (0..count).find(|&place| ffi::PyUnicode_Compare((*entries.add(place)).key, name) == 0)
    }
}
