"""MetaTrader 5: the deals or positions of a report, as HTML or saved as CSV.

A report has tables one under the other: Positions (an account's history) or Orders and Deals (the
Strategy Tester's).  Positions are trades already.  Deals are paired into trades by their position
where that is told (as `history_deals_get` does), else within a symbol the first in leaves first,
one of just the volume that leaves before others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .cells import Cells
from .pairing import Fill, Paired, pair
from .plain import AuditTrade, TradeList, refuse
from .sheets import read_grid
from .zones import Zone

__all__ = ["read_metatrader"]

_COMMENT = re.compile(r"\[?(sl|tp|so)\b:?\s*([\d.]+)?", re.IGNORECASE)
_REASONS = {"sl": "stop", "tp": "target", "so": "stop out"}
_ENTRY = {"in": "in", "out": "out", "in/out": "in/out", "out by": "out"}
_ENTRY |= {"0": "in", "1": "out", "2": "in/out", "3": "out"}
_TYPES = {"buy": "long", "sell": "short", "0": "long", "1": "short"}


def read_metatrader(path: Path, *, zone: Zone | None, decimal: str = ".") -> TradeList:
    """Read a report of MetaTrader 5.

    Parameters
    ----------
    path
        HTML as MetaTrader writes it, or CSV (of an XLSX file: saved as CSV), with the headings in
        English; or the frame of `history_deals_get`.
    zone
        Of the server's clock, which the report does not tell.
    decimal
        Sign before decimals.

    Raises
    ------
    DataError, CandleError
        No table of deals or positions, or a cell that cannot be read, named.
    """
    grid = read_grid(path)
    cells = Cells(str(path), zone=zone, decimal=decimal)
    if grid and {"time_msc", "position_id"} <= {cell.strip().lower() for cell in grid[0]}:
        # The terminal's own numbers: seconds of the server's clock since 1970.
        cells.time_format = "server seconds"
    orders = {
        str(row["order"]): row
        for _, row in _table(grid, ("open time", "order", "symbol", "type", "price"))
    }
    notes = [] if zone is None else [f"the server's clock was read as {zone.text}"]
    positions = list(_table(grid, ("time", "position", "symbol", "type", "volume", "price")))
    if positions:
        trades = [_of_position(cells, number, row) for number, row in positions]
    else:
        deals = list(_deals(cells, grid))
        if not deals:
            expected = "a table headed Time, Deal, Symbol, Type, Direction, ... or Time, Position"
            raise refuse(path, None, None, "no deals", expected, "COLUMNS_MISSING")
        pairs, doubtful = pair(str(path), deals)
        trades = [_trade(cells, one, orders) for one in pairs]
        if doubtful:
            notes.append(
                f"closing deals that could belong to more than one position: {doubtful}; paired "
                "first in, first out, equal volumes first"
            )
    trades.sort(key=lambda trade: (trade.entry_time_us or 0, trade.row or 0))
    return TradeList(str(path), "mt5", tuple(trades), notes=tuple(notes))


def _table(grid: list[list[str]], wanted: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Go over the rows of the table that has the columns wanted; a second Time is ``time 2``."""
    header: list[str] | None = None
    for number, row in enumerate(grid):
        keys = [" ".join(cell.strip().lower().split()) for cell in row]
        if set(wanted) <= set(keys):
            header = [key if key not in keys[:at] else f"{key} 2" for at, key in enumerate(keys)]
        elif header is not None:
            filled = [cell for cell in row if cell.strip()]
            if len(filled) <= 1:
                # The heading of the next table.
                header = None
            else:
                yield number, dict(zip(header, (cell.strip() for cell in row), strict=False))


def _deals(cells: Cells, grid: list[list[str]]) -> Iterator[Fill]:
    report = _table(grid, ("time", "deal", "symbol", "type", "direction", "volume", "price"))
    frame = _table(grid, ("ticket", "time", "type", "entry", "position_id", "volume", "price"))
    for number, row in [*report, *frame]:
        side = _TYPES.get(row["type"].lower())
        if side is None or not row["symbol"]:
            # Balance, credit and the line of sums are no fills.
            continue
        direction = row.get("direction", row.get("entry", "")).lower()
        if direction not in _ENTRY:
            raise refuse(cells.source, number, "Direction", direction, "in, out or in/out")
        costs = [
            cells.number(row.get(name), number, name.capitalize()) or 0.0
            for name in ("commission", "fee")
        ]
        yield Fill(
            number,
            row.get("deal") or row.get("ticket") or str(number),
            _time(cells, row["time"], number),
            row["symbol"],
            side,
            _ENTRY[direction],
            cells.needed(row["volume"].split("/")[0], number, "Volume"),
            cells.needed(row["price"], number, "Price"),
            cost=-sum(costs),
            swap=cells.number(row.get("swap"), number, "Swap") or 0.0,
            profit=cells.number(row.get("profit"), number, "Profit") or 0.0,
            order=row.get("order", ""),
            comment=row.get("comment", ""),
            position=row.get("position_id"),
        )


def _time(cells: Cells, text: str, number: int) -> int:
    if cells.time_format == "server seconds":
        from datetime import UTC, datetime

        if not text.isdigit():
            raise refuse(cells.source, number, "time", text, "whole seconds since 1970")
        shown = datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%d %H:%M:%S")
        return _time(replace(cells, time_format="auto"), shown, number)
    found = cells.time(text, number, "Time")
    if found is None:
        raise refuse(cells.source, number, "Time", text, "a time such as 2021.05.03 10:00:00")
    return found


def _trade(cells: Cells, paired: Paired, orders: dict[str, dict[str, str]]) -> AuditTrade:
    entry, closing = paired.opened, paired.closed
    order = orders.get(entry.order, {})
    named = order.get("type", "").lower()
    type_ = next((word for word in ("limit", "stop") if word in named), "market" if named else None)
    stop, target = _level(cells, order, "s / l"), _level(cells, order, "t / p")
    level = _level(cells, order, "price") if type_ in {"limit", "stop"} else None
    reason = None
    if closing is not None:
        told = _COMMENT.match(closing.comment.strip())
        reason = _REASONS[told[1].lower()] if told else closing.comment or None
        if told and told[2] and reason == "stop":
            stop = float(told[2].rstrip("."))
        elif told and told[2] and reason == "target":
            target = float(told[2].rstrip("."))
    return AuditTrade(
        entry.name,
        entry.side,
        symbol=entry.symbol,
        order_type=type_,
        entry_time_us=entry.time_us,
        entry_price=entry.price,
        exit_time_us=None if closing is None else closing.time_us,
        exit_price=None if closing is None else closing.price,
        size=paired.volume,
        stop=stop,
        target=target,
        fee=paired.cost,
        swap=paired.swap,
        result=paired.profit,
        reason=reason,
        level=level,
        row=entry.row,
    )


def _level(cells: Cells, row: dict[str, Any], name: str) -> float | None:
    text = row.get(name) or row.get(name.replace(" ", "")) or ""
    if not text or text.lower() == "market":
        return None
    # 0 stands for a level that is not there.
    return cells.number(text, None, name.upper()) or None


def _of_position(cells: Cells, number: int, row: dict[str, str]) -> AuditTrade:
    side = _TYPES.get(row["type"].lower())
    if side is None:
        raise refuse(cells.source, number, "Type", row["type"], "buy or sell")
    left = row.get("time 2", "")
    costs = cells.number(row.get("commission"), number, "Commission")
    return AuditTrade(
        row["position"],
        side,
        symbol=row["symbol"],
        entry_time_us=_time(cells, row["time"], number),
        entry_price=cells.needed(row["price"], number, "Price"),
        exit_time_us=_time(cells, left, number) if left else None,
        exit_price=cells.number(row.get("price 2"), number, "Price"),
        size=cells.needed(row["volume"].split("/")[0], number, "Volume"),
        stop=_level(cells, row, "s / l"),
        target=_level(cells, row, "t / p"),
        fee=None if costs is None else -costs,
        swap=cells.number(row.get("swap"), number, "Swap"),
        result=cells.number(row.get("profit"), number, "Profit"),
        row=number,
    )
