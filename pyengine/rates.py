"""Rates of exchange: from which currency to which, and since when they are known (rule P5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .arithmetic import is_finite
from .candles import is_number
from .errors import make_error
from .rate_series import RateSeries
from .sessions import MINUTE_US
from .settings import Settings, is_currency, number

DIRECT = "direct"
INVERSE = "inverse"
HUB = "hub"


class Found(NamedTuple):
    """What a conversion came to.

    Attributes
    ----------
    amount : float
        In the currency wanted.
    route : {"direct", "inverse", "hub"}
    age_us : int or None
        Of the rate, of the older one by the hub; None where all are fixed numbers.
    stale : bool
        Whether it is older than max_age_minutes.
    """

    amount: float
    route: str
    age_us: int | None
    stale: bool


class Rates(Settings):
    """The account's currency, and rates to convert others into it (P5).

    Parameters
    ----------
    account : str
        Such as USD.
    pairs : mapping of str to float or RateSeries, optional
        Keys FROM/TO, such as EUR/USD; a number is known always, a series from the ends of its
        bars on.
    hub : str, optional
        Currency over which two others are converted where no pair joins them.
    max_age_minutes : float
        An order is rejected where its rate is older (S3.rate); afterwards it is only flagged.

    Errors
    ------
    RATES_INVALID, NUMBER_INVALID

    Examples
    --------
    >>> Rates("USD", {"USD/JPY": 160.0}).find(100000.0, "JPY", "USD", 0).amount
    625.0
    """

    _fields = ("account", "pairs", "hub", "max_age_minutes")
    account: str
    hub: str | None
    max_age_minutes: float
    _pairs: dict[str, float | RateSeries]
    _max_age_us: float

    def __init__(
        self,
        account: str,
        pairs: Mapping[str, float | RateSeries] | None = None,
        *,
        hub: str | None = None,
        max_age_minutes: float = 5760.0,
    ) -> None:
        for field, currency in (("account", account), ("hub", hub)):
            if not is_currency(currency) and not (field == "hub" and currency is None):
                raise make_error(
                    "RATES_INVALID", field=field, value=currency,
                    expected="a name without a slash, such as USD",
                )  # fmt: skip
        minutes = number(max_age_minutes, "max_age_minutes", least=0.0)
        self._set(
            account=account,
            hub=hub,
            max_age_minutes=minutes,
            _pairs=_read_pairs({} if pairs is None else pairs),
            _max_age_us=minutes * MINUTE_US,
        )

    @property
    def pairs(self) -> dict[str, float | RateSeries]:
        """Rates by pair; a copy."""
        return dict(self._pairs)

    @property
    def has_series(self) -> bool:
        """Whether a pair is a series, for which moments have to be known."""
        return any(not isinstance(rate, float) for rate in self._pairs.values())

    def find(self, amount: float, base: str, quote: str, moment_us: int) -> Found | None:
        """Convert an amount at a moment: direct, inverse or hub, fresh before stale (P5.stale).

        Parameters
        ----------
        amount : float
        base, quote : str
            Two different currencies: from which, to which.
        moment_us : int

        Returns
        -------
        Found or None
            None where no rate is known yet.
        """
        stale: Found | None = None
        for route in (DIRECT, INVERSE, HUB):
            if route == HUB:
                found = self._over_hub(amount, base, quote, moment_us)
            else:
                found = self._leg(amount, base, quote, moment_us, route)
            if found is not None and not found.stale:
                return found
            if stale is None:
                stale = found
        return stale

    def _leg(
        self, amount: float, base: str, quote: str, moment_us: int, route: str
    ) -> Found | None:
        """Convert by one pair (P5.direct, P5.inverse)."""
        pair = f"{base}/{quote}" if route == DIRECT else f"{quote}/{base}"
        rate = self._pairs.get(pair)
        age_us: int | None = None
        if rate is None:
            return None
        if not isinstance(rate, float):
            known = rate.last(moment_us)
            if known is None:
                return None
            rate, age_us = known
        stale = age_us is not None and age_us > self._max_age_us
        return Found(amount * rate if route == DIRECT else amount / rate, route, age_us, stale)

    def _over_hub(self, amount: float, base: str, quote: str, moment_us: int) -> Found | None:
        """Convert by two pairs (P5.hub)."""
        hub = self.hub
        if hub is None or hub in (base, quote):
            return None
        first = self._best_leg(amount, base, hub, moment_us)
        if first is None:
            return None
        second = self._best_leg(first.amount, hub, quote, moment_us)
        if second is None:
            return None
        age_us = first.age_us
        if age_us is None or (second.age_us is not None and second.age_us > age_us):
            age_us = second.age_us
        return Found(second.amount, HUB, age_us, first.stale or second.stale)

    def _best_leg(self, amount: float, base: str, quote: str, moment_us: int) -> Found | None:
        direct = self._leg(amount, base, quote, moment_us, DIRECT)
        if direct is not None and not direct.stale:
            return direct
        inverse = self._leg(amount, base, quote, moment_us, INVERSE)
        if inverse is not None and not inverse.stale:
            return inverse
        return inverse if direct is None else direct

    def _values(self) -> tuple[object, ...]:
        return self.account, tuple(self._pairs.items()), self.hub, self.max_age_minutes

    def __eq__(self, other: object) -> bool:
        if type(other).__name__ != "Rates":
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name, None) for name in self._fields)

    def __hash__(self) -> int:
        return hash(("Rates", self._values()))

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (self.account, self._pairs, self.hub, self.max_age_minutes)


def _restore(
    account: str, pairs: dict[str, float | RateSeries], hub: str | None, minutes: float
) -> Rates:
    return Rates(account, pairs, hub=hub, max_age_minutes=minutes)


def _read_pairs(pairs: Any) -> dict[str, float | RateSeries]:
    """Read rates by pair (P5.rates)."""
    if not isinstance(pairs, Mapping):
        raise make_error("RATES_INVALID", field="pairs", value=pairs, expected="a mapping")
    read: dict[str, float | RateSeries] = {}
    for pair, rate in pairs.items():
        names = pair.split("/") if isinstance(pair, str) else []
        if len(names) != 2 or names[0] == names[1] or not all(map(is_currency, names)):
            raise make_error(
                "RATES_INVALID", field="pairs", value=pair, expected="FROM/TO, such as EUR/USD"
            )
        if hasattr(rate, "end_us"):
            read[pair] = (
                rate if isinstance(rate, RateSeries) else RateSeries(rate.end_us, rate.rates)
            )
        elif is_number(rate) and is_finite(float(rate)) and float(rate) > 0.0:
            read[pair] = float(rate)
        else:
            raise make_error(
                "RATES_INVALID", field=pair, value=rate,
                expected="a finite number > 0 or a RateSeries",
            )  # fmt: skip
    return read
