"""Fillproof's own results as a plain trade list, read from the files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .plain import AuditTrade, TradeList, refuse
from .sheets import read_sheet

__all__ = ["facts_of", "read_own", "trades_of"]


def read_own(path: Path) -> TradeList:
    """Read a result folder that ``fillproof run --out`` wrote, or the trades.parquet in it.

    Raises
    ------
    DataError
        ``FILE_UNREADABLE``, ``COLUMNS_MISSING``.
    """
    folder = path if path.is_dir() else path.parent
    sheet = read_sheet(folder / "trades.parquet" if path.is_dir() else path)
    rows = [dict(zip(sheet.columns, row, strict=True)) for _, row in sheet.records()]
    for name in ("trigger_time_us", "entry_price", "exit_time_us", "initial_stop_loss"):
        sheet.needed(name)
    record: dict[str, Any] = {}
    file = folder / "result.json"
    if file.is_file():
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise refuse(file, None, None, str(error), "JSON", "FILE_UNREADABLE") from None
    facts = facts_of(record.get("config", {}))
    facts["embedded"] = next(
        (note for note in record.get("notes", []) if note.startswith("EURUSD H1 2017 (embedded")),
        None,
    )
    return trades_of(rows, str(path), facts)


def facts_of(config: dict[str, Any]) -> dict[str, Any]:
    """Take what an auditor may know out of a run's settings; nothing about how fills are made.

    Parameters
    ----------
    config
        `BacktestResult.config`.
    """
    spec = config.get("symbol_spec") or {}
    slippage = config.get("slippage") or {}
    facts: dict[str, Any] = {
        name: spec.get(name)
        for name in ("pip_size", "digits", "volume_min", "volume_step", "volume_max")
    }
    facts["symbol"] = config.get("symbol")
    facts["timeframe"] = config.get("timeframe")
    facts["slippage_pips"] = (slippage.get("fixed_pips") or 0.0) + (
        slippage.get("random_pips") or 0.0
    )
    # With rates a result is converted at its exit, with a rate that the table does not have.
    facts["converted"] = config.get("rates") is not None
    return facts


def trades_of(rows: list[dict[str, Any]], source: str, facts: dict[str, Any]) -> TradeList:
    """Turn rows of the table of trades into plain trades.

    Parameters
    ----------
    rows
        With the columns of `BacktestResult.trades`.
    source
        For messages.
    facts
        As `facts_of` gives them.
    """
    trades = [_trade(row, number, facts) for number, row in enumerate(rows, 1)]
    trades.sort(key=lambda trade: (trade.entry_time_us or 0, trade.row or 0))
    return TradeList(source, "fillproof", tuple(trades), levels_fixed=None, facts=facts)


def _trade(row: dict[str, Any], number: int, facts: dict[str, Any]) -> AuditTrade:
    fees = [row.get("entry_fee"), row.get("exit_fee")]
    waiting = row.get("order_type") in {"limit", "stop"}
    return AuditTrade(
        row["order_id"],
        row["direction"],
        symbol=row["symbol"],
        order_type=row.get("order_type"),
        # Fillproof's entry_time is the bar of the signal, its trigger_time the bar of the fill.
        entry_time_us=row["trigger_time_us"],
        signal_time_us=row.get("entry_time_us"),
        entry_price=row["entry_price"],
        exit_time_us=row["exit_time_us"],
        exit_price=row["exit_price"],
        size=row.get("size"),
        stop=row.get("stop_loss"),
        target=row.get("take_profit"),
        fee=sum(fee for fee in fees if fee is not None),
        result=row.get("result"),
        reason=row.get("reason"),
        level=row.get("reference") if waiting else None,
        initial_stop=row.get("initial_stop_loss"),
        initial_target=row.get("initial_take_profit"),
        unit_value=None if facts.get("converted") else row.get("unit_value"),
        row=number,
    )
