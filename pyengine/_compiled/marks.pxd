# Sums over the open positions in C doubles.
cimport cython

from .arithmetic cimport smaller
from .positions cimport Position

cpdef Position own_record(object position)

@cython.locals(total=double, worst=double, low_sum=double, high_sum=double, at_close=double, side=Py_ssize_t, position=Position)
cpdef tuple mark_positions(object faces, object marks, long long time_us)
