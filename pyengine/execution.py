"""The execution simulator: what happens to orders and positions in a bar (rules E, X, L8, S4).

Read ``event_engine`` first for who calls what when, ``portfolio`` next. For each position the
executor brings its own record up to date, then tells the portfolio. How signals are accepted is in
``acceptance``, what single orders go through in ``fills``, what users order in ``commands``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from . import parity
from .ambiguity import OTHER_UNFILLED
from .candles import to_time_us
from .drilldown import drill_entry_bar, drill_tie
from .entry_bar import decide_entry_bar
from .execution_state import state
from .exits import Exit, decide_exit
from .positions import AT_CLOSE, AT_INSIDE, EXPIRED, OPEN, PENDING, Position
from .quotes import Quote
from .restoring import restore
from .rule_ids import A1_TRIGGER, E3_EXPIRED, E3_MAX_BARS, S4_OCO_DRILLDOWN, S4_OCO_OPEN
from .trace import CLOSE, ENTRY, EXITS, MANAGE
from .trace import OPEN as OPEN_PHASE
from .triggering import NOTHING, Triggering
from .triggers import MARKET, Trigger


def own_executor(executor: Any, method: str) -> ExecutionSimulator | None:
    """Return an executor of ours, which the compiled twin calls straight; else None.

    Nobody must have replaced the method: another one may not take all that ours does.
    """
    if type(executor) is ExecutionSimulator and method not in executor.__dict__:
        return executor
    return None


class ExecutionSimulator(Triggering):
    """Fills market, limit and stop orders and watches their stops and targets.

    Parameters
    ----------
    portfolio : Portfolio
        Ours or any object with register_entry, register_exit, register_fee,
        register_expired and, if it wants prices, mark.
    risk_per_trade : float
        Account currency lost at the initial stop, where ``sizing`` is None.
    slippage_model : SlippageModel, optional
    fee_model : FeeModel, optional
    symbol_specs : mapping of str to SymbolSpec, optional
        Without a spec a symbol takes FixedLots only, a contract of 100000, no price grid.
    policy : ExecutionPolicy, optional
        Canonical where None.
    sizing : FixedLots, RiskAmount or RiskFraction, optional
        RiskAmount(risk_per_trade) where None.
    rates : Rates, optional
        Needed where a spec names a quote currency (P5).
    margin : Margin, optional
        What positions tie up, and when they are stopped out (A1, A3).
    session : Session, optional
        Hours without entries (S3.no_entry).
    timeframe : str, optional
        Length of the run's bars, such as H1; needed for series of rates and swaps.
    strict : bool
        Raise SIGNAL_REJECTED instead of recording a rejection (S3.strict).
    lower_candles : mapping, optional
        Bars of a lower timeframe, for ``intrabar="drilldown"`` (X3.drilldown): symbol ->
        ``{"bid": candles, "ask": candles}``, with a ``"timeframe"`` where their shortest step is
        not their length.

    Attributes
    ----------
    rejected_signals, refused_commands : list of Rejection
    """

    def state(self) -> dict[str, object]:
        """Return the canonical state: orders, positions, ledger (schema: state.schema.json)."""
        return state(self)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state, for a run that goes on from the bar after it (L9.restore).

        Parameters
        ----------
        state : dict
            As state() gives it after a bar's PORTFOLIO, floats as numbers. The bars up to that
            one have been shown to open_bar before; they are no part of the state.

        Errors
        ------
        STATE_INVALID, EXECUTOR_USED, PORTFOLIO_INVALID
        """
        restore(self, state)

    def signal_columns(self) -> dict[str, list[object]]:
        """Return one row for each process_signal call, as columns."""
        return self._rows.columns()

    def open_bar(self, bid: object, ask: object, symbol: str | None = None) -> None:
        """Begin a bar: expiry, closes that wait for the open, waiting market orders (L2, E3, E1).

        Parameters
        ----------
        bid, ask : candle
            The bar of both sides.
        symbol : str, optional
            The last one named, or the only one of symbol_specs, where None.
        """
        name = self._named(symbol)
        before = self._quotes.get(name)
        quote = self._read_quote(name, bid, ask)
        self._show(quote)
        if not self._parity:
            self._mark(quote)
        self._open_orders(quote.time_us if before is None else before.time_us, quote)

    def _show(self, quote: Quote) -> None:
        """Take the time of a bar that begins."""
        shown_us = self._blotter.time_us
        if shown_us is not None and shown_us < quote.time_us:
            self._ended_us = shown_us + self._length_us
        self._begin_phase(OPEN_PHASE, quote.time_us)

    def _open_orders(self, before_us: int, quote: Quote) -> None:
        """Do at the open of a bar what is due there, and go on to ENTRY.

        Parameters
        ----------
        before_us : int
            Time of the symbol's bar before, of this one where there is none.
        quote : Quote
        """
        name = quote.symbol
        if before_us < quote.time_us:
            step = quote.time_us - before_us
            known = self._steps.get(name)
            if known is None or step < known:
                self._steps[name] = step
        if self._blotter.active or self._blotter.queue:
            self._expire(quote)
            self._refresh_units(name)
            if self._swaps and before_us != quote.time_us:
                self._book_swaps(quote, before_us)
            if self._blotter.queue and self._fills_at_open:
                self._close_at_open(quote)
            for position in tuple(self._blotter.active) if self._has_waiting() else ():
                if (
                    position.status == PENDING
                    and position.order_type == MARKET
                    and position.symbol == name
                ):
                    self._fill_at_open(position, quote)
            self._drop_finished()
        self._begin_phase(ENTRY, self._blotter.time_us)

    def evaluate_exits(self, bid: object, ask: object, symbol: str | None = None) -> None:
        """Test orders and positions against a bar, in one pass by order of acceptance (E6).

        Parameters
        ----------
        bid, ask : candle
        symbol : str, optional
            As in open_bar.
        """
        name = self._named(symbol)
        known = self._quotes.get(name)
        quote = self._read_quote(name, bid, ask)
        if not self._parity and (known is None or known.time_us != quote.time_us):
            self._mark(quote)
        self._look_at(quote)

    def _look_at(self, quote: Quote) -> None:
        """Test what is active of a symbol against its bar."""
        self._begin_phase(EXITS, quote.time_us)
        buffer = self._parity_buffer() if self._parity else 0.0
        triggers = self._triggers(quote)
        won, lost = NOTHING, NOTHING
        if triggers:
            won, lost = self._choose_winners(triggers, quote)
        for position in tuple(self._blotter.active):
            if position.symbol != quote.symbol:
                continue
            if position.status == PENDING:
                trigger = triggers.get(position.order_id)
                if (
                    trigger is not None
                    and position.order_id not in lost
                    and self._trigger(position, trigger, quote, won, lost)
                ):
                    self._test_triggered(position, quote, buffer)
            elif position.status == OPEN:
                self._test(position, quote, buffer)
        self._drop_finished()

    def close_bar(self, timestamp: datetime, last: bool = False) -> None:
        """End a bar: stop-out, queued commands; on the last bar what is left (A3, L8, X5).

        Parameters
        ----------
        timestamp : datetime
            Open of the bar.
        last : bool
            Whether no bar follows.
        """
        self._end_bar(timestamp, to_time_us(timestamp, "timestamp"), last)

    def _end_bar(self, timestamp: datetime | None, time_us: int, last: bool) -> None:
        """Do in CLOSE what is due there; only a stop-out reads the timestamp."""
        self._begin_phase(CLOSE, time_us)
        self._refresh_units()
        self._stop_out(timestamp, time_us)
        if self._blotter.queue:
            self._carry_out(last)
        if self._decided:
            self._end_groups()
        if last:
            self._end(time_us)
        self._drop_finished()
        self._begin_phase(MANAGE, time_us)

    def _expire(self, quote: Quote) -> None:
        """Remove orders whose time is over (E3)."""
        if not self._has_waiting():
            return
        for position in tuple(self._blotter.active):
            if position.status != PENDING or position.symbol != quote.symbol:
                continue
            if quote.time_us > position.entry_time_us:
                position.bars_seen = position.bars_seen + 1
            expires, most = position.expires_at_us, position.max_bars
            if expires is not None and quote.time_us >= expires:
                self._retire(position, EXPIRED, "expired", E3_EXPIRED)
            elif most is not None and position.order_type != MARKET and position.bars_seen > most:
                self._retire(position, EXPIRED, "expired", E3_MAX_BARS)

    def _trigger(
        self,
        position: Position,
        trigger: Trigger,
        quote: Quote,
        won: dict[int, str],
        lost: dict[int, str],
    ) -> bool:
        """Fill a waiting order in EXITS and cancel its group (E2, S4); False for want of margin."""
        rule, raw, at, slips = trigger
        breach = self._check_margin(position, A1_TRIGGER, quote.time_us)
        if breach is not None:
            self._refuse_fill(position, breach)
            return False
        self._fill(position, raw, slips, quote.time_us, at, rule)
        self._cancel_group(position, lost)
        won_by = won.get(position.order_id)
        if won_by is not None and won_by not in (S4_OCO_OPEN, S4_OCO_DRILLDOWN):
            self._leave_open(position, won_by, OTHER_UNFILLED, quote.time_us, 0.0)
        return True

    def _test_triggered(self, position: Position, quote: Quote, buffer: float) -> None:
        """Test an order that has just been filled against the same bar (E5, E6, R3)."""
        if self._parity:
            decided = parity.decide_exit(position, quote, buffer, triggered_now=True)
        elif position.at == AT_INSIDE:
            decided = self._decide_entry_bar(position, quote)
        else:
            decided = decide_exit(position, quote, self._policy)
        if decided is not None:
            if decided[4] and self._lower:
                decided = self._drill_tie(position, quote)
            self._leave(position, decided, quote)

    def _test(self, position: Position, quote: Quote, buffer: float) -> None:
        """Test an open position against a bar (X1 to X3, R3)."""
        if self._parity:
            if quote.time_us <= position.entry_time_us:
                return
            decided = parity.decide_exit(position, quote, buffer, triggered_now=False)
        else:
            if position.at == AT_CLOSE and position.trigger_time_us == quote.time_us:
                return
            decided = decide_exit(position, quote, self._policy)
        if decided is not None:
            if self._lower and decided[4]:
                decided = self._drill_tie(position, quote)
            self._leave(position, decided, quote)

    def _drill_tie(self, position: Position, quote: Quote) -> Exit:
        """Let lower bars decide a tie (X3.drilldown)."""
        lower_bars = self._lower_bars(quote)
        decided = drill_tie(position, quote, lower_bars, self._policy)
        self._count_drilldown(lower_bars, is_clear=not decided[4])
        return decided

    def _decide_entry_bar(self, position: Position, quote: Quote) -> Exit | None:
        """Decide the exit of an order that this bar triggered inside, and mark it (E5, X3)."""
        decided, left_open = decide_entry_bar(position, quote, self._policy)
        if self._lower and (decided is not None or left_open):
            lower_bars = self._lower_bars(quote)
            was_open = bool(left_open)
            alone = (decided, left_open)
            decided, left_open, cleared = drill_entry_bar(
                position, quote, lower_bars, self._policy, alone
            )
            if was_open:
                self._count_drilldown(lower_bars, is_clear=not left_open)
            if cleared:
                self._blotter.emit(position, "cleared", cleared, None)
        close = quote.closing_close(position.sign)
        for rule, other in left_open:
            self._leave_open(position, rule, other, quote.time_us, close)
        return decided

    def _count_drilldown(self, lower_bars: list[Quote], *, is_clear: bool) -> None:
        """Count a bar that was asked of lower bars."""
        self._drilled += 1
        self._drilled_clear += is_clear
        self._drilled_bare += not lower_bars

    def _parity_buffer(self) -> float:
        """Return the buffer of this call: by the pip of the first open position (R3.buffer)."""
        held = self._portfolio.open_positions
        spec = self._symbol_specs.get(held[0].symbol) if held else None
        pip_size = 0.0001 if spec is None else spec.pip_size
        return self._policy.exit_buffer_pips * pip_size

    def _end_groups(self) -> None:
        """End the groups of which one filled in this bar's ENTRY (S4)."""
        self._groups = {
            name: group for name, group in self._groups.items() if group not in self._decided
        }
        self._decided.clear()
