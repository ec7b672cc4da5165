# Fills: straight C calls.
from .arithmetic cimport is_finite
from .costs cimport entry_price, fee
from .leaving cimport Leaving
from .position_face cimport face_of
from .positions cimport Position

cdef class Fills(Leaving):
    cdef _fill(self, Position position, double raw, bint slips, object time_us, str at, str rule)
    cdef _cancel_group(self, Position position, object lost=*)
    cdef _reject(self, Py_ssize_t order_id, Py_ssize_t row, str symbol, object breach)
