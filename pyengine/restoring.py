"""Puts a canonical state into an executor and a portfolio that have done nothing yet (L9.restore).

What ``execution_state`` shows is read back here: checked first, all of it, then taken over.
"""

# ruff: noqa: SLF001 - the modules of one engine share the record behind a face

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .carried import Carried, CarriedLedger, CarriedState, read_state
from .errors import make_error
from .portfolio import Portfolio
from .positions import OPEN, PENDING, Position
from .trace import MANAGE
from .triggers import MARKET, trigger_level

if TYPE_CHECKING:
    from .execution import ExecutionSimulator


def restore(executor: ExecutionSimulator, state: Mapping[str, Any]) -> None:
    """Take over a state (state.schema.json), for a run that goes on after its bar (L9.restore)."""
    # READ
    accounted = executor.rates is not None or executor.margin is not None or executor._swaps
    carried = read_state(state, accounted)
    # DECIDE
    portfolio = check_unused(executor)
    check_shown(executor, carried)
    # APPLY
    take_ledger(portfolio, carried.ledger)
    blotter = executor._blotter
    executor._next_order_id = carried.next_order_id
    by_number = sorted(carried.orders + carried.positions, key=lambda item: item.order_id)
    for item in by_number:
        position = make_position(executor, item)
        executor._orders[item.order_id] = position
        blotter.active.append(position)
    for order_id in carried.opened:
        position = executor._orders[order_id]
        executor._held.append(position)
        portfolio._open[id(position)] = position
    blotter.version += 1
    blotter.phase = MANAGE
    if carried.time_us is not None:
        portfolio._curve.equity = portfolio._cash + portfolio._marked(carried.time_us).total


def check_unused(executor: ExecutionSimulator) -> Portfolio:
    """Refuse an executor or portfolio with a past of its own; return the portfolio."""
    if executor._next_order_id != 1:
        raise make_error(
            "EXECUTOR_USED", field="executor", value=executor._next_order_id - 1,
            expected="an executor that has processed no signal",
        )  # fmt: skip
    portfolio = executor.portfolio
    if not isinstance(portfolio, Portfolio):
        raise make_error(
            "PORTFOLIO_INVALID", field="portfolio", value=portfolio,
            expected="a Portfolio of the executor's own backend",
        )  # fmt: skip
    booked = portfolio._fees or portfolio._swaps or portfolio._expired
    if booked or portfolio._open or portfolio._closed or portfolio._curve.size:
        raise make_error(
            "EXECUTOR_USED", field="portfolio", value=portfolio._curve.size,
            expected="a portfolio that has booked nothing",
        )  # fmt: skip
    return portfolio


def check_shown(executor: ExecutionSimulator, carried: CarriedState) -> None:
    """Ask for the bars so far: last quotes, steps and rates come from them, not from the state."""
    shown_us = executor._blotter.time_us
    if shown_us != carried.time_us:
        raise make_error(
            "STATE_INVALID", field="time_us", value=carried.time_us,
            expected=f"{shown_us}, the open of the last bar shown to open_bar",
        )  # fmt: skip
    for name, items in (("orders", carried.orders), ("positions", carried.positions)):
        for place, item in enumerate(items):
            if item.symbol not in executor._quotes:
                raise make_error(
                    "STATE_INVALID", field=f"{name}[{place}].symbol", value=item.symbol,
                    expected="a symbol whose bars were shown to open_bar",
                )  # fmt: skip


def take_ledger(portfolio: Portfolio, ledger: CarriedLedger) -> None:
    """Set what the portfolio has booked; its worst drawdown is at least the one at the closes."""
    portfolio._cash = ledger.cash
    portfolio._curve.equity = ledger.cash
    portfolio._total_fees = ledger.total_fees
    portfolio._realised = ledger.realised
    portfolio._total_swap = ledger.total_swap
    portfolio._closed_before = ledger.closed
    portfolio._curve.max_equity = ledger.max_equity
    portfolio._curve.max_drawdown = ledger.max_drawdown
    portfolio._curve.max_drawdown_worst = ledger.max_drawdown


def make_position(executor: ExecutionSimulator, item: Carried) -> Position:
    """Make the record of an order or position again; what the settings say is not in the state."""
    spec = executor._symbol_specs.get(item.symbol)
    digits = None if spec is None else spec.digits
    position = Position(
        item.order_id, item.symbol, item.direction, item.order_type, PENDING, item.entry_time_us,
        item.reference, item.unit_value, item.size, item.stop_loss, item.take_profit,
        executor._risked(), digits, item.entry,
    )  # fmt: skip
    position.risk = item.risk
    position.initial_size = item.initial_size
    position.initial_stop_loss = item.initial_stop_loss
    position.initial_take_profit = item.initial_take_profit
    position.expires_at_us = item.expires_at_us
    position.max_bars = item.max_bars
    position.bars_seen = item.bars_seen
    position.oco = item.oco
    position.stop_reason = item.stop_reason
    position.parts = item.parts
    position.blotter = executor._blotter
    if spec is not None:
        position.pip_size = spec.pip_size
    if executor._parity:
        position.parity = True
        if item.risk is not None:
            position.risk_per_trade = item.risk
        if spec is not None:
            position.fee_unit = spec.contract_size
    elif item.order_type != MARKET and item.entry is not None:
        through = executor._policy.limit_through_pips * position.pip_size
        position.trigger = trigger_level(
            item.order_type, item.entry, position.sign, through, digits
        )
    fill = item.fill
    if fill is None:
        if item.oco is not None:
            position.group = executor._group_of(item.oco)
        return position
    position.status = OPEN
    position.trigger_time_us = fill.time_us
    position.at = fill.at
    position.entry_price = fill.price
    position.entry_fee = fill.fee
    position.ambiguous = fill.ambiguous
    position.swap = fill.swap
    position.margin = fill.margin
    if not position.parity:
        position.now_unit = item.unit_value if fill.now_unit is None else fill.now_unit
        position.fee_unit = position.now_unit
    return position
