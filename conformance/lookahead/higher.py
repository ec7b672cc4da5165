"""Higher timeframes that a user has aligned: what of them had not closed by the end of a bar."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from fillproof.candle_table import PRICES
from fillproof.look_ahead import Early, search, shown_times
from fillproof.timeframes import length_us

if TYPE_CHECKING:
    from .market import Market

__all__ = ["early", "poisoned"]

_FACTORS = {
    "mirrored": 0.97,
    "shifted": 1.01,
    "shuffled": 1.03,
    "doubled": 2.0,
    "halved": 0.5,
    "flat": 0.99,
}


def early(market: Market) -> list[Early]:
    """Find candles that a bar sees before they have closed, by their times alone."""
    more = market.shown()
    if not isinstance(more, Mapping):
        return []
    return list(search(more, market.bid.time_us, market.timeframe, []))


def poisoned(market: Market, last: int, how: str) -> dict[str, dict[str, Any]]:
    """Change every candle that has not closed by the end of bar `last`, wherever it is shown."""
    end = int(market.bid.time_us[last]) + length_us(market.timeframe)
    factor = _FACTORS[how]
    found: dict[str, dict[str, Any]] = {}
    for timeframe, sides in market.more.items():
        length = length_us(timeframe)
        found[timeframe] = {}
        for side, series in sides.items():
            times = shown_times(series, len(market))
            found[timeframe][side] = [
                _changed(series[bar], factor, begun=times[bar] < end)
                if times[bar] + length > end
                else series[bar]
                for bar in range(len(times))
            ]
    return found


def _changed(candle: Any, factor: float, *, begun: bool) -> Any:
    """Make another candle; the open of one that has begun is known."""
    if candle is None:
        return None
    prices = {name: getattr(candle, name) * factor for name in PRICES}
    if begun:
        prices["open"] = candle.open
    prices["high"], prices["low"] = max(prices.values()), min(prices.values())
    volume = getattr(candle, "volume", 0.0) * 2.0 + 1.0
    return SimpleNamespace(timestamp=candle.timestamp, volume=volume, **prices)
