from .custody cimport Custody
from .quotes cimport Quote

cdef class Triggering(Custody):
    cdef dict _triggers(self, Quote quote)
    cdef tuple _choose_winners(self, dict triggers, Quote quote)
