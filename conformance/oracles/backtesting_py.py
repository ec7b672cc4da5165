"""Puts plain cases to backtesting.py; runs in an environment that has it, not Fillproof.

`python backtesting_py.py CASES.json ANSWER.json`
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

_CASH = 1e7


def scripted(case: dict[str, Any]) -> Any:
    """Make a strategy that places the signals of a case; an order's tag is its signal's number."""
    from backtesting import Strategy

    at: dict[int, list[int]] = {}
    for number, signal in enumerate(case["signals"]):
        at.setdefault(signal["bar"], []).append(number)

    class Scripted(Strategy):  # type: ignore[misc]
        def init(self) -> None:
            self.outcomes = ["skipped"] * len(case["signals"])

        def next(self) -> None:
            bar = len(self.data) - 1
            due = [number for number in at.get(bar, ()) if _may_enter(self, case, bar)]
            _command(self, case, bar)
            for number in due:
                _place(self, case, number)

    return Scripted


def _may_enter(strategy: Any, case: dict[str, Any], bar: int) -> bool:
    if case["gate"] == "several":
        return True
    if strategy.trades or strategy.orders:
        return False
    return case["gate"] == "one_after" or not any(
        # It is asked after the exits of the bar, Fillproof's strategy before them; for both a
        # position closed by command at the open has gone.
        trade.exit_bar == bar and case["signals"][trade.tag]["close_at"] != bar - 1
        for trade in strategy.closed_trades
    )


def _command(strategy: Any, case: dict[str, Any], bar: int) -> None:
    for trade in strategy.trades:
        signal = case["signals"][trade.tag]
        for at_bar, stop in signal["moves"]:
            if at_bar == bar:
                trade.sl = stop
        if signal["close_at"] == bar:
            trade.close()
    last = len(case["candles"]["close"]) - 1
    for order in strategy.orders:
        # Neither a bracket nor a closing order.  There is no expiry, so it is cancelled.
        waits = order.parent_trade is None and case["signals"][order.tag]["max_bars"]
        if waits and bar == case["signals"][order.tag]["bar"] + waits and bar < last:
            order.cancel()
            strategy.outcomes[order.tag] = "expired"


def _place(strategy: Any, case: dict[str, Any], number: int) -> None:
    signal = case["signals"][number]
    send = strategy.buy if signal["long"] else strategy.sell
    level = {} if signal["entry"] is None else {signal["type"]: signal["entry"]}
    brackets = {"sl": signal["stop"], "tp": signal["target"]}
    try:
        send(size=case["units"], tag=number, **brackets, **level)
    except ValueError:
        strategy.outcomes[number] = "refused"
    else:
        strategy.outcomes[number] = "waiting"


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case and tell what became of each signal, and the equity after each bar."""
    import pandas as pd
    from backtesting import Backtest

    columns = case["candles"]
    frame = pd.DataFrame(
        {name.capitalize(): columns[name] for name in ("open", "high", "low", "close")},
        index=pd.to_datetime(columns["time_us"], unit="us"),
    )
    test = Backtest(
        frame,
        scripted(case),
        cash=_CASH,
        margin=0.001,
        commission=tuple(case["fees"]),
        # A position of its own for each signal; otherwise opposite ones would close each other.
        hedging=True,
        trade_on_close=case["fill"] == "close",
    )
    stats = test.run()
    strategy = stats["_strategy"]
    rows: list[dict[str, Any]] = [{"outcome": outcome} for outcome in strategy.outcomes]
    for trade in (*strategy.closed_trades, *strategy.trades):
        closed = trade.exit_bar is not None
        rows[trade.tag] = {
            "outcome": "closed" if closed else "open",
            "long": bool(trade.is_long),
            "entry_bar": int(trade.entry_bar),
            "entry_price": float(trade.entry_price),
            "exit_bar": int(trade.exit_bar) if closed else None,
            "exit_price": float(trade.exit_price) if closed else None,
            "result": float(trade.pl) if closed else None,
        }
        if abs(trade.size) != case["units"]:
            raise ValueError(f"signal {trade.tag} was given {trade.size} units")
    equity = [value - _CASH for value in stats["_equity_curve"]["Equity"].tolist()]
    return {"rows": rows, "equity": equity}


def main(source: str, target: str) -> None:
    """Answer the cases of one file into another."""
    # It warns of every order whose brackets wait for the next bar; the comparison counts them.
    warnings.simplefilter("ignore")
    cases = json.loads(Path(source).read_text(encoding="utf-8"))
    answers = [answer(case) for case in cases]
    found = {"version": version("backtesting"), "answers": answers}
    Path(target).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
