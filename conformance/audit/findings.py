"""What an audit can find: kinds, how grave they are, and the rule behind each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["KINDS", "SEVERITIES", "Finding"]

SEVERITIES = ("impossible", "optimistic", "doubtful", "cannot be told")
"""From the gravest.

``impossible``: no market that made these candles gave that.  ``optimistic``: the candles leave it
open, the list took the better.  ``doubtful``: unusual or worse than the candles give; something
about the list is not what it seems.  ``cannot be told``: too little is known."""

KINDS: dict[str, str] = {
    "price outside the bar": "filled at a price that the bar did not have",
    "wrong side": "filled at a price that only the other side had",
    "spread not paid": "filled at the open or close of the other side",
    "gap filled at the level": "the bar opened beyond the level, and it filled there all the same",
    "stop touched too": "left at the target in a bar that touched the stop",
    "target before the entry": "the target may have been touched before the order filled",
    "stop in the entry bar": "the stop was touched in the bar of the fill, and the trade went on",
    "exit missed": "a level was touched in an earlier bar, and the trade went on",
    "exit before entry": "left before it was there",
    "look-ahead": "filled at a price that had passed when the order could be known",
    "no bar": "filled when there was no bar",
    "off the volume grid": "a size that the symbol does not allow",
    "result does not follow": "not what prices, size and fees make",
    "overlap": "open at the same time as another, where one position is claimed",
    "not judged": "too little is known",
}
"""Kind and what it means."""


@dataclass(frozen=True)
class Finding:
    """One thing about one trade.

    Attributes
    ----------
    severity, kind
        Of `SEVERITIES` and `KINDS`.
    number, symbol, row
        The trade, as the list numbers it, and its row in the file.
    fill
        ``entry``, ``exit`` or ``trade``: what of it.
    bar, time_us
        Index and opening of the bar.
    says, allows
        What the list says, and what the candles allow.
    rule
        The rule of Fillproof that decides the same.
    pips, money
        What the list gains by it; None where that cannot be counted.

    Examples
    --------
    >>> Finding("impossible", "no bar", 3, rule="L5.hole").fill
    'trade'
    """

    severity: str
    kind: str
    number: int | str
    symbol: str | None = None
    row: int | None = None
    fill: str = "trade"
    bar: int | None = None
    time_us: int | None = None
    says: str = ""
    allows: str = ""
    rule: str = ""
    pips: float | None = None
    money: float | None = None

    def plain(self) -> dict[str, Any]:
        """Turn the finding into JSON values."""
        return asdict(self)
