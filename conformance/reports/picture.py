"""What there is to draw of a divergence: candles, levels and the events of both sides.

Text and page draw the same picture; here is what stands in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Candle", "Level", "Mark", "Picture", "number_of", "picture_of"]

# Fields of events that are prices of the symbol, the most telling first.
_PRICES = ("price", "raw", "entry_price", "entry", "stop_loss", "take_profit", "reference")
_LEVELS = {"entry": ("entry", "entry_price"), "stop": ("stop_loss",), "target": ("take_profit",)}


@dataclass(frozen=True)
class Candle:
    """One candle of one side of the quote."""

    bar: int
    time: str
    side: str
    open: float
    high: float
    low: float
    close: float


@dataclass(frozen=True)
class Level:
    """A price at which something was to happen: `entry`, `stop` or `target` of an order."""

    name: str
    price: float
    order_id: int | None


@dataclass(frozen=True)
class Mark:
    """What one side says happened in the bar; `price` is None where it says that nothing did."""

    label: str
    field: str
    price: float | None


@dataclass(frozen=True)
class Picture:
    """Candles of one symbol around a divergence.

    Attributes
    ----------
    bar
        The bar in which the sides part; `bars` are all that are drawn, with their times.
    low, high
        Prices between which the picture is drawn.
    digits
        Decimals of the prices.
    beyond
        Levels too far away to be drawn.
    """

    symbol: str | None
    bar: int
    bars: dict[int, str]
    candles: list[Candle]
    levels: list[Level]
    marks: list[Mark]
    low: float
    high: float
    digits: int
    beyond: list[Level] = field(default_factory=list)


def picture_of(divergence: dict[str, Any]) -> Picture | None:
    """Read the picture out of a divergence; None where it is in no bar or there is no candle."""
    bar = divergence["bar"]
    symbol = divergence["symbol"]
    rows = [
        row for row in divergence["bars_around"] if row["symbol"] in (symbol, None) or not symbol
    ]
    if symbol is None and rows:
        # Of several symbols the first with a candle in the bar itself.
        named = next((row["symbol"] for row in rows if row["bar"] == bar and row["bid"]), None)
        rows = [row for row in rows if row["symbol"] == named]
        symbol = named
    candles = [candle for row in rows for side in ("bid", "ask") for candle in _candle(row, side)]
    if bar is None or not candles:
        return None
    marks = _marks(divergence)
    levels = list(dict.fromkeys(_levels(divergence)))
    shown = [price for mark in marks if (price := mark.price) is not None]
    low = min([candle.low for candle in candles] + shown)
    high = max([candle.high for candle in candles] + shown)
    # A target ten times as far away would press the candles flat.
    room = max(1.5 * (high - low), 1e-9 * abs(high))
    near = [level for level in levels if low - room <= level.price <= high + room]
    low = min([low, *(level.price for level in near)])
    high = max([high, *(level.price for level in near)])
    if high <= low:
        low, high = low - abs(low) * 1e-4 - 1e-9, high + abs(high) * 1e-4 + 1e-9
    return Picture(
        symbol,
        bar,
        {row["bar"]: str(row["time"]) for row in rows},
        candles,
        near,
        marks,
        low,
        high,
        _digits(rows),
        [level for level in levels if level not in near],
    )


def number_of(value: Any) -> float | None:
    """Read a finite number from a number or its text; None for anything else.

    Examples
    --------
    >>> number_of("1.0990"), number_of("nan"), number_of("'long'"), number_of(None)
    (1.099, None, None, None)
    """
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _candle(row: dict[str, Any], side: str) -> list[Candle]:
    prices = [number_of(price) for price in row[side][:4]]
    known = [price for price in prices if price is not None]
    if len(known) < 4:
        return []
    return [Candle(row["bar"], str(row["time"]), side, *known)]


def _marks(divergence: dict[str, Any]) -> list[Mark]:
    """Place each side's event by the price that differs, or by the price of the event."""
    told = {
        divergence["field"]: {name: side["value"] for name, side in divergence["sides"].items()}
    }
    told.update({other["field"]: other["values"] for other in divergence["other_fields"]})
    name = next((name for name in _PRICES if name in told), None)
    events = divergence.get("events") or {}
    marks = []
    for label in divergence["between"]:
        if name is not None:
            marks.append(Mark(label, name, number_of(told[name].get(label))))
            continue
        event = events.get(label) or {}
        own = next((key for key in _PRICES if number_of(event.get(key)) is not None), None)
        if own is not None:
            marks.append(Mark(label, own, number_of(event[own])))
        elif label == divergence["missing_on"]:
            marks.append(Mark(label, "event", None))
    return marks


def _levels(divergence: dict[str, Any]) -> list[Level]:
    order_id = divergence["order_id"]
    found = [
        Level(name, price, item["order_id"])
        for item in divergence.get("levels") or []
        for name in _LEVELS
        if (price := number_of(item[name])) is not None
    ]
    if found:
        return found
    # Not open yet: what the event itself says of the order.
    events = [event for event in (divergence.get("events") or {}).values() if event]
    for event in events[:1]:
        for name, keys in _LEVELS.items():
            price = next((p for key in keys if (p := number_of(event.get(key))) is not None), None)
            # The `entry` of a ledger names what is booked.
            if price is not None and event.get("kind") != "ledger":
                found.append(Level(name, price, order_id))
    return found


def _digits(rows: list[dict[str, Any]]) -> int:
    texts = [str(price) for row in rows for side in ("bid", "ask") for price in row[side]]
    return max(
        (len(text.partition(".")[2]) for text in texts if "e" not in text.lower()), default=5
    )
