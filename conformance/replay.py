"""Rebuilds the canonical state of a run from its trace alone.

If folding the events gives what `executor.state()` says, the trace tells the whole story: nothing
happens in an engine that no event mentions.  Divergence reports use the same fold to show what each
side believed when they parted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .units import Units

__all__ = ["fold", "states_at_entry"]

_PHASES_BEFORE_ENTRY = frozenset({"DATA", "OPEN"})
_ORDER_KEYS = (
    "order_id symbol direction type entry entry_time_us reference unit_value risk size "
    "initial_size stop_loss take_profit initial_stop_loss initial_take_profit expires_at_us "
    "max_bars oco"
).split()
# What becomes of a write or modify that waited for CLOSE.
_QUEUED = "L8.queued_write"
_CARRIED_OUT = frozenset({_QUEUED, "L8.refused", "L8.dropped"})
# An order that waits no longer, and never became a position.
_OFF = frozenset({"expired", "cancelled"})


class _Fold:
    """State under construction; one method for each kind of event."""

    def __init__(self, initial_balance: float, units: Units | None) -> None:
        self.units = units
        self.time_us: int | None = None
        self.next_order_id = 1
        self.orders: dict[int, dict[str, Any]] = {}
        self.positions: dict[int, dict[str, Any]] = {}
        self.ledger: dict[str, Any] = {
            "cash": initial_balance,
            "total_fees": 0.0,
            "realised": 0.0,
            "closed": 0,
            "max_equity": initial_balance,
            "max_drawdown": 0.0,
        }
        self.total_swap = 0.0
        # Stops as the exits test them, and those that wait for CLOSE, by order.
        self.committed: dict[int, float | None] = {}
        self.queued: dict[int, list[tuple[str, float | None]]] = {}

    def load(self, opening: dict[str, Any]) -> None:
        """Begin with a canonical state."""
        self.time_us = opening["time_us"]
        self.next_order_id = opening["next_order_id"]
        self.orders = {item["order_id"]: dict(item) for item in opening["orders"]}
        held = {item["order_id"]: dict(item) for item in opening["positions"]}
        self.positions = {key: held[key] for key in opening.get("opened", held)}
        self.committed = {
            key: item["stop_loss"] for key, item in (*self.orders.items(), *held.items())
        }
        if opening["ledger"] is not None:
            self.ledger = dict(opening["ledger"])
            self.total_swap = self.ledger.pop("total_swap", 0.0)

    def apply(self, event: dict[str, Any]) -> None:
        handler = getattr(self, f"_{event['kind']}", None)
        if handler is None:
            raise ValueError(f"event {event['seq']} is of the unknown kind {event['kind']!r}")
        handler(event)

    def _bar(self, event: dict[str, Any]) -> None:
        self.time_us = event["time_us"]
        for order in self.orders.values():
            of_symbol = order["symbol"] == event["symbol"] and order["max_bars"] is not None
            if of_symbol and event["time_us"] > order["entry_time_us"]:
                order["bars_seen"] = order.get("bars_seen", 0) + 1
        if self.units is not None:
            unit = self.units.before_close(event["symbol"], event["time_us"])
            for held in self.positions.values():
                if unit is not None and held["symbol"] == event["symbol"]:
                    held["now_unit"] = unit

    def _signal(self, event: dict[str, Any]) -> None:
        self.next_order_id = event["order_id"] + 1

    def _rejection(self, event: dict[str, Any]) -> None:
        # At a fill in OPEN a waiting order can still be rejected.
        self.orders.pop(event["order_id"], None)

    def _order(self, event: dict[str, Any]) -> None:
        key = event["order_id"]
        if event["action"] == "accepted":
            order = {name: event[name] for name in _ORDER_KEYS if name in event}
            order["entry_time_us"] = event["time_us"]
            order["initial_size"] = event["size"]
            order["initial_stop_loss"] = event["stop_loss"]
            order["initial_take_profit"] = event["take_profit"]
            self.orders[key] = {name: order[name] for name in _ORDER_KEYS}
            self.committed[key] = event["stop_loss"]
            return
        if event["action"] in _OFF:
            self.orders.pop(key, None)
            return
        held = self.positions.get(key) or self.orders.get(key)
        if held is None:
            return
        if event["action"] == "marked":
            held["ambiguous"] = True
        self._commit(held, event)
        # Written, queued, refused, dropped: the event has what reads back afterwards.
        for name in ("stop_loss", "take_profit", "expires_at_us"):
            held[name] = event[name]

    def _commit(self, held: dict[str, Any], event: dict[str, Any]) -> None:
        """Keep whose stop it is that the exits test: a queued one is tested from CLOSE on (L8)."""
        queue = self.queued.setdefault(event["order_id"], [])
        if event["action"] == "queued":
            if event["rule"] == _QUEUED:
                queue.append((event["field"], event["stop_loss"]))
            return
        field, stop = event["field"], event["stop_loss"]
        if queue and event["rule"] in _CARRIED_OUT and field not in {"close", "cancel"}:
            field, stop = queue.pop(0)
        moves = event["action"] == "written" and field in {"stop_loss", "modify"}
        if moves and stop != self.committed[event["order_id"]]:
            trails = event["rule"] == "M1.trailing"
            held["stop_reason"] = "trailing_stop" if trails else "break_even_stop_loss"
            self.committed[event["order_id"]] = stop

    def _fill(self, event: dict[str, Any]) -> None:
        order = self.orders.pop(event["order_id"])
        order.pop("bars_seen", None)
        self.positions[event["order_id"]] = {
            **order,
            # The preset parity sizes a waiting order at its fill (rule R2.size).
            "size": event["size"],
            "initial_size": event["size"],
            "trigger_time_us": event["time_us"],
            "at": event["at"],
            "entry_price": event["price"],
            "entry_fee": event["fee"],
            "ambiguous": False,
        }
        if self.units is not None:
            # At the close it is the unit of the acceptance; before, that of the bar's open.
            early = event["phase"] in {"OPEN", "EXITS"}
            unit = self.units.before_close(event["symbol"], event["time_us"]) if early else None
            now = order["unit_value"] if unit is None else unit
            self.positions[event["order_id"]].update(now_unit=now, swap=0.0, margin=0.0)

    def _margin(self, event: dict[str, Any]) -> None:
        self.positions[event["order_id"]]["margin"] = event["margin"]

    def _rate(self, event: dict[str, Any]) -> None:
        """Tell nothing new: what is converted stands in the events that follow."""

    def _exit(self, event: dict[str, Any]) -> None:
        if event["part"] == 0:
            self.positions.pop(event["order_id"])
        else:
            self.positions[event["order_id"]]["size"] = event["remaining"]
            self.positions[event["order_id"]]["parts"] = event["part"]

    def _ledger(self, event: dict[str, Any]) -> None:
        self.ledger["cash"] = event["cash"]
        if event["entry"] == "result":
            self.ledger["realised"] = self.ledger["realised"] + event["amount"]
            self.ledger["closed"] += 1
        elif event["entry"] == "swap":
            held = self.positions[event["order_id"]]
            held["swap"] = held["swap"] + event["amount"]
            self.total_swap = self.total_swap + event["amount"]
        else:
            self.ledger["total_fees"] = self.ledger["total_fees"] + event["amount"]

    def _equity(self, event: dict[str, Any]) -> None:
        self.ledger["max_equity"] = event["max_equity"]
        if event["drawdown"] > self.ledger["max_drawdown"]:
            self.ledger["max_drawdown"] = event["drawdown"]
        for held in self.positions.values() if self.units is not None else ():
            unit = self.units and self.units.at_close(held["symbol"], event["time_us"])
            if unit is not None:
                held["now_unit"] = unit

    def state(self) -> dict[str, Any]:
        opened = list(self.positions)
        return {
            "version": 1,
            "time_us": self.time_us,
            "next_order_id": self.next_order_id,
            # In order of acceptance, which is not that of the fills.
            "orders": [dict(self.orders[key]) for key in sorted(self.orders)],
            "positions": [dict(self.positions[key]) for key in sorted(self.positions)],
            "ledger": {
                **self.ledger,
                **({"total_swap": self.total_swap} if self.total_swap != 0.0 else {}),
            },
            **({} if opened == sorted(opened) else {"opened": opened}),
        }


def fold(
    events: Iterable[dict[str, Any]],
    initial_balance: float,
    units: Units | None = None,
    opening: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Rebuild the state after `events`.

    Parameters
    ----------
    events
        A trace from its beginning.
    initial_balance
        Cash before the first event, in account currency.
    units
        What `units_of` reads out of the case: where it is None positions have no unit of now, no
        swap and no margin.
    opening
        The canonical state before the first event, where the trace is only a part of one.

    Returns
    -------
    dict
        The canonical state, version 1.

    Examples
    --------
    >>> row = {"cash": 9.0, "equity": 9.0, "equity_worst": 9.0, "drawdown": 1.0, "max_equity": 10.0}
    >>> fold([{"seq": 0, "kind": "equity", **row}], 10.0)["ledger"]["max_drawdown"]
    1.0
    """
    state = _Fold(initial_balance, units)
    if opening is not None:
        state.load(opening)
    for event in events:
        state.apply(event)
    return state.state()


def states_at_entry(
    events: Iterable[dict[str, Any]], initial_balance: float, units: Units | None = None
) -> dict[int, dict[str, Any]]:
    """Rebuild, for each bar, the state that a strategy sees when it is evaluated.

    Returns
    -------
    dict
        Absolute bar index to canonical state, before anything of ENTRY.
    """
    state = _Fold(initial_balance, units)
    found: dict[int, dict[str, Any]] = {}
    bar: int | None = None
    for event in events:
        if (
            bar is not None
            and bar not in found
            and (event["bar"] != bar or event["phase"] not in _PHASES_BEFORE_ENTRY)
        ):
            found[bar] = state.state()
        bar = event["bar"]
        state.apply(event)
    if bar is not None and bar not in found:
        found[bar] = state.state()
    return found
