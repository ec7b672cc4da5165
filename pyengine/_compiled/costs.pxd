# Calls straight into the compiled arithmetic.
from .arithmetic cimport larger, snap_down, snap_up
