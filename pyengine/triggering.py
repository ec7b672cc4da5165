"""Which waiting orders a bar would fill, and which one of a group does (rules E2, S4)."""

from __future__ import annotations

from typing import Any

from . import parity
from .custody import Custody
from .drilldown import drill_group
from .groups import choose_winner
from .positions import PENDING, Position
from .quotes import Quote
from .rule_ids import S4_OCO_ACROSS, S4_OCO_FIRST
from .triggers import MARKET, Trigger, decide_trigger

# Nothing is ever put into it.
NOTHING: dict[int, Any] = {}


class Triggering(Custody):
    """Tests waiting limit and stop orders against a bar."""

    def _triggers(self, quote: Quote) -> dict[int, Trigger]:
        """Say how the bar would fill each waiting limit or stop order, by order id (E2)."""
        found = NOTHING
        for position in self._blotter.active:
            if (
                position.status != PENDING
                or position.order_type == MARKET
                or position.symbol != quote.symbol
                or position.entry_time_us >= quote.time_us
            ):
                continue
            if self._parity:
                trigger = parity.decide_trigger(position, quote)
            else:
                trigger = decide_trigger(position, quote, self._policy.gap_fill)
            if trigger is not None:
                if found is NOTHING:
                    found = {}
                found[position.order_id] = trigger
        return found

    def _choose_winners(
        self, triggers: dict[int, Trigger], quote: Quote
    ) -> tuple[dict[int, str], dict[int, str]]:
        """Choose the one order of each group that fills: rules by order id, won and lost (S4)."""
        won: dict[int, str] = {}
        lost: dict[int, str] = {}
        groups: list[int] = []
        for position in self._blotter.active:
            if position.order_id in triggers and position.group not in (0, *groups):
                groups.append(position.group)
        for group in groups:
            contests = [self._contest(group, triggers, quote)]
            for symbol in self._other_symbols(group, quote):
                other = self._quotes.get(symbol)
                if other is not None and other.time_us == quote.time_us:
                    contests.append(self._contest(group, self._triggers(other), other))
            winners = [contest[0] for contest in contests if contest is not None]
            first = min(winners, key=_number)
            for contest in contests:
                if contest is None:
                    continue
                winner, rule, losers = contest
                if len(winners) > 1:
                    rule = S4_OCO_ACROSS
                lost.update(dict.fromkeys(losers, rule))
                if winner is not first:
                    lost[winner.order_id] = rule
                elif rule != "":
                    won[winner.order_id] = rule
        return won, lost

    def _other_symbols(self, group: int, quote: Quote) -> list[str]:
        """Return the other symbols for which orders of a group wait, in order of acceptance."""
        symbols: list[str] = []
        for position in self._blotter.active:
            waits = position.group == group and position.status == PENDING
            if waits and position.symbol not in (quote.symbol, *symbols):
                symbols.append(position.symbol)
        return symbols

    def _contest(
        self, group: int, triggers: dict[int, Trigger], quote: Quote
    ) -> tuple[Position, str, list[int]] | None:
        """Choose among a group's orders that a bar would fill for its symbol (S4).

        Returns
        -------
        tuple or None
            The winner, the rule that chose it, "" where it is alone, and the losers' numbers.
        """
        members = [
            (position, triggers[position.order_id])
            for position in self._blotter.active
            if position.group == group and position.order_id in triggers
        ]
        if not members:
            return None
        if len(members) == 1:
            return members[0][0], "", []
        winner, rule = choose_winner(members, quote, self._policy.intrabar)
        if rule == S4_OCO_FIRST and self._lower:
            orders = [item for item, _ in members]
            winner, rule = drill_group(orders, self._lower_bars(quote), self._policy.gap_fill)
        return winner, rule, [item.order_id for item, _ in members if item is not winner]


def _number(position: Position) -> int:
    return position.order_id
