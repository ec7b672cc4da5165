"""Strategies that know too much, each in another way, and honest ones that look suspicious."""

from __future__ import annotations

from typing import Any

import numpy as np

PIP = 0.0001


def order(view: Any, direction: str = "buy", **more: Any) -> dict[str, Any]:
    sign = 1.0 if direction == "buy" else -1.0
    bid, ask = view.bid.close, view.ask.close
    return {
        "direction": direction,
        "sl": (bid if sign > 0 else ask) - sign * 40 * PIP,
        "tp": (ask if sign > 0 else bid) + sign * 40 * PIP,
        **more,
    }


class OfColumns:
    """A strategy that computes over the whole columns when it is made."""

    def __init__(self, bid: Any, ask: Any) -> None:
        self.close = np.asarray(bid.close)
        self.high, self.low = np.asarray(bid.high), np.asarray(bid.low)
        self.prepare()

    def prepare(self) -> None:
        """Compute."""

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        return self.decide(view.index, view)

    def decide(self, bar: int, view: Any) -> Any:
        raise NotImplementedError


class ShiftedBack(OfColumns):
    """The next close, as `.shift(-1)` gives it: one bar ahead."""

    def prepare(self) -> None:
        self.next = np.append(self.close[1:], np.nan)

    def decide(self, bar: int, view: Any) -> Any:
        return order(view) if self.next[bar] > self.close[bar] + 5 * PIP else None


class Centred(OfColumns):
    """A mean of seven bars around each: three ahead."""

    def prepare(self) -> None:
        padded = np.concatenate((np.full(3, np.nan), self.close, np.full(3, np.nan)))
        self.mean = np.array([padded[bar : bar + 7].mean() for bar in range(len(self.close))])

    def decide(self, bar: int, view: Any) -> Any:
        return order(view) if self.close[bar] < self.mean[bar] - 4 * PIP else None


class ScaledByAll(OfColumns):
    """Closes in units of the highest of all."""

    def prepare(self) -> None:
        lowest = self.close.min()
        self.scaled = (self.close - lowest) / max(self.close.max() - lowest, PIP)

    def decide(self, bar: int, view: Any) -> Any:
        return order(view) if bar % 7 == 3 and self.scaled[bar] < 0.5 else None


class Standardised(OfColumns):
    """Levels in deviations of the whole sample: another price, not another signal."""

    def prepare(self) -> None:
        self.deviation = float(self.close.std())

    def decide(self, bar: int, view: Any) -> Any:
        if bar % 9 != 4:
            return None
        return {"direction": "buy", "sl": view.bid.close - 0.5 * self.deviation, "tp": None}


class ByLength(OfColumns):
    """Trades up to a part of the data, of which it has to know how much there is."""

    def decide(self, bar: int, view: Any) -> Any:
        return order(view) if bar % 11 == 5 and bar < 0.9 * len(self.close) else None


class FilledBack(OfColumns):
    """A level known from the bar that reaches it on, filled backwards to bars before: a pivot."""

    def prepare(self) -> None:
        count = len(self.high)
        self.pivot = [
            bar >= 2 and bar + 2 < count and self.high[bar] == max(self.high[bar - 2 : bar + 3])
            for bar in range(count)
        ]

    def decide(self, bar: int, view: Any) -> Any:
        return order(view, "sell") if self.pivot[bar] else None


class Confident(OfColumns):
    """The same orders, with a note about how they will end."""

    def decide(self, bar: int, view: Any) -> Any:
        if bar % 8 != 2 or bar + 5 >= len(self.close):
            return order(view, meta={"good": None}) if bar % 8 == 2 else None
        return order(view, meta={"good": bool(self.close[bar + 5] > self.close[bar])})


class OtherSide(OfColumns):
    """Chooses the direction by the bar after next."""

    def decide(self, bar: int, view: Any) -> Any:
        if bar % 6 != 1:
            return None
        later = self.close[min(bar + 2, len(self.close) - 1)]
        return order(view, "buy" if later > self.close[bar] else "sell")


class Fails(OfColumns):
    """Needs a bar that is not there when nothing follows."""

    def decide(self, bar: int, view: Any) -> Any:
        return order(view) if bar % 10 == 4 and self.low[bar + 1] > 0.0 else None


class Twice(OfColumns):
    """Gives one order more where the next bar falls."""

    def decide(self, bar: int, view: Any) -> Any:
        if bar % 5 != 0:
            return None
        more = bar + 1 < len(self.close) and self.close[bar + 1] < self.close[bar]
        return [order(view), order(view)] if more else [order(view)]


PLANTED: dict[type[OfColumns], tuple[str, int | None]] = {
    # class -> what the finding says, and how many bars ahead the bar lies that it waits for
    ShiftedBack: ("no signal", 1),
    Centred: ("no signal", 3),
    ScaledByAll: ("", None),
    Standardised: ("another stop_loss", None),
    ByLength: ("no signal", None),
    FilledBack: ("no signal", 2),
    Confident: ("another meta", 5),
    OtherSide: ("another direction", 2),
    Fails: ("an error without the future", 1),
    Twice: ("another signal", 1),
}


class Honest:
    """Reads everything that a slice has, remembers, and looks back."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        self.seen.append(view.bid.close)
        series = view.series_ref("H1", "bid")
        mean = view.indicators.sma("H1", "bid", 8)
        past = view.history("H1", "bid", 5)
        highest = max(candle.high for candle in past)
        if len(series) == len(self.seen) and view.bid.close >= highest - 3 * PIP:
            return order(view, meta={"mean": float(mean[-1]), "bars": len(series)})
        return None


KEPT: list[int] = []


class Remembers:
    """Keeps something in its module, so that the second run is another one."""

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        KEPT.append(view.index)
        return order(view) if len(KEPT) % 40 == 0 else None
