"""What a run leaves: tables, summary, digest, and how it was made.

A result is the record of one run. It takes its columns when the run ends, so that a portfolio that
goes on trading does not change it; Arrow tables are made from them when first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fillproof.digest import TABLES
from fillproof.recording import not_kept

if TYPE_CHECKING:
    import os

    import pyarrow as pa

    from fillproof.bars import Bars
    from fillproof.shadow_report import ShadowReport

#: Version of the files that `BacktestResult.save` writes.
RESULT_VERSION = 2
#: What is saved beside the tables of the digest, with a digest of its own.
ASIDE = ("ambiguous", "refusals", "swaps")


class BacktestResult:
    """Tables, summary and digest of one run.

    Made by `fillproof.run_backtest` and by `BacktestResult.load`.

    Attributes
    ----------
    backend : str
        Name of the backend that ran.
    build : dict
        Its build record; see `fillproof.backends.build_info`.
    config : dict
        What the run was configured with, as plain values.
    summary : dict
        The portfolio's summary, money rounded to 2 places and R to 3 (P1.summary).
    exact : dict of str to float
        Cash, equity, fees and drawdowns at the end, unrounded, in account currency.
    notes : list of str
        What was assumed for the user, and whatever else belongs beside the numbers.
    shadow : ShadowReport or None
        What a second backend made of the same run, where `fillproof.run_backtest` was asked for it;
        never saved.
    strategy_module : str or None
        Module that the strategy came from, empty for a built-in one; None where that is not known.

    Examples
    --------
    >>> from fillproof import data, run_backtest
    >>> from fillproof.python import EmaCross
    >>> pair = data.eurusd_h1_2017()
    >>> result = run_backtest(pair.bid[:500], pair.ask[:500], EmaCross("H1"), symbol="EURUSD",
    ...                       backend="python")
    >>> result.equity.num_rows, result.signals.num_rows
    (500, 18)
    """

    def __init__(
        self,
        makers: Mapping[str, Callable[[], pa.Table]],
        *,
        backend: str,
        build: Mapping[str, Any],
        config: Mapping[str, Any],
        summary: Mapping[str, Any],
        exact: Mapping[str, float],
        notes: list[str],
        crossed_bars: Callable[[], int],
        candles: Any = None,
    ) -> None:
        self._makers = dict(makers)
        self._tables: dict[str, pa.Table] = {}
        self._count_crossed = crossed_bars
        # Bid and ask, or those of each symbol, for `explain`; never saved.
        self._candles = candles
        self.backend = backend
        self.build = dict(build)
        self._config = dict(config)
        self.summary = dict(summary)
        self.exact = dict(exact)
        self.notes = list(notes)
        self.shadow: ShadowReport | None = None
        self.strategy_module: str | None = None

    @property
    def config(self) -> dict[str, Any]:
        """What the run was configured with; what takes long to describe is described now."""
        for name, value in self._config.items():
            if callable(value):
                self._config[name] = value()
        return self._config

    def table(self, name: str) -> pa.Table:
        """Return a table by name: one of `tables`, ``ambiguous``, ``refusals``, ``swaps``."""
        if name not in self._tables:
            # Popped, so that what the maker holds is let go as soon as the table is there.
            self._tables[name] = self._makers.pop(name)()
        return self._tables[name]

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The four tables of the digest by name."""
        return {name: self.table(name) for name in TABLES}

    @property
    def signals(self) -> pa.Table:
        """One row for each signal given to the executor: outcome, deciding rule and size."""
        return self.table("signals")

    @property
    def trades(self) -> pa.Table:
        """One row for each position or part: as they closed, then those still open."""
        return self.table("trades")

    @property
    def fees(self) -> pa.Table:
        """One row for each fee that was booked."""
        return self.table("fees")

    @property
    def equity(self) -> pa.Table:
        """One row for each bar of the run: cash, equity, worst equity, drawdown (P3)."""
        return self.table("equity")

    @property
    def ambiguous(self) -> pa.Table:
        """One row for each thing that the candles leave open about a trade (X4.ledger)."""
        return self.table("ambiguous")

    @property
    def refusals(self) -> pa.Table:
        """One row for each signal rejected and each command refused or dropped, by time."""
        return self.table("refusals")

    @property
    def swaps(self) -> pa.Table:
        """One row for each night's swap of a position, positive where it gained (P6.swap)."""
        return self.table("swaps")

    @property
    def trade_signals(self) -> pa.Table:
        """Every signal as it was given, in the columns of `fillproof.SIGNAL_SCHEMA`.

        Raises
        ------
        ConfigError
            ``OPTION_UNKNOWN``: they were not kept, or the result was loaded.
        """
        if not self._has("trade_signals"):
            raise not_kept()
        return self.table("trade_signals")

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand out the trades to whatever reads Arrow: ``polars.DataFrame(result)``."""
        return self.trades.__arrow_c_stream__(requested_schema)

    @cached_property
    def digest(self) -> str:
        """Hash of the four tables, equal exactly if every value is; see `fillproof.digest`."""
        from fillproof.digest import digest

        return digest({name: self._for_digest(name) for name in TABLES})

    @cached_property
    def crossed_bars(self) -> int:
        """Number of bars whose ask is below the bid in open, high, low or close (T2.crossed)."""
        return self._count_crossed()

    @cached_property
    def rejections(self) -> dict[str, int]:
        """Number of rejected signals by deciding rule, in order of the rules' names."""
        counts: dict[str, int] = {}
        # Some at a time: as objects of Python's they take more memory than the whole table.
        for some in self.signals.select(["outcome", "rule"]).to_batches(max_chunksize=8_192):
            for outcome, rule in zip(*(column.to_pylist() for column in some.columns), strict=True):
                if outcome == "rejected":
                    counts[rule] = counts.get(rule, 0) + 1
        return dict(sorted(counts.items()))

    @cached_property
    def bars(self) -> Bars | None:
        """The candles of a run of one symbol; None in a result that was loaded or pickled."""
        from fillproof.bars import Bars

        if self._candles is None or isinstance(self._candles, Mapping):
            return None
        return Bars(*self._candles)

    def bars_of(self, symbol: str) -> Bars | None:
        """Return the candles of a symbol of the run, where they are known by their times."""
        from fillproof.bars import Bars

        if isinstance(self._candles, Mapping):
            both = self._candles.get(symbol)
            return None if both is None else Bars(*both)
        return self.bars

    @property
    def candles(self) -> tuple[Any, Any] | None:
        """Bid and ask of a run of one symbol, as it was given them; None as for `bars`."""
        if self._candles is None or isinstance(self._candles, Mapping):
            return None
        bid, ask = self._candles
        return bid, ask

    def certificate(self) -> dict[str, Any]:
        """Make the certificate of the run: what it was made of and what came of it, by digest.

        It holds digests of the candles, the configuration, the source of the strategy and of what
        that imports of the user's own, of the results and of the engine's build, and the version of
        the rules. Write it with `fillproof.conformance.records.certificate.write`; others run it
        again with ``fillproof certificate verify``.

        Returns
        -------
        dict
            Plain values.

        Raises
        ------
        ValueError
            The result was loaded or pickled, is one over several symbols, or its strategy has no
            source file.

        Examples
        --------
        >>> from fillproof import data, run_backtest
        >>> from fillproof.python import EmaCross
        >>> pair = data.eurusd_h1_2017()
        >>> result = run_backtest(pair.bid[:300], pair.ask[:300], EmaCross("H1"), symbol="EURUSD",
        ...                       backend="python")
        >>> made = result.certificate()
        >>> made["outputs"]["digest"] == result.digest, made["made_by"]["backend"]
        (True, 'python')
        """
        # Imported only here: whoever runs backtests does not need the harness.
        import importlib

        harness = importlib.import_module("fillproof.conformance.records.certificate")
        made: dict[str, Any] = harness.certify_result(self)
        return made

    def explain(self, order_id: int, bid: Any = None, ask: Any = None) -> str:
        """Say in words why an order filled and left, or why it did not; see `fillproof.explain`."""
        from fillproof.explanation import explain

        return explain(self, order_id, bid, ask)

    def explain_rejection(self, order_id: int, bid: Any = None, ask: Any = None) -> str:
        """Say in words which rule a signal broke, by which value, and what the rule asks for."""
        from fillproof.explanation import explain_rejection

        return explain_rejection(self, order_id, bid, ask)

    def __eq__(self, other: object) -> bool:
        """Compare the tables, value by value; backend, settings and notes do not count."""
        return self.digest == other.digest if isinstance(other, BacktestResult) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle with all tables made, since what makes them may hold a backend's objects."""
        tables = self._all_tables()
        if self._has("trade_signals"):
            tables["trade_signals"] = self.trade_signals
        made = {"_tables": tables, "crossed_bars": self.crossed_bars}
        let_go = dict.fromkeys(("_count_crossed", "_candles", "bars"))
        return {**self.__dict__, **made, **let_go, "_makers": {}}

    def __repr__(self) -> str:
        return (
            f"BacktestResult({self.config.get('symbol')} on {self.backend}: "
            f"{self.trades.num_rows} trades, {self.equity.num_rows} bars, "
            f"digest {self.digest[:16]})"
        )

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the result to a folder: a Parquet file for each table, and ``result.json``.

        The folder appears whole or not at all. An older result in its place is replaced, anything
        else is not.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        FileExistsError
            There is something in its place that is not a result.
        """
        from fillproof.storage import write_folder

        return write_folder(Path(folder), self._all_tables(), self.record())

    def record(self) -> dict[str, Any]:
        """Return what ``result.json`` holds, as plain values."""
        from fillproof.storage import record_of

        return record_of(self, RESULT_VERSION, self._all_tables(), self._digest_aside())

    def _for_digest(self, name: str) -> Any:
        """Return a table, or what a digest can read in its place with less memory."""
        by_column = getattr(self._makers.get(name), "for_digest", None)
        read = None if by_column is None else by_column()
        return self.table(name) if read is None else read

    def _has(self, name: str) -> bool:
        return name in self._makers or name in self._tables

    def _all_tables(self) -> dict[str, pa.Table]:
        return {**self.tables, **{name: self.table(name) for name in ASIDE}}

    def _digest_aside(self) -> str:
        from fillproof.digest import digest

        return digest(self._all_tables(), ASIDE)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> BacktestResult:
        """Read a result that `save` wrote, and check it against its digest.

        Parameters
        ----------
        folder : path

        Returns
        -------
        BacktestResult

        Raises
        ------
        DataError
            ``FILE_UNREADABLE``: no result, one of a later version, or its tables are not the ones
            that were saved.
        """
        from fillproof.storage import check_digests, read_record, read_table

        record = read_record(Path(folder), RESULT_VERSION)
        tables = {name: read_table(Path(folder), name) for name in (*TABLES, *ASIDE)}
        result = cls(
            {name: partial(tables.__getitem__, name) for name in tables},
            backend=record["backend"],
            build=record["build"],
            config=record["config"],
            summary=record["summary"],
            exact=record["exact"],
            notes=record["notes"],
            crossed_bars=lambda: int(record["crossed_bars"]),
        )
        found = {"digest": result.digest, "digest_aside": result._digest_aside()}
        check_digests(Path(folder), found, record)
        return result
