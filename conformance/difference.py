"""One disagreement between two outcomes, and the stage at which it was decided."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

__all__ = ["STAGES", "Difference", "stage_of"]

STAGES = ("data", "indicator", "signal", "order", "fill", "ledger", "equity", "result", "error")
"""The order in which things are decided; a difference belongs to the earliest that shows it."""

_STAGE_OF_KIND = {
    "bar": "data",
    "signal": "signal",
    "rejection": "order",
    "order": "order",
    "rate": "order",
    "margin": "order",
    "fill": "fill",
    "exit": "fill",
    "ledger": "ledger",
    "equity": "equity",
}


@dataclass(frozen=True)
class Difference:
    """One disagreement, `left` being the reference or the golden.

    Attributes
    ----------
    stage
        One of `STAGES`.
    field
        What differs: a field of an event, `event` where one side lacks it, or a path such as
        `state.positions[0].stop_loss`.
    left, right
        The two values.
    index
        Number of the event in the trace, where it is one.
    bar, time_us, phase, symbol, kind, order_id
        Where it is, as far as it is known.
    left_rule, right_rule
        The rule that each side names.
    missing_on
        `left` or `right` where that side lacks the event.
    instead
        The event that this side has at that place, if any.
    others
        Further fields of the same event that differ: name, left, right.
    """

    stage: str
    field: str
    left: Any
    right: Any
    index: int | None = None
    bar: int | None = None
    time_us: int | None = None
    phase: str | None = None
    symbol: str | None = None
    kind: str | None = None
    order_id: int | None = None
    left_rule: str | None = None
    right_rule: str | None = None
    missing_on: str | None = None
    instead: dict[str, Any] | None = None
    others: list[tuple[str, Any, Any]] = dataclasses.field(default_factory=list)


def stage_of(kind: str | None) -> str:
    """Name the stage to which a kind of event belongs.

    Examples
    --------
    >>> stage_of("exit")
    'fill'
    """
    return _STAGE_OF_KIND.get(kind or "", "result")
