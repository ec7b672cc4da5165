"""The object users hold for a waiting order or position (M2): one for each, for its whole life."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .arithmetic import is_finite
from .candles import is_number, to_time_us
from .costs import fee
from .errors import make_error
from .position_view import PositionView
from .positions import OPEN, PENDING, Position, rest_of
from .rule_ids import X5_CLOSED_BY_HAND
from .settings import choice, number

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS = (
    "stop_loss", "break_even_stop_loss", "trailing_stop", "take_profit", "timeout",
    "session_close", "partial_exit", "stop_out", "manual", "end_of_data",
)  # fmt: skip


def read_level(value: object, field: str) -> float | None:
    """Read a written stop or target."""
    if value is None:
        return None
    if not is_number(value):
        raise make_error("LEVEL_TYPE", field=field, value=value, expected="a price or None")
    level = float(value)  # type: ignore[arg-type]
    if not is_finite(level):
        raise make_error("LEVEL_NOT_FINITE", field=field, value=value, expected="a finite price")
    return level + 0.0


class PortfolioPosition(PositionView):
    """A waiting order or position, one live object for its whole life (M2).

    Writable: ``stop_loss``, ``take_profit`` (None removes the level; queued when written in
    ENTRY, L8), the dict ``metadata``, and any attribute of the user's own. The executor makes
    these; a user's own executor may build them.

    Parameters
    ----------
    entry_time : datetime
        Open of the signal's bar, aware.
    direction : {"long", "short"}
    symbol : str
    entry_price : float
    stop_loss, take_profit : float or None
    size : float
        Lots.
    risk_per_trade : float
        Account currency.
    initial_stop_loss, initial_take_profit : float, optional
        Taken from stop_loss and take_profit where None.
    order_type, status : str
    entry_fee : float
    metadata : dict, optional

    Errors
    ------
    TIME_TYPE, TIME_NAIVE, OPTION_UNKNOWN, NUMBER_INVALID, LEVEL_TYPE, LEVEL_NOT_FINITE

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> when = datetime(2024, 1, 2, tzinfo=UTC)
    >>> position = PortfolioPosition(when, "long", "EURUSD", 1.5, 1.25, None, 0.1)
    >>> position.close(when, 1.75, "manual")
    >>> position.result, position.r_multiple
    (2500.0, 1.0)
    """

    def __init__(
        self,
        entry_time: datetime,
        direction: str,
        symbol: str,
        entry_price: float,
        stop_loss: float | None,
        take_profit: float | None,
        size: float,
        risk_per_trade: float = 100.0,
        initial_stop_loss: float | None = None,
        initial_take_profit: float | None = None,
        order_type: str = "market",
        status: str = OPEN,
        entry_fee: float = 0.0,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        time_us = to_time_us(entry_time, "entry_time")
        position = Position(
            0,
            symbol,
            choice(direction, "direction", ("long", "short")),
            order_type,
            choice(status, "status", (PENDING, OPEN)),
            time_us,
            number(entry_price, "entry_price", least=0.0, above=True),
            100000.0,
            number(size, "size", least=0.0, above=True),
            read_level(stop_loss if initial_stop_loss is None else initial_stop_loss, "stop_loss"),
            read_level(
                take_profit if initial_take_profit is None else initial_take_profit, "take_profit"
            ),
            number(risk_per_trade, "risk_per_trade", least=0.0),
            None,
        )
        position.trigger_time_us = time_us if status == OPEN else None
        position.stop_loss = position.committed_stop_loss = read_level(stop_loss, "stop_loss")
        position.take_profit = position.committed_take_profit = read_level(
            take_profit, "take_profit"
        )
        charge = number(entry_fee, "entry_fee", least=0.0)
        position.entry_fee = charge if status == OPEN else 0.0
        position.metadata.update(metadata or {})
        position.face = self
        self._position = position

    @classmethod
    def _of(cls, position: Position) -> PortfolioPosition:
        """Return the one face of a record."""
        return face_of(position)

    @property
    def stop_loss(self) -> float | None:
        """Stop, None without. Writable; see L8 for when a write takes effect."""
        return self._position.stop_loss

    @stop_loss.setter
    def stop_loss(self, value: float | None) -> None:
        self._write("stop_loss", value)

    @property
    def take_profit(self) -> float | None:
        """Target, None without. Writable like the stop."""
        return self._position.take_profit

    @take_profit.setter
    def take_profit(self, value: float | None) -> None:
        self._write("take_profit", value)

    def _write(self, field: str, value: object) -> None:
        level = read_level(value, field)
        position = self._position
        if position.blotter is not None:
            position.blotter.write(position, field, level)
        else:
            position.show(field, level)
            position.commit(field, level)

    def close(self, time: datetime, price: float, reason: str) -> None:
        """Close the position at a price; give it to portfolio.register_exit afterwards (M2).

        Parameters
        ----------
        time : datetime
            Open of the bar, aware.
        price : float
        reason : str
            One of X5's.

        Errors
        ------
        TIME_TYPE, TIME_NAIVE, LEVEL_TYPE, LEVEL_NOT_FINITE, REASON_UNKNOWN, ALREADY_CLOSED,
        CLOSE_IN_ENTRY
        """
        position = self._position
        time_us, exit_price = self._check_close(time, price, reason)
        self._take_rate()
        charge = self._exit_fee(position.size, exit_price)
        position.finish(exit_price, time_us, charge, reason, X5_CLOSED_BY_HAND)
        blotter = position.blotter
        if blotter is not None:
            blotter.remove(position)
            blotter.emit_exit(position, exit_price, 0.0)

    def close_part(
        self, time: datetime, price: float, size: float, reason: str = "partial_exit"
    ) -> PortfolioPosition:
        """Close a part at a price and return it; give it to portfolio.register_exit (M2).

        Parameters
        ----------
        time : datetime
            Open of the bar, aware.
        price : float
        size : float
            Lots, above 0 and below the position's size, which becomes smaller by it.
        reason : str
            One of X5's.

        Returns
        -------
        PortfolioPosition
            The closed part: same order_id, its own size, result and exit fee, no entry fee.

        Errors
        ------
        As for close; NUMBER_INVALID.
        """
        position = self._position
        time_us, exit_price = self._check_close(time, price, reason)
        lots = number(size, "size", least=0.0, above=True)
        rest = rest_of(position.size, lots)
        if not rest > 0.0:
            raise make_error(
                "NUMBER_INVALID", field="size", value=size,
                expected=f"a finite number > 0.0 and below {position.size!r}",
            )  # fmt: skip
        self._take_rate()
        charge = self._exit_fee(lots, exit_price)
        part = position.split(lots, rest)
        part.finish(exit_price, time_us, charge, reason, X5_CLOSED_BY_HAND)
        if position.blotter is not None:
            position.blotter.emit_exit(part, exit_price, rest)
        return PortfolioPosition._of(part)

    def _check_close(self, time: object, price: object, reason: object) -> tuple[int, float]:
        """Check what close and close_part are given, and that the phase allows them."""
        position = self._position
        time_us = to_time_us(time, "time")
        exit_price = read_level(price, "price")
        if exit_price is None:
            raise make_error("LEVEL_TYPE", field="price", value=price, expected="a price")
        if reason not in REASONS:
            raise make_error(
                "REASON_UNKNOWN", symbol=position.symbol, field="reason", value=reason,
                expected=", ".join(REASONS),
            )  # fmt: skip
        if position.status != OPEN:
            raise make_error(
                "ALREADY_CLOSED", symbol=position.symbol, field="status", value=position.status,
                expected="an open position",
            )  # fmt: skip
        if position.blotter is not None and position.blotter.is_queueing():
            raise make_error(
                "CLOSE_IN_ENTRY", symbol=position.symbol, field="close",
                value=position.order_id, expected="a call outside the strategy's evaluate",
            )  # fmt: skip
        return time_us, exit_price

    def _take_rate(self) -> None:
        """Let the executor convert at this moment (P5.unit_value)."""
        position = self._position
        executor = None if position.blotter is None else position.blotter._executor()
        if executor is not None:
            executor._refresh_unit(position, "exit")

    def _exit_fee(self, size: float, price: float) -> float:
        """Return the executor's fee of an exit by hand; none in the preset parity (R4.fee)."""
        position = self._position
        if position.blotter is None or position.parity:
            return 0.0
        return fee(position.blotter.fee_model, size, price, position.fee_unit)

    def to_dict(self) -> dict[str, object]:
        """Return the public fields by name."""
        return {name: getattr(self, name) for name in FACE_FIELDS}

    def __repr__(self) -> str:
        position = self._position
        return (
            f"PortfolioPosition(order_id={position.order_id}, {position.direction} "
            f"{position.size!r} {position.symbol}, {position.status}, "
            f"entry_price={position.entry_price!r})"
        )


def face_of(position: Position) -> PortfolioPosition:
    """Return the one face of a record."""
    if position.face is None:
        face = PortfolioPosition.__new__(PortfolioPosition)
        face._position = position
        position.face = face
    return position.face


FACE_FIELDS = (
    "order_id", "symbol", "direction", "order_type", "status", "is_closed", "entry_time",
    "trigger_time", "exit_time", "open_time", "close_time", "reference", "unit_value",
    "entry_price", "exit_price", "size", "initial_size", "part", "risk_per_trade", "stop_loss",
    "take_profit", "initial_stop_loss", "initial_take_profit", "entry_fee", "exit_fee", "result",
    "net_result",
    "r_multiple", "reason", "entry_rule", "exit_rule", "expires_at", "max_bars", "oco",
    "ambiguous", "marks", "metadata",
)  # fmt: skip
