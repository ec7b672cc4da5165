# Sums over the open positions in C doubles.
cimport cython

from .arithmetic cimport smaller
from .candles cimport Candle
from .positions cimport Position

@cython.final
cdef class MarkQuote:
    cdef public double bid_close
    cdef public double bid_low
    cdef public double bid_high
    cdef public double ask_close
    cdef public double ask_low
    cdef public double ask_high
    cdef public object time_us

    cdef _take(self, Candle bid, Candle ask)
    cpdef bint is_stale(self, long long time_us) except -1

@cython.final
cdef class Marked:
    cdef readonly double total
    cdef readonly double worst
    cdef readonly bint stale
    cdef readonly dict sides

cpdef Position own_record(object position)

@cython.locals(total=double, worst=double, low_sum=double, high_sum=double, close=double, low=double, high=double, position=Position, quote=MarkQuote, mark=MarkQuote, old=bint, stale=bint, held=list, sides=dict)
cpdef Marked mark_positions(object faces, dict marks, long long time_us)
