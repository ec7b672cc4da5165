"""The exact arithmetic both engines share (rules N1, N2, N4).

Only ``+ - * /``, ``floor``, ``ceil`` and comparisons, in the order of the brackets written
here, so that every backend gives the same 64 bits.
"""

from __future__ import annotations

from array import array
from typing import Any

# Exact in binary64 up to 10^22; pow() is not used because its last bit differs between builds.
POWERS_OF_TEN: tuple[float, ...] = (
    1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
)  # fmt: skip
# To the compiled twin numbers of C.
_POWERS: Any = memoryview(array("d", POWERS_OF_TEN))

# From here on every binary64 is a whole number, so there is nothing left to round.
WHOLE_FROM = 9007199254740992.0


# One step of splitmix64, and what makes 53 bits a number below 1 (N3).
MASK_64 = 2**64 - 1
GOLDEN_GAMMA = 0x9E3779B97F4A7C15
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB
PART_STEP = 2**32
TO_UNIT = 1.0 / 9007199254740992.0


def is_finite(x: float) -> bool:
    """Tell whether x is neither NaN nor infinite.

    >>> is_finite(1.5), is_finite(float("nan")), is_finite(float("inf"))
    (True, False, False)
    """
    return x - x == 0.0


def larger(a: float, b: float) -> float:
    """Return the larger of two finite numbers, the first when they are equal (N1)."""
    return b if b > a else a


def smaller(a: float, b: float) -> float:
    """Return the smaller of two finite numbers, the first when they are equal (N1)."""
    return b if b < a else a


def distance(a: float, b: float) -> float:
    """Return |a - b|."""
    return a - b if a >= b else b - a


def floor(x: float) -> float:
    """Return the largest whole number not above x, never -0.0 (N4)."""
    if not -WHOLE_FROM < x < WHOLE_FROM:
        return x
    # By 1.0 the division of floats is exact, and without a detour over a whole number.
    return (x // 1.0) + 0.0


def ceil(x: float) -> float:
    """Return the smallest whole number not below x, never -0.0 (N4)."""
    if not -WHOLE_FROM < x < WHOLE_FROM:
        return x
    return -(-x // 1.0) + 0.0


def _on_grid(x: float, whole: float, power: float) -> float:
    """Return whole / power, or x itself where x is too large to have a fraction of a tick."""
    if not -WHOLE_FROM < x * power < WHOLE_FROM:
        return x
    return whole / power


def snap(x: float, digits: int) -> float:
    """Round to the nearest tick, halves upwards: floor(x * 10^d + 0.5) / 10^d (N2.snap).

    >>> snap(1.100004, 5)
    1.1
    >>> snap(1.23456, 4), snap(0.125, 2), snap(-0.125, 2)
    (1.2346, 0.13, -0.12)
    """
    power = _POWERS[digits]
    return _on_grid(x, floor((x * power) + 0.5), power) + 0.0


def snap_level(x: float, digits: int, sign: float) -> float:
    """Snap a stop or target; a short's is negated, snapped, negated back (N2.snap).

    So that a market mirrored at zero gives mirrored levels, half ticks included.

    >>> snap_level(0.125, 2, 1.0), snap_level(0.125, 2, -1.0)
    (0.13, 0.12)
    """
    if sign > 0.0:
        return snap(x, digits)
    return -snap(-x, digits) + 0.0


def snap_up(x: float, digits: int) -> float:
    """Round up to a tick, forgiving a millionth of one: ceil(x * 10^d - 1e-6) / 10^d (N2.adverse).

    >>> snap_up(1.100001, 5), snap_up(1.1 + 0.0001, 5)
    (1.10001, 1.1001)
    """
    power = _POWERS[digits]
    return _on_grid(x, ceil((x * power) - 1e-6), power) + 0.0


def snap_down(x: float, digits: int) -> float:
    """Round down to a tick: floor(x * 10^d + 1e-6) / 10^d (N2.adverse).

    >>> snap_down(1.100009, 5)
    1.1
    """
    power = _POWERS[digits]
    return _on_grid(x, floor((x * power) + 1e-6), power) + 0.0


def ticks(a: float, b: float, digits: int) -> float:
    """Count the ticks between two prices: floor(|a - b| * 10^d + 0.5), a whole float (N2.ticks).

    >>> ticks(1.1010, 1.1000, 5)
    100.0
    """
    power = _POWERS[digits]
    return floor((distance(a, b) * power) + 0.5)


def unit_random(seed: int, order_id: int, side: int, part: int) -> float:
    """Return the number from 0 to below 1 that belongs to one side of an order (N3.random).

    Parameters
    ----------
    seed : int
        0 to 2^64 - 1.
    order_id : int
    side : int
        0 entry, 1 exit.
    part : int
        Number of the partial exit, 0 where it is none.

    >>> unit_random(0, 1, 0, 0) == unit_random(0, 1, 0, 0), unit_random(0, 1, 1, 0) < 1.0
    (True, True)
    """
    number = order_id + (PART_STEP * part)
    z = (seed + (GOLDEN_GAMMA * ((2 * number) + side))) & MASK_64
    z = ((z ^ (z >> 30)) * MIX_1) & MASK_64
    z = ((z ^ (z >> 27)) * MIX_2) & MASK_64
    z = z ^ (z >> 31)
    return float(z >> 11) * TO_UNIT
