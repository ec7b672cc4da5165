"""What is done with one position at the end of a bar: close, tighten, take parts (rules M1).

The arithmetic is in ``manager_rules``; positions of any maker look as in ``managed``.
"""

from __future__ import annotations

from .arithmetic import is_finite
from .managed import Foreign, Own
from .managed_bar import Bar, TrueRange
from .manager_rules import (
    break_even_stop,
    has_gained,
    is_behind,
    is_tighter,
    part_size,
    takes_all,
    trailing_stop,
)
from .manager_settings import BreakEven, Partial, Trailing
from .rule_ids import (
    M1_BREAK_EVEN,
    M1_FLAT_AT,
    M1_MAX_BARS,
    M1_MAX_MINUTES,
    M1_PARTIAL,
    M1_PARTIAL_ALL,
    M1_PARTIAL_SKIPPED,
    M1_STOP_REFUSED,
    M1_TRAILING,
    M2_FOREIGN,
)
from .sessions import MINUTE_US, Session
from .signals import Rejection

PARTIAL_EXIT = "partial_exit"


class Management:
    """The rules of a PositionManager, and what of them was refused.

    Attributes
    ----------
    refused : list of Rejection
    """

    def __init__(
        self,
        session: Session | None,
        max_holding_bars: int | None,
        max_holding_minutes: float | None,
        break_even: BreakEven | None,
        trailing: Trailing | None,
        partials: tuple[Partial, ...],
    ) -> None:
        self.session = session
        self.max_holding_bars = max_holding_bars
        self.max_holding_minutes = max_holding_minutes
        self.break_even = break_even
        self.trailing = trailing
        self.partials = partials
        self.refused: list[Rejection] = []
        self._ranges: dict[tuple[str, float], TrueRange] = {}

    def manage(self, managed: Own | Foreign, bar: Bar) -> None:
        """Apply the rules to one position, in their order (M1.order)."""
        ended = self._ended(managed, bar)
        if ended is not None:
            rule, reason = ended
            managed.close(None, reason, rule)
            return
        if self.break_even is not None and not managed.is_even:
            self._go_even(managed, bar, self.break_even)
        if self.trailing is not None:
            self._trail(managed, bar, self.trailing)
        while managed.parts < len(self.partials) and managed.is_open():
            if not self._take_part(managed, bar, self.partials[managed.parts]):
                break

    def _ended(self, managed: Own | Foreign, bar: Bar) -> tuple[str, str] | None:
        """Return the rule and the reason for which a position has to close now, if any."""
        if self.session is not None:
            flat_us = self.session.last_flat_us(bar.time_us)
            filled_us = managed.filled_us(self.session.length_us)
            if flat_us is not None and filled_us is not None and filled_us < flat_us:
                return M1_FLAT_AT, "session_close"
        if self.max_holding_bars is not None and managed.bars >= self.max_holding_bars:
            return M1_MAX_BARS, "timeout"
        if self.max_holding_minutes is not None:
            since_us = managed.held_since_us()
            limit = self.max_holding_minutes * MINUTE_US
            if since_us is not None and bar.time_us - since_us >= limit:
                return M1_MAX_MINUTES, "timeout"
        return None

    def _has_gained(self, managed: Own | Foreign, bar: Bar, after: BreakEven | Partial) -> bool:
        """Tell whether a threshold in R or in pips is reached (M1.gained)."""
        if after.after_pips is not None:
            threshold = after.after_pips * managed.pip_size("after_pips")
        else:
            one_r = managed.one_r()
            if one_r is None or after.after_r is None:
                return False
            threshold = after.after_r * one_r
        close = bar.close(managed.sign)
        return has_gained(managed.entry_price(), close, managed.sign, threshold, managed.digits)

    def _go_even(self, managed: Own | Foreign, bar: Bar, rule: BreakEven) -> None:
        """Set the stop to the fill, once (M1.break_even)."""
        if not self._has_gained(managed, bar, rule):
            return
        buffer = 0.0
        if rule.buffer_pips != 0.0:
            buffer = rule.buffer_pips * managed.pip_size("buffer_pips")
        stop = break_even_stop(managed.entry_price(), buffer, managed.sign, managed.grid)
        if not is_tighter(stop, managed.stop_loss(), managed.sign) or self._set_stop(
            managed, bar, stop, "break_even_stop_loss", M1_BREAK_EVEN
        ):
            managed.is_even = True

    def _trail(self, managed: Own | Foreign, bar: Bar, rule: Trailing) -> None:
        """Let the stop follow the close (M1.trailing)."""
        if rule.pips is not None:
            apart = rule.pips * managed.pip_size("pips")
        elif rule.r is not None:
            one_r = managed.one_r()
            if one_r is None:
                return
            apart = rule.r * one_r
        else:
            assert rule.atr is not None
            average = self._true_range(managed, bar, rule.period)
            if not is_finite(average):
                return
            apart = rule.atr * average
        stop = trailing_stop(bar.close(managed.sign), apart, managed.sign, managed.grid)
        if is_tighter(stop, managed.stop_loss(), managed.sign):
            self._set_stop(managed, bar, stop, "trailing_stop", M1_TRAILING)

    def _true_range(self, managed: Own | Foreign, bar: Bar, period: int) -> float:
        """Return the ATR of the side that closes a position, this bar included (I.atr)."""
        key = managed.symbol, managed.sign
        found = self._ranges.get(key)
        if found is None:
            found = self._ranges[key] = TrueRange(managed.symbol, period)
        return found.at(bar, managed.sign)

    def _set_stop(
        self, managed: Own | Foreign, bar: Bar, stop: float, reason: str, rule: str
    ) -> bool:
        """Set a stop, or record that it is on the wrong side of the close (M1.stop_refused)."""
        close = bar.close(managed.sign)
        if not is_behind(stop, close, managed.sign):
            relation = "<" if managed.sign > 0.0 else ">"
            expected = f"{relation} {close!r}"
            self.refused.append(managed.refuse(M1_STOP_REFUSED, "stop_loss", stop, expected))
            return False
        managed.set_stop(stop, reason, rule)
        return True

    def _take_part(self, managed: Own | Foreign, bar: Bar, partial: Partial) -> bool:
        """Take the next part if its time has come; tell whether it is done (M1.partial)."""
        if not self._has_gained(managed, bar, partial):
            return False
        managed.parts += 1
        spec = managed.spec
        size = part_size(partial.fraction, managed.initial_size(), spec)
        if size is None:
            raw = partial.fraction * managed.initial_size()
            least = f">= {1e-8 if spec is None else spec.volume_min}"
            self.refused.append(managed.refuse(M1_PARTIAL_SKIPPED, "close", raw, least))
        elif takes_all(managed.size(), size, spec):
            managed.close(None, PARTIAL_EXIT, M1_PARTIAL_ALL)
        elif managed.can_part():
            managed.close(size, PARTIAL_EXIT, M1_PARTIAL)
        else:
            expected = "a position with close_part"
            self.refused.append(managed.refuse(M2_FOREIGN, "close", size, expected))
        return True
