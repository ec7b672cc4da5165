"""Candles as columns, belonging to no backend."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from fillproof.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from fillproof._face import Candles

PRICES = ("open", "high", "low", "close")
COLUMNS = ("time_us", *PRICES, "volume")


class CandleTable:
    """The bars of one side of one symbol as read-only numpy columns.

    What an engine finds out about them in a run, such as that they pass its checks, counts for
    later runs where nobody can write to the arrays: those that the loaders and `from_frame` make,
    lists, and arrays of which the owner of the memory is not ``flags.writeable``.

    Parameters
    ----------
    time_us : array of int64, shape (n,)
        Opening times in microseconds since 1970, UTC (T1).
    open, high, low, close : array of float64, shape (n,)
        Prices.
    volume : array of float64, shape (n,), optional
        Zeros by default.

    Raises
    ------
    DataError
        ``COLUMNS_MISSING``: the columns are not of one length.

    Examples
    --------
    >>> prices = [1.1, 1.2]
    >>> table = CandleTable([0, 60_000_000], prices, prices, prices, prices)
    >>> len(table), table.open.dtype.name
    (2, 'float64')
    """

    def __init__(
        self,
        time_us: ArrayLike,
        open: ArrayLike,
        high: ArrayLike,
        low: ArrayLike,
        close: ArrayLike,
        volume: ArrayLike | None = None,
    ) -> None:
        self.time_us: NDArray[np.int64] = _column(time_us, np.int64)
        self.open: NDArray[np.float64] = _column(open, np.float64)
        self.high: NDArray[np.float64] = _column(high, np.float64)
        self.low: NDArray[np.float64] = _column(low, np.float64)
        self.close: NDArray[np.float64] = _column(close, np.float64)
        if volume is None:
            volume = np.zeros(len(self.time_us))
            fix(volume)
        self.volume: NDArray[np.float64] = _column(volume, np.float64)
        for name in COLUMNS:
            shape = getattr(self, name).shape
            if shape != (len(self.time_us),):
                raise DataError(
                    f"column {name} has the shape {shape}, time_us has {self.time_us.shape}; "
                    "one-dimensional columns of one length are expected",
                    code="COLUMNS_MISSING",
                    field=name,
                    value=str(shape),
                    expected=str(self.time_us.shape),
                )
        self._made: dict[type, tuple[tuple[Any, ...], Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what engines made of the columns: it would take their memory once more."""
        return {**self.__dict__, "_made": {}}

    def __len__(self) -> int:
        return len(self.time_us)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CandleTable):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=name != "time_us")
            for name in COLUMNS
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"CandleTable({len(self)} bars)"

    def __getitem__(self, rows: slice) -> CandleTable:
        """Return some of the bars, without copying.

        Examples
        --------
        >>> prices = [1.1, 1.2, 1.3]
        >>> len(CandleTable([0, 1, 2], prices, prices, prices, prices)[1:])
        2
        """
        return CandleTable(*(getattr(self, name)[rows] for name in COLUMNS))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand out the bars to whatever reads Arrow, the times as timestamps in UTC.

        Examples
        --------
        >>> import pyarrow as pa
        >>> table = pa.table(CandleTable([0], [1.1], [1.2], [1.0], [1.1]))
        >>> table["timestamp"].type, table.column_names[1:]
        (TimestampType(timestamp[us, tz=UTC]), ['open', 'high', 'low', 'close', 'volume'])
        """
        import pyarrow as pa

        time = pa.array(self.time_us).cast(pa.timestamp("us", tz="UTC"))
        named = {name: getattr(self, name) for name in COLUMNS[1:]}
        return pa.table({"timestamp": time, **named}).__arrow_c_stream__(requested_schema)

    def to_candles(self, backend: str | None = None) -> Candles:
        """Make the `Candles` of a backend, which shares these columns where it can.

        Parameters
        ----------
        backend : str, optional
            The one in use by default.
        """
        from fillproof.backends import resolve

        candles: Candles = self.candles_of(resolve(backend)[1])
        return candles

    def candles_of(self, engine: Any) -> Any:
        """Make the `Candles` of an engine, or take those it made of these columns before."""
        kind = engine.Candles
        columns = self.columns()
        made, candles = self._made.get(kind, ((), None))
        if candles is not None and all(map(operator.is_, made, columns)):
            return candles
        candles = kind(*columns)
        if all(map(is_fixed, columns)):
            self._made[kind] = (columns, candles)
        return candles

    def columns(self) -> tuple[Any, ...]:
        """Return the six columns in the order of the constructor."""
        return tuple(getattr(self, name) for name in COLUMNS)


def _column(values: ArrayLike, dtype: type) -> Any:
    column: Any = np.asarray(values, dtype=dtype)
    if isinstance(values, (list, tuple)) or (
        isinstance(values, np.ndarray) and column is not values
    ):
        fix(column)
    # A view of its own, so that the caller's array stays writable.
    column = column.view()
    column.flags.writeable = False
    return column


def fix(*arrays: Any) -> None:
    """Let nobody write to arrays that were made for a table alone."""
    for array in arrays:
        if array.base is None:
            array.flags.writeable = False


class Held:
    """Memory of an array that nobody else has, such as Arrow's that was made for a table alone.

    Parameters
    ----------
    array : numpy array

    Examples
    --------
    >>> column = np.asarray(Held(np.arange(3)))
    >>> column.flags.writeable, column.tolist()
    (False, [0, 1, 2])
    """

    #: Engines ask the owner of an array's memory for it.
    nobody_writes = True

    def __init__(self, array: Any) -> None:
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], True)}
        self._array = array


def is_fixed(column: Any) -> bool:
    """Whether nobody can write to the memory of a column."""
    while isinstance(column, np.ndarray):
        if column.flags.writeable:
            return False
        column = column.base
    return column is None or isinstance(column, (bytes, Held))
