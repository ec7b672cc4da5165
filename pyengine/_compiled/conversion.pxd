# Unit values and margin: straight C calls.
from .desk cimport Desk
from .positions cimport Position
from .terms cimport SymbolTerms

cdef class Conversion(Desk):
    cdef bint _is_converted(self, str symbol) except -1
    cdef _unit_at_acceptance(self, Py_ssize_t order_id, str symbol, object spec, SymbolTerms terms)
    cpdef _refresh_unit(self, Position position, object use)
    cdef _refresh_units(self, object symbol=*)
    cdef _check_margin(self, Position position, str rule=*, object before_us=*)
    cdef _tell_margin(self, Position position)
    cdef bint _is_without_equity(self) except -1
