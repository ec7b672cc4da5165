# The bar as C doubles.
from .candles cimport Candle

cdef class Quote:
    cdef public str symbol
    cdef public object bid
    cdef public object ask
    cdef public long long time_us
    cdef public double bid_open
    cdef public double bid_high
    cdef public double bid_low
    cdef public double bid_close
    cdef public double ask_open
    cdef public double ask_high
    cdef public double ask_low
    cdef public double ask_close

    cdef _take(self, Candle bid, Candle ask)
    cpdef double opening_close(self, double sign)
    cpdef double opening_open(self, double sign)
    cpdef double closing_close(self, double sign)
    cpdef double closing_open(self, double sign)
