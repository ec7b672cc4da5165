"""Writes the settings of a job as a file for `--config`."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from fillproof.cli_settings import Settings

__all__ = ["settings_text"]

_TOP = ("symbol", "timeframe", "start", "initial_balance", "strict", "account")
_TABLES = (
    "spec", "policy", "sizing", "slippage", "fees", "margin", "session", "rates",
)  # fmt: skip


def settings_text(settings: Settings, folder: Path) -> str:
    """Write settings as TOML; files are named from `folder` on.

    Examples
    --------
    >>> print(settings_text(Settings(symbol="EURUSD"), Path("/tmp")).splitlines()[0])
    symbol = "EURUSD"
    """
    lines = []
    default = Settings()
    for name in _TOP:
        value = getattr(settings, name)
        if value is not None and value != getattr(default, name):
            lines.append(f"{name} = {_value(value)}")
    strategy = {"name": settings.strategy, **settings.parameters}
    tables: dict[str, dict[str, Any]] = {"strategy": strategy, "data": _data(settings, folder)}
    tables.update({name: getattr(settings, name) for name in _TABLES})
    for name, table in tables.items():
        kept = {key: value for key, value in table.items() if value is not None}
        if kept:
            lines += ["", f"[{name}]", *(f"{_key(key)} = {_value(kept[key])}" for key in kept)]
    return "\n".join(lines) + "\n"


def _data(settings: Settings, folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = {"bid": settings.bid, "ask": settings.ask}
    if settings.data is not None:
        told = {"file": settings.data, "side": settings.side, "spread": settings.spread}
    told["time_unit"] = settings.time_unit
    told |= {"lower_bid": settings.lower_bid, "lower_ask": settings.lower_ask}
    told |= {"lower_file": settings.lower_data, "lower_timeframe": settings.lower_timeframe}
    if settings.lower_data is not None:
        told |= {"side": settings.side, "spread": settings.spread}
    return {
        key: os.path.relpath(value, folder) if isinstance(value, Path) else value
        for key, value in told.items()
    }


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{{inside}}}"
    return repr(value)
