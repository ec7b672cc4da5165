"""Candles of a sweep on their way to other processes, as columns where there are any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fillproof import backends, intake, lower
from fillproof.candle_table import COLUMNS, CandleTable

__all__ = ["LowerSides", "aligned", "candles_of"]


def candles_of(side: Any) -> Any:
    """Return candles in a form that goes to another process: columns where there are any."""
    if hasattr(side, "time_us"):
        return CandleTable(*(getattr(side, name) for name in COLUMNS))
    return side


def aligned(side: Any) -> Any:
    """Return candles that were sent here with each number where the machine wants it.

    Columns that come out of a message may begin at any byte, which engines do not expect.
    """
    if not isinstance(side, CandleTable):
        return side
    return CandleTable(
        *(np.require(getattr(side, name), requirements=["A", "C"]) for name in COLUMNS)
    )


class LowerSides:
    """Lower candles of a sweep in the form of its backend; unlike an executor they can be sent.

    Parameters
    ----------
    given, symbol
        As `fillproof.lower.lower_candles` takes them.
    backend : str

    Examples
    --------
    >>> import pickle
    >>> from fillproof import data
    >>> made = pickle.loads(pickle.dumps(LowerSides(data.eurusd_h1_2017(), "EURUSD", "python")))
    >>> made.told()["EURUSD"]["bars"]
    6225
    """

    def __init__(self, given: Any, symbol: str, backend: str) -> None:
        self.backend = backend
        self.lower_candles = lower.lower_candles(given, symbol, backends.load(backend)) or {}

    def told(self) -> dict[str, Any] | None:
        """Say what they are, as the configuration of a single run does."""
        for sides in self.lower_candles.values():
            if not all(len(sides.get(side, ())) for side in ("bid", "ask")):
                # The first run says what is wrong with them.
                return None
        return lower.describe(self)

    def __reduce__(self) -> tuple[Callable[..., LowerSides], tuple[Any, ...]]:
        return _opened, (_sides(self.lower_candles, candles_of), self.backend)


def _opened(sent: Mapping[str, Mapping[str, Any]], backend: str) -> LowerSides:
    made = LowerSides.__new__(LowerSides)
    made.backend = backend
    engine = backends.load(backend)
    made.lower_candles = _sides(sent, lambda side: intake.candles(aligned(side), engine))
    return made


def _sides(
    given: Mapping[str, Mapping[str, Any]], change: Callable[[Any], Any]
) -> dict[str, dict[str, Any]]:
    """Change the candles and leave the timeframes."""
    return {
        symbol: {
            name: change(value) if name in ("bid", "ask") else value
            for name, value in sides.items()
        }
        for symbol, sides in given.items()
    }
