"""Candidates with a fault that only some examples show."""

from __future__ import annotations

from typing import Any

from fillproof import backends
from fillproof.conformance.adapters.authoring import engine
from fillproof.conformance.play import play

FIELDS = (
    "order_id", "symbol", "direction", "entry_time_us", "trigger_time_us", "exit_time_us",
    "entry_price", "exit_price", "size", "reason",
)  # fmt: skip


@engine(gives=("trades",), trade_fields=FIELDS)
def right(case: dict[str, Any]) -> dict[str, Any]:
    """Give the trades of the plain reference."""
    out = play(backends.load("python"), case)
    if out.get("error") is not None:
        return {"error": out["error"]}
    closed = out["trades"]["closed"]
    return {"trades": {"closed": [{name: trade[name] for name in FIELDS} for trade in closed]}}


@engine(gives=("trades",), trade_fields=FIELDS)
def wrong(case: dict[str, Any]) -> dict[str, Any]:
    """Leave a short at the target a point too late, wherever fees are charged."""
    out = right(case)
    for trade in out.get("trades", {}).get("closed", []):
        paid = any(float(value) > 0.0 for value in case["config"].get("fees", {}).values())
        if paid and trade["direction"] == "short" and trade["reason"] == "take_profit":
            trade["exit_price"] = trade["exit_price"] + 1e-5
    return out


@engine(gives=("trades",), trade_fields=FIELDS)
def falls(case: dict[str, Any]) -> dict[str, Any]:
    """End the process where a spread is wide."""
    if any(float(row[8]) - float(row[4]) > 0.0005 for row in case["bars"]):
        raise SystemExit(7)
    return right(case)
