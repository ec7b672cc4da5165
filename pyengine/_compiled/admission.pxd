# What may stand against a signal: straight C calls.
cimport cython

from .commands cimport Commands
from .positions cimport Position
from .quotes cimport Quote
from .signals cimport CheckedSignal

@cython.final
cdef class NoRoom:
    cdef public str symbol
    cdef public Py_ssize_t digits
    cdef public double least_ticks
    cdef public tuple breach

cdef class Admission(Commands):
    cdef _check_equity(self)
    cdef _check_known(self, str symbol, Quote quote)
    cdef _check_room(self, CheckedSignal asked, double entry, Quote quote)
    cdef NoRoom _no_room(self, str symbol)
    @cython.locals(position=Position, active=Py_ssize_t, held=Py_ssize_t)
    cdef tuple _check_count(self, str symbol)
    cdef _check_session(self, Quote quote)
    cdef _require_spec(self, CheckedSignal asked, object spec)
    cdef _size(self, str symbol, double reference, object stop, object spec, double unit_value)
    cpdef _risked(self)
