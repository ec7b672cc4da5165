# Rows in C arrays, written in C.
cimport cython

from .bars cimport Bars, longlong
from .positions cimport Position

@cython.final
cdef class EquityCurve:
    cdef readonly double initial_balance
    cdef public double equity
    cdef public double max_equity
    cdef public double max_drawdown
    cdef public double max_drawdown_worst
    cdef public double initial_max_drawdown
    cdef readonly Py_ssize_t size
    cdef Py_ssize_t _room
    cdef Py_ssize_t _shown
    cdef tuple _arrays
    cdef long long[::1] _times
    cdef double[::1] _cash
    cdef double[::1] _equity
    cdef double[::1] _equity_worst
    cdef double[::1] _drawdown

    cdef _allot(self, Py_ssize_t room)
    cpdef reserve(self, Py_ssize_t more)
    @cython.locals(place=Py_ssize_t)
    cpdef add(self, long long time_us, double cash, double marked, double worst)
    @cython.locals(equity=double, equity_worst=double, drawdown=double, place=Py_ssize_t)
    cdef int _put(self, long long time_us, double cash, double marked, double worst) except -1
    @cython.locals(equity=double, equity_worst=double, drawdown=double, place=Py_ssize_t, bar=Py_ssize_t)
    cpdef repeat(self, Bars bars, Py_ssize_t first, Py_ssize_t until, double cash)
    @cython.locals(bar=Py_ssize_t, position=Position, total=double, low_sum=double, high_sum=double, close=double, low=double, high=double, sign=double, entry=double, size=double, unit=double)
    cpdef hold(self, Bars bars, Py_ssize_t first, Py_ssize_t until, double cash, list held)
    @cython.locals(position=Position, total=double, low_sum=double, high_sum=double, close=double, low=double, high=double, sign=double, entry=double, size=double, unit=double, time_us=longlong)
    cpdef hold_filled(self, Bars bars, Py_ssize_t bar, double cash, list held)
    @cython.locals(bar=Py_ssize_t, place=Py_ssize_t, total=double, at_low=double, at_high=double, close=double, low=double, high=double, sign=double, entry=double, size=double, unit=double, equity=double, equity_worst=double, most=double, deepest=double, deepest_worst=double, lost=double)
    cpdef hold_one(self, Bars bars, Py_ssize_t first, Py_ssize_t until, double cash, Position held)
