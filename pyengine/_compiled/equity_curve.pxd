# Rows in C arrays, written in C.
cimport cython

from .bars cimport Bars, longlong
from .positions cimport Position
from .stretches cimport Stretches

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
    cdef Stretches _kept
    cdef Bars _bars
    cdef bint _has_tail
    cdef long long _tail_us
    cdef double _tail_cash
    cdef double _tail_marked
    cdef double _tail_worst
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
    @cython.locals(position=Position, sign=double, entry=double, size=double, unit=double, filled=bint)
    cpdef keep(self, Bars bars, Py_ssize_t first, Py_ssize_t until, double cash, list held, object filled_us)
    @cython.locals(kept=Stretches, bars=Bars, last=Py_ssize_t, bar=Py_ssize_t, cash=double, sign=double, close=double, gain=double)
    cpdef double present(self) except? -1.0
    @cython.locals(kept=Stretches, bars=Bars, place=Py_ssize_t, first=Py_ssize_t, until=Py_ssize_t, sign=double)
    cpdef write_up(self)
    cdef long long _kept_until(self) except *
    @cython.locals(equity=double, equity_worst=double, drawdown=double, place=Py_ssize_t, bar=Py_ssize_t)
    cdef int _repeat(self, Bars bars, Py_ssize_t first, Py_ssize_t until, double cash) except -1
    @cython.locals(place=Py_ssize_t, bar=Py_ssize_t, equity=double, worst=double)
    cdef int _value(self, const double[::1] closes, const double[::1] worsts, Py_ssize_t first, Py_ssize_t until, double cash, double sign, double entry, double size, double unit) except -1
    @cython.locals(place=Py_ssize_t, bar=Py_ssize_t, equity=double, drawdown=double, most=double, deepest=double, deepest_worst=double, lost=double)
    cdef int _compare(self, Bars bars, Py_ssize_t first, Py_ssize_t until, double cash) except -1
    @cython.locals(bar=Py_ssize_t, position=Position, total=double, low_sum=double, high_sum=double, close=double, low=double, high=double, sign=double, entry=double, size=double, unit=double, time_us=longlong)
    cdef int _hold(self, Bars bars, Py_ssize_t first, Py_ssize_t until, double cash, list held, bint filled) except -1
