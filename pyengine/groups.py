"""Which order of a group fills where a bar would trigger several of them (rule S4)."""

from __future__ import annotations

from .arithmetic import distance, ticks
from .paths import HIGH_FIRST, NO_PATH, first_extreme
from .positions import AT_OPEN, Position
from .quotes import Quote
from .rule_ids import S4_OCO_FIRST, S4_OCO_OPEN, S4_OCO_OPENS, S4_OCO_PATH
from .triggers import Trigger

# A waiting order and how the bar would fill it.
Triggered = tuple[Position, Trigger]


def choose_winner(triggered: list[Triggered], quote: Quote, intrabar: str) -> tuple[Position, str]:
    """Return the one order of a group that fills, and the rule that says so (S4).

    Parameters
    ----------
    triggered : list
        Two or more orders of one group, in order of acceptance.
    quote : Quote
    intrabar : str
    """
    at_open = [position for position, trigger in triggered if trigger[2] == AT_OPEN]
    if len(at_open) == 1:
        return at_open[0], S4_OCO_OPEN
    if at_open:
        return at_open[0], S4_OCO_OPENS
    earliest = triggered[0][0]
    first = first_extreme(intrabar, quote, earliest.sign, earliest.digits)
    if first == NO_PATH:
        return earliest, S4_OCO_FIRST
    best = earliest
    best_leg, best_apart = leg_of_trigger(earliest, quote, first)
    for position, _ in triggered[1:]:
        leg, apart = leg_of_trigger(position, quote, first)
        if leg < best_leg or (leg == best_leg and apart < best_apart):
            best, best_leg, best_apart = position, leg, apart
    return best, S4_OCO_PATH


def leg_of_trigger(position: Position, quote: Quote, first: int) -> tuple[int, float]:
    """Return the leg of the path that triggers an order, and how far from that leg's start.

    Legs count from 0; the distance is in ticks where the symbol has digits. An order that the
    ends of the legs do not reach comes last.
    """
    prices = quote.opening_candle(position.sign)
    assert position.trigger is not None
    order = (0, 1, 2, 3) if first == HIGH_FIRST else (0, 2, 1, 3)
    falls = (position.sign > 0.0) == (position.order_type == "limit")
    for leg in range(3):
        start, end = prices[order[leg]], prices[order[leg + 1]]
        if end <= position.trigger if falls else end >= position.trigger:
            if position.digits is None:
                return leg, distance(position.trigger, start)
            return leg, ticks(position.trigger, start, position.digits)
    return 3, 0.0
