# Columns as C arrays, and passes over them in C.
cimport cython

from .arithmetic cimport is_finite
from .quotes cimport Quote
from .signals cimport CheckedSignal

ctypedef long long longlong

cdef double NEVER_BELOW
cdef double NEVER_ABOVE
cdef double NAN

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
    cpdef bint is_touched(self, Py_ssize_t bar) except -1
    @cython.locals(bar=Py_ssize_t)
    cpdef Py_ssize_t first_touch(self, Py_ssize_t first, Py_ssize_t until) except -1
    @cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
    cpdef Py_ssize_t first_from(self, long long time_us) except -1
    @cython.locals(bar=Py_ssize_t, step=longlong, shortest=longlong)
    cpdef long long shortest_step(self, Py_ssize_t first, Py_ssize_t until) except *

@cython.final
cdef class SignalRows:
    cdef readonly Py_ssize_t size
    cdef const long long[::1] _rows
    cdef Py_ssize_t _count
    cdef Py_ssize_t _place
    cdef const signed char[::1] _directions
    cdef const double[::1] _entries
    cdef const double[::1] _stops
    cdef const double[::1] _targets
    cdef const signed char[::1] _kinds
    cdef str _type
    cdef CheckedSignal _asked
    cdef readonly double sign
    cdef readonly double entry
    cdef readonly double stop
    cdef readonly double target

    cpdef Py_ssize_t next_row(self, Py_ssize_t first) except -1
    cpdef bint read_plain(self, Py_ssize_t row, double bid_close, double ask_close) except -1
    @cython.locals(is_long=bint, asked=CheckedSignal)
    cpdef CheckedSignal read(self, Py_ssize_t row, str symbol, double bid_close, double ask_close)

cdef price_of(double value)

cdef bint is_sound(double opened, double high, double low, double close) noexcept
