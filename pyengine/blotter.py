"""What an executor and the faces of its positions share: active orders, phase, queued commands.

A write of a stop or target arrives here through the face; the phase of the bar decides when it
takes effect (L8). How queued commands are carried out is in ``commands``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from .config import FeeModel
from .positions import OPEN, PENDING, Position
from .rule_ids import L8_DROPPED, L8_MANAGE_WRITE, L8_QUEUED_WRITE
from .signals import Rejection
from .trace import ENTRY, Tracer

if TYPE_CHECKING:
    from .commands import Commands

WRITE = "write"


class Command:
    """Something ordered in ENTRY, on its way to CLOSE (L8).

    Attributes
    ----------
    position : Position
    action : {"write", "modify", "close", "cancel"}
    changes : dict
        stop_loss, take_profit, expires_at -> value; empty for close and cancel.
    status : str
        What the order was when the command was made.
    rule : str
        The rule of a cancel: ordered (L8) or of its group (S4).
    """

    def __init__(
        self,
        position: Position,
        action: str,
        changes: dict[str, float | int | None],
        status: str,
        rule: str = "",
    ) -> None:
        self.position = position
        self.action = action
        self.changes = changes
        self.status = status
        self.rule = rule


class Blotter:
    """What the executor and the faces of its positions share: active orders, phase, queue."""

    def __init__(self, executor: Commands, fee_model: FeeModel) -> None:
        # Weak, so that a position that is kept does not keep executor and portfolio.
        self._executor = ref(executor)
        self.fee_model = fee_model
        self.active: list[Position] = []
        self.phase: str | None = None
        self.time_us: int | None = None
        self.queue: list[Command] = []
        self.refused: list[Rejection] = []
        self.tracer: Tracer | None = None
        self.version = 0
        # Set when a record on the active list is closed, rejected, cancelled or expired.
        self.finished = False
        # In the preset parity commands act at once in every phase (R5.at_once).
        self.at_once = False

    @property
    def executor(self) -> Commands:
        """The executor whose orders these are; alive as long as anything is asked of it."""
        executor = self._executor()
        assert executor is not None, "Invariant: who orders something holds the executor"
        return executor

    def is_queueing(self) -> bool:
        """Tell whether commands wait for CLOSE (L8)."""
        return self.phase == ENTRY and not self.at_once

    def write(self, position: Position, field: str, value: float | None) -> None:
        """Take a level written through a face: queued in ENTRY, else at once (L8)."""
        value = position.snapped(value)
        if position.status not in (PENDING, OPEN):
            self.refuse(position, field, value, L8_DROPPED, "a waiting order or open position")
            return
        if value == position.level(field):
            return
        position.show(field, value)
        if self.is_queueing():
            self.queue.append(Command(position, WRITE, {field: value}, position.status))
            self.emit(position, "queued", L8_QUEUED_WRITE, field)
        else:
            position.commit(field, value)
            self.emit(position, "written", L8_MANAGE_WRITE, field)

    def refuse(
        self, position: Position, field: str, value: object, rule: str, expected: str
    ) -> None:
        """Record a command that is not carried out (L8.dropped, L8.refused, M1)."""
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
                entry=position.entry,
                reference=position.reference,
                unit_value=position.unit_value,
                risk=position.risk,
                size=position.size,
                stop_loss=position.stop_loss,
                take_profit=position.take_profit,
                expires_at_us=position.expires_at_us,
                max_bars=position.max_bars,
                oco=position.oco,
                field=field,
            )

    def emit_exit(self, position: Position, raw: float, remaining: float) -> None:
        """Trace an exit of a whole position, or of a part that leaves `remaining`."""
        if self.tracer is not None:
            self.tracer.emit(
                "exit",
                str(position.exit_rule),
                order_id=position.order_id,
                symbol=position.symbol,
                direction=position.direction,
                part=position.part,
                raw=raw,
                price=position.exit_price,
                size=position.size,
                remaining=remaining,
                reason=position.reason,
                result=position.result,
                r_multiple=position.r_multiple,
                exit_fee=position.exit_fee,
                ambiguous=position.ambiguous,
            )
