# Stretches in C arrays.
cimport cython

@cython.final
cdef class Stretches:
    cdef readonly Py_ssize_t count
    cdef readonly Py_ssize_t bars
    cdef Py_ssize_t _room
    cdef tuple _arrays
    cdef long long[::1] firsts
    cdef long long[::1] untils
    cdef double[::1] cash
    cdef double[::1] signs
    cdef double[::1] entries
    cdef double[::1] sizes
    cdef double[::1] units
    cdef signed char[::1] filled

    cdef _allot(self, Py_ssize_t room)
    @cython.locals(last=Py_ssize_t)
    cpdef int keep(self, Py_ssize_t first, Py_ssize_t until, double cash, double sign, double entry, double size, double unit, bint filled) except -1
    @cython.locals(place=Py_ssize_t)
    cdef int _put(self, Py_ssize_t first, Py_ssize_t until, double cash, double sign, double entry, double size, double unit, bint filled) except -1
    cpdef clear(self)
