"""The current bar of one symbol, as numbers."""

from __future__ import annotations

from .candles import to_time_us


class Quote:
    """Bid and ask candle of one bar, read once.

    Longs open on ask and close on bid, shorts the other way round (T3).
    """

    def __init__(self, symbol: str, bid: object, ask: object) -> None:
        self.symbol = symbol
        self.bid = bid
        self.ask = ask
        self.time_us = to_time_us(bid.timestamp, "timestamp")  # type: ignore[attr-defined]
        self.bid_open = float(bid.open)  # type: ignore[attr-defined]
        self.bid_high = float(bid.high)  # type: ignore[attr-defined]
        self.bid_low = float(bid.low)  # type: ignore[attr-defined]
        self.bid_close = float(bid.close)  # type: ignore[attr-defined]
        self.ask_open = float(ask.open)  # type: ignore[attr-defined]
        self.ask_high = float(ask.high)  # type: ignore[attr-defined]
        self.ask_low = float(ask.low)  # type: ignore[attr-defined]
        self.ask_close = float(ask.close)  # type: ignore[attr-defined]

    def opening_close(self, sign: float) -> float:
        """Return the close of the side an order of this sign opens on."""
        return self.ask_close if sign > 0.0 else self.bid_close

    def opening_open(self, sign: float) -> float:
        """Return the open of the side an order of this sign opens on."""
        return self.ask_open if sign > 0.0 else self.bid_open

    def closing_close(self, sign: float) -> float:
        """Return the close of the side a position of this sign closes on."""
        return self.bid_close if sign > 0.0 else self.ask_close
