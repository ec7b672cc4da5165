# Exits: straight C calls.
cimport cython

from .arithmetic cimport is_finite
from .conversion cimport Conversion
from .costs cimport exit_price, fee, known_fee
from .position_face cimport face_of
from .positions cimport Position
from .quotes cimport Quote

cdef class Leaving(Conversion):
    cdef double _slip(self, str symbol, Py_ssize_t order_id, Py_ssize_t side, Py_ssize_t part=*) except *
    cdef double _exit_price(self, Position position, double raw, bint slips, Py_ssize_t part=*) except *
    cdef double _fee(self, double lots, double price, double unit_value) except? -1.0
    @cython.locals(rule=str, reason=str, raw=double, slips=bint, tie=bint)
    cdef _leave(self, Position position, object decided, Quote quote)
    cdef _close(self, Position position, double raw, bint slips, object time_us, str reason, str rule)
    cdef _finish(self, Position position, double raw, double price, double charge, object time_us, str reason, str rule)
    cdef _retire(self, Position position, str status, str reason, str rule)
    cdef _end(self, object time_us)
    @cython.locals(position=Position, active=list, held=list)
    cdef _drop_finished(self)
    cdef _note(self, Position position, str outcome, str rule)
