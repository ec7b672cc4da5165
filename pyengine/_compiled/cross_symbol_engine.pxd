# The loop over keys: straight C calls of the parts of a bar.
from .candles cimport from_time_us, to_time_us
from .loop cimport Loop

cdef class CrossSymbolEventEngine(Loop):
    pass
