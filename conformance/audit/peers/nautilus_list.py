"""Makes a trade list with nautilus_trader: `python nautilus_list.py BARS.csv TRADES.csv [ASK.csv]`.

With one file its bars are those of last trades; with two, of bid and ask.  A bar is handed over
when it has ended, and so are its fills: their time is the end of the bar.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from importlib.metadata import version
from typing import Any

_HOUR_NS = 3_600_000_000_000


def _bars(columns: dict[str, list[str]], bar_type: Any) -> list[Any]:
    import pandas as pd
    from nautilus_trader.model.data import Bar
    from nautilus_trader.model.objects import Price, Quantity

    found = []
    for at, time in enumerate(columns["timestamp"]):
        end = pd.Timestamp(time).value + _HOUR_NS
        prices = [Price(float(columns[name][at]), 5) for name in ("open", "high", "low", "close")]
        found.append(Bar(bar_type, *prices, Quantity.from_int(10_000_000), end, end))
    return found


def run(files: list[dict[str, list[str]]]) -> Any:
    """Run it and return the report of positions, with two columns more: Stop and Target."""
    from ema_cross import STOP, TARGET, UNITS, crosses
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig
    from nautilus_trader.model.currencies import USD
    from nautilus_trader.model.data import BarType
    from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
    from nautilus_trader.model.identifiers import Venue
    from nautilus_trader.model.objects import Money
    from nautilus_trader.test_kit.providers import TestInstrumentProvider
    from nautilus_trader.trading.strategy import Strategy

    instrument = TestInstrumentProvider.default_fx_ccy("EUR/USD")
    words = ["LAST"] if len(files) == 1 else ["BID", "ASK"]
    types = [BarType.from_str(f"{instrument.id}-1-HOUR-{word}-EXTERNAL") for word in words]
    signals = crosses([float(close) for close in files[0]["close"]])
    levels: dict[str, tuple[float, float]] = {}

    class EmaCross(Strategy):  # type: ignore[misc]
        count = -1

        def on_start(self) -> None:
            for bar_type in types:
                self.subscribe_bars(bar_type)

        def on_bar(self, bar: Any) -> None:
            # Of two sides the last one has both.
            if bar.bar_type == types[0]:
                self.count += 1
            side = signals[self.count]
            flat = self.portfolio.is_flat(instrument.id)
            if bar.bar_type != types[-1] or not side or not flat:
                return
            close = float(bar.close)
            stop, target = close - side * STOP, close + side * TARGET
            orders = self.order_factory.bracket(
                instrument_id=instrument.id,
                order_side=OrderSide.BUY if side > 0 else OrderSide.SELL,
                quantity=instrument.make_qty(Decimal(UNITS)),
                sl_trigger_price=instrument.make_price(stop),
                tp_price=instrument.make_price(target),
                tp_post_only=False,
            )
            levels[str(orders.orders[0].client_order_id)] = (round(stop, 5), round(target, 5))
            self.submit_order_list(orders)

    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue=Venue("SIM"),
        oms_type=OmsType.HEDGING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(1_000_000, USD)],
    )
    engine.add_instrument(instrument)
    for columns, bar_type in zip(files, types, strict=True):
        engine.add_data(_bars(columns, bar_type))
    engine.add_strategy(EmaCross())
    engine.run()
    report = engine.trader.generate_positions_report().reset_index()
    report["Stop"] = [levels[order][0] for order in report["opening_order_id"]]
    report["Target"] = [levels[order][1] for order in report["opening_order_id"]]
    engine.dispose()
    return report


if __name__ == "__main__":
    from ema_cross import read_bars

    trades = run([read_bars(name) for name in (sys.argv[1], *sys.argv[3:4])])
    trades.to_csv(sys.argv[2], index=False)
    sys.stdout.write(f"nautilus_trader {version('nautilus_trader')}: {len(trades)} trades\n")
