cimport cython

from .custody cimport Custody
from .positions cimport Position
from .quotes cimport Quote

cdef class Triggering(Custody):
    @cython.locals(position=Position)
    cdef dict _triggers(self, Quote quote)
    cdef tuple _choose_winners(self, dict triggers, Quote quote)
