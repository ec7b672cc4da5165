"""Random accounts: rates, margin and swaps, chosen so that they matter.  Needs hypothesis."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from .case_keys import EPOCH
from .fuzz_market import Market
from .fuzz_several import Axis
from .scripted import to_number

__all__ = ["CURRENCIES", "FOCUSES", "draw_account"]

CURRENCIES = {
    "EURUSD": ("EUR", "USD"),
    "USDJPY": ("USD", "JPY"),
    "EURJPY": ("EUR", "JPY"),
    "XAUUSD": ("XAU", "USD"),
    "US30": ("US30", "USD"),
}
# Roughly what one is worth in dollars, so that rates are of a size that makes sense.
_WORTH = {
    "USD": 1.0, "EUR": 1.1, "JPY": 0.009, "GBP": 1.3, "CHF": 1.15, "XAU": 1950.0, "US30": 49152.0,
}  # fmt: skip
_WAYS = ["direct"] * 4 + ["inverse"] * 4 + ["both"] * 2 + ["hub"] * 6 + ["none"]
_DAYS = "Mon Tue Wed Thu Fri".split()
# Integers are drawn with a liking for 0, samples are not.
_SELDOM = st.sampled_from([False] * 39 + [True])
FOCUSES = ("any", "margin", "night")
"""What an account is mostly about: rates, margin that is hardly enough, or swaps."""


def draw_account(
    draw: st.DrawFn,
    config: dict[str, Any],
    markets: list[Market],
    axis: Axis,
    focus: str,
    *,
    clock: bool,
) -> None:
    """Add rates, margin and swaps to a configuration that has specifications.

    Parameters
    ----------
    draw
        Given by hypothesis.
    config
        Of a case; changed.
    markets
        In the order of the specifications.
    axis
        Their times.
    focus
        One of `FOCUSES`.
    clock
        Whether keys are times; without, only numbers are drawn as rates, and no swaps.
    """
    specs = [config["spec"], *config.get("more_specs", [])]
    parity = config["policy"].get("preset") == "parity"
    with_margin = focus == "margin" or (focus == "any" and not parity and draw(st.booleans()))
    with_rates = with_margin or focus == "any" or draw(st.booleans())
    if with_rates:
        account = draw(st.sampled_from(["USD", "USD", "EUR", "JPY", "CHF"]))
        wanted = _name_currencies(draw, specs, bases=with_margin)
        wanted.discard(account)
        traded = {"/".join(CURRENCIES[market.symbol]): market.symbol for market in markets if clock}
        series = focus != "margin" if clock else draw(_SELDOM)
        config["rates"] = _rates(draw, account, sorted(wanted), traded, axis, series=series)
    if with_margin:
        _add_margin(draw, config, specs)
    if not parity and (clock or draw(_SELDOM)) and (focus == "night" or draw(st.booleans())):
        _add_swaps(draw, specs)
    if draw(_SELDOM):
        config["executor_timeframe"] = None


def _name_currencies(draw: st.DrawFn, specs: list[dict[str, Any]], *, bases: bool) -> set[str]:
    """Write currencies into the specifications; return those that may have to be converted."""
    found = set()
    for spec in specs:
        base, quote = CURRENCIES[spec["symbol"]]
        if draw(st.sampled_from([True] * 5 + [False])):
            spec["quote_currency"] = quote
            found.add(quote)
        # With margin a symbol without one is refused.
        if not draw(_SELDOM) if bases else draw(st.booleans()):
            spec["base_currency"] = base
            if bases:
                found.add(base)
    return found


def _rates(
    draw: st.DrawFn,
    account: str,
    wanted: list[str],
    traded: dict[str, str],
    axis: Axis,
    *,
    series: bool,
) -> dict[str, Any]:
    """Draw for each currency by which pairs it is converted, if at all."""
    hub = draw(st.sampled_from([None, "USD", "EUR", "GBP"]))
    names: list[str] = []
    for currency in wanted:
        way = draw(st.sampled_from(_WAYS))
        direct, inverse = f"{currency}/{account}", f"{account}/{currency}"
        if way in {"direct", "both"}:
            names.append(direct)
        if way in {"inverse", "both"}:
            names.append(inverse)
        if way == "hub":
            for one, other in ((currency, hub or "GBP"), (hub or "GBP", account)):
                legs = [f"{one}/{other}", f"{other}/{one}"]
                names += draw(st.sampled_from([legs[:1], legs[1:], legs]))
    pairs = {
        name: _rate(draw, name, traded, axis) if series else _number(draw, name)
        for name in dict.fromkeys(names)
        if len(set(name.split("/"))) == 2
    }
    rates: dict[str, Any] = {"account": account, "pairs": pairs}
    if hub is not None:
        rates["hub"] = hub
    bars = draw(st.sampled_from([None, "0", "1", "1", "2.5", "4"]))
    if bars is not None:
        minutes = to_number(bars) * (axis.length / timedelta(minutes=1))
        rates["max_age_minutes"] = f"{minutes:g}"
    return rates


def _rate(draw: st.DrawFn, name: str, traded: dict[str, str], axis: Axis) -> Any:
    """Draw a number, the bars of a traded symbol, or a series with gaps."""
    if draw(st.sampled_from([False, False, True])):
        return _number(draw, name)
    if name in traded and draw(st.booleans()):
        return {"bars_of": traded[name]}
    length_us = axis.length // (EPOCH.resolution)
    # The ends of bars, a microsecond beside them, and something old.
    beside = st.sampled_from([length_us, length_us, length_us, 0, 1, -1, -90_000_000_000])
    places = st.lists(
        st.tuples(st.sampled_from(axis.times), beside), min_size=1, max_size=len(axis.times)
    )
    ends = {_us(time) + offset for time, offset in draw(places)}
    if draw(st.sampled_from([True, True, False])):
        ends.add(_us(axis.times[0]))
    return {"end_us": sorted(ends), "rates": [_number(draw, name) for _ in ends]}


def _us(time: datetime) -> int:
    return (time - EPOCH) // EPOCH.resolution


def _number(draw: st.DrawFn, name: str) -> str:
    one, other = name.split("/")
    worth = _WORTH[one] / _WORTH[other]
    return f"{worth * (1.0 + draw(st.integers(-9, 9)) / 997.0):.7g}"


def _add_margin(draw: st.DrawFn, config: dict[str, Any], specs: list[dict[str, Any]]) -> None:
    """Draw a leverage, and a balance that is enough for an order or two."""
    leverage = draw(st.sampled_from(["2000", "2000", "500", "500", "100", "3"]))
    config["margin"] = {"leverage": leverage}
    stop_out = draw(st.sampled_from(["absent", None, "0.5", "0.9", "0.97", "1", "1.05"]))
    if stop_out != "absent":
        config["margin"]["stop_out"] = stop_out
    price = draw(st.sampled_from([None, "worst", "close"]))
    if price is not None:
        config["margin"]["stop_out_price"] = price
    if draw(st.sampled_from([False, False, False, True])):
        draw(st.sampled_from(specs))["leverage"] = draw(st.sampled_from(["50", "3000", None]))
    if draw(st.sampled_from([True] * 5 + [False])):
        config["sizing"] = {"fixed_lots": draw(st.sampled_from(["0.1", "0.1", "0.24", "0.03"]))}
    lots = to_number(config["sizing"].get("fixed_lots", "0.1"))
    size = to_number(specs[0].get("contract_size", "100000"))
    base, _ = CURRENCIES[specs[0]["symbol"]]
    worth = _WORTH[base] / _WORTH[config["rates"]["account"]]
    need = ((lots * size) / to_number(leverage)) * worth
    share = draw(st.sampled_from([0.5, 1.02, 1.05, 1.1, 1.1, 1.3, 2.1, 2.2, 3.3, 100.0]))
    config["initial_balance"] = f"{need * share:.6g}"


def _add_swaps(draw: st.DrawFn, specs: list[dict[str, Any]]) -> None:
    points = st.sampled_from(["-3.5", "2", "0.7", "-12.25", "-1", "0", None])
    for spec in specs:
        # Points want digits.
        if spec["digits"] is None and not draw(_SELDOM):
            continue
        for name in ("swap_long", "swap_short"):
            chosen = draw(points)
            if chosen is not None:
                spec[name] = chosen
        day = draw(st.sampled_from([None, None, *_DAYS]))
        if day is not None:
            spec["swap_triple"] = day
