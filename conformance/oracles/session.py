"""Puts cases to Fillproof's backends and to one peer, and compares."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from . import ours
from .compare import Comparison, compare, same
from .peers import Answer, Peer, ask
from .plain import Case, Row
from .readings import predict

__all__ = ["EQUITY_TOLERANCE", "Session", "run"]

EQUITY_TOLERANCE = 1e-5
"""Equity may differ by this much of account currency: the peers add every trade to a cash of
10,000,000, where a binary64 has steps of 2e-9.  The smallest tick is worth 0.1."""

_ALIKE = "/alike"


@dataclass
class Session:
    """What was found against one peer.

    Attributes
    ----------
    peer, version
        Who was asked.
    backends
        Fillproof's, which all gave the same bits.
    comparisons
        By name of the case.  A case whose name ends in ``/alike`` holds those signals of another of
        which both systems' rules say the same.
    left_out
        Signals that the peer could not be given.
    differing
        Cases in which Fillproof's backends differ.
    equity_bars, equity_deviation, equity_faults
        Bars at which the equity was compared, in the cases ``/alike``; the largest difference in
        account currency; where it is too large.
    """

    peer: str
    version: str
    backends: list[str]
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    left_out: int = 0
    differing: list[str] = field(default_factory=list)
    equity_bars: int = 0
    equity_deviation: float = 0.0
    equity_faults: list[str] = field(default_factory=list)

    def total(self) -> Comparison:
        """Sum up all cases, of those ``/alike`` the faults alone."""
        found = Comparison()
        for name, one in self.comparisons.items():
            if name.endswith(_ALIKE):
                found.unexplained += one.unexplained
                found.misread += one.misread
            else:
                found.add(one)
        return found

    def faults(self) -> list[str]:
        """Tell all that must not be."""
        total = self.total()
        return [
            *(f"backends differ: {name}" for name in self.differing),
            *(f"unexplained: {text}" for text in total.unexplained),
            *(f"equal, but not by our reading of the rules: {text}" for text in total.misread),
            *(f"equity: {text}" for text in self.equity_faults),
        ]


def run(peer: Peer, cases: Sequence[Case], python: str, backends: Sequence[str]) -> Session:
    """Put cases to everybody and compare.

    Parameters
    ----------
    peer, cases
        Who and what; signals that the peer cannot be given are left out for all.
    python
        Interpreter of the peer's environment.
    backends
        Fillproof's.
    """
    found = Session(peer.name, "", list(backends))
    accepted = []
    for case in cases:
        kept = peer.accepts(case)
        if kept is not None:
            found.left_out += len(case.signals) - len(kept.signals)
            accepted.append(kept)
    accepted += [_alike(case, peer) for case in accepted if _can_be_alike(case)]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, peer, accepted, python)
        mine = [_answer_on_all(case, found) for case in accepted]
        found.version, answers = asked.result()
    for case, (rows, equity), theirs in zip(accepted, mine, answers, strict=True):
        found.comparisons[case.name] = compare(case, rows, theirs.rows, peer)
        if case.name.endswith(_ALIKE):
            _compare_equity(found, case, equity, theirs)
    return found


def _answer_on_all(case: Case, found: Session) -> tuple[list[Row], list[float]]:
    first, *others = found.backends
    answer = ours.answer(case, first)
    for other in others:
        if ours.answer(case, other) != answer:
            found.differing.append(f"{case.name}: {first} and {other}")
    return answer


def _can_be_alike(case: Case) -> bool:
    # Orders of other types influence each other in backtesting.py (`Reading.reworked`).
    return case.gate == "several" and all(signal.type == "market" for signal in case.signals)


def _alike(case: Case, peer: Peer) -> Case:
    """Keep the signals of which both systems' rules say the same, for a comparison of equity."""
    kept = [
        signal
        for signal in case.signals
        if same(predict(case, signal), predict(case, signal, peer.reading))
    ]
    return case._replace(name=case.name + _ALIKE, signals=kept)


def _compare_equity(found: Session, case: Case, equity: Sequence[float], theirs: Answer) -> None:
    for bar, (mine, other) in enumerate(zip(equity, theirs.equity, strict=True)):
        apart = abs(mine - other)
        found.equity_bars += 1
        if apart > found.equity_deviation:
            found.equity_deviation = apart
        if not apart <= EQUITY_TOLERANCE:
            found.equity_faults.append(f"{case.name}, bar {bar}: {mine!r} against {other!r}")
            return
