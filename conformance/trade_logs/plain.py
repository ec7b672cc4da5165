"""The one form that every platform's trade list is read into."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from fillproof.errors import DataError

__all__ = ["FIELDS", "AuditTrade", "TradeList", "refuse"]


@dataclass(frozen=True, slots=True)
class AuditTrade:
    """One trade as a platform tells it; None where the list does not say.

    Attributes
    ----------
    number
        As the list counts or names it.
    symbol, direction, order_type
        ``long`` or ``short``; ``market``, ``limit`` or ``stop``.
    entry_time_us, exit_time_us
        When it filled and left, microseconds since 1970 UTC; the bar that contains the moment.
    entry_price, exit_price, stop, target
        Prices as traded; stop and target as they stood at the end.
    size
        In lots.
    fee, swap
        Account currency; a fee is positive where it costs, a swap where it gains.
    result
        Account currency; `TradeList.result_is` says what is taken off already.
    reason
        Of the exit, in the list's words.
    signal_time_us
        Opening of the bar whose end brought the order about.
    level
        Price of a limit or stop order.
    initial_stop, initial_target
        As they stood at the fill.
    unit_value
        Account currency that a lot gains for each price unit.
    row
        Row of the file, for messages; the first below the header is 1.

    Examples
    --------
    >>> AuditTrade(1, "long", entry_price=1.1).exit_price is None
    True
    """

    number: int | str
    direction: str
    symbol: str | None = None
    order_type: str | None = None
    entry_time_us: int | None = None
    entry_price: float | None = None
    exit_time_us: int | None = None
    exit_price: float | None = None
    size: float | None = None
    stop: float | None = None
    target: float | None = None
    fee: float | None = None
    swap: float | None = None
    result: float | None = None
    reason: str | None = None
    signal_time_us: int | None = None
    level: float | None = None
    initial_stop: float | None = None
    initial_target: float | None = None
    unit_value: float | None = None
    row: int | None = None


FIELDS = tuple(item.name for item in fields(AuditTrade) if item.name != "row")
"""What a mapping can give of a trade."""


@dataclass(frozen=True)
class TradeList:
    """The trades of one file.

    Attributes
    ----------
    source, format
        The file, and how it was read.
    trades
        In the order in which they were opened.
    result_is
        ``gross`` (before fees and swap), ``net`` (after both) or ``after fees``.
    levels_fixed
        Whether stop and target are known to have stood from fill to exit: True, False (they may
        have been moved), or None where each trade tells by its initial levels.
    notes
        What was assumed; to be shown.
    facts
        What the file says about the run: pip, slippage, volumes, whether it is Fillproof's own.
    """

    source: str
    format: str
    trades: tuple[AuditTrade, ...]
    result_is: str = "gross"
    levels_fixed: bool | None = False
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def of_symbol(self, symbol: str) -> TradeList:
        """Keep the trades of one symbol; those that name none belong to it, too.

        Examples
        --------
        >>> trades = (AuditTrade(1, "long", "A"), AuditTrade(2, "long"), AuditTrade(3, "long", "B"))
        >>> [trade.number for trade in TradeList("x", "x", trades).of_symbol("B").trades]
        [2, 3]
        """
        kept = tuple(trade for trade in self.trades if trade.symbol in (None, symbol))
        return replace(self, trades=kept)

    def symbols(self) -> list[str]:
        """Name the symbols, in order of their first trade."""
        return list(dict.fromkeys(t.symbol for t in self.trades if t.symbol is not None))


def refuse(
    source: object,
    row: int | None,
    column: str | None,
    value: object,
    expected: str,
    code: str = "CELL_INVALID",
) -> DataError:
    """Make the error of a cell, a column or a file.

    Examples
    --------
    >>> refuse("trades.csv", 3, "Price", "1,1", "a number")
    DataError("trades.csv, row 3, column Price: '1,1'; expected a number")
    """
    place = str(source)
    if row is not None:
        place += f", row {row}"
    if column is not None:
        place += f", column {column}"
    message = f"{place}: {value!r}; expected {expected}"
    return DataError(
        message, code=code, field=column or str(source), value=value, expected=expected
    )
