"""Shapes of executors, portfolios and position managers of a user's own; see `protocols`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class PositionManagerProtocol(Protocol):
    """Anything found as ``position_manager`` on the strategy (L3); called by keyword."""

    def manage_positions(
        self,
        *,
        open_positions: Sequence[Any],
        symbol_slice: Any,
        bid_candle: Any,
        ask_candle: Any,
        all_positions: Sequence[Any],
    ) -> None:
        """Move stops or close positions at the end of a bar.

        ``symbol_slice`` is a `SymbolDataSliceProtocol`, over several symbols a
        `MultiSymbolSliceProtocol`; the candles are `CandleLike`.
        """


@runtime_checkable
class ExecutionSimulatorProtocol(Protocol):
    """The least that an engine asks of an executor.

    ``open_bar(bid, ask)`` and ``close_bar(timestamp)`` are called where they exist; parameters
    named ``symbol`` and ``last`` are filled where they exist (L2.phases, L5.phases).
    """

    @property
    def active_positions(self) -> Sequence[Any]:
        """Waiting orders and open positions in order of acceptance."""

    def process_signal(self, signal: Any, /) -> None:
        """Take one signal."""

    def evaluate_exits(self, bid_candle: Any, ask_candle: Any, /) -> None:
        """Test what is active against a bar."""


@runtime_checkable
class CommandTaker(Protocol):
    """The commands of an executor (L8); each takes a position or its order id.

    In ENTRY they wait for CLOSE; ``modify`` changes what it is given and nothing else.
    """

    def close(self, position: Any) -> None:
        """Close an open position at the market."""

    def cancel(self, position: Any) -> None:
        """Cancel a waiting order."""

    def modify(
        self,
        position: Any,
        *,
        sl: float | None = ...,
        tp: float | None = ...,
        expires_at: datetime | None = ...,
    ) -> None:
        """Change levels, or the expiry of a waiting order; None removes what is there."""


@runtime_checkable
class PortfolioProtocol(Protocol):
    """The least that engines and our executor ask of a portfolio.

    ``mark(symbol, bid, ask)`` is called where it exists: `update` gets no prices.
    """

    def update(self, timestamp: Any, /) -> None:
        """Write the row of a bar."""

    def get_open_positions(self, symbol: str, /) -> Sequence[Any]:
        """Return the open positions of a symbol, in fill order."""

    def register_entry(self, position: Any, /) -> None:
        """Take a filled position in."""

    def register_exit(self, position: Any, /) -> None:
        """Take a closed position, or a part of one, out."""

    def register_fee(self, amount: float, time: datetime, kind: str, position: Any, /) -> None:
        """Book a fee."""

    def register_expired(self, position: Any, /) -> None:
        """Take in a waiting order that never filled."""


@runtime_checkable
class MarkLike(Protocol):
    """One thing that the candles leave open about a trade (X4.ledger)."""

    @property
    def rule(self) -> str:
        """The rule that left it open."""

    @property
    def time_us(self) -> int:
        """Open of the bar, microseconds since 1970 UTC."""

    @property
    def other(self) -> str:
        """The other reading: ``stop``, ``target``, ``open`` or ``unfilled``."""

    @property
    def price(self) -> float | None:
        """Price of the other reading."""

    @property
    def result(self) -> float:
        """Result of the other reading, account currency, without fees."""
