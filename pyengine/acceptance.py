"""How a signal becomes an order, or is rejected (rules S1, S3, E1, E4, R1)."""

from __future__ import annotations

from collections.abc import Mapping

from .account_checks import clock_error
from .admission import Admission, NoRoom
from .arithmetic import distance, is_finite, snap_level
from .blotter import Command
from .commands import CANCEL
from .costs import ENTRY_SIDE
from .orders import STOP_LOSS, TAKE_PROFIT, Breach
from .parity import NEAREST_STOP, slipped
from .positions import AT_CLOSE, PENDING, Position, snapped
from .quotes import Quote
from .rule_ids import (
    E1_CLOSE,
    E1_SIGNAL,
    E1_SIGNAL_OUTSIDE,
    E4_FIXED_LOTS,
    R1_LEVELS_REQUIRED,
    R1_MARKET,
    R1_STOP_TOO_NEAR,
    R2_SIZE,
    R2_SIZE_WITHOUT_SPEC,
    S1_SIGNAL,
    S3_NOT_FINITE,
    S3_RISK_WITHOUT_STOP,
    S4_OCO_CANCELLED,
)
from .signals import CheckedSignal, check_signal
from .symbols import SymbolSpec
from .terms import stand_well, stands_well
from .trace import ENTRY
from .triggers import MARKET, trigger_level


class Acceptance(Admission):
    """Checks signals in the order of S3 and makes orders of them."""

    def process_signal(self, signal: object) -> None:
        """Accept or reject one signal; a market order may fill at once (S3, E1, E4).

        Errors
        ------
        SIGNAL_NOT_UNDERSTOOD, DIRECTION_UNKNOWN, TYPE_UNKNOWN, ENTRY_NOT_FINITE, META_INVALID,
        SPEC_REQUIRED; SIGNAL_REJECTED where strict
        """
        self._process(check_signal(signal, None), signal.meta)  # type: ignore[attr-defined]

    def _process(self, asked: CheckedSignal, meta: Mapping[str, object] | None) -> None:
        """Accept or reject a signal whose types are right; meta are its notes."""
        # READ
        if self._parity:
            self._refuse_options(asked)
        if self._ordinal and asked.expires_at_us is not None:
            raise clock_error("meta.expires_at", asked.expires_at_us, asked.symbol)
        order_id = self._next_order_id
        self._next_order_id += 1
        row = self._emit_signal(order_id, asked)
        quote = self._quotes.get(asked.symbol)
        # DECIDE
        breach = (
            self._check_equity()
            or self._check_known(asked.symbol, quote)
            or check_numbers(asked.stop, asked.target)
        )
        if breach is not None or quote is None:
            self._reject(order_id, row, asked.symbol, breach)
            return
        spec = self._symbol_specs.get(asked.symbol)
        self._require_spec(asked, spec)
        if self._parity:
            order = self._parity_order(order_id, asked, quote, spec)
        else:
            order = self._order(order_id, asked, quote, spec)
        if not isinstance(order, Position):
            self._reject(order_id, row, asked.symbol, order)
            return
        # APPLY
        order.signal_row = row
        if meta:
            order.metadata.update(meta)
        fills = asked.order_type == MARKET and not self._fills_at_open
        self._take_in(order, asked, fills)
        if fills:
            self._fill_now(order, asked, quote)

    def _turn_down(
        self,
        room: NoRoom,
        time_us: int,
        bid: float,
        ask: float,
        sign: float,
        entry: float,
        stop: float,
        target: float,
    ) -> bool:
        """Reject a market order that only the number of positions stands against.

        Parameters
        ----------
        room : NoRoom
        time_us, bid, ask : int, float, float
            The bar's open, and its closes.
        sign, entry, stop, target : float
            NaN for a level that is absent.

        Returns
        -------
        bool
            False, and nothing has been done, where something else may be said against the signal.
        """
        reference = ask if sign > 0.0 else bid
        terms = room.terms
        if self._fills_at_signal:
            reference = snap_level(entry, terms.digits, sign)
        if not (
            stands_well(stop, sign > 0.0, sign, reference, bid, ask, terms)
            and stands_well(target, sign < 0.0, sign, reference, bid, ask, terms)
        ):
            return False
        order_id = self._next_order_id
        self._next_order_id += 1
        self._rows.add_refused(
            order_id, time_us, terms.symbol, sign, entry, stop, target, room.breach
        )
        self._rejected.append(None)
        return True

    def _order(
        self, order_id: int, asked: CheckedSignal, quote: Quote, spec: SymbolSpec | None
    ) -> Position | Breach:
        """Make the record of a signal, or say which rule stands against it (S3)."""
        sign = asked.sign
        # What is known once for all: while nobody else has a word in the run.
        terms = None if self._books is None else self._terms_of(asked.symbol)
        digits = None if spec is None else spec.digits
        stop, target = snapped(asked.stop, digits, sign), snapped(asked.target, digits, sign)
        waits = asked.order_type != MARKET
        reference = quote.opening_close(sign)
        if waits or self._fills_at_signal:
            # Without an entry of its own a market order has the close for one (S1.entry_default).
            entry = snapped(reference if asked.entry is None else asked.entry, digits, sign)
            assert entry is not None
            reference = entry
        breach = None
        if waits:
            breach = self._check_waiting(sign, stop, target, reference, spec)
        elif terms is None or not stand_well(asked, reference, quote, terms):
            breach = self._check_levels(sign, stop, target, reference, quote, spec)
        breach = breach or self._check_room(asked, reference, quote)
        if breach is not None:
            return breach
        unit = self._unit_at_acceptance(order_id, asked.symbol, spec, terms)
        if not isinstance(unit, float):
            return unit
        size, rule, expected = self._size(asked.symbol, reference, stop, spec, unit)
        if size is None:
            if rule == S3_RISK_WITHOUT_STOP:
                return rule, STOP_LOSS, None, expected
            return rule, "size", self._asked_size(), expected
        order = Position(
            order_id, asked.symbol, asked.direction, asked.order_type, PENDING, quote.time_us,
            reference, unit, size, stop, target, self._risked(), digits,
            reference if waits else None,
        )  # fmt: skip
        if self._margin is not None:
            self._known_margin(asked.symbol)
        breach = self._check_margin(order) if not waits and not self._fills_at_open else None
        breach = breach or self._check_session(quote)
        if breach is not None:
            return breach
        order.size_rule = rule
        if spec is not None:
            order.pip_size = spec.pip_size
        if waits:
            through = self._policy.limit_through_pips * order.pip_size
            order.trigger = trigger_level(asked.order_type, reference, sign, through, digits)
        return order

    def _parity_order(
        self, order_id: int, asked: CheckedSignal, quote: Quote, spec: SymbolSpec | None
    ) -> Position | Breach:
        """Make the record of a signal in the preset parity (R1); its size comes with its fill."""
        for field, level in ((STOP_LOSS, asked.stop), (TAKE_PROFIT, asked.target)):
            if level is None:
                return R1_LEVELS_REQUIRED, field, None, "a price"
        assert asked.stop is not None
        waits = asked.order_type != MARKET
        price = quote.opening_close(asked.sign) if asked.entry is None else asked.entry
        reference = price
        if not waits:
            slip = self._slip(asked.symbol, order_id, ENTRY_SIDE)
            reference = slipped(price, asked.sign, slip)
            if distance(reference, asked.stop) < NEAREST_STOP:
                expected = f"at least {NEAREST_STOP!r} from {reference!r}"
                return R1_STOP_TOO_NEAR, STOP_LOSS, asked.stop, expected
        unit = self._unit_at_acceptance(order_id, asked.symbol, spec, None)
        if not isinstance(unit, float):
            return unit
        order = Position(
            order_id, asked.symbol, asked.direction, asked.order_type, PENDING, quote.time_us,
            reference, unit, 0.0, asked.stop, asked.target, self._risked(),
            None if spec is None else spec.digits, price if waits else None,
        )  # fmt: skip
        order.parity = True
        order.risk = None if reference == asked.stop else order.risk_per_trade
        if hasattr(self._sizing, "lots"):
            order.size_rule = E4_FIXED_LOTS
        else:
            order.size_rule = R2_SIZE_WITHOUT_SPEC if spec is None else R2_SIZE
        if spec is not None:
            order.pip_size = spec.pip_size
            order.fee_unit = spec.contract_size
        return order

    def _take_in(self, order: Position, asked: CheckedSignal, fills: bool) -> None:
        """Put an accepted order on the active list, and into its group (E2, S4).

        Parameters
        ----------
        order : Position
        asked : CheckedSignal
        fills : bool
            Whether it is filled next.
        """
        order.blotter = self._blotter
        order.expires_at_us = asked.expires_at_us
        order.max_bars = asked.max_bars
        order.oco = asked.oco
        if asked.oco is not None:
            order.group = self._group_of(asked.oco)
        self._orders[order.order_id] = order
        self._blotter.active.append(order)
        self._blotter.version += 1
        # In a run of our own parts alone nothing can come between, and the fill is noted at once.
        if not fills or self._books is None:
            self._note(order, "pending", order.size_rule)
        self._blotter.emit(order, "accepted", order.size_rule, None)
        if self._decided and order.group in self._decided:
            self._queue(Command(order, CANCEL, {}, PENDING, S4_OCO_CANCELLED))

    def _group_of(self, name: str) -> int:
        """Return the number of the group that takes orders of a name now (S4)."""
        if name not in self._groups:
            self._group_count += 1
            self._groups[name] = self._group_count
        return self._groups[name]

    def _fill_now(self, order: Position, asked: CheckedSignal, quote: Quote) -> None:
        """Fill a market order in the bar of its signal (E1.close, E1.signal, R1.market)."""
        raw, rule = order.reference, E1_CLOSE
        if self._parity:
            raw = quote.opening_close(asked.sign) if asked.entry is None else asked.entry
            rule = R1_MARKET
        elif self._fills_at_signal:
            _open, high, low, _close = quote.opening_candle(order.sign)
            rule = E1_SIGNAL if low <= raw <= high else E1_SIGNAL_OUTSIDE
        self._fill(order, raw, True, quote.time_us, AT_CLOSE, rule)
        if order.group != 0:
            self._decide_group(order)

    def _decide_group(self, filled: Position) -> None:
        """Cancel the group of an order that filled with its signal: in ENTRY by the queue (S4)."""
        if self._blotter.phase != ENTRY:
            self._cancel_group(filled)
            self._drop_finished()
            return
        self._decided.add(filled.group)
        for other in self._blotter.active:
            if other.group == filled.group and other.status == PENDING:
                self._queue(Command(other, CANCEL, {}, PENDING, S4_OCO_CANCELLED))

    def _emit_signal(self, order_id: int, asked: CheckedSignal) -> int:
        """Write the row of a signal and trace it; return the number of the row."""
        time_us = 0 if self._blotter.time_us is None else self._blotter.time_us
        row = self._rows.add(order_id, time_us, asked)
        if self._tracer is not None:
            self._tracer.emit(
                "signal",
                S1_SIGNAL,
                order_id=order_id,
                symbol=asked.symbol,
                direction=asked.direction,
                type=asked.order_type,
                entry_price=asked.entry,
                stop_loss=asked.stop,
                take_profit=asked.target,
                expires_at_us=asked.expires_at_us,
                max_bars=asked.max_bars,
                oco=asked.oco,
            )
        return row


def check_numbers(stop: float | None, target: float | None) -> Breach | None:
    """Check that stop and target are finite (S3.not_finite)."""
    if stop is not None and not is_finite(stop):
        return S3_NOT_FINITE, STOP_LOSS, stop, "a finite price or None"
    if target is not None and not is_finite(target):
        return S3_NOT_FINITE, TAKE_PROFIT, target, "a finite price or None"
    return None
