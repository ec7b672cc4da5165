"""Which prices to draw beside a divergence: entry, stop and target of what it is about."""

from __future__ import annotations

from typing import Any

from ..replay import fold

__all__ = ["levels_before", "levels_of"]


def levels_of(
    state: dict[str, Any] | None, order_id: int | None, symbol: str | None
) -> list[dict[str, Any]]:
    """Read the levels out of the state just before two sides part.

    Parameters
    ----------
    state
        Canonical state, or None where it cannot be rebuilt.
    order_id
        The order that the divergence is about; None: whatever is open in the symbol.
    symbol
        Whose positions and orders to take where no order is named; None takes all.

    Returns
    -------
    list of dict
        One a position or waiting order: `order_id`, `what` (`position` or `order`), `direction`,
        `entry`, `stop`, `target` (prices, None where there is none).

    Examples
    --------
    >>> held = {"order_id": 3, "symbol": "EURUSD", "direction": "long", "entry_price": 1.1002,
    ...         "stop_loss": 1.099, "take_profit": None}
    >>> levels_of({"positions": [held], "orders": []}, 3, "EURUSD")[0]["stop"]
    1.099
    >>> levels_of({"positions": [held], "orders": []}, 4, "EURUSD")
    []
    """
    if state is None:
        return []
    found = [("position", item, item["entry_price"]) for item in state["positions"]]
    found += [("order", item, item["entry"]) for item in state["orders"]]
    return [
        {
            "order_id": item["order_id"],
            "what": what,
            "direction": item["direction"],
            "entry": entry,
            "stop": item["stop_loss"],
            "target": item["take_profit"],
        }
        for what, item, entry in found
        if (
            item["order_id"] == order_id
            if order_id is not None
            else symbol in (None, item["symbol"])
        )
    ]


def levels_before(events: list[dict[str, Any]], divergence: dict[str, Any]) -> list[dict[str, Any]]:
    """Read the levels out of a trace from its beginning, as they stood before a bar.

    For candidates without a trace of their own: what was open is known of the reference alone.

    Parameters
    ----------
    events
        The reference's trace.
    divergence
        As the report has it; its bar, order and symbol are looked at.

    Returns
    -------
    list of dict
        As `levels_of`; none where the divergence is in no bar or the trace makes no sense.
    """
    bar = divergence["bar"]
    if bar is None:
        return []
    try:
        # The balance is in no level.
        state = fold((event for event in events if event["bar"] < bar), 0.0)
    except (KeyError, TypeError, ValueError):
        return []
    return levels_of(state, divergence["order_id"], divergence["symbol"])
