"""The record of one order from acceptance to exit (rules E2, P2).

Its face, the object users hold, is in ``position_face``; what it shares with the executor is in
``blotter``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arithmetic import distance

if TYPE_CHECKING:
    from .blotter import Blotter
    from .position_face import PortfolioPosition

PENDING = "pending"
OPEN = "open"
CLOSED = "closed"
REJECTED = "rejected"
EXPIRED = "expired"

AT_OPEN = "open"
AT_CLOSE = "close"


class Position:
    """The record of one order from acceptance to exit; times in microseconds, prices in quote."""

    def __init__(
        self,
        order_id: int,
        symbol: str,
        direction: str,
        order_type: str,
        status: str,
        entry_time_us: int,
        reference: float,
        unit_value: float,
        size: float,
        stop_loss: float | None,
        take_profit: float | None,
        risk_per_trade: float,
        digits: int | None,
    ) -> None:
        self.order_id = order_id
        self.symbol = symbol
        self.direction = direction
        self.sign = 1.0 if direction == "long" else -1.0
        self.order_type = order_type
        self.status = status
        self.entry_time_us = entry_time_us
        self.trigger_time_us: int | None = None
        self.exit_time_us: int | None = None
        self.reference = reference
        self.unit_value = unit_value
        self.size = size
        self.stop_loss = stop_loss
        self.take_profit = take_profit
        # What EXITS tests; a write made in ENTRY reaches it in CLOSE (L8).
        self.committed_stop_loss = stop_loss
        self.committed_take_profit = take_profit
        self.initial_stop_loss = stop_loss
        self.initial_take_profit = take_profit
        self.risk_per_trade = risk_per_trade
        self.risk = risk_of(reference, stop_loss, size, unit_value)
        self.digits = digits
        self.at = AT_CLOSE
        self.entry_price = reference
        self.entry_fee = 0.0
        self.exit_price: float | None = None
        self.exit_fee = 0.0
        self.result: float | None = None
        self.net_result: float | None = None
        self.r_multiple: float | None = None
        self.reason: str | None = None
        self.stop_reason = "stop_loss"
        self.entry_rule: str | None = None
        self.exit_rule: str | None = None
        self.ambiguous = False
        self.metadata: dict[str, object] = {}
        self.blotter: Blotter | None = None
        self.signal_row = -1
        self.face: PortfolioPosition | None = None

    def gain(self, price: float) -> float:
        """Return the gain at a price in account currency (P2.result, P3.equity).

        ``((price - entry) * sign) * size) * unit value``, never -0.0.
        """
        return ((((price - self.entry_price) * self.sign) * self.size) * self.unit_value) + 0.0

    def finish(self, price: float, time_us: int, exit_fee: float, reason: str, rule: str) -> None:
        """Close the record at a price: result, R and reason (P2)."""
        self.status = CLOSED
        self.exit_price = price
        self.exit_time_us = time_us
        self.exit_fee = exit_fee
        self.reason = reason
        self.exit_rule = rule
        self.result = self.gain(price)
        self.net_result = ((self.result - self.entry_fee) - exit_fee) + 0.0
        if self.risk is not None:
            self.r_multiple = (self.result / self.risk) + 0.0

    def commit(self, field: str, value: float | None) -> None:
        """Make a written level the one that EXITS tests; a new stop changes the exit's reason."""
        if field == "stop_loss":
            if value != self.committed_stop_loss:
                self.stop_reason = "break_even_stop_loss"
            self.committed_stop_loss = value
        else:
            self.committed_take_profit = value

    def level(self, field: str) -> float | None:
        """Return the visible stop or target."""
        return self.stop_loss if field == "stop_loss" else self.take_profit

    def show(self, field: str, value: float | None) -> None:
        """Set the visible stop or target."""
        if field == "stop_loss":
            self.stop_loss = value
        else:
            self.take_profit = value

    def committed(self, field: str) -> float | None:
        """Return the stop or target that EXITS tests."""
        return self.committed_stop_loss if field == "stop_loss" else self.committed_take_profit


def risk_of(
    reference: float, stop_loss: float | None, size: float, unit_value: float
) -> float | None:
    """Return 1R in account currency, None without a stop (P2.r_multiple).

    ``(|reference - initial stop| * size) * unit value``

    >>> risk_of(1.5, 1.25, 0.1, 100000.0)
    2500.0
    """
    if stop_loss is None:
        return None
    risk = (distance(reference, stop_loss) * size) * unit_value
    return risk if risk > 0.0 else None
