"""The house's own engine: market orders with stop and target, in fixed lots, one symbol."""

import math
from dataclasses import dataclass
from typing import Any

from fillproof.conformance.adapters import Bar, PlainCase, Quote, Signal, engine, read_case


@dataclass
class Position:
    """One trade; prices of the side on which it opens and closes."""

    order_id: int
    sign: int
    size: float
    opened: int
    entry: float
    stop: float | None
    target: float | None
    fee: float


def snap(price: float | None, digits: int, sign: int) -> float | None:
    """Bring a level to the tick, mirrored for a short."""
    if price is None:
        return None
    power = 10.0**digits
    return sign * (math.floor(sign * price * power + 0.5) / power)


def opening(bar: Bar, sign: int) -> Quote:
    """Longs open on the ask, shorts on the bid."""
    return bar.ask if sign > 0 else bar.bid


def closing(bar: Bar, sign: int) -> Quote:
    """Longs close on the bid, shorts on the ask."""
    return bar.bid if sign > 0 else bar.ask


def find_exit(position: Position, bar: Bar) -> tuple[float, str] | None:
    """Say at which price and why a position leaves in a bar, or None."""
    quote, sign = closing(bar, position.sign), position.sign
    stop, target = position.stop, position.target
    worst, best = (quote.low, quote.high) if sign > 0 else (quote.high, quote.low)
    if target is not None and sign * (best - target) >= 0:
        return target, "take_profit"
    if stop is not None and sign * (worst - stop) <= 0:
        return stop, "stop_loss"
    return None


class Account:
    """Cash, what is open, what has left."""

    def __init__(self, case: PlainCase) -> None:
        self.case = case
        self.cash = case.initial_balance
        self.open: list[Position] = []
        self.trades: list[dict[str, Any]] = []

    def gain(self, position: Position, price: float) -> float:
        """Say what a position has made at a price."""
        move = (price - position.entry) * position.sign
        return move * position.size * self.case.spec.contract_size + 0.0

    def enter(self, signal: Signal, bar: Bar) -> None:
        """Fill a signal at the close of its bar."""
        size = self.case.fixed_lots or 0.0
        fee = self.case.fees["per_lot"] * size
        digits = self.case.spec.digits or 0
        stop, target = (snap(level, digits, signal.sign) for level in (signal.sl, signal.tp))
        price = opening(bar, signal.sign).close
        position = Position(signal.order_id, signal.sign, size, bar.index, price, stop, target, fee)
        self.cash -= fee
        self.open.append(position)

    def leave(self, position: Position, bar: Bar, price: float, reason: str) -> None:
        """Close a position."""
        fee, result = position.fee, self.gain(position, price)
        self.cash -= fee
        self.cash += result
        self.open.remove(position)
        self.trades.append(
            {
                "order_id": position.order_id,
                "direction": "long" if position.sign > 0 else "short",
                "trigger_time_us": self.case.bars[position.opened].time_us,
                "exit_time_us": bar.time_us,
                "entry_price": position.entry,
                "exit_price": price,
                "size": position.size,
                "exit_fee": fee,
                "result": result,
                "reason": reason,
            }
        )

    def equity(self, bar: Bar) -> float:
        """Cash and what is open, at the close."""
        marks = 0.0
        for position in self.open:
            marks += self.gain(position, closing(bar, position.sign).close)
        return self.cash + marks


@engine(
    name="house engine",
    version="1",
    gives=("trades", "equity"),
    trade_fields=(
        "order_id direction trigger_time_us exit_time_us entry_price exit_price size exit_fee "
        "result reason"
    ).split(),
    equity_columns=("time_us", "cash", "equity"),
)
def play(case: dict[str, Any]) -> dict[str, Any]:
    """Run a case: for each bar the signals, then the exits, then the books."""
    run = read_case(case)
    run.only("fees")
    account = Account(run)
    rows: dict[str, list[float]] = {"time_us": [], "cash": [], "equity": []}
    for bar in run.bars[run.start_bar :]:
        for signal in run.signals_at(bar.index):
            account.enter(signal, bar)
        for position in list(account.open):
            left = find_exit(position, bar) if position.opened < bar.index else None
            if left is not None:
                account.leave(position, bar, *left)
        rows["time_us"].append(bar.time_us)
        rows["cash"].append(account.cash)
        rows["equity"].append(account.equity(bar))
    return {"trades": account.trades, "equity": rows}
