# A mean in C doubles, and its pass over a column.
cimport cython

from ..arithmetic cimport is_finite

cdef class Ema:
    cdef dict __dict__
    cdef object __weakref__
    cdef public object period
    cdef public double _new_weight
    cdef public double _old_weight
    cdef public double _aged
    cdef public double _value

    cpdef _weigh(self, double new_weight)
    cpdef restart(self)
    @cython.locals(weighted=double)
    cpdef double update(self, double x) except? -1.0
    @cython.locals(place=Py_ssize_t, x=double, new=double, old=double)
    cdef _pass(self, const double[::1] column, double[::1] found)
