"""The current bar of one symbol, as numbers."""

# ruff: noqa: SLF001 - the modules of one engine share what a candle keeps

from __future__ import annotations

from .arithmetic import larger
from .candles import Candle, to_time_us


class Quote:
    """Bid and ask candle of one bar, read once.

    Longs open on ask and close on bid, shorts the other way round (T3).
    """

    def __init__(self, symbol: str, bid: object, ask: object) -> None:
        self.symbol = symbol
        self.bid = bid
        self.ask = ask
        if type(bid) is Candle and type(ask) is Candle:
            self._take(bid, ask)
            return
        self.time_us = to_time_us(bid.timestamp, "timestamp")  # type: ignore[attr-defined]
        self.bid_open = float(bid.open)  # type: ignore[attr-defined]
        self.bid_high = float(bid.high)  # type: ignore[attr-defined]
        self.bid_low = float(bid.low)  # type: ignore[attr-defined]
        self.bid_close = float(bid.close)  # type: ignore[attr-defined]
        self.ask_open = float(ask.open)  # type: ignore[attr-defined]
        self.ask_high = float(ask.high)  # type: ignore[attr-defined]
        self.ask_low = float(ask.low)  # type: ignore[attr-defined]
        self.ask_close = float(ask.close)  # type: ignore[attr-defined]

    def _take(self, bid: Candle, ask: Candle) -> None:
        """Read candles of our own: nothing has to be made a number or a time first."""
        self.time_us = bid._time_us
        self.bid_open, self.bid_high = bid._open, bid._high
        self.bid_low, self.bid_close = bid._low, bid._close
        self.ask_open, self.ask_high = ask._open, ask._high
        self.ask_low, self.ask_close = ask._low, ask._close

    def opening_close(self, sign: float) -> float:
        """Return the close of the side an order of this sign opens on."""
        return self.ask_close if sign > 0.0 else self.bid_close

    def opening_open(self, sign: float) -> float:
        """Return the open of the side an order of this sign opens on."""
        return self.ask_open if sign > 0.0 else self.bid_open

    def closing_close(self, sign: float) -> float:
        """Return the close of the side a position of this sign closes on."""
        return self.bid_close if sign > 0.0 else self.ask_close

    def opening_candle(self, sign: float) -> tuple[float, float, float, float]:
        """Return open, high, low, close of the side an order of this sign opens on."""
        if sign > 0.0:
            return self.ask_open, self.ask_high, self.ask_low, self.ask_close
        return self.bid_open, self.bid_high, self.bid_low, self.bid_close

    def closing_candle(self, sign: float) -> tuple[float, float, float, float]:
        """Return open, high, low, close of the side a position of this sign closes on."""
        return self.opening_candle(-sign)

    def closing_open(self, sign: float) -> float:
        """Return the open of the side a position of this sign closes on."""
        return self.bid_open if sign > 0.0 else self.ask_open

    def is_crossed(self) -> bool:
        """Tell whether the ask lies under the bid in one of the four prices (T2.crossed)."""
        return (
            self.ask_open < self.bid_open
            or self.ask_high < self.bid_high
            or self.ask_low < self.bid_low
            or self.ask_close < self.bid_close
        )

    def largest_spread(self) -> float:
        """Return the largest of the bar's four spreads, ask less bid (E5.limit_stop_certain)."""
        return larger(
            larger(self.ask_open - self.bid_open, self.ask_high - self.bid_high),
            larger(self.ask_low - self.bid_low, self.ask_close - self.bid_close),
        )
