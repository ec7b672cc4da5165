# Rows of signals in C arrays.
cimport cython

from .signals cimport CheckedSignal

cdef double NAN
cdef int LONG
cdef int WITH_ENTRY
cdef int WITH_STOP
cdef int WITH_TARGET
cdef int TYPE

@cython.final
cdef class SignalLog:
    cdef readonly Py_ssize_t size
    cdef Py_ssize_t _room
    cdef tuple _arrays
    cdef list _symbols
    cdef list _results
    cdef tuple _noted
    cdef double _noted_size
    cdef Py_ssize_t _told
    cdef long long[::1] _order_ids
    cdef long long[::1] _times
    cdef signed char[::1] _codes
    cdef double[::1] _entries
    cdef double[::1] _stops
    cdef double[::1] _targets

    cdef _allot(self, Py_ssize_t room)
    @cython.locals(code=int, entry=double, stop=double, target=double)
    cpdef Py_ssize_t add(self, Py_ssize_t order_id, long long time_us, CheckedSignal asked) except -1
    @cython.locals(code=int)
    cpdef Py_ssize_t add_refused(self, Py_ssize_t order_id, long long time_us, str symbol, double sign, double entry, double stop, double target, tuple breach) except -1
    @cython.locals(row=Py_ssize_t)
    cdef Py_ssize_t _put(self, Py_ssize_t order_id, long long time_us, str symbol, int code, double entry, double stop, double target, tuple result) except -1
    @cython.locals(noted=tuple)
    cpdef note(self, Py_ssize_t row, str outcome, str rule, double size)
