"""Which waiting orders a bar would fill, and which one of a group does (rules E2, S4)."""

from __future__ import annotations

from . import parity
from .custody import Custody
from .groups import Triggered, choose_winner
from .positions import PENDING, Position
from .quotes import Quote
from .rule_ids import S4_OCO_ACROSS
from .triggers import MARKET, Trigger, decide_trigger


class Triggering(Custody):
    """Tests waiting limit and stop orders against a bar."""

    def _triggers(self, quote: Quote) -> dict[int, Trigger]:
        """Say how the bar would fill each waiting limit or stop order, by order id (E2)."""
        found: dict[int, Trigger] = {}
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
                found[position.order_id] = trigger
        return found

    def _choose_winners(
        self, triggers: dict[int, Trigger], quote: Quote
    ) -> tuple[dict[int, str], dict[int, str]]:
        """Choose the one order of each group that fills: rules by order id, won and lost (S4)."""
        groups: dict[int, list[Triggered]] = {}
        for position in self._blotter.active:
            if position.group != 0 and position.order_id in triggers:
                triggered = (position, triggers[position.order_id])
                groups.setdefault(position.group, []).append(triggered)
        won: dict[int, str] = {}
        lost: dict[int, str] = {}
        for group, members in groups.items():
            winner, rule = members[0][0], ""
            if len(members) > 1:
                winner, rule = choose_winner(members, quote, self._policy.intrabar)
            elsewhere = self._winners_elsewhere(group, quote)
            if elsewhere:
                rule = S4_OCO_ACROSS
            if rule != "":
                for position, _ in members:
                    lost[position.order_id] = rule
                if all(winner.order_id < other.order_id for other in elsewhere):
                    del lost[winner.order_id]
                    won[winner.order_id] = rule
        return won, lost

    def _winners_elsewhere(self, group: int, quote: Quote) -> list[Position]:
        """Return the orders of a group that would win for other symbols in this bar (S4)."""
        symbols: list[str] = []
        for position in self._blotter.active:
            waits = position.group == group and position.status == PENDING
            if waits and position.symbol not in (quote.symbol, *symbols):
                symbols.append(position.symbol)
        found: list[Position] = []
        for symbol in symbols:
            other = self._quotes.get(symbol)
            if other is None or other.time_us != quote.time_us:
                continue
            triggers = self._triggers(other)
            members = [
                (position, triggers[position.order_id])
                for position in self._blotter.active
                if position.group == group and position.order_id in triggers
            ]
            if len(members) > 1:
                found.append(choose_winner(members, other, self._policy.intrabar)[0])
            elif members:
                found.append(members[0][0])
        return found
