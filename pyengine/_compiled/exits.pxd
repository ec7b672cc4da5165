# One test of a position against a bar, in C doubles.
cimport cython

from .arithmetic cimport larger, smaller
from .positions cimport Position
from .quotes cimport Quote

cpdef double capped_stop(double stop, Quote quote, double sign) except? -1.0
@cython.locals(gap=double, stop_gapped=bint, target_gapped=bint, stop_touched=bint, target_touched=bint)
cpdef object decide_exit(Position position, Quote quote, object policy)
