# How a signal becomes an order: straight C calls.
cimport cython

from .admission cimport Admission, NoRoom
from .arithmetic cimport is_finite, snap_level, ticks
from .orders cimport is_beside
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
    @cython.locals(row=Py_ssize_t)
    cdef Py_ssize_t _emit_signal(self, Py_ssize_t order_id, CheckedSignal asked) except -1
    @cython.locals(reference=double, order_id=Py_ssize_t)
    cdef bint _turn_down(self, NoRoom room, long long time_us, double bid, double ask, double sign, double entry, double stop, double target) except -1

@cython.locals(price=double, apart=double)
cdef bint stands_well(double level, bint below, double sign, double reference, double bid, double ask, NoRoom room) except -1
cpdef check_numbers(object stop, object target)
