"""What the candles leave open about a trade, and what the other reading would make of it (X4)."""

from __future__ import annotations

from .settings import Settings

OTHER_STOP = "stop"
OTHER_TARGET = "target"
OTHER_OPEN = "open"
OTHER_UNFILLED = "unfilled"


class Mark(Settings):
    """One thing about a trade that its candles do not tell (X4.ledger).

    Attributes
    ----------
    rule : str
        The rule that left it open.
    time_us : int
        Open of the bar, microseconds since 1970 UTC.
    other : {"stop", "target", "open", "unfilled"}
        The other reading: it left at its stop, at its target, stayed open over that bar (valued
        at the close), or never filled.
    price : float or None
        The price of the other reading, slippage included.
    result : float
        The result of the other reading in account currency, without fees.
    """

    _fields = ("rule", "time_us", "other", "price", "result")
    rule: str
    time_us: int
    other: str
    price: float | None
    result: float

    def __init__(
        self, rule: str, time_us: int, other: str, price: float | None, result: float
    ) -> None:
        self._set(rule=rule, time_us=time_us, other=other, price=price, result=result)
