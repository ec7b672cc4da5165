"""Cash, positions, fees and the equity curve (rules P1 to P3).

Invariant: cash = initial balance - fees + results of closed positions.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from .arithmetic import smaller
from .candles import from_time_us, to_time_us
from .equity_curve import EquityCurve
from .marks import Marked, MarkQuote, mark_positions, own_record
from .position_face import face_of
from .positions import Position
from .rule_ids import (
    P3_ENTRY_FEE,
    P3_EXIT_FEE,
    P3_EXIT_RESULT,
    P3_ROW,
    P3_ROW_STALE,
    P6_SWAP,
)
from .settings import number
from .summary import summarise
from .trace import Tracer

ENTRY_FEE = "entry_fee"
EXIT_FEE = "exit_fee"
RESULT = "result"
SWAP = "swap"
LARGEST = 1.7976931348623157e308


def shown(position: object) -> object:
    """Return what is shown of a position: the face of a record, any other itself."""
    return face_of(position) if isinstance(position, Position) else position


def own_portfolio(portfolio: Any, method: str) -> Portfolio | None:
    """Return a portfolio of ours in which nobody has replaced a method; else None.

    The compiled twin calls such a one straight.
    """
    if type(portfolio) is Portfolio and method not in portfolio.__dict__:
        return portfolio
    return None


class Portfolio:
    """An account in one currency.

    Parameters
    ----------
    initial_balance : float
        Account currency.

    Attributes
    ----------
    cash : float
        Balance: fees and results booked so far.
    equity : float
        Cash and the marks of open positions, as of the last update.
    max_equity, max_drawdown, max_drawdown_worst, initial_max_drawdown, total_fees : float
    realised_only : bool
        True once a position of a foreign executor was registered: such are not marked.

    Examples
    --------
    >>> Portfolio(5000.0).cash
    5000.0
    """

    def __init__(self, initial_balance: float = 10000.0) -> None:
        self._initial_balance = number(initial_balance, "initial_balance", least=0.0)
        self._cash = self._initial_balance
        self._curve = EquityCurve(self._initial_balance)
        self._total_fees = 0.0
        self._total_swap = 0.0
        self._stale_rows = 0
        self._realised = 0.0
        self._realised_only = False
        self._last_exit_us: int | None = None
        # Records of executors of ours, and positions of others; what is shown of a record is its
        # face. Keyed by identity, in fill order: an exit costs the same however many are open.
        self._open: dict[int, object] = {}
        self._closed: list[object] = []
        # Exits booked before a state was taken over (L9.restore).
        self._closed_before = 0
        self._expired: list[object] = []
        # Time, kind, amount and position of each in turn: one list, not a tuple for each.
        self._fees: list[Any] = []
        self._swaps: list[tuple[int, float, object]] = []
        self._marks: dict[str, MarkQuote] = {}
        self._tracer: Tracer | None = None

    def attach_tracer(self, tracer: Tracer | None) -> None:
        """Record ledger and equity events from now on."""
        self._tracer = tracer

    @property
    def initial_balance(self) -> float:
        """Balance at the start."""
        return self._initial_balance

    @property
    def cash(self) -> float:
        """Balance: fees and results booked so far."""
        return self._cash

    @property
    def equity(self) -> float:
        """Equity of the last update row, the initial balance before the first."""
        return self._curve.present()

    @property
    def max_equity(self) -> float:
        """Highest equity of any row, at least the initial balance."""
        return self._written().max_equity

    @property
    def max_drawdown(self) -> float:
        """Largest fall of equity from its maximum, account currency."""
        return self._written().max_drawdown

    @property
    def max_drawdown_worst(self) -> float:
        """The same, with each bar's worst equity."""
        return self._written().max_drawdown_worst

    @property
    def initial_max_drawdown(self) -> float:
        """Largest fall of equity below the initial balance, at least 0."""
        return self._written().initial_max_drawdown

    @property
    def total_fees(self) -> float:
        """All fees booked."""
        return self._total_fees

    @property
    def total_swap(self) -> float:
        """All swap booked; positive gains."""
        return self._total_swap

    @property
    def swaps_log(self) -> list[tuple[datetime, float, object]]:
        """Swaps as (time, amount, position)."""
        return [(from_time_us(time), amount, who) for time, amount, who in self._swaps]

    @property
    def stale_rows(self) -> int:
        """Rows in which an open position was marked with an old candle or rate (P3.row_stale)."""
        return self._stale_rows

    def use_ordinals(self) -> None:
        """Take times that are places, of a run with other keys than times (L4.ordinal)."""

    @property
    def realised_only(self) -> bool:
        """Whether equity leaves out open positions of a foreign executor (P3.realised_only)."""
        return self._realised_only

    @property
    def last_exit_time(self) -> datetime | None:
        """Time of the latest exit, of a whole position or a part; None before the first."""
        return None if self._last_exit_us is None else from_time_us(self._last_exit_us)

    @property
    def open_positions(self) -> list[object]:
        """Filled positions in fill order."""
        return [shown(position) for position in self._open.values()]

    @property
    def closed_positions(self) -> list[object]:
        """Closed positions in order of their exits, parts left out."""
        return [shown(item) for item in self._closed if not getattr(item, "part", 0)]

    @property
    def expired_orders(self) -> list[object]:
        """Waiting orders that never filled: expired or cancelled."""
        return list(self._expired)

    @property
    def partial_closed_positions(self) -> list[object]:
        """Parts of positions closed on their own, in order of their exits (P3.partial)."""
        return [shown(item) for item in self._closed if getattr(item, "part", 0)]

    @property
    def exits(self) -> list[object]:
        """Closed positions and parts together, in order of their exits."""
        return [shown(position) for position in self._closed]

    @property
    def fees_log(self) -> list[tuple[datetime, str, float, object]]:
        """Fees as (time, kind, amount, position)."""
        columns = (self._fees[place::4] for place in range(4))
        return [
            (from_time_us(time), kind, fee, shown(who))
            for time, kind, fee, who in zip(*columns, strict=True)
        ]

    @property
    def equity_curve(self) -> list[tuple[datetime, float, float, float, float]]:
        """Rows (time, cash, equity, equity_worst, drawdown)."""
        return [
            (from_time_us(time), cash, equity, worst, drawdown)
            for time, cash, equity, worst, drawdown in self._curve.rows()
        ]

    def equity_columns(self) -> dict[str, np.ndarray]:
        """Return the equity rows as columns: time_us int64, the rest float64; read-only."""
        return self._curve.columns()

    def get_open_positions(self, symbol: str | None = None) -> list[object]:
        """Return the open positions, of one symbol or all, in fill order."""
        return [
            shown(position)
            for position in self._open.values()
            if symbol is None or position.symbol == symbol  # type: ignore[attr-defined]
        ]

    def register_entry(self, position: object) -> None:
        """Take a filled position in."""
        record = own_record(position)
        if record is None:
            self._realised_only = True
            self._open[id(position)] = position
        else:
            self._open[id(record)] = record

    def _book_entry(self, position: Position, order_id: int, fee: float, time_us: int) -> None:
        """Take in a filled position of an executor of ours, and its fee."""
        self._open[id(position)] = position
        if fee != 0.0:
            self._book_fee(fee, time_us, ENTRY_FEE, position, order_id)

    def register_exit(self, position: object) -> None:
        """Take a closed position out: its exit fee leaves cash, then its result enters (P3)."""
        # READ
        record = own_record(position)
        if record is not None and record.exit_time_us is not None:
            result = number(record.result, "result", least=-LARGEST)
            exit_fee = number(record.exit_fee, "exit_fee", least=0.0)
            self._book_exit(record, record.order_id, result, exit_fee, record.exit_time_us)
            return
        order_id: int = getattr(position, "order_id", 0)
        result = number(getattr(position, "result", None), "result", least=-LARGEST)
        exit_fee = number(getattr(position, "exit_fee", None) or 0.0, "exit_fee", least=0.0)
        exit_time = getattr(position, "exit_time", None)
        exit_us = None
        if exit_fee != 0.0 or exit_time is not None:
            exit_us = to_time_us(exit_time, "exit_time")
        self._book_exit(position, order_id, result, exit_fee, exit_us)

    def register_fee(self, amount: float, time: datetime, kind: str, position: object) -> None:
        """Book a fee: amount in account currency, kind a word such as entry_fee."""
        order_id: int = getattr(position, "order_id", 0)
        fee = number(amount, "amount", least=0.0)
        self._book_fee(fee, to_time_us(time, "time"), kind, position, order_id)

    def register_swap(self, amount: float, time: datetime, position: object) -> None:
        """Book a night's swap: amount in account currency, positive gains (P6.swap)."""
        order_id: int = getattr(position, "order_id", 0)
        swap = number(amount, "amount", least=-LARGEST)
        time_us = to_time_us(time, "time")
        self._cash = self._cash + swap
        self._total_swap = self._total_swap + swap
        self._swaps.append((time_us, swap, position))
        self._emit_ledger(SWAP, P6_SWAP, order_id, swap)

    def register_expired(self, position: object) -> None:
        """Take in a waiting order that never filled."""
        self._expired.append(position)

    def _book_exit(
        self, position: object, order_id: int, result: float, exit_fee: float, exit_us: int | None
    ) -> None:
        # APPLY
        if exit_us is not None and (self._last_exit_us is None or exit_us > self._last_exit_us):
            self._last_exit_us = exit_us
        self._open.pop(id(position), None)
        self._closed.append(position)
        if exit_fee != 0.0 and exit_us is not None:
            self._book_fee(exit_fee, exit_us, EXIT_FEE, position, order_id)
        self._cash = self._cash + result
        self._realised = self._realised + result
        self._emit_ledger(RESULT, P3_EXIT_RESULT, order_id, result)

    def _book_fee(
        self, amount: float, time_us: int, kind: str, position: object, order_id: int
    ) -> None:
        self._cash = self._cash - amount
        self._total_fees = self._total_fees + amount
        self._fees.append(time_us)
        self._fees.append(kind)
        self._fees.append(amount)
        self._fees.append(position)
        if self._tracer is not None:
            rule = P3_EXIT_FEE if kind == EXIT_FEE else P3_ENTRY_FEE
            self._emit_ledger(kind, rule, order_id, amount)

    def _emit_ledger(self, entry: str, rule: str, order_id: int, amount: float) -> None:
        if self._tracer is not None:
            self._tracer.emit(
                "ledger", rule, entry=entry, order_id=order_id, amount=amount, cash=self._cash
            )

    def _written(self) -> EquityCurve:
        """Return the rows, none of them left for later: its extremes are known."""
        self._curve.write_up()
        return self._curve

    def mark(self, symbol: str, bid: object, ask: object) -> None:
        """Remember the current candles of a symbol, for the next update."""
        self._marks[symbol] = MarkQuote(bid, ask)

    def appraise(self, time: datetime) -> tuple[float, float, dict[str, str]]:
        """Say what update would write now, and write nothing (A3.stop_out).

        Parameters
        ----------
        time : datetime
            Open of the bar, aware.

        Returns
        -------
        tuple
            Equity, worst equity, and by symbol whether the lows or the highs were the worst:
            "low" or "high".
        """
        marked = self._marked(to_time_us(time, "time"))
        equity = self._cash + marked.total
        return equity, smaller(equity, self._cash + marked.worst), marked.sides

    def _marked(self, time_us: int) -> Marked:
        return mark_positions(self._open.values(), self._marks, time_us)

    def update(self, time: datetime) -> None:
        """Write the row of a bar: equity, worst equity, drawdown (P3).

        Parameters
        ----------
        time : datetime
            Open of the bar, aware. The same time again replaces the row; maxima stay.
        """
        self._write_row(to_time_us(time, "time"))

    def _write_row(self, time_us: int) -> None:
        # DECIDE
        marked, worst, stale = 0.0, 0.0, False
        if self._open:
            found = self._marked(time_us)
            marked, worst, stale = found.total, found.worst, found.stale
        # APPLY
        self._curve.add(time_us, self._cash, marked, worst)
        self._stale_rows = self._stale_rows + stale
        # TRACE
        if self._tracer is not None:
            cash, equity, equity_worst, drawdown = self._curve.last()
            self._tracer.emit(
                "equity",
                P3_ROW_STALE if stale else P3_ROW,
                cash=cash,
                equity=equity,
                equity_worst=equity_worst,
                drawdown=drawdown,
                max_equity=self._curve.max_equity,
            )

    def get_summary(self) -> dict[str, float | int]:
        """Return the figures of the run, rounded for reading (P1.summary)."""
        return summarise(self)

    def ledger_state(self) -> dict[str, float | int]:
        """Return the ledger part of the canonical state (schema: state.schema.json)."""
        swap = {"total_swap": self._total_swap} if self._total_swap != 0.0 else {}
        return {
            **swap,
            "cash": self._cash,
            "total_fees": self._total_fees,
            "realised": self._realised,
            "closed": self._closed_before + len(self._closed),
            "max_equity": self._written().max_equity,
            "max_drawdown": self._written().max_drawdown,
        }
