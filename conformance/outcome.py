"""What a backend made of a case, in plain values that can be sent and compared."""

from __future__ import annotations

import traceback
from typing import Any, TypedDict

from .wire import plain

__all__ = [
    "TRADE_FIELDS",
    "UNTRACED",
    "Failure",
    "Outcome",
    "describe_error",
    "error_identity",
    "read_run",
]

TRADE_FIELDS = (
    "order_id symbol direction order_type status entry_time_us trigger_time_us exit_time_us "
    "entry_price exit_price stop_loss take_profit initial_stop_loss initial_take_profit size "
    "reference unit_value risk_per_trade entry_fee exit_fee result net_result r_multiple reason "
    "entry_rule exit_rule ambiguous initial_size part max_bars oco swap"
).split()
"""Attributes of a position that are compared: those of the table of trades, then more."""

UNTRACED = (
    "equity state trades active fees signals rejected refused unmanaged summary last_exit warnings "
    "progress account swaps holes crossed error"
).split()
"""What a run without a tracer has to leave exactly as one with it does."""

_OF_EXECUTOR = ("used_margin", "free_margin", "stale_rates")
_OF_PORTFOLIO = ("total_swap", "stale_rows")
_ADDRESS = " at 0x"
_MARK_FIELDS = ("rule", "time_us", "other", "price", "result")
_REJECTION_FIELDS = ("order_id", "time_us", "symbol", "rule", "field", "value", "expected")


class Failure(TypedDict):
    """An exception that ended a run; `code` is None where it is none of Fillproof's own."""

    code: str | None
    type: str
    bar: int | None
    symbol: str | None
    field: str | None
    value: Any
    message: str
    traceback: str


class Outcome(TypedDict, total=False):
    """Everything that a run leaves behind.

    `events` is the trace, `equity` its rows as columns, `state` the canonical state after the last
    bar, `states` the same at each evaluation (bar, state); `untraced` has the parts of a second
    run without a tracer.  `trades`, `fees`, `signals`, `rejected`, `refused`, `unmanaged` (what the
    manager refused), `summary`, `last_exit`, `account` (margin in use, stale rates and rows) and
    `swaps` are what users read; `holes` and `crossed` are there of several symbols.  `value` is the
    answer of an arithmetic case; the rest, from `digest` on, is that of a whole run.
    """

    events: list[dict[str, Any]]
    equity: dict[str, list[Any]]
    state: dict[str, Any] | None
    states: list[list[Any]]
    trades: dict[str, list[dict[str, Any]]]
    active: list[int]
    fees: list[list[Any]]
    signals: dict[str, list[Any]]
    rejected: Any
    refused: list[list[Any]]
    unmanaged: list[list[Any]]
    summary: dict[str, Any]
    last_exit: str | None
    account: dict[str, Any]
    swaps: list[list[Any]]
    holes: dict[str, int] | None
    crossed: int | None
    warnings: list[str]
    progress: list[int]
    error: Failure | None
    untraced: dict[str, Any]
    value: Any
    digest: str
    counts: dict[str, int]
    rules: dict[str, int]
    final: dict[str, str]
    first_trades: list[dict[str, Any]]
    last_trades: list[dict[str, Any]]


def describe_error(error: BaseException) -> Failure:
    """Take an exception apart; the message and traceback are for readers, never compared.

    Examples
    --------
    >>> describe_error(KeyError("M5"))["code"] is None
    True
    """
    return {
        "code": getattr(error, "code", None) if _is_own(error) else None,
        "type": type(error).__name__,
        "bar": getattr(error, "bar", None),
        "symbol": getattr(error, "symbol", None),
        "field": getattr(error, "field", None),
        "value": _comparable(getattr(error, "value", None)),
        "message": str(error),
        "traceback": "".join(traceback.format_exception(error)),
    }


def error_identity(failure: Failure | None) -> dict[str, Any] | None:
    """Keep of an error what has to be alike everywhere.

    Examples
    --------
    >>> sorted(error_identity(describe_error(KeyError("M5"))))
    ['bar', 'code', 'field', 'symbol', 'value']
    """
    if failure is None:
        return None
    kept = ("code", "bar", "symbol", "field", "value")
    return {name: value for name, value in failure.items() if name in kept}


def read_run(
    executor: Any, portfolio: Any, tracer: Any, manager: Any = None, loop: Any = None
) -> Outcome:
    """Read a finished or failed run through the public face of its objects."""
    trades = {
        "closed": portfolio.closed_positions,
        "parts": portfolio.partial_closed_positions,
        "expired": portfolio.expired_orders,
        "open": portfolio.open_positions,
    }
    last_exit = portfolio.last_exit_time
    return {
        "events": [] if tracer is None else [plain(event) for event in tracer.events],
        "equity": plain(portfolio.equity_columns()),
        "state": plain(executor.state()),
        "trades": {name: [_trade(trade) for trade in group] for name, group in trades.items()},
        "active": [position.order_id for position in executor.active_positions],
        "fees": [_fee(*row) for row in portfolio.fees_log],
        "signals": plain(executor.signal_columns()),
        "rejected": [_rejection(item) for item in executor.rejected_signals],
        "refused": [_rejection(item) for item in executor.refused_commands],
        "unmanaged": [] if manager is None else [_rejection(item) for item in manager.refused],
        "summary": plain(portfolio.get_summary()),
        "last_exit": None if last_exit is None else last_exit.isoformat(),
        "account": {
            name: plain(getattr(owner, name))
            for owner, names in ((executor, _OF_EXECUTOR), (portfolio, _OF_PORTFOLIO))
            for name in names
        },
        "swaps": [
            [time.isoformat(), plain(amount), position.order_id]
            for time, amount, position in portfolio.swaps_log
        ],
        "holes": plain(getattr(loop, "holes", None)),
        "crossed": plain(getattr(loop, "crossed_bars", None)),
    }


def _fee(time: Any, kind: str, amount: float, position: Any) -> list[Any]:
    order_id = None if position is None else position.order_id
    return [time.isoformat(), kind, plain(amount), order_id]


def _trade(position: Any) -> dict[str, Any]:
    found = {name: plain(getattr(position, name)) for name in TRADE_FIELDS}
    expires_at = position.expires_at
    found["expires_at"] = None if expires_at is None else expires_at.isoformat()
    found["marks"] = [
        {name: plain(getattr(mark, name)) for name in _MARK_FIELDS} for mark in position.marks
    ]
    return found


def _rejection(item: Any) -> list[Any]:
    return [plain(getattr(item, name)) for name in _REJECTION_FIELDS]


def _is_own(error: BaseException) -> bool:
    return any(base.__name__ == "FillproofError" for base in type(error).__mro__)


def _comparable(value: Any) -> Any:
    """Numbers and text go as they are, anything else as its text.

    An object whose text says where in memory it lies goes by its type.
    """
    try:
        found = plain(value)
    except TypeError:
        found = str(value)
    return type(value).__name__ if isinstance(found, str) and _ADDRESS in found else found
