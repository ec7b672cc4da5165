# Signals as C arrays.
cimport cython

from .arithmetic cimport is_finite
from .quotes cimport Quote
from .signals cimport CheckedSignal

cdef double NAN

@cython.final
cdef class SignalRows:
    cdef readonly Py_ssize_t total
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
    cdef readonly long long time_us
    cdef readonly double bid
    cdef readonly double ask
    cdef const long long[::1] _times
    cdef const double[::1] _bids
    cdef const double[::1] _asks

    cpdef Py_ssize_t next_row(self, Py_ssize_t first) except -1
    @cython.locals(place=Py_ssize_t)
    cpdef bint read_plain(self) except -1
    @cython.locals(place=Py_ssize_t, is_long=bint, asked=CheckedSignal)
    cpdef CheckedSignal read(self, str symbol)
    @cython.locals(place=Py_ssize_t)
    cpdef show(self, Quote quote)

cdef price_of(double value)
