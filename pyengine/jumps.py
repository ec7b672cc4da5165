"""From one bar in which something can happen to the next, over the bars between (rule L2).

Between them nothing changes but the time and the marks of what is open, so only rows of the equity
curve are written. Which bars can be jumped over is decided generously: a bar that may do anything
is left to the plain loop of ``event_engine``, which is what a run with jumps is equal to, bit for
bit. Where a part of the run is the user's own, there are no jumps.
"""

# ruff: noqa: SLF001 - the modules of one engine share the records behind their faces

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fillproof.errors import FillproofError

from .admission import NoRoom
from .bars import Bars, watch_entry, watch_exit
from .candles import Candles
from .foreseen import Foreseen
from .marks import own_record
from .plain import are_ours
from .positions import OPEN, PENDING, Position
from .rollover import next_night_us
from .signals import CheckedSignal
from .trace import ENTRY
from .triggers import MARKET

if TYPE_CHECKING:
    from .event_engine import EventEngine


def find_jumps(engine: EventEngine, start: int, total: int) -> Jumps | None:
    """Return the jumps of a run, None where each of its bars has to be run."""
    return Jumps(engine, start, total) if are_ours(engine) else None


class Jumps:
    """Writes the rows of the bars in which nothing can happen.

    Parameters
    ----------
    engine : EventEngine
        Of parts that are all ours.
    start, total : int
        The first bar that is run, and the number of bars.
    """

    def __init__(self, engine: EventEngine, start: int, total: int) -> None:
        self._symbol = engine.symbol
        self._executor = engine.executor
        self._portfolio = engine.portfolio
        self._curve = engine.portfolio._curve
        bid, ask = engine.bid_candles, engine.ask_candles
        assert isinstance(bid, Candles)
        assert isinstance(ask, Candles)
        self._bars = Bars(bid, ask)
        self._engine = engine
        # Once the first bar was run: what is known of the signals, the executor's last bar.
        self._foreseen: Foreseen | None = None
        self._signals: Any = None
        self._quote: Any = None
        self._last = total - 1
        # Steps between bars are known up to this one (E3.spanned).
        self._stepped = start
        self._held: list[Position] = []
        # Whether all that is active is of this symbol.
        self._is_alone = False
        # Whether that, and what is held, was found out since anything happened.
        self._is_gathered = False
        # The last bar that was passed over, until the executor is told of its time; else -1.
        self._reached = -1
        # Whether the levels waited for are still those of what is active.
        self._is_settled = False
        self._is_expiring = False
        # Whether an order waits for its price.
        self._is_waiting = False
        # Whether all that is active is one open position.
        self._is_single = False
        # What refuses every market order while all stays as it is.
        self._no_room: NoRoom | None = None
        # Whether there is equity in each row after one in which no level is touched.
        self._is_solvent = False
        self._solvent_from = start
        # Whether that was found out.
        self._is_counted = False
        # Whether the bar that is run next may touch a level, or its time may matter.
        self._is_due = True
        self._exit_buffer = engine.executor._policy.exit_buffer_pips
        engine.portfolio._curve.reserve(total - start)

    def after(self, bar: int) -> int:
        """Go on after a bar that was run; return the next one for the plain loop.

        That is the last bar, which ends a run, or one that only the plain loop knows how to run.
        """
        if self._foreseen is None:
            self._foreseen = Foreseen(self._engine, bar, self._last + 1)
            self._signals = self._foreseen.rows
        if self._signals is None:
            return bar + 1
        executor = self._executor
        self._is_settled = self._is_gathered = False
        self._quote = executor._quotes[self._symbol]
        # Nobody else has a word in these bars.
        executor._books = self._portfolio
        try:
            while True:
                until = self._pass_over(bar + 1)
                if until >= self._last or not self._is_alone or not self._run(until):
                    self._know_steps(until)
                    self._foreseen.follow(until)
                    return until
                bar = until
        finally:
            self._catch_up()
            executor._books = None

    def _pass_over(self, first: int) -> int:
        """Write the rows of the bars in which nothing can happen; return the first that is left."""
        self._is_due = True
        looked_at = first
        while first < self._last:
            signal = min(self._last, self._signals.next_row(looked_at))
            until = signal if self._is_settled else self._settle(first, signal)
            if until < first:
                return first
            # The bar of the signal is looked at, too.
            beyond = until + 1 if until == signal else until
            touched = self._bars.first_touch(looked_at, beyond)
            self._is_due = touched < beyond or until < signal
            touched = min(touched, until)
            self._write_rows(first, touched)
            if self._is_expiring:
                self._know_steps(touched)
            if self._is_due or signal == self._last or not self._turn_down(signal):
                return touched
            # Its row is written with those after it.
            first, looked_at = signal, signal + 1
        return first

    def _turn_down(self, bar: int) -> bool:
        """Refuse the signal of a bar for want of room; False where it has to be looked at."""
        if not self._is_settled:
            return False
        if not (self._is_solvent and bar > self._solvent_from) and not self._curve.present() > 0.0:
            return False
        if not self._is_counted:
            self._no_room = self._executor._no_room(self._symbol)
            self._is_counted = True
        if self._no_room is None:
            return False
        signals = self._signals
        if not signals.read_plain():
            return False
        bid, ask, sign, stop = signals.bid, signals.ask, signals.sign, signals.stop
        refused: bool = self._executor._turn_down(
            self._no_room, signals.time_us, bid, ask, sign, signals.entry, stop, signals.target
        )
        return refused

    def _settle(self, first: int, until: int) -> int:
        """Set the levels that are waited for; return the first bar whose time or count may matter.

        Returns
        -------
        int
            Below `first` where the next bar has to be run.
        """
        executor, bars = self._executor, self._bars
        bars.watch_nothing()
        self._is_expiring = self._is_waiting = self._is_single = False
        if not self._is_gathered:
            self._gather()
        if executor._blotter.queue or not self._is_alone:
            return first - 1
        for position in executor._blotter.active:
            if position.status == OPEN:
                watch_exit(bars, position, self._exit_buffer)
                continue
            if position.status != PENDING or position.order_type == MARKET:
                return first - 1
            watch_entry(bars, position)
            self._is_waiting = True
            if position.expires_at_us is not None:
                self._is_expiring = True
                until = min(until, max(first, bars.first_from(position.expires_at_us)))
            if position.max_bars is not None:
                self._is_expiring = True
                until = min(until, first + max(0, position.max_bars - position.bars_seen))
        if executor._swaps and executor._blotter.active:
            self._is_expiring = True
            night_us = next_night_us(bars.time_at(first - 1))
            until = min(until, max(first, bars.first_from(night_us)))
        self._is_settled = not self._is_expiring
        self._is_counted = False
        self._is_single = len(self._held) == 1 and len(executor._blotter.active) == 1
        self._is_solvent = self._can_pay()
        self._solvent_from = first
        return until

    def _can_pay(self) -> bool:
        """Tell whether equity stays above zero while no level is touched.

        What one position gains at a close beyond its stop is more than at the stop.
        """
        if len(self._held) != 1:
            return False
        position = self._held[0]
        stop = position.committed_stop_loss
        if stop is None:
            return False
        if not (position.size > 0.0 and position.now_unit > 0.0):
            return False
        least: float = self._portfolio._cash + position.gain(stop)
        return least > 0.0

    def _gather(self) -> None:
        """Gather what is open, and find out whether all of it can be run and marked here."""
        self._held = []
        self._is_gathered, self._is_alone = True, False
        for position in self._executor._blotter.active:
            if position.symbol != self._symbol:
                return
        for item in self._portfolio._open.values():
            record = own_record(item)
            if record is None:
                continue
            if record.symbol != self._symbol or record.stale_unit:
                return
            self._held.append(record)
        self._is_alone = True

    def _run(self, bar: int) -> bool:
        """Run a bar as the plain loop would, without candles; False where it has to do so itself.

        Nothing was done with the bar where False is returned.
        """
        executor, bars = self._executor, self._bars
        asked = None
        if self._signals.next_row(bar) == bar:
            asked = self._signals.read(self._symbol)
            if asked is None:
                return False
        try:
            if asked is not None and self._is_settled and not self._is_due:
                self._ask(bar, asked)
                return True
            self._catch_up()
            quote = self._quote
            before_us = quote.time_us
            if asked is None and self._is_single:
                bars.show_side(quote, bar, self._held[0].sign)
            else:
                bars.show(quote, bar)
            version = executor._blotter.version
            executor._show(quote)
            executor._shown_us = executor._blotter.time_us
            executor._open_orders(before_us, quote)
            if asked is not None:
                executor._process(asked, None)
            if self._is_due:
                executor._look_at(quote)
            # A signal that was refused leaves everything as it was.
            if self._is_due or executor._blotter.version != version:
                self._end(executor._blotter.time_us)
            self._write_row(bar)
        except FillproofError as error:
            if error.bar is None:
                error.bar = bar
            raise
        return True

    def _ask(self, bar: int, asked: CheckedSignal) -> None:
        """Run a bar in which nothing can happen but what its signal leads to."""
        executor, quote = self._executor, self._quote
        if executor._fills_at_signal:
            self._bars.show(quote, bar)
        else:
            # Nothing but times and closes is asked of it.
            self._signals.show(quote)
        # The bars that were passed over have no more to tell.
        self._reached = -1
        time_us: int = quote.time_us
        executor._shown_us = time_us
        executor._begin_phase(ENTRY, time_us)
        version = executor._blotter.version
        executor._process(asked, None)
        if executor._blotter.version == version:
            self._write_rows(bar, bar + 1)
            return
        for position in executor._blotter.active:
            if position.status == PENDING and position.entry_time_us < time_us:
                position.bars_seen = position.bars_seen + 1
        self._end(time_us)
        self._write_row(bar)

    def _end(self, time_us: int) -> None:
        """End a bar in which something has happened."""
        self._executor._end_bar(None, time_us, False)
        self._is_settled = False
        self._gather()

    def _catch_up(self) -> None:
        """Leave the executor where the last bar that was passed over would."""
        if self._reached >= 0:
            time_us: int = self._bars.time_at(self._reached)
            executor = self._executor
            executor._shown_us = executor._blotter.time_us = time_us
            self._quote.time_us = time_us
            self._reached = -1

    def _write_row(self, bar: int) -> None:
        """Write the row of a bar that was run."""
        time_us = self._executor._blotter.time_us
        self._curve.keep(self._bars, bar, bar + 1, self._portfolio._cash, self._held, time_us)

    def _write_rows(self, first: int, until: int) -> None:
        """Write the rows of bars, and leave the portfolio as the last of them would."""
        if first >= until:
            return
        self._curve.keep(self._bars, first, until, self._portfolio._cash, self._held, None)
        if self._is_waiting:
            for position in self._executor._blotter.active:
                if position.status == PENDING:
                    position.bars_seen = position.bars_seen + (until - first)
        self._reached = until - 1

    def _know_steps(self, bar: int) -> None:
        """Take in the steps between the bars before one, which the executor has not seen."""
        if self._stepped + 1 < bar:
            step = self._bars.shortest_step(self._stepped + 1, bar)
            known = self._executor._steps.get(self._symbol)
            self._executor._steps[self._symbol] = step if known is None else min(step, known)
            self._stepped = bar - 1
