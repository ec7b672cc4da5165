"""How far stops and targets lie from the entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fillproof.expressions.checks import number, refuse
from fillproof.expressions.nodes import Constant, Level, as_number, put, shown

__all__ = ["Distance", "Pips", "RMultiple"]


@dataclass(frozen=True, repr=False)
class Pips(Level):
    """So many pips from the entry."""

    count: Any
    pip_size: float = 0.0001

    def _check(self) -> None:
        put(self, "count", as_number(self.count, "pips.count"))
        size = number(self.pip_size, "pips.pip_size", "a finite number > 0")
        if size <= 0.0:
            refuse("pips.pip_size", self.pip_size, "a finite number > 0")
        put(self, "pip_size", size)

    def __repr__(self) -> str:
        size = "" if self.pip_size == 0.0001 else f", {self.pip_size!r}"
        return f"pips({shown(self.count, self)}{size})"


@dataclass(frozen=True, repr=False)
class Distance(Level):
    """So far from the entry, in price units."""

    of: Any

    def _check(self) -> None:
        put(self, "of", as_number(self.of, "distance.of"))

    def __repr__(self) -> str:
        return f"distance({shown(self.of, self) if type(self.of) is Constant else repr(self.of)})"


@dataclass(frozen=True, repr=False)
class RMultiple(Level):
    """So many times as far from the entry as the stop; of targets only."""

    count: Any

    def _check(self) -> None:
        put(self, "count", as_number(self.count, "r_multiple.count"))

    def __repr__(self) -> str:
        inside = shown(self.count, self) if type(self.count) is Constant else repr(self.count)
        return f"r_multiple({inside})"
