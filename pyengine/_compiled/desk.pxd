# Settings and records of an executor in a C struct.
cimport cython

from .blotter cimport Blotter
from .portfolio cimport Portfolio, own_portfolio
from .quotes cimport Quote
from .signal_log cimport SignalLog
from .terms cimport SymbolTerms, Terms

cdef class Desk:
    cdef dict __dict__
    cdef object __weakref__
    cdef public object _portfolio
    cdef public Portfolio _books
    cdef public double _risk_per_trade
    cdef public object _slippage_model
    cdef public object _fee_model
    cdef public dict _symbol_specs
    cdef public object _policy
    cdef public bint _fills_at_open
    cdef public bint _fills_at_signal
    cdef public object _most
    cdef public object _most_of_symbol
    cdef public object _sizing
    cdef public Terms _terms
    cdef public Py_ssize_t _counted
    cdef public Py_ssize_t _counted_of_symbol
    cdef public dict _symbol_terms
    cdef public SymbolTerms _last_terms
    cdef public object _rates
    cdef public object _margin
    cdef public object _session
    cdef public object _timeframe
    cdef public object _length_us
    cdef public object _strict
    cdef public bint _parity
    cdef public bint _swaps
    cdef public Py_ssize_t _stale_rates
    cdef public object _full
    cdef public dict _fixed
    cdef public dict _kept_units
    cdef public list _held
    cdef public bint _ordinal
    cdef public list _rejected
    cdef public Blotter _blotter
    cdef public bint _waiting
    cdef public Py_ssize_t _waiting_version
    cdef public dict _quotes
    cdef public object _shown_us
    cdef public object _ended_us
    cdef public dict _steps
    cdef public object _symbol
    cdef public Py_ssize_t _next_order_id
    cdef public dict _orders
    cdef public dict _groups
    cdef public set _decided
    cdef public Py_ssize_t _group_count
    cdef public SignalLog _rows
    cdef public tuple _snapshot
    cdef public Py_ssize_t _snapshot_version
    cdef public object _tracer

    cdef _named(self, object symbol)
    @cython.locals(known=Quote, quote=Quote)
    cdef Quote _read_quote(self, object symbol, object bid, object ask)
    cdef _begin_phase(self, str phase, object time_us)
    @cython.locals(own=Portfolio)
    cdef _mark(self, Quote quote)
