# The steps of a bar: straight C calls.
cimport cython

from .bars cimport longlong
from .exits cimport decide_exit
from .positions cimport Position
from .quotes cimport Quote
from .triggering cimport Triggering

cdef class ExecutionSimulator(Triggering):
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
