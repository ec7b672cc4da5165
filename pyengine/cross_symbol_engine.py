"""The loop over the common keys of several symbols (rules L4, L5; ``event_engine`` has one).

Every injected object is duck-typed and its attributes are looked up when they are used, so that
any of them may be the user's own.
"""

# ruff: noqa: SLF001 - only the loop may move the limit of a slice

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fillproof.errors import CrossedBarsWarning, FillproofError

from .candle_checks import crossed_error
from .candles import from_time_us, to_time_us
from .errors import make_error
from .execution import own_executor
from .keys import (
    FIELD,
    Sides,
    check_coverage,
    check_key,
    check_keys,
    check_symbol,
    count_symbol,
    kind_of,
    lay_out,
    restamped,
    show_key,
)
from .loop import Loop
from .multi_symbol_slice import MultiSymbolSlice
from .settings import choice
from .strategy import find_manager, strategy_links, tell_bars
from .trace import EXITS, MANAGE, OPEN, Tracer

# A symbol that has both candles at a key: its name, bid and ask.
Covered = tuple[str, Any, Any]


class CrossSymbolEventEngine(Loop):
    """Runs a strategy key by key over the candles of several symbols.

    Parameters
    ----------
    candle_lookups : mapping
        symbol -> "bid" | "ask" -> key -> candle; the order of the symbols is that of the phases.
    common_timestamps : sequence
        Ascending keys of one type: datetime, str, int or float (L4).
    strategy : object
        With ``evaluate(index, multi_slice)``.
    executor, portfolio : object
        As for EventEngine.
    primary_tf : str
        Name of the bars, such as M1.
    on_progress : callable, optional
        Called with (current, total), 1-based, after each key, or after every
        so many if it has an attribute ``every``.
    original_start_dt : key, optional
        First key that is evaluated; None: the first of all (L4.start).
    coverage : {"gaps", "strict"}
        Whether a symbol may lack a candle at a key (L5.hole, L5.coverage).
    tracer : Tracer, optional
        Collects the events of the run.

    Attributes
    ----------
    holes : dict
        symbol -> at how many keys it lacks a candle.
    crossed_bars : int
        Bars of all symbols whose ask lies below the bid.
    ordinal : bool
        Whether keys count by their place, since they are not times (L4.ordinal).
    """

    def __init__(
        self,
        candle_lookups: Mapping[str, Mapping[str, Mapping[Any, Any]]],
        common_timestamps: Sequence[Any],
        strategy: Any,
        executor: Any,
        portfolio: Any,
        primary_tf: str,
        on_progress: Callable[[int, int], None] | None = None,
        original_start_dt: Any = None,
        *,
        coverage: str = "gaps",
        tracer: Tracer | None = None,
    ) -> None:
        self.candle_lookups = candle_lookups
        self.common_timestamps = common_timestamps
        self.strategy = strategy
        self.executor = executor
        self.portfolio = portfolio
        self.primary_tf = primary_tf
        self.on_progress = on_progress
        self.original_start_dt = original_start_dt
        self.coverage = coverage
        self.tracer = tracer
        self.holes: dict[str, int] = {}
        self.crossed_bars = 0
        self.ordinal = False

    def run(self) -> None:
        """Run the loop: open, entry, exits, close, management, portfolio, progress by key (L5).

        Errors
        ------
        OPTION_UNKNOWN, NO_BARS, KEY_TYPE, TIME_NAIVE, KEYS_NOT_ASCENDING, KEY_EMPTY,
        COVERAGE_MISSING, TIMES_DIFFER, CANDLE_TYPE, PRICE_NOT_FINITE, PRICE_NOT_POSITIVE,
        HIGH_TOO_LOW, LOW_TOO_HIGH, BARS_CROSSED, START_NOT_FOUND, CLOCK_REQUIRED; what callbacks
        raise passes unchanged.
        """
        keys = self.common_timestamps
        start, symbols = self._check(keys)
        total = len(keys)
        self._use_ordinals()
        tell_bars(self.strategy, start, total)
        self._attach_tracer()
        view = MultiSymbolSlice._of(symbols, keys, self.primary_tf)
        named = self._named()
        self._wait(0)
        for bar in range(start, total):
            key = keys[bar]
            clock = from_time_us(bar) if self.ordinal else key
            view._pin(bar)
            self._trace_begin(bar, clock)
            covered = list(self._covered(symbols, bar))
            try:
                shown = self._shown(covered, self.executor, bar)
                self._open(shown, named["open_bar"])
                self._enter(bar, view)
                self._exit(shown, named["evaluate_exits"])
                last = bar == total - 1
                self._close(self._time(self.executor, key, clock), last, named["close_bar"])
                self._manage(covered, view, bar)
                self._update(self._time(self.portfolio, key, clock))
            except FillproofError as error:
                # The executor knows times, not keys; the loop adds where it happened.
                if error.bar is None:
                    error.bar = bar
                raise
            self._report(bar - start + 1, total - start)

    def _covered(self, symbols: Mapping[str, Sides], bar: int) -> Iterator[Covered]:
        """Give the symbols that have both candles at a key (L5.hole)."""
        for symbol, (bids, asks) in symbols.items():
            if bids[bar] is not None and asks[bar] is not None:
                self._trace_bar(symbol, bids[bar], asks[bar])
                yield symbol, bids[bar], asks[bar]

    def _shown(self, covered: list[Covered], part: Any, bar: int) -> list[Covered]:
        """Return candles as a part is shown them: with its clock where keys are places."""
        if not self.ordinal or not hasattr(part, "use_ordinals"):
            return covered
        return [(name, restamped(bid, bar), restamped(ask, bar)) for name, bid, ask in covered]

    def _time(self, part: Any, key: Any, clock: Any) -> Any:
        """Return what a part is told as the time of a key (L4.ordinal)."""
        return clock if hasattr(part, "use_ordinals") else key

    def _open(self, covered: list[Covered], named: bool) -> None:
        own = own_executor(self.executor, "open_bar")
        if own is not None:
            self._trace_phase(OPEN)
            for symbol, bid, ask in covered:
                own.open_bar(bid, ask, symbol)
            return
        open_bar = getattr(self.executor, "open_bar", None)
        if open_bar is None:
            return
        self._trace_phase(OPEN)
        for symbol, bid, ask in covered:
            if named:
                open_bar(bid, ask, symbol=symbol)
            else:
                open_bar(bid, ask)

    def _exit(self, covered: list[Covered], named: bool) -> None:
        self._trace_phase(EXITS)
        for symbol, bid, ask in covered:
            own = own_executor(self.executor, "evaluate_exits")
            if own is not None:
                own.evaluate_exits(bid, ask, symbol)
            elif named:
                self.executor.evaluate_exits(bid, ask, symbol=symbol)
            else:
                self.executor.evaluate_exits(bid, ask)

    def _manage(self, covered: list[Covered], view: MultiSymbolSlice, bar: int) -> None:
        self._trace_phase(MANAGE)
        manager = self._find_manager()
        if manager is None:
            return
        for symbol, bid, ask in self._shown(covered, manager, bar):
            manager.manage_positions(
                open_positions=[
                    position
                    for position in self.executor.active_positions
                    if position.symbol == symbol and position.status == "open"
                ],
                symbol_slice=view,
                bid_candle=bid,
                ask_candle=ask,
                all_positions=self.executor.active_positions,
            )

    def _use_ordinals(self) -> None:
        """Tell our own parts that times are places (L4.clock)."""
        if self.ordinal:
            links = strategy_links(self.strategy)
            for part in (self.executor, self.portfolio, find_manager(self.strategy), *links):
                use_ordinals = getattr(part, "use_ordinals", None)
                if use_ordinals is not None:
                    use_ordinals()

    def _check(self, keys: Sequence[Any]) -> tuple[int, dict[str, Sides]]:
        """Check the input; return the first key's place and the candles along the keys (L4, L5)."""
        choice(self.coverage, "coverage", ("gaps", "strict"))
        for field, given in ((FIELD, keys), ("candle_lookups", self.candle_lookups)):
            if len(given) == 0:
                raise make_error("NO_BARS", field=field, value=0, expected="at least one")
        self.ordinal = check_keys(keys)
        if self.original_start_dt is not None:
            kind = kind_of(keys[0], FIELD, 0)
            check_key(self.original_start_dt, kind, "original_start_dt", None)
        symbols = lay_out(self.candle_lookups, keys)
        check_coverage(symbols, keys, self.coverage == "strict")
        self.holes, self.crossed_bars = {}, 0
        times = None if self.ordinal else [to_time_us(key, FIELD) for key in keys]
        for symbol, sides in symbols.items():
            counted = count_symbol(sides, times)
            if counted is None:
                counted = check_symbol(symbol, sides, keys, self.ordinal)
            holes, crossed, first = counted
            self.holes[symbol] = holes
            self.crossed_bars += crossed
            if crossed:
                self._complain_of_crossed(symbol, sides, crossed, first)
        for bar, key in enumerate(keys):
            if self.original_start_dt is None or key >= self.original_start_dt:
                self._check_lower_candles(symbols, keys)
                return bar, symbols
        raise make_error(
            "START_NOT_FOUND", field="original_start_dt", value=show_key(self.original_start_dt),
            expected=f"at most {show_key(keys[-1])}, the last key",
        )  # fmt: skip

    def _check_lower_candles(self, symbols: Mapping[str, Sides], keys: Sequence[Any]) -> None:
        """Hold the lower bars of every symbol against those of the run (X3.lower_times)."""
        if self.ordinal or getattr(self.executor, "lower_candles", None) is None:
            return
        times = [to_time_us(key, FIELD) for key in keys]
        for symbol, (bids, asks) in symbols.items():
            both = [
                time_us
                for time_us, bid, ask in zip(times, bids, asks, strict=True)
                if bid is not None and ask is not None
            ]
            self._check_lower(symbol, both)

    def _complain_of_crossed(self, symbol: str, sides: Sides, crossed: int, first: int) -> None:
        """Refuse or report bars with an ask below the bid (T2.crossed)."""
        policy = getattr(self.executor, "policy", None)
        bids, asks = sides
        if getattr(policy, "on_crossed", "warn") == "error":
            raise crossed_error(bids[first], asks[first], first, symbol)
        warnings.warn(
            f"{crossed} of {len(bids)} bars of {symbol} are crossed (ask below bid), "
            f"the first is bar {first}",
            CrossedBarsWarning,
            stacklevel=4,
        )
