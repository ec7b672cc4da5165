"""Trade lists of MetaTrader, TradingView and Python systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from fillproof.conformance.trade_logs import parse_zone, read_trades
from fillproof.errors import DataError

from .log_files import FIXTURES, put, said, us

DEALS = """Time,Deal,Symbol,Type,Direction,Volume,Price,Order,Commission,Swap,Profit,Balance,Comment
2021.07.05 00:00:00,1,,balance,,,,,0.00,0.00,10 000.00,10 000.00,
2021.07.05 10:00:00,2,EURUSD,buy,in,0.30,1.18600,2,-1.05,0.00,0.00,9 998.95,
2021.07.05 10:30:00,3,EURUSD,sell,in,0.10,1.18700,3,-0.35,0.00,0.00,9 998.60,
2021.07.05 11:00:12,4,EURUSD,sell,out,0.10,1.18700,4,-0.35,-0.10,10.00,10 008.15,
2021.07.05 12:00:00,5,EURUSD,buy,out,0.10,1.18800,5,-0.35,0.00,-10.00,9 997.80,sl 1.18800
2021.07.05 13:00:00,6,EURUSD,sell,out,0.20,1.18900,6,-0.70,-0.20,60.00,10 056.90,tp 1.18900
2021.07.05 14:00:00,7,EURUSD,buy,in,0.10,1.18800,7,-0.35,0.00,0.00,10 056.55,
,,,,,,,,-3.50,-0.30,60.00,10 056.55,
"""


def test_metatrader_deals_are_paired(tmp_path: Path) -> None:
    path = put(tmp_path, DEALS)
    found = read_trades(path, zone=parse_zone("America/New_York+7"))
    assert (found.format, found.result_is, found.levels_fixed) == ("mt5", "gross", False)
    assert "the server's clock was read as America/New_York+7" in found.notes
    part, rest, short, open_ = found.trades
    # In summer that clock is three hours ahead; two parts of one position share its costs.
    assert (part.number, part.entry_time_us, part.exit_time_us) == (
        "2", us("2021-07-05T07:00"), us("2021-07-05T08:00:12")
    )  # fmt: skip
    assert (part.size, part.result, part.swap) == (0.1, 10.0, -0.1)
    assert part.fee == pytest.approx(0.35 + 0.35)
    assert (rest.number, rest.size, rest.result, rest.target, rest.reason) == (
        "2", 0.2, 60.0, 1.189, "target"
    )  # fmt: skip
    assert rest.fee == pytest.approx(0.70 + 0.70)
    assert (short.direction, short.stop, short.reason) == ("short", 1.188, "stop")
    assert (open_.exit_time_us, open_.exit_price, open_.result) == (None, None, None)


def test_pairing_that_is_open_is_told(tmp_path: Path) -> None:
    lines = DEALS.splitlines()
    two = "2021.07.05 10:00:00,8,EURUSD,buy,in,0.20,1.18600,8,0,0,0,0,"
    path = put(tmp_path, "\n".join([*lines[:3], two, *lines[6:7]]))
    found = read_trades(path, zone=parse_zone("UTC"))
    told = [note for note in found.notes if "more than one position: 1; paired first in" in note]
    assert len(told) == 1
    # The deal of 0.20 belongs to the one of just that volume.
    assert {(trade.number, trade.size) for trade in found.trades if trade.exit_price} == {
        ("8", 0.2)
    }  # fmt: skip


def test_a_netting_account_turns_around(tmp_path: Path) -> None:
    head = DEALS.splitlines()[0]
    path = put(
        tmp_path,
        f"{head}\n"
        "2021.07.05 10:00,2,EURUSD,buy,in,0.10,1.1860,2,0,0,0,0,\n"
        "2021.07.05 11:00,3,EURUSD,sell,in/out,0.30,1.1870,3,0,0,10,0,\n",
    )
    first, second = read_trades(path, zone=parse_zone("UTC")).trades
    assert (first.direction, first.size, first.exit_price) == ("long", 0.1, 1.187)
    assert (second.direction, second.size, second.exit_price) == ("short", 0.2, None)


def test_a_sheet_with_decimal_commas(tmp_path: Path) -> None:
    lines = [
        "Time;Deal;Symbol;Type;Direction;Volume;Price;Order;Commission;Swap;Profit;Balance;Comment",
        "2021.07.05 10:00:00;2;USDJPY;buy;in;0,10;110,012;2;-0,35;0,00;0,00;9 999,65;",
    ]
    with pytest.raises(DataError, match=r"column Commission: '-0,35'; expected a number with '\.'"):
        read_trades(
            put(tmp_path, "\n".join([lines[0], lines[1]])),
            "mt5",
            zone=parse_zone("UTC"),
        )
    path = put(tmp_path, "\n".join(lines))
    (trade,) = read_trades(path, zone=parse_zone("UTC"), decimal=",").trades
    assert (trade.entry_price, trade.size, trade.fee) == (110.012, 0.1, 0.35)


def test_a_deal_that_closes_nothing_is_an_error(tmp_path: Path) -> None:
    lines = DEALS.splitlines()
    path = put(tmp_path, "\n".join([lines[0], lines[4]]))
    with pytest.raises(DataError, match=r"row 1, column Direction: 'out 0\.1'; expected a fill"):
        read_trades(path, zone=parse_zone("UTC"))


def table(rows: list[str]) -> str:
    body = ""
    for row in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in row.split(","))
        body += f"<tr>{cells}</tr>\n"
    return body


def test_a_metatrader_report_in_html(tmp_path: Path) -> None:
    orders = [
        "Open Time,Order,Symbol,Type,Volume,Price,S / L,T / P,Time,State,Comment",
        (
            "2021.07.05 09:00:00,2,EURUSD,buy limit,0.30 / 0.30,1.18600,1.18500,1.18900,"
            "2021.07.05 10:00:00,filled,"
        ),
        (
            "2021.07.05 10:30:00,3,EURUSD,sell,0.10 / 0.10,market,0.00000,0.00000,"
            "2021.07.05 10:30:00,filled,"
        ),
    ]
    html = (
        "<html><body><table><tr><th colspan=13><b>Orders</b></th></tr>"
        f"{table(orders)}<tr><th colspan='13'><b>Deals</b></th></tr>"
        f"{table(DEALS.splitlines())}</table></body></html>"
    )
    path = put(tmp_path, html, "report.html", "utf-16")
    first, second, third, _ = read_trades(path, zone=parse_zone("UTC")).trades
    assert (first.order_type, first.level, first.stop, first.target) == (
        "limit", 1.186, 1.185, 1.189
    )  # fmt: skip
    assert (second.stop, second.reason) == (1.185, "target")
    assert (third.order_type, third.level, third.stop) == ("market", None, 1.188)


def test_metatrader_positions_are_trades_already(tmp_path: Path) -> None:
    hidden = "<td class='hidden' colspan='8'></td>"
    head = "Time,Position,Symbol,Type,Volume,Price,S / L,T / P,Time,Price,Commission,Swap,Profit"
    row = (
        "2021.07.05 10:00:00,77,EURUSD,sell,0.30,1.18600,1.18700,,2021.07.05 11:00:00,1.18500,"
        "-1.05,0.00,30.00"
    )
    text = f"<table>{table([head])}{table([row])}</table>".replace(
        "<td>sell</td>", f"<td>sell</td>{hidden}"
    )
    path = put(tmp_path, text, "history.htm")
    (trade,) = read_trades(path, zone=parse_zone("UTC+3")).trades
    assert said(trade) == {
        "number": "77", "direction": "short", "symbol": "EURUSD",
        "entry_time_us": us("2021-07-05T07:00"), "entry_price": 1.186,
        "exit_time_us": us("2021-07-05T08:00"), "exit_price": 1.185, "size": 0.3, "stop": 1.187,
        "fee": 1.05, "swap": 0.0, "result": 30.0, "row": 1,
    }  # fmt: skip


def test_deals_of_the_terminals_own_interface(tmp_path: Path) -> None:
    opened, closed = us("2021-07-05T10:00") // 1_000_000, us("2021-07-05T11:00") // 1_000_000
    head = "ticket,order,time,time_msc,type,entry,position_id,volume,price,commission,swap,profit"
    path = put(
        tmp_path,
        f"{head},fee,symbol,comment\n"
        f"11,1,{opened},0,0,0,901,0.1,1.186,-0.3,0,0,-0.1,EURUSD,\n"
        f"12,2,{opened},0,0,0,902,0.1,1.186,0,0,0,0,EURUSD,\n"
        f"13,3,{closed},0,1,1,902,0.1,1.187,0,0,10,0,EURUSD,[tp 1.187]\n",
    )
    first, second = read_trades(path, zone=parse_zone("UTC+2")).trades
    # By the position's number, although the other one is older.
    assert (second.number, second.exit_price, second.target) == ("12", 1.187, 1.187)
    assert (first.exit_price, first.fee) == (None, pytest.approx(0.4))
    assert first.entry_time_us == us("2021-07-05T08:00")


NEWEST = """Trade #,Type,Signal,Date/Time,Price USD,Contracts,Profit USD,Profit %,Cum. Profit USD
2,Exit short,Open,2021-07-05 13:00,1.1850,10000,5,0.1,40
2,Entry short,Go short,2021-07-05 12:00,1.1860,10000,5,0.1,40
1,Exit long,TP,2021-07-05 11:00,1.1895,10000,35,0.3,35
1,Entry long,Go long,2021-07-05 10:00,1.1860,10000,35,0.3,35
"""
OLDEST = (
    "\ufeffTrade number,Type,Date and time,Signal,Price USD,Position size (qty),"
    "Position size (value),Net P&L USD,Net P&L %,Cumulative P&L USD\n"
    "1,Entry long,2021-07-05 10:00,Go long,1.1860,10000,11860,35,0.3,35\n"
    "1,Exit long,2021-07-05 11:00,TP,1.1895,10000,11860,35,0.3,35\n"
    "2,Entry short,2021-07-05 12:00,Go short,1.1860,10000,11860,5,0.1,40\n"
    "2,Exit short,2021-07-05 13:00,Open,1.1850,10000,11860,5,0.1,40\n"
)


@pytest.mark.parametrize("text", [NEWEST, OLDEST])
def test_tradingview_in_both_orders(tmp_path: Path, text: str) -> None:
    found = read_trades(put(tmp_path, text), zone=parse_zone("America/New_York"))
    assert (found.format, found.result_is) == ("tradingview", "after fees")
    first, second = found.trades
    told = said(first)
    del told["row"]
    assert told == {
        "number": 1, "direction": "long", "entry_time_us": us("2021-07-05T14:00"),
        "entry_price": 1.186, "exit_time_us": us("2021-07-05T15:00"), "exit_price": 1.1895,
        "size": 0.1, "result": 35.0, "reason": "TP",
    }  # fmt: skip
    assert (second.direction, second.exit_price, second.result) == ("short", None, None)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Exit long", "Stop long", "row 3, column Type: 'Stop long'; expected Entry long, Exit"),
        ("1,Exit long", "2,Exit long", "row 3, column Trade #: '2'; expected one exit of each"),
        ("1,Entry long", "3,Entry long", "row 3, column Trade #: '1'; expected an entry of the"),
        ("2021-07-05 10:00", "July 5", "row 4, column Date/Time: 'July 5'; expected a time such"),
        ("1.1895", "", "row 3, column Price USD: ''; expected a number"),
        ("Price USD", "Worth", "'no column Price'; expected a column Price; there are Trade #"),
    ],
)
def test_what_tradingview_does_not_write(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = put(tmp_path, NEWEST.replace(old, new, 1))
    with pytest.raises(DataError) as caught:
        read_trades(path, "tradingview", zone=parse_zone("UTC"))
    assert told in str(caught.value)


def test_lists_of_python_systems() -> None:
    found = {
        name: read_trades(FIXTURES / f"audit-{name}.csv")
        for name in ("backtesting-py", "vectorbt", "nautilus")
    }
    assert {name: one.format for name, one in found.items()} == {
        "backtesting-py": "backtesting.py", "vectorbt": "vectorbt", "nautilus": "nautilus"
    }  # fmt: skip
    first = {name: one.trades[0] for name, one in found.items()}
    assert {trade.direction for trade in first.values()} == {"long"}
    assert {trade.size for trade in first.values()} == {0.1}
    assert first["backtesting-py"].stop == pytest.approx(1.04656)
    assert first["vectorbt"].target == pytest.approx(1.04956)
    assert (first["nautilus"].symbol, first["nautilus"].result) == ("EURUSD", 19.58)
    assert first["nautilus"].fee == 0.42
    # Its times are the ends of bars.
    assert first["backtesting-py"].entry_time_us == us("2017-01-04T16:00")
    assert first["nautilus"].entry_time_us == us("2017-01-04T16:00") - 1
    assert found["backtesting-py"].trades[1].direction == "short"


def test_fills_of_nautilus_tell_types_of_orders(tmp_path: Path) -> None:
    head = "position_id,instrument_id,order_side,order_type,last_qty,last_px,commission,ts_event"
    rows = [
        "P-1,EUR/USD.SIM,BUY,STOP_MARKET,10000,1.1,0.20 USD,2021-01-05 14:00:00+00:00",
        "P-1,EUR/USD.SIM,BUY,STOP_MARKET,10000,1.1,0.20 USD,2021-01-05 14:00:00+00:00",
        "P-2,EUR/USD.SIM,SELL,MARKET,5000,1.2,,2021-01-05 15:00:00+00:00",
        "P-1,EUR/USD.SIM,SELL,LIMIT,15000,1.2,0.30 USD,2021-01-05 15:00:00+00:00",
    ]
    found = read_trades(put(tmp_path, "\n".join([head, *rows])))
    assert found.format == "nautilus"
    first, second, rest, short = found.trades
    assert (first.order_type, first.size, first.target, first.reason) == (
        "stop", 0.1, 1.2, "target"
    )  # fmt: skip
    assert first.fee == pytest.approx(0.2 + 0.2)
    assert (second.size, rest.size) == (0.05, 0.05)
    assert {second.exit_price, rest.exit_price} == {1.2, None}
    assert (short.direction, short.order_type, short.exit_price) == ("short", "market", None)
    odd = read_trades(put(tmp_path, "\n".join([head, rows[3]])))
    assert odd.trades[0].direction == "short"
