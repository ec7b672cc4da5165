"""Arrow arrays of plain columns, made without pandas.

``pyarrow.array`` asks of whatever it is given whether it is pandas', and imports pandas for that
where it is installed, which takes longer than a run of a year. Columns of one plain type need no
such question. Numpy's memory is taken over without a copy.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa

_NUMPY = {pa.int64(): np.int64, pa.float64(): np.float64}
_PLAIN: dict[pa.DataType, type] = {
    pa.int64(): int,
    pa.float64(): float,
    pa.string(): str,
    pa.bool_(): bool,
}


def to_array(values: Any, kind: pa.DataType) -> pa.Array:
    """Make an Arrow array.

    Parameters
    ----------
    values : numpy array or sequence
        In a float array NaN marks what is absent, in a sequence None.
    kind : pyarrow.DataType

    Returns
    -------
    pyarrow.Array

    Examples
    --------
    >>> to_array(["a", None, "bc"], pa.string()).to_pylist()
    ['a', None, 'bc']
    >>> to_array(np.array([1.5, np.nan]), pa.float64()).to_pylist()
    [1.5, None]
    """
    if isinstance(values, np.ndarray):
        if values.dtype == _NUMPY.get(kind) and values.ndim == 1:
            absent = np.isnan(values) if kind == pa.float64() else None
            return _of_numbers(values, kind, absent)
    elif set(map(type, values)) <= {_PLAIN.get(kind), type(None)}:
        if kind == pa.string():
            return _of_text(values)
        absent = np.fromiter((value is None for value in values), np.bool_, len(values))
        plain = [0 if value is None else value for value in values]
        if kind == pa.bool_():
            bits = np.packbits(np.array(plain, dtype=np.bool_), bitorder="little")
            return _made(kind, len(values), absent, bits)
        try:
            return _of_numbers(np.array(plain, dtype=_NUMPY[kind]), kind, absent)
        except OverflowError:
            # Of a whole number beyond 64 bits Arrow says so in its own words.
            pass
    is_marked = kind == pa.float64() and hasattr(values, "dtype")
    return pa.array(values, kind, from_pandas=is_marked)


def whole_array(values: Any, kind: pa.DataType) -> pa.Array:
    """Make an Arrow array of a numpy array of 8 bytes each, in which nothing is absent.

    Examples
    --------
    >>> whole_array(np.array([1.5, np.nan]), pa.float64()).to_pylist()
    [1.5, nan]
    """
    if values.dtype != _NUMPY.get(kind):
        return pa.array(values, kind)
    return _made(kind, len(values), None, np.ascontiguousarray(values))


def numbers_in(array: pa.Array, width: Any) -> Any:
    """Show the numbers of an array of 8 bytes each as numpy's, where they lie.

    Where one is absent, anything may stand.

    Examples
    --------
    >>> numbers_in(to_array([1, 2, 3], pa.int64())[1:], "i8")
    array([2, 3])
    """
    memory = array.buffers()[1]
    if memory is None or not len(array):
        return np.empty(0, width)
    return np.frombuffer(memory, width, len(array), 8 * array.offset)


def _of_numbers(values: Any, kind: pa.DataType, absent: Any) -> pa.Array:
    return _made(kind, len(values), absent, np.ascontiguousarray(values))


def _of_text(values: Any) -> pa.Array:
    # Most columns of text say the same few words again and again.
    words = {value: b"" if value is None else value.encode() for value in set(values)}
    encoded = [words[value] for value in values]
    offsets = np.fromiter(accumulate(map(len, encoded), initial=0), np.int64, len(values) + 1)
    if offsets[-1] > np.iinfo(np.int32).max:
        return pa.array(values, pa.string())
    absent = np.fromiter((value is None for value in values), np.bool_, len(values))
    return _made(pa.string(), len(values), absent, offsets.astype(np.int32), b"".join(encoded))


def _made(kind: pa.DataType, length: int, absent: Any, *parts: Any) -> pa.Array:
    present = None
    if absent is not None and absent.any():
        present = pa.py_buffer(np.packbits(~absent, bitorder="little"))
    return pa.Array.from_buffers(kind, length, [present, *map(pa.py_buffer, parts)])
