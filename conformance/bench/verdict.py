"""What a run comes to: a line, an exit code, and where it was made."""

from __future__ import annotations

from typing import Any

from .cases import BARE
from .plan import KEY
from .report import times_of

__all__ = ["exit_code", "headline", "machine_line"]


def headline(found: dict[str, Any]) -> str:
    """Say in a line what was found."""
    own = found[KEY]
    taken = [time for time in times_of(found) if time.backend != BARE]
    parts = [f"{len(taken)} times beside equal digests"]
    if own["different"]:
        parts.insert(0, f"{len(own['different'])} cases with DIFFERENT RESULTS, which have no time")
    if own["faults"]:
        parts.append(f"{len(own['faults'])} ended with an error")
    lost = (own.get("comparison") or {}).get("lost", [])
    if lost:
        parts.append(f"{len(lost)} LOST SPEED")
    return "; ".join(parts)


def exit_code(found: dict[str, Any]) -> int:
    """Return 0: well; 1: results differ or speed was lost; 2: nothing timed; 3: an error."""
    own = found[KEY]
    if own["faults"]:
        return 3
    if own["different"] or (own.get("comparison") or {}).get("lost"):
        return 1
    return 0 if any(time.backend != BARE for time in times_of(found)) else 2


def machine_line(found: dict[str, Any]) -> str:
    """Say where and when a run was made, and of which builds."""
    machine = found.get("machine_info", {})
    cpu = machine.get("cpu", {})
    profiles = {time.backend: time.profile for time in times_of(found) if time.profile is not None}
    builds = ", ".join(f"{name} {profile}" for name, profile in profiles.items())
    commit = (found.get("commit_info") or {}).get("id")
    # What pytest-benchmark says in a folder without a repository.
    if commit in {None, "unversioned"}:
        commit = "no commit"
    dirty = " with changes" if (found.get("commit_info") or {}).get("dirty") else ""
    return (
        f"{found.get('datetime', 'no date')[:16]}, commit {commit[:10]}{dirty}; "
        f"{cpu.get('brand_raw', 'unknown processor')}, {cpu.get('count', '?')} cores; "
        f"Python {machine.get('python_version', '?')}; builds: {builds or 'none'}"
    )
