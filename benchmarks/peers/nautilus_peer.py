"""nautilus_trader: bars of bid and ask, its own EMAs, bracket orders on a simulated venue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from serving import CASH, FAST, PIP, SLOW, STOP_PIPS, TARGET_PIPS, UNITS, Prepare, serve


def load() -> Prepare:
    import pandas as pd
    from nautilus_trader.backtest.config import BacktestEngineConfig
    from nautilus_trader.backtest.engine import BacktestEngine
    from nautilus_trader.config import LoggingConfig, StrategyConfig
    from nautilus_trader.indicators import ExponentialMovingAverage
    from nautilus_trader.model.currencies import USD
    from nautilus_trader.model.data import Bar, BarType
    from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
    from nautilus_trader.model.identifiers import Venue
    from nautilus_trader.model.objects import Money
    from nautilus_trader.persistence.wranglers import BarDataWrangler
    from nautilus_trader.test_kit.providers import TestInstrumentProvider
    from nautilus_trader.trading.strategy import Strategy

    venue = Venue("SIM")
    pair = TestInstrumentProvider.default_fx_ccy("EUR/USD", venue)
    bid, ask = (
        BarType.from_str(f"EUR/USD.SIM-1-MINUTE-{side}-EXTERNAL") for side in ("BID", "ASK")
    )

    class Cross(Strategy):  # type: ignore[misc]
        def on_start(self) -> None:
            self.fast, self.slow = ExponentialMovingAverage(FAST), ExponentialMovingAverage(SLOW)
            self.was: tuple[float, float] | None = None
            self.register_indicator_for_bars(bid, self.fast)
            self.register_indicator_for_bars(bid, self.slow)
            self.subscribe_bars(bid)
            self.subscribe_bars(ask)

        def on_bar(self, bar: Bar) -> None:
            if bar.bar_type != bid:
                return
            was, now = self.was, (self.fast.value, self.slow.value)
            self.was = now
            if was is None or self.cache.positions_open_count() or self.cache.orders_open_count():
                return
            if was[0] <= was[1] and now[0] > now[1]:
                self.enter(OrderSide.BUY, bar.close.as_double(), 1)
            elif was[0] >= was[1] and now[0] < now[1]:
                self.enter(OrderSide.SELL, bar.close.as_double(), -1)

        def enter(self, side: OrderSide, price: float, sign: int) -> None:
            bracket = self.order_factory.bracket(
                instrument_id=pair.id, order_side=side, quantity=pair.make_qty(Decimal(UNITS)),
                sl_trigger_price=pair.make_price(price - sign * STOP_PIPS * PIP),
                tp_price=pair.make_price(price + sign * TARGET_PIPS * PIP),
            )  # fmt: skip
            self.submit_order_list(bracket)

    def prepare(columns: dict[str, Any]) -> Any:
        index = pd.to_datetime(columns["time_us"] + 60_000_000, unit="us", utc=True)
        data = []
        for side, kind in (("bid", bid), ("ask", ask)):
            names = ("open", "high", "low", "close")
            frame = pd.DataFrame({name: columns[f"{side}_{name}"] for name in names}, index=index)
            data += BarDataWrangler(kind, pair).process(frame)

        def run() -> tuple[int, float]:
            settings = BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True))
            engine = BacktestEngine(config=settings)
            engine.add_venue(
                venue=venue, oms_type=OmsType.HEDGING, account_type=AccountType.MARGIN,
                base_currency=USD, starting_balances=[Money(CASH, USD)],
            )  # fmt: skip
            engine.add_instrument(pair)
            engine.add_data(data)
            engine.add_strategy(Cross(StrategyConfig()))
            engine.run()
            account = engine.cache.account_for_venue(venue)
            found = engine.cache.positions_total_count(), account.balance_total(USD).as_double()
            engine.dispose()
            return found

        return run

    return prepare


serve("nautilus_trader", load)
