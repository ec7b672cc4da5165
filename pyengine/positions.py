"""The record of one order from acceptance to exit (rules E2, P2).

Its face, the object users hold, is in ``position_face``; what it shares with the executor is in
``blotter``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arithmetic import distance, floor, snap_level
from .symbols import LOT_UNIT

if TYPE_CHECKING:
    from .ambiguity import Mark
    from .blotter import Blotter
    from .position_face import PortfolioPosition

PENDING = "pending"
OPEN = "open"
CLOSED = "closed"
REJECTED = "rejected"
EXPIRED = "expired"
CANCELLED = "cancelled"

AT_OPEN = "open"
AT_INSIDE = "inside"
AT_CLOSE = "close"

DEFAULT_PIP = 0.0001


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
        entry: float | None = None,
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
        # Level of a limit or stop order, and the price that has to be reached for it (E2).
        self.entry = entry
        self.trigger = entry
        self.pip_size = DEFAULT_PIP
        # What gains count by: the unit value, or that of the present rate (P5.unit_value).
        self.now_unit = unit_value
        self.stale_unit = False
        self.swap = 0.0
        # Margin of the whole position at its fill, account currency (A1.used).
        self.margin = 0.0
        # What fees count by: the unit value, or the contract in the preset parity (P4, R4.fee).
        self.fee_unit = unit_value
        self.initial_size = size
        self.expires_at_us: int | None = None
        self.max_bars: int | None = None
        self.bars_seen = 0
        self.oco: str | None = None
        self.group = 0
        # How many parts were closed; and of such a part, its number.
        self.parts = 0
        self.part = 0
        self.parity = False
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
        self.size_rule = ""
        self.entry_rule: str | None = None
        self.exit_rule: str | None = None
        self.ambiguous = False
        self.marks: tuple[Mark, ...] = ()
        self.metadata: dict[str, object] = {}
        self.blotter: Blotter | None = None
        self.signal_row = -1
        self.face: PortfolioPosition | None = None

    def gain(self, price: float) -> float:
        """Return the gain at a price in account currency (P2.result, P3.equity).

        ``((price - entry) * sign) * size) * unit value``, never -0.0.
        """
        return ((((price - self.entry_price) * self.sign) * self.size) * self.now_unit) + 0.0

    def result_at(self, price: float) -> float:
        """Return the result of an exit at a price (P2.result; R4.result in the preset parity)."""
        return parity_result(self, price) if self.parity else self.gain(price)

    def finish(self, price: float, time_us: int, exit_fee: float, reason: str, rule: str) -> None:
        """Close the record at a price: result, R and reason (P2)."""
        self.status = CLOSED
        self.exit_price = price
        self.exit_time_us = time_us
        self.exit_fee = exit_fee
        self.reason = reason
        self.exit_rule = rule
        result = self.result_at(price)
        self.result = result
        net_result = (result - self.entry_fee) - exit_fee
        if self.swap != 0.0:
            net_result = net_result + self.swap
        self.net_result = net_result + 0.0
        if self.parity:
            self.r_multiple = parity_multiple(self, price)
        elif self.risk is not None:
            self.r_multiple = (result / self.risk) + 0.0

    def commit(self, field: str, value: float | None, reason: str = "break_even_stop_loss") -> None:
        """Make a level the one that EXITS tests; a new stop has the reason of its setter."""
        if field == "stop_loss":
            if value != self.committed_stop_loss:
                self.stop_reason = reason
            self.committed_stop_loss = value
        else:
            self.committed_take_profit = value

    def snapped(self, value: float | None) -> float | None:
        """Bring a level to the symbol's price grid (N2.snap); as it is in the preset parity."""
        return value if self.parity else snapped(value, self.digits, self.sign)

    def level(self, field: str) -> float | None:
        """Return the visible stop or target."""
        return self.stop_loss if field == "stop_loss" else self.take_profit

    def show(self, field: str, value: float | None) -> None:
        """Set the visible stop or target."""
        if field == "stop_loss":
            self.stop_loss = value
        else:
            self.take_profit = value

    def split(self, size: float, rest: float) -> Position:
        """Take a part out of an open position: a record of its own, to be finished (M1.partial).

        The part shares number, prices, risk and the fill; the entry fee stays with the rest.
        """
        self.parts = self.parts + 1
        part = Position(
            self.order_id, self.symbol, self.direction, self.order_type, OPEN,
            self.entry_time_us, self.reference, self.unit_value, size, self.initial_stop_loss,
            self.initial_take_profit, self.risk_per_trade, self.digits, self.entry,
        )  # fmt: skip
        for name in SHARED_BY_PARTS:
            setattr(part, name, getattr(self, name))
        part.part = self.parts
        part.metadata = dict(self.metadata)
        self.size = rest
        return part

    def committed(self, field: str) -> float | None:
        """Return the stop or target that EXITS tests."""
        return self.committed_stop_loss if field == "stop_loss" else self.committed_take_profit


# What a part takes over from its position, besides what the constructor is given.
SHARED_BY_PARTS = (
    "trigger_time_us", "stop_loss", "take_profit", "committed_stop_loss",
    "committed_take_profit", "risk", "trigger", "pip_size", "now_unit", "fee_unit",
    "initial_size",
    "expires_at_us", "max_bars", "oco", "parity", "at", "entry_price", "stop_reason",
    "entry_rule", "ambiguous", "marks", "blotter",
)  # fmt: skip


def snapped(value: float | None, digits: int | None, sign: float) -> float | None:
    """Snap a level that is there, on a symbol that has digits (N2.snap).

    >>> snapped(1.100004, 5, 1.0), snapped(None, 5, 1.0)
    (1.1, None)
    """
    if value is None:
        return None
    # No -0.0 reaches a result (N4).
    return value + 0.0 if digits is None else snap_level(value, digits, sign)


def rest_of(size: float, part: float) -> float:
    """Return what is left of a volume, counted in whole 1e-8 lots (M1.partial).

    >>> rest_of(0.3, 0.1)
    0.2
    """
    units = floor((size * LOT_UNIT) + 0.5) - floor((part * LOT_UNIT) + 0.5)
    return units / LOT_UNIT


def parity_multiple(position: Position, price: float) -> float | None:
    """Return how many initial stop distances a price is away (R4.result); None without one."""
    stop = position.initial_stop_loss
    if stop is None or position.entry_price == stop:
        return None
    move = (price - position.entry_price) * position.sign
    return (move / distance(position.entry_price, stop)) + 0.0


def parity_result(position: Position, price: float) -> float:
    """Return the result of the preset parity: multiples of the risk (R4.result).

    ``((r * risk_per_trade) * (size / initial_size)) + 0.0``
    """
    multiple = parity_multiple(position, price)
    if multiple is None:
        return 0.0
    share = position.size / position.initial_size
    return ((multiple * position.risk_per_trade) * share) + 0.0


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
