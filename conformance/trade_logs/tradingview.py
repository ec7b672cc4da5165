"""TradingView's list of trades: two rows a trade, one for its entry and one for its exit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .cells import Cells
from .plain import AuditTrade, TradeList, refuse
from .sheets import Sheet, read_sheet
from .zones import Zone

__all__ = ["read_tradingview"]

_TYPE = re.compile(r"(entry|exit)\s+(long|short)", re.IGNORECASE)


def read_tradingview(
    path: Path, *, zone: Zone | None, contract_size: float, decimal: str = "."
) -> TradeList:
    """Read the CSV file that the Strategy Tester exports.

    The rows may stand in any order, newest first or oldest first, the exit above the entry or
    below.  Prices carry the currency in the header (``Price USD``), as do profits.  The list has no
    stop, target or type of order: the signal's name is taken as the reason of an exit.

    Parameters
    ----------
    path
        The file.
    zone
        Of the chart, whose times carry none.
    contract_size
        Units of a lot; quantities are units.
    decimal
        Sign before decimals.

    Raises
    ------
    DataError, CandleError
        A column or cell that cannot be read, or a trade with two entries or none, named.
    """
    sheet = read_sheet(path)
    cells = Cells(str(path), zone=zone, decimal=decimal)
    at = {
        "number": sheet.needed("Trade #", "Trade number"),
        "type": sheet.needed("Type"),
        "signal": sheet.place("Signal"),
        "time": sheet.needed("Date/Time", "Date and time"),
        "price": _starting(sheet, "price"),
        "quantity": _starting(
            sheet, "contracts", "quantity", "position size (qty)", "size (qty)", "qty"
        ),
        "profit": _starting(
            sheet, "profit", "net p&l", "p&l", optional=True, but=("%", "cumulative")
        ),
    }
    entries: dict[str, tuple[int, tuple[Any, ...]]] = {}
    exits: dict[str, tuple[int, tuple[Any, ...]]] = {}
    for number, row in sheet.records():
        told = _TYPE.fullmatch(str(row[at["type"] or 0]).strip())
        if told is None:
            raise refuse(
                path, number, "Type", row[at["type"] or 0], "Entry long, Exit long, ... short"
            )
        side = entries if told[1].lower() == "entry" else exits
        name = str(row[at["number"] or 0]).strip()
        if name in side:
            raise refuse(path, number, "Trade #", name, f"one {told[1].lower()} of each trade")
        side[name] = number, row
    for name, (number, _) in exits.items():
        if name not in entries:
            raise refuse(path, number, "Trade #", name, "an entry of the same trade")
    trades = [
        _trade(cells, sheet, at, name, entry, exits.get(name), contract_size)
        for name, entry in entries.items()
    ]
    trades.sort(key=lambda trade: (trade.entry_time_us or 0, _as_number(trade.number)))
    notes = [f"quantities are units; a lot is {contract_size:g} of them"]
    if zone is not None:
        notes.append(f"times were read as those of a chart in {zone.text}")
    return TradeList(
        str(path), "tradingview", tuple(trades), result_is="after fees", notes=tuple(notes)
    )


def _starting(
    sheet: Sheet, *beginnings: str, optional: bool = False, but: tuple[str, ...] = ()
) -> int | None:
    """Find a column by how its name begins, since a currency follows."""
    for beginning in beginnings:
        for place, column in enumerate(sheet.columns):
            key = column.strip().lower()
            if key.startswith(beginning) and not any(word in key for word in but):
                return place
    return None if optional else sheet.needed(beginnings[0].capitalize())


def _as_number(name: int | str) -> int:
    return int(name) if str(name).isdigit() else 0


def _trade(
    cells: Cells,
    sheet: Sheet,
    at: dict[str, int | None],
    name: str,
    entry: tuple[int, tuple[Any, ...]],
    exit_: tuple[int, tuple[Any, ...]] | None,
    contract_size: float,
) -> AuditTrade:
    def value(side: tuple[int, tuple[Any, ...]], what: str) -> tuple[Any, int, str]:
        place = at[what]
        return (
            (None, side[0], what)
            if place is None
            else (side[1][place], side[0], sheet.columns[place])
        )

    told = _TYPE.fullmatch(str(value(entry, "type")[0]).strip())
    direction = "long" if told is not None and told[2].lower() == "long" else "short"
    signal = None if exit_ is None else cells.text(value(exit_, "signal")[0])
    # The last row of a running strategy is an exit that has not happened.
    running = exit_ is None or (signal or "").lower() == "open"
    gone = None if running else exit_
    return AuditTrade(
        int(name) if name.isdigit() else name,
        direction,
        entry_time_us=cells.time(*value(entry, "time")),
        entry_price=cells.needed(*value(entry, "price")),
        exit_time_us=None if gone is None else cells.time(*value(gone, "time")),
        exit_price=None if gone is None else cells.needed(*value(gone, "price")),
        size=abs(cells.needed(*value(entry, "quantity"))) / contract_size,
        result=None if gone is None else cells.number(*value(gone, "profit")),
        reason=None if gone is None else signal,
        row=entry[0],
    )
