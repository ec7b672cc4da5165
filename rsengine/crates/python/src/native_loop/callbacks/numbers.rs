//! Numbers of bars as Python's ints, written over where nobody else holds them.
//!
//! Else one is made and let go at each bar. Python does the same with the tuples of `zip` and
//! `enumerate`.

use pyo3::ffi;

/// Small ints are everybody's; from this one on none is.
const LEAST: usize = 1 << 10;

/// Ints below this one have one digit.
const MOST: usize = 1 << 30;

/// Where the first digit of an int lies: after its head and its size.
const DIGIT: usize = size_of::<ffi::PyObject>() + size_of::<usize>();

/// The last two ints that were given: a loop holds the one while it asks for the next.
///
/// All zeros are a valid value: none was given.
#[repr(C)]
pub struct Numbers {
    last: *mut ffi::PyObject,
    before: *mut ffi::PyObject,
    layout: Layout,
}

/// Whether ints are laid out as this module takes them to be.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Unseen = 0,
    Known = 1,
    Other = 2,
}

impl Numbers {
    /// A new reference to the number of a bar; null with an exception where there is no memory.
    ///
    /// # Safety
    /// The thread is attached to Python.
    #[inline]
    pub unsafe fn give(&mut self, bar: usize) -> *mut ffi::PyObject {
        let old = self.before;
        // SAFETY: what is held is a live int of one digit, laid out as was seen. While nobody else holds it
        // nobody can tell that it is another one.
        unsafe {
            if !old.is_null() && bar < MOST && ffi::Py_REFCNT(old) == 1 {
                old.cast::<u8>().add(DIGIT).cast::<u32>().write(bar as u32);
                (self.before, self.last) = (self.last, old);
                ffi::Py_INCREF(old);
                return old;
            }
            self.make(bar)
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn make(&mut self, bar: usize) -> *mut ffi::PyObject {
        // SAFETY: as above.
        unsafe {
            let made = ffi::PyLong_FromSize_t(bar);
            if made.is_null() || !(LEAST..MOST).contains(&bar) {
                return made;
            }
            if self.layout == Layout::Unseen {
                self.layout = layout(made, bar);
            }
            if self.layout == Layout::Known {
                ffi::Py_INCREF(made);
                let old = std::mem::replace(&mut self.before, self.last);
                self.last = made;
                ffi::Py_XDECREF(old);
            }
            made
        }
    }

    /// Lets go of what is held.
    ///
    /// # Safety
    /// As above.
    pub unsafe fn clear(&mut self) {
        for held in [&mut self.last, &mut self.before] {
            let old = std::mem::replace(held, std::ptr::null_mut());
            // SAFETY: the reference is ours; an int runs nobody's code when it goes.
            unsafe { ffi::Py_XDECREF(old) }
        }
    }
}

/// Looks where an int of one digit has it.
///
/// # Safety
/// As above; the int has this value.
unsafe fn layout(int: *mut ffi::PyObject, value: usize) -> Layout {
    const IS_TRIED: bool = cfg!(all(
        target_pointer_width = "64",
        not(any(Py_3_14, Py_GIL_DISABLED, feature = "public-api")),
    ));
    // SAFETY: the sizes of the type say that a digit lies there.
    let is_known = IS_TRIED
        && unsafe {
            let kind = ffi::Py_TYPE(int);
            (*kind).tp_basicsize as usize == DIGIT
                && (*kind).tp_itemsize as usize == size_of::<u32>()
                && int.cast::<u8>().add(DIGIT).cast::<u32>().read() as usize == value
        };
    if is_known {
        Layout::Known
    } else {
        Layout::Other
    }
}
