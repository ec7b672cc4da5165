"""Candles for an audit, from the files that a user has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fillproof import data
from fillproof.errors import ConfigError, DataError
from fillproof.sides import split_sides
from fillproof.specs import is_forex

from .market import Market

__all__ = ["EMBEDDED", "load_market"]

EMBEDDED = "embedded"
"""Stands for the candles that come with Fillproof."""
_UNITS_US = {"M": 60_000_000, "H": 3_600_000_000, "D": 86_400_000_000, "S": 1_000_000}


def load_market(
    files: Sequence[str],
    symbol: str,
    *,
    side: str = "bid",
    spread: float | None = None,
    timeframe: str | None = None,
    pip: float | None = None,
    digits: int | None = None,
    time_unit: str | None = None,
) -> Market:
    """Read the candles of both sides, or derive one from a stated spread.

    Parameters
    ----------
    files
        Two files, bid and ask (told by the names, else in this order); or one with both sides
        (columns bid_open to ask_close); or one of one side, with `spread`; or `EMBEDDED`.
    symbol
        Its pip and digits are guessed where it is a forex pair.
    side, spread
        Which side one file holds, and the spread in pips.
    timeframe
        Length of a bar, such as H1; without it the step that is met most often.
    pip, digits
        Go before the guess.
    time_unit
        Of times that are whole numbers.

    Raises
    ------
    ConfigError, DataError, CandleError
        What is missing or cannot be read.

    Examples
    --------
    >>> len(load_market(["embedded"], "EURUSD"))
    6225
    """
    guess = data.spec_fields(symbol) if is_forex(symbol) else None
    pip = pip if pip is not None else guess.pip_size if guess is not None else None
    digits = digits if digits is not None else guess.digits if guess is not None else None
    if list(files) == [EMBEDDED]:
        bid, ask, note = _embedded(symbol, spread)
    elif len(files) == 2:
        bid, ask, note = _two(files, time_unit)
    elif len(files) == 1:
        bid, ask, note = _one(files[0], side, spread, pip, digits, time_unit)
    else:
        raise _option("bars", len(files), "one file or two")
    swapped = float(np.mean(ask.close < bid.close)) if len(bid) == len(ask) else 0.0
    if swapped > 0.5:
        found = f"ask below bid in {swapped:.0%} of the bars"
        raise _option("bars", found, "the bid file before the ask file")
    return Market(
        symbol,
        bid,
        ask,
        pip=pip,
        digits=digits,
        length_us=None if timeframe is None else _length(timeframe),
        note=note,
    )


def _embedded(symbol: str, spread: float | None) -> tuple[Any, Any, str]:
    if symbol != "EURUSD":
        raise _option("symbol", symbol, "EURUSD, of which the embedded candles are")
    pair = data.eurusd_h1_2017()
    if spread is None:
        return pair.bid, pair.ask, pair.note
    bid = data.derive_bid(pair.ask, spread, 0.0001, 5) if spread else pair.ask
    note = pair.note.replace(f"{pair.spread_pips} pip", f"{spread:g} pip")
    return bid, pair.ask, note


def _two(files: Sequence[str], time_unit: str | None) -> tuple[Any, Any, str]:
    first, second = files
    names = [Path(name).name.lower() for name in files]
    if "ask" in names[0] and "bid" in names[1]:
        first, second = second, first
    bid, ask = (data.read_file(name, time_unit=time_unit) for name in (first, second))
    return bid, ask, f"bid from {first}, ask from {second}"


def _one(
    file: str,
    side: str,
    spread: float | None,
    pip: float | None,
    digits: int | None,
    time_unit: str | None,
) -> tuple[Any, Any, str]:
    both = _both_sides(Path(file))
    if both is not None:
        return (*both, f"bid and ask from {file}")
    if spread is None:
        expected = "the spread in pips by which the other side is derived, or a second file"
        raise _option("spread", None, expected)
    if not spread >= 0.0:
        raise _option("spread", spread, "a number of pips, at least 0")
    if spread and pip is None:
        raise _option("pip", None, "the price units of a pip, such as --pip 0.01")
    if side not in {"bid", "ask"}:
        raise _option("side", side, "bid or ask")
    table = data.read_file(file, time_unit=time_unit)
    derive = data.derive_bid if side == "ask" else data.derive_ask
    # Without a spread the other side is the same, to the last bit.
    other = derive(table, spread, pip or 0.0, digits) if spread else table
    bid, ask = (other, table) if side == "ask" else (table, other)
    made = "bid" if side == "ask" else "ask"
    return bid, ask, f"{side} from {file}, {made} derived from a constant spread of {spread:g} pip"


def _both_sides(file: Path) -> tuple[Any, Any] | None:
    """Read a file that has both sides; None where it has not."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    if not file.is_file():
        return None
    try:
        if file.suffix.lower() in {".parquet", ".pq"}:
            names = [name.lower() for name in parquet.read_schema(file).names]
            table = parquet.read_table(file) if "bid_open" in names else None
        else:
            with file.open(encoding="utf-8-sig") as stream:
                header = stream.readline().rstrip("\r\n").split(",")
            names = [name.strip().strip('"') for name in header]
            if "bid_open" not in [name.lower() for name in names]:
                return None
            text = csv.ConvertOptions(column_types=dict.fromkeys(names[:1], pa.string()))
            table = csv.read_csv(file, convert_options=text)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        told = " ".join(str(error).split())
        raise DataError(
            f"{file}: cannot be read: {told}; expected candles in CSV or Parquet",
            code="FILE_UNREADABLE",
            field=str(file),
            value=told,
            expected="candles in CSV or Parquet",
        ) from None
    return None if table is None else split_sides(table)


def _length(timeframe: str) -> int:
    unit, count = timeframe[:1].upper(), timeframe[1:]
    if unit not in _UNITS_US or not count.isdigit() or int(count) < 1:
        raise _option("timeframe", timeframe, "M1, M5, H1, D1 or the like")
    return int(count) * _UNITS_US[unit]


def _option(field: str, value: object, expected: str) -> ConfigError:
    return ConfigError(
        f"{field} is {value!r}; expected {expected}",
        code="OPTION_UNKNOWN",
        field=field,
        value=value,
        expected=expected,
    )
