"""What an executor shows of itself: the canonical state and the rows of its signals."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from typing import TYPE_CHECKING

from .orders import STOP_LOSS
from .positions import OPEN, PENDING, Position

if TYPE_CHECKING:
    from .execution import ExecutionSimulator

STATE_VERSION = 1


def state(executor: ExecutionSimulator) -> dict[str, object]:
    """Return the canonical state of an executor and its portfolio (state.schema.json)."""
    blotter = executor._blotter
    accounted = executor.rates is not None or executor.margin is not None or executor._swaps
    ledger_state = getattr(executor.portfolio, "ledger_state", None)
    return {
        "version": STATE_VERSION,
        "time_us": blotter.time_us,
        "next_order_id": executor._next_order_id,
        "orders": [waiting_state(p) for p in blotter.active if p.status == PENDING],
        "positions": [
            {**position_state(p), **(account_state(p) if accounted else {})}
            for p in blotter.active
            if p.status == OPEN
        ],
        "ledger": None if ledger_state is None else ledger_state(),
        **opened_state(executor),
    }


def opened_state(executor: ExecutionSimulator) -> dict[str, object]:
    """Return in which order positions opened, where it is not that of acceptance."""
    opened = [p.order_id for p in executor._held if p.status == OPEN]
    return {} if opened == sorted(opened) else {"opened": opened}


def waiting_state(position: Position) -> dict[str, object]:
    """Return the state of a waiting order."""
    fields = order_state(position)
    if position.max_bars is not None and position.bars_seen > 0:
        fields["bars_seen"] = position.bars_seen
    return fields


def order_state(position: Position) -> dict[str, object]:
    """Return what the state of a waiting order and that of a position have in common."""
    moved = {} if position.stop_reason == STOP_LOSS else {"stop_reason": position.stop_reason}
    return {
        "order_id": position.order_id,
        "symbol": position.symbol,
        "direction": position.direction,
        "type": position.order_type,
        "entry": position.entry,
        "entry_time_us": position.entry_time_us,
        "reference": position.reference,
        "unit_value": position.unit_value,
        "risk": position.risk,
        "size": position.size,
        "initial_size": position.initial_size,
        "stop_loss": position.stop_loss,
        "take_profit": position.take_profit,
        "initial_stop_loss": position.initial_stop_loss,
        "initial_take_profit": position.initial_take_profit,
        "expires_at_us": position.expires_at_us,
        "max_bars": position.max_bars,
        "oco": position.oco,
        **moved,
    }


def position_state(position: Position) -> dict[str, object]:
    """Return the state of an open position."""
    fields = order_state(position)
    fields["trigger_time_us"] = position.trigger_time_us
    fields["at"] = position.at
    fields["entry_price"] = position.entry_price
    fields["entry_fee"] = position.entry_fee
    fields["ambiguous"] = position.ambiguous
    if position.parts > 0:
        fields["parts"] = position.parts
    return fields


def account_state(position: Position) -> dict[str, object]:
    """Return what rates, margin and swap have made of an open position."""
    return {
        "now_unit": position.now_unit,
        "margin": position.margin,
        "swap": position.swap,
    }
