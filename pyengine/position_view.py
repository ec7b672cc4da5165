"""What users read of a waiting order or position (M2)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .candles import from_time_us
from .positions import CLOSED, Position

if TYPE_CHECKING:
    from .ambiguity import Mark


class PositionView:
    """The read-only attributes of a position; see :class:`PortfolioPosition`."""

    _position: Position

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
        """One of market, limit, stop."""
        return self._position.order_type

    @property
    def status(self) -> str:
        """One of pending, open, closed, rejected, expired, cancelled."""
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
        """Price that size, distances and 1R count from (E4.reference)."""
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
    def initial_size(self) -> float:
        """Lots at acceptance, before any part was closed; 0.0 while a parity order waits."""
        return self._position.initial_size

    @property
    def part(self) -> int:
        """Number of the partial exit that this is, from 1; 0 for a whole position."""
        return self._position.part

    @property
    def expires_at(self) -> datetime | None:
        """Time from which a waiting order is dead, UTC; None: good till cancelled (E3)."""
        time_us = self._position.expires_at_us
        return None if time_us is None else from_time_us(time_us)

    @property
    def max_bars(self) -> int | None:
        """Bars in which a waiting order may trigger (E3.max_bars)."""
        return self._position.max_bars

    @property
    def oco(self) -> str | None:
        """Name of the group whose orders cancel each other (S4)."""
        return self._position.oco

    @property
    def risk_per_trade(self) -> float:
        """Account currency the sizing was asked to risk."""
        return self._position.risk_per_trade

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
    def swap(self) -> float:
        """Swap booked so far, account currency; positive gains (P6.swap)."""
        return self._position.swap

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
    def marks(self) -> tuple[Mark, ...]:
        """What the candles leave open, and what the other reading would make of it (X4)."""
        return self._position.marks

    @property
    def metadata(self) -> dict[str, object]:
        """The signal's meta; a live dict."""
        return self._position.metadata
