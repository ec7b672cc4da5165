"""What has to become of a signal, read off the candles, by Fillproof's rules or by a peer's.

A reading is a set of switches, each a named rule.  Fillproof's are those of `golden/rules.toml` for
one price series without costs under the policy ``worst``; each peer's differ in a few, which were
read in its source.  This is no engine: a signal is looked at by itself, with hindsight.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from .plain import FEE_FIXED, FEE_RATE, UNITS, Candles, Case, Row, Signal

__all__ = ["LAW", "Reading", "predict"]


class Reading(NamedTuple):
    """Switches in which systems differ; the defaults are Fillproof's.

    Attributes
    ----------
    gap_rejects
        A market order whose stop or target the open has reached is rejected (E1.next_open_sides);
        otherwise it fills there, and its brackets are worked as always.
    open_first
        A bar that opens at or beyond the target leaves there even if it touches the stop later
        (X2.gap_target); otherwise the stop is looked at first, whatever the open was.
    fill_bar
        The bar whose open fills a market order is tested for exits (E1.next_open).
    entry_bar
        So is the bar in which a limit or stop order fills (E5, and X1 to X3 after a fill at the
        open); otherwise only a stop order's target is, where its stop is not touched.
    close_waits
        An order that fills at the close is worked with the next bar, so not in the last one.
    reworked
        Bars in which all brackets are worked once more, those of limit and stop orders filled in
        them included, as if the position had been there from the open on.
    """

    gap_rejects: bool = True
    open_first: bool = True
    fill_bar: bool = True
    entry_bar: bool = True
    close_waits: bool = False
    reworked: Collection[int] = ()


LAW = Reading()
"""Fillproof's own rules."""


class _Bar(NamedTuple):
    open: float
    high: float
    low: float
    close: float


class _Side:
    """Candles as a long position sees them: for a short one mirrored at zero, which is exact."""

    def __init__(self, candles: Candles, long: bool) -> None:
        self.candles, self.long, self.bars = candles, long, len(candles.close)

    def bar(self, index: int) -> _Bar:
        _, open_, high, low, close = self.candles
        if self.long:
            return _Bar(open_[index], high[index], low[index], close[index])
        return _Bar(-open_[index], -low[index], -high[index], -close[index])


def predict(case: Case, signal: Signal, reading: Reading = LAW) -> Row:
    """Tell what has to become of a signal that no gate keeps back.

    Examples
    --------
    >>> rises = Candles([0, 1], [1.0, 1.3], [1.0, 1.3], [1.0, 0.9], [1.0, 1.0])
    >>> signal = Signal(0, True, "limit", 1.4, 0.95, 1.2)
    >>> case = Case("x", "PLAIN", rises, [signal], "next_open", "several")
    >>> predict(case, signal).outcome
    'refused'
    """
    side = _Side(case.candles, signal.long)
    if not signal.long:
        levels = (signal.entry, signal.stop, signal.target)
        entry, stop, target = (None if level is None else -level for level in levels)
        moves = tuple((bar, -level) for bar, level in signal.moves)
        signal = signal._replace(entry=entry, stop=stop, target=target, moves=moves)
    row = _predict_long(case, side, signal, reading)
    if not side.long and row.entry_price is not None:
        row = row._replace(entry_price=-row.entry_price)
        if row.exit_price is not None:
            row = row._replace(exit_price=-row.exit_price)
    return row


def _predict_long(case: Case, side: _Side, signal: Signal, reading: Reading) -> Row:
    basis = side.bar(signal.bar).close if signal.entry is None else signal.entry
    if not _between(signal, basis):
        return Row("refused")
    if signal.type != "market":
        return _waiting(case, side, signal, reading)
    if case.fill == "close":
        if reading.close_waits and signal.bar == side.bars - 1:
            return Row("waiting")
        return _leave(case, side, signal, signal.bar, basis, signal.bar + 1, reading, at_close=True)
    bar = signal.bar + 1
    if bar == side.bars:
        return Row("waiting")
    price = side.bar(bar).open
    if reading.gap_rejects and not _between(signal, price):
        return Row("rejected")
    return _leave(case, side, signal, bar, price, bar if reading.fill_bar else bar + 1, reading)


def _waiting(case: Case, side: _Side, signal: Signal, reading: Reading) -> Row:
    entry, limit = signal.entry, signal.type == "limit"
    assert entry is not None
    for bar in range(signal.bar + 1, side.bars):
        if signal.max_bars is not None and bar > signal.bar + signal.max_bars:
            return Row("expired")
        now = side.bar(bar)
        at_open = now.open <= entry if limit else now.open >= entry
        if at_open or (now.low <= entry if limit else now.high >= entry):
            break
    else:
        return Row("waiting")
    price = now.open if at_open else entry
    if bar in reading.reworked or (reading.entry_bar and at_open):
        return _leave(case, side, signal, bar, price, bar, reading)
    if reading.entry_bar:
        left = _by_entry_bar(now, signal, limit)
    else:
        certain = not limit and _reached(now, signal) and not _fallen(now, signal)
        left = _target_price(now, signal) if certain else None
    if left is not None:
        return _closed(case, bar, price, bar, left)
    return _leave(case, side, signal, bar, price, bar + 1, reading)


def _by_entry_bar(now: _Bar, signal: Signal, limit: bool) -> float | None:
    """Rule E5 for an order filled inside the bar, without a spread, under ``worst``."""
    stop, target = signal.stop, signal.target
    # From a limit order's entry the way to its stop leads down.  A stop order's stop may have been
    # touched before the entry; it is left out if the bar opened beyond it and came back.
    if stop is not None and now.low <= stop and (limit or not now.open <= stop < now.close):
        return stop
    # From a stop order's entry the way to its target leads up.
    if target is not None and now.high >= target and (not limit or now.close >= target):
        return target
    return None


def _leave(
    case: Case,
    side: _Side,
    signal: Signal,
    entry_bar: int,
    price: float,
    first: int,
    reading: Reading,
    at_close: bool = False,
) -> Row:
    """Leave in the first bar from `first` on that touches a level, or by command.

    What is set or ordered when a bar is complete holds from the next bar on; a close fills at its
    open or, with fills at the close, at the close at which it was ordered.
    """
    moves = dict(signal.moves)
    for bar in range(first, side.bars):
        now = side.bar(bar)
        if bar - 1 in moves:
            signal = signal._replace(stop=moves[bar - 1])
        if signal.close_at == bar - 1 and not at_close:
            return _closed(case, entry_bar, price, bar, now.open)
        beyond = signal.target is not None and now.open >= signal.target
        if _fallen(now, signal) and not (reading.open_first and beyond):
            return _closed(case, entry_bar, price, bar, _stop_price(now, signal))
        if _reached(now, signal):
            return _closed(case, entry_bar, price, bar, _target_price(now, signal))
        waits = reading.close_waits and bar == side.bars - 1
        if signal.close_at == bar and at_close and not waits:
            return _closed(case, entry_bar, price, bar, now.close)
    return Row("open", entry_bar, price)


def _closed(case: Case, entry_bar: int, entry: float, bar: int, price: float) -> Row:
    result = (price - entry) * UNITS
    if case.fees:
        for side in (entry, price):
            result -= FEE_FIXED + (abs(side) * UNITS * FEE_RATE)
    return Row("closed", entry_bar, entry, bar, price, result)


def _between(signal: Signal, price: float) -> bool:
    above = signal.stop is None or signal.stop < price
    return above and (signal.target is None or price < signal.target)


def _fallen(now: _Bar, signal: Signal) -> bool:
    return signal.stop is not None and now.low <= signal.stop


def _reached(now: _Bar, signal: Signal) -> bool:
    return signal.target is not None and now.high >= signal.target


def _stop_price(now: _Bar, signal: Signal) -> float:
    assert signal.stop is not None
    return min(now.open, signal.stop)


def _target_price(now: _Bar, signal: Signal) -> float:
    assert signal.target is not None
    return max(now.open, signal.target)
