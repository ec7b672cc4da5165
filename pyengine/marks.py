"""The marks of open positions: at the close, and at the worst of the bar (P3.equity_worst)."""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .arithmetic import smaller
from .position_face import PortfolioPosition
from .positions import AT_CLOSE, Position


def own_record(position: object) -> Position | None:
    """Return the record behind a position of one of our executors, else None."""
    if isinstance(position, PortfolioPosition) and position._position.blotter is not None:
        return position._position
    return None


def mark_positions(
    faces: Iterable[object], marks: Mapping[str, tuple[float, ...]], time_us: int
) -> tuple[float, float]:
    """Sum the marks of open positions in fill order: at the close, and at the worst (P3).

    Parameters
    ----------
    faces : iterable of positions
        In fill order; those of foreign executors, and those without a candle yet, count 0.
    marks : mapping
        symbol -> (bid close, low, high, ask close, low, high).
    time_us : int
        Open of the bar. Positions filled at its close count there in both sums: the bar went
        through its extremes before.

    Returns
    -------
    tuple of float
        The sum at the close, and per symbol, in order of first mark, the smaller of the sums at
        the lows and at the highs.
    """
    total = 0.0
    worst = 0.0
    for symbol, quote in marks.items():
        low_sum = 0.0
        high_sum = 0.0
        for face in faces:
            position = own_record(face)
            if position is None or position.symbol != symbol:
                continue
            side = 0 if position.sign > 0.0 else 3
            if position.at == AT_CLOSE and position.trigger_time_us == time_us:
                at_close = position.gain(quote[side])
                low_sum = low_sum + at_close
                high_sum = high_sum + at_close
            else:
                low_sum = low_sum + position.gain(quote[side + 1])
                high_sum = high_sum + position.gain(quote[side + 2])
        worst = worst + smaller(low_sum, high_sum)
    for face in faces:
        position = own_record(face)
        if position is not None and position.symbol in marks:
            quote = marks[position.symbol]
            total = total + position.gain(quote[0 if position.sign > 0.0 else 3])
    return total, worst
