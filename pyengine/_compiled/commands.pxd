# What users order, and the checks of levels.
from .fills cimport Fills
from .orders cimport check_distance, check_sides, check_sides_waiting
from .quotes cimport Quote

cdef class Commands(Fills):
    cdef _carry_out(self, object last)
    cdef _check_levels(self, double sign, object stop, object target, double reference, Quote quote, object spec)
    cdef _check_waiting(self, double sign, object stop, object target, double entry, object spec)
