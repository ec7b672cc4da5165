"""backtrader: its own EMAs and cross, bracket orders."""

from __future__ import annotations

from typing import Any

from serving import (
    CASH,
    FAST,
    FEE_PER_TRADE,
    PIP,
    SLOW,
    STOP_PIPS,
    TARGET_PIPS,
    UNITS,
    Prepare,
    serve,
)


def load() -> Prepare:
    import backtrader as bt
    import pandas as pd

    class Cross(bt.Strategy):  # type: ignore[misc]
        def __init__(self) -> None:
            fast, slow = bt.ind.EMA(period=FAST), bt.ind.EMA(period=SLOW)
            self.cross = bt.ind.CrossOver(fast, slow)
            self.trades, self.waiting = 0, 0

        def notify_order(self, order: Any) -> None:
            self.waiting += {order.Submitted: 1}.get(order.status, 0)
            self.waiting -= order.status in (
                order.Completed, order.Canceled, order.Margin, order.Rejected, order.Expired,
            )  # fmt: skip

        def notify_trade(self, trade: Any) -> None:
            self.trades += trade.isclosed

        def next(self) -> None:
            way = self.cross[0]
            if not way or self.position or self.waiting:
                return
            price, sign = self.data.close[0], 1 if way > 0 else -1
            place = self.buy_bracket if way > 0 else self.sell_bracket
            place(
                size=UNITS, exectype=bt.Order.Market, stopprice=price - sign * STOP_PIPS * PIP,
                limitprice=price + sign * TARGET_PIPS * PIP,
            )  # fmt: skip

    def prepare(columns: dict[str, Any]) -> Any:
        names = ("open", "high", "low", "close")
        frame = pd.DataFrame(
            {name: columns[f"bid_{name}"] for name in names},
            index=pd.to_datetime(columns["time_us"], unit="us"),
        )

        def run() -> tuple[int, float]:
            cerebro = bt.Cerebro(stdstats=False)
            cerebro.adddata(bt.feeds.PandasData(dataname=frame, volume=None, openinterest=None))
            cerebro.addstrategy(Cross)
            cerebro.broker.setcash(CASH)
            cerebro.broker.setcommission(
                commission=FEE_PER_TRADE / 2 / UNITS, leverage=100.0, margin=None,
                commtype=bt.CommInfoBase.COMM_FIXED, stocklike=True,
            )  # fmt: skip
            (strategy,) = cerebro.run()
            return strategy.trades, cerebro.broker.getvalue()

        return run

    return prepare


serve("backtrader", load)
