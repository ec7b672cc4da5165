"""Looks for a stop or target that was touched while the trade went on."""

from __future__ import annotations

import numpy as np

from .case import Case
from .fills import CLOSE, INSIDE, OPEN

__all__ = ["check_missed"]

# Bars looked at in one go: most levels are touched soon.
_CHUNK = 4096


def check_missed(case: Case) -> None:
    """Report the first bar in which the trade had to leave and did not.

    Only where its levels are not known to have been moved, and the entry can be placed.
    """
    if case.fixed is False or case.entry is None:
        return
    if case.stop is None and case.target is None:
        return
    if _moved_for_sure(case):
        return
    if not _entry_bar(case):
        _later_bars(case)


def _moved_for_sure(case: Case) -> bool:
    """Tell whether the stop as it stood at the end was no stop at the fill."""
    entry, stop, target = case.entry, case.stop, case.target
    if case.fixed is True or entry is None:
        return False
    return (stop is not None and stop >= entry.price) or (
        target is not None and target <= entry.price
    )


def _last_bar(case: Case) -> int:
    """Give the last bar in which the trade was surely there to its end, one less than none."""
    if case.exit is None:
        if case.trade.exit_time_us is not None:
            # Gone at a moment that no bar contains.
            return case.entry.bar if case.entry is not None else -1
        return len(case.market) - 1
    at_close = case.kind == "other" and case.exit.surely(CLOSE)
    return case.exit.bar if at_close else case.exit.bar - 1


def _entry_bar(case: Case) -> bool:
    """Judge the bar of the fill: by what is certain of the time after it."""
    entry = case.entry
    if entry is None or entry.bar > _last_bar(case) or case.facing.crossed[entry.bar]:
        return False
    if CLOSE in entry.moments:
        return False
    bar, closing, buffer = entry.bar, case.facing.closing, case.terms.buffer
    low, high, close = (float(c[bar]) for c in (closing.low, closing.high, closing.close))
    stop, target = case.stop, case.target
    if stop is not None and low <= stop - buffer:
        certain = entry.surely(OPEN) or close <= stop or _fell_through(case, stop)
        if certain:
            rule = _rule(case, "stop")
            _report(case, bar, "stop", stop, rule)
            return True
        if entry.surely(INSIDE) and entry.whole and case.trade.order_type in {"limit", "stop"}:
            skipped = case.trade.order_type == "stop" and float(closing.open[bar]) <= stop
            if not skipped:
                case.find(
                    "optimistic",
                    "stop in the entry bar",
                    "exit",
                    f"E5.{case.trade.order_type}_stop_ambiguous",
                    "the trade went on",
                    f"the {case.side('closing')}, {case.range('closing', bar)}, touched the stop "
                    f"at {case.price(stop)} in the bar of the fill",
                    bar=bar,
                    gain=None if case.exit is None else case.exit.price - min(stop, high),
                )
                return True
    if target is not None and high >= target + buffer:
        rose = case.trade.order_type == "stop" and entry.surely(INSIDE)
        if entry.surely(OPEN) or close >= target or rose:
            _report(case, bar, "target", target, _rule(case, "target"))
            return True
    return False


def _rule(case: Case, name: str) -> str:
    """Name the rule by which a level in the bar of the fill counts for certain."""
    order = case.trade.order_type
    if order not in {"limit", "stop"} or (case.entry is not None and case.entry.surely(OPEN)):
        return f"X1.{name}"
    if (order, name) == ("stop", "target"):
        return "E5.stop_target"
    return f"E5.{order}_{name}_certain"


def _fell_through(case: Case, stop: float) -> bool:
    """Tell whether a limit order's fill must have come before the touch of its stop.

    Before it the opening side was above the level; the stop lies deeper under that than the widest
    spread of the bar.
    """
    entry = case.entry
    if entry is None or case.trade.order_type != "limit":
        return False
    hair = case.market.tick / 2
    return entry.price - stop > float(case.facing.widest[entry.bar]) + hair


def _later_bars(case: Case) -> None:
    entry, closing, buffer = case.entry, case.facing.closing, case.terms.buffer
    if entry is None:
        return
    start, end = entry.bar + 1, _last_bar(case) + 1
    for first in range(start, end, _CHUNK):
        part = slice(first, min(first + _CHUNK, end))
        touched = np.zeros(part.stop - first, dtype=bool)
        if case.stop is not None:
            touched |= closing.low[part] <= case.stop - buffer
        if case.target is not None:
            touched |= closing.high[part] >= case.target + buffer
        if touched.any():
            bar = first + int(touched.argmax())
            at_stop = case.stop is not None and float(closing.low[bar]) <= case.stop - buffer
            open_ = float(closing.open[bar])
            if at_stop and case.target is not None and open_ >= case.target + buffer:
                # It opened beyond the target: that came first.
                at_stop = False
            level = case.stop if at_stop else case.target
            if level is not None:
                name = "stop" if at_stop else "target"
                _report(case, bar, name, level, f"X1.{name}")
            return


def _report(case: Case, bar: int, name: str, level: float, rule: str) -> None:
    closing = case.facing.closing
    open_, extreme = (
        float(closing.open[bar]),
        float((closing.low if name == "stop" else closing.high)[bar]),
    )
    there = case.entry is not None and (case.entry.bar < bar or case.entry.surely(OPEN))
    due = level
    if there and (open_ <= level if name == "stop" else open_ >= level):
        due, rule = open_, f"X2.gap_{name}"
    gain = None if case.exit is None else case.exit.price - due
    exactly = abs(extreme - level) <= case.market.tick / 2 and case.fixed is None
    severity = "impossible" if case.fixed and (gain is None or gain > 0.0) else "doubtful"
    says = (
        "the trade went on"
        if case.exit is None
        else (f"the trade went on and left at {case.price(case.exit.price)}")
    )
    if case.fixed is None:
        says += ", if its levels were not moved"
    allows = f"the {case.side('closing')}, {case.range('closing', bar)}, touched the {name}"
    allows += f" at {case.price(level)}"
    case.find(
        severity,
        "exit missed",
        "exit",
        rule,
        says,
        allows + (" exactly" if exactly else ""),
        bar=bar,
        gain=gain,
    )
