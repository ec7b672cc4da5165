# What the executor reads of a signal.
cdef class CheckedSignal:
    cdef public str direction
    cdef public double sign
    cdef public str symbol
    cdef public str order_type
    cdef public object entry
    cdef public object stop
    cdef public object target
    cdef public object expires_at_us
    cdef public object max_bars
    cdef public object oco
