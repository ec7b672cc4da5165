"""What one combination of a sweep is, and how it runs: natively in threads, or one by one.

A row holds what `fillproof.run_backtest` would give for the same parameters on the same backend,
bit for bit; where Rust needs no Python for that, it runs many at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from fillproof import backends, intake
from fillproof.arrow_columns import to_array, whole_array
from fillproof.errors import CrossedBarsWarning, ExitBufferWarning, LookAheadWarning
from fillproof.multi_data import Built, assemble, sharing
from fillproof.outcome import EXACT
from fillproof.run import make_executor, run_backtest
from fillproof.specs import is_forex, spec_fields
from fillproof.sweeps.grid import refuse
from fillproof.sweeps.sending import LowerSides
from fillproof.sweeps.template import Template, fresh_manager, keep_manager, option_of, vary

if TYPE_CHECKING:
    from fillproof.results import BacktestResult

__all__ = ["FIGURES", "OPTIONS", "Rows", "Sides", "Work", "open_sides", "options_among"]

#: Options that go to the executor of each run.
EXECUTION = (
    "symbol_spec", "sizing", "policy", "slippage_model", "fee_model", "session", "account", "rates",
    "margin", "lower_candles",
)  # fmt: skip
#: All options of `run_backtest` that a sweep takes.
OPTIONS = (*EXECUTION, "position_manager", "timeframes", "multi_candle_data")
#: Columns of the summary (P1.summary); the counts among them are whole numbers.
FIGURES = {
    "Initial Balance": pa.float64(),
    "Final Balance": pa.float64(),
    "Equity": pa.float64(),
    "Max Drawdown": pa.float64(),
    "Drawdown Initial Balance": pa.float64(),
    "Total Fees": pa.float64(),
    "Total Lots": pa.float64(),
    "Total Trades": pa.int64(),
    "Expired Orders": pa.int64(),
    "Partial Closed Orders": pa.int64(),
    "Orders closed at Break Even": pa.int64(),
    "Avg R-Multiple": pa.float64(),
    "Winrate": pa.float64(),
    "Wins": pa.int64(),
    "Losses": pa.int64(),
}
_SAID_ONCE = (CrossedBarsWarning, ExitBufferWarning, LookAheadWarning)


class Sides(NamedTuple):
    """The candles of a sweep, as the engine takes them."""

    bid: Any
    ask: Any


class Rows(NamedTuple):
    """Some rows of a sweep, and what ended it early.

    ``failed`` is the place of the combination that failed and its error.
    """

    batch: pa.RecordBatch
    failed: tuple[int, Exception] | None = None
    interrupted: BaseException | None = None


def options_among(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the options of a run out of all arguments of a call."""
    return {name: arguments[name] for name in OPTIONS}


def open_sides(bid: Any, ask: Any, backend: str | None) -> Sides:
    """Bring candles into the form of a backend, once for the whole sweep."""
    engine = backends.resolve(backend)[1]
    return Sides(intake.candles(bid, engine), intake.candles(ask, engine))


class Work:
    """Everything about a sweep but its candles; it can be sent to other processes.

    Parameters
    ----------
    symbol, timeframe : str
    template : Template
    options : mapping
        Those of `OPTIONS`.
    names : tuple of str
        Of the parameters.
    types : mapping
        Name -> type of its column.
    start : datetime
    initial_balance : float
    backend : str
    digests : bool
    """

    def __init__(
        self,
        *,
        symbol: str,
        timeframe: str,
        template: Template,
        options: Mapping[str, Any],
        types: Mapping[str, pa.DataType],
        start: datetime,
        initial_balance: float,
        backend: str,
        digests: bool,
    ) -> None:
        self.symbol = symbol
        self.timeframe = timeframe
        self.template = template
        self.options = dict(options)
        self.options["position_manager"] = keep_manager(
            self.options.get("position_manager"), backends.load(backend)
        )
        if self.options.get("lower_candles") is not None:
            self.options["lower_candles"] = LowerSides(
                self.options["lower_candles"], symbol, backend
            )
        self.start = start
        self.initial_balance = initial_balance
        self.backend = backend
        self.digests = digests
        self._fields = {name: option_of(name) for name in types}
        own = tuple(name for name, field in self._fields.items() if field is None)
        self._own = own
        self._varied = tuple(name for name, field in self._fields.items() if field is not None)
        template.check(own)
        if "symbol_spec.pip_size" in types and "pip_size" in own:
            raise refuse("grid", "pip_size", "the pip of the specification or of the strategy")
        if self.options.get("symbol_spec") is None and any(
            field is not None and field[0] == "symbol_spec" for field in self._fields.values()
        ):
            guess = spec_fields(symbol, currencies=self.options.get("account") is not None)
            self.options["symbol_spec"] = backends.load(backend).SymbolSpec(*guess)
        columns = [("combination", pa.int64()), *types.items()]
        columns += [(name, pa.float64()) for name in EXACT]
        columns += list(FIGURES.items())
        columns.append(("stale_rows", pa.int64()))
        if digests:
            columns.append(("digest", pa.string()))
        self.schema = pa.schema(columns)
        self._warned = False
        self._built = Built()

    def key_of(self, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return a key that combinations with the same options share."""
        values = [parameters[name] for name in self._varied]
        return tuple((value, type(value)) for value in values)

    def options_of(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of a combination."""
        changes = {
            field: parameters[name] for name, field in self._fields.items() if field is not None
        }
        made: dict[str, Any] = vary(self.options, changes, backends.load(self.backend))
        lower = made.get("lower_candles")
        if lower is not None:
            mode = changes.get(("policy", "intrabar"), "drilldown")
            # A grid that compares modes gives lower candles to the only one that reads them.
            made["lower_candles"] = lower.lower_candles if mode == "drilldown" else None
        return made

    def strategy_of(self, parameters: Mapping[str, Any], pip_size: float) -> Any:
        """Make the strategy of a combination."""
        own = self._own_of(parameters)
        return self.template.make(self.engine(), self.timeframe, pip_size, own)

    def _own_of(self, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters that are the strategy's."""
        if not self._varied:
            return parameters
        return {name: parameters[name] for name in self._own}

    def _pip(self, options: Mapping[str, Any]) -> float:
        """Return the pip that strategies count in, with some options."""
        spec = options.get("symbol_spec")
        if spec is not None:
            return float(spec.pip_size)
        return spec_fields(self.symbol).pip_size if is_forex(self.symbol) else 0.0001

    def engine(self) -> Any:
        """Return the backend that runs it."""
        return backends.load(self.backend)

    def is_native(self, first: Mapping[str, Any]) -> bool:
        """Whether Rust may run it without Python, judging by the first combination."""
        if self.backend != "rust" or self.options.get("position_manager") is not None:
            return False
        if self.template.is_ours:
            return True
        try:
            strategy = self.strategy_of(first, self._pip(self.options_of(first)))
        except Exception:  # noqa: BLE001 - its run tells of it, with the combination
            return False
        return type(strategy) is self.engine().ColumnStrategy

    def run_native(
        self,
        sides: Sides,
        combinations: Sequence[tuple[int, Mapping[str, Any]]],
        workers: int,
        told: Callable[[int], None] | None,
    ) -> Rows | None:
        """Run combinations in threads, each given with its place; None where that cannot be."""
        engine = backends.load("rust")
        # The one name of the compiled module that belongs to sweeps alone.
        from rsengine._rsengine import _sweep

        lower = self.options.get("lower_candles") is not None
        if lower and not hasattr(sides.bid, "time_us"):
            # Against candles of a user's own kind only a run of its own checks the lower ones.
            return None
        executors: list[Any] = []
        # What an executor refers to has to live as long as it does.
        portfolios: list[Any] = []
        # Of equal options the place of the executor, and what makes their strategies.
        known: dict[Any, tuple[int, Callable[[Mapping[str, Any]], Any]]] = {}
        strategies, config_of = [], []
        with self._beside_others():
            data, _ = assemble(
                sides, self.timeframe, self.options.get("timeframes"),
                self.options.get("multi_candle_data"), ("rust", engine),
            )  # fmt: skip
            unmade: tuple[int, Exception] | None = None
            for place, parameters in combinations:
                try:
                    key = self.key_of(parameters)
                    options = None
                    if key in known:
                        config, make = known[key]
                    else:
                        options = self.options_of(parameters)
                        config = len(executors)
                        make = self.template.maker(engine, self.timeframe, self._pip(options))
                    strategy = make(self._own_of(parameters))
                    if options is not None:
                        portfolios.append(engine.Portfolio(self.initial_balance))
                        executors.append(self._executor(engine, portfolios[-1], sides, options))
                        known[key] = config, make
                except Exception as error:  # noqa: BLE001 - raised when those before it are done
                    unmade = (place, error)
                    break
                config_of.append(config)
                strategies.append(strategy)
            made = _sweep(
                sides.bid, sides.ask, data, self.symbol, self.start, self.initial_balance,
                strategies, executors, config_of, workers, self.digests, told,
            )  # fmt: skip
        if made is None:
            return None
        done = np.flatnonzero(made["done"])
        is_whole = len(done) == len(combinations)
        kept = combinations if is_whole else [combinations[place] for place in done.tolist()]
        columns = {
            name: made[name] if is_whole else made[name][done]
            for name in ((*EXACT, *FIGURES, "stale_rows") if len(done) else ())
        }
        if self.digests:
            columns["digest"] = [made["digest"][place] for place in done.tolist()]
        failed = unmade
        if made["failed"] is not None:
            # Runs come before what could not be begun.
            at, told_error = made["failed"]
            failed = (combinations[at][0], told_error)
        return Rows(self.batch(kept, columns), failed, made["interrupted"])

    def _executor(
        self, engine: Any, portfolio: Any, sides: Sides, options: Mapping[str, Any]
    ) -> Any:
        """Make the executor of all native runs with some options."""
        given = {name: options.get(name) for name in EXECUTION}
        made = make_executor(engine, portfolio, self.symbol, self.timeframe, sides, given, [])
        if options.get("lower_candles") is not None:
            # Which the loop of a single run does before its first bar.
            made.check_lower_candles(self.symbol, sides.bid.time_us.tolist())
        return made

    def run_one(self, sides: Sides, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Run one combination as `run_backtest` does, and return the row's numbers."""
        portfolio = self.engine().Portfolio(self.initial_balance)
        result = self.result(sides, parameters, portfolio)
        row = {**result.exact, **result.summary, "stale_rows": portfolio.stale_rows}
        if self.digests:
            row["digest"] = result.digest
        return row

    def result(
        self, sides: Sides, parameters: Mapping[str, Any], portfolio: Any = None
    ) -> BacktestResult:
        """Run one combination, and return all of its result."""
        engine = self.engine()
        portfolio = engine.Portfolio(self.initial_balance) if portfolio is None else portfolio
        options = self.options_of(parameters)
        pip_size = self._pip(options)
        manager = fresh_manager(options.pop("position_manager", None), engine)
        with self._beside_others():
            result: BacktestResult = run_backtest(
                *sides,
                self.strategy_of(parameters, pip_size),
                symbol=self.symbol,
                timeframe=self.timeframe,
                start=self.start,
                portfolio=portfolio,
                position_manager=manager,
                backend=self.backend,
                **options,
            )
        return result

    def beginning(self, start: datetime, end: int) -> Work:
        """Return the same work for runs that begin at a time, over bars before a place."""
        made = copy(self)
        made.start = start
        given = self.options.get("multi_candle_data")
        if given is not None:
            cut = {
                name: {side: series[:end] for side, series in sides.items()}
                for name, sides in given.items()
            }
            made.options = {**self.options, "multi_candle_data": cut}
        return made

    def batch(
        self, kept: Sequence[tuple[int, Mapping[str, Any]]], columns: Mapping[str, Any]
    ) -> pa.RecordBatch:
        """Make rows of combinations and the columns of their numbers."""
        made = []
        for field in self.schema:
            if field.name == "combination":
                values: Any = [place for place, _ in kept]
            elif field.name in columns:
                values = columns[field.name]
            else:
                values = [parameters[field.name] for _, parameters in kept] if kept else []
            made.append(
                whole_array(values, field.type)
                if isinstance(values, np.ndarray)
                else to_array(values, field.type)
            )
        return pa.RecordBatch.from_arrays(made, schema=self.schema)

    def rows(
        self, kept: Sequence[tuple[int, Mapping[str, Any]]], rows: Sequence[Mapping[str, Any]]
    ) -> pa.RecordBatch:
        """Make rows of combinations and what `run_one` gave for each."""
        names = (*EXACT, *FIGURES, "stale_rows", *(("digest",) if self.digests else ()))
        return self.batch(kept, {name: [row[name] for row in rows] for name in names})

    @contextmanager
    def _beside_others(self) -> Iterator[None]:
        """Let runs share what follows from the bars, and the first alone warn of the candles."""
        with sharing(self._built), warnings.catch_warnings():
            if self._warned:
                for category in _SAID_ONCE:
                    warnings.simplefilter("ignore", category)
            self._warned = True
            yield
