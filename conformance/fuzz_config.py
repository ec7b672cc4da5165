"""Random configurations: every option of every preset, in combinations that are allowed.

Refusals of what is not allowed are what the invalid cases are for; here they would only end runs.
Needs hypothesis.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .fuzz_market import Market, price_text

__all__ = ["draw_config", "draw_spec"]

_MODES = (
    "worst worst_strict best ohlc olhc nearest_extreme candle_color drilldown drilldown".split()
)
_SEEDS = ("0", "1", "20260117", "18446744073709551615")
_WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_CANONICAL_FEES: list[dict[str, str]] = [
    {},
    {"per_lot": "3.5"},
    {"per_million": "30", "minimum": "0.5"},
    {"percent": "0.0025", "per_lot": "0.1"},
]
_PARITY_FEES: list[dict[str, str]] = [{}, {"per_million": "30", "minimum": "0.5"}]


def draw_config(
    draw: st.DrawFn, market: Market, theme: str, *, parity: bool = True, spec: bool = True
) -> dict[str, Any]:
    """Draw the `config` of a case for a market; with drilldown `draw_lower` has to follow.

    Parameters
    ----------
    draw
        Given by hypothesis.
    market
        Of the symbol, or the first one.
    theme
        Says whether managers are wanted.
    parity
        Whether the preset parity may come.
    spec
        Whether the specification may be missing.
    """
    parity = parity and draw(st.sampled_from([False, False, False, False, True]))
    count = len(market.times)
    specified = draw_spec(draw, market, needed=not spec)
    lots = st.sampled_from(["0.1", "0.1", "0.03", "1.37", "0.015"])
    config: dict[str, Any] = {
        "symbol": market.symbol,
        "timeframe": "M1",
        # A few ticks use up the last two, and then nothing is opened any more.
        "initial_balance": draw(st.sampled_from(["10000"] * 10 + ["1234.56"] * 6 + ["5", "0"])),
        "start_bar": draw(st.sampled_from([0, 0, 0, min(2, count - 1)])),
        "strict": draw(st.sampled_from([False] * 19 + [True])),
        "spec": specified,
        "policy": _parity(draw) if parity else _canonical(draw),
        "sizing": {"fixed_lots": draw(lots)} if draw(st.booleans()) else draw(_by_risk()),
        "slippage_pips": draw(st.sampled_from(["0", "0", "0.1", "0.37", "2"])),
        "fees": draw(st.sampled_from(_PARITY_FEES if parity else _CANONICAL_FEES)),
    }
    if specified is None:
        # Without a specification there are no pips and no value of a point.
        if not parity:
            config["sizing"] = {"fixed_lots": draw(lots)}
        config["slippage_pips"] = draw(st.sampled_from(["0", "0", "0", "1"]))
        for name in ("limit_through_pips", "exit_buffer_pips"):
            if not parity:
                config["policy"].pop(name, None)
    elif not parity and draw(st.sampled_from([False, False, True])):
        config["random_pips"] = draw(st.sampled_from(["0.1", "0.5", "3"]))
        config["seed"] = draw(st.sampled_from(_SEEDS))
    if draw(st.sampled_from([False, False, False, True])):
        config["session"] = _session(draw, market, no_entry=not parity)
    managed = {"manager": [True], "exit": [False], "entry": [False]}.get(
        theme, [False, False, True]
    )
    if draw(st.sampled_from(managed)):
        config["manager"] = _manager(draw, market, pips=specified is not None)
    return config


def draw_spec(draw: st.DrawFn, market: Market, *, needed: bool = False) -> dict[str, Any] | None:
    """Draw the specification of a market's symbol; None where there is none, if it may be so."""
    tick = price_text(1, market.decimals)
    chosen: dict[str, Any] | None = draw(
        st.sampled_from(
            [
                {},
                {},
                {},
                {"digits": None},
                {"digits": market.decimals - 1 if market.decimals else None},
                {"min_stop_distance": price_text(3, market.decimals)},
                {"contract_size": "1000", "volume_max": "0.5"},
                {"tick_size": tick, "tick_value": "0.9137"},
                {"volume_min": "0.03", "volume_step": "0.07"},
                *([] if needed else [None]),
            ]
        )
    )
    if chosen is None:
        return None
    return {
        "symbol": market.symbol,
        "pip_size": market.pip,
        "digits": market.decimals,
        **({"contract_size": "100"} if market.symbol == "XAUUSD" else {}),
        **chosen,
    }


def _by_risk() -> st.SearchStrategy[dict[str, str]]:
    amounts = st.sampled_from(["100", "100", "33.33", "1", "1e9", "1e308"])
    fractions = st.sampled_from(["0.01", "0.01", "0.3", "0.00001"])
    return st.one_of(
        amounts.map(lambda amount: {"risk_amount": amount}),
        fractions.map(lambda fraction: {"risk_fraction": fraction}),
    )


def _canonical(draw: st.DrawFn) -> dict[str, Any]:
    policy: dict[str, Any] = {
        "market_fill": draw(st.sampled_from(["close", "next_open", "signal"])),
        "close_at_end": draw(st.booleans()),
        "on_crossed": draw(st.sampled_from(["warn"] * 14 + ["error"])),
        "intrabar": draw(st.sampled_from(_MODES)),
        "gap_fill": draw(st.sampled_from(["open", "open", "level"])),
    }
    rare: dict[str, list[Any]] = {
        "on_marketable": ["reject"],
        "limit_through_pips": ["0.1", "0.25"],
        "exit_buffer_pips": ["0.1", "0.34"],
        "below_min": ["clamp"],
        "max_positions": [1, 2, 3],
        "max_positions_symbol": [1, 2],
    }
    for name, values in rare.items():
        chosen = draw(st.sampled_from([*[None] * 5, *values]))
        if chosen is not None:
            policy[name] = chosen
    return policy


def _parity(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "market_fill": "signal",
        "close_at_end": draw(st.booleans()),
        "on_crossed": "warn",
        "gap_fill": "level",
        "exit_buffer_pips": draw(st.sampled_from(["0.5", "0.5", "0", "0.1"])),
        "preset": "parity",
    }


def _session(draw: st.DrawFn, market: Market, *, no_entry: bool) -> dict[str, Any]:
    session: dict[str, Any] = {"timeframe": "M1"}
    moment = _moment(market)
    if no_entry and draw(st.booleans()):
        start, end = draw(moment), draw(moment)
        if start != end and len(start) == len(end):
            session["no_entry"] = [[start, end]]
    if draw(st.booleans()):
        session["flat_at"] = [draw(moment)]
    return session


def _moment(market: Market) -> st.SearchStrategy[str]:
    """Draw the minute of a bar or one beside it, daily or weekly."""
    bars = st.sampled_from(market.times)
    return st.tuples(bars, st.booleans()).map(
        lambda drawn: (
            (f"{_WEEKDAYS[drawn[0].weekday()]} " if drawn[1] else "") + drawn[0].strftime("%H:%M")
        )
    )


def _manager(draw: st.DrawFn, market: Market, *, pips: bool) -> dict[str, Any]:
    manager: dict[str, Any] = {}
    gains = [{"after_r": "0.5"}, {"after_r": "1"}]
    distances: list[dict[str, Any]] = [
        {"r": "0.5"},
        {"r": "1"},
        {"atr": "1", "period": 2},
        {"atr": "0.5", "period": 1},
    ]
    buffers = ["0"]
    if pips:
        gains += [{"after_pips": "0.1"}, {"after_pips": "0.3"}, {"after_pips": "1"}]
        distances += [{"pips": "0.2"}, {"pips": "1"}]
        buffers += ["0.1", "0.05", "1", "3"]
    gain = st.sampled_from(gains)
    often = st.sampled_from([True, True, False])
    if draw(often):
        buffer = draw(st.sampled_from(buffers))
        manager["break_even"] = {**draw(gain), "buffer_pips": buffer}
    if draw(often):
        manager["trailing"] = draw(st.sampled_from(distances))
    if draw(often):
        fractions = st.sampled_from(["0.5", "0.3", "0.25", "1", "0.9", "0.01"])
        item = st.tuples(fractions, gain).map(lambda drawn: {"fraction": drawn[0], **drawn[1]})
        manager["partials"] = draw(st.lists(item, min_size=1, max_size=3))
    seldom = st.sampled_from([False, False, True])
    if draw(seldom):
        manager["session"] = {"timeframe": "M1", "flat_at": [draw(_moment(market))]}
    if draw(seldom):
        manager["max_holding_bars"] = draw(st.integers(1, 4))
    if draw(seldom):
        manager["max_holding_minutes"] = draw(st.sampled_from(["1", "2", "60"]))
    return manager
