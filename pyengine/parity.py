"""The preset parity: what the system it reproduces does otherwise, faults included (rules R)."""

from __future__ import annotations

from .arithmetic import distance, floor, larger
from .config import FeeModel, SlippageModel
from .errors import make_error
from .exits import TAKE_PROFIT_REASON, Exit
from .positions import AT_INSIDE, Position
from .quotes import Quote
from .rule_ids import (
    R1_WAITING,
    R2_SIZE,
    R2_SIZE_WITHOUT_SPEC,
    R3_STOP,
    R3_TARGET,
    R3_TRIGGER_STOP,
    R3_TRIGGER_TARGET,
)
from .symbols import SymbolSpec
from .triggers import LIMIT, Trigger

NEAREST_STOP = 1e-5
LEAST_LOTS = 0.01
UNIT_WITHOUT_SPEC = 100000.0


def check_costs(slippage_model: SlippageModel, fee_model: FeeModel) -> None:
    """Refuse costs that the preset would ignore (R6.options).

    Errors
    ------
    PRESET_OPTION
    """
    for field, value in (
        ("random_pips", slippage_model.random_pips),
        ("per_lot", fee_model.per_lot),
        ("percent", fee_model.percent),
    ):
        if value != 0.0:
            raise make_error("PRESET_OPTION", field=field, value=value, expected="0.0")


def decide_trigger(position: Position, quote: Quote) -> Trigger | None:
    """Return how a bar fills a waiting order: at its entry, without slippage (R1.waiting)."""
    _open, high, low, _close = quote.opening_candle(position.sign)
    entry = position.entry
    assert entry is not None
    if (position.sign > 0.0) == (position.order_type == LIMIT):
        touched = low <= entry
    else:
        touched = high >= entry
    return (R1_WAITING, entry, AT_INSIDE, False) if touched else None


def decide_exit(
    position: Position, quote: Quote, buffer: float, *, triggered_now: bool
) -> Exit | None:
    """Return the exit of a position in a bar, or None: the stop before the target (R3).

    Parameters
    ----------
    position : Position
    quote : Quote
    buffer : float
        In price units (R3.buffer).
    triggered_now : bool
        Whether this bar triggered the order.
    """
    stop, target = position.committed_stop_loss, position.committed_take_profit
    sign = position.sign
    _open, high, low, close = quote.closing_candle(sign)
    if stop is not None and (low <= stop + buffer if sign > 0.0 else high >= stop - buffer):
        if triggered_now:
            return R3_TRIGGER_STOP, "stop_loss", stop, True, False
        moved = stop != position.initial_stop_loss
        reason = "break_even_stop_loss" if moved else "stop_loss"
        return R3_STOP, reason, stop, True, False
    if target is None:
        return None
    if not (high >= target - buffer if sign > 0.0 else low <= target + buffer):
        return None
    if not triggered_now:
        return R3_TARGET, TAKE_PROFIT_REASON, target, True, False
    beyond = close > target if sign > 0.0 else close < target
    if position.order_type == LIMIT and not beyond:
        return None
    return R3_TRIGGER_TARGET, TAKE_PROFIT_REASON, target, True, False


def slipped(price: float, sign: float, slip: float) -> float:
    """Add slippage in the direction of the position, at entry and exit alike (R1, R3).

    >>> slipped(1.5, -1.0, 0.25)
    1.25
    """
    return price + (sign * slip)


def size_at(
    price: float, stop: float, risk: float, spec: SymbolSpec | None, unit_value: float
) -> tuple[float, str]:
    """Return the size of a fill and the rule that set it (R2).

    >>> size_at(1.1002, 1.099, 100.0, None, 100000.0)
    (0.83, 'R2.size_without_spec')
    """
    apart = distance(price, stop)
    if spec is None:
        raw = 0.0 if apart == 0.0 else risk / (apart * UNIT_WITHOUT_SPEC)
        return larger(LEAST_LOTS, to_decimals(raw, 2)), R2_SIZE_WITHOUT_SPEC
    least = spec.volume_min
    raw = least if apart == 0.0 else risk / (apart * unit_value)
    size = least
    if raw > least:
        size = least + (floor(((raw - least) + 1e-12) / spec.volume_step) * spec.volume_step)
        if size > spec.volume_max:
            size = spec.volume_max
    return to_decimals(size, 8), R2_SIZE


def to_decimals(x: float, digits: int) -> float:
    """Round the exact binary value to so many decimals, halves to even (R2).

    >>> to_decimals(0.125, 2), to_decimals(0.375, 2), to_decimals(2.675, 2)
    (0.12, 0.38, 2.67)
    """
    return float(f"{x:.{digits}f}") + 0.0
