# The loop over bars in C.
cimport cython

from .candles cimport candle_at, to_time_us
from .execution cimport ExecutionSimulator, own_executor
from .loop cimport Loop
from .slices cimport SymbolDataSlice

cdef class EventEngine(Loop):
    cdef public object bid_candles
    cdef public object ask_candles
    cdef public object multi_candle_data
    cdef public object symbol
    cdef public object original_start_dt
    cdef public object crossed_bars

    @cython.locals(view=SymbolDataSlice, named=dict, bar=Py_ssize_t, start=Py_ssize_t, total=Py_ssize_t)
    cpdef run(self)
    @cython.locals(own=ExecutionSimulator)
    cdef _open(self, object bid, object ask, bint named)
    @cython.locals(own=ExecutionSimulator)
    cdef _exit(self, object bid, object ask, bint named)
    cdef _manage(self, SymbolDataSlice view, object bid, object ask)
