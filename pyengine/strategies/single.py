"""What the built-in strategies of one symbol share: candles in, one bar after the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ..signals import TradeSignal

if TYPE_CHECKING:
    from ..candles import Candle
    from ..slices import SymbolDataSlice

# No bar has this index, so that the next one begins anew.
NOWHERE = -1


class SingleSymbol:
    """Takes in the candles of one timeframe of the first symbol, and decides at each (I.taken).

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1". On one that is carried forward over shorter bars a
        candle counts once, at the bar where it first stands.
    """

    def __init__(self, timeframe: str) -> None:
        self.timeframe = timeframe
        self._next_index = 0
        # Times of the last candles taken in, by side.
        self._last: dict[str, datetime | None] = {}

    def on_data(self, slice_map: Mapping[str, SymbolDataSlice]) -> list[TradeSignal] | None:
        """Evaluate the current bar of the first symbol."""
        for view in slice_map.values():
            return self._evaluate(view)
        return None

    def evaluate(
        self,
        index: int,  # noqa: ARG002 - the engine's signature; the slice knows its index
        slice_map: Mapping[str, SymbolDataSlice],
    ) -> list[TradeSignal] | None:
        """Evaluate the current bar of the first symbol."""
        return self.on_data(slice_map)

    def _evaluate(self, view: SymbolDataSlice) -> list[TradeSignal] | None:
        if view.index != self._next_index:
            self._catch_up(view)
        bid = view.latest(self.timeframe, "bid")
        ask = view.latest(self.timeframe, "ask")
        self._next_index = view.index + 1
        new_bid, new_ask = self._is_new(view, "bid", bid), self._is_new(view, "ask", ask)
        if new_bid:
            self._take_bid(bid)
        if new_ask:
            self._take_ask(ask)
        return self._decide(view, bid, ask) if new_bid and new_ask else None

    def _is_new(self, view: SymbolDataSlice, side: str, candle: Candle | None) -> bool:
        """Tell whether a candle is there and was not there before, and note that it is now."""
        if candle is None:
            return False
        if candle.timestamp == self._last.get(side) and not _is_ordinal(view):
            return False
        self._last[side] = candle.timestamp
        return True

    def _catch_up(self, view: SymbolDataSlice) -> None:
        """Begin anew with all candles before this bar: the warm-up (L1), or those of a new run."""
        self._next_index = NOWHERE
        bids = self._before(view, "bid")
        asks = self._before(view, "ask")
        self._last.clear()
        self._restart()
        for bid in bids:
            if self._is_new(view, "bid", bid):
                self._take_bid(bid)
        for ask in asks:
            if self._is_new(view, "ask", ask):
                self._take_ask(ask)

    def _before(self, view: SymbolDataSlice, side: str) -> list[Candle]:
        if view.index == 0:
            return []
        candles = view.history(self.timeframe, side, view.index + 1)
        return candles if view.latest(self.timeframe, side) is None else candles[:-1]

    def _restart(self) -> None:
        """Forget every candle."""
        raise NotImplementedError

    def _take_bid(self, bid: Candle) -> None:
        raise NotImplementedError

    def _take_ask(self, ask: Candle) -> None:
        """Take in a candle of the ask; most strategies look at the bid alone."""

    def _decide(self, view: SymbolDataSlice, bid: Candle, ask: Candle) -> list[TradeSignal] | None:
        """Decide at a bar whose candles were taken in."""
        raise NotImplementedError


def _is_ordinal(view: SymbolDataSlice) -> bool:
    """Tell whether a slice stands at a key that is no time: its candles' times say nothing."""
    key = getattr(view, "timestamp", None)
    return key is not None and not isinstance(key, datetime)


def bracket(
    direction: str,
    bid: Candle,
    ask: Candle,
    distances: tuple[float, float],
    symbol: str,
    timestamp: datetime,
    reason: str,
) -> TradeSignal:
    """Make a market order with stop and target so far from the opening side's close."""
    close = ask.close if direction == "long" else bid.close
    sign = 1.0 if direction == "long" else -1.0
    stop, target = distances
    return TradeSignal(
        direction,
        close,
        close - (sign * stop),
        close + (sign * target),
        symbol,
        timestamp,
        reason=reason,
    )
