"""Trade lists of platforms, read into one form; what cannot be read is named."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from fillproof.conformance.trade_logs import parse_zone, read_trades
from fillproof.conformance.trade_logs.cells import Cells
from fillproof.errors import ConfigError, DataError, FillproofError

from .log_files import put, said, us

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


def test_times_without_a_zone_are_refused(tmp_path: Path) -> None:
    text = (
        "Trade #,Type,Signal,Date/Time,Price,Contracts\n1,Entry long,,2021-07-05 10:00,1.1,1000\n"
    )
    with pytest.raises(DataError, match="expected a time zone: say by --zone") as caught:
        read_trades(put(tmp_path, text))
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


def test_a_lone_comma_is_no_grouping() -> None:
    cells = Cells("x.csv")
    assert cells.number("1,234.5", 1, "Price") == 1234.5
    assert cells.number("10 000.00", 1, "Profit") == 10000.0
    # It may as well be a decimal comma.
    with pytest.raises(DataError, match=r"x\.csv, row 1, column Price: '110,012'; expected a"):
        cells.number("110,012", 1, "Price")
    assert Cells("x.csv", decimal=",").number("110,012", 1, "Price") == 110.012
    assert Cells("x.csv", thousands=",").number("110,012", 1, "Price") == 110012.0
