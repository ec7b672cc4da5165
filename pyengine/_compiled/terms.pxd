# Settings as C numbers.
cimport cython

from .arithmetic cimport is_finite, snap_level, ticks
from .orders cimport is_beside, least_ticks
from .quotes cimport Quote
from .signals cimport CheckedSignal

cdef double NAN

@cython.final
cdef class Terms:
    cdef readonly bint slips
    cdef readonly bint knows_fees
    cdef readonly double per_lot
    cdef readonly double per_million
    cdef readonly double percent
    cdef readonly double minimum
    cdef readonly bint knows_risk
    cdef readonly double risked
    cdef readonly object lots

@cython.final
cdef class SymbolTerms:
    cdef readonly str symbol
    cdef readonly object spec
    cdef readonly Py_ssize_t digits
    cdef readonly double pip_size
    cdef readonly double least_ticks
    cdef readonly double unit
    cdef readonly tuple sized

@cython.locals(price=double, apart=double)
cpdef bint stands_well(double level, bint below, double sign, double reference, double bid, double ask, SymbolTerms terms) except -1
@cython.locals(sign=double, bid=double, ask=double, stop=double, target=double)
cpdef bint stand_well(CheckedSignal asked, double reference, Quote quote, SymbolTerms terms) except -1
