"""One trade on its way through the checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..trade_logs import AuditTrade
from .fills import Fill, Terms
from .findings import Finding
from .market import Facing, Market

__all__ = ["Case"]


@dataclass
class Case:
    """A trade, its candles, and where it filled and left in them.

    Attributes
    ----------
    trade, market, facing, terms
        What is judged, and how exactly.
    entry, exit
        None where they are not told or in no bar.
    kind
        ``stop``, ``target`` or ``other``: why it left.
    fixed
        Whether stop and target stood from fill to exit: True, or None where that is not known;
        False: they were moved.
    unit
        Account currency that a lot gains for each price unit; None where not known.
    report
        Takes the findings.
    """

    trade: AuditTrade
    market: Market
    facing: Facing
    terms: Terms
    entry: Fill | None
    exit: Fill | None
    kind: str
    fixed: bool | None
    unit: float | None
    report: Callable[[Finding], None]

    @property
    def stop(self) -> float | None:
        """The stop as the direction sees it."""
        return self._seen(self.trade.stop)

    @property
    def target(self) -> float | None:
        """The target as the direction sees it."""
        return self._seen(self.trade.target)

    @property
    def level(self) -> float | None:
        """The price of a limit or stop order as the direction sees it."""
        return self._seen(self.trade.level)

    def _seen(self, price: float | None) -> float | None:
        return None if price is None else price * self.facing.sign

    def price(self, seen: float) -> str:
        """Write a price of the view as the market has it."""
        shown = self.facing.shown(seen)
        return f"{shown:.{self.market.digits}f}" if self.market.digits is not None else f"{shown:g}"

    def range(self, side: str, bar: int) -> str:
        """Write the low and high of a bar: of the ``opening`` or ``closing`` side."""
        sides = self.facing.opening if side == "opening" else self.facing.closing
        ends = sorted(float(column[bar]) * self.facing.sign for column in (sides.low, sides.high))
        digits = self.market.digits
        return " to ".join(
            f"{end:.{digits}f}" if digits is not None else f"{end:g}" for end in ends
        )

    def side(self, which: str) -> str:
        """Name the side: ``bid`` or ``ask``."""
        return "ask" if (which == "opening") == (self.facing.sign > 0) else "bid"

    def find(
        self,
        severity: str,
        kind: str,
        fill: str,
        rule: str,
        says: str,
        allows: str,
        *,
        bar: int | None = None,
        gain: float | None = None,
        money: float | None = None,
    ) -> None:
        """Report something.

        Parameters
        ----------
        severity, kind, fill, rule, says, allows
            As in `Finding`.
        bar
            Where.
        gain
            What it makes, as a difference of prices.
        money
            Where that is told otherwise.
        """
        if gain is not None and money is None:
            size = self.trade.size
            known = self.unit is not None and size is not None
            money = gain * (size or 0.0) * (self.unit or 0.0) if known else None
        pip = self.market.pip
        self.report(
            Finding(
                severity,
                kind,
                self.trade.number,
                self.trade.symbol or self.market.symbol,
                self.trade.row,
                fill,
                bar,
                None if bar is None else int(self.market.times[bar]),
                says,
                allows,
                rule,
                pips=gain / pip if gain is not None and pip else None,
                money=money,
            )
        )
