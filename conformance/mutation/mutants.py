"""What a mutant is, and which of them a run takes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Mutant", "chosen"]


@dataclass(frozen=True)
class Mutant:
    """One change of one source file.

    Attributes
    ----------
    file
        Path of the source from the root of the checkout.
    line, column
        Where the change begins, counted from 1.
    mutation
        What is changed, in words that stay the same when lines are added above.
    start, end
        Characters of the file that are taken out.
    text
        What is written in their place.
    reached
        First and last line of the statement: none of them runs, and the change cannot be seen.
    """

    file: str
    line: int
    column: int
    mutation: str
    start: int = field(repr=False)
    end: int = field(repr=False)
    text: str = field(repr=False)
    reached: tuple[int, int] = field(default=(0, 0), repr=False)

    @property
    def name(self) -> str:
        """Place and change: what tells one mutant of a source from all others."""
        return f"{self.file}:{self.line}:{self.column}: {self.mutation}"

    def plant(self, source: str) -> str:
        """Return the source with the change.

        Examples
        --------
        >>> Mutant("a.py", 1, 5, "+ -> -", 4, 5, "-").plant("x = +1")
        'x = -1'
        """
        return source[: self.start] + self.text + source[self.end :]


def chosen(
    mutants: Sequence[Mutant], *, sample: int | None, seed: int, shard: tuple[int, int] = (1, 1)
) -> list[Mutant]:
    """Draw a sample, the same for the same seed, and take one shard of it.

    A larger sample of the same seed begins with the smaller one, so that a run can be made longer.

    Parameters
    ----------
    mutants
        All there are, in any order.
    sample
        How many; None takes all.
    seed
        Of the order in which they are drawn.
    shard
        K and N: every N-th from the K-th on.
    """
    order = sorted(mutants, key=lambda mutant: mutant.name)
    random.Random(seed).shuffle(order)  # noqa: S311  (a sample, no secret)
    number, shards = shard
    return order[:sample][number - 1 :: shards]
