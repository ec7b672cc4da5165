# Series are found by straight C calls.
cpdef find_sides(object data, object timeframe, object symbol)
cpdef find_series(object data, object timeframe, object price_type, object symbol)
