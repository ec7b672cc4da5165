"""A plain case, and what a system makes of each of its signals.

Cases travel to the peers as JSON: Python writes and reads binary64 without loss.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["FEE_FIXED", "FEE_RATE", "UNITS", "Candles", "Case", "Row", "Signal"]

UNITS = 10_000
"""Size of every position, in units of the base currency: 0.1 lot."""

FEE_FIXED, FEE_RATE = 0.35, 0.00002
"""Where there are fees, of each side: an amount, and a share of the value that is traded."""


class Candles(NamedTuple):
    """One price series: bid and ask are the same.

    Attributes
    ----------
    time_us
        Open of each bar, microseconds since 1970 UTC.
    open, high, low, close
        Prices.
    """

    time_us: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]


class Signal(NamedTuple):
    """An order with fixed size, made when the bar `bar` is complete.

    Attributes
    ----------
    bar
        Index of the bar in which it is made.
    long
        True for a long, False for a short position.
    type
        ``market``, ``limit`` or ``stop``.
    entry
        Level of a limit or stop order.
    stop, target
        Prices, or None.
    max_bars
        How many bars a limit or stop order waits; None: as long as it takes.
    moves
        Bars, in order, and the stop that is set when each is complete, if there is a position then.
    close_at
        The bar at whose end the position is closed by command.
    """

    bar: int
    long: bool
    type: str
    entry: float | None
    stop: float | None
    target: float | None
    max_bars: int | None = None
    moves: tuple[tuple[int, float], ...] = ()
    close_at: int | None = None


class Case(NamedTuple):
    """Candles, signals and the few settings that all systems have.

    Attributes
    ----------
    name
        Unique.
    symbol
        With a name of a forex pair Fillproof has a price grid, otherwise none.
    candles, signals
        What happens.
    fill
        Market orders fill at the ``next_open`` or at the ``close``.
    gate
        ``several``: every signal is a position of its own.  ``one``: no signal while there is a
        position or a waiting order; a position counts as there in the bar in which it leaves, but
        not if that was at the open, by command.
        ``one_after``: the same, but there it is gone already, in systems that ask the strategy
        after the exits.
    fees
        Whether there are any.
    """

    name: str
    symbol: str
    candles: Candles
    signals: list[Signal]
    fill: str
    gate: str
    fees: bool = False

    def to_json(self) -> dict[str, Any]:
        """Turn the case into what a peer reads."""
        return {
            "candles": self.candles._asdict(),
            "signals": [signal._asdict() for signal in self.signals],
            "fill": self.fill,
            "gate": self.gate,
            "units": UNITS,
            "fees": (FEE_FIXED, FEE_RATE) if self.fees else (0.0, 0.0),
        }


class Row(NamedTuple):
    """What became of one signal.

    Attributes
    ----------
    outcome
        ``skipped`` (by the gate), ``refused`` (for its levels, when it was made), ``rejected`` (for
        its levels, at the open), ``waiting``, ``expired``, ``open`` or ``closed``.
    entry_bar, entry_price, exit_bar, exit_price
        None where there is none.
    result
        In account currency, after fees; None unless closed.
    """

    outcome: str
    entry_bar: int | None = None
    entry_price: float | None = None
    exit_bar: int | None = None
    exit_price: float | None = None
    result: float | None = None
