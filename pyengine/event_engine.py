"""The loop over the bars of one symbol. Read this first; ``execution`` next (rules L1 to L3, L6).

Every injected object is duck-typed and its attributes are looked up when they are used, so that
any of them may be the user's own.
"""

# ruff: noqa: SLF001 - only the loop may move the limit of a slice

from __future__ import annotations

import warnings
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fillproof.errors import CrossedBarsWarning, FillproofError

from .candle_checks import check_bars, crossed_error
from .candles import candle_at, from_time_us, to_time_us
from .errors import make_error
from .execution import own_executor
from .jumps import find_jumps
from .loop import Loop
from .slices import SymbolDataSlice
from .strategy import tell_bars
from .trace import EXITS, MANAGE, OPEN, Tracer


class EventEngine(Loop):
    """Runs a strategy bar by bar over the candles of one symbol.

    Parameters
    ----------
    bid_candles, ask_candles : sequence of candles
        Equally long, ascending; checked in run(), not before (T4).
    strategy : object
        With ``evaluate(index, slice_map)``.
    executor : ExecutionSimulator
        Or any object with process_signal, evaluate_exits and active_positions.
    portfolio : Portfolio
        Or any object with update and get_open_positions.
    multi_candle_data : mapping
        timeframe -> side -> candles aligned with the primary bars.
    symbol : str
    on_progress : callable, optional
        Called with (current, total), 1-based, after each bar, or after every
        so many if it has an attribute ``every``.
    original_start_dt : datetime
        First bar that is evaluated; earlier ones are warm-up (L1).
    tracer : Tracer, optional
        Collects the events of the run.
    """

    def __init__(
        self,
        bid_candles: Sequence[Any],
        ask_candles: Sequence[Any],
        strategy: Any,
        executor: Any,
        portfolio: Any,
        multi_candle_data: Mapping[str, Mapping[str, Sequence[Any]]],
        symbol: str,
        on_progress: Callable[[int, int], None] | None = None,
        original_start_dt: datetime | None = None,
        *,
        tracer: Tracer | None = None,
    ) -> None:
        self.bid_candles = bid_candles
        self.ask_candles = ask_candles
        self.strategy = strategy
        self.executor = executor
        self.portfolio = portfolio
        self.multi_candle_data = multi_candle_data
        self.symbol = symbol
        self.on_progress = on_progress
        self.original_start_dt = original_start_dt
        self.tracer = tracer
        self.crossed_bars = 0

    def run(self) -> None:
        """Run the loop: entry, exits, close, management, portfolio, progress for each bar (L2).

        Errors
        ------
        START_MISSING, LENGTHS_DIFFER, NO_BARS, TIME_NAIVE, TIME_TYPE, TIMES_DIFFER,
        BARS_NOT_ASCENDING, CANDLE_TYPE, PRICE_NOT_FINITE, PRICE_NOT_POSITIVE, HIGH_TOO_LOW,
        LOW_TOO_HIGH, BARS_CROSSED, START_NOT_FOUND; what callbacks raise passes unchanged.
        """
        start, total = self._check()
        tell_bars(self.strategy, start, total)
        self._attach_tracer()
        view = SymbolDataSlice(self.multi_candle_data, self.symbol)
        view._sides = self.bid_candles, self.ask_candles
        named = self._named()
        slice_map = {self.symbol: view}
        self._wait(0)
        jumps = find_jumps(self, start, total)
        bar = start
        while bar < total:
            bid, ask = candle_at(self.bid_candles, bar), candle_at(self.ask_candles, bar)
            view._pin(bar, bid, ask)
            self._trace_begin(bar, bid.timestamp)
            self._trace_bar(self.symbol, bid, ask)
            try:
                self._open(bid, ask, named["open_bar"])
                self._enter(bar, slice_map)
                self._exit(bid, ask, named["evaluate_exits"])
                self._close(bid.timestamp, bar == total - 1, named["close_bar"])
                self._manage(view, bid, ask)
                self._update(bid.timestamp)
            except FillproofError as error:
                # The executor knows times, not indices; the loop adds where it happened.
                if error.bar is None:
                    error.bar = bar
                raise
            self._report(bar - start + 1, total - start)
            # The next one; where all parts are ours, the next in which something can happen.
            bar = bar + 1 if jumps is None else jumps.after(bar)

    def _open(self, bid: Any, ask: Any, named: bool) -> None:
        own = own_executor(self.executor, "open_bar")
        if own is not None:
            self._trace_phase(OPEN)
            own.open_bar(bid, ask, self.symbol)
            return
        open_bar = getattr(self.executor, "open_bar", None)
        if open_bar is None:
            return
        self._trace_phase(OPEN)
        if named:
            open_bar(bid, ask, symbol=self.symbol)
        else:
            open_bar(bid, ask)

    def _exit(self, bid: Any, ask: Any, named: bool) -> None:
        if not self.executor.active_positions:
            return
        self._trace_phase(EXITS)
        own = own_executor(self.executor, "evaluate_exits")
        if own is not None:
            own.evaluate_exits(bid, ask, self.symbol)
        elif named:
            self.executor.evaluate_exits(bid, ask, symbol=self.symbol)
        else:
            self.executor.evaluate_exits(bid, ask)

    def _manage(self, view: SymbolDataSlice, bid: Any, ask: Any) -> None:
        if not self.executor.active_positions:
            return
        self._trace_phase(MANAGE)
        manager = self._find_manager()
        if manager is None:
            return
        manager.manage_positions(
            open_positions=self.portfolio.get_open_positions(self.symbol),
            symbol_slice=view,
            bid_candle=bid,
            ask_candle=ask,
            all_positions=self.executor.active_positions,
        )

    def _check(self) -> tuple[int, int]:
        """Check the input in the order of T4; return the first bar and the number of bars."""
        if self.original_start_dt is None:
            raise make_error(
                "START_MISSING", symbol=self.symbol, field="original_start_dt", value=None,
                expected="an aware datetime",
            )  # fmt: skip
        start_us = to_time_us(self.original_start_dt, "original_start_dt", None, self.symbol)
        times, crossed, first = check_bars(self.bid_candles, self.ask_candles, self.symbol)
        self.crossed_bars = crossed
        if crossed:
            policy = getattr(self.executor, "policy", None)
            if getattr(policy, "on_crossed", "warn") == "error":
                bid, ask = self.bid_candles[first], self.ask_candles[first]
                raise crossed_error(bid, ask, first, self.symbol)
            warnings.warn(
                f"{crossed} of {len(times)} bars of {self.symbol} are crossed (ask below bid), "
                f"the first is bar {first}",
                CrossedBarsWarning,
                stacklevel=3,
            )
        start = bisect_left(times, start_us)
        if start < len(times):
            self._check_lower(self.symbol, times)
            return start, len(times)
        raise make_error(
            "START_NOT_FOUND", symbol=self.symbol, field="original_start_dt",
            value=self.original_start_dt.isoformat(),
            expected=f"at most {from_time_us(times[-1]).isoformat()}, the last bar",
        )  # fmt: skip
