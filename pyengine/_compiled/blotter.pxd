# What the executor and the faces share, in a C struct; without tracing nothing is emitted.
from .positions cimport Position

cdef class Command:
    cdef public Position position
    cdef public str action
    cdef public dict changes
    cdef public str status
    cdef public str rule

cdef class Blotter:
    cdef object __weakref__
    cdef public object _executor
    cdef public object fee_model
    cdef public list active
    cdef public str phase
    cdef public object time_us
    cdef public list queue
    cdef public list refused
    cdef public object tracer
    cdef public Py_ssize_t version
    cdef public bint finished
    cdef public bint at_once

    cpdef bint is_queueing(self)
    cpdef emit(self, Position position, str action, str rule, object field)
    cpdef emit_exit(self, Position position, double raw, double remaining)
