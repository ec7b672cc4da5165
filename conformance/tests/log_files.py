"""Small files for the tests of trade lists."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fillproof.conformance.trade_logs import AuditTrade

FIXTURES = Path(__file__).parent / "fixtures"


def us(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


def put(folder: Path, text: str, name: str = "trades.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def said(trade: AuditTrade) -> dict[str, Any]:
    """Keep what is told."""
    return {
        name: getattr(trade, name)
        for name in AuditTrade.__slots__
        if getattr(trade, name) is not None
    }
