"""The figures of a run, rounded for reading (P1.summary); the exact ones stay in the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .portfolio import Portfolio


def summarise(portfolio: Portfolio) -> dict[str, float | int]:
    """Return the summary: money to 2 places, R to 3, Winrate in percent; zero is a loss."""
    closed = portfolio.closed_positions
    lots = 0.0
    r_sum = 0.0
    r_count = 0
    wins = 0
    break_even = 0
    for position in closed:
        lots = lots + float(getattr(position, "size", 0.0))
        if float(position.result) > 0.0:  # type: ignore[attr-defined]
            wins += 1
        r_multiple = getattr(position, "r_multiple", None)
        if r_multiple is not None:
            r_sum = r_sum + float(r_multiple)
            r_count += 1
        if getattr(position, "reason", None) == "break_even_stop_loss":
            break_even += 1
    trades = len(closed)
    return {
        "Initial Balance": _rounded(portfolio.initial_balance, 2),
        "Final Balance": _rounded(portfolio.cash, 2),
        "Equity": _rounded(portfolio.equity, 2),
        "Max Drawdown": _rounded(portfolio.max_drawdown, 2),
        "Drawdown Initial Balance": _rounded(portfolio.initial_max_drawdown, 2),
        "Total Fees": _rounded(portfolio.total_fees, 2),
        "Total Lots": _rounded(lots, 2),
        "Total Trades": trades,
        "Expired Orders": len(portfolio.expired_orders),
        "Partial Closed Orders": len(portfolio.partial_closed_positions),
        "Orders closed at Break Even": break_even,
        "Avg R-Multiple": _rounded(r_sum / r_count, 3) if r_count else 0.0,
        "Winrate": _rounded((wins / trades) * 100.0, 2) if trades else 0.0,
        "Wins": wins,
        "Losses": trades - wins,
    }


def _rounded(value: float, places: int) -> float:
    """Round the exact binary value to decimal places, to nearest, never -0.0 (N4)."""
    return round(value, places) + 0.0
