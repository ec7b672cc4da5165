"""Long scripted runs over real candles, in which planted faults have to be found and explained.

Signals come from a seeded generator: market, limit and stop orders at all sorts of distances, in
groups, with expiries, so that ties, gaps and fills of every kind happen on their own.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from fillproof import data

__all__ = ["SCENES", "scene"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPREAD = 0.00008
_PIP = 0.0001
_POLICY = {"market_fill": "close", "close_at_end": True, "on_crossed": "warn"}
_SPEC = {"symbol": "EURUSD", "pip_size": "0.0001", "digits": 5}


def scene(name: str) -> dict[str, Any]:
    """Make a scene: a case of kind `run` without an expectation.

    Examples
    --------
    >>> made = scene("orders")
    >>> len(made["bars"]), made["id"]
    (400, 'scenes/orders')
    """
    made: dict[str, Any] = SCENES[name]()
    return {"id": f"scenes/{name}", "kind": "run", "commands": [], **made}


def _orders() -> dict[str, Any]:
    bars = _bars(100, 400)
    config = _config(
        sizing={"risk_amount": "100"},
        spec={**_SPEC, "volume_min": "0.6"},
        slippage_pips="0.2",
        random_pips="0.4",
        seed=7,
        fees={"per_lot": "3.5"},
    )
    return {"config": config, "bars": bars, "signals": _signals(bars, 3, options=True)}


def _fixed() -> dict[str, Any]:
    bars = _bars(900, 300)
    policy = {**_POLICY, "limit_through_pips": "1"}
    fees = {"per_lot": "3.1", "per_million": "23.7"}
    config = _config(policy=policy, fees=fees)
    return {"config": config, "bars": bars, "signals": _signals(bars, 5, options=True)}


def _gaps() -> dict[str, Any]:
    """Leave out two bars of three, so that each opens away from the close before."""
    bars = _bars(5000, 600)[::3]
    return {"config": _config(slippage_pips="0.3"), "bars": bars, "signals": _signals(bars, 23)}


def _next_open() -> dict[str, Any]:
    bars = _bars(1500, 200)
    policy = {**_POLICY, "market_fill": "next_open"}
    return {"config": _config(policy=policy), "bars": bars, "signals": _signals(bars, 9)}


def _managed() -> dict[str, Any]:
    bars = _bars(2100, 300)
    manager = {
        "break_even": {"after_r": "0.5"},
        "trailing": {"pips": "15"},
        "partials": [{"fraction": "0.3", "after_r": "0.6"}],
    }
    config = _config(manager=manager, sizing={"fixed_lots": "0.37"})
    return {"config": config, "bars": bars, "signals": _signals(bars, 11, wide=True, often=0.07)}


def _account() -> dict[str, Any]:
    bars = _bars(3000, 300)
    config = _config(
        initial_balance="2500",
        spec={
            **_SPEC,
            "base_currency": "EUR",
            "quote_currency": "USD",
            "swap_long": "-7.1",
            "swap_short": "3.3",
            "swap_triple": "Wed",
        },
        sizing={"fixed_lots": "0.4"},
        rates={"account": "EUR", "pairs": {"EUR/USD": {"bars_of": "EURUSD"}}},
        margin={"leverage": "30", "stop_out": "1.4"},
    )
    return {"config": config, "bars": bars, "signals": _signals(bars, 13, wide=True, limits=False)}


def _nights() -> dict[str, Any]:
    """Hold positions over nights, in the account's own currency: nothing is converted."""
    bars = _bars(3600, 300)
    spec = {**_SPEC, "swap_long": "-7.1", "swap_short": "3.3", "swap_triple": "Wed"}
    return {"config": _config(spec=spec), "bars": bars, "signals": _signals(bars, 29, wide=True)}


def _margin() -> dict[str, Any]:
    """Hold more than the margin allows when prices turn, without a conversion."""
    bars = _bars(2700, 300)
    spec = {**_SPEC, "base_currency": "USD", "quote_currency": "USD"}
    config = _config(
        initial_balance="4000",
        spec=spec,
        sizing={"fixed_lots": "0.3"},
        rates={"account": "USD"},
        margin={"leverage": "50", "stop_out": "1.5"},
    )
    return {"config": config, "bars": bars, "signals": _signals(bars, 31, wide=True, limits=False)}


def _several() -> dict[str, Any]:
    one, other = _bars(4000, 200), _bars(4300, 200)
    other = [[mine[0], *theirs[1:]] for mine, theirs in zip(one, other, strict=True)]
    signals = [
        {**signal, "symbol": symbol}
        for symbol, rows, seed in (("EURUSD", one, 17), ("GBPUSD", other, 19))
        for signal in _signals(rows, seed, wide=True)
    ]
    # A symbol is in a hole in every eleventh bar, where it gets no signal.
    holes = {place for place in range(200) if place % 11 == 5}
    return {
        "config": _config(more_specs=[{**_SPEC, "symbol": "GBPUSD"}]),
        "symbols": {
            "EURUSD": {"bars": one},
            "GBPUSD": {"bars": [row for place, row in enumerate(other) if place not in holes]},
        },
        "signals": sorted(
            (
                signal
                for signal in signals
                if signal["symbol"] == "EURUSD" or signal["bar"] not in holes
            ),
            key=lambda signal: signal["bar"],
        ),
    }


SCENES: dict[str, Any] = {
    "orders": _orders,
    "fixed": _fixed,
    "gaps": _gaps,
    "next_open": _next_open,
    "managed": _managed,
    "account": _account,
    "nights": _nights,
    "margin": _margin,
    "several": _several,
}


def _config(**options: Any) -> dict[str, Any]:
    return {
        "symbol": "EURUSD",
        "timeframe": "H1",
        "initial_balance": "10000",
        "start_bar": 0,
        "strict": False,
        "spec": _SPEC,
        "policy": _POLICY,
        "sizing": {"fixed_lots": "0.1"},
        "slippage_pips": "0",
        "fees": {"per_lot": "0"},
        **options,
    }


def _bars(first: int, count: int) -> list[list[str]]:
    """Take real candles; the ask side is the bid and a fixed spread."""
    bid = data.eurusd_h1_2017().bid
    part = slice(first, first + count)
    times = [
        (_EPOCH + timedelta(microseconds=time_us)).isoformat().replace("+00:00", "Z")
        for time_us in bid.time_us[part].tolist()
    ]
    columns = [getattr(bid, side)[part].tolist() for side in ("open", "high", "low", "close")]
    rows = []
    for time, *prices in zip(times, *columns, strict=True):
        ask = [round(price + _SPREAD, 5) for price in prices]
        rows.append([time, *(repr(price) for price in (*prices, *ask))])
    return rows


def _signals(
    bars: list[list[str]],
    seed: int,
    *,
    options: bool = False,
    wide: bool = False,
    limits: bool = True,
    often: float = 0.3,
) -> list[dict[str, Any]]:
    """Draw signals: `wide` stops keep positions, `options` are groups and expiries."""
    draw = random.Random(seed)  # noqa: S311  (no secret)
    signals: list[dict[str, Any]] = []
    for bar, row in enumerate(bars):
        if draw.random() > often:
            continue
        close = float(row[4])
        first = draw.choice((1, -1))
        for leg in range(2 if options and draw.random() < 0.3 else 1):
            sign = -first if leg else first
            kind = draw.choice(("market", "limit", "stop")) if limits else "market"
            kind = "stop" if leg else kind
            away = draw.randint(2, 15) * _PIP
            towards = {"market": 0.0, "limit": -sign * away, "stop": sign * away}[kind]
            entry = close + towards + (_SPREAD if sign > 0 else 0.0)
            low, high = (25, 80) if wide else (4, 25)
            signal: dict[str, Any] = {
                "bar": bar,
                "direction": "long" if sign > 0 else "short",
                "type": kind,
                "entry": None if kind == "market" else _price(entry),
                "sl": _price(entry - sign * draw.randint(low, high) * _PIP),
                "tp": _price(entry + sign * draw.randint(low, high) * _PIP),
            }
            if options and kind != "market":
                if draw.random() < 0.3:
                    hours = timedelta(hours=draw.randint(2, 6))
                    expires = datetime.fromisoformat(row[0]) + hours
                    signal["expires_at"] = expires.isoformat().replace("+00:00", "Z")
                elif draw.random() < 0.3:
                    signal["max_bars"] = draw.randint(1, 4)
                if draw.random() < 0.6:
                    signal["oco"] = f"g{bar}"
            signals.append(signal)
    return signals


def _price(value: float) -> str:
    return repr(round(value, 5))
