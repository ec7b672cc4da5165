"""From the JSON of a run to tables of words and numbers, for whatever shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .cases import BARE
from .plan import KEY
from .scaling import steps

__all__ = ["Section", "Time", "group_title", "number", "sections", "times_of"]

COLUMNS = ("python", "cython", "rust", BARE)
_TITLES = {
    "native": "Strategies without Python, bar by bar",
    "callbacks": "A callback in Python at every bar",
    "progress": "A callback of progress that does nothing",
    "several symbols": "Several symbols",
    "indicators": "Indicators over a column",
    "sweep": "A sweep of parameters",
}
_ABOUT = {
    "native": "Dense: the columns of equity are read within the time; elsewhere they are made when "
    "somebody asks. All but signal columns alone on the wall, since Rust takes further threads.",
    "callbacks": "The bare loop makes the same calls over stand-ins and does nothing else: no "
    "engine that calls Python at every bar can be faster.",
    "sweep": "On the wall, since it works in several threads.",
}


@dataclass(frozen=True)
class Time:
    """One time, with what stands beside it."""

    case: str
    group: str
    backend: str
    bars: int
    unit: str
    units: int
    x: int | None
    best: float
    median: float
    spread: float
    calibration: float
    digest: str | None
    compared_with: str | None
    profile: str | None

    @property
    def ns(self) -> float:
        """Nanoseconds a unit, the best round."""
        return self.best / self.units * 1e9

    @property
    def ratio(self) -> float:
        """The best round in calibration loops, for each million of units."""
        return self.best / self.calibration / self.units * 1e6


@dataclass
class Section:
    """A table with its heading; `kinds` are "text" or "number", by column."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    about: str = ""
    notes: list[str] = field(default_factory=list)


def times_of(found: dict[str, Any]) -> list[Time]:
    """Read the times of a run's JSON.

    Parameters
    ----------
    found : dict
        As `plan.run` returns it, or as `--json` wrote it.
    """
    times = []
    for benchmark in found["benchmarks"]:
        info, stats = benchmark["extra_info"], benchmark["stats"]
        times.append(
            Time(
                info["case"], info["group"], info["backend"], info["bars"], info["unit"],
                info["units"], info["x"], stats["min"], stats["median"], info["spread"],
                info["calibration"], info["digest"], info["compared_with"],
                (info["build"] or {}).get("profile"),
            )
        )  # fmt: skip
    return times


def sections(found: dict[str, Any]) -> list[Section]:
    """Lay out everything that was measured.

    Parameters
    ----------
    found : dict
        As `plan.run` returns it; parts that were not measured are left out.
    """
    times = times_of(found)
    groups = list(dict.fromkeys(time.group for time in times))
    told = [
        _varied(group, times) if group not in _TITLES else _group(group, times) for group in groups
    ]
    own = found[KEY]
    if own.get("phases"):
        told.append(_phases(own["phases"]))
    if own.get("instructions"):
        told.append(_instructions(own["instructions"]))
    if own.get("bandwidth"):
        told.append(_bandwidth(own["bandwidth"], times))
    return [section for section in told if section.rows]


def group_title(group: str) -> str:
    """Return the heading of a group of cases."""
    return _TITLES.get(group) or f"{group[0].upper()}{group[1:]}, varied"


def _group(group: str, times: Sequence[Time]) -> Section:
    by_case = _by_case(time for time in times if time.group == group)
    present = [name for name in COLUMNS if any(name in found for found in by_case.values())]
    bare = BARE in present
    heads = ["case", *present, "python / rust", "cython / rust"]
    heads += ["rust less bare"] if bare else []
    heads += ["rust, all, ms"] if group == "sweep" else []
    heads += ["bars", "spread"]
    rows = []
    for case, found in by_case.items():
        cells = [number(found[name].ns) if name in found else "-" for name in present]
        cells += [_times(found, "python", "rust"), _times(found, "cython", "rust")]
        if bare:
            both = "rust" in found and BARE in found
            cells.append(number(found["rust"].ns - found[BARE].ns) if both else "-")
        if group == "sweep":
            cells.append(number(found["rust"].best * 1e3) if "rust" in found else "-")
        most = max(found.values(), key=lambda time: time.bars)
        widest = max(time.spread for time in found.values())
        rows.append([case, *cells, f"{most.bars:,}", f"{100 * widest:.0f} %"])
    unit = next(time.unit for time in times if time.group == group)
    about = f"Nanoseconds a {unit}, the best round. {_ABOUT.get(group, '')}".strip()
    return Section(group_title(group), heads, rows, about, _fewer(by_case))


def _fewer(by_case: dict[str, dict[str, Time]]) -> list[str]:
    """Say which backends ran fewer bars than the others."""
    parts: dict[str, set[float]] = {}
    for found in by_case.values():
        most = max((time.bars for time in found.values()), default=0)
        for name, time in found.items():
            parts.setdefault(name, set()).add(time.bars / most)
    told = [
        f"{name} a {1 / min(shares):.0f}th" for name, shares in parts.items() if min(shares) < 1
    ]
    return [f"Of these bars ran: {', '.join(told)}."] if told else []


def _varied(group: str, times: Sequence[Time]) -> Section:
    by_case = _by_case(time for time in times if time.group == group)
    present = [name for name in COLUMNS if any(name in found for found in by_case.values())]
    heads = [group, "bars"]
    for name in present:
        heads += [f"{name}, ns a bar", f"{name}, each more"]
    more: dict[str, dict[int, float | None]] = {}
    for name in present:
        line = [found[name] for found in by_case.values() if name in found]
        points = [(_varying(group, time), time.best) for time in line]
        more[name] = dict(zip((time.x or 0 for time in line), steps(points), strict=True))
    rows = []
    for found in by_case.values():
        first = next(iter(found.values()))
        cells = [f"{first.x:,}", f"{first.bars:,}"]
        for name in present:
            step = more[name].get(first.x or 0)
            cells.append(number(found[name].ns) if name in found else "-")
            cells.append(number(step * 1e9) if step is not None and name in found else "-")
        rows.append(cells)
    about = (
        "Each more: nanoseconds for each further "
        f"{_WHAT[group]} than in the line before; where it stays, the whole is linear."
    )
    return Section(group_title(group), heads, rows, about)


_WHAT = {
    "bars": "bar",
    "signals in 10,000 bars": "signal",
    "open positions": "bar of an open position",
}


def _varying(group: str, time: Time) -> float:
    """Return how many of what is varied a run had in all."""
    x = float(time.x or 0)
    if group == "open positions":
        return x * (time.bars - x / 2.0)
    return x * time.bars / 10_000 if group != "bars" else x


def _by_case(times: Iterable[Time]) -> dict[str, dict[str, Time]]:
    found: dict[str, dict[str, Time]] = {}
    for time in times:
        found.setdefault(time.case, {})[time.backend] = time
    return found


def _phases(found: list[dict[str, Any]]) -> Section:
    phases = ("loop", "strategy", "execution", "portfolio", "progress")
    rows = []
    for row in found:
        total = sum(row["ns"].values())
        cells = [
            f"{number(row['ns'][name])} ({100 * row['ns'][name] / total:.0f} %)"
            if name in row["ns"]
            else "-"
            for name in phases
        ]
        rows.append([row["backend"], *cells, number(total), row["how"]])
    about = (
        "Nanoseconds a bar and share, EMA cross in plain Python with a progress callback that "
        "does nothing; see docs/performance.md for how."
    )
    return Section("Shares by phase", ["backend", *phases, "all", "how"], rows, about)


def _instructions(found: list[dict[str, Any]]) -> Section:
    rows = [
        [row["case"], row["backend"], number(row["per_unit"]), f"{row['units']:,}"] for row in found
    ]
    about = "Counted by callgrind: the steady figure, the same on a busy machine and an idle one."
    return Section("Instructions", ["case", "backend", "a unit", "units"], rows, about)


def _bandwidth(found: dict[str, float], times: Sequence[Time]) -> Section:
    """Tell how far a run is from reading and writing its columns at the speed of a copy."""
    rows = []
    # Close and extreme of the side that closes are read, four columns of the account written;
    # directions of signals are a byte.
    moved = {
        "signal columns, dense equity": 2 * 8 + 4 * 8 + 1,
        "ema cross, one at a time, dense equity": 2 * 8 + 4 * 8,
    }
    for time in times:
        if time.backend == "rust" and time.case in moved:
            floor = moved[time.case] / found["copy"] * 1e9
            rows.append(
                [time.case, str(moved[time.case]), number(floor), number(time.ns),
                 f"{time.ns / floor:.1f}"]
            )  # fmt: skip
    about = (
        f"In the same run a copy moved {found['copy'] / 1e9:.1f} GB/s, a triad "
        f"{found['triad'] / 1e9:.1f} GB/s. The floor is what a copy of as many bytes takes: "
        "those that dense columns of equity cannot do without."
    )
    heads = ["case on rust", "bytes a bar", "floor, ns", "measured, ns", "times the floor"]
    return Section("Distance to what memory allows", heads, rows, about)


def _times(found: dict[str, Time], above: str, below: str) -> str:
    if above not in found or below not in found:
        return "-"
    return f"{found[above].ns / found[below].ns:.1f}"


def number(value: float) -> str:
    """Write a number with three digits that count, or whole.

    Examples
    --------
    >>> number(0.8312), number(41.26), number(41455.2)
    ('0.831', '41.3', '41,455')
    """
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{places}f}"
