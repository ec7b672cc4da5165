"""Shows what was found as tables that can stand in `docs/oracles.md`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .compare import Comparison
from .session import Session

__all__ = ["render", "to_json"]

_HEAD = ("peer", "version", "candles and orders")
_COUNTS = ("signals", "equal", "open alike", "no trade alike", "explained", "unexplained")
_SHOWN = 20


def render(sessions: Sequence[Session]) -> str:
    """Make the text of a report."""
    lines = [_line([*_HEAD, *_COUNTS]), _line(["---"] * len(_HEAD) + ["---:"] * len(_COUNTS))]
    for session in sessions:
        for group, found in _groups(session).items():
            lines.append(_row([session.peer, session.version, group], found))
    for session in sessions:
        total = session.total()
        lines += ["", f"{session.peer} {session.version} against {', '.join(session.backends)}:"]
        lines += [f"  equal trades: {name}: {n}" for name, n in sorted(total.exercised.items())]
        lines += [f"  no trade alike: {name}: {n}" for name, n in sorted(total.none.items())]
        lines += [f"  explained by {name}: {n}" for name, n in sorted(total.explained.items())]
        lines.append(f"  signals that could not be put: {session.left_out}")
        lines.append(f"  largest relative difference of results: {total.deviation:.1e}")
        lines.append(
            f"  equity compared at {session.equity_bars} bars, "
            f"largest difference {session.equity_deviation:.1e}"
        )
        faults = session.faults()
        lines += [f"  {text}" for text in faults[:_SHOWN]]
        lines.append(f"  faults: {len(faults)}")
    return "\n".join(lines)


def to_json(session: Session) -> dict[str, Any]:
    """Turn a session into plain values, case by case."""
    comparisons = {name: vars(found) for name, found in session.comparisons.items()}
    return {**vars(session), "comparisons": comparisons}


def _groups(session: Session) -> dict[str, Comparison]:
    """Gather the cases by candles and kind of orders."""
    found: dict[str, Comparison] = {}
    for name, one in session.comparisons.items():
        series, kind, _, _, *alike = name.split("/")
        if alike:
            continue
        # All daily pairs are one group, and all made series of a sort.
        sort = "daily" if series.endswith("_d1") else series.rstrip("0123456789_")
        found.setdefault(f"{sort}, {kind}", Comparison()).add(one)
    return found


def _row(head: list[str], found: Comparison) -> str:
    cells = [
        *head,
        found.signals,
        found.equal,
        found.open,
        sum(found.none.values()),
        sum(found.explained.values()),
        len(found.unexplained) + len(found.misread),
    ]
    return _line(cells)


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
