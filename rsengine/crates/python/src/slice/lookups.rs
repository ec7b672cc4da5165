//! Where series were found, for as long as the dicts that they were found in are what they were.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::gil_cell::GilCell;
use crate::shape::{HAS_STATES, state_of};

/// Series that are remembered: both sides of two timeframes.
const SERIES: usize = 4;

/// What `data[timeframe][price_type]` was. Addresses and states of dicts are compared; what an address
/// stands for is alive while they are the same.
#[derive(Clone, Copy, Default)]
struct Found {
    timeframe: usize,
    price_type: usize,
    data_state: u64,
    sides: usize,
    sides_state: u64,
    series: usize,
}

/// The names that were asked for, which keep their addresses.
type Names = Option<[Py<PyAny>; 2]>;

/// The series that were found last.
#[derive(Default)]
pub struct Lookups {
    found: [GilCell<Found>; SERIES],
    names: [GilCell<Names>; SERIES],
    next: GilCell<usize>,
}

impl Lookups {
    /// The series that a lookup would find, if it is known; the dicts hold it until something runs.
    #[inline]
    pub fn find<'a, 'py>(
        &self,
        data: Borrowed<'a, 'py, PyAny>,
        timeframe: *mut ffi::PyObject,
        price_type: *mut ffi::PyObject,
    ) -> Option<Borrowed<'a, 'py, PyAny>> {
        let py = data.py();
        let names = (timeframe as usize, price_type as usize);
        for cell in &self.found {
            let found = cell.get(py);
            if (found.timeframe, found.price_type) != names {
                continue;
            }
            // SAFETY: something was found in it, so `data` is a dict. While it is in the same state it
            // holds the same dict of sides, and that one, in the same state, the same series.
            unsafe {
                if state_of(data.as_ptr()) != found.data_state
                    || state_of(found.sides as *mut ffi::PyObject) != found.sides_state
                {
                    return None;
                }
                let series = found.series as *mut ffi::PyObject;
                return Some(Borrowed::from_ptr(py, series));
            }
        }
        None
    }

    /// Remembers what a lookup found, if nothing but a change of the dicts can change it.
    pub fn keep(
        &self,
        data: &Bound<'_, PyAny>,
        [timeframe, price_type]: [&Bound<'_, PyAny>; 2],
        (sides, series): (&Bound<'_, PyAny>, &Bound<'_, PyAny>),
    ) {
        let py = data.py();
        let are_dicts = [data, sides]
            .iter()
            .all(|d| d.is_exact_instance_of::<PyDict>());
        let names = [timeframe, price_type];
        let are_names = names.iter().all(|n| n.is_exact_instance_of::<PyString>());
        if !HAS_STATES || !are_dicts || !are_names {
            return;
        }
        let address = |object: &Bound<'_, PyAny>| object.as_ptr() as usize;
        // SAFETY: both are dicts.
        let (data_state, sides_state) =
            unsafe { (state_of(data.as_ptr()), state_of(sides.as_ptr())) };
        let found = Found {
            timeframe: address(timeframe),
            price_type: address(price_type),
            data_state,
            sides: address(sides),
            sides_state,
            series: address(series),
        };
        let known = self.found.iter().position(|cell| {
            let known = cell.get(py);
            (known.timeframe, known.price_type) == (found.timeframe, found.price_type)
        });
        let place = known.unwrap_or_else(|| {
            let next = self.next.get(py);
            self.next.replace(py, (next + 1) % SERIES);
            next
        });
        self.found[place].replace(py, found);
        let kept = names.map(|name| name.clone().unbind());
        let before = self.names[place].replace(py, Some(kept));
        drop(before);
    }
}
