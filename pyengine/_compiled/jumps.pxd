# The loop over events in C.
cimport cython

from .admission cimport NoRoom
from .bars cimport Bars, longlong, watch_entry, watch_exit
from .equity_curve cimport EquityCurve
from .execution cimport ExecutionSimulator
from .marks cimport own_record
from .portfolio cimport Portfolio
from .positions cimport Position
from .quotes cimport Quote
from .signal_rows cimport SignalRows
from .signals cimport CheckedSignal

@cython.final
cdef class Jumps:
    cdef str _symbol
    cdef ExecutionSimulator _executor
    cdef Portfolio _portfolio
    cdef EquityCurve _curve
    cdef Bars _bars
    cdef object _engine
    cdef object _foreseen
    cdef SignalRows _signals
    cdef Quote _quote
    cdef Py_ssize_t _last
    cdef Py_ssize_t _stepped
    cdef list _held
    cdef bint _is_alone
    cdef bint _is_gathered
    cdef Py_ssize_t _reached
    cdef double _exit_buffer
    cdef bint _is_settled
    cdef bint _is_expiring
    cdef bint _is_waiting
    cdef bint _is_due
    cdef bint _is_single
    cdef bint _is_solvent
    cdef Py_ssize_t _solvent_from
    cdef NoRoom _no_room
    cdef bint _is_counted

    @cython.locals(executor=ExecutionSimulator, until=Py_ssize_t)
    cpdef Py_ssize_t after(self, Py_ssize_t bar) except -1
    @cython.locals(until=Py_ssize_t, signal=Py_ssize_t, touched=Py_ssize_t, looked_at=Py_ssize_t, beyond=Py_ssize_t)
    cdef Py_ssize_t _pass_over(self, Py_ssize_t first) except -2
    @cython.locals(signals=SignalRows, bid=double, ask=double, sign=double, stop=double, refused=bint)
    cdef bint _turn_down(self, Py_ssize_t bar) except -1
    @cython.locals(executor=ExecutionSimulator, bars=Bars, position=Position)
    cdef Py_ssize_t _settle(self, Py_ssize_t first, Py_ssize_t until) except -2
    @cython.locals(position=Position)
    cdef bint _can_pay(self) except -1
    @cython.locals(position=Position, record=Position)
    cdef _gather(self)
    @cython.locals(executor=ExecutionSimulator, bars=Bars, quote=Quote, before_us=longlong, asked=CheckedSignal, version=Py_ssize_t)
    cdef bint _run(self, Py_ssize_t bar) except -1
    @cython.locals(executor=ExecutionSimulator, quote=Quote, version=Py_ssize_t, position=Position)
    cdef _ask(self, Py_ssize_t bar, CheckedSignal asked)
    cdef _end(self, object time_us)
    @cython.locals(executor=ExecutionSimulator)
    cdef _catch_up(self)
    cdef _write_row(self, Py_ssize_t bar)
    @cython.locals(position=Position)
    cdef _write_rows(self, Py_ssize_t first, Py_ssize_t until)
    cdef _know_steps(self, Py_ssize_t bar)
