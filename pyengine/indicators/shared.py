"""Results that all caches of the process share, the least recently used of which go first.

A sweep of callbacks makes a cache for each run, over the same candles. What a result follows from
is the numbers that its method reads and its settings, so it is found again by those: by a hash of
the numbers, which a column that was written to no longer has.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

import numpy as np

# Bytes of all results that are kept at most.
LIMIT = 128 << 20
# What a result takes beside its values.
ENTRY = 256
# Settings whose text says all about them.
PLAIN = (bool, int, float, str, type(None))


class Shared:
    """Results by what they follow from.

    Parameters
    ----------
    limit : int
        Bytes that are kept at most.

    Examples
    --------
    >>> shared = Shared(2_000)
    >>> ask = lambda key: shared.result(key, lambda: (np.full(100, 1.5),))[0]
    >>> ask("a") is ask("a"), ask("a") is ask("b")
    (True, False)
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, tuple[np.ndarray, ...]] = OrderedDict()
        self._used = 0
        self._lock = Lock()

    def result(
        self, key: Hashable, make: Callable[[], tuple[np.ndarray, ...]]
    ) -> tuple[np.ndarray, ...]:
        """Return a result, which is made where there is none; its arrays are read-only."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        made = make()
        with self._lock:
            # Another thread may have made the same meanwhile.
            if key not in self._kept:
                self._kept[key] = made
                self._used += _size_of(made)
            while self._used > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self._used -= _size_of(oldest)
        return made

    def clear(self) -> None:
        """Drop all results; who holds one keeps it."""
        with self._lock:
            self._kept.clear()
            self._used = 0

    def key(
        self, columns: bytes, method: str, arguments: tuple[Any, ...]
    ) -> tuple[Hashable, ...] | None:
        """Return what a result follows from; None where the text of a setting may not say all.

        Parameters
        ----------
        columns : bytes
            The hash of what the method reads.
        method : str
        arguments : tuple
            Its settings.

        Examples
        --------
        >>> key = Shared(0).key
        >>> key(b"", "sma", (0.0,)) == key(b"", "sma", (-0.0,)), key(b"", "sma", ([],))
        (False, None)
        """
        for value in arguments:
            if type(value) not in PLAIN and not isinstance(value, np.generic):
                return None
        return (columns, method, tuple((type(value), repr(value)) for value in arguments))


SHARED = Shared(LIMIT)


def _size_of(arrays: tuple[np.ndarray, ...]) -> int:
    """Count the bytes of a result."""
    return ENTRY + sum(int(array.nbytes) for array in arrays)
