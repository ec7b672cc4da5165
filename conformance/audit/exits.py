"""Checks of the fill that closed a trade."""

from __future__ import annotations

from .case import Case
from .fills import CLOSE, OPEN, Fill

__all__ = ["check_exit"]


def check_exit(case: Case) -> None:
    """Hold the exit against its bar: the first fault that explains it is reported."""
    fill = case.exit
    if fill is None:
        return
    for check in _CHECKS:
        if check(case, fill):
            return


def _hair(case: Case) -> float:
    return case.market.tick / 2 + case.terms.buffer


def _there_at_open(case: Case, fill: Fill) -> bool:
    """Tell whether the trade was surely there when the bar of its exit opened."""
    entry = case.entry
    if entry is None:
        return case.trade.entry_time_us is not None and not case.market.in_hole(
            case.trade.entry_time_us
        )
    return entry.bar < fill.bar or entry.surely(OPEN)


def _inside_entry(case: Case, fill: Fill) -> bool:
    """Tell whether it filled and left within one bar, not at its open."""
    return case.entry is not None and case.entry.bar == fill.bar and OPEN not in case.entry.moments


def _too_early(case: Case, fill: Fill) -> bool:
    """Look for an exit before the entry."""
    entered, left = case.trade.entry_time_us, case.trade.exit_time_us
    before = entered is not None and left is not None and left < entered
    if not before:
        entry = case.entry
        same = entry is not None and entry.bar == fill.bar and entry.surely(CLOSE)
        if not same or CLOSE in fill.moments or case.trade.signal_time_us is None:
            return False
    result = case.trade.result
    case.find(
        "impossible",
        "exit before entry",
        "trade",
        "E1.close",
        f"left at {case.price(fill.price)}",
        "it filled later" if before else "it filled at the close of this bar",
        bar=fill.bar,
        money=result,
    )
    return True


def _stop_gap(case: Case, fill: Fill) -> bool:
    """Look for a stop that filled better than the open though the bar opened beyond it."""
    stop, open_ = case.stop, float(case.facing.closing.open[fill.bar])
    if case.kind != "stop" or stop is None or not _there_at_open(case, fill):
        return False
    if open_ > stop - case.terms.buffer or fill.price <= open_ + _hair(case):
        return False
    case.find(
        "impossible",
        "gap filled at the level",
        "exit",
        "X2.gap_stop",
        f"stop filled at {case.price(fill.price)}",
        f"the {case.side('closing')} opened at {case.price(open_)}",
        bar=fill.bar,
        gain=fill.price - open_,
    )
    return True


def _outside(case: Case, fill: Fill) -> bool:
    """Look for a price that the closing side did not have in the bar."""
    opening, closing, bar = case.facing.opening, case.facing.closing, fill.bar
    low, high = float(closing.low[bar]), float(closing.high[bar])
    allowed = f"{case.side('closing')} {case.range('closing', bar)}"
    rule = {"stop": "X2.cap", "target": "X1.target"}.get(case.kind, "X5.manual")
    if fill.price > high + _hair(case):
        other = fill.price <= float(opening.high[bar]) + _hair(case)
        says = f"left at {case.price(fill.price)}"
        if other:
            says += f", which only the {case.side('opening')} had: spread not paid"
        kind = "wrong side" if other else "price outside the bar"
        case.find("impossible", kind, "exit", rule, says, allowed, bar=bar, gain=fill.price - high)
        return True
    if fill.price < low - _hair(case) - case.terms.slippage - case.market.tick:
        case.find(
            "doubtful",
            "price outside the bar",
            "exit",
            rule,
            f"left at {case.price(fill.price)}, worse than the bar: slippage, or another feed",
            allowed,
            bar=bar,
            gain=fill.price - low,
        )
        return True
    return False


def _target_gap(case: Case, fill: Fill) -> bool:
    """Look for a target that filled at its level though the bar opened beyond it."""
    target, open_ = case.target, float(case.facing.closing.open[fill.bar])
    if target is None or not fill.whole or not _there_at_open(case, fill):
        return False
    if open_ < target + case.terms.buffer or fill.price >= open_ - _hair(case):
        return False
    if case.kind != "target" and (case.fixed is False or fill.surely(CLOSE)):
        # Levels were moved, or `check_missed` has looked at this bar.
        return False
    case.find(
        "doubtful",
        "gap filled at the level" if case.kind == "target" else "exit missed",
        "exit",
        "X2.gap_target",
        f"left at {case.price(fill.price)}",
        f"the {case.side('closing')} opened beyond the target, at {case.price(open_)}",
        bar=fill.bar,
        gain=fill.price - open_,
    )
    return True


def _stop_before(case: Case, fill: Fill) -> bool:
    """Look for another exit in a bar that opened beyond the stop."""
    stop, open_ = case.stop, float(case.facing.closing.open[fill.bar])
    if case.kind != "other" or stop is None or not _there_at_open(case, fill):
        return False
    if case.fixed is False or fill.surely(CLOSE):
        return False
    if open_ > stop - case.terms.buffer or fill.price <= open_ + _hair(case):
        return False
    case.find(
        "impossible" if case.fixed else "doubtful",
        "exit missed",
        "exit",
        "X2.gap_stop",
        f"left at {case.price(fill.price)}",
        f"the {case.side('closing')} opened beyond the stop, at {case.price(open_)}",
        bar=fill.bar,
        gain=fill.price - open_,
    )
    return True


def _both(case: Case, fill: Fill) -> bool:
    """Look for a target taken in a bar that touched the stop too."""
    stop, target, bar = case.stop, case.target, fill.bar
    if case.kind != "target" or stop is None or target is None:
        return False
    closing = case.facing.closing
    open_, low, close = (float(c[bar]) for c in (closing.open, closing.low, closing.close))
    if low > stop - case.terms.buffer:
        return False
    there = _there_at_open(case, fill)
    if there and open_ >= target:
        return False
    rule = "X3.worst"
    if not there:
        rule = "E5.tie"
        if _rose_into(case) and open_ <= stop < close:
            # The stop lay beyond the open: a touch tells nothing of the time after the fill.
            return False
    # With times inside the bar the platform may have seen which came first.
    severity = "optimistic" if fill.whole else "doubtful"
    if there and open_ <= stop:
        severity, rule = "impossible", "X2.gap_stop"
    worse = min(stop, open_) if there else min(stop, float(closing.high[bar]))
    case.find(
        severity,
        "stop touched too",
        "exit",
        rule,
        f"left at the target, {case.price(fill.price)}",
        f"the {case.side('closing')}, {case.range('closing', bar)}, touched the stop at "
        f"{case.price(stop)} too",
        bar=bar,
        gain=fill.price - worse,
    )
    return True


def _rose_into(case: Case) -> bool:
    """Tell whether the entry was by a stop order, or like one: the price rose into it."""
    if case.trade.order_type in {"stop", "limit"}:
        return case.trade.order_type == "stop"
    entry = case.entry
    return entry is not None and float(case.facing.opening.open[entry.bar]) < entry.price


def _early_target(case: Case, fill: Fill) -> bool:
    """Look for a limit order whose target may have been touched before it filled."""
    target, bar = case.target, fill.bar
    if case.kind != "target" or target is None or not _inside_entry(case, fill):
        return False
    if case.trade.order_type != "limit" or not fill.whole:
        return False
    close = float(case.facing.closing.close[bar])
    if close >= target:
        return False
    case.find(
        "optimistic",
        "target before the entry",
        "exit",
        "E5.limit_target_ambiguous",
        f"left at the target, {case.price(fill.price)}, in the bar of the fill",
        f"that may have been before; the bar closed at {case.price(close)}",
        bar=bar,
        gain=fill.price - close,
    )
    return True


def _other_side(case: Case, fill: Fill) -> bool:
    """Look for a fill at the open or close of the opening side."""
    if case.kind != "other" or not fill.whole or {OPEN, CLOSE} & fill.moments:
        return False
    hair = case.market.tick / 2
    for name, rule in ((OPEN, "X5.manual_open"), (CLOSE, "X5.manual")):
        own = float(getattr(case.facing.closing, name)[fill.bar])
        other = float(getattr(case.facing.opening, name)[fill.bar])
        if abs(fill.price - other) <= hair and other - own > hair + case.terms.buffer:
            case.find(
                "optimistic",
                "spread not paid",
                "exit",
                rule,
                f"left at {case.price(fill.price)}, the {case.side('opening')}'s {name}",
                f"the {case.side('closing')}'s {name} is {case.price(own)}",
                bar=fill.bar,
                gain=fill.price - own,
            )
            return True
    return False


_CHECKS = (
    _too_early,
    _stop_gap,
    _outside,
    _target_gap,
    _both,
    _early_target,
    _other_side,
    _stop_before,
)
