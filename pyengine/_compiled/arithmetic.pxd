# C types of pyengine/arithmetic.py; without them its functions would pass Python floats about.
cimport cython

cdef double WHOLE_FROM
cdef double[::1] _POWERS

cpdef bint is_finite(double x) noexcept
cpdef double larger(double a, double b) noexcept
cpdef double smaller(double a, double b) noexcept
cpdef double distance(double a, double b) noexcept
cpdef double floor(double x) noexcept
cpdef double ceil(double x) noexcept
cdef double _on_grid(double x, double whole, double power) noexcept
@cython.locals(power=double)
cpdef double snap(double x, Py_ssize_t digits)
cpdef double snap_level(double x, Py_ssize_t digits, double sign)
@cython.locals(power=double)
cpdef double snap_up(double x, Py_ssize_t digits)
@cython.locals(power=double)
cpdef double snap_down(double x, Py_ssize_t digits)
@cython.locals(power=double)
cpdef double ticks(double a, double b, Py_ssize_t digits)
