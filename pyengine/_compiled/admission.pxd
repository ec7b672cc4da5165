# What may stand against a signal: straight C calls.
cimport cython

from .commands cimport Commands
from .positions cimport Position
from .quotes cimport Quote
from .signals cimport CheckedSignal
from .terms cimport SymbolTerms

@cython.final
cdef class NoRoom:
    cdef public SymbolTerms terms
    cdef public Py_ssize_t counted
    cdef public Py_ssize_t of_symbol
    cdef public tuple breach

cdef class Admission(Commands):
    cdef _check_equity(self)
    cdef _check_known(self, str symbol, Quote quote)
    cdef _check_room(self, CheckedSignal asked, double entry, Quote quote)
    @cython.locals(terms=SymbolTerms, full=NoRoom, active=Py_ssize_t, held=Py_ssize_t)
    cdef NoRoom _no_room(self, str symbol)
    @cython.locals(last=SymbolTerms)
    cdef SymbolTerms _terms_of(self, str symbol)
    @cython.locals(position=Position, active=Py_ssize_t, held=Py_ssize_t)
    cdef _count(self, str symbol)
    @cython.locals(active=Py_ssize_t, held=Py_ssize_t)
    cdef tuple _check_count(self, str symbol)
    cdef _check_session(self, Quote quote)
    cdef _require_spec(self, CheckedSignal asked, object spec)
    @cython.locals(terms=SymbolTerms)
    cdef tuple _size(self, str symbol, double reference, object stop, object spec, double unit_value)
    cpdef double _risked(self) except *
