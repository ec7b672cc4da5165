"""The path that an intrabar mode reads into a candle (rules X3, E5, S4)."""

from __future__ import annotations

from .arithmetic import distance, ticks
from .quotes import Quote
from .rule_ids import X3_BEST, X3_CANDLE_COLOR, X3_NEAREST_EXTREME, X3_OHLC, X3_OLHC, X3_WORST

HIGH_FIRST = 1
LOW_FIRST = -1
NO_PATH = 0

PATH_RULES = {
    "ohlc": X3_OHLC,
    "olhc": X3_OLHC,
    "nearest_extreme": X3_NEAREST_EXTREME,
    "candle_color": X3_CANDLE_COLOR,
}


def first_extreme(intrabar: str, quote: Quote, sign: float, digits: int | None) -> int:
    """Tell which extreme of a bar comes first: HIGH_FIRST, LOW_FIRST or NO_PATH (X3).

    Parameters
    ----------
    intrabar : str
    quote : Quote
    sign : float
        Of the position whose closing side's candle decides.
    digits : int, optional
        Distances count in whole ticks where given.
    """
    if intrabar == "ohlc":
        return HIGH_FIRST
    if intrabar == "olhc":
        return LOW_FIRST
    if intrabar not in PATH_RULES:
        return NO_PATH
    open_, high, low, close = quote.closing_candle(sign)
    if intrabar == "candle_color":
        if close == open_:
            return NO_PATH
        return LOW_FIRST if close > open_ else HIGH_FIRST
    if digits is None:
        to_high, to_low = distance(high, open_), distance(open_, low)
    else:
        to_high, to_low = ticks(high, open_, digits), ticks(open_, low, digits)
    if to_high == to_low:
        return NO_PATH
    return HIGH_FIRST if to_high < to_low else LOW_FIRST


def decide_tie(intrabar: str, quote: Quote, sign: float, digits: int | None) -> tuple[str, bool]:
    """Decide a bar that touches stop and target: (rule, whether the stop is taken) (X3)."""
    if intrabar == "best":
        return X3_BEST, False
    first = first_extreme(intrabar, quote, sign, digits)
    if first == NO_PATH:
        return X3_WORST, True
    # The stop of a long is below, that of a short above.
    return PATH_RULES[intrabar], (first == HIGH_FIRST) == (sign < 0.0)
