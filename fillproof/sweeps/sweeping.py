"""One call from candles, a strategy and a grid to a table of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fillproof import account as accounts
from fillproof import backends, intake
from fillproof.sweeps import running, storing
from fillproof.sweeps.grid import Grid, refuse
from fillproof.sweeps.result import SweepInterrupted, SweepResult
from fillproof.sweeps.sending import LowerSides
from fillproof.sweeps.template import ManagerSettings, Template
from fillproof.sweeps.work import OPTIONS, Rows, Sides, Work, open_sides, options_among

if TYPE_CHECKING:
    import os

    from fillproof.types import MultiCandleData

__all__ = ["prepare", "sweep"]


def sweep(
    bid: Any,
    ask: Any,
    strategy: Any,
    *,
    symbol: str,
    grid: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]],
    timeframe: str | None = None,
    start: datetime | None = None,
    symbol_spec: Any = None,
    sizing: Any = None,
    policy: Any = None,
    slippage_model: Any = None,
    fee_model: Any = None,
    session: Any = None,
    account: str | None = None,
    rates: Any = None,
    margin: Any = None,
    lower_candles: Any = None,
    position_manager: Any = None,
    initial_balance: float = 10000.0,
    timeframes: Sequence[str] | None = None,
    multi_candle_data: MultiCandleData | None = None,
    backend: str | None = None,
    workers: int | None = None,
    digests: bool = False,
    out: str | os.PathLike[str] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    client: Any = None,
) -> SweepResult:
    """Run a strategy with many parameters over the same bars, and keep a row of each run.

    Each row is what `fillproof.run_backtest` gives for its parameters on the same backend, bit for
    bit. On Rust built-in strategies run in threads, over one copy of the candles.

    Parameters
    ----------
    bid, ask : candles
        As for `fillproof.run_backtest`.
    strategy : str, class, strategy or callable
        A built-in one by the name of its command (``"ema-cross"``), its class, or an object whose
        other settings are kept; an expression with parameters; or any callable that is called with
        the parameters, by name, and returns a strategy that has seen no bar.
    symbol : str
    grid : mapping or iterable of mappings
        Names with the values of each, for all combinations; or the combinations themselves. A name
        is a parameter of the strategy, or a field of an option: ``"policy.intrabar"``,
        ``"fee_model.per_lot"``, ``"slippage_model.fixed_pips"``, ``"sizing.lots"``.
    timeframe, start, symbol_spec, sizing, policy, slippage_model, fee_model, session, account
        As for `fillproof.run_backtest`.
    rates, margin, position_manager, timeframes, multi_candle_data, backend
        As for `fillproof.run_backtest`; each run has a manager of its own.
    lower_candles : optional
        As for `fillproof.run_backtest`; where the grid varies ``"policy.intrabar"`` for the runs
        with ``"drilldown"``.
    initial_balance : float
        Of the portfolio of each run.
    workers : int, optional
        Threads for what Rust runs without Python, by default as many as there are cores. Otherwise
        processes, by default none but this one; strategies have to be importable from them.
    digests : bool
        Add the digest of each run's tables, which takes longer than the run.
    out : path, optional
        Folder of Parquet files for the rows, which are not kept in memory then. A folder with rows
        of the same sweep is gone on with.
    on_progress : callable, optional
        Called as ``on_progress(done, total)`` a few times a second;
        `fillproof.progress.RichProgress` shows the time left.
    client : dask.distributed.Client, optional
        A cluster that runs the combinations instead; see `fillproof.sweeps.cluster`.

    Returns
    -------
    SweepResult

    Raises
    ------
    SweepInterrupted
        A `KeyboardInterrupt`, within 100 ms; its ``result`` holds what was done.
    ConfigError
        ``OPTION_UNKNOWN``: a grid that is none, a parameter that the strategy does not have,
        another sweep in `out`.
    FillproofError
        Whatever a run raises, with a note that names the combination; rows done by then are in
        `out`.

    Examples
    --------
    >>> from fillproof import data, sweep
    >>> pair = data.eurusd_h1_2017()
    >>> result = sweep(pair.bid[:500], pair.ask[:500], "ema-cross", symbol="EURUSD",
    ...                grid={"fast": [5, 10], "slow": [20, 50]}, backend="python")
    >>> result
    SweepResult(4 of 4 combinations of fast, slow on python)
    """
    given = options_among(locals())
    made, sides, combinations = prepare(
        bid, ask, strategy, symbol=symbol, grid=grid, timeframe=timeframe, start=start,
        options=given, initial_balance=initial_balance, backend=backend, digests=digests,
    )  # fmt: skip
    if workers is not None and (isinstance(workers, bool) or workers < 1):
        raise refuse("workers", workers, "a whole number of at least 1, or None")
    config = describe(made, sides, combinations)
    store = None
    if out is not None:
        # Only what is gone on with has to be told apart from the same over other candles.
        config["candles"] = hash_of(sides)
        store = storing.Store(Path(out), config, len(combinations), made.schema)
    collected = Collected(made, combinations, config, store)
    told = None
    if on_progress is not None:
        before, total, report = collected.before, len(combinations), on_progress
        told = lambda count: report(before + count, total)  # noqa: E731 - with what it is about
    if client is None:
        rows = running.run(made, sides, combinations, collected.places(), workers, told)
    else:
        from fillproof.sweeps import cluster

        rows = cluster.run(made, sides, combinations, collected.places(), client, told)
    result = collected.take(rows)
    if told is not None:
        told(len(result) - collected.before)
    return result


def prepare(
    bid: Any,
    ask: Any,
    strategy: Any,
    *,
    symbol: str,
    grid: Any,
    timeframe: str | None,
    start: datetime | None,
    options: Mapping[str, Any],
    initial_balance: float,
    backend: str | None,
    digests: bool,
) -> tuple[Work, Sides, Grid]:
    """Check what a sweep is made of, and bring its candles into the form of the backend."""
    accounts.refuse_both(options.get("account"), options.get("rates"))
    combinations = grid if isinstance(grid, Grid) else Grid(grid)
    name, _ = backends.resolve(backend)
    sides = open_sides(bid, ask, name)
    work = Work(
        symbol=symbol,
        timeframe=timeframe or intake.infer_timeframe(sides.bid),
        template=Template(strategy),
        options={name: options.get(name) for name in OPTIONS},
        types=combinations.types(),
        start=intake.start_of(sides.bid, start),
        initial_balance=initial_balance,
        backend=name,
        digests=digests,
    )
    return work, sides, combinations


def describe(work: Work, sides: Sides, grid: Grid) -> dict[str, Any]:
    """Say what a sweep is made of: all that its rows depend on, and the backend."""
    from fillproof import __version__

    options: dict[str, Any] = {}
    for name, value in work.options.items():
        if name == "multi_candle_data":
            options[name] = None if value is None else sorted(value)
        elif isinstance(value, ManagerSettings):
            options[name] = value.told
        elif isinstance(value, LowerSides):
            options[name] = value.told()
        elif isinstance(value, (str, type(None), list, tuple)):
            options[name] = value if not isinstance(value, tuple) else list(value)
        else:
            options[name] = intake.fields_of(value)
    return {
        "fillproof": __version__,
        "backend": work.backend,
        "symbol": work.symbol,
        "timeframe": work.timeframe,
        "bars": len(sides.bid),
        "start": work.start.isoformat(),
        "strategy": work.template.describe(),
        "options": options,
        "initial_balance": work.initial_balance,
        "digests": work.digests,
        "parameters": list(grid.names),
        "grid": grid.digest(),
    }


def hash_of(sides: Sides) -> str:
    """Hash times and prices of both sides."""
    hashed = blake2b(digest_size=16)
    for side in sides:
        columns = side
        if not hasattr(side, "time_us"):
            columns = backends.load("python").Candles.from_candles(side)
        for name in ("time_us", "open", "high", "low", "close"):
            hashed.update(memoryview(getattr(columns, name)).cast("B"))
    return hashed.hexdigest()


class Collected:
    """Gathers the rows of a sweep, in memory or on disk."""

    def __init__(
        self, work: Work, grid: Grid, config: Mapping[str, Any], store: storing.Store | None
    ) -> None:
        self._work = work
        self._grid = grid
        self._config = config
        self._store = store
        self._batches: list[pa.RecordBatch] = []
        #: Combinations that were done by an earlier call.
        self.before = 0 if store is None else int(store.done.sum())

    def places(self) -> Iterable[int]:
        """Return the places that have no row yet."""
        if self._store is None:
            return range(len(self._grid))
        done = self._store.done
        return (place for place in range(len(self._grid)) if not done[place])

    def take(self, rows: Iterable[Rows]) -> SweepResult:
        """Take rows in until there are no more, and return the result of them.

        Raises
        ------
        SweepInterrupted
            With the rows by then; an error of a run is raised as it is, with a note.
        """
        written = monotonic()
        try:
            for some in rows:
                if self._store is None:
                    self._batches.append(some.batch)
                else:
                    self._store.add(some.batch)
                    if monotonic() - written > storing.SECONDS:
                        self._store.flush()
                        written = monotonic()
                if some.failed is not None:
                    self._flush()
                    place, error = some.failed
                    error.add_note(f"combination {place} of the sweep: {self._grid[place]}")
                    raise error
                if some.interrupted is not None:
                    if isinstance(some.interrupted, KeyboardInterrupt):
                        raise SweepInterrupted(self._result()) from some.interrupted
                    self._flush()
                    raise some.interrupted
        except KeyboardInterrupt as interrupt:
            if isinstance(interrupt, SweepInterrupted):
                raise
            # Between two batches.
            raise SweepInterrupted(self._result()) from interrupt
        finally:
            # What is under way elsewhere is called off now, not when the memory is cleared.
            with suppress(AttributeError):
                rows.close()  # type: ignore[attr-defined]
        return self._result()

    def _flush(self) -> None:
        if self._store is not None:
            self._store.flush()

    def _result(self) -> SweepResult:
        self._flush()
        total = len(self._grid)
        if self._store is not None:
            return SweepResult(None, config=self._config, total=total, path=self._store.folder)
        table = pa.Table.from_batches(self._batches, self._work.schema)
        return SweepResult(table, config=self._config, total=total)
