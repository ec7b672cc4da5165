"""When within its bar a fill can have happened, judged by its price and what the list says."""

from __future__ import annotations

from dataclasses import dataclass

from ..trade_logs import AuditTrade
from .market import Facing, Market

__all__ = ["CLOSE", "INSIDE", "OPEN", "Fill", "Terms", "entry_of", "exit_kind", "exit_of"]

OPEN, INSIDE, CLOSE = "open", "inside", "close"

_STOPS = ("stop", "sl", "stopped", "stop loss", "break even stop loss", "trailing stop")
_TARGETS = ("target", "tp", "take profit", "profit target", "limit")


@dataclass(frozen=True)
class Terms:
    """How exact an audit is.

    Attributes
    ----------
    slippage
        Most that a price may be worse than the candles, a price.
    buffer
        By how much a price must be clear of the candles to be found fault with: the candles may be
        another feed's than the trades'.
    """

    slippage: float = 0.0
    buffer: float = 0.0


@dataclass(frozen=True)
class Fill:
    """A fill in its bar.

    Attributes
    ----------
    bar, price
        The bar, and the price in the view of the trade's direction.
    moments
        When in the bar it can have been; one alone is certain.
    whole
        The list's times are those of bars: the fill's is just the opening of its bar.
    """

    bar: int
    price: float
    moments: frozenset[str]
    whole: bool

    def surely(self, *moments: str) -> bool:
        """Tell whether it was at one of these moments, whatever else is open."""
        return self.moments <= frozenset(moments)


def entry_of(trade: AuditTrade, market: Market, facing: Facing, terms: Terms) -> Fill | None:
    """Place the entry of a trade; None where its time is in no bar or its price not told."""
    placed = _placed(trade.entry_time_us, trade.entry_price, market, facing)
    if placed is None:
        return None
    bar, price, whole = placed
    open_, close = float(facing.opening.open[bar]), float(facing.opening.close[bar])
    near = _Near(price, market.tick / 2 + terms.buffer, terms.slippage + market.tick, worse=1.0)
    if not whole:
        moments = {INSIDE, OPEN} if near.at(open_) else {INSIDE}
    elif trade.order_type in {"limit", "stop"}:
        moments = _waiting(trade, facing, near, open_)
    else:
        moments = _market(trade, market, bar, near, open_, close)
    return Fill(bar, price, frozenset(moments), whole)


def exit_of(trade: AuditTrade, market: Market, facing: Facing, terms: Terms) -> Fill | None:
    """Place the exit of a trade; None where there is none, or as for `entry_of`."""
    placed = _placed(trade.exit_time_us, trade.exit_price, market, facing)
    if placed is None:
        return None
    bar, price, whole = placed
    near = _Near(price, market.tick / 2 + terms.buffer, terms.slippage + market.tick, worse=-1.0)
    moments = set()
    if near.at(float(facing.closing.open[bar])):
        moments.add(OPEN)
    if whole and near.at(float(facing.closing.close[bar])):
        moments.add(CLOSE)
    if not whole or not moments:
        moments.add(INSIDE)
    return Fill(bar, price, frozenset(moments), whole)


def exit_kind(trade: AuditTrade, fill: Fill, facing: Facing, market: Market, terms: Terms) -> str:
    """Tell why a trade left: ``stop``, ``target`` or ``other``.

    By the list's words where they say it, else by the price.
    """
    stop, target = _level(trade.stop, facing), _level(trade.target, facing)
    word = (trade.reason or "").lower().replace("_", " ").replace("-", " ").strip("[] ")
    if word in _STOPS:
        return "stop"
    if word in _TARGETS:
        return "target"
    if word and trade.signal_time_us is not None:
        # A list that tells its signals tells its reasons, too.
        return "other"
    hair = market.tick / 2
    worse = terms.slippage + market.tick / 2
    open_ = float(facing.closing.open[fill.bar])
    at_open = abs(fill.price - open_) <= hair
    if stop is not None and (
        -worse <= fill.price - stop <= hair or (at_open and fill.price <= stop)
    ):
        return "stop"
    if target is not None and (
        abs(fill.price - target) <= hair or (at_open and fill.price >= target)
    ):
        return "target"
    return "other"


def _level(level: float | None, facing: Facing) -> float | None:
    return None if level is None else level * facing.sign


def _placed(
    time_us: int | None, price: float | None, market: Market, facing: Facing
) -> tuple[int, float, bool] | None:
    if time_us is None or price is None:
        return None
    bar = market.bar_at(time_us)
    if bar is None:
        return None
    start = int(market.times[bar])
    # A list whose times are ends of bars is read a microsecond earlier.
    whole = time_us == start or time_us == start + market.length_us - 1
    return bar, price * facing.sign, whole


@dataclass(frozen=True)
class _Near:
    """Compares a fill with a price of the bar: no better than it, and worse by slippage at most."""

    price: float
    hair: float
    slip: float
    worse: float

    def at(self, quote: float) -> bool:
        away = (self.price - quote) * self.worse
        return -self.hair <= away <= self.slip

    def exactly(self, quote: float) -> bool:
        return abs(self.price - quote) <= self.hair


def _waiting(trade: AuditTrade, facing: Facing, near: _Near, open_: float) -> set[str]:
    """Place a limit or stop order's fill: at the open if that was beyond its level."""
    level = _level(trade.level, facing)
    limit = trade.order_type == "limit"
    if level is not None:
        return {OPEN} if (open_ <= level if limit else open_ >= level) else {INSIDE}
    if near.exactly(open_):
        return {OPEN}
    beyond = near.price > open_ if limit else near.price < open_
    # Filled at a level that the open had passed, or the order came later in the bar.
    return {OPEN, INSIDE} if beyond or near.at(open_) else {INSIDE}


def _market(
    trade: AuditTrade, market: Market, bar: int, near: _Near, open_: float, close: float
) -> set[str]:
    if trade.signal_time_us is not None and trade.order_type == "market":
        signal = market.bar_at(trade.signal_time_us)
        return {CLOSE} if signal == bar else {OPEN}
    if near.exactly(open_) and not near.at(close):
        return {OPEN}
    moments = {name for name, quote in ((OPEN, open_), (CLOSE, close)) if near.at(quote)}
    if not moments and trade.order_type == "market":
        return {OPEN, INSIDE, CLOSE}
    # Without a type it may be a level that happens to be near.
    return moments if trade.order_type == "market" else {*moments, INSIDE}
