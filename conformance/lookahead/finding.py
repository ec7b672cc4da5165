"""What came of looking: the verdict, and the first place where a strategy knew too much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .market import Market

__all__ = ["CUT", "Examination", "Finding"]

CUT = "cut"
"""The future that is none."""


@dataclass(frozen=True)
class Finding:
    """Where a strategy knew what had not happened yet.

    Attributes
    ----------
    bar, time
        The first bar whose signals depend on later bars.
    seen, unseen
        Its signals with the future as it was, and with another one or none.
    field
        What differs of them: `signal` where one side has none, `error`, else the name of a field.
    cut
        The last bar that was left as it is.
    how
        `cut`, or the kind of the other future.
    needs
        The last bar that was seen to matter: with the future changed from it on the signals are
        others, with the future changed after it they are the same.
    """

    bar: int
    time: str
    seen: list[dict[str, str]]
    unseen: list[dict[str, str]]
    field: str
    cut: int
    how: str
    needs: int
    error: str | None = None

    @property
    def kind(self) -> str:
        """Say in words what the future does to the signal."""
        other = "without the future" if self.how == CUT else "with another future"
        if self.error is not None:
            return f"an error {other}"
        if not self.unseen:
            return f"no signal {other}"
        if not self.seen:
            return f"a signal only {other}"
        return f"another {self.field} {other}"


@dataclass
class Examination:
    """What came of looking.

    Attributes
    ----------
    verdict
        `clean`, `look-ahead` or `not proven`.
    doubts
        Why nothing is proven.
    finding
        The first place, for `look-ahead`.
    early
        Candles of higher timeframes that are shown before they close, in words.
    places, runs
        How many bars were cut after, of how many that were evaluated; runs in all.
    """

    label: str
    backend: str
    market: Market
    signals: int = 0
    verdict: str = "not proven"
    doubts: list[str] = field(default_factory=list)
    finding: Finding | None = None
    early: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    places: int = 0
    bars: int = 0
    runs: int = 0

    @property
    def exit_code(self) -> int:
        """0 clean, 1 look-ahead, 2 not proven."""
        return {"clean": 0, "look-ahead": 1}.get(self.verdict, 2)

    def report(self) -> dict[str, Any]:
        """Give all of it as JSON values."""
        found = self.finding
        return {
            "verdict": self.verdict,
            "strategy": self.label,
            "backend": self.backend,
            "symbol": self.market.symbol,
            "timeframe": self.market.timeframe,
            "bars": self.bars,
            "signals": self.signals,
            "places": self.places,
            "runs": self.runs,
            "doubts": self.doubts,
            "notes": self.notes,
            "early": self.early,
            "finding": None
            if found is None
            else {
                "bar": found.bar,
                "time": found.time,
                "kind": found.kind,
                "field": found.field,
                "with_future": found.seen,
                "without_future": found.unseen,
                "error": found.error,
                "cut_after": found.cut,
                "future": found.how,
                "needs_bar": found.needs,
                "bars_ahead": found.needs - found.bar,
            },
        }
