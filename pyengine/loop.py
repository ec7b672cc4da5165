"""What the loops over one and over many symbols share (rules L2, L3, L6)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, cast

from .candles import to_time_us
from .execution import ExecutionSimulator, own_executor
from .portfolio import own_portfolio
from .strategy import find_manager
from .trace import CLOSE, DATA, ENTRY, PORTFOLIO, Tracer

# A function of the interpreter's, which sees signals and lets other threads on where it begins one:
# a compiled loop over compiled parts does neither.
BREATHE: Callable[[Any, Any], Any] = cast
BREATHE_EVERY = 64

# Methods of an executor that are told more where they have a parameter for it.
NAMED = {"open_bar": "symbol", "evaluate_exits": "symbol", "close_bar": "last"}


class Loop:
    """The parts of a bar that do not depend on how many symbols there are."""

    strategy: Any
    executor: Any
    portfolio: Any
    on_progress: Callable[[int, int], None] | None
    tracer: Tracer | None
    _due: int

    def _enter(self, bar: int, shown: Any) -> None:
        """Ask the strategy and hand its signals over, in order."""
        self._trace_phase(ENTRY)
        signals = self.strategy.evaluate(bar, shown)
        if signals is None:
            return
        if isinstance(signals, (list, tuple)):
            for signal in signals:
                self.executor.process_signal(signal)
        else:
            self.executor.process_signal(signals)

    def _close(self, timestamp: Any, last: bool, named: bool) -> None:
        own = own_executor(self.executor, "close_bar")
        if own is not None:
            self._trace_phase(CLOSE)
            own.close_bar(timestamp, last)
            return
        close_bar = getattr(self.executor, "close_bar", None)
        if close_bar is None:
            return
        self._trace_phase(CLOSE)
        if last and named:
            close_bar(timestamp, last=True)
        else:
            close_bar(timestamp)

    def _check_lower(self, symbol: str, times: Sequence[int]) -> None:
        """Hold the lower bars of an executor of ours against those of the run (X3.lower_times)."""
        check = getattr(self.executor, "check_lower_candles", None)
        if check is not None:
            check(symbol, times)

    def _find_manager(self) -> Any:
        """Return the strategy's manager, with a portfolio attached; None where it has none."""
        manager = find_manager(self.strategy)
        if manager is None:
            return None
        if not getattr(manager, "portfolio", None) and hasattr(manager, "attach_portfolio"):
            manager.attach_portfolio(self.portfolio)
        return manager

    def _update(self, timestamp: Any) -> None:
        self._trace_phase(PORTFOLIO)
        own = own_portfolio(self.portfolio, "update")
        if own is not None:
            own.update(timestamp)
        else:
            self.portfolio.update(timestamp)

    def _report(self, done: int, total: int) -> None:
        """Call on_progress after a bar, if it asks for that one; always after the last."""
        if done % BREATHE_EVERY == 0:
            BREATHE(object, None)
        if self.on_progress is not None and (done >= self._due or done == total):
            self.on_progress(done, total)
            self._wait(done)

    def _wait(self, done: int) -> None:
        """Find how many bars are done when on_progress is called next.

        The callable may have an attribute ``every`` and may change it at each call.
        """
        every = getattr(self.on_progress, "every", None)
        self._due = done + (every if type(every) is int and every > 1 else 1)

    def _named(self) -> dict[str, bool]:
        """Tell which methods of the executor have a parameter of exactly the name in NAMED."""
        return {method: self._keyword(method, name) for method, name in NAMED.items()}

    def _keyword(self, method: str, name: str) -> bool:
        function = getattr(self.executor, method, None)
        if function is None:
            return False
        own = getattr(ExecutionSimulator, method)
        if getattr(type(self.executor), method, None) is own and method not in getattr(
            self.executor, "__dict__", {}
        ):
            return True
        try:
            return name in inspect.signature(function).parameters
        except (TypeError, ValueError):
            return False

    def _attach_tracer(self) -> None:
        for part in (self.executor, self.portfolio):
            attach = getattr(part, "attach_tracer", None)
            if attach is not None:
                attach(self.tracer)

    def _trace_begin(self, bar: int, timestamp: Any) -> None:
        if self.tracer is not None:
            self.tracer.begin_bar(bar, to_time_us(timestamp, "timestamp"))
            self.tracer.begin_phase(DATA)

    def _trace_bar(self, symbol: str, bid: Any, ask: Any) -> None:
        if self.tracer is not None:
            values = {
                f"{side}_{name}": float(getattr(candle, name))
                for side, candle in (("bid", bid), ("ask", ask))
                for name in ("open", "high", "low", "close")
            }
            self.tracer.emit("bar", "", symbol=symbol, **values)

    def _trace_phase(self, phase: str) -> None:
        if self.tracer is not None:
            self.tracer.begin_phase(phase)
