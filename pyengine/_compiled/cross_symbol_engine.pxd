# The loop over keys in C.
cimport cython

from .candles cimport from_time_us, to_time_us
from .execution cimport ExecutionSimulator, own_executor
from .loop cimport Loop

cdef class CrossSymbolEventEngine(Loop):
    @cython.locals(bar=Py_ssize_t, start=Py_ssize_t, total=Py_ssize_t, last=bint, named=dict, covered=list, shown=list)
    cpdef run(self)
    cdef list _shown(self, list covered, object part, Py_ssize_t bar)
    cdef _time(self, object part, object key, object clock)
    @cython.locals(own=ExecutionSimulator)
    cdef _open(self, list covered, bint named)
    @cython.locals(own=ExecutionSimulator)
    cdef _exit(self, list covered, bint named)
    cdef _manage(self, list covered, object view, Py_ssize_t bar)
