"""Puts plain cases to vectorbt; runs in an environment that has it, not Fillproof.

`python vectorbt_oracle.py CASES.json ANSWER.json`

A column holds one position at a time, so signals that overlap are spread over columns: the `lane`
of each.  Stops and targets are given as fractions of the entry price.

Numba is told not to compile: for so few columns that takes longer than the runs.  With
`NUMBA_DISABLE_JIT=0` it does, and gives the same.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

_CASH = 1e7


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case and tell what became of each signal, and the equity after each bar."""
    import vectorbt as vbt

    signals, bars = case["signals"], len(case["candles"]["close"])
    at_close = case["fill"] == "close"
    shape = (bars, 1 + max((signal["lane"] for signal in signals), default=0))
    entries = {long: np.zeros(shape, dtype=bool) for long in (True, False)}
    fractions = {level: np.full(shape, np.nan) for level in ("stop", "target")}
    rows: list[dict[str, Any]] = [{"outcome": "skipped"} for _ in signals]
    number_at: dict[tuple[int, int], int] = {}
    for number, signal in enumerate(signals):
        row, column = signal["bar"] + (0 if at_close else 1), signal["lane"]
        number_at[row, column] = number
        entries[signal["long"]][row, column] = True
        for level, values in fractions.items():
            if signal[f"{level}_fraction"] is not None:
                values[row, column] = signal[f"{level}_fraction"]
    prices = {
        name: np.array(case["candles"][name])[:, None] for name in ("open", "high", "low", "close")
    }
    portfolio = vbt.Portfolio.from_signals(
        entries=entries[True],
        short_entries=entries[False],
        price=prices["close" if at_close else "open"],
        **prices,
        size=float(case["units"]),
        size_type="amount",
        sl_stop=fractions["stop"],
        tp_stop=fractions["target"],
        stop_entry_price="fillprice",
        stop_exit_price="stoplimit",
        upon_opposite_entry="ignore",
        fixed_fees=case["fees"][0],
        fees=case["fees"][1],
        init_cash=_CASH,
        freq="1h",
    )
    for trade in portfolio.trades.records.to_dict("records"):
        number = number_at[int(trade["entry_idx"]), int(trade["col"])]
        closed = trade["status"] == 1
        rows[number] = {
            "outcome": "closed" if closed else "open",
            "long": trade["direction"] == 0,
            "entry_bar": int(trade["entry_idx"]),
            "entry_price": float(trade["entry_price"]),
            "exit_bar": int(trade["exit_idx"]) if closed else None,
            "exit_price": float(trade["exit_price"]) if closed else None,
            "result": float(trade["pnl"]) if closed else None,
        }
        if trade["size"] != case["units"]:
            raise ValueError(f"signal {number} was given {trade['size']} units")
    value = (np.asarray(portfolio.value()).reshape(shape) - _CASH).sum(axis=1)
    return {"rows": rows, "equity": value.tolist()}


def main(source: str, target: str) -> None:
    """Answer the cases of one file into another."""
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    cases = json.loads(Path(source).read_text(encoding="utf-8"))
    answers = [answer(case) for case in cases]
    found = {"version": version("vectorbt"), "answers": answers}
    Path(target).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
