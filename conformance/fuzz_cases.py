"""Random cases in the format of the goldens, so that a shrunk one can become a case.

Prices move on a grid of ticks and levels lie a few ticks away, so that exact touches, gaps through
a level and bars that touch both levels are common rather than rare.  Needs hypothesis.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

__all__ = ["cases", "crosses"]

_START = datetime(2020, 1, 1, tzinfo=UTC)
_MARKETS = {
    # name: (first price in ticks, decimals of a tick, pip)
    "EURUSD": (110_000, 5, "0.0001"),
    "USDJPY": (110_000, 3, "0.01"),
}
_OPEN, _HIGH, _LOW, _CLOSE = range(4)
_Bar = tuple[tuple[int, ...], tuple[int, ...]]
_REASONS = ("manual", "timeout", "session_close", "trailing_stop", "nonsense")


@st.composite
def cases(draw: st.DrawFn, max_bars: int = 16) -> dict[str, Any]:
    """Draw one case: configuration, bars, signals and commands, without an expectation.

    Parameters
    ----------
    draw
        Given by hypothesis.
    max_bars
        Most bars of a case.
    """
    symbol = draw(st.sampled_from(sorted(_MARKETS)))
    first, decimals, pip = _MARKETS[symbol]
    count = draw(st.integers(2, max_bars))
    fine = draw(st.sampled_from([False, False, False, True]))
    bars, ticks = _bars(draw, count, first, decimals, fine=fine)
    return {
        "id": "fuzz/random/case",
        "kind": "run",
        "config": _config(draw, symbol, decimals, pip, count),
        "bars": bars,
        "signals": draw(_signals(ticks, decimals)),
        "commands": draw(_commands(ticks, decimals)),
    }


@st.composite
def crosses(draw: st.DrawFn, max_bars: int = 60) -> dict[str, Any]:
    """Draw a case in which the built-in strategy trades; engines may run it without callbacks.

    Parameters
    ----------
    draw
        Given by hypothesis.
    max_bars
        Most bars of a case.
    """
    symbol = draw(st.sampled_from(sorted(_MARKETS)))
    first, decimals, pip = _MARKETS[symbol]
    count = draw(st.integers(2, max_bars))
    bars, _ = _bars(draw, count, first, decimals, fine=draw(st.booleans()))
    fast = draw(st.integers(1, 4))
    return {
        "id": "fuzz/random/cross",
        "kind": "run",
        "config": _config(draw, symbol, decimals, pip, count),
        "bars": bars,
        "strategy": {
            "timeframe": "M1",
            "fast": fast,
            "slow": fast + draw(st.integers(1, 6)),
            "stop_pips": draw(st.sampled_from(["0.4", "1", "2.5"])),
            "target_pips": draw(st.sampled_from(["0.6", "1", "3"])),
            "pip_size": pip,
        },
    }


def _bars(
    draw: st.DrawFn, count: int, first: int, decimals: int, *, fine: bool
) -> tuple[list[list[Any]], list[_Bar]]:
    """Walk in ticks; returns the rows and the same in ticks, bid before ask."""
    moves = draw(
        st.lists(
            st.tuples(
                # Gap from the last close, body, upper and lower wick, change of the spread.
                st.sampled_from([0, 0, 0, 0, 1, -1, 3, -3, 12, -12, 40, -40]),
                st.integers(-9, 9),
                st.sampled_from([0, 0, 1, 2, 5, 11]),
                st.sampled_from([0, 0, 1, 2, 5, 11]),
                st.sampled_from([0, 0, 0, 1, -1, 4, -12]),
            ),
            min_size=count,
            max_size=count,
        )
    )
    spread = draw(st.sampled_from([0, 1, 2, 8]))
    rows: list[list[Any]] = []
    ticks: list[_Bar] = []
    price = first
    for index, (gap, body, up, down, widen) in enumerate(moves):
        start = price + gap
        price = start + body
        low, high = min(start, price) - down, max(start, price) + up
        bid = (start, high, low, price)
        ask = tuple(tick + spread + widen for tick in bid)
        time = (_START + timedelta(minutes=index)).isoformat().replace("+00:00", "Z")
        rows.append([time, *(_price(tick, decimals, fine=fine) for tick in (*bid, *ask))])
        ticks.append((bid, ask))
    return rows, ticks


def _price(tick: int, decimals: int, *, fine: bool = False) -> str:
    """Write ticks as a price; `fine` puts it off the grid, the same way for equal ticks."""
    exact = Decimal(tick).scaleb(-decimals)
    if fine:
        exact += Decimal((tick * 7919) % 1000).scaleb(-decimals - 4)
    return str(exact)


def _config(draw: st.DrawFn, symbol: str, decimals: int, pip: str, count: int) -> dict[str, Any]:
    spec: dict[str, Any] | None = draw(
        st.sampled_from(
            [
                {},
                {},
                {"digits": None},
                {"digits": decimals - 1},
                {"min_stop_distance": _price(3, decimals)},
                {"contract_size": "1000", "volume_max": "0.5"},
                {"tick_size": _price(1, decimals), "tick_value": "0.9137"},
                {"volume_min": "0.03", "volume_step": "0.07"},
                None,
            ]
        )
    )
    lots = st.sampled_from(["0.1", "0.1", "0.03", "1.37", "0.015"])
    amounts = st.sampled_from(["100", "33.33", "1", "1e9"])
    sizing = {"fixed_lots": draw(lots)} if draw(st.booleans()) else {"risk_amount": draw(amounts)}
    slippage = draw(st.sampled_from(["0", "0", "0.1", "0.37", "2"]))
    if spec is None:
        # Without a specification there are no pips and no value of a point.
        sizing, slippage = {"fixed_lots": draw(lots)}, draw(st.sampled_from(["0", "0", "0", "1"]))
    else:
        spec = {"symbol": symbol, "pip_size": pip, "digits": decimals, **spec}
    return {
        "symbol": symbol,
        "timeframe": "M1",
        "initial_balance": draw(st.sampled_from(["10000", "10000", "1234.56", "0"])),
        "start_bar": draw(st.sampled_from([0, 0, 0, min(2, count - 1)])),
        "strict": draw(st.sampled_from([False] * 15 + [True])),
        "spec": spec,
        "policy": {
            "market_fill": draw(st.sampled_from(["close", "next_open"])),
            "close_at_end": draw(st.booleans()),
            "on_crossed": draw(st.sampled_from(["warn"] * 9 + ["error"])),
        },
        "sizing": sizing,
        "slippage_pips": slippage,
        "fees": draw(
            st.sampled_from(
                [
                    {},
                    {"per_lot": "3.5"},
                    {"per_million": "30", "minimum": "0.5"},
                    {"percent": "0.0025", "per_lot": "0.1"},
                ]
            )
        ),
    }


def _signals(ticks: list[_Bar], decimals: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw signals in order of bars; levels a few ticks away, mostly on their side."""
    jitter = st.sampled_from([0, 0, 0, 1, -1])
    distance = st.sampled_from([1, 1, 2, 2, 3, 3, 4, 6, 8, 12, 20])
    odd = st.sampled_from([None, None, "nan", "inf", "0", "-1.5"])

    @st.composite
    def signal(draw: st.DrawFn) -> dict[str, Any]:
        bar = draw(st.integers(0, len(ticks) - 1))
        direction = draw(st.sampled_from(["long", "short", "buy", "sell"]))
        up = 1 if direction in {"long", "buy"} else -1
        wrong = draw(st.sampled_from([1] * 11 + [-1]))
        closes = ticks[bar][0][_CLOSE], ticks[bar][1][_CLOSE]
        low, high = min(closes), max(closes)
        stop = (low if up > 0 else high) - up * wrong * draw(distance)
        target = (high if up > 0 else low) + up * draw(distance)
        if draw(st.booleans()):
            # What a later bar really reaches, give or take a tick, on the side that closes.
            later = ticks[min(bar + draw(st.integers(1, 3)), len(ticks) - 1)][0 if up > 0 else 1]
            under, over = (_LOW, _HIGH) if up > 0 else (_HIGH, _LOW)
            stop = later[draw(st.sampled_from([_OPEN, under, under]))]
            target = later[draw(st.sampled_from([_OPEN, over, over]))]
            # Where the later price is on the wrong side, the level stays off.
            stop = stop + draw(jitter) if up * (low - stop) > 0 else low - up * 15
            target = target + draw(jitter) if up * (target - high) > 0 else high + up * 15
        found: dict[str, Any] = {
            "bar": bar,
            "direction": direction,
            "sl": _level(draw, stop, decimals, odd),
            "tp": _level(draw, target, decimals, odd),
            "entry": draw(st.sampled_from([None, None, None, _price(low, decimals)])),
        }
        symbol = draw(st.sampled_from([None] * 15 + ["GBPUSD"]))
        if symbol is not None:
            found["symbol"] = symbol
        return found

    many = st.lists(signal(), min_size=1, max_size=max(4, len(ticks)))
    return many.map(lambda found: sorted(found, key=lambda item: item["bar"]))


def _level(
    draw: st.DrawFn, ticks: int, decimals: int, odd: st.SearchStrategy[str | None]
) -> str | None:
    kind = draw(st.sampled_from(["grid"] * 12 + ["half", "odd"]))
    if kind == "odd":
        return draw(odd)
    if kind == "half":
        return str(Decimal(2 * ticks + 1).scaleb(-decimals) / 2)
    return _price(ticks, decimals)


def _commands(ticks: list[_Bar], decimals: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    @st.composite
    def command(draw: st.DrawFn) -> dict[str, Any]:
        bar = draw(st.integers(0, len(ticks) - 1))
        phase = draw(st.sampled_from(["ENTRY", "MANAGE"]))
        place = {"bar": bar, "phase": phase, "order_id": draw(st.integers(1, 4))}
        # A close in ENTRY is an error that ends the run, so it is drawn seldom.
        closing = draw(st.integers(0, 9)) < (3 if phase == "MANAGE" else 1)
        near = ticks[bar][0][_CLOSE] + draw(st.integers(-12, 12))
        if closing:
            reason = draw(st.sampled_from(_REASONS))
            return {**place, "do": "close", "price": _price(near, decimals), "reason": reason}
        value = draw(st.sampled_from([_price(near, decimals)] * 10 + [None, "nan"]))
        field = draw(st.sampled_from(["stop_loss", "take_profit"]))
        return {**place, "do": "write", "field": field, "value": value}

    return st.lists(command(), max_size=12)
