# The steps of a bar: straight C calls.
cimport cython

from .bars cimport longlong
from .candles cimport to_time_us
from .exits cimport decide_exit
from .positions cimport Position
from .quotes cimport Quote
from .triggering cimport Triggering

cpdef ExecutionSimulator own_executor(object executor, str method)

cdef class ExecutionSimulator(Triggering):
    @cython.locals(before=Quote, quote=Quote)
    cpdef open_bar(self, object bid, object ask, object symbol=*)
    @cython.locals(known=Quote, quote=Quote)
    cpdef evaluate_exits(self, object bid, object ask, object symbol=*)
    cpdef close_bar(self, object timestamp, object last=*)
    cdef _show(self, Quote quote)
    @cython.locals(position=Position, step=longlong)
    cdef _open_orders(self, long long before_us, Quote quote)
    @cython.locals(position=Position)
    cdef _look_at(self, Quote quote)
    cdef _end_bar(self, object timestamp, object time_us, object last)
    @cython.locals(position=Position)
    cdef _expire(self, Quote quote)
    cdef _test(self, Position position, Quote quote, double buffer)
    cdef _test_triggered(self, Position position, Quote quote, double buffer)
