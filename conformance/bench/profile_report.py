"""A profile as tables and sentences."""

from __future__ import annotations

from .profiling import Profile, Way
from .report import Section, number

__all__ = ["advice", "tables"]

_PARTS = {
    "whole": "strategy and engine together, without Python",
    "strategy": "your strategy",
    "loop": "the loop over the bars, with a call of Python at each",
    "signals": "orders, positions and the account that follow from its signals",
}


def tables(found: Profile) -> list[Section]:
    """Lay out where the time goes, the ways there are, and the functions that cost most.

    Parameters
    ----------
    found : Profile
    """
    now = found.ways[0].seconds or 1e-9
    parts = Section(
        f"Where the time goes: {found.label}",
        ["part", "seconds", "ns a bar", "share"],
        [
            [_PARTS[name], *_time(seconds, found.bars), f"{100 * seconds / now:.0f} %"]
            for name, seconds in found.parts.items()
        ],
        f"{found.bars:,} bars, {found.signals:,} signals, {found.trades:,} trades; seconds on the "
        "processor, the best of a few runs.",
    )
    ways = Section(
        "What each way would take",
        ["way", "backend", "seconds", "ns a bar", "times as fast", "result", "known by", "note"],
        [_way(way, now, found.bars) for way in found.ways],
        "A result is the same if its digest is. Columns: without the time to make them.",
        found.notes,
    )
    told = [parts, ways]
    if found.costly:
        told.append(
            Section(
                "What your strategy spends its time in",
                ["function", "calls a bar", "share"],
                [
                    [row["name"], f"{row['calls']:.2f}", f"{100 * row['share']:.0f} %"]
                    for row in found.costly
                ],
                "Own time, by Python's profiler, which makes short calls look dearer than they "
                "are; attributes, such as portfolio.equity, count to the function that reads them.",
            )
        )
    return told


def advice(found: Profile) -> list[str]:
    """Say in a few sentences what follows.

    Parameters
    ----------
    found : Profile
    """
    now = found.ways[0].seconds or 1e-9
    lines = []
    share = found.parts.get("strategy", 0.0) / now
    best = min(
        (way for way in found.ways[1:] if way.seconds is not None and way.result == "same"),
        key=lambda way: way.seconds or 0.0,
        default=None,
    )
    if best is not None and best.seconds and best.seconds < 0.9 * now:
        lines.append(
            f"{best.way} on {best.backend}: {now / best.seconds:.1f} times as fast, with the same "
            "result."
        )
    if share > 0.5 and found.ways[0].backend == "rust":
        lines.append(
            f"{100 * share:.0f} % is your own Python: no backend makes that faster; columns, an "
            "expression or Rust take it out of the loop."
        )
    another = [way for way in found.ways if way.result == "another"]
    if another:
        lines.append(
            f"{another[0].way} on {another[0].backend} gives another result: its time is of "
            "another run."
        )
    return lines or ["Nothing here would be much faster."]


def _way(way: Way, now: float, bars: int) -> list[str]:
    if way.seconds is None:
        return [way.way, way.backend, "-", "-", "-", way.result, way.known, way.note]
    faster = f"{now / way.seconds:.1f}" if way.seconds else "-"
    return [
        way.way, way.backend, *_time(way.seconds, bars), faster, way.result, way.known, way.note,
    ]  # fmt: skip


def _time(seconds: float, bars: int) -> tuple[str, str]:
    return f"{seconds:.4f}" if seconds < 1 else f"{seconds:.2f}", number(seconds / bars * 1e9)
