"""What a run tells about itself: one event for each thing decided (schema: event.schema.json).

Engines are given a :class:`Tracer`; without one nothing is recorded. Writers live outside.
"""

from __future__ import annotations

DATA = "DATA"
OPEN = "OPEN"
ENTRY = "ENTRY"
EXITS = "EXITS"
CLOSE = "CLOSE"
MANAGE = "MANAGE"
PORTFOLIO = "PORTFOLIO"

EVENT_VERSION = 1


class Tracer:
    """Collects the events of a run, in order.

    Attributes
    ----------
    events : list of dict
        Each has seq (from 0), bar (absolute index, None outside a run), time_us, phase, kind,
        rule and the fields of its kind.

    Examples
    --------
    >>> tracer = Tracer()
    >>> tracer.emit("ledger", "P3.entry_fee", entry="entry_fee", order_id=1, amount=2.0, cash=8.0)
    >>> tracer.events[0]["seq"], tracer.events[0]["cash"]
    (0, 8.0)
    """

    def __init__(self) -> None:
        self.events: list[dict[str, object]] = []
        self._bar: int | None = None
        self._time_us: int | None = None
        self._phase: str | None = None

    def clear(self) -> None:
        """Forget all events."""
        self.events = []

    def begin_bar(self, bar: int | None, time_us: int | None) -> None:
        """Say which bar the following events belong to."""
        self._bar = bar
        self._time_us = time_us

    def begin_phase(self, phase: str | None) -> None:
        """Say which phase of the bar the following events belong to."""
        self._phase = phase

    def emit(self, kind: str, rule: str, **values: object) -> None:
        """Record one event."""
        event: dict[str, object] = {
            "seq": len(self.events),
            "bar": self._bar,
            "time_us": self._time_us,
            "phase": self._phase,
            "kind": kind,
            "rule": rule,
        }
        event.update(values)
        self.events.append(event)
