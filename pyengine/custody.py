"""What holding positions costs, and when they are taken away: swap and stop-out (P6, A3)."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from datetime import datetime

from .acceptance import Acceptance
from .ambiguity import OTHER_OPEN
from .arithmetic import POWERS_OF_TEN
from .candles import from_time_us
from .position_face import PortfolioPosition
from .positions import AT_CLOSE, OPEN, Position
from .quotes import Quote
from .rollover import nights_between
from .rule_ids import A3_AT_CLOSE, A3_STOP_OUT
from .symbols import SymbolSpec

STOP_OUT = "stop_out"


class Custody(Acceptance):
    """Books swaps in OPEN and closes for want of margin in CLOSE."""

    def _book_swaps(self, quote: Quote, after_us: int) -> None:
        """Book the nights since a symbol's bar before (P6.rollover, P6.swap).

        Parameters
        ----------
        quote : Quote
            The bar that opens.
        after_us : int
            Time of the symbol's bar before.
        """
        spec = self._symbol_specs.get(quote.symbol)
        if spec is None or spec.swap_field() is None:
            return
        for night_us, weekday in nights_between(after_us, quote.time_us):
            days = 3.0 if weekday == spec.swap_triple else 1.0
            for position in self._blotter.active:
                if (
                    position.status == OPEN
                    and position.symbol == quote.symbol
                    and self._was_there(position, night_us)
                ):
                    self._book_swap(position, spec, days, quote.time_us)

    def _was_there(self, position: Position, night_us: int) -> bool:
        """Tell whether a position was filled before a night ended (P6.rollover)."""
        filled_us = position.trigger_time_us
        assert filled_us is not None
        if position.at == AT_CLOSE:
            return filled_us + self._length_us <= night_us
        return filled_us < night_us

    def _book_swap(self, position: Position, spec: SymbolSpec, days: float, time_us: int) -> None:
        points = spec.swap_long if position.sign > 0.0 else spec.swap_short
        if points == 0.0:
            return
        self._refresh_unit(position, "swap")
        assert spec.digits is not None
        price = points / POWERS_OF_TEN[spec.digits]
        amount = (((price * position.now_unit) * position.size) * days) + 0.0
        if amount == 0.0:
            return
        position.swap = position.swap + amount
        face = PortfolioPosition._of(position)
        self._portfolio.register_swap(amount, from_time_us(time_us), face)

    def _stop_out(self, timestamp: datetime | None, time_us: int) -> None:
        """Close positions while worst equity is too small for the margin in use (A3)."""
        margin = self._margin
        if margin is None or margin.stop_out is None:
            return
        while True:
            used = self.used_margin
            if not used > 0.0:
                return
            assert timestamp is not None, "Invariant: only runs without margin leave it out"
            _, worst, sides = self._portfolio.appraise(timestamp)
            if not worst / used < margin.stop_out:
                return
            chosen = self._largest_loss(sides, time_us)
            if chosen is None:
                return
            position, price = chosen
            close = self._quotes[position.symbol].closing_close(position.sign)
            rule = A3_STOP_OUT
            if margin.stop_out_price == "close":
                rule, price = A3_AT_CLOSE, close
            self._refresh_unit(position, None)
            self._mark_other(position, rule, OTHER_OPEN, time_us, close)
            self._close(position, price, True, time_us, STOP_OUT, rule)

    def _largest_loss(self, sides: dict[str, str], time_us: int) -> tuple[Position, float] | None:
        """Return the position with the smallest mark at the worst, and its price there (A3)."""
        chosen: tuple[Position, float] | None = None
        least = 0.0
        for position in self._blotter.active:
            quote = self._quotes.get(position.symbol)
            if position.status != OPEN or quote is None or quote.time_us != time_us:
                continue
            _open, high, low, close = quote.closing_candle(position.sign)
            price = high if sides.get(position.symbol) == "high" else low
            if position.at == AT_CLOSE and position.trigger_time_us == time_us:
                price = close
            gain = position.gain(price)
            if chosen is None or gain < least:
                chosen, least = (position, price), gain
        return chosen
