"""How a count grows when what it is counted over is doubled again and again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

SIZES = (16, 32, 64, 128, 256)
# From here on Rust keeps the levels of open positions in order, which costs something of its own.
MANY = SIZES[1:]


def slopes(count: Callable[[int], int], sizes: Sequence[int] = SIZES) -> list[float]:
    """Return by how much the count grows for each one more, from size to size."""
    found = [count(size) for size in sizes]
    steps = zip(sizes, sizes[1:], found, found[1:], strict=False)
    return [(later - earlier) / (more - few) for few, more, earlier, later in steps]


def assert_flat(count: Callable[[int], int], sizes: Sequence[int] = SIZES) -> None:
    """O(1): many times as many make no difference at all."""
    found = [count(size) for size in (sizes[0], sizes[-1])]
    assert found[0] == found[1] > 0


def assert_in_order(count: Callable[[int], int], sizes: Sequence[int]) -> None:
    """O(p log p): twice as many make each one more cost more, but by no more than 5 %."""
    found = slopes(count, sizes)
    assert min(found) > 0.0
    assert all(later <= 1.05 * earlier for earlier, later in itertools.pairwise(found))


def assert_linear(count: Callable[[int], int], sizes: Sequence[int] = SIZES) -> None:
    """O(p): each one more costs the same, however many there are; to within 5 %."""
    found = slopes(count, sizes)
    assert min(found) > 0.0
    assert max(found) <= 1.05 * min(found)
