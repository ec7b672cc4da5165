"""Draws a divergence as candles of characters, for terminals and plain-text reports."""

from __future__ import annotations

from typing import Any

from .picture import Candle, Picture, picture_of

__all__ = ["text_candles"]

_WIDTH = 10
_PLACES = {"bid": 3, "ask": 6}
#: Column of the mark of each side within its bar: left of the candles, right of them.
_MARKS = ((1, "◆"), (8, "◇"))


def text_candles(divergence: dict[str, Any], height: int = 13) -> list[str]:
    """Draw the candles around a divergence, its levels, and where each side puts the event.

    Parameters
    ----------
    divergence
        As the report has it.
    height
        Rows of the picture.

    Returns
    -------
    list of str
        Lines; none where the divergence is in no bar.
    """
    picture = picture_of(divergence)
    if picture is None:
        return []
    columns = {bar: place * _WIDTH for place, bar in enumerate(picture.bars)}
    grid = [[" "] * (_WIDTH * len(columns)) for _ in range(height)]
    notes: list[list[str]] = [[] for _ in range(height)]
    for level in picture.levels:
        row = _row(picture, level.price, height)
        grid[row] = ["·"] * len(grid[row])
        of = "" if level.order_id is None else f" #{level.order_id}"
        notes[row].append(f"{level.name}{of} {level.price:.{picture.digits}f}")
    for candle in picture.candles:
        _draw(grid, picture, candle, columns[candle.bar] + _PLACES[candle.side])
    for (offset, sign), mark in zip(_MARKS, picture.marks, strict=False):
        if mark.price is not None and picture.bar in columns:
            row = _row(picture, mark.price, height)
            grid[row][columns[picture.bar] + offset] = sign
            told = f"{mark.price:.{picture.digits}f}"
            notes[row].append(f"{sign} {mark.label} {mark.field} {told}")
    lines = [_head(picture)]
    for row, (cells, words) in enumerate(zip(grid, notes, strict=True)):
        price = picture.high - (picture.high - picture.low) * row / (height - 1)
        line = f"{price:>{_axis(picture)}.{picture.digits}f} {''.join(cells)} {', '.join(words)}"
        lines.append(line.rstrip())
    lines += [
        f"{level.name} {level.price:.{picture.digits}f} lies beyond the picture"
        for level in picture.beyond
    ]
    lines += [f"{mark.label} has no such event" for mark in picture.marks if mark.price is None]
    return lines


def _axis(picture: Picture) -> int:
    return max(len(f"{price:.{picture.digits}f}") for price in (picture.low, picture.high))


def _head(picture: Picture) -> str:
    cells = []
    for bar in picture.bars:
        name = f">{bar}" if bar == picture.bar else str(bar)
        cells.append(f"{name:^{_WIDTH}}")
    return (" " * (_axis(picture) + 1) + "".join(cells) + " bid left, ask right").rstrip()


def _row(picture: Picture, price: float, height: int) -> int:
    share = (picture.high - price) / (picture.high - picture.low)
    return min(height - 1, max(0, round(share * (height - 1))))


def _draw(grid: list[list[str]], picture: Picture, candle: Candle, column: int) -> None:
    height = len(grid)
    top, bottom = (_row(picture, price, height) for price in (candle.high, candle.low))
    first, last = sorted(_row(picture, price, height) for price in (candle.open, candle.close))
    body = "▒" if candle.close >= candle.open else "█"
    for row in range(top, bottom + 1):
        grid[row][column] = body if first <= row <= last else "│"
