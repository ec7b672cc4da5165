"""Stands before a strategy, writes down what it gives, and ends the run where all is known."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fillproof.errors import FillproofError

from ..given_signals import Keeper

__all__ = ["Given", "Raised", "Watch", "Watched"]

_FIELDS = (
    "direction", "type", "entry_price", "stop_loss", "take_profit", "symbol", "reason", "tags",
    "scenario", "meta",
)  # fmt: skip
_ADDRESS = " at 0x"


@dataclass(frozen=True)
class Raised:
    """An exception that ended a run, at the bar that was asked for last."""

    bar: int | None
    text: str


@dataclass
class Given:
    """What a strategy gave in one run.

    Attributes
    ----------
    signals
        Bar -> its signals, each as name -> text; floats are their shortest round trip.
    asked
        How many bars it was asked for.
    raised
        What ended the run early, None where nothing did.
    read
        Files with data that were opened meanwhile, but not those of the candles.
    opened
        Files of candles that were opened meanwhile.
    """

    signals: dict[int, list[dict[str, str]]] = field(default_factory=dict)
    asked: int = 0
    raised: Raised | None = None
    read: list[Path] = field(default_factory=list)
    opened: list[Path] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Number of signals."""
        return sum(map(len, self.signals.values()))


class _Enough(BaseException):
    """Ends a run of which all that counts is known."""


class Watch(Keeper):
    """Stands before the strategy, writes down what it gives, and ends the run."""

    def __init__(self, strategy: Any, until: int | None, given: Given) -> None:
        super().__init__(strategy)
        self._until = until
        self._given = given
        self.bar: int | None = None

    def evaluate(self, index: int, slice_map: Any, /) -> Any:
        """Ask the strategy and write its answer down."""
        if self._until is not None and index > self._until:
            raise _Enough
        self.bar = index
        self._given.asked += 1
        signals = self.strategy.evaluate(index, slice_map)
        if signals is not None:
            many = signals if isinstance(signals, (list, tuple)) else (signals,)
            told = [_told(signal) for signal in many]
            if told:
                self._given.signals[index] = told
        return signals


def _told(signal: Any) -> dict[str, str]:
    if not hasattr(signal, "direction"):
        return {"raw": _text(signal)}
    return {name: _text(getattr(signal, name, None)) for name in _FIELDS}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_text, value)) + "]"
    text = repr(value)
    return type(value).__name__ if _ADDRESS in text else text


class Watched:
    """Catches what a run raises: the bar goes into `given`, errors in the settings go on."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._watch: Watch | None = None
        self._quiet = warnings.catch_warnings()

    def watch(self, strategy: Any, until: int | None) -> Watch:
        """Stand before a strategy."""
        self._watch = Watch(strategy, until, self._given)
        return self._watch

    def __enter__(self) -> Self:
        self._quiet.__enter__()
        warnings.simplefilter("ignore")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._quiet.__exit__(kind, error, trace)
        if isinstance(error, _Enough):
            return True
        if isinstance(error, FillproofError) and self._watch is None:
            return False
        if isinstance(error, Exception):
            bar = None if self._watch is None else self._watch.bar
            told = " ".join(str(error).split())
            self._given.raised = Raised(bar, f"{type(error).__name__}: {told}")
            return True
        return False
