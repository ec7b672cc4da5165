# Two means in C doubles.
cimport cython

@cython.final
cdef class Crosses:
    cdef const double[::1] _closes
    cdef readonly Py_ssize_t bar
    cdef readonly double fast
    cdef readonly double slow
    cdef Py_ssize_t _end
    cdef double _end_fast
    cdef double _end_slow
    cdef double _fast_weight
    cdef double _slow_weight

    @cython.locals(bar=Py_ssize_t, close=double, fast=double, slow=double, fast_weight=double, slow_weight=double, fast_old=double, slow_old=double, was_fast=double, was_slow=double)
    cdef _pass(self, Py_ssize_t until, signed char[::1] found)
