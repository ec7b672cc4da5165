"""vectorbt's `Portfolio.from_signals`; the engine is told by VECTORBT_ENGINE: numba or rust."""

from __future__ import annotations

import os
from typing import Any

from serving import CASH, FEE_PER_TRADE, PIP, STOP_PIPS, TARGET_PIPS, UNITS, Prepare, serve


def load() -> Prepare:
    import vectorbt as vbt

    engine = os.environ.get("VECTORBT_ENGINE", "numba")

    def prepare(columns: dict[str, Any]) -> Any:
        bid = {name: columns[f"bid_{name}"] for name in ("open", "high", "low", "close")}
        direction = columns["direction"]
        stop, target = (pips * PIP / bid["close"] for pips in (STOP_PIPS, TARGET_PIPS))

        def run() -> tuple[int, float]:
            portfolio = vbt.Portfolio.from_signals(
                entries=direction > 0, short_entries=direction < 0, **bid, size=float(UNITS),
                size_type="amount", sl_stop=stop, tp_stop=target, upon_opposite_entry="ignore",
                fixed_fees=FEE_PER_TRADE / 2, init_cash=CASH, freq="1min", engine=engine,
            )  # fmt: skip
            # Equity is part of what the others compute at every bar.
            return int(portfolio.trades.count()), float(portfolio.value().iloc[-1])

        return run

    return prepare


serve("vectorbt-rust" if os.environ.get("VECTORBT_ENGINE") == "rust" else "vectorbt", load)
