"""Walk-forward: parameters are chosen on one window of bars and tried on the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from fillproof import intake
from fillproof.outcome import EXACT
from fillproof.sweeps import running
from fillproof.sweeps.grid import Grid, refuse
from fillproof.sweeps.sweeping import Collected, describe, prepare
from fillproof.sweeps.work import FIGURES, Sides, Work, options_among
from fillproof.timeframes import length_us

if TYPE_CHECKING:
    from fillproof.results import BacktestResult
    from fillproof.types import MultiCandleData, ProgressCallback

__all__ = ["WalkForwardResult", "Window", "walk_forward", "windows"]


class Window(NamedTuple):
    """Places of bars: choose from ``train`` on and before ``test``, try from there to ``end``."""

    train: int
    test: int
    end: int


def windows(
    bars: int, train: int, test: int, step: int | None = None, *, anchored: bool = False
) -> Iterator[Window]:
    """Part bars into windows; the last test may be shorter.

    Parameters
    ----------
    bars, train, test : int
        Numbers of bars.
    step : int, optional
        From one window to the next, `test` by default, so that each bar is tried once.
    anchored : bool
        Every training begins at the first bar, so that it grows.

    Examples
    --------
    >>> list(windows(10, 4, 3))
    [Window(train=0, test=4, end=7), Window(train=3, test=7, end=10)]
    >>> [window.train for window in windows(10, 4, 3, anchored=True)]
    [0, 0]
    """
    step = test if step is None else step
    for first in range(0, bars - train, step):
        begin = first + train
        yield Window(0 if anchored else first, begin, min(begin + test, bars))


class WalkForwardResult:
    """What was chosen in each window, and what came of it in the next bars.

    Attributes
    ----------
    table : pyarrow.Table
        One row for each window: its bounds, the chosen parameters, and each number of a run in
        training (``train: ...``) and in the test (``test: ...``).
    runs : list of BacktestResult
        The tests.
    by : str
        The column by which parameters were chosen.
    """

    def __init__(
        self,
        table: pa.Table,
        runs: Sequence[BacktestResult],
        by: str,
        config: Mapping[str, Any],
        initial_balance: float,
    ) -> None:
        self.table = table
        self.runs = list(runs)
        self.by = by
        self.config = dict(config)
        self.initial_balance = initial_balance

    @property
    def equity(self) -> pa.Table:
        """Equity out of sample: the tests' gains one after the other, on the initial balance.

        ``time_us``, ``window``, ``equity`` and ``drawdown``; a position that is open at the end of
        a test is counted as it is marked there. Where tests overlap, bars of an earlier one count.
        """
        joined = self.initial_balance
        highest = joined
        columns: dict[str, list[Any]] = {"time_us": [], "window": [], "equity": [], "drawdown": []}
        last = None
        for window, run in enumerate(self.runs):
            times = run.equity["time_us"].to_pylist()
            equities = run.equity["equity"].to_pylist()
            base, before = joined, self.initial_balance
            for time_us, equity in zip(times, equities, strict=True):
                if last is not None and time_us <= last:
                    # Another test has told of this bar; what this one gained by then is left out.
                    before = equity
                    continue
                joined = base + (equity - before)
                highest = max(highest, joined)
                columns["time_us"].append(time_us)
                columns["window"].append(window)
                columns["equity"].append(joined)
                columns["drawdown"].append(highest - joined)
                last = time_us
        kinds = (pa.int64(), pa.int64(), pa.float64(), pa.float64())
        return pa.table(
            {
                name: pa.array(values, kind)
                for (name, values), kind in zip(columns.items(), kinds, strict=True)
            }
        )

    def to_pandas(self) -> Any:
        """Return the table as a pandas frame."""
        return self.table.to_pandas()

    def __repr__(self) -> str:
        return f"WalkForwardResult({self.table.num_rows} windows, chosen by {self.by!r})"


def walk_forward(
    bid: Any,
    ask: Any,
    strategy: Any,
    *,
    symbol: str,
    grid: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]],
    train: int | timedelta,
    test: int | timedelta,
    step: int | timedelta | None = None,
    anchored: bool = False,
    by: str = "equity",
    smallest: bool = False,
    timeframe: str | None = None,
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
    on_progress: ProgressCallback | None = None,
) -> WalkForwardResult:
    """Choose parameters on a window of bars, try them on the next, and go on so to the end.

    A run begins with a fresh account. Its strategy sees all bars before its window as warm-up (L1)
    and none after it; the choice sees no bar of the test.

    Parameters
    ----------
    bid, ask, strategy, symbol, grid
        As for `fillproof.sweep`.
    train, test, step : int or timedelta
        Numbers of bars, or lengths of time by the most common spacing of the bars; `step` from one
        window to the next, `test` by default.
    anchored : bool
        Every training begins at the first bar.
    by : str
        Column by which the best is chosen, such as ``"equity"``; of equal ones the first.
    smallest : bool
        The smallest instead.
    timeframe, symbol_spec, sizing, policy, slippage_model, fee_model, session, account, rates
        As for `fillproof.run_backtest`.
    margin, position_manager, initial_balance, timeframes, multi_candle_data, backend, workers
        As for `fillproof.sweep`; ``multi_candle_data`` is aligned to all bars.
    lower_candles : optional
        As for `fillproof.sweep`; those after a window are not asked.
    on_progress : callable, optional
        Called as ``on_progress(done, total)`` after each window.

    Returns
    -------
    WalkForwardResult

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: windows that the bars do not hold; as for `fillproof.sweep`.

    Examples
    --------
    >>> from fillproof import data, walk_forward
    >>> pair = data.eurusd_h1_2017()
    >>> result = walk_forward(pair.bid[:600], pair.ask[:600], "ema-cross", symbol="EURUSD",
    ...                       grid={"fast": [5, 10], "slow": [20, 50]}, train=300, test=100,
    ...                       backend="python")
    >>> result, result.table["fast"].to_pylist(), result.equity.num_rows
    (WalkForwardResult(3 windows, chosen by 'equity'), [10, 10, 10], 300)
    """
    given = options_among(locals())
    made, sides, combinations = prepare(
        bid, ask, strategy, symbol=symbol, grid=grid, timeframe=timeframe, start=None,
        options=given, initial_balance=initial_balance, backend=backend, digests=False,
    )  # fmt: skip
    if by not in made.schema.names:
        raise refuse("by", by, f"a column: {', '.join(made.schema.names)}")
    step = test if step is None else step
    given_lengths = {"train": train, "test": test, "step": step}
    lengths = {name: _bars(name, length, sides.bid) for name, length in given_lengths.items()}
    found = list(windows(len(sides.bid), *lengths.values(), anchored=anchored))
    if not found:
        raise refuse("train", train, f"fewer than the {len(sides.bid)} bars")
    config = {**describe(made, sides, combinations), "windows": dict(lengths), "by": by}
    rows, runs = [], []
    for number, window in enumerate(found):
        best = _choose(made, sides, combinations, window, by, smallest, workers)
        parameters = {name: best[name] for name in combinations.names}
        run = _try(made, sides, combinations[best["combination"]], window)
        runs.append(run)
        rows.append(_row(number, window, sides, parameters, best, run))
        if on_progress is not None:
            on_progress(number + 1, len(found))
    types = combinations.types()
    return WalkForwardResult(
        pa.Table.from_pylist(rows, _schema(types)), runs, by, config, initial_balance
    )


def _bars(field: str, value: Any, bid: Any) -> int:
    """Return a length in bars."""
    count = value
    if isinstance(value, timedelta):
        spacing = timedelta(microseconds=length_us(intake.infer_timeframe(bid)))
        count = value // spacing
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise refuse(field, value, "a number of bars of at least 1, or a length of time")
    return count


def _choose(
    work: Work,
    sides: Sides,
    grid: Grid,
    window: Window,
    by: str,
    smallest: bool,
    workers: int | None,
) -> dict[str, Any]:
    """Return the best row of the training window."""
    within = _cut(work, sides, window.train, window.test)
    collected = Collected(within[0], grid, {"parameters": list(grid.names)}, None)
    rows = running.run(*within, grid, range(len(grid)), workers, None)
    return collected.take(rows).best(by, smallest=smallest)


def _try(work: Work, sides: Sides, parameters: Mapping[str, Any], window: Window) -> BacktestResult:
    """Run the test window with the parameters that were chosen."""
    work, sides = _cut(work, sides, window.test, window.end)
    return work.result(sides, parameters)


def _cut(work: Work, sides: Sides, start: int, end: int) -> tuple[Work, Sides]:
    """Let runs begin at a bar and see none from another one on."""
    part = Sides(sides.bid[:end], sides.ask[:end])
    return work.beginning(intake.time_of(sides.bid, start), end), part


def _row(
    number: int,
    window: Window,
    sides: Sides,
    parameters: Mapping[str, Any],
    best: Mapping[str, Any],
    run: BacktestResult,
) -> dict[str, Any]:
    row: dict[str, Any] = {"window": number}
    for name, place in (("train_start", window.train), ("test_start", window.test)):
        row[name] = intake.time_of(sides.bid, place)
    row["test_last"] = intake.time_of(sides.bid, window.end - 1)
    row.update(parameters)
    row.update({f"train: {name}": best[name] for name in (*EXACT, *FIGURES)})
    tried = {**run.exact, **run.summary}
    row.update({f"test: {name}": tried[name] for name in (*EXACT, *FIGURES)})
    return row


def _schema(types: Mapping[str, pa.DataType]) -> pa.Schema:
    time = pa.timestamp("us", "UTC")
    columns = [("window", pa.int64())]
    columns += [(name, time) for name in ("train_start", "test_start", "test_last")]
    columns += list(types.items())
    for when in ("train", "test"):
        columns += [(f"{when}: {name}", pa.float64()) for name in EXACT]
        columns += [(f"{when}: {name}", kind) for name, kind in FIGURES.items()]
    return pa.schema(columns)
