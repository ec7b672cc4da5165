"""What an executor and the faces of its positions share: active orders, phase, queued writes.

A write of a stop or target arrives here through the face; the phase of the bar decides when it
takes effect (L8).
"""

from __future__ import annotations

from .arithmetic import snap_level
from .config import FeeModel
from .positions import OPEN, PENDING, Position
from .rule_ids import L8_DROPPED, L8_MANAGE_WRITE, L8_QUEUED_WRITE
from .signals import Rejection
from .trace import ENTRY, Tracer


class Blotter:
    """What the executor and the faces of its positions share: active orders, phase, queue."""

    def __init__(self, fee_model: FeeModel) -> None:
        self.active: list[Position] = []
        self.fee_model = fee_model
        self.phase: str | None = None
        self.time_us: int | None = None
        self.queue: list[tuple[Position, str, float | None, str]] = []
        self.refused: list[Rejection] = []
        self.tracer: Tracer | None = None
        self.version = 0
        # Set when a record on the active list is closed, rejected or expired.
        self.finished = False

    def write(self, position: Position, field: str, value: float | None) -> None:
        """Take a level written through a face: queued in ENTRY, else at once (L8)."""
        if value is not None and position.digits is not None:
            value = snap_level(value, position.digits, position.sign)
        if position.status not in (PENDING, OPEN):
            self.refuse(position, field, value, L8_DROPPED, "a waiting order or open position")
            return
        if value == position.level(field):
            return
        position.show(field, value)
        if self.phase == ENTRY:
            self.queue.append((position, field, value, position.status))
            self.emit(position, "queued", L8_QUEUED_WRITE, field)
        else:
            position.commit(field, value)
            self.emit(position, "written", L8_MANAGE_WRITE, field)

    def refuse(
        self, position: Position, field: str, value: float | None, rule: str, expected: str
    ) -> None:
        """Record a write that is not carried out (L8.dropped, L8.refused)."""
        time_us = position.entry_time_us if self.time_us is None else self.time_us
        self.refused.append(
            Rejection(position.order_id, time_us, position.symbol, rule, field, value, expected)
        )
        self.emit(position, "dropped" if rule == L8_DROPPED else "refused", rule, field)

    def remove(self, position: Position) -> None:
        """Take a position closed by hand off the active list."""
        self.active = [other for other in self.active if other is not position]
        self.version += 1

    def emit(self, position: Position, action: str, rule: str, field: str | None) -> None:
        """Trace what happened to an order."""
        if self.tracer is not None:
            self.tracer.emit(
                "order",
                rule,
                order_id=position.order_id,
                action=action,
                symbol=position.symbol,
                direction=position.direction,
                type=position.order_type,
                status=position.status,
                reference=position.reference,
                unit_value=position.unit_value,
                risk=position.risk,
                size=position.size,
                stop_loss=position.stop_loss,
                take_profit=position.take_profit,
                field=field,
            )

    def emit_exit(self, position: Position, raw: float) -> None:
        """Trace an exit."""
        if self.tracer is not None:
            self.tracer.emit(
                "exit",
                str(position.exit_rule),
                order_id=position.order_id,
                symbol=position.symbol,
                direction=position.direction,
                raw=raw,
                price=position.exit_price,
                size=position.size,
                reason=position.reason,
                result=position.result,
                r_multiple=position.r_multiple,
                exit_fee=position.exit_fee,
                ambiguous=position.ambiguous,
            )
