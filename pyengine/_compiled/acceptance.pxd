# How a signal becomes an order: straight C calls.
cimport cython

from .admission cimport Admission
from .arithmetic cimport is_finite
from .positions cimport Position, snapped
from .quotes cimport Quote
from .signals cimport CheckedSignal

cdef class Acceptance(Admission):
    @cython.locals(quote=Quote, row=Py_ssize_t, order_id=Py_ssize_t)
    cdef _process(self, CheckedSignal asked, object meta)
    @cython.locals(sign=double, reference=double, order=Position, waits=bint)
    cdef _order(self, Py_ssize_t order_id, CheckedSignal asked, Quote quote, object spec)
    cdef _take_in(self, Position order, CheckedSignal asked)
    cdef _fill_now(self, Position order, CheckedSignal asked, Quote quote)
    @cython.locals(orders=list, times=list, symbols=list, directions=list, types=list, entries=list, stops=list, targets=list, outcomes=list, rules=list, sizes=list)
    cdef _emit_signal(self, Py_ssize_t order_id, CheckedSignal asked)

cpdef check_numbers(object stop, object target)
