# How a signal becomes an order: straight C calls.
cimport cython

from .admission cimport Admission, NoRoom
from .arithmetic cimport is_finite, snap_level
from .positions cimport Position, snapped
from .quotes cimport Quote
from .signals cimport CheckedSignal
from .terms cimport SymbolTerms, stand_well, stands_well

cdef class Acceptance(Admission):
    @cython.locals(quote=Quote, row=Py_ssize_t, order_id=Py_ssize_t, fills=bint)
    cdef _process(self, CheckedSignal asked, object meta)
    @cython.locals(sign=double, reference=double, order=Position, waits=bint, terms=SymbolTerms)
    cdef _order(self, Py_ssize_t order_id, CheckedSignal asked, Quote quote, object spec)
    cdef _take_in(self, Position order, CheckedSignal asked, bint fills)
    @cython.locals(raw=double)
    cdef _fill_now(self, Position order, CheckedSignal asked, Quote quote)
    @cython.locals(row=Py_ssize_t)
    cdef Py_ssize_t _emit_signal(self, Py_ssize_t order_id, CheckedSignal asked) except -1
    @cython.locals(reference=double, order_id=Py_ssize_t, terms=SymbolTerms)
    cdef bint _turn_down(self, NoRoom room, long long time_us, double bid, double ask, double sign, double entry, double stop, double target) except -1

cpdef check_numbers(object stop, object target)
