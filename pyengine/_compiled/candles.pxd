# Candles as C structs, made of C arrays.
cimport cython

ctypedef long long longlong

cdef class Clock:
    cdef tuple last

cdef Clock CLOCK

@cython.locals(last_us=longlong, step_us=longlong, now_us=longlong)
cpdef long long to_time_us(object value, object field, object bar=*, object symbol=*) except? -1
@cython.locals(last_us=longlong, step_us=longlong)
cpdef from_time_us(long long time_us)

cdef class Candle:
    cdef readonly long long _time_us
    cdef object _timestamp
    cdef readonly double _open
    cdef readonly double _high
    cdef readonly double _low
    cdef readonly double _close
    cdef readonly double _volume

@cython.locals(candle=Candle)
cpdef Candle candle_of(long long time_us, double open, double high, double low, double close, double volume)

@cython.final
cdef class Rows:
    cdef const long long[::1] times
    cdef const double[::1] opens
    cdef const double[::1] highs
    cdef const double[::1] lows
    cdef const double[::1] closes
    cdef const double[::1] volumes
    cdef Py_ssize_t last_index
    cdef Candle last

    @cython.locals(candle=Candle)
    cpdef Candle candle(self, Py_ssize_t index)

@cython.locals(rows=Rows)
cpdef candle_at(object candles, Py_ssize_t index)
