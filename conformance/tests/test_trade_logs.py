"""Trade lists of platforms, read into one form; what cannot be read is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from fillproof.conformance.trade_logs import AuditTrade, parse_zone, read_trades
from fillproof.errors import ConfigError, DataError, FillproofError

FIXTURES = Path(__file__).parent / "fixtures"


def us(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


def put(folder: Path, text: str, name: str = "trades.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def said(trade: AuditTrade) -> dict[str, Any]:
    """Keep what is told."""
    return {
        name: getattr(trade, name)
        for name in AuditTrade.__slots__
        if getattr(trade, name) is not None
    }


MAPPING = """
name = "Handelssystem"
result_is = "net"
levels = "fixed"
symbol = "EURUSD"
[file]
delimiter = ";"
decimal = ","
skip_rows = 1
[time]
zone = "Europe/Berlin"
format = "%d.%m.%Y %H:%M"
[columns]
number = "Nr"
direction = "Richtung"
order_type = "Art"
entry_time = "Auf"
entry_price = "Kurs auf"
exit_time = "Zu"
exit_price = "Kurs zu"
size = "Menge"
stop = "Stop"
target = "Ziel"
fee = "Kosten"
result = "Ergebnis"
reason = "Grund"
[words]
long = ["Kauf"]
short = ["Verkauf"]
market = ["Markt"]
[units]
size = "units"
contract_size = 100000
fee = "amount"
"""
LIST = (
    "Bericht\n"
    "Nr;Richtung;Art;Auf;Kurs auf;Zu;Kurs zu;Menge;Stop;Ziel;Kosten;Ergebnis;Grund\n"
    "7;Verkauf;Limit;05.07.2021 14:00;1,1860;;;20.000;1,19;0;-1,5;;\n"
    "\n"
    "6;Kauf;Markt;05.01.2021 14:00;1,2200;05.01.2021 15:00;1,2250;1.250.000;;1,2250;-3,5;6.246,5;"
    "Ziel erreicht\n"
)


def test_a_mapping_reads_any_list(tmp_path: Path) -> None:
    put(tmp_path, MAPPING, "my.toml")
    path = put(tmp_path, LIST)
    found = read_trades(path, str(tmp_path / "my.toml"))
    assert (found.format, found.result_is, found.levels_fixed) == ("Handelssystem", "net", True)
    assert found.notes == ("times without a zone were read as Europe/Berlin",)
    first, second = found.trades
    assert said(first) == {
        "number": "6", "direction": "long", "symbol": "EURUSD", "order_type": "market",
        "entry_time_us": us("2021-01-05T13:00"), "entry_price": 1.22,
        "exit_time_us": us("2021-01-05T14:00"), "exit_price": 1.225, "size": 12.5,
        "target": 1.225, "fee": 3.5, "result": 6246.5, "reason": "Ziel erreicht", "row": 3,
    }  # fmt: skip
    # Summer time; 0 is no level.
    assert said(second) == {
        "number": "7", "direction": "short", "symbol": "EURUSD", "order_type": "limit",
        "entry_time_us": us("2021-07-05T12:00"), "entry_price": 1.186, "size": 0.2, "stop": 1.19,
        "fee": 1.5, "row": 1,
    }  # fmt: skip
    # An option goes before the file's zone.
    other = read_trades(path, str(tmp_path / "my.toml"), zone=parse_zone("UTC"))
    assert other.trades[0].entry_time_us == us("2021-01-05T14:00")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1,2200", "1.2200", "row 3, column Kurs auf: '1.2200'; expected a number with ',' before"),
        ("1,2200", "viel", "row 3, column Kurs auf: 'viel'; expected a number"),
        ("Kauf;Markt", "Hin;Markt", "row 3, column Richtung: 'Hin'; expected a word for long or"),
        ("Kauf;Markt", "Kauf;Wort", "row 3, column Art: 'Wort'; expected market, limit or stop"),
        ("05.01.2021 14:00", "5. Jan", "row 3, column Auf: '5. Jan'; expected a time of the form"),
        ("Kurs zu;Menge", "Kurs;Menge", "no column Kurs zu'; expected a column Kurs zu; there are"),
        ("Ziel erreicht", "x;y", "row 3: '14 cells'; expected 13, as in the header"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    put(tmp_path, MAPPING, "my.toml")
    path = put(tmp_path, LIST.replace(old, new, 1))
    with pytest.raises(DataError) as caught:
        read_trades(path, str(tmp_path / "my.toml"))
    assert str(path) in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"Richtung"', '"Richtung"\nside = "x"', "columns.side; expected direction or entry_price"),
        ('direction = "Richtung"\n', "", "columns without direction; expected columns.direction"),
        ('result_is = "net"', 'result_is = "best"', "result_is = 'best'; expected gross or net"),
        ('levels = "fixed"', 'levels = "who knows"', "expected fixed or moved"),
        ('size = "units"', 'size = "pounds"', "units.size = 'pounds'; expected lots or units"),
        ("[units]", "[unit]", "unit; expected columns or file"),
        ("Europe/Berlin", "Berlin", "time zone is 'Berlin'; expected a zone such as UTC"),
        ("[units]", "units]", "expected a mapping in TOML"),
    ],
)
def test_a_mapping_is_checked(tmp_path: Path, old: str, new: str, told: str) -> None:
    put(tmp_path, MAPPING.replace(old, new, 1), "my.toml")
    path = put(tmp_path, LIST)
    with pytest.raises(FillproofError) as caught:
        read_trades(path, str(tmp_path / "my.toml"))
    assert told in str(caught.value)


def test_bars_that_are_stamped_at_their_end(tmp_path: Path) -> None:
    columns = '[columns]\ndirection = "d"\nentry_time = "t"\nentry_price = "p"\n'
    put(tmp_path, columns + '[time]\nstamp = "close"', "my.toml")
    path = put(tmp_path, "d,t,p\nbuy,2021-01-05T14:00:00Z,1.22\n")
    (trade,) = read_trades(path, str(tmp_path / "my.toml")).trades
    # The hour that ended then.
    assert trade.entry_time_us == us("2021-01-05T14:00") - 1


def test_parquet_with_times_of_its_own(tmp_path: Path) -> None:
    put(
        tmp_path,
        '[columns]\ndirection = "d"\nentry_time = "t"\nentry_price = "p"\nsize = "lots"',
        "my.toml",
    )
    times = pa.array([us("2021-01-05T14:00") * 1000], pa.timestamp("ns", tz="UTC"))
    table = pa.table({"d": ["sell"], "t": times, "p": [1.22], "lots": [0.5]})
    parquet.write_table(table, tmp_path / "trades.parquet")
    (trade,) = read_trades(tmp_path / "trades.parquet", str(tmp_path / "my.toml")).trades
    assert (trade.entry_time_us, trade.direction, trade.size) == (
        us("2021-01-05T14:00"), "short", 0.5
    )  # fmt: skip


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
    assert any(
        "1 closing deals could belong to more than one position" in note for note in found.notes
    )
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


def test_times_without_a_zone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a time zone: say by --zone") as caught:
        read_trades(put(tmp_path, NEWEST))
    assert caught.value.code == "TIME_NAIVE"


@pytest.mark.parametrize(
    ("text", "shown", "utc"),
    [
        ("UTC", "2021-01-05T14:00", "2021-01-05T14:00"),
        ("UTC+5:30", "2021-01-05T14:00", "2021-01-05T08:30"),
        ("-03:00", "2021-01-05T14:00", "2021-01-05T17:00"),
        ("Europe/Athens", "2021-01-05T14:00", "2021-01-05T12:00"),
        ("America/New_York+7", "2021-01-05T14:00", "2021-01-05T12:00"),
        # New York has changed its clocks on 14 March, Athens not before the 28th.
        ("Europe/Athens", "2021-03-20T14:00", "2021-03-20T12:00"),
        ("America/New_York+7", "2021-03-20T14:00", "2021-03-20T11:00"),
    ],
)
def test_zones(text: str, shown: str, utc: str) -> None:
    assert parse_zone(text).to_us(datetime.fromisoformat(shown)) == us(utc)


@pytest.mark.parametrize("text", ["", "Athens", "UTC+x", "+99"])
def test_zones_that_there_are_not(text: str) -> None:
    with pytest.raises(ConfigError, match="time zone is"):
        parse_zone(text)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "x,y\n1,2\n", "'columns x, y'; expected --format with one of fillproof"),
        ("a.csv", "", "'columns '; expected --format"),
        ("a.xlsx", "", "'.xlsx'; expected CSV, Parquet or HTML; save the sheet as CSV"),
        ("a.parquet", "no", "expected a Parquet file"),
        ("a.html", "<p>nothing</p>", "expected --format"),
    ],
)
def test_files_that_are_no_list(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(DataError) as caught:
        read_trades(put(tmp_path, text, name))
    assert told in str(caught.value)
