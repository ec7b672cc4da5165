"""Candles of a lower timeframe, for ``intrabar="drilldown"`` (rule X3.drilldown).

They come in every form in which candles come; an executor takes those of its own backend.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from fillproof import intake

__all__ = ["describe", "lower_candles", "note"]


def lower_candles(given: Any, symbol: str | None, engine: Any) -> dict[str, dict[str, Any]] | None:
    """Bring lower candles into the form in which an executor of a backend takes them.

    Parameters
    ----------
    given : optional
        Both sides: a mapping with ``bid``, ``ask`` and perhaps ``timeframe``, a `CandlePair`, or a
        pair; or a mapping of symbol to one of them.
    symbol : str, optional
        The only symbol of the run; None: `given` names symbols.
    engine
        The backend's package.

    Returns
    -------
    dict or None
        ``{symbol: {"bid": ..., "ask": ...}}``.

    Examples
    --------
    >>> from fillproof import data, python
    >>> pair = data.eurusd_h1_2017()
    >>> made = lower_candles(pair, "EURUSD", python)
    >>> list(made), sorted(made["EURUSD"]), made["EURUSD"]["timeframe"]
    (['EURUSD'], ['ask', 'bid', 'timeframe'], 'H1')
    """
    if given is None:
        return None
    named = isinstance(given, Mapping) and not {"bid", "ask"} & set(given)
    by_symbol = given if named or symbol is None else {symbol: given}
    return {name: _sides(sides, engine) for name, sides in by_symbol.items()}


def _sides(given: Any, engine: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        sides = dict(given)
    elif hasattr(given, "bid") and hasattr(given, "ask"):
        sides = {name: getattr(given, name, None) for name in ("bid", "ask", "timeframe")}
    else:
        bid, ask = given
        sides = {"bid": bid, "ask": ask}
    for side in ("bid", "ask"):
        if sides.get(side) is not None:
            sides[side] = intake.candles(sides[side], engine)
    return {name: value for name, value in sides.items() if value is not None}


def describe(executor: Any) -> dict[str, Any] | None:
    """Say of the lower candles of an executor what a result keeps: bars, times, what they hash to.

    >>> describe(object()) is None
    True
    """
    given = getattr(executor, "lower_candles", None)
    if not given:
        return None
    return {symbol: _described(sides) for symbol, sides in given.items()}


def _described(sides: Mapping[str, Any]) -> dict[str, Any]:
    from fillproof.python import Candles

    hashed = blake2b(digest_size=16)
    for side in ("bid", "ask"):
        series = sides[side]
        columns = series if hasattr(series, "time_us") else Candles.from_candles(series)
        for name in ("time_us", "open", "high", "low", "close"):
            hashed.update(getattr(columns, name).tobytes())
    return {
        "bars": len(columns),
        "first_us": int(columns.time_us[0]),
        "last_us": int(columns.time_us[-1]),
        "timeframe": sides.get("timeframe"),
        "digest": hashed.hexdigest(),
    }


def note(executor: Any) -> str | None:
    """Say how often the lower bars decided, for the notes of a result; None without drilldown.

    >>> note(object()) is None
    True
    """
    if getattr(executor, "lower_candles", None) is None:
        return None
    counts = executor.drilldowns
    told = (
        f"lower bars decided {counts['decided']} of {counts['asked']} bars that left a trade open "
        "to two readings (X3.drilldown)"
    )
    if counts["without"]:
        told += f"; {counts['without']} had no lower bars"
    return told
