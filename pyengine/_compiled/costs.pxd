# Calls straight into the compiled arithmetic.
from .arithmetic cimport larger, snap_down, snap_up

cpdef double fee(object model, double lots, double price, double unit_value) except *
cpdef double entry_price(double raw, double sign, double slip, object digits) except *
cpdef double exit_price(double raw, double sign, double slip, object digits) except *
