# Fills: straight C calls.
cimport cython

from .arithmetic cimport is_finite
from .costs cimport entry_price
from .leaving cimport Leaving
from .position_face cimport face_of
from .positions cimport Position

cdef class Fills(Leaving):
    @cython.locals(slip=double, price=double, charge=double)
    cdef _fill(self, Position position, double raw, bint slips, object time_us, str at, str rule)
    cdef _cancel_group(self, Position position, object lost=*)
    cdef _reject(self, Py_ssize_t order_id, Py_ssize_t row, str symbol, object breach)
