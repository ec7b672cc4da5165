"""Plain trade lists of any platform, by a mapping: which column holds what, and how it is written.

A mapping is a TOML file:

    name = "My platform"
    result_is = "net"                   # or gross, or "after fees" (swap not yet taken off)
    levels = "moved"                    # or fixed: stop and target stood from fill to exit
    [file]
    delimiter = ";"
    decimal = ","
    [time]
    zone = "Europe/Athens"
    format = "%d.%m.%Y %H:%M"
    stamp = "open"                      # or close: a time is the end of its bar
    [columns]
    direction = "Side"
    entry_time = "Opened"
    entry_price = "Open price"
    [words]
    long = ["Kauf"]
    [units]
    size = "units"                      # or lots
    contract_size = 100000
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fillproof.errors import ConfigError, DataError

from .cells import Cells
from .plain import FIELDS, AuditTrade, TradeList, refuse
from .sheets import Sheet, read_sheet
from .zones import Zone, parse_zone

__all__ = ["COLUMNS", "Mapping", "read_mapped", "read_mapping"]

COLUMNS = tuple(name.removesuffix("_us") for name in FIELDS)
"""What a mapping can name a column for."""
_TIMES = ("entry_time", "exit_time", "signal_time")
_NUMBERS = frozenset(
    "entry_price exit_price size stop target fee swap result level initial_stop initial_target "
    "unit_value".split()
)
_PRICES = ("entry_price", "exit_price", "stop", "target", "level", "initial_stop", "initial_target")
_TABLES: dict[str, frozenset[str]] = {
    "file": frozenset({"delimiter", "encoding", "decimal", "thousands", "skip_rows"}),
    "time": frozenset({"zone", "format", "stamp"}),
    "columns": frozenset(COLUMNS),
    "words": frozenset({"long", "short", "market", "limit", "stop"}),
    "units": frozenset({"size", "contract_size", "price", "fee"}),
}
_TOP: dict[str, tuple[str, ...] | None] = {
    "name": None,
    "symbol": None,
    "result_is": ("gross", "net", "after fees"),
    "levels": ("fixed", "moved"),
}
_CHOICES = {
    ("time", "stamp"): ("open", "close"),
    ("units", "size"): ("lots", "units"),
    ("units", "fee"): ("cost", "amount"),
}


@dataclass(frozen=True)
class Mapping:
    """How a plain list is read: the tables of the file, checked."""

    name: str
    columns: dict[str, str]
    symbol: str | None = None
    result_is: str = "gross"
    levels_fixed: bool = False
    file: dict[str, Any] = field(default_factory=dict)
    time: dict[str, Any] = field(default_factory=dict)
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    units: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, content: dict[str, Any], source: str) -> Mapping:
        """Check the content of a mapping file.

        Raises
        ------
        ConfigError
            ``OPTION_UNKNOWN``: a table, key or word that there is not, or a column that is needed
            and not named.

        Examples
        --------
        >>> columns = {"direction": "Side", "entry_time": "Time", "entry_price": "Price"}
        >>> Mapping.of({"columns": columns}, "my.toml").name
        'my.toml'
        """
        for key, value in content.items():
            if key in _TABLES and isinstance(value, dict):
                for name in value:
                    if name not in _TABLES[key]:
                        _unknown(source, f"{key}.{name}", sorted(_TABLES[key]))
            elif key in _TOP and not isinstance(value, dict):
                if (allowed := _TOP[key]) is not None and value not in allowed:
                    _unknown(source, f"{key} = {value!r}", list(allowed))
            else:
                _unknown(source, key, sorted([*_TABLES, *_TOP]))
        for (table, name), allowed in _CHOICES.items():
            value = content.get(table, {}).get(name, allowed[0])
            if value not in allowed:
                _unknown(source, f"{table}.{name} = {value!r}", list(allowed))
        columns = content.get("columns", {})
        for name in ("direction", "entry_time", "entry_price"):
            if name not in columns:
                _unknown(source, f"columns without {name}", [f"columns.{name}"])
        words = {
            name: frozenset(str(word).lower() for word in given)
            for name, given in content.get("words", {}).items()
        }
        return cls(
            name=content.get("name", source),
            columns=dict(columns),
            symbol=content.get("symbol"),
            result_is=content.get("result_is", "gross"),
            levels_fixed=content.get("levels", "moved") == "fixed",
            file=content.get("file", {}),
            time=content.get("time", {}),
            words=words,
            units=content.get("units", {}),
        )


def _unknown(source: str, found: str, known: list[str]) -> None:
    raise ConfigError(
        f"{source}: {found}; expected {' or '.join(known)}",
        code="OPTION_UNKNOWN",
        field=found,
        value=found,
        expected=", ".join(known),
    )


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    DataError
        ``FILE_UNREADABLE``: no such file, or not TOML.
    ConfigError
        As `Mapping.of`.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            f"{path}: cannot be read: {error}; expected a mapping in TOML",
            code="FILE_UNREADABLE",
            field=str(path),
            value=str(error),
            expected="a mapping in TOML",
        ) from None
    return Mapping.of(content, str(path))


def read_mapped(path: Path, mapping: Mapping, *, zone: Zone | None = None) -> TradeList:
    """Read a list of one row a trade.

    Parameters
    ----------
    path
        CSV or Parquet.
    mapping
        What its columns hold.
    zone
        Goes before the mapping's.

    Raises
    ------
    DataError, CandleError
        A file, column or cell that cannot be read, named.
    """
    named = {name: mapping.file[name] for name in ("delimiter", "encoding") if name in mapping.file}
    sheet = read_sheet(path, skip_rows=mapping.file.get("skip_rows", 0), **named)
    cells = Cells(
        str(path),
        zone=zone or (parse_zone(mapping.time["zone"]) if "zone" in mapping.time else None),
        time_format=mapping.time.get("format", "auto"),
        decimal=mapping.file.get("decimal", "."),
        thousands=mapping.file.get("thousands", ""),
        words=mapping.words,
    )
    places = {name: sheet.needed(column) for name, column in mapping.columns.items()}
    trades = [_trade(mapping, cells, sheet, places, row, number) for number, row in sheet.records()]
    if not trades:
        raise refuse(path, None, None, "no rows", "at least one trade", "FILE_EMPTY")
    trades.sort(key=lambda trade: (trade.entry_time_us or 0, trade.row or 0))
    notes = []
    if cells.zone is not None and cells.zone_used:
        notes.append(f"times without a zone were read as {cells.zone.text}")
    return TradeList(
        str(path),
        mapping.name,
        tuple(trades),
        result_is=mapping.result_is,
        levels_fixed=mapping.levels_fixed,
        notes=tuple(notes),
    )


def _trade(
    mapping: Mapping,
    cells: Cells,
    sheet: Sheet,
    places: dict[str, int],
    row: tuple[Any, ...],
    number: int,
) -> AuditTrade:
    values: dict[str, Any] = {}
    for name, place in places.items():
        cell, column = row[place], sheet.columns[place]
        if name in _TIMES:
            moment = cells.time(cell, number, column)
            if moment is not None and mapping.time.get("stamp") == "close":
                # The end of a bar is the opening of the next; it belongs to the one that ended.
                moment -= 1
            values[f"{name}_us"] = moment
        elif name in _NUMBERS:
            values[name] = cells.number(cell, number, column)
        elif name == "direction":
            values[name] = cells.direction(cell, number, column)
        elif name == "order_type":
            values[name] = cells.order_type(cell, number, column)
        else:
            values[name] = cells.text(cell)
    scale = float(mapping.units.get("price", 1.0))
    for name in _PRICES:
        if values.get(name) is not None:
            # MetaTrader and others write 0 for a level that is not there.
            values[name] = None if values[name] == 0.0 else values[name] * scale
    if values.get("size") is not None:
        lots = abs(values["size"])
        if mapping.units.get("size") == "units":
            lots /= float(mapping.units.get("contract_size", 100_000))
        values["size"] = lots
    if values.get("fee") is not None and mapping.units.get("fee") == "amount":
        values["fee"] = -values["fee"]
    values.setdefault("symbol", None)
    values["symbol"] = values["symbol"] or mapping.symbol
    values["number"] = values.get("number") or number
    return AuditTrade(**values, row=number)
