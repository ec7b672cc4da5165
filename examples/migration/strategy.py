"""The strategy that has to give the same trades before and after the move."""

from typing import Any

LENGTH = 24
STOP, TARGET = 0.0025, 0.0050


class Channel:
    """Buy the highest close of a day, sell the lowest; stop 25 pips, target 50 pips away."""

    def on_data(self, slice_map: Any) -> dict[str, Any] | None:
        """Look at the last hours and give an order, or None."""
        view = slice_map["EURUSD"]
        closes = [bar.close for bar in view.history("H1", "bid", LENGTH)]
        if len(closes) < LENGTH:
            return None
        price = closes[-1]
        if price > max(closes[:-1]):
            return {"direction": "buy", "sl": price - STOP, "tp": price + TARGET}
        if price < min(closes[:-1]):
            return {"direction": "sell", "sl": price + STOP, "tp": price - TARGET}
        return None
