# Checks of levels in C doubles; a level may be None.
cimport cython

from .arithmetic cimport distance, larger, smaller, ticks

cpdef bint is_beside(double level, bint below, double bid, double ask) noexcept
@cython.locals(wants_below=bint)
cpdef check_sides(double sign, str field, object level, double bid, double ask)
@cython.locals(price=double, wants_below=bint)
cpdef check_sides_waiting(double sign, str field, object level, double entry)
cpdef double least_ticks(object spec, Py_ssize_t digits) except *
@cython.locals(apart=double, least=double)
cpdef check_distance(str field, object level, double reference, object spec)
