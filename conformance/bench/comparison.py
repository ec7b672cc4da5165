"""A run against an earlier one: which losses of speed are real.

Two figures are looked at. Instructions, where both runs counted them, hardly vary: more of them by
`INSTRUCTIONS` are a loss. Times are taken in calibration loops of the same run, and a loss must
exceed both `threshold` and what the rounds of both runs scatter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from .cases import BARE
from .plan import KEY
from .report import Section, Time, number, times_of

__all__ = ["INSTRUCTIONS", "Change", "compare", "section"]

INSTRUCTIONS = 0.02
#: So many spreads of both runs together a loss must exceed.
_SPREADS = 4.0


@dataclass(frozen=True)
class Change:
    """One case on one backend, now against then; figures above 1 are losses.

    Attributes
    ----------
    then, now : float
        Calibration loops for a million of units, or instructions a unit.
    allowed : float
        From where on a loss counts as real.
    kind : str
        "time" or "instructions".
    verdict : str
        "lost", "gained", "same" or "other result".
    """

    case: str
    backend: str
    kind: str
    then: float
    now: float
    allowed: float
    verdict: str

    @property
    def change(self) -> float:
        """How much slower, as a part of then."""
        return self.now / self.then - 1.0


def compare(now: dict[str, Any], then: dict[str, Any], threshold: float = 0.1) -> dict[str, Any]:
    """Compare two runs of `fillproof bench`.

    Parameters
    ----------
    now, then : dict
        As `--json` writes them.
    threshold : float
        Part by which a time must grow at least to be a loss.

    Returns
    -------
    dict
        ``changes`` and ``lost``, lists of `Change` as plain data, ``missing``: what only one has.

    Raises
    ------
    ValueError
        `then` is no run of ours.
    """
    if KEY not in then or "benchmarks" not in then:
        raise ValueError("the earlier file is no JSON of fillproof bench")
    changes = [*_times(now, then, threshold), *_instructions(now, then)]
    mine, theirs = (
        {f"{time.case} on {time.backend}" for time in times_of(run) if time.backend != BARE}
        for run in (now, then)
    )
    return {
        "then": {"datetime": then.get("datetime"), "commit": (then.get("commit_info") or {})},
        "threshold": threshold,
        "changes": [asdict(change) | {"change": change.change} for change in changes],
        "lost": [
            f"{change.case} on {change.backend}: {100 * change.change:+.0f} % {change.kind}"
            for change in changes
            if change.verdict == "lost"
        ],
        "missing": sorted(mine ^ theirs),
    }


def _times(now: dict[str, Any], then: dict[str, Any], threshold: float) -> Iterable[Change]:
    before = {(time.case, time.backend): time for time in times_of(then)}
    for time in times_of(now):
        was = before.get((time.case, time.backend))
        if was is None or time.backend == BARE:
            continue
        scatter = _SPREADS * math.hypot(time.spread, was.spread)
        allowed = max(threshold, scatter)
        yield Change(
            time.case, time.backend, "time", was.ratio, time.ratio, allowed,
            _verdict(time, was, allowed),
        )  # fmt: skip


def _verdict(time: Time, was: Time, allowed: float) -> str:
    if time.bars == was.bars and time.digest != was.digest:
        # Another result may well take another time: it is told, and is no loss.
        return "other result"
    change = time.ratio / was.ratio
    return "lost" if change > 1.0 + allowed else "gained" if change < 1.0 - allowed else "same"


def _instructions(now: dict[str, Any], then: dict[str, Any]) -> Iterable[Change]:
    before = {(row["case"], row["backend"]): row for row in then[KEY].get("instructions") or ()}
    for row in now[KEY].get("instructions") or ():
        was = before.get((row["case"], row["backend"]))
        if was is None or was["units"] != row["units"]:
            continue
        change = row["per_unit"] / was["per_unit"]
        verdict = "same"
        if abs(change - 1.0) > INSTRUCTIONS:
            verdict = "lost" if change > 1.0 else "gained"
        yield Change(
            row["case"], row["backend"], "instructions", was["per_unit"], row["per_unit"],
            INSTRUCTIONS, verdict,
        )  # fmt: skip


def section(found: dict[str, Any]) -> Section:
    """Lay out a comparison, losses first."""
    order = {"lost": 0, "other result": 1, "gained": 2, "same": 3}
    changes = sorted(found["changes"], key=lambda row: (order[row["verdict"]], -row["change"]))
    rows = [
        [
            row["case"], row["backend"], row["kind"], number(row["then"]), number(row["now"]),
            f"{100 * row['change']:+.1f} %", f"{100 * row['allowed']:.0f} %", row["verdict"],
        ]
        for row in changes
    ]  # fmt: skip
    heads = ["case", "backend", "of", "then", "now", "change", "allowed", "verdict"]
    when = (found["then"]["datetime"] or "an earlier run")[:16]
    commit = (found["then"]["commit"].get("id") or "no commit")[:10]
    about = (
        "Times in calibration loops of their own run, for a million of units; a loss counts when "
        "it exceeds what is allowed, which grows with the spread of the rounds."
    )
    notes = [f"Only in one of the two: {', '.join(found['missing'])}."] if found["missing"] else []
    return Section(f"Against {when}, commit {commit}", heads, rows, about, notes)
