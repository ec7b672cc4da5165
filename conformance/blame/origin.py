"""Tells whether a first divergence is a root, and whether what comes later only follows from it.

The candidate is put into the reference's state and goes on.  From the bar before the divergence: if
the divergence comes back, the bar itself is to blame, else something that no event had told.  From
the end of the bar: if nothing differs any more, all that differed later was a consequence; else the
next difference is another root.  The reference is put into each of its states first, as a control:
where it does not repeat its own run, the state does not hold all that matters there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..bits import same
from ..compare import first_difference
from ..difference import Difference
from .cuts import continuation, state_after, window_of

__all__ = ["Origin", "not_told", "origin_of"]

MOST_ROOTS = 5
_MOST_CUTS = 24
_LATER_BARS = 60
Ask = Callable[[dict[str, Any]], dict[str, Any]]
Events = list[dict[str, Any]]


class NotTold(Exception):
    """Why nothing can be said."""


@dataclass
class Origin:
    """Asks both sides until the origin of a divergence is known.

    Parameters
    ----------
    case
        The case in which they part.
    reference, candidate
        Ask a side: a request in, an answer out.
    events
        The reference's whole trace of the case.
    """

    case: dict[str, Any]
    reference: Ask
    candidate: Ask
    events: Events
    roots: list[dict[str, Any]] = field(default_factory=list)
    cuts: int = 0

    def tell(self, found: Difference, later: int) -> dict[str, Any]:
        """Come to a verdict about the first divergence.

        Parameters
        ----------
        found
            The first divergence; it has a bar.
        later
            How many bars differ after it.

        Returns
        -------
        dict
            `verdict`: root, consequence or not told; `roots`: each class of difference once, with
            its first place and a count; `why`: in words.
        """
        if found.bar is None or not self.events:
            return not_told("the divergence is in no bar of a trace")
        self._note(found)
        try:
            verdict, first = self._from_before(found)
            second = self._from_behind(found.bar, later)
        except NotTold as reason:
            return {**not_told(str(reason)), "roots": self.roots}
        return {"verdict": verdict, "roots": self.roots, "why": f"{first}; {second}"}

    def _from_before(self, found: Difference) -> tuple[str, str]:
        """Go on from before the bar of the divergence."""
        assert found.bar is not None
        bars = sorted({event["bar"] for event in self.events})
        earlier = [bar for bar in bars if bar < found.bar]
        if not earlier:
            return "root", f"bar {found.bar} is the first, nothing came before it"
        for bar in reversed(earlier[-_LATER_BARS:]):
            pair = self._go_on(bar)
            if pair is None:
                continue
            again = first_difference({"events": pair[0]}, {"events": pair[1]})
            if again is None or again.bar is None or again.bar > found.bar:
                why = (
                    f"from the reference's state after bar {bar} the divergence does not come back"
                )
                return "consequence", f"{why}: it follows from before, by what no event tells"
            return "root", f"it comes back from the reference's state after bar {bar}"
        raise NotTold(f"before bar {found.bar} {_NO_STATE}")

    def _from_behind(self, bar: int, later: int) -> str:
        """Go on from the end of the bar, and of each bar in which something new differs."""
        last = max(event["bar"] for event in self.events)
        while bar < last:
            pair = None
            for cut in range(bar, min(bar + _LATER_BARS, last)):
                pair = self._go_on(cut)
                if pair is not None:
                    break
            if pair is None:
                raise NotTold(f"from bar {bar} on {_NO_STATE}")
            found = first_difference({"events": pair[0]}, {"events": pair[1]})
            if found is None or found.bar is None:
                return self._told(later)
            self._note(found)
            if len(self.roots) >= MOST_ROOTS or self.cuts >= _MOST_CUTS:
                return f"{self._told(later)}, and more may follow after bar {found.bar}"
            bar = found.bar
        return self._told(later)

    def _told(self, later: int) -> str:
        counts = [root["count"] for root in self.roots]
        if counts == [1]:
            if later == 0:
                return "nothing differs after it"
            bars = "the bar" if later == 1 else f"all {later} bars"
            return f"from its end on nothing differs: {bars} that differed later follow from it"
        repeated = f"of {sum(counts)} differences that stand on their own"
        kinds = "all are of one kind" if len(counts) == 1 else f"there are {len(counts)} kinds"
        return f"{repeated} {kinds}"

    def _note(self, found: Difference) -> None:
        """Count a difference; one of a class already seen is no new root."""
        root = {
            "bar": found.bar,
            "time_us": found.time_us,
            "symbol": found.symbol,
            "phase": found.phase,
            "stage": found.stage,
            "kind": found.kind,
            "rule": found.left_rule or found.right_rule,
            "field": found.field,
            "order_id": found.order_id,
            "count": 1,
        }
        for known in self.roots:
            if all(known[name] == root[name] for name in ("stage", "kind", "rule", "field")):
                known["count"] += 1
                return
        self.roots.append(root)

    def _go_on(self, bar: int) -> tuple[Events, Events] | None:
        """Run both sides from the reference's state after a bar; None where the control fails."""
        state = state_after(self.case, self.events, bar)
        if "manager" in self.case["config"] and state["positions"]:
            # It remembers of each position what no state holds.
            return None
        self.cuts += 1
        part = window_of(self.case, bar)
        expected = part.cut(continuation(self.events, bar, state))
        request = part.request(bar, state)
        control = self._answer(self.reference, request, "the reference")
        if not same(part.cut(part.moved(continuation(control, part.place(bar), state))), expected):
            return None
        answer = self._answer(self.candidate, request, "the candidate")
        return expected, part.cut(part.moved(continuation(answer, part.place(bar), state)))

    @staticmethod
    def _answer(ask: Ask, request: dict[str, Any], who: str) -> Events:
        answer = ask(request)
        if "skip" in answer or "outcome" not in answer:
            told = answer.get("skip") or answer.get("error") or "it does not answer"
            raise NotTold(f"{who} cannot take over a state: {told}")
        outcome = answer["outcome"]
        failure = outcome.get("error")
        if failure is not None and not outcome.get("events"):
            raise NotTold(f"{who} refused the state: {failure['message']}")
        events: Events = outcome.get("events") or []
        return events


_NO_STATE = (
    "no state of the reference repeats its own run: a manager, a cooldown or a queued close "
    "remembers what no state holds"
)


def not_told(why: str) -> dict[str, Any]:
    """Make the answer that nothing can be said."""
    return {"verdict": "not told", "roots": [], "why": why}


def origin_of(
    case: dict[str, Any],
    found: Difference,
    outcomes: tuple[Any, Any],
    reference: Ask,
    candidate: Ask,
) -> dict[str, Any]:
    """Tell the origin of the first divergence of a case; see `Origin`.

    Parameters
    ----------
    case
        A case of kind `run`.
    found
        Where the candidate leaves the reference.
    outcomes
        What both gave of the case, traces included.
    reference, candidate
        Ask a side; they raise what a lost process raises.

    Examples
    --------
    >>> silent = {"events": []}
    >>> apart = Difference("fill", "price", 1.0, 2.0)
    >>> origin_of({}, apart, (silent, silent), dict, dict)["verdict"]
    'not told'
    """
    left, right = (list(outcome.get("events") or []) for outcome in outcomes)
    if found.bar is None or not left:
        return not_told("the divergence is in no bar of a trace")
    return Origin(case, reference, candidate, left).tell(found, _differing(left, right, found.bar))


def _differing(left: Events, right: Events, bar: int) -> int:
    """Count the bars after one in which the traces differ, numbers aside."""
    sides: list[dict[int, Events]] = [{}, {}]
    for by_bar, events in zip(sides, (left, right), strict=True):
        for event in events:
            if event["bar"] > bar:
                told = {name: value for name, value in event.items() if name != "seq"}
                by_bar.setdefault(event["bar"], []).append(told)
    return sum(
        not same(sides[0].get(place), sides[1].get(place)) for place in sides[0].keys() | sides[1]
    )
