# One test of a position against a bar, in C doubles.
cimport cython

from .positions cimport Position
from .quotes cimport Quote

@cython.locals(gap=double, stop_gapped=bint, target_gapped=bint, stop_touched=bint, target_touched=bint)
cpdef object decide_exit(Position position, Quote quote, object policy)
