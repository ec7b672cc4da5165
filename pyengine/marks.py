"""The marks of open positions: at the close, and at the worst of the bar (P3.equity_worst)."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .candles import Candle, to_time_us
from .position_face import PortfolioPosition
from .positions import AT_CLOSE, Position

LOW = "low"
HIGH = "high"


class MarkQuote:
    """What a symbol's open positions are marked with: its last candles, and of which bar."""

    def __init__(self, bid: Any, ask: Any) -> None:
        if type(bid) is Candle and type(ask) is Candle:
            self._take(bid, ask)
            return
        self.bid_close, self.bid_low, self.bid_high = (
            float(bid.close), float(bid.low), float(bid.high),
        )  # fmt: skip
        self.ask_close, self.ask_low, self.ask_high = (
            float(ask.close), float(ask.low), float(ask.high),
        )  # fmt: skip
        time_us = getattr(bid, "time_us", None)
        if time_us is None:
            timestamp = getattr(bid, "timestamp", None)
            time_us = None if timestamp is None else to_time_us(timestamp, "timestamp")
        self.time_us: int | None = time_us

    def _take(self, bid: Candle, ask: Candle) -> None:
        """Read candles of our own."""
        self.bid_close, self.bid_low, self.bid_high = bid._close, bid._low, bid._high
        self.ask_close, self.ask_low, self.ask_high = ask._close, ask._low, ask._high
        self.time_us = bid._time_us

    def is_stale(self, time_us: int) -> bool:
        """Tell whether the candles are from before a bar (P3.row_stale)."""
        return self.time_us is not None and self.time_us < time_us


class Marked:
    """The marks of all open positions.

    Attributes
    ----------
    total, worst : float
        At the close, and at the worst of the bar.
    stale : bool
        Whether one of them is of an earlier bar, or by a stale rate.
    sides : dict
        symbol -> "low" or "high", whichever the worst was.
    """

    def __init__(self, total: float, worst: float, stale: bool, sides: dict[str, str]) -> None:
        self.total = total
        self.worst = worst
        self.stale = stale
        self.sides = sides


def own_record(position: object) -> Position | None:
    """Return the record behind a position of one of our executors, or itself; else None."""
    if isinstance(position, Position):
        return position
    if isinstance(position, PortfolioPosition) and position._position.blotter is not None:
        return position._position
    return None


def mark_positions(faces: Iterable[object], marks: dict[str, MarkQuote], time_us: int) -> Marked:
    """Sum the marks of open positions in fill order: at the close, and at the worst (P3).

    Parameters
    ----------
    faces : iterable of positions or records
        In fill order; those of foreign executors, and those without a candle yet, count 0.
    marks : dict
        symbol -> its last candles, in order of first mark.
    time_us : int
        Open of the bar. Positions filled at its close count there in both sums: the bar went
        through its extremes before. So do those of symbols without a bar at this time.
    """
    held: list[Position] = []
    for face in faces:
        position = own_record(face)
        if position is not None:
            held.append(position)
    total = 0.0
    worst = 0.0
    stale = False
    sides: dict[str, str] = {}
    for symbol, quote in marks.items():
        low_sum = 0.0
        high_sum = 0.0
        old = quote.is_stale(time_us)
        for position in held:
            if position.symbol != symbol:
                continue
            if position.sign > 0.0:
                close, low, high = quote.bid_close, quote.bid_low, quote.bid_high
            else:
                close, low, high = quote.ask_close, quote.ask_low, quote.ask_high
            stale = stale or old or position.stale_unit
            if old or (position.at == AT_CLOSE and position.trigger_time_us == time_us):
                low = high = close
            low_sum = low_sum + position.gain(low)
            high_sum = high_sum + position.gain(high)
        sides[symbol] = HIGH if high_sum < low_sum else LOW
        worst = worst + (high_sum if high_sum < low_sum else low_sum)
    for position in held:
        mark = marks.get(position.symbol)
        if mark is not None:
            close = mark.bid_close if position.sign > 0.0 else mark.ask_close
            total = total + position.gain(close)
    return Marked(total, worst, stale, sides)
