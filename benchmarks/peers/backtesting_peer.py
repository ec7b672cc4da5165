"""backtesting.py: averages made beforehand, a cross looked for in `next`."""

from __future__ import annotations

import warnings
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
    import pandas as pd
    from backtesting import Backtest, Strategy

    # It warns of what it does not do; what is compared here is time.
    warnings.simplefilter("ignore")

    class Cross(Strategy):  # type: ignore[misc]
        def init(self) -> None:
            close = pd.Series(self.data.Close)
            self.fast = self.I(lambda: close.ewm(span=FAST, adjust=False).mean(), name="fast")
            self.slow = self.I(lambda: close.ewm(span=SLOW, adjust=False).mean(), name="slow")

        def next(self) -> None:
            if self.position:
                return
            fast, slow = self.fast, self.slow
            price = self.data.Close[-1]
            if fast[-2] <= slow[-2] and fast[-1] > slow[-1]:
                self.buy(size=UNITS, sl=price - STOP_PIPS * PIP, tp=price + TARGET_PIPS * PIP)
            elif fast[-2] >= slow[-2] and fast[-1] < slow[-1]:
                self.sell(size=UNITS, sl=price + STOP_PIPS * PIP, tp=price - TARGET_PIPS * PIP)

    def prepare(columns: dict[str, Any]) -> Any:
        names = ("open", "high", "low", "close")
        frame = pd.DataFrame(
            {name.capitalize(): columns[f"bid_{name}"] for name in names},
            index=pd.to_datetime(columns["time_us"], unit="us"),
        )

        def run() -> tuple[int, float]:
            test = Backtest(
                frame, Cross, cash=CASH, margin=0.01, commission=(FEE_PER_TRADE / 2, 0.0),
                trade_on_close=True, finalize_trades=True,
            )  # fmt: skip
            stats = test.run()
            return int(stats["# Trades"]), float(stats["Equity Final [$]"])

        return run

    return prepare


serve("backtesting", load)
