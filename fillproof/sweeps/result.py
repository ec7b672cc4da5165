"""What a sweep leaves: a table with one row for each combination."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from fillproof.canonical_json import dumps
from fillproof.sweeps import storing
from fillproof.sweeps.grid import refuse

if TYPE_CHECKING:
    import os

__all__ = ["SweepInterrupted", "SweepResult"]


class SweepResult:
    """One row for each combination, by its place in the grid: parameters and what came of the run.

    Made by `fillproof.sweep` and by `SweepResult.load`. Columns are ``combination`` (the place in
    the grid), the parameters, the exact numbers at the end (``cash``, ``equity``, ``total_fees``,
    ``max_equity``, ``max_drawdown``, ...), the figures of the summary (``Final Balance``,
    ``Total Trades``, ...) and ``stale_rows``; with ``digests=True`` the digest of each run, too.

    Attributes
    ----------
    config : dict
        What the sweep was made of, as plain values.
    total : int
        Number of combinations of the grid.
    path : Path or None
        Where the rows lie on disk.

    Examples
    --------
    >>> from fillproof import data, sweep
    >>> pair = data.eurusd_h1_2017()
    >>> result = sweep(pair.bid[:500], pair.ask[:500], "ema-cross", symbol="EURUSD",
    ...                grid={"fast": [5, 10], "slow": [20, 50]}, backend="python")
    >>> result.table.num_rows, result.is_complete, sorted(result.best())[:2]
    (4, True, ['Avg R-Multiple', 'Drawdown Initial Balance'])
    """

    def __init__(
        self,
        table: pa.Table | None,
        *,
        config: Mapping[str, Any],
        total: int,
        path: Path | None = None,
    ) -> None:
        self._given = table
        self.config = dict(config)
        self.total = total
        self.path = path

    @cached_property
    def table(self) -> pa.Table:
        """All rows, by their place in the grid; read from disk when first asked for."""
        if self._given is not None:
            whole = self._given.combine_chunks()
            places = whole["combination"].to_numpy()
            # Rows of one process come in their order, and sorting takes longer than looking.
            return whole if (places[1:] > places[:-1]).all() else whole.sort_by("combination")
        assert self.path is not None, "Invariant: rows are in memory or on disk"
        return storing.read(self.path)

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters."""
        return list(self.config["parameters"])

    @property
    def is_complete(self) -> bool:
        """Whether there is a row for each combination."""
        return len(self) == self.total

    def best(self, by: str = "equity", *, smallest: bool = False) -> dict[str, Any]:
        """Return the row with the largest value of a column; of equal ones the first of the grid.

        Parameters
        ----------
        by : str
            Any column of numbers, such as ``"equity"`` (exact) or ``"Winrate"``.
        smallest : bool
            The smallest instead, as for ``"max_drawdown"``.

        Raises
        ------
        ConfigError
            ``OPTION_UNKNOWN``: no such column, or no row.
        """
        found = self.top(1, by, smallest=smallest).to_pylist()
        if not found:
            raise refuse("best", 0, "at least one row")
        return dict(found[0])

    def top(self, count: int, by: str = "equity", *, smallest: bool = False) -> pa.Table:
        """Return the best rows, the best first; as `best`."""
        if by not in self.table.column_names:
            raise refuse("by", by, f"a column: {', '.join(self.table.column_names)}")
        order = [(by, "ascending" if smallest else "descending"), ("combination", "ascending")]
        return self.table.take(pc.sort_indices(self.table, order)[:count])

    def to_pandas(self) -> Any:
        """Return the table as a pandas frame."""
        return self.table.to_pandas()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the rows out to whatever reads Arrow: ``polars.DataFrame(result)``."""
        return self.table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        if self._given is None and self.path is not None and "table" not in self.__dict__:
            return storing.count(self.path)
        return int(self.table.num_rows)

    def __eq__(self, other: object) -> bool:
        """Compare the rows, bit for bit; settings do not count."""
        return self.table.equals(other.table) if isinstance(other, SweepResult) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"SweepResult({len(self)} of {self.total} combinations of "
            f"{', '.join(self.parameters)} on {self.config.get('backend')})"
        )

    def save(self, file: str | os.PathLike[str]) -> Path:
        """Write all rows to one Parquet file, with the configuration beside them.

        Returns
        -------
        Path
        """
        path = Path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        record = dumps({"config": self.config, "total": self.total})
        storing.write(self.table.replace_schema_metadata({storing.KEY: record}), path)
        return path

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SweepResult:
        """Read what `save` wrote, or the folder of ``sweep(..., out=...)``, complete or not.

        Raises
        ------
        DataError
            ``FILE_UNREADABLE``: neither of them.
        """
        place = Path(path)
        if place.is_dir():
            record = storing.read_record(place)
            return cls(None, config=record["config"], total=record["total"], path=place)
        record = storing.record_of(place)
        table = parquet.read_table(place).replace_schema_metadata(None)
        return cls(table, config=record["config"], total=record["total"], path=place)


class SweepInterrupted(KeyboardInterrupt):
    """A sweep was interrupted; what was done by then is kept.

    Attributes
    ----------
    result : SweepResult
        The rows that were done.

    Examples
    --------
    >>> from fillproof import sweep
    >>> try:  # doctest: +SKIP
    ...     sweep(bid, ask, "ema-cross", symbol="EURUSD", grid=grid)
    ... except KeyboardInterrupt as interrupt:
    ...     print(len(interrupt.result))
    """

    def __init__(self, result: SweepResult) -> None:
        super().__init__(f"interrupted after {len(result)} of {result.total} combinations")
        self.result = result
