"""What users order of an executor: close, cancel, modify, and how the queue is carried out (L8)."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from datetime import datetime
from typing import Any

from .account_checks import clock_error
from .blotter import WRITE, Command
from .candles import to_time_us
from .errors import make_error
from .fills import Fills
from .orders import (
    STOP_LOSS,
    TAKE_PROFIT,
    Breach,
    check_distance,
    check_sides,
    check_sides_waiting,
)
from .position_face import PortfolioPosition, read_level
from .positions import CANCELLED, OPEN, PENDING, Position
from .quotes import Quote
from .rule_ids import (
    L8_CANCELLED,
    L8_DROPPED,
    L8_MANAGE_WRITE,
    L8_QUEUED_COMMAND,
    L8_QUEUED_WRITE,
    L8_REFUSED,
    X5_MANUAL,
    X5_MANUAL_OPEN,
)
from .symbols import SymbolSpec

CLOSE = "close"
CANCEL = "cancel"
MODIFY = "modify"
EXPIRES_AT = "expires_at"
MANUAL = "manual"

# A parameter that was left out, where None means something else.
KEEP: Any = object()


class Commands(Fills):
    """Takes what users order and carries it out when the phase allows."""

    def close(self, position: PortfolioPosition | int) -> None:
        """Close a position at a market price (X5.manual, X5.manual_open).

        Ordered in ENTRY it is queued for CLOSE; else it acts at once. With
        market_fill="next_open" it waits for the next bar's OPEN; where its symbol has no bar now,
        for that of its next one (L8.hole).

        Parameters
        ----------
        position : PortfolioPosition or int
            A position of this executor or its order id. What is no open position by then is
            recorded in refused_commands.

        Errors
        ------
        ORDER_UNKNOWN
        """
        record = self._record_of(position)
        if record.status != OPEN:
            self._blotter.refuse(record, CLOSE, None, L8_DROPPED, "an open position")
        elif (
            self._blotter.is_queueing()
            or self._policy.market_fill == "next_open"
            or (not self._parity and self._is_in_hole(record))
        ):
            self._queue(Command(record, CLOSE, {}, OPEN))
        else:
            self._close_now(record)
            self._drop_finished()

    def cancel(self, position: PortfolioPosition | int) -> None:
        """Cancel a waiting order (L8.cancelled); ordered in ENTRY it is queued for CLOSE.

        Errors
        ------
        ORDER_UNKNOWN
        """
        record = self._record_of(position)
        if record.status != PENDING:
            self._blotter.refuse(record, CANCEL, None, L8_DROPPED, "a waiting order")
        elif self._blotter.is_queueing():
            self._queue(Command(record, CANCEL, {}, PENDING, L8_CANCELLED))
        else:
            self._cancel_now(record, L8_CANCELLED)
            self._drop_finished()

    def modify(
        self,
        position: PortfolioPosition | int,
        *,
        sl: float | None = KEEP,
        tp: float | None = KEEP,
        expires_at: datetime | None = KEEP,
    ) -> None:
        """Change the levels or the expiry of an order; what is left out stays (L8.queued_write).

        Parameters
        ----------
        position : PortfolioPosition or int
        sl, tp : float or None
            None removes the level.
        expires_at : datetime or None
            Of a waiting order only; None: good till cancelled.

        Errors
        ------
        ORDER_UNKNOWN, LEVEL_TYPE, LEVEL_NOT_FINITE, TIME_TYPE, TIME_NAIVE
        """
        record = self._record_of(position)
        blotter = self._blotter
        changes: dict[str, float | int | None] = {}
        for field, value in ((STOP_LOSS, sl), (TAKE_PROFIT, tp)):
            if value is not KEEP:
                changes[field] = record.snapped(read_level(value, field))
        if expires_at is not KEEP:
            if self._parity:
                raise make_error(
                    "PRESET_OPTION", symbol=record.symbol, field=EXPIRES_AT, value=expires_at,
                    expected="no expiry",
                )  # fmt: skip
            moment = None if expires_at is None else to_time_us(expires_at, EXPIRES_AT)
            if self._ordinal and moment is not None:
                raise clock_error(EXPIRES_AT, moment, record.symbol)
            changes[EXPIRES_AT] = moment
        if record.status not in (PENDING, OPEN):
            blotter.refuse(record, MODIFY, None, L8_DROPPED, "a waiting order or open position")
            return
        changes = {
            field: value
            for field, value in changes.items()
            if value
            != (self._ordered_expiry(record) if field == EXPIRES_AT else record.level(field))
        }
        if not changes:
            return
        for field, value in changes.items():
            if field != EXPIRES_AT:
                record.show(field, value)
        command = Command(record, MODIFY, changes, record.status)
        if blotter.is_queueing():
            blotter.queue.append(command)
            blotter.emit(record, "queued", L8_QUEUED_WRITE, MODIFY)
        else:
            self._change(command, L8_MANAGE_WRITE)

    def _ordered_expiry(self, position: Position) -> int | float | None:
        """Return the expiry ordered last: one that waits in the queue does not read back yet."""
        for command in reversed(self._blotter.queue):
            if command.position is position and EXPIRES_AT in command.changes:
                return command.changes[EXPIRES_AT]
        return position.expires_at_us

    def _record_of(self, position: object) -> Position:
        """Return the record that a command is about."""
        known: Position | None = None
        if isinstance(position, PortfolioPosition):
            known = self._orders.get(position.order_id)
            if known is not position._position:
                known = None
        elif isinstance(position, int) and not isinstance(position, bool):
            known = self._orders.get(position)
        if known is None:
            raise make_error(
                "ORDER_UNKNOWN", field="position", value=position,
                expected="an order of this executor or its order id",
            )  # fmt: skip
        return known

    def _queue(self, command: Command) -> None:
        self._blotter.queue.append(command)
        self._blotter.emit(command.position, "queued", L8_QUEUED_COMMAND, command.action)

    def _close_now(self, position: Position) -> None:
        quote = self._quotes[position.symbol]
        raw = quote.closing_close(position.sign)
        self._close(position, raw, True, quote.time_us, MANUAL, X5_MANUAL)

    def _cancel_now(self, position: Position, rule: str) -> None:
        self._retire(position, CANCELLED, "cancelled", rule)

    def _carry_out(self, last: bool) -> None:
        """Carry out the queue in CLOSE, in the order of the calls (L8)."""
        queue, self._blotter.queue = self._blotter.queue, []
        at_open = self._policy.market_fill == "next_open"
        for command in queue:
            position = command.position
            if command.action == CLOSE and (at_open or self._is_in_hole(position)):
                if last:
                    self._blotter.refuse(position, CLOSE, None, L8_DROPPED, "a next bar")
                else:
                    self._blotter.queue.append(command)
            elif position.status != command.status:
                self._drop(command)
            elif command.action == CLOSE:
                self._close_now(position)
            elif command.action == CANCEL:
                self._cancel_now(position, command.rule)
            else:
                self._change(command, L8_QUEUED_WRITE)

    def _is_in_hole(self, position: Position) -> bool:
        """Tell whether an order's symbol has no bar at this time (L8.hole)."""
        return self._quotes[position.symbol].time_us != self._shown_us

    def _close_at_open(self, quote: Quote) -> None:
        """Carry out the closes that wait for this open (X5.manual_open)."""
        queue, self._blotter.queue = self._blotter.queue, []
        for command in queue:
            position = command.position
            if position.symbol != quote.symbol:
                self._blotter.queue.append(command)
            elif position.status != OPEN:
                self._drop(command)
            else:
                raw = quote.closing_open(position.sign)
                self._close(position, raw, True, quote.time_us, MANUAL, X5_MANUAL_OPEN)

    def _drop(self, command: Command) -> None:
        """Record a command whose order is no longer what it was (L8.dropped)."""
        self._show_committed(command)
        field, value = command.action, None
        if field == WRITE:
            ((field, value),) = command.changes.items()
        self._blotter.refuse(command.position, field, value, L8_DROPPED, f"still {command.status}")

    def _show_committed(self, command: Command) -> None:
        """Let the committed levels read back again, unless others were written since (L8)."""
        position = command.position
        for field, value in command.changes.items():
            if field != EXPIRES_AT and position.level(field) == value:
                position.show(field, position.committed(field))

    def _change(self, command: Command, rule: str) -> None:
        """Commit what a write or modify changes, or record why not (L8.refused)."""
        position = command.position
        breach = None if position.parity else self._check_changes(position, command.changes)
        if breach is not None:
            self._show_committed(command)
            _, field, value, expected = breach
            self._blotter.refuse(position, field, value, L8_REFUSED, expected)
            return
        for field, value in command.changes.items():
            if field == EXPIRES_AT:
                position.expires_at_us = None if value is None else int(value)
            else:
                position.commit(field, value)
        field = MODIFY if command.action == MODIFY else next(iter(command.changes))
        self._blotter.emit(position, "written", rule, field)

    def _check_changes(
        self, position: Position, changes: dict[str, float | int | None]
    ) -> Breach | None:
        """Check the levels that a command names, and no others (L8.refused)."""
        if EXPIRES_AT in changes and position.status == OPEN:
            value = changes[EXPIRES_AT]
            return L8_REFUSED, EXPIRES_AT, value, "a waiting order"
        quote = self._quotes[position.symbol]
        spec = self._symbol_specs.get(position.symbol)
        stop, target = changes.get(STOP_LOSS), changes.get(TAKE_PROFIT)
        if position.status == PENDING and position.entry is not None:
            return self._check_waiting(position.sign, stop, target, position.entry, spec)
        reference = quote.opening_close(position.sign)
        return self._check_levels(position.sign, stop, target, reference, quote, spec)

    def _check_levels(
        self,
        sign: float,
        stop: float | None,
        target: float | None,
        reference: float,
        quote: Quote,
        spec: SymbolSpec | None,
    ) -> Breach | None:
        """Check sides against both closes, then distances from the reference (S3)."""
        bid, ask = quote.bid_close, quote.ask_close
        return (
            check_sides(sign, STOP_LOSS, stop, bid, ask)
            or check_sides(sign, TAKE_PROFIT, target, bid, ask)
            or check_distance(STOP_LOSS, stop, reference, spec)
            or check_distance(TAKE_PROFIT, target, reference, spec)
        )

    def _check_waiting(
        self,
        sign: float,
        stop: float | None,
        target: float | None,
        entry: float,
        spec: SymbolSpec | None,
    ) -> Breach | None:
        """Check the sides and distances of a limit or stop order from its entry (S3)."""
        return (
            check_sides_waiting(sign, STOP_LOSS, stop, entry)
            or check_sides_waiting(sign, TAKE_PROFIT, target, entry)
            or check_distance(STOP_LOSS, stop, entry, spec)
            or check_distance(TAKE_PROFIT, target, entry, spec)
        )
