"""Trade lists of any platform, read into one plain form.

`read_trades` tells the format by the file where it is not named, and says so.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fillproof.errors import ConfigError

from .mapping import Mapping, read_mapped, read_mapping
from .metatrader import read_metatrader
from .own import read_own
from .peers import read_backtesting, read_nautilus, read_vectorbt
from .plain import AuditTrade, TradeList, refuse
from .sheets import read_grid, read_sheet
from .tradingview import read_tradingview
from .zones import Zone, parse_zone

__all__ = [
    "FORMATS",
    "AuditTrade",
    "Mapping",
    "TradeList",
    "Zone",
    "parse_zone",
    "read_mapping",
    "read_trades",
]

FORMATS = ("fillproof", "mt5", "tradingview", "backtesting.py", "vectorbt", "nautilus")
_PEERS = {
    "backtesting.py": read_backtesting,
    "vectorbt": read_vectorbt,
    "nautilus": read_nautilus,
    "tradingview": read_tradingview,
}
# Columns by which a list is known.
_SIGNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("fillproof", frozenset({"order_id", "trigger_time_us", "entry_rule"})),
    ("tradingview", frozenset({"trade #", "type", "signal"})),
    ("tradingview", frozenset({"trade number", "type", "signal"})),
    ("backtesting.py", frozenset({"entrybar", "exitbar", "entryprice", "size"})),
    ("vectorbt", frozenset({"entry timestamp", "avg entry price", "status"})),
    ("nautilus", frozenset({"instrument_id", "ts_opened", "avg_px_open"})),
    ("nautilus", frozenset({"instrument_id", "last_px", "ts_event"})),
    ("mt5", frozenset({"ticket", "time_msc", "position_id"})),
)


def read_trades(
    path: Path,
    format: str | None = None,
    *,
    zone: Zone | None = None,
    contract_size: float = 100_000.0,
    decimal: str = ".",
) -> TradeList:
    r"""Read a trade list.

    Parameters
    ----------
    path
        The file, or the folder of one of Fillproof's results.
    format
        One of `FORMATS`, or a mapping file (TOML); without one it is told by the columns.
    zone
        Of times that carry none.
    contract_size
        Units of a lot, for lists whose sizes are units.
    decimal
        Sign before the decimals of numbers; a mapping has its own.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: no such format, or none that is known by these columns.
    DataError, CandleError
        What cannot be read, with file, row, column, value and what was expected.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "trades.csv")
    >>> _ = path.write_text(
    ...     "Size,EntryBar,ExitBar,EntryPrice,ExitPrice,PnL,EntryTime,ExitTime\n"
    ...     "-10000,1,2,1.1,1.0,1000,2020-01-01 00:00,2020-01-01 01:00\n")
    >>> found = read_trades(path, zone=parse_zone("UTC"))
    >>> found.format, found.trades[0].direction, found.trades[0].size
    ('backtesting.py', 'short', 0.1)
    """
    told = format is not None
    chosen = format or _detect(path)
    if chosen.lower().endswith(".toml"):
        found = read_mapped(path, read_mapping(Path(chosen)), zone=zone)
    elif chosen == "fillproof":
        found = read_own(path)
    elif chosen == "mt5":
        found = read_metatrader(path, zone=zone, decimal=decimal)
    elif chosen in _PEERS:
        found = _PEERS[chosen](path, zone=zone, contract_size=contract_size, decimal=decimal)
    else:
        expected = f"one of {', '.join(FORMATS)}, or a mapping such as my.toml"
        raise ConfigError(
            f"format is {chosen!r}; expected {expected}",
            code="OPTION_UNKNOWN",
            field="format",
            value=chosen,
            expected=expected,
        )
    if told:
        return found
    note = f"read as a list of {chosen}, by its columns"
    return replace(found, notes=(note, *found.notes))


def _detect(path: Path) -> str:
    if path.is_dir():
        return "fillproof"
    if path.suffix.lower() in {".parquet", ".pq"}:
        columns = read_sheet(path).columns
    else:
        grid = read_grid(path)
        for row in grid:
            keys = {cell.strip().lower() for cell in row}
            if {"time", "symbol", "type", "volume", "price"} <= keys and (
                {"deal", "direction"} <= keys or "position" in keys
            ):
                return "mt5"
        columns = tuple(grid[0]) if grid else ()
    keys = {" ".join(column.strip().lower().split()) for column in columns}
    for name, sign in _SIGNS:
        if sign <= keys:
            return name
    expected = f"--format with one of {', '.join(FORMATS)}, or a mapping in TOML"
    raise refuse(path, None, None, f"columns {', '.join(columns)}", expected, "COLUMNS_MISSING")
