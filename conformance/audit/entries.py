"""Checks of the fill that opened a trade."""

from __future__ import annotations

from .case import Case
from .fills import CLOSE, OPEN, Fill

__all__ = ["check_entry"]


def check_entry(case: Case) -> None:
    """Hold the entry against its bar: the first fault that explains it is reported."""
    fill = case.entry
    if fill is None:
        return
    for check in (_signal_later, _stop_gap, _outside, _other_side, _passed, _limit_gap, _lowest):
        if check(case, fill):
            return


def _hair(case: Case) -> float:
    return case.market.tick / 2 + case.terms.buffer


def _signal_later(case: Case, fill: Fill) -> bool:
    """Look for an order that was given after it filled."""
    signal, entered = case.trade.signal_time_us, case.trade.entry_time_us
    if signal is None or entered is None or signal <= entered:
        return False
    case.find(
        "impossible",
        "look-ahead",
        "entry",
        "L2.phases",
        f"filled at {case.price(fill.price)}",
        "the signal is of a later moment",
        bar=fill.bar,
    )
    return True


def _stop_gap(case: Case, fill: Fill) -> bool:
    """Look for a stop order that filled at its level though the bar opened beyond it."""
    open_ = float(case.facing.opening.open[fill.bar])
    if case.trade.order_type != "stop" or not fill.price < open_ - _hair(case):
        return False
    if not fill.whole:
        # Placed within the bar, for all that is known.
        return False
    level = fill.price if case.level is None else case.level
    if level > open_:
        return False
    case.find(
        "impossible",
        "gap filled at the level",
        "entry",
        "E2.stop_open",
        f"stop order filled at {case.price(fill.price)}",
        f"the {case.side('opening')} opened beyond it, at {case.price(open_)}",
        bar=fill.bar,
        gain=open_ - fill.price,
    )
    return True


def _outside(case: Case, fill: Fill) -> bool:
    """Look for a price that the opening side did not have in the bar."""
    opening, closing, bar = case.facing.opening, case.facing.closing, fill.bar
    low, high = float(opening.low[bar]), float(opening.high[bar])
    allowed = f"{case.side('opening')} {case.range('opening', bar)}"
    if fill.price < low - _hair(case):
        other = float(closing.low[bar]) - _hair(case) <= fill.price
        kind = "wrong side" if other else "price outside the bar"
        says = f"filled at {case.price(fill.price)}"
        if other:
            says += f", which only the {case.side('closing')} had: spread not paid"
        case.find(
            "impossible", kind, "entry", _market_rule(case, fill), says, allowed,
            bar=bar, gain=low - fill.price,
        )  # fmt: skip
        return True
    worse = _hair(case) + case.terms.slippage + case.market.tick
    if fill.price > high + worse:
        case.find(
            "doubtful",
            "price outside the bar",
            "entry",
            "E1.signal_outside",
            f"filled at {case.price(fill.price)}, worse than the bar: slippage, or another feed",
            allowed,
            bar=bar,
            gain=high - fill.price,
        )
        return True
    return False


def _market_rule(case: Case, fill: Fill) -> str:
    """Name the rule of the fill that the list seems to mean."""
    if case.trade.order_type in {"limit", "stop"}:
        return f"E2.{case.trade.order_type}_inside"
    if fill.surely(OPEN):
        return "E1.next_open"
    return "E1.close" if fill.surely(CLOSE) else "E1.signal_outside"


def _passed(case: Case, fill: Fill) -> bool:
    """Look for a price better than the close on a signal that is known at the close only."""
    close = float(case.facing.opening.close[fill.bar])
    known = case.trade.order_type == "market" and case.trade.signal_time_us is not None
    if not known or not fill.surely(CLOSE) or fill.price >= close - _hair(case):
        return False
    case.find(
        "impossible",
        "look-ahead",
        "entry",
        "E1.close",
        f"filled at {case.price(fill.price)} in the bar of its signal",
        f"the signal is known at that bar's close, {case.side('opening')} {case.price(close)}",
        bar=fill.bar,
        gain=close - fill.price,
    )
    return True


def _other_side(case: Case, fill: Fill) -> bool:
    """Look for a fill at the open or close of the closing side."""
    if case.trade.order_type in {"limit", "stop"} or not fill.whole:
        return False
    hair = case.market.tick / 2
    own_quotes = [float(getattr(case.facing.opening, name)[fill.bar]) for name in (OPEN, CLOSE)]
    worse = hair + case.terms.slippage + case.market.tick
    if any(-hair <= fill.price - quote <= worse for quote in own_quotes):
        return False
    for name, rule in ((OPEN, "E1.next_open"), (CLOSE, "E1.close")):
        own = float(getattr(case.facing.opening, name)[fill.bar])
        other = float(getattr(case.facing.closing, name)[fill.bar])
        if abs(fill.price - other) <= hair and own - other > hair + case.terms.buffer:
            # Where the signal is told there is no other moment at which the price was right.
            certain = case.trade.order_type == "market" and case.trade.signal_time_us is not None
            case.find(
                "impossible" if certain else "optimistic",
                "spread not paid",
                "entry",
                rule,
                f"filled at {case.price(fill.price)}, the {case.side('closing')}'s {name}",
                f"the {case.side('opening')}'s {name} is {case.price(own)}",
                bar=fill.bar,
                gain=own - fill.price,
            )
            return True
    return False


def _limit_gap(case: Case, fill: Fill) -> bool:
    """Look for a limit order that filled at its level though the bar opened better."""
    open_ = float(case.facing.opening.open[fill.bar])
    if case.trade.order_type != "limit" or not fill.whole or OPEN not in fill.moments:
        return False
    if fill.price <= open_ + _hair(case):
        return False
    case.find(
        "doubtful",
        "gap filled at the level",
        "entry",
        "E2.limit_open",
        f"limit order filled at {case.price(fill.price)}",
        f"the {case.side('opening')} opened better, at {case.price(open_)}",
        bar=fill.bar,
        gain=open_ - fill.price,
    )
    return True


def _lowest(case: Case, fill: Fill) -> bool:
    """Look for a market order that filled at the very best price of its bar."""
    opening, bar = case.facing.opening, fill.bar
    low = float(opening.low[bar])
    others = min(float(opening.open[bar]), float(opening.close[bar]))
    hair = case.market.tick / 2
    if case.trade.order_type != "market" or not fill.whole:
        return False
    if abs(fill.price - low) > hair or others - low <= hair:
        return False
    case.find(
        "optimistic",
        "look-ahead",
        "entry",
        "E1.close",
        f"market order filled at {case.price(fill.price)}, the best price of its bar",
        f"known at the close: {case.price(float(opening.close[bar]))}",
        bar=bar,
        gain=others - fill.price,
    )
    return True
