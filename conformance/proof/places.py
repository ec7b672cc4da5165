"""Where each quantity stands in an outcome: what may be given a tolerance, and in which unit.

A quantity is named by the field that users know, such as `trades.result`; the same number stands in
events, tables and states, and a tolerance holds in all of these.  What a run decides is in none of
them: signals, counts, bars, sides, reasons, times and rules have no size to be near in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..outcome import Outcome

__all__ = ["NEVER", "QUANTITIES", "Quantity", "numbers_of"]

NEVER = (
    "signals counts bars sides reasons times rules bar time_us seq symbol direction side reason "
    "rule status kind order_id phase error rejected refused"
).split()
"""Words that no tolerance may name."""


@dataclass(frozen=True)
class Quantity:
    """What can be tolerated.

    Attributes
    ----------
    size
        `price`, `money` or `number`; ticks are for prices, cents for money, ulp for all.
    places
        Pairs of container and key: `event:exit` and `price`, `trades` and `exit_price` and so on.
    """

    size: str
    places: tuple[tuple[str, str], ...]


def _of(size: str, text: str) -> Quantity:
    pairs = (item.rpartition(".") for item in text.split())
    return Quantity(size, tuple((container, key) for container, _, key in pairs))


_STATE = "state.positions"
_FEW_TRADES = ("first_trades", "last_trades")
QUANTITIES: dict[str, Quantity] = {
    "fill.price": _of("price", f"event:fill.price trades.entry_price {_STATE}.entry_price"),
    "fill.raw": _of("price", "event:fill.raw"),
    "exit.price": _of("price", "event:exit.price trades.exit_price"),
    "exit.raw": _of("price", "event:exit.raw"),
    "trades.stop_loss": _of(
        "price",
        f"event:order.stop_loss event:fill.stop_loss trades.stop_loss {_STATE}.stop_loss "
        "state.orders.stop_loss",
    ),
    "trades.take_profit": _of(
        "price",
        f"event:order.take_profit event:fill.take_profit trades.take_profit {_STATE}.take_profit "
        "state.orders.take_profit",
    ),
    "trades.result": _of(
        "money", "event:exit.result ledger:result.amount trades.result trades.net_result"
    ),
    "trades.r_multiple": _of("number", "event:exit.r_multiple trades.r_multiple"),
    "trades.size": _of(
        "number",
        "event:order.size event:fill.size event:exit.size event:exit.remaining trades.size "
        f"trades.initial_size {_STATE}.size {_STATE}.initial_size state.orders.size "
        "state.orders.initial_size",
    ),
    "fees.amount": _of(
        "money",
        "event:fill.fee event:exit.exit_fee ledger:entry_fee.amount ledger:exit_fee.amount "
        f"trades.entry_fee trades.exit_fee fees.2 {_STATE}.entry_fee",
    ),
    "swaps.amount": _of("money", f"ledger:swap.amount trades.swap swaps.1 {_STATE}.swap"),
    "equity.cash": _of(
        "money",
        "event:ledger.cash event:equity.cash equity.cash state.ledger.cash state.ledger.realised "
        "state.ledger.total_fees state.ledger.total_swap final.cash final.total_fees",
    ),
    "equity.equity": _of(
        "money",
        "event:equity.equity event:equity.max_equity event:margin.equity equity.equity "
        "state.ledger.max_equity account.free_margin final.equity",
    ),
    "equity.equity_worst": _of("money", "event:equity.equity_worst equity.equity_worst"),
    "equity.drawdown": _of(
        "money",
        "event:equity.drawdown equity.drawdown state.ledger.max_drawdown final.max_drawdown "
        "final.max_drawdown_worst",
    ),
    "margin.margin": _of("money", f"event:margin.margin {_STATE}.margin"),
    "margin.used": _of("money", "event:margin.used account.used_margin"),
    "summary.money": _of(
        "money",
        "summary.Initial_Balance summary.Final_Balance summary.Equity summary.Max_Drawdown "
        "summary.Drawdown_Initial_Balance summary.Total_Fees",
    ),
    "summary.ratios": _of("number", "summary.Avg_R-Multiple summary.Winrate summary.Total_Lots"),
}
QUANTITIES["trades.entry_price"] = QUANTITIES["fill.price"]
QUANTITIES["trades.exit_price"] = QUANTITIES["exit.price"]


def numbers_of(outcome: Outcome) -> Iterator[tuple[Any, Any, tuple[str, str]]]:
    """Walk all that may have a tolerance.

    Yields
    ------
    tuple
        The list or dict that holds a value, the key in it, and the place as `QUANTITIES` names it.
        Two outcomes with the same rows are walked in the same order.
    """
    for event in outcome.get("events") or ():
        kind = event["kind"]
        yield from _keys(event, f"event:{kind}")
        if kind == "ledger":
            yield from _keys(event, f"ledger:{event['entry']}")
    yield from _tables(dict(outcome))
    yield from _tables(outcome.get("untraced") or {})


def _tables(outcome: dict[str, Any]) -> Iterator[tuple[Any, Any, tuple[str, str]]]:
    for name, column in (outcome.get("equity") or {}).items():
        for row in range(len(column)):
            yield column, row, ("equity", name)
    groups = dict(outcome.get("trades") or {})
    for group in (*groups.values(), *(outcome.get(name) or () for name in _FEW_TRADES)):
        for trade in group:
            yield from _keys(trade, "trades")
    for table in ("fees", "swaps"):
        for row in outcome.get(table) or ():
            for index in range(len(row)):
                yield row, index, (table, str(index))
    for table in ("account", "final", "summary"):
        for key in outcome.get(table) or {}:
            yield outcome[table], key, (table, key.replace(" ", "_"))
    yield from _state(outcome.get("state"))
    for _, state in outcome.get("states") or ():
        yield from _state(state)


def _state(state: dict[str, Any] | None) -> Iterator[tuple[Any, Any, tuple[str, str]]]:
    if state is None:
        return
    for name in ("positions", "orders"):
        for item in state.get(name) or ():
            yield from _keys(item, f"state.{name}")
    yield from _keys(state.get("ledger") or {}, "state.ledger")


def _keys(held: dict[str, Any], container: str) -> Iterator[tuple[Any, Any, tuple[str, str]]]:
    for key in held:
        yield held, key, (container, key)
