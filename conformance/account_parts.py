"""Makes what belongs to the account of a run: rates, margin, and a portfolio that lacks something.

Only what a case names is passed on, so that a default is the engine's own.
"""

from __future__ import annotations

from typing import Any

from .case_keys import is_cross, rows_of
from .scripted import parse_time, to_number

__all__ = ["Lacking", "lower_of", "margin_of", "rates_of", "timeframe_of"]


class Lacking:
    """A portfolio of somebody else: all that the engine's own has, without some methods.

    Parameters
    ----------
    inner
        The engine's own.
    without
        Names that are not there.
    """

    def __init__(self, inner: Any, without: list[str]) -> None:
        self._inner = inner
        self._without = frozenset(without)

    def __getattr__(self, name: str) -> Any:
        if name in self._without:
            raise AttributeError(name)
        return getattr(self._inner, name)


def rates_of(engine: Any, case: dict[str, Any]) -> Any:
    """Make the Rates of a case; a series may be made of the bars of a symbol that it trades."""
    asked = case["config"]["rates"]
    given: dict[str, Any] = {}
    if "hub" in asked:
        given["hub"] = asked["hub"]
    if "max_age_minutes" in asked:
        given["max_age_minutes"] = to_number(asked["max_age_minutes"])
    if "pairs" not in asked:
        return engine.Rates(asked["account"], **given)
    pairs = {pair: _rate(engine, case, rate) for pair, rate in asked["pairs"].items()}
    return engine.Rates(asked["account"], pairs, **given)


def margin_of(engine: Any, config: dict[str, Any]) -> Any:
    """Make the Margin of a configuration."""
    return engine.Margin(
        **{
            name: value if name == "stop_out_price" else to_number(value)
            for name, value in config["margin"].items()
        }
    )


def lower_of(engine: Any, config: dict[str, Any]) -> dict[str, Any]:
    """Make the lower bars of a configuration, for drilldown."""
    return {symbol: _lower(engine, asked) for symbol, asked in config["lower"].items()}


def timeframe_of(config: dict[str, Any]) -> str | None:
    """Find the timeframe of the executor; None where it needs none.

    Examples
    --------
    >>> timeframe_of({"timeframe": "M1", "margin": {}}), timeframe_of({"timeframe": "M1"})
    ('M1', None)
    """
    if "executor_timeframe" in config:
        named: str | None = config["executor_timeframe"]
        return named
    specs = [config.get("spec") or {}, *config.get("more_specs", [])]
    swaps = any(name in spec for spec in specs for name in ("swap_long", "swap_short"))
    needed = swaps or any(name in config for name in ("rates", "margin", "lower"))
    return config["timeframe"] if needed else None


def _rate(engine: Any, case: dict[str, Any], asked: Any) -> Any:
    if not isinstance(asked, dict):
        return to_number(asked)
    if "end_us" in asked:
        return engine.RateSeries(asked["end_us"], [to_number(rate) for rate in asked["rates"]])
    if "bars_of" in asked:
        timeframe = case["config"]["timeframe"]
        bid, ask = (dict(side) for side in rows_of(case, asked["bars_of"]))
        both = [key for key in (sorted(bid) if is_cross(case) else bid) if key in ask]
        rows = [[key, *bid[key], *ask[key]] for key in both]
    else:
        timeframe = asked["timeframe"]
        rows = [[parse_time(row[0]), *row[1:]] for row in asked["bars"]]
    return engine.RateSeries.of(
        [_candle(engine, row[0], row[1:5]) for row in rows],
        [_candle(engine, row[0], row[5:9]) for row in rows],
        timeframe,
    )


def _lower(engine: Any, asked: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if "bars" in asked:
        for side, first in (("bid", 1), ("ask", 5)):
            given[side] = [
                _candle(engine, parse_time(row[0]), row[first : first + 4]) for row in asked["bars"]
            ]
    for side in ("bid", "ask"):
        if side in asked:
            given[side] = [_candle(engine, parse_time(row[0]), row[1:]) for row in asked[side]]
    if "timeframe" in asked:
        given["timeframe"] = asked["timeframe"]
    return given


def _candle(engine: Any, time: Any, prices: list[str]) -> Any:
    return engine.Candle(time, *(to_number(price) for price in prices))
