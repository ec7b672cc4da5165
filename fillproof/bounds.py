"""Two readings of what the candles leave open: one run with the worst, one with the best.

Neither is a bound. A trade that a kind reading keeps open can lose more later, and a position that
leaves early makes room for another one; so the best reading can come out below the worst.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fillproof import own_modules
from fillproof.copies import Copies, refusal

if TYPE_CHECKING:
    import pyarrow as pa

    from fillproof.results import BacktestResult

INTRABARS = ("worst_strict", "best")
NOTE = "two policies, not an interval: best can come out below worst_strict"


@dataclass(frozen=True, repr=False)
class BoundsResult:
    """The results of one strategy under two intrabar policies; two policies, not an interval.

    Made by ``run_backtest(..., bounds="both")``, or by hand from two results.

    Attributes
    ----------
    worst, best : BacktestResult
        With ``intrabar="worst_strict"`` and ``intrabar="best"``.

    Examples
    --------
    >>> from fillproof import data, run_backtest
    >>> from fillproof.python import EmaCross
    >>> pair = data.eurusd_h1_2017()
    >>> both = run_backtest(pair.bid[:500], pair.ask[:500], EmaCross("H1"), symbol="EURUSD",
    ...                     backend="python", bounds="both")
    >>> both.summary.column_names
    ['name', 'worst_strict', 'best', 'difference']
    >>> print(both)  # doctest: +ELLIPSIS
    two policies, not an interval: best can come out below worst_strict
    ...
    """

    worst: BacktestResult
    best: BacktestResult

    @property
    def summary(self) -> pa.Table:
        """Table of what both runs came to: ``name``, ``worst_strict``, ``best``, ``difference``."""
        import pyarrow as pa

        worst, best = _numbers(self.worst), _numbers(self.best)
        names = [name for name in worst if name in best]
        columns = {
            "name": pa.array(names, pa.string()),
            "worst_strict": pa.array([worst[name] for name in names], pa.float64()),
            "best": pa.array([best[name] for name in names], pa.float64()),
            "difference": pa.array(
                [(best[name] - worst[name]) + 0.0 for name in names], pa.float64()
            ),
        }
        # The note goes with the table wherever it is written to.
        return pa.table(columns).replace_schema_metadata({"note": NOTE})

    def __str__(self) -> str:
        columns = ("worst_strict", "best", "difference")
        lines = [NOTE, " ".join([" " * 30, *(f"{column:>14}" for column in columns)])]
        for row in self.summary.to_pylist():
            places = 2 if isinstance(self.worst.summary.get(row["name"]), float) else 0
            numbers = (f"{row[column]:>14,.{places}f}" for column in columns)
            lines.append(" ".join([f"{row['name']:<30}", *numbers]))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"BoundsResult({NOTE}; worst={self.worst!r}, best={self.best!r})"


def _numbers(result: BacktestResult) -> dict[str, float]:
    """Return what two runs are compared by; the ledger counts trades, not marks."""
    numbers = {name: float(value) for name, value in result.summary.items()}
    numbers["Ambiguous Trades"] = float(len(set(result.ambiguous["order_id"].to_pylist())))
    return numbers


def run_both(
    bounds: str, bid: Any, ask: Any, strategy: Any, options: Mapping[str, Any]
) -> BoundsResult:
    """Run twice from fresh copies, which are all made before the first run.

    Parameters
    ----------
    bounds : {"both"}
    bid, ask, strategy
        As for `fillproof.run_backtest`.
    options : mapping
        Its other options, by name.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: another word than ``"both"``, a tracer, or something of which no fresh
        copy can be made.
    """
    from fillproof.run import run_backtest

    if bounds != "both":
        raise refusal("bounds", bounds, "'both' or None", f"bounds is {bounds!r}")
    if options["tracer"] is not None:
        raise refusal("tracer", "a tracer", "None", "a tracer would mix the events of two runs")
    name, engine = own_modules.resolve(options["backend"], strategy)
    shared = (bid, ask, options["multi_candle_data"])
    runs = [
        Copies(engine, shared).of_run(strategy, {**options, "backend": name}, intrabar)
        for intrabar in INTRABARS
    ]
    worst, best = (run_backtest(bid, ask, made, **fresh) for made, fresh in runs)
    return BoundsResult(worst, best)
