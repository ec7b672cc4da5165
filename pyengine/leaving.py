"""How orders and positions leave: exits, parts, marks, the end (rules X, N3, X4)."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from .ambiguity import OTHER_OPEN, OTHER_STOP, OTHER_TARGET, OTHER_UNFILLED, Mark
from .arithmetic import is_finite
from .conversion import Conversion
from .costs import EXIT_SIDE, exit_price, fee, known_fee, slippage
from .exits import Exit, capped_stop
from .parity import slipped
from .position_face import PortfolioPosition, face_of
from .positions import (
    EXPIRED,
    OPEN,
    PENDING,
    Position,
    rest_of,
)
from .quotes import Quote
from .rule_ids import (
    X5_CLOSE_AT_END,
    X5_EXPIRED_END_OF_DATA,
)
from .symbols import SymbolSpec

END_OF_DATA = "end_of_data"


class Leaving(Conversion):
    """Closes and ends single orders; each record first, then the portfolio."""

    def _slip(self, symbol: str, order_id: int, side: int, part: int = 0) -> float:
        """Return the slippage of one side of an order in price units (N3.random)."""
        if not self._terms.slips:
            return 0.0
        model = self._slippage_model
        if model.fixed_pips == 0.0 and model.random_pips == 0.0:
            return 0.0
        spec: SymbolSpec | None = self._symbol_specs.get(symbol)
        if spec is None and self._parity:
            return slippage(model, 0.0001, order_id, side, part)
        return slippage(
            model, self._pip_size(symbol, "slippage_model", model), order_id, side, part
        )

    def _fee(self, lots: float, price: float, unit_value: float) -> float:
        """Return the commission of one side (P4.fee)."""
        if self._terms.knows_fees:
            return known_fee(self._terms, lots, price, unit_value)
        return fee(self._fee_model, lots, price, unit_value)

    def _exit_price(self, position: Position, raw: float, slips: bool, part: int = 0) -> float:
        """Return the price of an exit, slippage included (X2, R3)."""
        slip = 0.0
        if slips:
            slip = self._slip(position.symbol, position.order_id, EXIT_SIDE, part)
        if position.parity:
            return slipped(raw, position.sign, slip)
        return exit_price(raw, position.sign, slip, position.digits)

    def _leave_open(
        self, position: Position, rule: str, other: str, time_us: int, close: float
    ) -> None:
        """Mark a trade ambiguous, and say so in the trace (E3.spanned, E5.mark, S4)."""
        self._mark_other(position, rule, other, time_us, close)
        self._blotter.emit(position, "marked", rule, None)

    def _mark_other(
        self, position: Position, rule: str, other: str, time_us: int, close: float
    ) -> None:
        """Mark a trade ambiguous, with what the other reading of the bar makes of it (X4)."""
        position.ambiguous = True
        price = self._other_price(position, other, close)
        result = 0.0 if price is None else position.result_at(price)
        position.marks = (*position.marks, Mark(rule, time_us, other, price, result))

    def _other_price(self, position: Position, other: str, close: float) -> float | None:
        if other == OTHER_UNFILLED:
            return None
        if other == OTHER_OPEN:
            return close
        if other == OTHER_TARGET:
            assert position.committed_take_profit is not None
            return position.committed_take_profit
        assert other == OTHER_STOP
        assert position.committed_stop_loss is not None
        quote = self._quotes[position.symbol]
        raw = capped_stop(position.committed_stop_loss, quote, position.sign)
        return self._exit_price(position, raw, True)

    def _leave(self, position: Position, decided: Exit, quote: Quote) -> None:
        """Close a position as a bar decided; a tie is marked with its other level (X3)."""
        rule, reason, raw, slips, tie = decided
        if tie:
            self._refresh_unit(position, None)
            # Only a stop gets slippage. The exit itself tells of the tie.
            other = OTHER_TARGET if slips else OTHER_STOP
            self._mark_other(position, rule, other, quote.time_us, 0.0)
        self._close(position, raw, slips, quote.time_us, reason, rule)

    def _close(
        self, position: Position, raw: float, slips: bool, time_us: int, reason: str, rule: str
    ) -> None:
        self._refresh_unit(position, "exit")
        price = self._exit_price(position, raw, slips)
        charge = self._fee(position.size, price, position.fee_unit)
        self._finish(position, raw, price, charge, time_us, reason, rule)

    def _finish(
        self,
        position: Position,
        raw: float,
        price: float,
        charge: float,
        time_us: int,
        reason: str,
        rule: str,
    ) -> None:
        position.finish(price, time_us, charge, reason, rule)
        self._blotter.finished = True
        self._blotter.emit_exit(position, raw, 0.0)
        result = position.result
        if self._books is not None and result is not None and is_finite(result + charge):
            self._books._book_exit(position, position.order_id, result, charge, time_us)
        else:
            self._portfolio.register_exit(face_of(position))

    def close_managed(self, position: Position, size: float | None, reason: str, rule: str) -> None:
        """Close a position, or `size` lots of it, at its closing side's close (M1, X5.manual).

        With adverse slippage and fee; in the preset parity a manager pays neither (R5.manager).
        """
        quote = self._quotes[position.symbol]
        raw = quote.closing_close(position.sign)
        if size is not None:
            self._refresh_unit(position, "exit")
            part = position.split(size, rest_of(position.size, size))
            price = raw if position.parity else self._exit_price(part, raw, True, part.part)
            charge = 0.0
            if not position.parity:
                charge = fee(self._fee_model, size, price, position.fee_unit)
            part.finish(price, quote.time_us, charge, reason, rule)
            self._blotter.emit_exit(part, raw, position.size)
            self._portfolio.register_exit(PortfolioPosition._of(part))
            return
        if position.parity:
            self._finish(position, raw, raw, 0.0, quote.time_us, reason, rule)
        else:
            self._close(position, raw, True, quote.time_us, reason, rule)
        self._drop_finished()

    def _retire(self, position: Position, status: str, reason: str, rule: str) -> None:
        """End a waiting order: cancelled or expired; the portfolio is told."""
        position.status = status
        position.reason = reason
        position.exit_rule = rule
        self._blotter.finished = True
        self._note(position, status, rule)
        self._blotter.emit(position, status, rule, None)
        self._portfolio.register_expired(PortfolioPosition._of(position))

    def _end(self, time_us: int) -> None:
        """End what is left on the last bar: waiting orders expire, positions close on request."""
        for position in tuple(self._blotter.active):
            if position.status == PENDING:
                self._retire(position, EXPIRED, END_OF_DATA, X5_EXPIRED_END_OF_DATA)
        if not self._policy.close_at_end:
            return
        for position in tuple(self._held):
            if position.status == OPEN and position.symbol in self._quotes:
                raw = self._quotes[position.symbol].closing_close(position.sign)
                self._close(position, raw, True, time_us, END_OF_DATA, X5_CLOSE_AT_END)

    def _drop_finished(self) -> None:
        """Take closed positions and dead orders off the active list (E2)."""
        if self._blotter.finished:
            active, held = [], []
            for position in self._blotter.active:
                if position.status == OPEN or position.status == PENDING:
                    active.append(position)
            for position in self._held:
                if position.status == OPEN:
                    held.append(position)
            self._blotter.active, self._held = active, held
            self._blotter.version += 1
            self._blotter.finished = False

    def _note(self, position: Position, outcome: str, rule: str) -> None:
        """Bring the signal's row of the result up to date; an order taken over has none (L9)."""
        if position.signal_row < 0:
            return
        self._rows.note(position.signal_row, outcome, rule, position.size)
