# What a strategy sees, moved by the loop in C.
from .candles cimport candle_at
from .indicators.series cimport find_series, find_sides

cdef class SymbolDataSlice:
    cdef dict __dict__
    cdef object __weakref__
    cdef public object symbol
    cdef public object _data
    cdef public Py_ssize_t _index
    cdef public object _limit
    cdef public object _bid
    cdef public object _ask
    cdef public object _indicators
    cdef public object _sides

    cpdef _pin(self, Py_ssize_t index, object bid, object ask)
