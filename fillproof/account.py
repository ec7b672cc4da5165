"""An account's currency for pairs known by their names: specifications and rates (P5, A1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fillproof import backends, intake
from fillproof.errors import ConfigError
from fillproof.specs import is_forex, spec_fields


def pair_of(symbol: str) -> str:
    """Name the pair of a forex symbol as rates do.

    Examples
    --------
    >>> pair_of("EURUSD")
    'EUR/USD'
    """
    return f"{symbol[:3]}/{symbol[3:]}"


def specs_for(symbols: list[str], engine: Any, account: str | None) -> dict[str, Any]:
    """Guess a specification for each symbol by its name; with an account, its currencies, too.

    Raises
    ------
    ConfigError
        ``SPEC_REQUIRED``: a name that is not that of a forex pair.
    """
    named = account is not None
    return {symbol: engine.SymbolSpec(*spec_fields(symbol, currencies=named)) for symbol in symbols}


def rates_for(
    account: str, candles: Mapping[str, tuple[Any, Any]], timeframe: str, engine: Any
) -> Any:
    """Make rates of the run's own pairs, known from the end of each bar.

    Parameters
    ----------
    account : str
        Currency of the account.
    candles : mapping of str to (bid, ask)
        Forex symbols; others are left out.
    timeframe : str
        Length of the bars.
    engine
        A backend.

    Returns
    -------
    Rates
        With USD for a hub, where the account is in another currency.
    """
    pairs = {
        pair_of(symbol): engine.RateSeries.of(bid, ask, timeframe)
        for symbol, (bid, ask) in candles.items()
        if is_forex(symbol)
    }
    return engine.Rates(account, pairs, hub=None if account == "USD" else "USD")


def make_rates(
    account: str,
    pairs: Mapping[str, Any],
    *,
    hub: str | None = None,
    max_age_minutes: float = 5760.0,
    backend: str | None = None,
) -> Any:
    """Make `Rates` of numbers and of candles in any form.

    Parameters
    ----------
    account : str
        Currency of the account.
    pairs : mapping of str to float, CandlePair or (bid, ask, timeframe)
        Keys FROM/TO, such as ``"EUR/USD"``; a number is known always, candles from the end of each
        bar on (P5.moment).
    hub : str, optional
        Currency over which two others are converted where no pair joins them (P5.hub).
    max_age_minutes : float
        An order is rejected where its rate is older.
    backend : str, optional
        The one in use by default.

    Raises
    ------
    ConfigError
        ``RATES_INVALID``: a pair that is none, or a rate that is none.

    Examples
    --------
    >>> from fillproof import data
    >>> pair = data.daily_2021("USDJPY")
    >>> make_rates("USD", {"USD/JPY": pair, "EUR/USD": 1.18}, backend="python").pairs["USD/JPY"]
    RateSeries(88 rates, 2021-05-06T00:00:00+00:00 to 2021-09-04T00:00:00+00:00)
    """
    engine = backends.resolve(backend)[1]
    read: dict[str, Any] = {}
    for pair, rate in pairs.items():
        sides: Any = rate
        if hasattr(rate, "bid"):
            sides = rate.bid, rate.ask, rate.timeframe
        if isinstance(sides, (tuple, list)) and len(sides) == 3:
            bid, ask, timeframe = sides
            both = intake.candles(bid, engine), intake.candles(ask, engine)
            read[pair] = engine.RateSeries.of(*both, timeframe)
        else:
            read[pair] = rate
    return engine.Rates(account, read, hub=hub, max_age_minutes=max_age_minutes)


def has_swap(spec: Any) -> bool:
    """Tell whether holding a symbol costs or gains anything over night (P6.swap)."""
    return bool(getattr(spec, "swap_long", 0.0) or getattr(spec, "swap_short", 0.0))


def refuse_both(account: str | None, rates: Any) -> None:
    """Refuse an account beside rates, which name one already."""
    if account is not None and rates is not None:
        raise ConfigError(
            f"account is {account!r} beside rates in {rates.account!r}; give one of them",
            code="OPTION_UNKNOWN",
            field="account",
            value=account,
            expected="an account or rates",
        )
