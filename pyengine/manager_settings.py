"""What a PositionManager is told to do; values, checked when made (rules M1)."""

from __future__ import annotations

from .errors import make_error
from .indicators.atr import Atr
from .settings import Settings, number


class BreakEven(Settings):
    """Sets the stop to the fill once the position has gained enough (M1.break_even).

    Parameters
    ----------
    after_r, after_pips : float, optional
        The gain, in units of the initial risk or in pips; exactly one of them.
    buffer_pips : float
        How far beyond the fill.

    Errors
    ------
    OPTION_UNKNOWN, NUMBER_INVALID

    Examples
    --------
    >>> BreakEven(after_r=1.0)
    BreakEven(after_r=1.0, after_pips=None, buffer_pips=0.0)
    """

    _fields = ("after_r", "after_pips", "buffer_pips")
    after_r: float | None
    after_pips: float | None
    buffer_pips: float

    def __init__(
        self,
        after_r: float | None = None,
        after_pips: float | None = None,
        buffer_pips: float = 0.0,
    ) -> None:
        values = _one_of(after_r=after_r, after_pips=after_pips)
        self._set(**values, buffer_pips=number(buffer_pips, "buffer_pips", least=0.0))


class Trailing(Settings):
    """Lets the stop follow the close at a distance (M1.trailing).

    Parameters
    ----------
    pips, r, atr : float, optional
        The distance, in pips, in units of the initial risk, or in average true ranges of the
        bars of the side that closes the position, warm-up included; exactly one of them.
    period : int
        Bars of the average true range.

    Errors
    ------
    OPTION_UNKNOWN, NUMBER_INVALID, PERIOD_INVALID

    Examples
    --------
    >>> Trailing(atr=3.0).period
    14
    """

    _fields = ("pips", "r", "atr", "period")
    pips: float | None
    r: float | None
    atr: float | None
    period: int

    def __init__(
        self,
        pips: float | None = None,
        r: float | None = None,
        atr: float | None = None,
        period: int = 14,
    ) -> None:
        self._set(**_one_of(pips=pips, r=r, atr=atr), period=Atr(period).period)


class Partial(Settings):
    """Closes a part of the position once it has gained enough (M1.partial).

    Parameters
    ----------
    fraction : float
        Of the initial size, above 0 and at most 1.
    after_r, after_pips : float, optional
        As in BreakEven; exactly one of them.

    Errors
    ------
    OPTION_UNKNOWN, NUMBER_INVALID

    Examples
    --------
    >>> Partial(0.5, after_pips=20)
    Partial(fraction=0.5, after_r=None, after_pips=20.0)
    """

    _fields = ("fraction", "after_r", "after_pips")
    fraction: float
    after_r: float | None
    after_pips: float | None

    def __init__(
        self,
        fraction: float,
        after_r: float | None = None,
        after_pips: float | None = None,
    ) -> None:
        share = number(fraction, "fraction", least=0.0, above=True)
        if share > 1.0:
            raise make_error(
                "NUMBER_INVALID", field="fraction", value=fraction,
                expected="a finite number > 0.0 and <= 1.0",
            )  # fmt: skip
        self._set(fraction=share, **_one_of(after_r=after_r, after_pips=after_pips))


def _one_of(**values: float | None) -> dict[str, float | None]:
    """Read settings of which exactly one is given, as numbers above zero."""
    given = [name for name, value in values.items() if value is not None]
    if len(given) != 1:
        raise make_error(
            "OPTION_UNKNOWN", field=", ".join(values), value=len(given),
            expected="exactly one of them",
        )  # fmt: skip
    return {
        name: None if value is None else number(value, name, least=0.0, above=True)
        for name, value in values.items()
    }
