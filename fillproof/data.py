"""Candles from files and frames, and the derivation of the side that was not recorded.

One row is one bar: ``timestamp`` (its opening), ``open``, ``high``, ``low``, ``close`` and, if
there is one, ``volume``. A time is text with an offset or ``Z``, or a whole number with a stated
unit; one without a zone is refused, since no engine can know what was meant. Prices are checked by
the engines (T2), not here: what cannot be read as a number is.

Examples
--------
>>> bars = eurusd_h1_2017()
>>> len(bars.bid), bars.spread_pips
(6225, 0.8)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fillproof.account import make_rates
from fillproof.candle_table import CandleTable, fix
from fillproof.errors import ConfigError
from fillproof.frames import from_frame
from fillproof.loaders import read_csv, read_file, read_parquet
from fillproof.specs import SpecFields, default_spec, spec_fields

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "DAILY",
    "CandlePair",
    "CandleTable",
    "SpecFields",
    "daily_2021",
    "default_spec",
    "derive_ask",
    "derive_bid",
    "eurusd_h1_2017",
    "from_frame",
    "make_rates",
    "read_csv",
    "read_file",
    "read_parquet",
    "spec_fields",
]

#: The spread from which the bid of the embedded candles is derived, in pips.
EMBEDDED_SPREAD_PIPS = 0.8
#: Spread of the embedded daily candles, pips.
DAILY_SPREAD_PIPS = 1.0
#: Symbols of the embedded daily candles.
DAILY = ("EURUSD", "GBPCAD", "GBPJPY", "GBPUSD", "USDCAD", "USDCHF", "USDJPY")


@dataclass(frozen=True)
class CandlePair:
    """Both sides of a symbol, and where they are from.

    Attributes
    ----------
    symbol : str
    timeframe : str
    bid, ask : CandleTable
    spread_pips : float or None
        The stated spread from which one side was derived; None where both were recorded.
    note : str
        One sentence for the user's screen.
    """

    symbol: str
    timeframe: str
    bid: CandleTable
    ask: CandleTable
    spread_pips: float | None
    note: str


def derive_bid(
    ask: CandleTable, spread_pips: float, pip_size: float, digits: int | None
) -> CandleTable:
    """Make the bid side from the ask side and a stated spread, the same in every bar.

    Each price is ``snap(ask - spread_pips * pip_size, digits)``, where
    ``snap(x, d) = floor(x * 10**d + 0.5) / 10**d`` (N2.snap); without digits it is not snapped.

    Parameters
    ----------
    ask : CandleTable
    spread_pips : float
        Spread in pips.
    pip_size : float
        Price units of a pip.
    digits : int or None
        Decimals of a price.

    Returns
    -------
    CandleTable
        With the times and the volume of `ask`.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([1.10010])
    >>> ask = CandleTable(np.array([0]), one, one, one, one)
    >>> float(derive_bid(ask, 0.8, 0.0001, 5).close[0])
    1.10002
    """
    return _shifted(ask, -(spread_pips * pip_size), digits)


def derive_ask(
    bid: CandleTable, spread_pips: float, pip_size: float, digits: int | None
) -> CandleTable:
    """Make the ask side from the bid side: ``snap(bid + spread_pips * pip_size, digits)``.

    The reverse of `derive_bid`, with the same parameters.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([110.012])
    >>> bid = CandleTable(np.array([0]), one, one, one, one)
    >>> float(derive_ask(bid, 1.5, 0.01, 3).close[0])
    110.027
    """
    return _shifted(bid, spread_pips * pip_size, digits)


def eurusd_h1_2017() -> CandlePair:
    """Return the embedded candles: EURUSD, one hour, the year 2017, 6,225 bars.

    The ask was recorded; the bid is derived from a spread of 0.8 pip, the same in every bar. The
    file is part of gym-anytrading (MIT licence).

    Examples
    --------
    >>> pair = eurusd_h1_2017()
    >>> float(pair.ask.close[0]), float(pair.bid.close[0])
    (1.05227, 1.05219)
    """
    from importlib import resources

    source = resources.files("fillproof.golden").joinpath("bars", "eurusd-h1-2017-ask.csv")
    with resources.as_file(source) as path:
        ask = read_csv(path)
    spec = spec_fields("EURUSD")
    bid = derive_bid(ask, EMBEDDED_SPREAD_PIPS, spec.pip_size, spec.digits)
    note = (
        "EURUSD H1 2017 (embedded, from gym-anytrading, MIT): ask as recorded, "
        f"bid derived from a constant spread of {EMBEDDED_SPREAD_PIPS} pip"
    )
    return CandlePair("EURUSD", "H1", bid, ask, EMBEDDED_SPREAD_PIPS, note)


def daily_2021(symbol: str) -> CandlePair:
    """Return embedded candles of one day: a pair from May to September 2021, 88 bars.

    The bid was recorded; the ask is derived from a spread of 1 pip, the same in every bar. The
    times of all seven agree. The files are part of gym-mtsim (MIT licence).

    Parameters
    ----------
    symbol : str
        One of `DAILY`.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: another symbol.

    Examples
    --------
    >>> pair = daily_2021("USDJPY")
    >>> float(pair.bid.close[0]), float(pair.ask.close[0])
    (109.188, 109.198)
    """
    from importlib import resources

    if symbol not in DAILY:
        raise ConfigError(
            f"symbol is {symbol!r}; expected one of {', '.join(DAILY)}",
            code="OPTION_UNKNOWN",
            field="symbol",
            value=symbol,
            expected=" or ".join(DAILY),
        )
    name = f"{symbol.lower()}-d1-2021-bid.csv"
    with resources.as_file(resources.files("fillproof.golden").joinpath("bars", name)) as path:
        bid = read_csv(path)
    spec = spec_fields(symbol)
    ask = derive_ask(bid, DAILY_SPREAD_PIPS, spec.pip_size, spec.digits)
    note = (
        f"{symbol} D1 2021 (embedded, from gym-mtsim, MIT): bid as recorded, "
        f"ask derived from a constant spread of {DAILY_SPREAD_PIPS} pip"
    )
    return CandlePair(symbol, "D1", bid, ask, DAILY_SPREAD_PIPS, note)


def _shifted(table: CandleTable, shift: float, digits: int | None) -> CandleTable:
    # Exact: a literal of a power of ten up to 1e22.
    scale = None if digits is None else float(f"1e{digits}")

    def moved(price: NDArray[np.float64]) -> NDArray[np.float64]:
        snapped: NDArray[np.float64] = _snap(price + shift, scale)
        fix(snapped)
        return snapped

    return CandleTable(
        table.time_us,
        moved(table.open),
        moved(table.high),
        moved(table.low),
        moved(table.close),
        table.volume,
    )


def _snap(price: Any, scale: float | None) -> Any:
    """Snap whole columns as the engines snap a number, bit for bit."""
    import numpy as np

    if scale is None:
        return price
    with np.errstate(over="ignore", invalid="ignore"):
        ticks = price * scale
        # Where every binary64 is a whole number there is no fraction of a tick left to round.
        small = np.abs(ticks) < 2.0**53
        return np.where(small, np.floor(ticks + 0.5) / scale, price) + 0.0
