# Cash and positions in a C struct.
cimport cython

from .candles cimport from_time_us, to_time_us
from .equity_curve cimport EquityCurve
from .marks cimport Marked, MarkQuote, mark_positions, own_record
from .position_face cimport face_of
from .positions cimport Position

cpdef Portfolio own_portfolio(object portfolio, str method)

cdef class Portfolio:
    cdef dict __dict__
    cdef object __weakref__
    cdef public double _initial_balance
    cdef public double _cash
    cdef public EquityCurve _curve
    cdef public double _total_fees
    cdef public double _total_swap
    cdef public Py_ssize_t _stale_rows
    cdef public double _realised
    cdef public bint _realised_only
    cdef public object _last_exit_us
    cdef public dict _open
    cdef public list _closed
    cdef public Py_ssize_t _closed_before
    cdef public list _expired
    cdef public list _fees
    cdef public list _swaps
    cdef public dict _marks
    cdef public object _tracer

    cdef _book_entry(self, Position position, object order_id, double fee, object time_us)
    cdef _book_exit(self, object position, object order_id, double result, double exit_fee, object exit_us)
    cdef _book_fee(self, double amount, object time_us, str kind, object position, object order_id)
    cdef _emit_ledger(self, str entry, str rule, object order_id, double amount)
    cdef EquityCurve _written(self)
    cpdef Marked _marked(self, object time_us)
    cpdef mark(self, object symbol, object bid, object ask)
    cpdef update(self, object time)
    @cython.locals(found=Marked, marked=double, worst=double, stale=bint)
    cdef _write_row(self, object time_us)
