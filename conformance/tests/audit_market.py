"""Made candles and a clean list of trades in them, for the tests of the auditor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fillproof.candle_table import CandleTable
from fillproof.conformance.audit import Audit, Market, Options, Volumes, audit
from fillproof.conformance.trade_logs import AuditTrade, TradeList

HOUR = 3_600_000_000
START = 1_578_268_800_000_000
SPREAD = 0.0001
UNIT = 100_000.0
# Open, high, low, close of the bid; the hour 8 is missing.
BARS = {
    0: (1.1000, 1.1010, 1.0990, 1.1000),
    1: (1.1000, 1.1015, 1.0995, 1.1010),
    2: (1.1010, 1.1020, 1.1000, 1.1015),
    3: (1.1015, 1.1030, 1.1005, 1.1020),
    4: (1.1040, 1.1060, 1.1035, 1.1050),
    5: (1.1050, 1.1055, 1.0990, 1.1000),
    6: (1.0960, 1.0970, 1.0940, 1.0950),
    7: (1.0950, 1.0965, 1.0945, 1.0955),
    9: (1.0955, 1.0960, 1.0950, 1.0957),
}
MIRROR = 2.2


def hour(count: int | None) -> int | None:
    return None if count is None else START + count * HOUR


def market(*, mirrored: bool = False) -> Market:
    bid = np.array(list(BARS.values()))
    ask = np.round(bid + SPREAD, 5)
    if mirrored:
        # What was bought at the ask is sold at the bid; highs are lows.
        bid, ask = (np.round(MIRROR - side[:, [0, 2, 1, 3]], 5) for side in (ask, bid))
    times = [hour(count) for count in BARS]
    tables = [CandleTable(times, *side.T) for side in (bid, ask)]  # type: ignore[arg-type]
    return Market("EURUSD", *tables, pip=0.0001, digits=5)


def trade(number: int, **fields: Any) -> AuditTrade:
    """Make a trade by the hours of its bars; its result follows from its prices unless given."""
    times = {
        f"{name}_time_us": hour(fields.pop(name, None)) for name in ("signal", "entry", "exit")
    }
    made = {"direction": "long", "symbol": "EURUSD", "size": 0.1, "fee": 0.0, **times, **fields}
    sign = 1.0 if made["direction"] == "long" else -1.0
    if made.get("exit_price") is not None and "result" not in made:
        move = (made["exit_price"] - made["entry_price"]) * sign
        made["result"] = move * made["size"] * UNIT
    return AuditTrade(number, **made)


CLEAN: dict[int, dict[str, Any]] = {
    # Bought at the next open, left at the target.
    1: {
        "order_type": "market",
        "signal": 0,
        "entry": 1,
        "entry_price": 1.1001,
        "stop": 1.0985,
        "target": 1.1030,
        "exit": 3,
        "exit_price": 1.1030,
        "reason": "take_profit",
    },
    # A limit order that filled inside, left at the target in the next bar.
    2: {
        "order_type": "limit",
        "signal": 1,
        "level": 1.1006,
        "entry": 3,
        "entry_price": 1.1006,
        "stop": 1.0995,
        "target": 1.1045,
        "exit": 4,
        "exit_price": 1.1045,
        "reason": "take_profit",
    },
    # A stop order that filled inside, left at its stop.
    3: {
        "order_type": "stop",
        "signal": 2,
        "level": 1.1055,
        "entry": 4,
        "entry_price": 1.1055,
        "stop": 1.1000,
        "target": 1.1090,
        "exit": 5,
        "exit_price": 1.1000,
        "reason": "stop_loss",
    },
    # Bought at the close, left at an open beyond the stop.
    4: {
        "order_type": "market",
        "signal": 5,
        "entry": 5,
        "entry_price": 1.1001,
        "stop": 1.0970,
        "target": 1.1050,
        "exit": 6,
        "exit_price": 1.0960,
        "reason": "stop_loss",
    },
    # Sold at the next open, bought back at an open beyond the stop.
    5: {
        "direction": "short",
        "order_type": "market",
        "signal": 2,
        "entry": 3,
        "entry_price": 1.1015,
        "stop": 1.1035,
        "target": 1.0990,
        "exit": 4,
        "exit_price": 1.1041,
        "reason": "stop_loss",
    },
    # Closed by hand at the close.
    6: {
        "order_type": "market",
        "signal": 6,
        "entry": 7,
        "entry_price": 1.0951,
        "stop": 1.0930,
        "target": 1.0990,
        "exit": 9,
        "exit_price": 1.0957,
        "reason": "manual",
    },
    # Still open.
    7: {"order_type": "market", "signal": 6, "entry": 7, "entry_price": 1.0951, "stop": 1.0900},
}
_PRICES = ("entry_price", "exit_price", "stop", "target", "level")


def listed(**changes: Any) -> TradeList:
    """Make the clean list, with the trade ``number`` changed."""
    number = changes.pop("number", None)
    made = []
    for one, fields in CLEAN.items():
        made.append(trade(one, **({**fields, **changes} if one == number else fields)))
    return TradeList("made", "made", tuple(made), levels_fixed=True)


def mirror(trades: TradeList) -> TradeList:
    other = {"long": "short", "short": "long"}
    turned = []
    for one in trades.trades:
        prices = {
            name: None if getattr(one, name) is None else round(MIRROR - getattr(one, name), 5)
            for name in _PRICES
        }
        turned.append(replace(one, direction=other[one.direction], **prices))
    return replace(trades, trades=tuple(turned))


def hold(trades: TradeList, *, mirrored: bool = False, **options: Any) -> Audit:
    chosen = Options(unit=UNIT, volumes=Volumes(0.01, 0.01, 10.0), **options)
    found = mirror(trades) if mirrored else trades
    return audit(found, market(mirrored=mirrored), chosen)
