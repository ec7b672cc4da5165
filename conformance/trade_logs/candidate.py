"""A candidate of which there is only a list of trades, and maybe an equity curve.

`logs:FILE.toml` names it; see `logs_file`.  The list is that of one job.  It takes no other
requests, so the goldens are skipped.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from ..adapters.fields import FULL_TRADE_FIELDS, LEAST_FIELDS
from ..adapters.hello import read_hello
from ..case_keys import clock_us
from ..wire import PROTOCOL
from . import read_trades
from .cells import Cells
from .compare import compare_logs
from .logs_file import LogsSpec, read_spec
from .plain import AuditTrade, TradeList
from .sheets import read_sheet
from .zones import Zone

__all__ = [
    "LogsCandidate",
    "LogsSpec",
    "compare_logs",
    "connect_spec",
    "logs_candidate",
    "read_spec",
]

# Field of a trade of ours: attribute of a plain one.
_FIELDS = {
    "symbol": "symbol",
    "direction": "direction",
    "order_type": "order_type",
    "entry_time_us": "signal_time_us",
    "trigger_time_us": "entry_time_us",
    "exit_time_us": "exit_time_us",
    "entry_price": "entry_price",
    "exit_price": "exit_price",
    "stop_loss": "stop",
    "take_profit": "target",
    "initial_stop_loss": "initial_stop",
    "initial_take_profit": "initial_target",
    "size": "size",
}
_TIMES = ("entry_time_us", "trigger_time_us", "exit_time_us")
# Replays of a job have such an id; a golden has another.
_OF_JOB = "job/"


def logs_candidate(path: Path) -> LogsCandidate:
    """Make a candidate of a file that names a trade list; see `read_spec`."""
    return LogsCandidate(read_spec(path))


def connect_spec(spec: LogsSpec) -> LogsCandidate:
    """Make a candidate of what was read."""
    return LogsCandidate(spec)


class LogsCandidate:
    """A trade list in the place of a program: it answers with what it has.

    Parameters
    ----------
    spec
        The list and how it is read.

    Attributes
    ----------
    spec, hello
        As of every candidate; `can` is empty, since it runs nothing.
    trades
        The list.

    Raises
    ------
    DataError, CandleError, ValueError
        The list cannot be read, or has too little for a comparison.
    """

    def __init__(self, spec: LogsSpec) -> None:
        self.spec = spec
        found = read_trades(
            spec.trades, spec.format, zone=spec.zone, contract_size=spec.contract_size
        )
        symbols = found.symbols()
        if spec.symbol is not None and len(symbols) > 1:
            if spec.symbol not in symbols:
                raise ValueError(
                    f"{spec.label}: symbol is {spec.symbol!r}; the list has {', '.join(symbols)}"
                )
            found = found.of_symbol(spec.symbol)
        self.trades: TradeList = found
        self._equity = None if spec.equity is None else _read_equity(spec.equity, spec.zone)
        groups = _groups(found.trades)
        fields = [name for name in FULL_TRADE_FIELDS if self._has(name)]
        if spec.fields is not None:
            missing = [name for name in spec.fields if name not in fields]
            if missing:
                raise ValueError(
                    f"{spec.label}: fields has {missing[0]!r}, which the list does not give; "
                    f"expected some of {', '.join(fields)}"
                )
            fields = list(spec.fields)
        short = [name for name in LEAST_FIELDS if name not in fields]
        if short:
            raise ValueError(
                f"{spec.label}: the list gives no {short[0]}; expected at least "
                f"{', '.join(LEAST_FIELDS)}"
            )
        self.hello: dict[str, Any] = read_hello(
            {
                "protocol": PROTOCOL,
                "name": spec.name,
                "version": spec.version,
                "gives": ["trades", *(["equity"] if self._equity is not None else [])],
                "trade_fields": fields,
                "trade_groups": [name for name in ("closed", "open", "parts") if groups[name]],
                "equity_columns": ["time_us", "equity"],
                "can": [],
                "notes": list(found.notes),
            }
        )

    def outcome(self, times: Sequence[int] | None = None) -> dict[str, Any]:
        """Give the list as an outcome.

        Parameters
        ----------
        times
            Openings of the bars; a moment is told as that of the bar that contains it.
        """
        groups = _groups(self.trades.trades)
        fields = self.hello["trade_fields"]
        told: dict[str, Any] = {
            "trades": {
                name: [self._trade(trade, fields, times) for trade in groups[name]]
                for name in self.hello["trade_groups"]
            },
            "error": None,
        }
        if self._equity is not None:
            told["equity"] = self._equity
        return told

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:  # noqa: ARG002
        """Answer a replay of the job with the list; all else is a skip.

        Parameters
        ----------
        request
            As our workers take it.
        seconds
            Not needed: the answer is there.
        """
        if request["do"] == "proof":
            content = self.spec.trades
            digest = hashlib.sha256(content.read_bytes()).hexdigest() if content.is_file() else None
            modules = {"trades": str(content)}
            return {"proof": {"modules": modules, "digest": digest, "faults": []}}
        case = request.get("case", {})
        if request["do"] != "case" or not str(case.get("id", "")).startswith(_OF_JOB):
            return {"skip": "there is only a list of trades, of one job", "seconds": 0.0}
        return {"outcome": self.outcome(clock_us(case)), "seconds": 0.0}

    def close(self) -> None:
        """There is nothing to end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _has(self, name: str) -> bool:
        if name == "result":
            return self.trades.result_is == "gross" and self._any("result")
        if name == "net_result":
            return self.trades.result_is == "after fees" and self._any("result")
        if name == "swap":
            return self._any("swap")
        return name in _FIELDS and self._any(_FIELDS[name])

    def _any(self, name: str) -> bool:
        return any(getattr(trade, name) is not None for trade in self.trades.trades)

    def _trade(
        self, trade: AuditTrade, fields: Sequence[str], times: Sequence[int] | None
    ) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for name in fields:
            source = "result" if name == "net_result" else _FIELDS.get(name, name)
            value = getattr(trade, source)
            told[name] = _opening(value, times) if name in _TIMES else value
        if "symbol" in told and self.spec.symbol is not None:
            told["symbol"] = self.spec.symbol
        return told


def _opening(moment: int | None, times: Sequence[int] | None) -> int | None:
    """Give the opening of the bar that contains a moment."""
    if moment is None or not times:
        return moment
    bar = bisect_right(times, moment) - 1
    return times[bar] if bar >= 0 else moment


def _groups(trades: Sequence[AuditTrade]) -> dict[str, list[AuditTrade]]:
    """Sort a list as our results are: closed and parts in order of their exits."""
    by_number: dict[int | str, list[AuditTrade]] = defaultdict(list)
    for trade in trades:
        by_number[trade.number].append(trade)
    groups: dict[str, list[AuditTrade]] = {"closed": [], "open": [], "parts": []}
    for parts in by_number.values():
        parts.sort(key=lambda t: t.exit_time_us if t.exit_time_us is not None else 2**63)
        *earlier, last = parts
        groups["parts"] += earlier
        groups["open" if last.exit_time_us is None else "closed"].append(last)
    for name in ("closed", "parts"):
        groups[name].sort(key=lambda t: (t.exit_time_us or 0, t.entry_time_us or 0))
    return groups


def _read_equity(path: Path, zone: Zone | None) -> dict[str, list[Any]]:
    sheet = read_sheet(path)
    cells = Cells(str(path), zone=zone)
    time = sheet.needed("time", "time_us", "date", "timestamp")
    equity = sheet.needed("equity")
    if sheet.columns[time].strip().lower() == "time_us":
        cells.time_format = "us"
    found: dict[str, list[Any]] = {"time_us": [], "equity": []}
    for number, row in sheet.records():
        found["time_us"].append(cells.time(row[time], number, sheet.columns[time]))
        found["equity"].append(cells.needed(row[equity], number, "equity"))
    return found
