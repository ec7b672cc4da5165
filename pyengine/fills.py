"""How an order becomes a position, or is refused (rules E1, E2, E3, S3, S4, R2)."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from .ambiguity import OTHER_UNFILLED
from .arithmetic import is_finite
from .candles import from_time_us
from .costs import ENTRY_SIDE, entry_price
from .errors import make_error
from .leaving import Leaving
from .orders import STOP_LOSS, TAKE_PROFIT, Breach, check_sides
from .parity import size_at, slipped
from .position_face import face_of
from .positions import (
    AT_CLOSE,
    AT_INSIDE,
    AT_OPEN,
    CANCELLED,
    OPEN,
    PENDING,
    REJECTED,
    Position,
)
from .quotes import Quote
from .rule_ids import (
    A1_NEXT_OPEN,
    A2_NEXT_OPEN,
    E1_NEXT_OPEN,
    E1_NEXT_OPEN_SIDES,
    E3_SPANNED,
    S4_OCO_CANCELLED,
)

END_OF_DATA = "end_of_data"


class Fills(Leaving):
    """Fills single orders; each record first, then the portfolio."""

    def _fill_at_open(self, position: Position, quote: Quote) -> None:
        """Fill a market order that waits for the next open, or reject it there (E1.next_open)."""
        sign = position.sign
        breach = self._check_open(position, quote) or self._check_margin(position, A1_NEXT_OPEN)
        if breach is not None:
            self._refuse_fill(position, breach)
            return
        self._fill(position, quote.opening_open(sign), True, quote.time_us, AT_OPEN, E1_NEXT_OPEN)
        self._cancel_group(position)

    def _check_open(self, position: Position, quote: Quote) -> Breach | None:
        """Check equity and the sides of both levels at an open (A2.next_open, E1)."""
        if self._is_without_equity():
            return A2_NEXT_OPEN, "equity", float(self._portfolio.equity), "> 0.0"
        bid, ask = quote.bid_open, quote.ask_open
        breach = check_sides(
            position.sign, STOP_LOSS, position.committed_stop_loss, bid, ask
        ) or check_sides(position.sign, TAKE_PROFIT, position.committed_take_profit, bid, ask)
        return None if breach is None else (E1_NEXT_OPEN_SIDES, *breach[1:])

    def _refuse_fill(self, position: Position, breach: Breach) -> None:
        """Reject an accepted order where it would fill (E1.next_open_sides, A1, A2)."""
        position.status = REJECTED
        self._blotter.remove(position)
        self._reject(position.order_id, position.signal_row, position.symbol, breach)

    def _fill(
        self, position: Position, raw: float, slips: bool, time_us: int, at: str, rule: str
    ) -> None:
        """Make an order a position: price, fee, then the portfolio's books (P3.entry_fee)."""
        if at != AT_CLOSE:
            self._refresh_unit(position, "fill")
        slip = self._slip(position.symbol, position.order_id, ENTRY_SIDE) if slips else 0.0
        if position.parity:
            price = slipped(raw, position.sign, slip)
            if position.size == 0.0:
                self._size_at_fill(position, price)
        else:
            price = entry_price(raw, position.sign, slip, position.digits)
        position.status = OPEN
        position.trigger_time_us = time_us
        position.at = at
        position.entry_price = price
        position.entry_rule = rule
        charge = self._fee(position.size, price, position.fee_unit)
        position.entry_fee = charge
        self._note(position, "filled", rule)
        if self._tracer is not None:
            self._tracer.emit(
                "fill",
                rule,
                order_id=position.order_id,
                symbol=position.symbol,
                direction=position.direction,
                at=at,
                raw=raw,
                price=price,
                size=position.size,
                fee=charge,
                stop_loss=position.committed_stop_loss,
                take_profit=position.committed_take_profit,
            )
        self._held.append(position)
        self._tell_margin(position)
        if self._books is not None and is_finite(charge):
            self._books._book_entry(position, position.order_id, charge, time_us)
        else:
            face = face_of(position)
            self._portfolio.register_entry(face)
            if charge != 0.0:
                self._portfolio.register_fee(charge, from_time_us(time_us), "entry_fee", face)
        if at == AT_INSIDE and self._is_spanned(position, time_us):
            self._leave_open(position, E3_SPANNED, OTHER_UNFILLED, time_us, 0.0)

    def _size_at_fill(self, position: Position, price: float) -> None:
        """Size an order of the preset parity, which has none before its fill (R2)."""
        stop = position.initial_stop_loss
        assert stop is not None
        lots = getattr(self._sizing, "lots", None)
        if lots is None:
            spec = self._symbol_specs.get(position.symbol)
            lots, _ = size_at(price, stop, position.risk_per_trade, spec, position.unit_value)
        position.size = position.initial_size = lots

    def _is_spanned(self, position: Position, time_us: int) -> bool:
        """Tell whether an order expires within the bar that fills it (E3.spanned)."""
        expires = position.expires_at_us
        return expires is not None and expires < time_us + self._steps.get(position.symbol, 0)

    def _cancel_group(self, position: Position, lost: dict[int, str] | None = None) -> None:
        """Cancel the waiting orders of a filled order's group; the group ends (S4).

        Parameters
        ----------
        position : Position
        lost : dict, optional
            order id -> rule of those that would have filled in this bar, too.
        """
        if position.group == 0:
            return
        if self._groups.get(str(position.oco)) == position.group:
            del self._groups[str(position.oco)]
        for other in tuple(self._blotter.active):
            if other.group == position.group and other.status == PENDING:
                rule = (lost or {}).get(other.order_id, S4_OCO_CANCELLED)
                self._retire(other, CANCELLED, "cancelled", rule)

    def _reject(self, order_id: int, row: int, symbol: str, breach: Breach | None) -> None:
        """Record a rejection, or raise it where strict (S3)."""
        assert breach is not None
        rule, field, value, expected = breach
        time_us = 0 if self._blotter.time_us is None else self._blotter.time_us
        self._rejected.append((order_id, time_us, symbol, rule, field, value, expected))
        if row >= 0:
            self._rows.note_rejected(row, rule)
        if self._tracer is not None:
            self._tracer.emit(
                "rejection", rule, order_id=order_id, symbol=symbol, field=field, value=value,
                expected=expected,
            )  # fmt: skip
        if self._strict:
            raise make_error(
                "SIGNAL_REJECTED", symbol=symbol, field=field, value=value,
                expected=f"{expected} ({rule})",
            )  # fmt: skip
