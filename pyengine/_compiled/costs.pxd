# Calls straight into the compiled arithmetic.
cimport cython

from .arithmetic cimport larger, snap_down, snap_up
from .terms cimport Terms

cpdef double fee(object model, double lots, double price, double unit_value) except *
cpdef double known_fee(Terms terms, double lots, double price, double unit_value) except? -1.0
@cython.locals(notional=double, by_lot=double, by_million=double, by_percent=double)
cdef double _charge(double per_lot, double per_million, double percent, double minimum, double lots, double price, double unit_value) noexcept
cpdef double entry_price(double raw, double sign, double slip, object digits) except *
cpdef double exit_price(double raw, double sign, double slip, object digits) except *
