//! What the frozen value classes share: compared, hashed, shown and pickled by their fields.

use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::types::{PyNotImplemented, PyTuple, PyType};

/// A frozen value with named fields, alike on every backend.
pub trait Fields: PyClass + Sync {
    /// Name of the class on the Python face.
    const CLASS: &'static str;
    /// Names of the fields, in the order of the constructor's parameters.
    const NAMES: &'static [&'static str];
    /// The fields that alone are hashed, where others may hold what cannot be.
    const HASHED: Option<&'static [&'static str]> = None;
}

/// The values of all fields, in order.
pub fn values<'py, T: Fields>(this: &Bound<'py, T>) -> PyResult<Bound<'py, PyTuple>> {
    let read = T::NAMES.iter().map(|name| this.as_any().getattr(*name));
    PyTuple::new(this.py(), read.collect::<PyResult<Vec<_>>>()?)
}

/// Shows a value as the call that would make it.
pub fn repr<T: Fields>(this: &Bound<'_, T>) -> PyResult<String> {
    let mut parts = Vec::with_capacity(T::NAMES.len());
    for (name, value) in T::NAMES.iter().zip(values(this)?.iter()) {
        parts.push(format!("{name}={}", value.repr()?.to_string_lossy()));
    }
    Ok(format!("{}({})", T::CLASS, parts.join(", ")))
}

/// Compares with any object whose class has the same name: a value of another backend is equal.
pub fn equal<'py, T: Fields>(
    this: &Bound<'py, T>,
    other: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = this.py();
    if other.get_type().name()?.to_string_lossy() != T::CLASS {
        return Ok(PyNotImplemented::get(py).to_owned().into_any());
    }
    for name in T::NAMES {
        let Some(theirs) = other.getattr_opt(*name)? else {
            return Ok(PyNotImplemented::get(py).to_owned().into_any());
        };
        if !this.as_any().getattr(*name)?.eq(theirs)? {
            return Ok(false.into_pyobject(py)?.to_owned().into_any());
        }
    }
    Ok(true.into_pyobject(py)?.to_owned().into_any())
}

/// Hashes the name of the class and the values, as the other backends do.
pub fn hash<T: Fields>(this: &Bound<'_, T>) -> PyResult<isize> {
    match T::HASHED {
        None => (T::CLASS, values(this)?).into_pyobject(this.py())?.hash(),
        Some(names) => {
            let read = names.iter().map(|name| this.as_any().getattr(*name));
            PyTuple::new(this.py(), read.collect::<PyResult<Vec<_>>>()?)?.hash()
        }
    }
}

/// Pickles as the class and its arguments.
pub fn reduce<'py, T: Fields>(
    this: &Bound<'py, T>,
) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
    Ok((this.as_any().get_type(), values(this)?))
}

/// Gives a value class the methods that follow from its fields.
macro_rules! value_methods {
    ($class:ty, $name:literal, [$($field:literal),+ $(,)?] $(, hash_of [$($hashed:literal),+])?) => {
        impl $crate::values::Fields for $class {
            const CLASS: &'static str = $name;
            const NAMES: &'static [&'static str] = &[$($field),+];
            $(const HASHED: Option<&'static [&'static str]> = Some(&[$($hashed),+]);)?
        }

        #[pymethods]
        impl $class {
            fn __eq__<'py>(
                slf: &Bound<'py, Self>,
                other: &Bound<'py, PyAny>,
            ) -> PyResult<Bound<'py, PyAny>> {
                $crate::values::equal(slf, other)
            }

            fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
                $crate::values::hash(slf)
            }

            fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                $crate::values::repr(slf)
            }

            fn __reduce__<'py>(
                slf: &Bound<'py, Self>,
            ) -> PyResult<(Bound<'py, pyo3::types::PyType>, Bound<'py, pyo3::types::PyTuple>)>
            {
                $crate::values::reduce(slf)
            }
        }
    };
}
pub(crate) use value_methods;
