"""Reads executor and portfolio after a run and makes the result of it.

What both hold is taken at once, since they may go on trading, but made into objects and tables only
when those are asked for: an engine that can says how things stand now and gives them later. The
attributes of closed positions, which no longer change, are read then, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from fillproof import lower
from fillproof.intake import fields_of
from fillproof.results import BacktestResult
from fillproof.specs import SpecFields

if TYPE_CHECKING:
    from fillproof.recording import Recorder

#: Rows of a table from which on its memory counts: 5 MB in the columns of equity.
LONG = 1 << 17
#: What of a portfolio is kept unrounded.
EXACT = (
    "initial_balance",
    "cash",
    "equity",
    "total_fees",
    "max_equity",
    "max_drawdown",
    "max_drawdown_worst",
    "initial_max_drawdown",
)


def describe(executor: Any, portfolio: Any, symbol: str | None) -> dict[str, Any]:
    """Return what executor and portfolio were configured with, as plain values and what gives them.

    Parameters
    ----------
    executor, portfolio : object
    symbol : str or None
        None: of all symbols.
    """
    specs = getattr(executor, "symbol_specs", None) or {}
    lower_bars = lower.describe(executor)
    if symbol is None:
        spec: Any = {name: fields_of(item) for name, item in specs.items()}
    else:
        spec = fields_of(specs.get(symbol))
    return {
        "executor": type(executor).__name__,
        "portfolio": type(portfolio).__name__,
        "symbol_specs" if symbol is None else "symbol_spec": spec,
        "policy": fields_of(getattr(executor, "policy", None)),
        "sizing": fields_of(getattr(executor, "sizing", None)),
        "session": fields_of(getattr(executor, "session", None)),
        # A value that does not change; the digest of a long series takes longer than a run.
        "rates": partial(fields_of, getattr(executor, "rates", None)),
        "margin": fields_of(getattr(executor, "margin", None)),
        "slippage": fields_of(getattr(executor, "slippage_model", None)),
        "fees": fields_of(getattr(executor, "fee_model", None)),
        "strict": bool(getattr(executor, "strict", False)),
        **({} if lower_bars is None else {"lower_candles": lower_bars}),
    }


def collect(
    executor: Any,
    portfolio: Any,
    *,
    backend: str,
    build: Mapping[str, Any],
    config: Mapping[str, Any],
    notes: list[str],
    crossed_bars: Callable[[], int],
    candles: Any = None,
    keys: Sequence[Any] | None = None,
    recorder: Recorder | None = None,
) -> BacktestResult:
    """Make the result of a run that has just ended; with keys that are not times beside them."""
    _note(executor, portfolio, notes)
    summary = portfolio.get_summary() if hasattr(portfolio, "get_summary") else {}
    exact = {name: getattr(portfolio, name) for name in EXACT if hasattr(portfolio, name)}
    # A portfolio of the user's own may know whole positions only.
    exits = later(portfolio, "exits" if _has(portfolio, "exits") else "closed_positions")
    still_open = list(getattr(portfolio, "open_positions", ()))
    makers = {
        "signals": _signals(executor, notes),
        "trades": _trades(exits, still_open),
        "fees": _fees(portfolio),
        "equity": _equity(portfolio, notes),
        "ambiguous": _ambiguous(exits, still_open),
        "refusals": _refusals(executor),
        "swaps": _swaps(portfolio),
    }
    if keys is not None:
        makers = {name: _keyed(make, keys) for name, make in makers.items()}
    if recorder is not None:
        makers["trade_signals"] = recorder.maker(executor, notes)
    return BacktestResult(
        makers,
        backend=backend,
        build=build,
        config=config,
        summary=summary,
        exact={name: float(value) for name, value in exact.items()},
        notes=notes,
        crossed_bars=crossed_bars,
        candles=candles,
    )


def _has(owner: Any, name: str) -> bool:
    """Look for an attribute without asking the object to make it, where its class says enough."""
    return hasattr(type(owner), name) or hasattr(owner, name)


def later(owner: Any, name: str) -> Callable[[], Any]:
    """Return what gives a list of an executor or a portfolio as it is now."""
    given = _given_later(owner, name)
    if given is not None:
        return given
    kept = list(getattr(owner, name, ()))
    return lambda: kept


def _given_later(owner: Any, name: str) -> Callable[[], Any] | None:
    """Let an engine's own object take note of the moment; it makes what is asked for afterwards.

    None where there is no such object, or where a subclass or the object itself says otherwise what
    the attribute is.
    """
    own = next((kind for kind in type(owner).__mro__ if name in vars(kind)), None)
    if own is None or "_later" not in vars(own) or name in getattr(owner, "__dict__", ()):
        return None
    given: Callable[[], Any] = vars(own)["_later"](owner, name)
    return given


def _signals(executor: Any, notes: list[str]) -> Callable[[], Any]:
    if not hasattr(executor, "signal_columns"):
        notes.append("no table of signals: the executor keeps none")
        return lambda: _empty("signals")
    columns = _given_later(executor, "signal_columns")
    if columns is None:
        return _from_columns("signals", executor.signal_columns())

    def make() -> Any:
        return _from_columns("signals", columns())()

    return make


def _equity(portfolio: Any, notes: list[str]) -> Callable[[], Any]:
    if not hasattr(portfolio, "equity_columns"):
        notes.append("no table of equity: the portfolio keeps none")
        return lambda: _empty("equity")
    rows = getattr(portfolio, "_equity_rows", None)
    if rows is None:
        return _from_columns("equity", portfolio.equity_columns())
    return _EquityLater(rows())


class _EquityLater:
    """Makes the table of equity of an engine's rows, which do not change any more.

    Where they are many, a digest of them does without the table: it takes one column at a time.
    """

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __call__(self) -> Any:
        return _from_columns("equity", self._rows.columns())()

    def for_digest(self) -> Any:
        if len(self._rows) < LONG:
            return None
        from fillproof.tables import ColumnByColumn

        return ColumnByColumn("equity", self._rows)


def _trades(exits: Callable[[], Any], still_open: list[Any]) -> Callable[[], Any]:
    open_rows: list[tuple[Any, ...]] = []
    if still_open:
        from fillproof.tables import trade_row

        # These may still change, so they are read now.
        open_rows = [trade_row(position) for position in still_open]

    def make() -> Any:
        from fillproof.tables import trades

        return trades(exits(), open_rows)

    return make


def _ambiguous(exits: Callable[[], Any], still_open: list[Any]) -> Callable[[], Any]:
    if any(getattr(position, "marks", ()) for position in still_open):
        from fillproof.tables import ambiguous

        table = ambiguous(exits(), still_open)
        return lambda: table

    def make() -> Any:
        from fillproof.tables import ambiguous

        return ambiguous(exits(), ())

    return make


def _refusals(executor: Any) -> Callable[[], Any]:
    signals, commands = later(executor, "rejected_signals"), later(executor, "refused_commands")

    def make() -> Any:
        from fillproof.tables import refusals

        return refusals(signals(), commands())

    return make


def _fees(portfolio: Any) -> Callable[[], Any]:
    log = later(portfolio, "fees_log")

    def make() -> Any:
        from fillproof.tables import fees

        return fees(log())

    return make


def _note(executor: Any, portfolio: Any, notes: list[str]) -> None:
    """Say what the numbers leave out, or lean on."""
    if getattr(portfolio, "realised_only", False):
        notes.append("realised only: no executor marked the open positions (P3.realised_only)")
    stale_rows = getattr(portfolio, "stale_rows", 0)
    if stale_rows:
        notes.append(f"{stale_rows} rows of equity hold a mark of an earlier bar (P3.row_stale)")
    told = lower.note(executor)
    if told is not None:
        notes.append(told)
    stale_rates = getattr(executor, "stale_rates", 0)
    if stale_rates:
        notes.append(f"{stale_rates} conversions used a stale rate (P5.stale)")


def _swaps(portfolio: Any) -> Callable[[], Any]:
    log = later(portfolio, "swaps_log")

    def make() -> Any:
        from fillproof.tables import swaps

        return swaps(log())

    return make


def _keyed(make: Callable[[], Any], keys: Sequence[Any]) -> Callable[[], Any]:
    def with_keys() -> Any:
        from fillproof.tables import keyed

        return keyed(make(), keys)

    return with_keys


def _from_columns(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    def make() -> Any:
        from fillproof.tables import from_columns

        return from_columns(name, columns)

    return make


def _empty(name: str) -> Any:
    from fillproof.tables import SCHEMAS

    return SCHEMAS[name].empty_table()


def crossed_counter(engine: Any, bid: Any, ask: Any) -> Callable[[], int]:
    """Make what counts the bars whose ask lies under the bid (T2.crossed)."""

    def count() -> int:
        sides = [
            series if hasattr(series, "time_us") else engine.Candles.from_candles(series)
            for series in (bid, ask)
        ]
        crossed = sides[1].open < sides[0].open
        for price in ("high", "low", "close"):
            crossed = crossed | (getattr(sides[1], price) < getattr(sides[0], price))
        return int(crossed.sum())

    return count


def spec_lines(config: Mapping[str, Any]) -> list[str]:
    """Say the specification of each symbol of a run in one line."""
    specs = config.get("symbol_specs")
    given = [config.get("symbol_spec")] if specs is None else list(specs.values())
    lines = [
        SpecFields(**{name: spec[name] for name in SpecFields._fields}).text()
        for spec in given
        if isinstance(spec, Mapping)
    ]
    return lines or ["none: contract 100000, no price grid, no volume grid"]
