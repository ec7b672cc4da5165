"""What a PositionManager decides about one position, in numbers alone (rules M1).

Prices are in quote, sizes in lots; sign is 1.0 for a long, -1.0 for a short.
"""

from __future__ import annotations

from .arithmetic import POWERS_OF_TEN, floor, snap_level
from .symbols import LOT_UNIT, SymbolSpec


def has_gained(
    entry_price: float, close: float, sign: float, threshold: float, digits: int | None
) -> bool:
    """Tell whether a position has come so far; in whole ticks with digits (M1.gained).

    >>> has_gained(1.1002, 1.1012, 1.0, 0.001, 5), has_gained(1.1002, 1.10119, 1.0, 0.001, 5)
    (True, False)
    """
    gain = (close - entry_price) * sign
    if digits is None:
        return gain >= threshold
    power = POWERS_OF_TEN[digits]
    return floor((gain * power) + 0.5) >= floor((threshold * power) + 0.5)


def break_even_stop(entry_price: float, buffer: float, sign: float, digits: int | None) -> float:
    """Return the fill plus a buffer in price units, snapped where there are digits (M1.break_even).

    >>> break_even_stop(1.1002, 0.0001, 1.0, 5), break_even_stop(1.1002, 0.0001, -1.0, 5)
    (1.1003, 1.1001)
    """
    stop = entry_price + (sign * buffer)
    return stop if digits is None else snap_level(stop, digits, sign)


def trailing_stop(close: float, distance: float, sign: float, digits: int | None) -> float:
    """Return the close less a distance, snapped where there are digits (M1.trailing).

    >>> trailing_stop(1.1002, 0.001, 1.0, 5), trailing_stop(1.1002, 0.001, -1.0, 5)
    (1.0992, 1.1012)
    """
    stop = close - (sign * distance)
    return stop if digits is None else snap_level(stop, digits, sign)


def is_tighter(stop: float, present: float | None, sign: float) -> bool:
    """Tell whether a stop is strictly tighter than the present one; than none any is (M1.trailing).

    >>> is_tighter(1.1, 1.099, 1.0), is_tighter(1.1, 1.1, 1.0), is_tighter(1.1, None, -1.0)
    (True, False, True)
    """
    if present is None:
        return True
    return stop > present if sign > 0.0 else stop < present


def is_behind(stop: float, close: float, sign: float) -> bool:
    """Tell whether a stop is strictly on the losing side of the close (M1.stop_refused).

    >>> is_behind(1.0999, 1.1, 1.0), is_behind(1.1, 1.1, 1.0), is_behind(1.1001, 1.1, -1.0)
    (True, False, True)
    """
    return stop < close if sign > 0.0 else stop > close


def part_size(fraction: float, initial_size: float, spec: SymbolSpec | None) -> float | None:
    """Return a fraction of the initial size, brought down to the volume grid (M1.partial).

    ``n = floor(((raw - min) / step) + 1e-6)``, ``(Min + (n * Step)) / 1e8`` with
    ``raw = fraction * initial_size``. Without a SymbolSpec the grid is that of whole 1e-8 lots.

    Returns
    -------
    float or None
        None where it is less than the smallest volume (M1.partial_skipped).

    >>> part_size(0.5, 0.25, SymbolSpec("EURUSD", 0.0001)), part_size(0.5, 0.25, None)
    (0.12, 0.125)
    """
    raw = fraction * initial_size
    if spec is None:
        least, step, unit_least, unit_step = 1.0 / LOT_UNIT, 1.0 / LOT_UNIT, 1.0, 1.0
    else:
        least, step = spec.volume_min, spec.volume_step
        unit_least, unit_step, _ = spec.volume_units()
    steps = floor(((raw - least) / step) + 1e-6)
    if steps < 0.0:
        return None
    return (unit_least + (steps * unit_step)) / LOT_UNIT


def takes_all(size: float, part: float, spec: SymbolSpec | None) -> bool:
    """Tell whether a part would leave less than the smallest volume (M1.partial_all).

    >>> takes_all(0.02, 0.015, None), takes_all(0.02, 0.015, SymbolSpec("EURUSD", 0.0001))
    (False, True)
    """
    least = 1.0 if spec is None else spec.volume_units()[0]
    return floor((size * LOT_UNIT) + 0.5) - floor((part * LOT_UNIT) + 0.5) < least
