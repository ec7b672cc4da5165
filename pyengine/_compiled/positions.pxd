cimport cython

from .arithmetic cimport distance, snap_level

# The record of an order as a C struct; None is a value of some fields, so those stay objects.
@cython.final
cdef class Position:
    cdef dict __dict__
    cdef object __weakref__
    cdef public Py_ssize_t order_id
    cdef public str symbol
    cdef public str direction
    cdef public double sign
    cdef public str order_type
    cdef public str status
    cdef public long long entry_time_us
    cdef public object trigger_time_us
    cdef public object exit_time_us
    cdef public double reference
    cdef public double unit_value
    cdef public double now_unit
    cdef public bint stale_unit
    cdef public double swap
    cdef public double margin
    cdef public double size
    cdef public object stop_loss
    cdef public object take_profit
    cdef public object committed_stop_loss
    cdef public object committed_take_profit
    cdef public object initial_stop_loss
    cdef public object initial_take_profit
    cdef public double risk_per_trade
    cdef public object risk
    cdef public object digits
    cdef public str at
    cdef public double entry_price
    cdef public double entry_fee
    cdef public object exit_price
    cdef public double exit_fee
    cdef public object result
    cdef public object net_result
    cdef public object r_multiple
    cdef public str reason
    cdef public str stop_reason
    cdef public str size_rule
    cdef public str entry_rule
    cdef public str exit_rule
    cdef public object entry
    cdef public object trigger
    cdef public double pip_size
    cdef public double fee_unit
    cdef public double initial_size
    cdef public object expires_at_us
    cdef public object max_bars
    cdef public Py_ssize_t bars_seen
    cdef public object oco
    cdef public Py_ssize_t group
    cdef public Py_ssize_t parts
    cdef public Py_ssize_t part
    cdef public bint parity
    cdef public bint ambiguous
    cdef public tuple marks
    cdef public dict metadata
    cdef public object blotter
    cdef public Py_ssize_t signal_row
    cdef public object face

    cpdef double result_at(self, double price) except *
    @cython.locals(result=double, net_result=double)
    cpdef finish(self, double price, object time_us, double exit_fee, str reason, str rule)
    cpdef double gain(self, double price)
    cpdef snapped(self, object value)

cpdef snapped(object value, object digits, double sign)
@cython.locals(risk=double)
cpdef risk_of(double reference, object stop_loss, double size, double unit_value)
