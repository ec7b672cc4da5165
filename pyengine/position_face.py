"""The object users hold for a waiting order or position (M2): one for each, for its whole life."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .arithmetic import is_finite
from .candles import from_time_us, is_number, to_time_us
from .config import choice, number
from .costs import fee
from .errors import make_error
from .positions import CLOSED, OPEN, PENDING, Position
from .rule_ids import X5_CLOSED_BY_HAND
from .trace import ENTRY

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS = (
    "stop_loss", "break_even_stop_loss", "trailing_stop", "take_profit", "timeout",
    "session_close", "partial_exit", "stop_out", "manual", "end_of_data",
)  # fmt: skip


def _level(value: object, field: str) -> float | None:
    """Read a written stop or target."""
    if value is None:
        return None
    if not is_number(value):
        raise make_error("LEVEL_TYPE", field=field, value=value, expected="a price or None")
    level = float(value)  # type: ignore[arg-type]
    if not is_finite(level):
        raise make_error("LEVEL_NOT_FINITE", field=field, value=value, expected="a finite price")
    return level + 0.0


class PortfolioPosition:
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
            _level(stop_loss if initial_stop_loss is None else initial_stop_loss, "stop_loss"),
            _level(
                take_profit if initial_take_profit is None else initial_take_profit, "take_profit"
            ),
            number(risk_per_trade, "risk_per_trade", least=0.0),
            None,
        )
        position.trigger_time_us = time_us if status == OPEN else None
        position.stop_loss = position.committed_stop_loss = _level(stop_loss, "stop_loss")
        position.take_profit = position.committed_take_profit = _level(take_profit, "take_profit")
        position.entry_fee = number(entry_fee, "entry_fee", least=0.0)
        position.metadata.update(metadata or {})
        position.face = self
        self._position = position

    @classmethod
    def _of(cls, position: Position) -> PortfolioPosition:
        """Return the one face of a record."""
        if position.face is None:
            face = cls.__new__(cls)
            face._position = position
            position.face = face
        return position.face

    @property
    def order_id(self) -> int:
        """Number of the process_signal call that made it, from 1; 0 for a user's own (L7)."""
        return self._position.order_id

    @property
    def symbol(self) -> str:
        """Trading symbol."""
        return self._position.symbol

    @property
    def direction(self) -> str:
        """Either long or short."""
        return self._position.direction

    @property
    def order_type(self) -> str:
        """Type of the order, market."""
        return self._position.order_type

    @property
    def status(self) -> str:
        """One of pending, open, closed, rejected, expired."""
        return self._position.status

    @property
    def is_closed(self) -> bool:
        """Whether a filled position has left the market."""
        return self._position.status == CLOSED

    @property
    def entry_time_us(self) -> int:
        """Open of the signal's bar, microseconds since 1970 UTC."""
        return self._position.entry_time_us

    @property
    def trigger_time_us(self) -> int | None:
        """Open of the bar that filled it, microseconds; None while pending."""
        return self._position.trigger_time_us

    @property
    def exit_time_us(self) -> int | None:
        """Open of the bar that closed it, microseconds."""
        return self._position.exit_time_us

    @property
    def entry_time(self) -> datetime:
        """Open of the signal's bar, UTC."""
        return from_time_us(self._position.entry_time_us)

    @property
    def open_time(self) -> datetime:
        """The same as entry_time."""
        return self.entry_time

    @property
    def trigger_time(self) -> datetime | None:
        """Open of the bar that filled it, UTC; None while pending."""
        time_us = self._position.trigger_time_us
        return None if time_us is None else from_time_us(time_us)

    @property
    def exit_time(self) -> datetime | None:
        """Open of the bar that closed it, UTC."""
        time_us = self._position.exit_time_us
        return None if time_us is None else from_time_us(time_us)

    @property
    def close_time(self) -> datetime | None:
        """The same as exit_time."""
        return self.exit_time

    @property
    def reference(self) -> float:
        """Opening side's close when the order was accepted (E4, 1R)."""
        return self._position.reference

    @property
    def unit_value(self) -> float:
        """Account currency per lot and unit of price, at acceptance (P2.unit_value)."""
        return self._position.unit_value

    @property
    def entry_price(self) -> float:
        """Price of the fill; the reference while pending."""
        return self._position.entry_price

    @property
    def size(self) -> float:
        """Lots."""
        return self._position.size

    @property
    def risk_per_trade(self) -> float:
        """Account currency the sizing was asked to risk."""
        return self._position.risk_per_trade

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
        level = _level(value, field)
        position = self._position
        if position.blotter is not None:
            position.blotter.write(position, field, level)
        else:
            position.show(field, level)
            position.commit(field, level)

    @property
    def initial_stop_loss(self) -> float | None:
        """Stop at acceptance; 1R is counted from it."""
        return self._position.initial_stop_loss

    @property
    def initial_take_profit(self) -> float | None:
        """Target at acceptance."""
        return self._position.initial_take_profit

    @property
    def entry_fee(self) -> float:
        """Fee of the entry in account currency, 0.0 while pending."""
        return self._position.entry_fee

    @property
    def exit_fee(self) -> float:
        """Fee of the exit in account currency, 0.0 while open."""
        return self._position.exit_fee

    @property
    def exit_price(self) -> float | None:
        """Price of the exit."""
        return self._position.exit_price

    @property
    def result(self) -> float | None:
        """Gain in account currency without fees (P2.result)."""
        return self._position.result

    @property
    def net_result(self) -> float | None:
        """Result less both fees."""
        return self._position.net_result

    @property
    def r_multiple(self) -> float | None:
        """Result in units of the initial risk, None without a stop (P2.r_multiple)."""
        return self._position.r_multiple

    @property
    def reason(self) -> str | None:
        """Why it ended (X5)."""
        return self._position.reason

    @property
    def entry_rule(self) -> str | None:
        """Rule that filled it."""
        return self._position.entry_rule

    @property
    def exit_rule(self) -> str | None:
        """Rule that closed it."""
        return self._position.exit_rule

    @property
    def ambiguous(self) -> bool:
        """Whether the candles leave open how it ended (X3)."""
        return self._position.ambiguous

    @property
    def metadata(self) -> dict[str, object]:
        """The signal's meta; a live dict."""
        return self._position.metadata

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
        time_us = to_time_us(time, "time")
        exit_price = _level(price, "price")
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
        blotter = position.blotter
        exit_fee = 0.0
        if blotter is not None:
            if blotter.phase == ENTRY:
                raise make_error(
                    "CLOSE_IN_ENTRY", symbol=position.symbol, field="close",
                    value=position.order_id, expected="a call outside the strategy's evaluate",
                )  # fmt: skip
            exit_fee = fee(blotter.fee_model, position.size, exit_price, position.unit_value)
        position.finish(exit_price, time_us, exit_fee, reason, X5_CLOSED_BY_HAND)
        if blotter is not None:
            blotter.remove(position)
            blotter.emit_exit(position, exit_price)

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


FACE_FIELDS = (
    "order_id", "symbol", "direction", "order_type", "status", "is_closed", "entry_time",
    "trigger_time", "exit_time", "open_time", "close_time", "reference", "unit_value",
    "entry_price", "exit_price", "size", "risk_per_trade", "stop_loss", "take_profit",
    "initial_stop_loss", "initial_take_profit", "entry_fee", "exit_fee", "result", "net_result",
    "r_multiple", "reason", "entry_rule", "exit_rule", "ambiguous", "metadata",
)  # fmt: skip
