"""The bars of a run by their times, for whoever looks at single ones afterwards."""

from __future__ import annotations

from typing import Any

from fillproof.candle_table import COLUMNS, CandleTable
from fillproof.errors import ConfigError
from fillproof.tables import to_us

PRICES = ("open", "high", "low", "close")

#: ``{"bid": (open, high, low, close), "ask": ...}``
Bar = dict[str, tuple[float, float, float, float]]


class Bars:
    """Bid and ask of a run, looked up by the time of the bar.

    Parameters
    ----------
    bid, ask : candles
        Of any form that `fillproof.run_backtest` takes.

    Examples
    --------
    >>> from fillproof import data
    >>> pair = data.eurusd_h1_2017()
    >>> Bars(pair.bid, pair.ask).at(int(pair.bid.time_us[0]))["ask"][3]
    1.05227
    """

    def __init__(self, bid: Any, ask: Any) -> None:
        self._sides = {"bid": _table(bid), "ask": _table(ask)}

    def at(self, time_us: int) -> Bar:
        """Return the bar that opens at a time, in microseconds since 1970.

        Raises
        ------
        ConfigError
            ``OPTION_UNKNOWN``: there is none, so these are not the candles of the run.
        """
        return {side: _prices(side, table, time_us) for side, table in self._sides.items()}


def _table(source: Any) -> CandleTable:
    if isinstance(source, CandleTable):
        return source
    if isinstance(source, (list, tuple)):
        return CandleTable(
            [to_us(candle.timestamp) for candle in source],
            *([getattr(candle, name) for candle in source] for name in PRICES),
        )
    if hasattr(source, "__arrow_c_stream__") or not hasattr(source, "time_us"):
        from fillproof.frames import shared_with

        return shared_with(source)
    return CandleTable(*(getattr(source, name) for name in COLUMNS))


def _prices(side: str, table: CandleTable, time_us: int) -> tuple[float, float, float, float]:
    import numpy as np

    index = int(np.searchsorted(table.time_us, time_us))
    if index == len(table) or int(table.time_us[index]) != time_us:
        from fillproof.wording import moment

        raise ConfigError(
            f"the {side} candles have no bar of {moment(time_us)}; expected those of the run",
            code="OPTION_UNKNOWN",
            field=side,
            value=time_us,
            expected="the candles of the run",
        )
    opened, high, low, close = (float(getattr(table, name)[index]) for name in PRICES)
    return opened, high, low, close
