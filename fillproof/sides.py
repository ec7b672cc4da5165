"""Both sides of a market in one argument: a pair, a mapping, an object, or one frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fillproof.candle_table import PRICES
from fillproof.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

SIDES = ("bid", "ask")
_EXPECTED = (
    "a pair (bid, ask), a mapping or an object with bid and ask, or a frame with the columns "
    "bid_open to ask_close"
)


def split_sides(candles: Any) -> tuple[Any, Any]:
    """Take bid and ask out of one argument.

    Parameters
    ----------
    candles : object
        A tuple or list of the two; a mapping with the keys ``bid`` and ``ask``; an object with
        attributes of these names, such as `fillproof.data.CandlePair`; or one frame of both sides:
        anything with the Arrow interface, a structured numpy array or a mapping of name to array,
        with the columns ``timestamp`` (or ``time_us``), ``bid_open``, ``bid_high``, ``bid_low``,
        ``bid_close``, ``ask_open`` and so on, and, if there are any, ``bid_volume``,
        ``ask_volume`` or one ``volume`` for both.

    Returns
    -------
    bid, ask
        Each in a form that `fillproof.run_backtest` takes.

    Raises
    ------
    DataError
        ``COLUMNS_MISSING``: it is none of these, or a frame without one of the prices. What
        `fillproof.data.from_frame` raises, too; the side stands before the row then.

    Examples
    --------
    >>> split_sides({"bid": [1], "ask": [2]})
    ([1], [2])
    >>> price = [1.1, 1.2]
    >>> named = {f"{side}_{name}": price for side in SIDES
    ...          for name in ("open", "high", "low", "close")}
    >>> bid, ask = split_sides({"time_us": [0, 60_000_000], **named})
    >>> len(bid)
    2
    """
    if isinstance(candles, (tuple, list)) and len(candles) == 2:
        return candles[0], candles[1]
    if isinstance(candles, Mapping) and all(side in candles for side in SIDES):
        return candles["bid"], candles["ask"]
    if _is_frame(candles):
        return _from_frame(candles)
    if all(hasattr(candles, side) for side in SIDES):
        return candles.bid, candles.ask
    raise DataError(
        f"candles is a {type(candles).__name__}; expected {_EXPECTED}",
        code="COLUMNS_MISSING",
        field="candles",
        value=type(candles).__name__,
        expected=_EXPECTED,
    )


def _is_frame(candles: Any) -> bool:
    return (
        isinstance(candles, Mapping)
        or hasattr(candles, "__arrow_c_stream__")
        or hasattr(candles, "__arrow_c_array__")
        or bool(getattr(getattr(candles, "dtype", None), "names", None))
    )


def _from_frame(frame: Any) -> tuple[Any, Any]:
    """Take both sides from the columns of one frame."""
    from fillproof import frames

    table, source = frames.to_table(frame), frames.source_of(frame)
    bid, ask = (
        frames.from_arrow(_side(table, side, source), source=f"{source}, {side} side")
        for side in SIDES
    )
    return bid, ask


def _side(table: pa.Table, side: str, source: str) -> pa.Table:
    """Return the columns of one side under their bare names."""
    from fillproof import frames

    keys = [name.strip().lower() for name in table.column_names]
    missing = [f"{side}_{name}" for name in PRICES if f"{side}_{name}" not in keys]
    if missing:
        expected = "bid_open to bid_close and ask_open to ask_close"
        frames.columns_missing(source, missing, table, expected)
    own = [key for key in keys if key.startswith(f"{side}_")]
    shared = [key for key in ("timestamp", "time_us", "volume") if key in keys]
    chosen = own + [key for key in shared if f"{side}_{key}" not in own]
    return table.select([keys.index(key) for key in chosen]).rename_columns(
        [key.removeprefix(f"{side}_") for key in chosen]
    )
