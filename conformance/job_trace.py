"""Takes the trace of a long run while it grows: counted, chained, kept for a window only."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .records.chain import Chain, Chaining
from .wire import plain

__all__ = ["JobTrace"]

_BATCH = 2048


class JobTrace:
    """What is kept of a trace; called by the loop after each bar.

    Parameters
    ----------
    tracer
        The one of the run; it is emptied as the run goes on.
    executor
        Its canonical state is read before the window.
    bars
        Number of bars of the candles, warm-up included.
    window
        Bars whose events are kept, the last one not included; None keeps none.

    Attributes
    ----------
    rules
        How often each rule was named.
    events
        Those of the window.
    opening
        State after the bar before the window; None where the run begins in it.
    """

    def __init__(
        self, tracer: Any, executor: Any, bars: int, window: tuple[int, int] | None = None
    ) -> None:
        self.rules: Counter[str] = Counter()
        self.events: list[dict[str, Any]] = []
        self.opening: dict[str, Any] | None = None
        self._tracer = tracer
        self._executor = executor
        self._bars = bars
        self._window = window
        self._chaining = Chaining()
        self._seen = 0

    def __call__(self, done: int, total: int) -> None:
        """Note the end of a bar."""
        if self._window is not None and self._bars - total + done == self._window[0]:
            self.opening = plain(self._executor.state())
        if done % _BATCH == 0:
            self.drain()

    def drain(self) -> None:
        """Take what the tracer has, and empty it."""
        events = list(self._tracer.events)
        self._tracer.clear()
        self._chaining.add(events)
        for number, event in enumerate(events, self._seen):
            if event["rule"]:
                self.rules[event["rule"]] += 1
            if self._window is not None and self._is_inside(event["bar"]):
                self.events.append(plain({**event, "seq": number}))
        self._seen += len(events)

    def chain(self) -> Chain:
        """Give the chain of all that was drained."""
        return self._chaining.chain()

    def _is_inside(self, bar: int | None) -> bool:
        assert self._window is not None
        return bar is not None and self._window[0] <= bar < self._window[1]
