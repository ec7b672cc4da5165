# Calls straight into the compiled arithmetic.
cimport cython

from .arithmetic cimport larger, snap_down, snap_up

@cython.locals(notional=double, per_lot=double, per_million=double, percent=double, by_lot=double, by_million=double, by_percent=double)
cpdef double fee(object model, double lots, double price, double unit_value) except *
cpdef double entry_price(double raw, double sign, double slip, object digits) except *
cpdef double exit_price(double raw, double sign, double slip, object digits) except *
