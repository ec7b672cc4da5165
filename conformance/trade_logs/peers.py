"""Trade lists of Python backtesting systems: backtesting.py, vectorbt, nautilus_trader.

Each is the frame that the system itself gives, saved as CSV or Parquet.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from .cells import Cells
from .pairing import Fill, Paired, pair
from .plain import AuditTrade, TradeList, refuse
from .sheets import Sheet, read_sheet
from .zones import Zone

__all__ = ["read_backtesting", "read_nautilus", "read_vectorbt"]


def read_backtesting(
    path: Path, *, zone: Zone | None, contract_size: float, decimal: str = "."
) -> TradeList:
    """Read ``stats._trades`` of backtesting.py: a size below zero is a short.

    Parameters
    ----------
    path
        The frame as CSV or Parquet.
    zone
        Of its times, where they carry none.
    contract_size
        Units of a lot; sizes are units.
    decimal
        Sign before decimals.
    """
    sheet = read_sheet(path)
    cells = Cells(str(path), zone=zone, decimal=decimal)
    names = "Size EntryTime EntryPrice ExitTime ExitPrice PnL".split()
    size, entered, entry, left, exit_, profit = (sheet.needed(name) for name in names)
    optional = {name: sheet.place(name) for name in ("SL", "TP", "Commission", "Tag")}
    trades = []
    for number, row in sheet.records():

        def cell(place: int, row: tuple[Any, ...] = row, number: int = number) -> Any:
            return row[place], number, sheet.columns[place]

        def maybe(name: str, row: tuple[Any, ...] = row, number: int = number) -> float | None:
            place = optional[name]
            return None if place is None else cells.number(row[place], number, name)

        units = cells.needed(*cell(size))
        trades.append(
            AuditTrade(
                number,
                "long" if units > 0 else "short",
                entry_time_us=cells.time(*cell(entered)),
                entry_price=cells.needed(*cell(entry)),
                exit_time_us=cells.time(*cell(left)),
                exit_price=cells.number(*cell(exit_)),
                size=abs(units) / contract_size,
                stop=maybe("SL"),
                target=maybe("TP"),
                fee=maybe("Commission") if optional["Commission"] is not None else None,
                result=cells.number(*cell(profit)),
                row=number,
            )
        )
    return _listed(path, "backtesting.py", trades, cells, contract_size)


def read_vectorbt(
    path: Path, *, zone: Zone | None, contract_size: float, decimal: str = "."
) -> TradeList:
    """Read ``portfolio.trades.records_readable`` of vectorbt.

    Its levels are not in the list; columns ``Stop`` and ``Target`` that were added are read.  A row
    of an open trade has the last close as its exit; it is taken as open.

    Parameters
    ----------
    path, zone, contract_size, decimal
        As `read_backtesting`.
    """
    sheet = read_sheet(path)
    cells = Cells(str(path), zone=zone, decimal=decimal)
    names = (
        "Size",
        "Entry Timestamp",
        "Avg Entry Price",
        "Exit Timestamp",
        "Avg Exit Price",
        "PnL",
        "Direction",
        "Status",
    )
    size, entered, entry, left, exit_, profit, direction, status = map(sheet.needed, names)
    identity = sheet.place("Exit Trade Id", "Entry Trade Id", "Trade Id", "Position Id")
    fees = [sheet.place(name) for name in ("Entry Fees", "Exit Fees")]
    levels = [sheet.place(name) for name in ("Stop", "Target")]
    trades = []
    for number, row in sheet.records():
        closed = str(row[status]).strip().lower() == "closed"
        stop, target = (
            None if at is None else cells.number(row[at], number, sheet.columns[at])
            for at in levels
        )
        paid = [cells.number(row[at], number, sheet.columns[at]) for at in fees if at is not None]
        trades.append(
            AuditTrade(
                number if identity is None else str(row[identity]),
                cells.direction(row[direction], number, "Direction"),
                entry_time_us=cells.time(row[entered], number, "Entry Timestamp"),
                entry_price=cells.needed(row[entry], number, "Avg Entry Price"),
                exit_time_us=cells.time(row[left], number, "Exit Timestamp") if closed else None,
                exit_price=cells.number(row[exit_], number, "Avg Exit Price") if closed else None,
                size=cells.needed(row[size], number, "Size") / contract_size,
                stop=stop,
                target=target,
                fee=sum(fee for fee in paid if fee is not None) if paid else None,
                result=cells.number(row[profit], number, "PnL") if closed else None,
                row=number,
            )
        )
    return _listed(path, "vectorbt", trades, cells, contract_size)


def read_nautilus(
    path: Path, *, zone: Zone | None, contract_size: float, decimal: str = "."
) -> TradeList:
    """Read the positions or the fills of nautilus_trader.

    They are what ``trader.generate_positions_report()`` and ``generate_fills_report()`` give.
    Fills tell the types of orders, too: a position that was left by a limit order counts as left
    at its target, by a stop order at its stop.

    It hands a bar over when it has ended, so that a fill at a full hour is one of the bar before.
    Columns ``Stop`` and ``Target`` that were added are read.

    Parameters
    ----------
    path, zone, contract_size, decimal
        As `read_backtesting`; its times carry their zone.
    """
    sheet = read_sheet(path)
    cells = Cells(str(path), zone=zone, decimal=decimal)
    if sheet.place("last_px") is not None:
        return _ends(
            _listed(path, "nautilus", _of_fills(sheet, cells, contract_size), cells, contract_size)
        )
    peak = "peak_qty" if sheet.place("peak_qty") is not None else "quantity"
    names = (
        "entry",
        "ts_opened",
        "avg_px_open",
        "ts_closed",
        "avg_px_close",
        "instrument_id",
        peak,
    )
    at = {name: sheet.needed(name) for name in names}
    maybe = ("position_id", "commissions", "realized_pnl", "Stop", "Target")
    at |= {name: place for name in maybe if (place := sheet.place(name)) is not None}
    trades = []
    for number, row in sheet.records():
        cell = {name: row[place] for name, place in at.items()}
        left = cells.time(cell["ts_closed"], number, "ts_closed")
        entered = cells.time(cell["ts_opened"], number, "ts_opened")
        trades.append(
            AuditTrade(
                str(cell.get("position_id", number)),
                cells.direction(cell["entry"], number, "entry"),
                # The venue stands behind the symbol.
                symbol=str(cell["instrument_id"]).split(".")[0].replace("/", ""),
                entry_time_us=None if entered is None else entered - 1,
                entry_price=cells.needed(cell["avg_px_open"], number, "avg_px_open"),
                exit_time_us=None if left is None else left - 1,
                exit_price=(
                    None
                    if left is None
                    else cells.number(cell["avg_px_close"], number, "avg_px_close")
                ),
                size=cells.needed(cell[peak], number, peak) / contract_size,
                stop=cells.number(cell.get("Stop"), number, "Stop"),
                target=cells.number(cell.get("Target"), number, "Target"),
                fee=_amount(cells, cell.get("commissions"), number, "commissions"),
                result=(
                    None
                    if left is None
                    else _amount(cells, cell.get("realized_pnl"), number, "realized_pnl")
                ),
                row=number,
            )
        )
    return _ends(_listed(path, "nautilus", trades, cells, contract_size))


def _ends(found: TradeList) -> TradeList:
    note = "a time is read as the end of its bar: a fill at a full hour is of the bar before"
    return replace(found, notes=(*found.notes, note))


def _of_fills(sheet: Sheet, cells: Cells, contract_size: float) -> list[AuditTrade]:
    """Pair the fills of each position; the first one opened it."""
    names = "order_side order_type last_qty last_px ts_event position_id instrument_id".split()
    at = {name: sheet.needed(name) for name in names}
    at |= {"commission": sheet.needed("commission")}
    sides: dict[str, str] = {}
    fills = []
    types: dict[int, str] = {}
    for number, row in sheet.records():
        cell = {name: row[place] for name, place in at.items()}
        side = cells.direction(cell["order_side"], number, "order_side")
        position = str(cell["position_id"])
        types[number] = str(cell["order_type"]).upper()
        time = cells.time(cell["ts_event"], number, "ts_event")
        if time is None:
            raise refuse(sheet.source, number, "ts_event", cell["ts_event"], "a time")
        fills.append(
            Fill(
                number,
                position,
                time - 1,
                str(cell["instrument_id"]).split(".")[0].replace("/", ""),
                side,
                "in" if sides.setdefault(position, side) == side else "out",
                cells.needed(cell["last_qty"], number, "last_qty") / contract_size,
                cells.needed(cell["last_px"], number, "last_px"),
                cost=_amount(cells, cell["commission"], number, "commission") or 0.0,
                position=position,
            )
        )
    pairs, _ = pair(sheet.source, fills)
    return [_of_pair(one, types) for one in pairs]


def _of_pair(paired: Paired, types: dict[int, str]) -> AuditTrade:
    opened, closed = paired.opened, paired.closed
    left = "" if closed is None else types[closed.row]
    kind = types[opened.row]
    # A limit with a stop before it triggers like a stop.
    order = "stop" if kind.startswith("STOP") else "limit" if kind == "LIMIT" else "market"
    reason = "stop" if left.startswith("STOP") else "target" if left == "LIMIT" else None
    return AuditTrade(
        opened.name,
        opened.side,
        symbol=opened.symbol,
        order_type=order,
        entry_time_us=opened.time_us,
        entry_price=opened.price,
        exit_time_us=None if closed is None else closed.time_us,
        exit_price=None if closed is None else closed.price,
        size=paired.volume,
        # Of a limit order the price is the level, or better.
        target=closed.price if closed is not None and reason == "target" else None,
        fee=paired.cost,
        reason=reason,
        row=opened.row,
    )


def _amount(cells: Cells, cell: Any, number: int, column: str) -> float | None:
    """Add up amounts written with their currency, such as ``['0.42 USD']``."""
    told = re.findall(r"(-?[\d.]+) [A-Z]{3,}", str(cell or ""))
    return sum(cells.needed(amount, number, column) for amount in told) if told else None


def _listed(
    path: Path, name: str, trades: list[AuditTrade], cells: Cells, contract_size: float
) -> TradeList:
    trades.sort(key=lambda trade: (trade.entry_time_us or 0, trade.row or 0))
    notes = [f"sizes are units; a lot is {contract_size:g} of them"]
    if cells.zone is not None and cells.zone_used:
        notes.append(f"times without a zone were read as {cells.zone.text}")
    return TradeList(str(path), name, tuple(trades), result_is="after fees", notes=tuple(notes))
