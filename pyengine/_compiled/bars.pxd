# Columns as C arrays, and passes over them in C.
cimport cython

from .arithmetic cimport larger, smaller
from .positions cimport Position
from .quotes cimport Quote

ctypedef long long longlong

cdef double NEVER_BELOW
cdef double NEVER_ABOVE

@cython.final
cdef class Bars:
    cdef readonly Py_ssize_t size
    cdef readonly Py_ssize_t crossed
    cdef readonly Py_ssize_t first_crossed
    cdef const long long[::1] times
    cdef const long long[::1] ask_times
    cdef const double[::1] bid_open
    cdef const double[::1] bid_high
    cdef const double[::1] bid_low
    cdef const double[::1] bid_close
    cdef const double[::1] ask_open
    cdef const double[::1] ask_high
    cdef const double[::1] ask_low
    cdef const double[::1] ask_close
    cdef public double bid_low_at
    cdef public double bid_high_at
    cdef public double ask_low_at
    cdef public double ask_high_at

    @cython.locals(bar=Py_ssize_t)
    cpdef Py_ssize_t first_fault(self) except -2
    cpdef watch_nothing(self)
    cpdef long long time_at(self, Py_ssize_t bar) except *
    @cython.locals(quote=Quote)
    cpdef Quote quote(self, str symbol, Py_ssize_t bar)
    cpdef show(self, Quote quote, Py_ssize_t bar)
    cpdef show_side(self, Quote quote, Py_ssize_t bar, double sign)
    cpdef bint is_touched(self, Py_ssize_t bar) except -1
    @cython.locals(bar=Py_ssize_t, low_at=double, high_at=double)
    cpdef Py_ssize_t first_touch(self, Py_ssize_t first, Py_ssize_t until) except -1
    @cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
    cpdef Py_ssize_t first_from(self, long long time_us) except -1
    @cython.locals(bar=Py_ssize_t, step=longlong, shortest=longlong)
    cpdef long long shortest_step(self, Py_ssize_t first, Py_ssize_t until) except *

cdef bint is_sound(double opened, double high, double low, double close) noexcept

@cython.locals(near_stop=object, near_target=object)
cpdef watch_exit(Bars bars, Position position, double buffer)
@cython.locals(level=double)
cpdef watch_entry(Bars bars, Position position)
