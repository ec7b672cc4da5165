"""Makes a trade list with vectorbt: `python vectorbt_list.py BARS.csv TRADES.csv`.

Market orders fill at the next open.  The list has no levels; the columns Stop and Target are added
here, so that exits that were missed can be found.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Any


def run(bars: dict[str, list[str]]) -> Any:
    """Run it and return the frame of trades, as the system gives it, with two columns more."""
    import numpy as np
    import pandas as pd
    import vectorbt as vbt
    from ema_cross import STOP, TARGET, UNITS, crosses

    index = pd.to_datetime(bars["timestamp"])
    prices = {
        name: pd.Series([float(value) for value in bars[name]], index=index)
        for name in ("open", "high", "low", "close")
    }
    # A signal of a close is an order of the next row.
    side = np.roll(crosses(prices["close"].tolist()), 1)
    side[0] = 0
    portfolio = vbt.Portfolio.from_signals(
        entries=pd.Series(side > 0, index=index),
        short_entries=pd.Series(side < 0, index=index),
        price=prices["open"],
        **prices,
        size=float(UNITS),
        size_type="amount",
        sl_stop=STOP / prices["open"],
        tp_stop=TARGET / prices["open"],
        stop_entry_price="fillprice",
        stop_exit_price="stoplimit",
        upon_opposite_entry="ignore",
        init_cash=1e6,
        freq="1h",
    )
    trades = portfolio.trades.records_readable
    sign = np.where(trades["Direction"] == "Long", 1.0, -1.0)
    entry = trades["Avg Entry Price"]
    trades["Stop"] = entry * (1.0 - sign * STOP / entry)
    trades["Target"] = entry * (1.0 + sign * TARGET / entry)
    return trades


if __name__ == "__main__":
    from ema_cross import read_bars

    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    trades = run(read_bars(sys.argv[1]))
    trades.to_csv(sys.argv[2], index=False)
    sys.stdout.write(f"vectorbt {version('vectorbt')}: {len(trades)} trades\n")
