# The parts of a bar: straight C calls where the parts of a run are ours.
cimport cython

from .candles cimport to_time_us
from .execution cimport ExecutionSimulator, own_executor
from .portfolio cimport Portfolio, own_portfolio

cdef Py_ssize_t BREATHE_EVERY

cdef class Loop:
    cdef dict __dict__
    cdef object __weakref__
    cdef public object strategy
    cdef public object executor
    cdef public object portfolio
    cdef public object on_progress
    cdef public object tracer
    cdef public object _due

    cdef _enter(self, Py_ssize_t bar, object shown)
    @cython.locals(own=ExecutionSimulator)
    cdef _close(self, object timestamp, bint last, bint named)
    cdef _find_manager(self)
    @cython.locals(own=Portfolio)
    cdef _update(self, object timestamp)
    cdef _report(self, Py_ssize_t done, Py_ssize_t total)
    cdef _wait(self, Py_ssize_t done)
    cdef _trace_begin(self, Py_ssize_t bar, object timestamp)
    cdef _trace_bar(self, str symbol, object bid, object ask)
    cdef _trace_phase(self, str phase)
