"""Margin: what positions tie up, and when they are closed for want of it (rules A1, A3)."""

from __future__ import annotations

from collections.abc import Iterable

from .positions import Position
from .settings import Settings, choice, number
from .symbols import SymbolSpec


class Margin(Settings):
    """How much margin an account needs, and when it is stopped out (A1, A3).

    Parameters
    ----------
    leverage : float
        Of symbols whose spec names none of its own.
    stop_out : float, optional
        While worst equity / used margin is below it, positions are closed; a fraction. None: never.
    stop_out_price : {"worst", "close"}
        Whether they close at the mark that made it so (A3.stop_out) or at the close (A3.at_close).

    Errors
    ------
    NUMBER_INVALID, OPTION_UNKNOWN

    Examples
    --------
    >>> Margin(30)
    Margin(leverage=30.0, stop_out=0.5, stop_out_price='worst')
    """

    _fields = ("leverage", "stop_out", "stop_out_price")
    leverage: float
    stop_out: float | None
    stop_out_price: str

    def __init__(
        self, leverage: float, stop_out: float | None = 0.5, stop_out_price: str = "worst"
    ) -> None:
        self._set(
            leverage=number(leverage, "leverage", least=0.0, above=True),
            stop_out=None
            if stop_out is None
            else number(stop_out, "stop_out", least=0.0, above=True),
            stop_out_price=choice(stop_out_price, "stop_out_price", ("worst", "close")),
        )


def margin_in_base(margin: Margin, spec: SymbolSpec, lots: float) -> float:
    """Return the margin of some lots in the base currency (A1.used).

    ``(lots * contract_size) / leverage``

    >>> margin_in_base(Margin(50), SymbolSpec("EURUSD", 0.0001), 0.1)
    200.0
    """
    leverage = margin.leverage if spec.leverage is None else spec.leverage
    return (lots * spec.contract_size) / leverage


def margin_of(position: Position) -> float:
    """Return what a position ties up now: what it did at the fill, less its parts (A1.used)."""
    return position.margin * (position.size / position.initial_size)


def used_margin(positions: Iterable[Position]) -> float:
    """Sum the margin of open positions, given in the order in which they opened (A1.used)."""
    used = 0.0
    for position in positions:
        used = used + margin_of(position)
    return used
