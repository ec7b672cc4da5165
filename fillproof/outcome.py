"""Reads executor and portfolio after a run and makes the result of it.

Columns are taken at once, since both objects may go on trading; only the attributes of closed
positions, which no longer change, are read when the table of trades is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fillproof.intake import fields_of
from fillproof.results import BacktestResult
from fillproof.specs import SpecFields

_EXACT = (
    "initial_balance",
    "cash",
    "equity",
    "total_fees",
    "max_equity",
    "max_drawdown",
    "max_drawdown_worst",
    "initial_max_drawdown",
)


def describe(executor: Any, portfolio: Any, symbol: str) -> dict[str, Any]:
    """Return what executor and portfolio were configured with, as plain values."""
    specs = getattr(executor, "symbol_specs", None) or {}
    return {
        "executor": type(executor).__name__,
        "portfolio": type(portfolio).__name__,
        "symbol_spec": fields_of(specs.get(symbol)),
        "policy": fields_of(getattr(executor, "policy", None)),
        "sizing": fields_of(getattr(executor, "sizing", None)),
        "slippage": fields_of(getattr(executor, "slippage_model", None)),
        "fees": fields_of(getattr(executor, "fee_model", None)),
        "strict": bool(getattr(executor, "strict", False)),
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
) -> BacktestResult:
    """Make the result of a run that has just ended."""
    if getattr(portfolio, "realised_only", False):
        notes.append("realised only: no executor marked the open positions (P3.realised_only)")
    summary = portfolio.get_summary() if hasattr(portfolio, "get_summary") else {}
    exact = {name: getattr(portfolio, name) for name in _EXACT if hasattr(portfolio, name)}
    return BacktestResult(
        {
            "signals": _signals(executor, notes),
            "trades": _trades(portfolio),
            "fees": _fees(portfolio),
            "equity": _equity(portfolio, notes),
        },
        backend=backend,
        build=build,
        config=config,
        summary=summary,
        exact={name: float(value) for name, value in exact.items()},
        notes=notes,
        crossed_bars=crossed_bars,
    )


def _signals(executor: Any, notes: list[str]) -> Callable[[], Any]:
    if not hasattr(executor, "signal_columns"):
        notes.append("no table of signals: the executor keeps none")
        return lambda: _empty("signals")
    return _from_columns("signals", executor.signal_columns())


def _equity(portfolio: Any, notes: list[str]) -> Callable[[], Any]:
    if not hasattr(portfolio, "equity_columns"):
        notes.append("no table of equity: the portfolio keeps none")
        return lambda: _empty("equity")
    return _from_columns("equity", portfolio.equity_columns())


def _trades(portfolio: Any) -> Callable[[], Any]:
    closed = list(getattr(portfolio, "exits", None) or getattr(portfolio, "closed_positions", ()))
    still_open = list(getattr(portfolio, "open_positions", ()))
    if still_open:
        from fillproof.tables import trades

        # These may still change; they are few, so they are read now.
        open_rows = [trades(still_open)]
    else:
        open_rows = []

    def make() -> Any:
        import pyarrow as pa

        from fillproof.tables import trades

        return pa.concat_tables([trades(closed), *open_rows]).combine_chunks()

    return make


def _fees(portfolio: Any) -> Callable[[], Any]:
    log = list(getattr(portfolio, "fees_log", ()))

    def make() -> Any:
        from fillproof.tables import fees

        return fees(log)

    return make


def _from_columns(name: str, columns: Mapping[str, Any]) -> Callable[[], Any]:
    def make() -> Any:
        from fillproof.tables import from_columns

        return from_columns(name, columns)

    return make


def _empty(name: str) -> Any:
    from fillproof.tables import SCHEMAS

    return SCHEMAS[name].empty_table()


def spec_text(config: Mapping[str, Any]) -> str | None:
    """Say the specification of a run in one line; None if there was none."""
    spec = config.get("symbol_spec")
    if not isinstance(spec, Mapping):
        return None
    return SpecFields(**{name: spec[name] for name in SpecFields._fields}).text()
