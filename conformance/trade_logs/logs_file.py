"""Reads the file that names a trade list as a candidate.

name = "our old engine"
trades = "trades.csv"
format = "mapping.toml"         # as for `fillproof audit`; told by the columns without
zone = "UTC"
symbol = "EURUSD"
equity = "equity.csv"           # columns time and equity, one row a bar
fields = ["direction", "entry_price", "exit_price", "exit_time_us"]     # all it has, without
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from ..adapters.fields import FULL_TRADE_FIELDS
from .zones import Zone, parse_zone

__all__ = ["LogsSpec", "read_spec"]

_KEYS = (
    "name", "version", "trades", "format", "zone", "symbol", "equity", "fields", "contract_size",
    "known_gaps",
)  # fmt: skip
_TEXTS = ("name", "version", "trades", "format", "zone", "symbol", "equity", "known_gaps")


@dataclass(frozen=True)
class LogsSpec:
    """What a file names, checked; the list is read when the candidate is started.

    Attributes
    ----------
    label, backend
        The text by which it was asked for, and ``logs``.
    trades, equity, known_gaps
        Files.
    format, zone, contract_size
        As `read_trades` takes them.
    name, version, symbol, fields
        As in the file.
    """

    label: str
    trades: Path
    format: str | None = None
    zone: Zone | None = None
    contract_size: float = 100_000.0
    name: str = "trade list"
    version: str = "1"
    symbol: str | None = None
    equity: Path | None = None
    fields: tuple[str, ...] | None = None
    known_gaps: Path | None = None
    backend: str = "logs"


def read_spec(path: Path, label: str | None = None) -> LogsSpec:
    """Read a file that names a trade list.

    Parameters
    ----------
    path
        The file; its paths start at its own folder.
    label
        How the candidate is called; by default ``logs:`` and the path.

    Raises
    ------
    OSError
        The file or the list is not there.
    ValueError
        It is no TOML, or a key is missing, unknown or of another type.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML: {error}") from error
    for key in found:
        if key not in _KEYS:
            raise ValueError(f"{path} has the key {key!r}; expected some of {', '.join(_KEYS)}")
    for key in _TEXTS:
        if not isinstance(found.get(key, ""), str):
            raise ValueError(f"{path}: {key} is {found[key]!r}; expected text")  # noqa: TRY004
    if "trades" not in found:
        raise ValueError(f"{path} has no key 'trades'; expected the file of the trade list")
    folder = path.resolve().parent
    format_ = found.get("format")
    if format_ is not None and format_.endswith(".toml"):
        format_ = str(folder / format_)
    fields = found.get("fields")
    if fields is not None:
        strange = [name for name in fields if name not in FULL_TRADE_FIELDS]
        if strange:
            expected = ", ".join(FULL_TRADE_FIELDS)
            raise ValueError(f"{path}: fields has {strange[0]!r}; expected some of {expected}")
    trades = folder / found["trades"]
    if not trades.exists():
        raise FileNotFoundError(f"{path}: trades is {found['trades']!r}; there is no {trades}")
    return LogsSpec(
        label=label or f"logs:{path}",
        trades=trades,
        format=format_,
        zone=parse_zone(found["zone"]) if "zone" in found else None,
        contract_size=float(found.get("contract_size", 100_000.0)),
        name=found.get("name", trades.name),
        version=found.get("version", "1"),
        symbol=found.get("symbol"),
        equity=folder / found["equity"] if "equity" in found else None,
        fields=None if fields is None else tuple(fields),
        known_gaps=folder / found["known_gaps"] if "known_gaps" in found else None,
    )
