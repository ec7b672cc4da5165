//! Shorter ways into what a strategy asks for at each bar.
//!
//! PyO3 wraps each method and each attribute in the same way: arguments are laid out by name, a
//! descriptor is found and asked, a panic would be caught. What is done here needs none of it. Whatever
//! is asked in another form goes the ordinary way.

use std::ffi::{CString, c_char};
use std::sync::atomic::{AtomicPtr, Ordering};

use fillproof_engine::candles::Candle;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::candle::PyCandle;
use crate::slice::PySlice;

/// Puts the short ways in place of the ordinary ones; before anybody has an object.
pub fn install(py: Python<'_>) -> PyResult<()> {
    read_prices(py);
    call_latest(py)
}

type Price = fn(&Candle) -> f64;

/// Prices of a candle, those first that are asked for most.
const PRICES: [(&str, Price); 4] = [
    ("close", |candle| candle.close),
    ("high", |candle| candle.high),
    ("low", |candle| candle.low),
    ("open", |candle| candle.open),
];

/// Their names as Python keeps them: one object for each.
static NAMES: [AtomicPtr<ffi::PyObject>; PRICES.len()] =
    [const { AtomicPtr::new(std::ptr::null_mut()) }; PRICES.len()];

fn read_prices(py: Python<'_>) {
    for (kept, (name, _)) in NAMES.iter().zip(PRICES) {
        let name = PyString::intern(py, name);
        kept.store(name.into_ptr(), Ordering::Relaxed);
    }
    let kind = py.get_type::<PyCandle>().as_type_ptr();
    // SAFETY: the type is live, and no class is derived from it that could have copied the slot.
    unsafe { (*kind).tp_getattro = Some(read) }
}

/// An attribute of a candle.
unsafe extern "C" fn read(
    candle: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    for (kept, (_, price)) in NAMES.iter().zip(PRICES) {
        if kept.load(Ordering::Relaxed) == name {
            // SAFETY: Python calls this on candles alone, attached; the class is frozen.
            unsafe {
                let py = Python::assume_attached();
                let object = Borrowed::from_ptr(py, candle);
                let candle = object.cast_unchecked::<PyCandle>().get().candle(py);
                return ffi::PyFloat_FromDouble(price(&candle));
            }
        }
    }
    // SAFETY: Python's own arguments are passed on.
    unsafe { ffi::PyObject_GenericGetAttr(candle, name) }
}

/// The method that `latest` was, for calls in another form.
static ORDINARY: AtomicPtr<ffi::PyObject> = AtomicPtr::new(std::ptr::null_mut());

/// Gives the class of slices another `latest`, which has the words of the one before.
fn call_latest(py: Python<'_>) -> PyResult<()> {
    let class = py.get_type::<PySlice>();
    let before = class.getattr(intern!(py, "latest"))?;
    let text = |name: &str| before.getattr(name)?.extract::<String>();
    let words = format!(
        "latest{}\n--\n\n{}",
        text("__text_signature__")?,
        text("__doc__")?
    );
    // Python keeps pointers to both for good.
    let words: *const c_char = CString::new(words)?.into_raw();
    let method = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: c"latest".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunctionFastWithKeywords: latest,
        },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: words,
    }));
    ORDINARY.store(before.into_ptr(), Ordering::Relaxed);
    let side = PyString::intern(py, "bid");
    DEFAULT_SIDE.store(side.into_ptr(), Ordering::Relaxed);
    let kind = class.as_type_ptr();
    // SAFETY: the type is live and the method stays. Users may not write to the class; this does, and
    // says so to Python by the way of any write.
    unsafe {
        let made = Bound::from_owned_ptr_or_err(py, ffi::PyDescr_NewMethod(kind, method))?;
        let flags = (*kind).tp_flags;
        (*kind).tp_flags = flags & !ffi::Py_TPFLAGS_IMMUTABLETYPE;
        let done = class.setattr(intern!(py, "latest"), made);
        (*kind).tp_flags |= ffi::Py_TPFLAGS_IMMUTABLETYPE;
        done
    }
}

/// The side that is meant where none is named.
static DEFAULT_SIDE: AtomicPtr<ffi::PyObject> = AtomicPtr::new(std::ptr::null_mut());

/// `slice.latest(timeframe)` and `slice.latest(timeframe, price_type)`.
unsafe extern "C" fn latest(
    slice: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: Python calls this on slices alone, attached, with so many live arguments and the values of
    // names after them.
    unsafe {
        if names.is_null() && (count == 1 || count == 2) {
            let object = Borrowed::from_ptr(Python::assume_attached(), slice);
            let price_type = match count {
                1 => DEFAULT_SIDE.load(Ordering::Relaxed),
                _ => *arguments.add(1),
            };
            let slice = object.cast_unchecked::<PySlice>().get();
            if let Some(candle) = slice.latest_known(object.py(), *arguments, price_type) {
                return candle.into_ptr();
            }
        }
        in_any_form(slice, arguments, count, names)
    }
}

/// The call as the ordinary method takes it.
#[cold]
#[inline(never)]
unsafe fn in_any_form(
    slice: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as above; without an argument there may be no place for one.
    unsafe {
        let named = if names.is_null() {
            0
        } else {
            ffi::PyTuple_GET_SIZE(names)
        };
        let given = match (count + named) as usize {
            0 => &[][..],
            count => std::slice::from_raw_parts(arguments, count),
        };
        let all: Vec<_> = std::iter::once(slice)
            .chain(given.iter().copied())
            .collect();
        let positional = all.len() - named as usize;
        let ordinary = ORDINARY.load(Ordering::Relaxed);
        ffi::PyObject_Vectorcall(ordinary, all.as_ptr(), positional, names)
    }
}
