"""One divergence as lines of plain text, for files that hold no colours and no tables."""

from __future__ import annotations

from typing import Any

from .numbers import short_pair
from .text_candles import text_candles
from .words import event_text, guilty_lines, origin_lines, place, state_text, what_differs

__all__ = ["divergence_lines"]


def divergence_lines(divergence: dict[str, Any]) -> list[str]:
    """Tell a divergence in full.

    Parameters
    ----------
    divergence
        As the report has it.

    Returns
    -------
    list of str
        What differs, where, values with their bits, root and guilty, candles, the last common
        events, the states, the command that repeats it.
    """
    left, right = divergence["between"]
    lines = [
        f"{divergence['case']}: {left} against {right}",
        what_differs(divergence),
        f"first divergence {place(divergence)}",
    ]
    for label, side in divergence["sides"].items():
        bits = f" ({side['bits']})" if side["bits"] else ""
        lines.append(f"  {label}: {side['value']}{bits}, rule {side['rule'] or 'none'}")
    apart = [
        f"{divergence[unit]} {unit}" for unit in ("ulps", "ticks") if divergence[unit] is not None
    ]
    if apart:
        lines.append(f"  apart: {', '.join(apart)}")
    for other in divergence["other_fields"]:
        mine, theirs = short_pair(other["values"][left], other["values"][right])
        lines.append(f"  also {other['field']}: {mine} against {theirs}")
    lines += [*origin_lines(divergence), *guilty_lines(divergence)]
    agreed = divergence["golden_agrees_with"]
    if agreed is not None and "golden" not in divergence["between"]:
        lines.append(f"golden agrees with: {', '.join(agreed) or 'neither side'}")
    lines += text_candles(divergence)
    if divergence["last_common"]:
        lines.append("last common events:")
        lines += [f"  {event_text(event)}" for event in divergence["last_common"]]
    lines += [
        f"state on {label}: {state_text(state)}"
        for label, state in divergence["states"].items()
        if state is not None
    ]
    return [*lines, f"again: {divergence['command']}"]
