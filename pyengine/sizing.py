"""Volume of an order (rule E4), fixed when it is accepted.

Both functions return ``(size, rule, expected)``: the size in lots and the rule that set it, or
``None``, the rule that refuses the order and what it would have accepted.
"""

from __future__ import annotations

from .arithmetic import distance, floor, is_finite
from .rule_ids import (
    E4_CAPPED,
    E4_CLAMPED,
    E4_FIXED_LOTS,
    S3_BELOW_MIN,
    S3_SIZE_NOT_FINITE,
    S3_VOLUME,
)
from .symbols import LOT_UNIT, SymbolSpec


def fixed_lots(lots: float, spec: SymbolSpec | None) -> tuple[float | None, str, str]:
    """Take the volume as given, if it lies on the symbol's grid (E4.fixed_lots, S3.volume).

    >>> fixed_lots(0.1, None)[0]
    0.1
    >>> fixed_lots(0.015, SymbolSpec("EURUSD", 0.0001))[:2]
    (None, 'S3.volume')
    """
    if spec is None:
        return lots, E4_FIXED_LOTS, ""
    least, step, most = spec.volume_units()
    units = floor((lots * LOT_UNIT) + 0.5)
    steps = floor((units - least) / step)
    if units / LOT_UNIT != lots or units < least or units > most or (steps * step) != units - least:
        return None, S3_VOLUME, f"{spec.volume_min} to {spec.volume_max} by {spec.volume_step}"
    return lots, E4_FIXED_LOTS, ""


def risk_lots(
    amount: float,
    reference: float,
    stop_loss: float,
    spec: SymbolSpec,
    below_min: str,
    rule: str,
    unit_value: float,
) -> tuple[float | None, str, str]:
    """Size an order so that its initial stop loses ``amount`` (E4.risk_amount, E4.capped).

    ``raw = amount / (|reference - stop| * unit value)``, brought down to the volume grid:
    ``n = floor((raw - min) / step + 1e-6)``, ``(Min + n * Step) / 1e8``.

    Parameters
    ----------
    amount, reference, stop_loss : float
    spec : SymbolSpec
    below_min : {"reject", "clamp"}
        What n below 0 leads to (S3.below_min, E4.clamped).
    rule : str
        The rule of a size that is neither capped nor clamped.
    unit_value : float
        Account currency for a unit of price and a lot, at acceptance (P5.unit_value).

    >>> spec = SymbolSpec("EURUSD", 0.0001, 5)
    >>> risk_lots(100.0, 1.1, 1.099, spec, "reject", "E4.risk_amount", 100000.0)[0]
    1.0
    """
    per_lot = distance(reference, stop_loss) * unit_value
    if per_lot == 0.0 or not is_finite(amount / per_lot):
        return None, S3_SIZE_NOT_FINITE, "a finite volume"
    raw = amount / per_lot
    least, step, most = spec.volume_units()
    capped = raw > spec.volume_max
    if capped:
        steps = floor((most - least) / step)
    else:
        steps = floor(((raw - spec.volume_min) / spec.volume_step) + 1e-6)
    if steps < 0.0:
        if below_min == "clamp":
            return least / LOT_UNIT, E4_CLAMPED, ""
        return None, S3_BELOW_MIN, f">= {spec.volume_min}"
    ceiling = floor((most - least) / step)
    if steps > ceiling:
        steps = ceiling
        capped = True
    return (least + (steps * step)) / LOT_UNIT, E4_CAPPED if capped else rule, ""
