//! A loop in Python over bars that the engine hands out, so that Python calls the strategy itself.
//!
//! A call from Python to Python is much cheaper than one from here: no frame is made by hand, and the
//! interpreter remembers what it called.

use std::ffi::c_void;

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::code::PyCodeInput;
use pyo3::types::{PyCode, PyCodeMethods, PyDict, PyType};

use super::numbers::Numbers;

/// Two ways to call a strategy until it answers something: by its class, and as it was found.
const LOOPS: &std::ffi::CStr = c"
def by_name(bars, strategy, shown):
    for bar in bars:
        answer = strategy.evaluate(bar, shown)
        if answer is not None:
            return answer


def as_found(bars, evaluate, shown):
    for bar in bars:
        answer = evaluate(bar, shown)
        if answer is not None:
            return answer
";

/// Gives the bars of a loop one after the other.
pub trait Giver {
    /// The next bar; none where the loop ends.
    fn next_bar(&mut self) -> Option<usize>;
}

/// The object that the loop goes over.
#[repr(C)]
struct Bars {
    head: ffi::PyObject,
    give: Option<unsafe fn(*mut c_void) -> Option<usize>>,
    giver: *mut c_void,
    numbers: Numbers,
}

/// The loops, each as a function, and the object that they go over.
pub struct Loops<'py> {
    by_name: Bound<'py, PyAny>,
    as_found: Bound<'py, PyAny>,
    bars: Bound<'py, PyAny>,
}

impl<'py> Loops<'py> {
    pub fn new(py: Python<'py>) -> PyResult<Self> {
        static MADE: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
        let made = MADE.get_or_try_init(py, || {
            let names = PyDict::new(py);
            names.set_item("__name__", "rsengine")?;
            let name = c"<fillproof callbacks>";
            let code = PyCode::compile(py, LOOPS, name, PyCodeInput::File)?;
            code.run(Some(&names), None)?;
            Ok::<_, PyErr>(names.unbind())
        })?;
        let get = |name| made.bind(py).as_any().get_item(name);
        let class = class(py)?;
        // SAFETY: the class is one of ours, its objects begin with nothing to give.
        let bars = unsafe {
            let kind = class.as_type_ptr();
            let made = ffi::PyType_GenericAlloc(kind, 0);
            Bound::from_owned_ptr_or_err(py, made)?
        };
        Ok(Self {
            by_name: get(intern!(py, "by_name"))?,
            as_found: get(intern!(py, "as_found"))?,
            bars,
        })
    }

    /// Calls a strategy at each bar that is given, until it answers; `None` where there are no more.
    ///
    /// The strategy comes as its method where that was found.
    pub fn run<G: Giver>(
        &self,
        giver: *mut G,
        strategy: &Bound<'py, PyAny>,
        method: Option<&Bound<'py, PyAny>>,
        shown: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (function, callee) = match method {
            Some(method) => (&self.as_found, method),
            None => (&self.by_name, strategy),
        };
        let bars = self.bars.as_ptr().cast::<Bars>();
        // SAFETY: only this writes to the object, attached; whoever kept it finds nothing to give when
        // the call is over.
        unsafe {
            (*bars).giver = giver.cast();
            (*bars).give = Some(give::<G>);
        }
        let answer = function.call1((&self.bars, callee, shown));
        // SAFETY: as above. Who took the object from a frame may be asking it in another thread: then the
        // giver is at work there.
        unsafe {
            while (*bars).give.take().is_none() {
                callee.py().detach(std::thread::yield_now);
            }
            (*bars).numbers.clear();
        }
        answer.map_err(|error| without_the_loop(callee.py(), error))
    }
}

/// Leaves the frame of the loop out of a traceback, as there was none.
#[cold]
fn without_the_loop(py: Python<'_>, error: PyErr) -> PyErr {
    if let Some(traceback) = error.traceback(py) {
        let next = traceback.getattr(intern!(py, "tb_next"));
        error.set_traceback(py, next.ok().and_then(|next| next.cast_into().ok()));
    }
    error
}

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let made = CLASS.get_or_try_init(py, || {
        let iter: ffi::getiterfunc = ffi::PyObject_SelfIter;
        let next: ffi::iternextfunc = next;
        let slot = |slot, pfunc| ffi::PyType_Slot { slot, pfunc };
        let mut slots = [
            slot(ffi::Py_tp_iter, iter as *mut c_void),
            slot(ffi::Py_tp_iternext, next as *mut c_void),
            slot(0, std::ptr::null_mut()),
        ];
        let mut spec = ffi::PyType_Spec {
            name: c"rsengine._rsengine.Bars".as_ptr(),
            basicsize: size_of::<Bars>() as i32,
            itemsize: 0,
            flags: (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION) as u32,
            slots: slots.as_mut_ptr(),
        };
        // SAFETY: the specification is whole; Python copies what it keeps of it.
        let made = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&mut spec))? };
        Ok::<_, PyErr>(made.cast_into::<PyType>()?.unbind())
    })?;
    Ok(made.bind(py))
}

/// The next bar as a number of Python's; null without an exception where there is none.
unsafe extern "C" fn next(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: Python calls this on our objects alone, attached; while there is something to give, its
    // giver is live and waits in `run`. It is out of reach while it is at work.
    unsafe {
        let bars = object.cast::<Bars>();
        let Some(give) = (*bars).give.take() else {
            return std::ptr::null_mut();
        };
        let bar = give((*bars).giver);
        (*bars).give = Some(give);
        match bar {
            Some(bar) => (*bars).numbers.give(bar),
            None => std::ptr::null_mut(),
        }
    }
}

unsafe fn give<G: Giver>(giver: *mut c_void) -> Option<usize> {
    // SAFETY: as the one who calls says.
    unsafe { (*giver.cast::<G>()).next_bar() }
}
