"""How a count grows when what it is counted over is doubled again and again."""

from __future__ import annotations

from collections.abc import Callable

SIZES = (16, 32, 64, 128, 256)


def slopes(count: Callable[[int], int]) -> list[float]:
    """Return by how much the count grows for each one more, from size to size."""
    found = [count(size) for size in SIZES]
    steps = zip(SIZES, SIZES[1:], found, found[1:], strict=False)
    return [(later - earlier) / (more - few) for few, more, earlier, later in steps]


def assert_flat(count: Callable[[int], int]) -> None:
    """O(1): sixteen times as many make no difference at all."""
    found = [count(size) for size in (SIZES[0], SIZES[-1])]
    assert found[0] == found[1] > 0


def assert_linear(count: Callable[[int], int]) -> None:
    """O(p): each one more costs the same, however many there are; to within 5 %."""
    found = slopes(count)
    assert min(found) > 0.0
    assert max(found) <= 1.05 * min(found)
