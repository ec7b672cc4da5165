//! Memory of numpy arrays as columns of the engine, without a copy.

use std::sync::Arc;

use fillproof_engine::candles::{Buffer, Column};
use fillproof_engine::errors::{EngineError, ErrorCode};
use numpy::{Element, PyArray1, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::errors::{Fault, raise};

/// A contiguous numpy array and where its numbers lie.
struct NumpyBuffer<T> {
    start: *const T,
    length: usize,
    _owner: Py<PyArray1<T>>,
}

// SAFETY: `start` is only read, and `_owner` keeps the memory; the array that owns it is reached
// from Python under the GIL alone.
unsafe impl<T: Element + Sync> Send for NumpyBuffer<T> {}
// SAFETY: as above; nothing here can be changed through a shared reference.
unsafe impl<T: Element + Sync> Sync for NumpyBuffer<T> {}

impl<T: Element + Sync> Buffer<T> for NumpyBuffer<T> {
    fn as_slice(&self) -> &[T] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: `start` and `length` are those of a contiguous, aligned array of T, which
        // `_owner` keeps alive and which numpy cannot resize while it is referred to from here.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// A column as numpy sees it and as the engine reads it.
pub type Read<T> = (Py<PyArray1<T>>, Column<T>);

/// Reads any array-like as a contiguous column, copied only where it must be.
pub fn read<T: Element + Sync + 'static>(
    values: &Bound<'_, PyAny>,
    field: &str,
    length: Option<usize>,
) -> PyResult<Read<T>> {
    let py = values.py();
    let dtype = numpy::dtype::<T>(py);
    let numpy = py.import(intern!(py, "numpy"))?;
    let keywords = PyDict::new(py);
    keywords.set_item(intern!(py, "dtype"), &dtype)?;
    let made = numpy
        .call_method(intern!(py, "ascontiguousarray"), (values,), Some(&keywords))
        .map_err(|error| {
            if error.is_instance_of::<pyo3::exceptions::PyTypeError>(py)
                || error.is_instance_of::<pyo3::exceptions::PyValueError>(py)
            {
                let expected = format!("a column of {dtype}");
                Fault::new(ErrorCode::CandleType, field, values, &expected).into()
            } else {
                error
            }
        })?;
    let is_own = is_own_copy(values, &made)?;
    // Columns out of a message or a packed record may begin at any byte.
    let (made, is_own) = if flag(&made, intern!(py, "aligned"))? {
        (made, is_own)
    } else {
        (made.call_method0(intern!(py, "copy"))?, true)
    };
    if is_own {
        close(&made)?;
    }
    let view = made.call_method0(intern!(py, "view"))?;
    let shape = view.getattr(intern!(py, "shape"))?;
    let dimensions: Vec<usize> = shape.extract()?;
    if dimensions.len() != 1 || length.is_some_and(|length| dimensions[0] != length) {
        let expected = match length {
            Some(length) => format!("{length} values in one dimension"),
            None => "one dimension".to_owned(),
        };
        return Err(Fault::new(ErrorCode::LengthsDiffer, field, &shape, &expected).into());
    }
    close(&view)?;
    column(view.cast_into::<PyArray1<T>>()?)
}

/// Reads a contiguous array that nobody changes as a column.
pub fn column<T: Element + Sync + 'static>(array: Bound<'_, PyArray1<T>>) -> PyResult<Read<T>> {
    if !array.is_c_contiguous() || !array.data().is_aligned() {
        return Err(raise(EngineError::new(ErrorCode::CandleType)));
    }
    let buffer = NumpyBuffer {
        start: array.data().cast_const(),
        length: array.len(),
        _owner: array.clone().unbind(),
    };
    Ok((array.unbind(), Arc::new(buffer)))
}

/// Whether nobody can write to the memory of an array.
pub fn is_fixed(array: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = array.py();
    let mut owner = array.clone();
    while owner.is_instance_of::<PyUntypedArray>() {
        if flag(&owner, intern!(py, "writeable"))? {
            return Ok(false);
        }
        owner = owner.getattr(intern!(py, "base"))?;
    }
    Ok(owner.is_none()
        || owner.is_instance_of::<PyBytes>()
        || owner.hasattr(intern!(py, "nobody_writes"))?)
}

/// Lets nobody write to an array.
pub fn close(array: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = array.py();
    let flags = array.getattr(intern!(py, "flags"))?;
    flags.setattr(intern!(py, "writeable"), false)
}

/// Whether an array was made of some values by a copy, which nobody else has.
fn is_own_copy(values: &Bound<'_, PyAny>, made: &Bound<'_, PyAny>) -> PyResult<bool> {
    // Other objects may hand out an array that is theirs.
    let is_known = values.is_instance_of::<PyUntypedArray>()
        || values.is_instance_of::<PyList>()
        || values.is_instance_of::<PyTuple>();
    let base = made.getattr(intern!(made.py(), "base"))?;
    Ok(is_known && !made.is(values) && base.is_none())
}

fn flag(array: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> PyResult<bool> {
    let py = array.py();
    array
        .getattr(intern!(py, "flags"))?
        .getattr(name)?
        .is_truthy()
}
