# What may stand against a signal: straight C calls.
cimport cython

from .commands cimport Commands
from .positions cimport Position
from .quotes cimport Quote
from .signals cimport CheckedSignal

cdef class Admission(Commands):
    cdef _check_equity(self)
    cdef _check_known(self, str symbol, Quote quote)
    @cython.locals(position=Position, active=Py_ssize_t, held=Py_ssize_t)
    cdef _check_room(self, CheckedSignal asked, double entry, Quote quote)
    cdef _check_session(self, Quote quote)
    cdef _require_spec(self, CheckedSignal asked, object spec)
    cdef _size(self, str symbol, double reference, object stop, object spec, double unit_value)
    cpdef _risked(self)
