"""Commission and slippage (rules P4, E1, X2, N2)."""

from __future__ import annotations

from .arithmetic import larger, snap_down, snap_up, unit_random
from .config import FeeModel, SlippageModel
from .terms import Terms

ENTRY_SIDE = 0
EXIT_SIDE = 1


def fee(model: FeeModel, lots: float, price: float, unit_value: float) -> float:
    """Return the commission of one side in account currency (P4.fee).

    ``max((per_lot * lots + notional / 1e6 * per_million) + notional * percent / 100, minimum)``
    with ``notional = (lots * unit_value) * price``.

    >>> fee(FeeModel(per_lot=3.5), 0.5, 1.1, 100000.0)
    1.75
    """
    return _charge(
        model.per_lot, model.per_million, model.percent, model.minimum, lots, price, unit_value
    )


def known_fee(terms: Terms, lots: float, price: float, unit_value: float) -> float:
    """Return the same by what is known of the model."""
    return _charge(
        terms.per_lot, terms.per_million, terms.percent, terms.minimum, lots, price, unit_value
    )


def _charge(
    per_lot: float,
    per_million: float,
    percent: float,
    minimum: float,
    lots: float,
    price: float,
    unit_value: float,
) -> float:
    notional = (lots * unit_value) * price
    by_lot = per_lot * lots
    by_million = (notional / 1e6) * per_million
    by_percent = (notional * percent) / 100.0
    return larger((by_lot + by_million) + by_percent, minimum) + 0.0


def slippage(model: SlippageModel, pip_size: float, order_id: int, side: int, part: int) -> float:
    """Return the slippage of one side of an order in price units (N3.random).

    ``(fixed_pips + (u * random_pips)) * pip_size``; `part` is the number of a partial exit, else 0.

    >>> slippage(SlippageModel(0.5), 0.0001, 1, ENTRY_SIDE, 0)
    5e-05
    """
    if model.random_pips == 0.0:
        return model.fixed_pips * pip_size
    u = unit_random(model.seed, order_id, side, part)
    return (model.fixed_pips + (u * model.random_pips)) * pip_size


def entry_price(raw: float, sign: float, slip: float, digits: int | None) -> float:
    """Slip an entry against the order: up for a long, down for a short (E1, N2.adverse).

    Parameters
    ----------
    raw : float
        Price before slippage.
    sign : float
        1.0 for long, -1.0 for short.
    slip : float
        Slippage in price units; 0 leaves the price as it is, snapped or not.
    digits : int, optional
        Decimals of a quoted price; None leaves the slipped price unsnapped.

    >>> entry_price(1.10013, 1.0, 0.00002, 5)
    1.10015
    """
    if slip == 0.0:
        return raw
    if sign > 0.0:
        return raw + slip if digits is None else snap_up(raw + slip, digits)
    return raw - slip if digits is None else snap_down(raw - slip, digits)


def exit_price(raw: float, sign: float, slip: float, digits: int | None) -> float:
    """Slip an exit against the position: down for a long, up for a short (X2, N2.adverse).

    >>> exit_price(1.10013, 1.0, 0.00002, 5)
    1.10011
    """
    return entry_price(raw, -sign, slip, digits)
