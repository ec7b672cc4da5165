# Sums over the open positions in C doubles.
cimport cython

from .arithmetic cimport smaller
from .positions cimport Position

cdef class MarkQuote:
    cdef public tuple longs
    cdef public tuple shorts
    cdef public object time_us

cpdef Position own_record(object position)

@cython.locals(total=double, worst=double, low_sum=double, high_sum=double, close=double, low=double, high=double, position=Position)
cpdef object mark_positions(object faces, object marks, long long time_us)
