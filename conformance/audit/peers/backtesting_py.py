"""Makes a trade list with backtesting.py: `python backtesting_py.py BARS.csv TRADES.csv [close]`.

Market orders fill at the next open, or with `close` at the close of the signal's bar.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any


def run(bars: dict[str, list[str]], *, at_close: bool) -> Any:
    """Run it and return the frame of trades, as the system gives it."""
    import pandas as pd
    from backtesting import Backtest, Strategy
    from ema_cross import STOP, TARGET, UNITS, crosses

    names = ("open", "high", "low", "close")
    frame = pd.DataFrame(
        {name.capitalize(): [float(value) for value in bars[name]] for name in names},
        index=pd.to_datetime(bars["timestamp"]),
    )
    signals = crosses(frame["Close"].tolist())

    class EmaCross(Strategy):  # type: ignore[misc]
        def init(self) -> None:
            pass

        def next(self) -> None:
            side, close = signals[len(self.data) - 1], self.data.Close[-1]
            if not side or self.position:
                return
            send = self.buy if side > 0 else self.sell
            send(size=UNITS, sl=close - side * STOP, tp=close + side * TARGET)

    test = Backtest(frame, EmaCross, cash=1e6, trade_on_close=at_close, hedging=True)
    return test.run()["_trades"]


if __name__ == "__main__":
    from ema_cross import read_bars

    trades = run(read_bars(sys.argv[1]), at_close=sys.argv[3:] == ["close"])
    trades.to_csv(sys.argv[2], index=False)
    sys.stdout.write(f"backtesting.py {version('backtesting')}: {len(trades)} trades\n")
