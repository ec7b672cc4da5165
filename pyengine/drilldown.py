"""How lower bars decide what a bar leaves open (rules X3.drilldown, S4.oco_drilldown)."""

from __future__ import annotations

from collections.abc import Sequence

from .config import ExecutionPolicy
from .entry_bar import (
    CERTAIN,
    UNTOUCHED,
    Open,
    decide_entry_bar,
    list_open,
    read_levels,
)
from .exits import Exit, capped_stop, decide_exit, decide_touch
from .positions import AT_INSIDE, AT_OPEN, Position
from .quotes import Quote
from .rule_ids import (
    E5_TIE,
    S4_OCO_DRILLDOWN,
    S4_OCO_FIRST,
    X3_DRILLDOWN_ENTRY,
    X3_DRILLDOWN_NONE,
    X3_DRILLDOWN_OPEN,
    X3_DRILLDOWN_STOP,
    X3_DRILLDOWN_TARGET,
    X3_DRILLDOWN_TIE,
)
from .triggers import decide_trigger, is_touched


class Walk:
    """What the lower bars of a bar show of one position.

    Attributes
    ----------
    triggered : bool
        Whether the position was there from the start, or one of them triggers its order.
    exit : Exit or None
        The first exit.
    doubt : str
        The rule of what one of them leaves open itself, "" where none does.
    """

    def __init__(self, triggered: bool) -> None:
        self.triggered = triggered
        self.exit: Exit | None = None
        self.doubt = ""

    @classmethod
    def follow(
        cls,
        position: Position,
        lower_bars: Sequence[Quote],
        policy: ExecutionPolicy,
        triggered: bool,
    ) -> Walk:
        """Go through the lower bars up to the first exit (X3.drilldown)."""
        walk = cls(triggered)
        for place, lower in enumerate(lower_bars):
            if not walk.triggered:
                at = trigger_in(position, lower, place > 0, policy.gap_fill)
                if at is None:
                    continue
                walk.triggered = True
                if at == AT_INSIDE:
                    walk.exit, left_open = decide_entry_bar(position, lower, policy)
                    if left_open:
                        walk.doubt = X3_DRILLDOWN_ENTRY
                else:
                    walk.exit = decide_exit(position, lower, policy)
            elif place == 0:
                walk.exit = decide_touch(position, lower, policy)
            else:
                walk.exit = decide_exit(position, lower, policy)
            if walk.exit is not None:
                break
        if walk.exit is not None and (walk.exit[4] or walk.exit[0] == E5_TIE):
            walk.doubt = X3_DRILLDOWN_TIE
        return walk


def trigger_in(position: Position, lower: Quote, at_open: bool, gap_fill: str) -> str | None:
    """Tell where in a lower bar an order would fill, None where it would not.

    The open counts only where `at_open`: not in the first lower bar of a bar, whose own open has
    been looked at before.
    """
    if not at_open:
        return AT_INSIDE if is_touched(position, lower) else None
    trigger = decide_trigger(position, lower, gap_fill)
    return None if trigger is None else trigger[2]


def drill_tie(
    position: Position, quote: Quote, lower_bars: Sequence[Quote], policy: ExecutionPolicy
) -> Exit:
    """Decide a bar that touches both levels by its lower bars (X3.drilldown)."""
    walk = Walk.follow(position, lower_bars, policy, triggered=True)
    if walk.exit is None:
        stop = position.committed_stop_loss
        assert stop is not None
        raw = capped_stop(stop, quote, position.sign)
        return X3_DRILLDOWN_NONE, position.stop_reason, raw, True, True
    return _decided(walk.exit, walk.doubt)


def drill_entry_bar(
    position: Position,
    quote: Quote,
    lower_bars: Sequence[Quote],
    policy: ExecutionPolicy,
    alone: tuple[Exit | None, list[Open]],
) -> tuple[Exit | None, list[Open], str]:
    """Decide the bar inside which an order triggered by its lower bars (X3.drilldown, E5).

    `alone` is what the bar makes of it by itself: an exit, or what it leaves open.

    Returns
    -------
    tuple
        The exit or None, what stays open, and the rule by which marks are cleared without an
        exit, "" where none are.
    """
    exit_, left_open = alone
    walk = Walk.follow(position, lower_bars, policy, triggered=False)
    if not left_open:
        return None if exit_ is None else _repriced(exit_, walk.exit), [], ""
    if not walk.triggered or _contradicts(position, quote, policy, walk.exit):
        if exit_ is not None:
            exit_ = (X3_DRILLDOWN_NONE, *exit_[1:])
        return exit_, [(X3_DRILLDOWN_NONE, other) for _, other in left_open], ""
    if walk.doubt == "":
        cleared = X3_DRILLDOWN_OPEN if walk.exit is None else ""
        return None if walk.exit is None else _decided(walk.exit, ""), [], cleared
    tie = exit_ is not None and exit_[0] == E5_TIE
    others = list_open(position, quote, policy, walk.exit, tie)
    marks = [(walk.doubt, other) for _, other in others]
    if walk.exit is None:
        return None, marks, ""
    rule, reason, raw, slips, _ = _decided(walk.exit, walk.doubt)
    return (rule, reason, raw, slips, False), marks, ""


def drill_group(
    orders: Sequence[Position], lower_bars: Sequence[Quote], gap_fill: str
) -> tuple[Position, str]:
    """Return the one order of a group that fills, and the rule that says so (S4.oco_drilldown).

    Parameters
    ----------
    orders : sequence
        Those that the bar would trigger inside, in order of acceptance.
    lower_bars : sequence
    gap_fill : str
    """
    for place, lower in enumerate(lower_bars):
        inside, opened = [], []
        for order in orders:
            at = trigger_in(order, lower, place > 0, gap_fill)
            if at == AT_OPEN:
                opened.append(order)
            elif at == AT_INSIDE:
                inside.append(order)
        first = opened or inside
        if first:
            return first[0], (S4_OCO_DRILLDOWN if len(first) == 1 else S4_OCO_FIRST)
    return orders[0], S4_OCO_FIRST


def _decided(exit_: Exit, doubt: str) -> Exit:
    """Return an exit of a lower bar as one of the bar."""
    _, reason, raw, slips, _ = exit_
    # Only a stop slips.
    certain = X3_DRILLDOWN_STOP if slips else X3_DRILLDOWN_TARGET
    return doubt or certain, reason, raw, slips, doubt != ""


def _repriced(exit_: Exit, lower: Exit | None) -> Exit:
    """Return an exit without a mark, at the price of the lower bar that shows the same exit."""
    if lower is None or lower[3] != exit_[3] or lower[2] == exit_[2]:
        return exit_
    return _decided((*exit_[:2], lower[2], *exit_[3:]), "")


def _contradicts(
    position: Position, quote: Quote, policy: ExecutionPolicy, exit_: Exit | None
) -> bool:
    """Tell whether lower bars end otherwise than their bar allows (X3.drilldown_none)."""
    stop, target = read_levels(position, quote, policy)
    if exit_ is None:
        return CERTAIN in (stop[0], target[0])
    return (stop if exit_[3] else target)[0] == UNTOUCHED
