from .acceptance cimport Acceptance

cdef class Custody(Acceptance):
    cdef _stop_out(self, object timestamp, object time_us)
