# Checks of levels in C doubles; a level may be None.
from .arithmetic cimport distance, larger, smaller, ticks

cpdef check_sides(double sign, str field, object level, double bid, double ask)
cpdef check_sides_waiting(double sign, str field, object level, double entry)
cpdef check_distance(str field, object level, double reference, object spec)
