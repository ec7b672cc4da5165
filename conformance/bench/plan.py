"""From cases and backends to pytest-benchmark's JSON: digests first, then times."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fillproof import backends

from .calibration import calibrate
from .cases import BARE, Case

__all__ = ["KEY", "Plan", "run"]

#: Where our own part of the JSON stands.
KEY = "fillproof"
_PARTNERS = {
    "rust": ("cython", "python"),
    "cython": ("rust", "python"),
    "python": ("rust", "cython"),
}
AGAIN = "without short cuts"
_LEAST, _MOST = 3, 15
_WORKER = "PYTEST_XDIST_WORKER"


@dataclass
class Plan:
    """What is timed, and what was found beside the times.

    Attributes
    ----------
    cases : list of Case
    names : tuple of str
        Backends whose time is taken.
    seconds : float
        For the rounds of one time.
    told : callable
        Takes a line about what is done next.
    different : list of dict
        Cases of which two backends gave two results; they have no time.
    left_out : list of dict
        What could not be timed, and why.
    faults : list of dict
        Cases that ended with an error.
    """

    cases: list[Case]
    names: tuple[str, ...]
    seconds: float = 2.0
    told: Callable[[str], None] = lambda _line: None
    different: list[dict[str, str]] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)
    faults: list[dict[str, str]] = field(default_factory=list)
    _digests: dict[tuple[str, str, int], str] = field(default_factory=dict)

    def timings(self) -> list[Timing]:
        """List every time to be taken; what cannot be is left out, with the reason."""
        found = []
        for case in self.cases:
            for name in (*self.names, *((BARE,) if case.bare is not None else ())):
                if not case.bars_on(name):
                    continue
                reason = None if name == BARE else self._missing(case, name)
                if reason is None:
                    found.append(Timing(self, case, name))
                else:
                    self.left_out.append({"case": case.name, "backend": name, "why": reason})
        return found

    def _missing(self, case: Case, name: str) -> str | None:
        status = backends.status(name)
        if not status.ok:
            return f"{name} is {status.state}: {status.detail}"
        engine = backends.load(name)
        lacks = [need for need in case.needs if not _offered(engine, need)]
        if lacks:
            return f"it has no {', '.join(lacks)}"
        if case.again is None and self.partner(case, name) is None:
            return "no other backend to compare its result with"
        return None

    def partner(self, case: Case, name: str) -> str | None:
        """Name the backend whose result has to be the same."""
        for other in _PARTNERS[name]:
            if other in case.parts and backends.status(other).ok:
                return other
        return None

    def compare(self, case: Case, name: str, bars: int) -> tuple[str, str, str, str]:
        """Return digest, digest of the other, and who the two are."""
        mine = self.digest(case, name, bars)
        partner = self.partner(case, name)
        if case.partner_bars is not None and bars > case.partner_bars:
            partner = None
        if partner is None:
            assert case.again is not None
            job = case.again(name, bars)
            job.run()
            return mine, job.digest(), name, f"{name}, {AGAIN}"
        return mine, self.digest(case, partner, bars), name, partner

    def digest(self, case: Case, name: str, bars: int) -> str:
        """Run a case once and hash what came of it."""
        key = (case.name, name, bars)
        if key not in self._digests:
            job = case.make(name, bars)
            job.run()
            self._digests[key] = job.digest()
        return self._digests[key]


def _offered(engine: Any, need: str) -> bool:
    if need == "sweep":
        import fillproof

        return hasattr(fillproof, "sweep")
    return hasattr(engine, need)


class Different(AssertionError):
    """Two backends gave two results of one case."""


class Timing:
    """One case on one backend."""

    def __init__(self, plan: Plan, case: Case, name: str) -> None:
        self.plan, self.case, self.name = plan, case, name
        self.bars = case.bars_on(name)

    def __str__(self) -> str:
        return f"{self.case.name} on {self.name}"

    def take(self, benchmark: Any) -> None:
        """Compare digests; only if they are equal take the time."""
        self.plan.told(str(self))
        try:
            self._take(benchmark)
        except Different:
            raise
        except Exception as error:
            told = {"case": self.case.name, "backend": self.name}
            self.plan.faults.append({**told, "why": f"{type(error).__name__}: {error}"})
            raise

    def _take(self, benchmark: Any) -> None:
        case, bars = self.case, self.bars
        timer = time.perf_counter if case.threads else time.process_time
        info: dict[str, Any] = {
            "case": case.name, "group": case.group, "backend": self.name, "bars": bars,
            "unit": case.unit, "units": case.units(bars), "x": case.x,
            "timer": "wall" if case.threads else "processor",
        }  # fmt: skip
        if self.name == BARE:
            assert case.bare is not None
            bare = case.bare(bars)
            info |= {"digest": None, "compared_with": None, "build": None}
            self._rounds(benchmark, lambda: bare, info, timer)
            return
        mine, theirs, _, other = self.plan.compare(case, self.name, bars)
        if mine != theirs:
            told = {"case": case.name, "backend": self.name, "digest": mine, "other": other}
            self.plan.different.append({**told, "other_digest": theirs, "bars": str(bars)})
            raise Different(f"{self}: {mine} is not {theirs} of {other}: no time")
        info |= {"digest": mine, "compared_with": other}
        info["build"] = backends.status(self.name).info
        self._rounds(benchmark, lambda: case.make(self.name, bars).run, info, timer)

    def _rounds(
        self,
        benchmark: Any,
        make: Callable[[], Callable[[], None]],
        info: dict[str, Any],
        timer: Callable[[], float],
    ) -> None:
        run = make()
        gc.collect()
        begun = timer()
        run()
        once = max(timer() - begun, 1e-6)
        rounds = max(_LEAST, min(_MOST, round(self.plan.seconds / once)))
        before = calibrate()
        # pytest-benchmark takes its timer before the test; ours depends on the case.
        benchmark._timer = timer  # noqa: SLF001
        benchmark.pedantic(_call, setup=lambda: ((make(),), {}), rounds=rounds)
        info["calibration"] = min(before, calibrate())
        benchmark.extra_info.update(info)


def _call(run: Callable[[], None]) -> None:
    run()


class _Plugin:
    """Gives pytest the plan's timings, and pytest-benchmark's JSON our part."""

    def __init__(self, plan: Plan, more: dict[str, Any]) -> None:
        self.plan, self.more, self.timings = plan, more, plan.timings()

    def pytest_generate_tests(self, metafunc: Any) -> None:
        if "timing" in metafunc.fixturenames:
            metafunc.parametrize("timing", self.timings, ids=str)

    def pytest_benchmark_update_json(self, output_json: dict[str, Any]) -> None:
        output_json[KEY] = self._own()

    def _own(self) -> dict[str, Any]:
        return {
            "version": 1,
            "different": self.plan.different,
            "left_out": self.plan.left_out,
            "faults": self.plan.faults,
            **self.more,
        }


def run(plan: Plan, more: dict[str, Any], arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Take all times of a plan.

    Parameters
    ----------
    plan : Plan
    more : dict
        Further parts of our own part of the JSON.
    arguments : sequence of str
        For pytest.

    Returns
    -------
    dict
        pytest-benchmark's JSON with `KEY` added.

    Raises
    ------
    RuntimeError
        pytest itself went wrong.
    """
    import pytest

    plugin = _Plugin(plan, more)
    source = Path(__file__).with_name("timings.py")
    printed = io.StringIO()
    with TemporaryDirectory(prefix="fillproof-bench-") as place:
        folder = Path(place)
        # A configuration of its own: the one around may turn warnings into errors.
        settings, target = folder / "pytest.ini", folder / "times.json"
        settings.write_text("[pytest]\n", encoding="utf-8")
        own = [
            str(source), "-c", str(settings), f"--rootdir={folder}", "-q", "-s", "-p",
            "no:cacheprovider", "--import-mode=importlib", "--tb=line",
            f"--benchmark-json={target}",
        ]  # fmt: skip
        with _apart(printed):
            code = pytest.main([*own, *arguments], plugins=[plugin]) if plugin.timings else 5
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and not (
            code == pytest.ExitCode.TESTS_FAILED and (plan.different or plan.faults)
        ):
            raise RuntimeError(f"pytest ended with {code}:\n{printed.getvalue()}")
        text = target.read_text(encoding="utf-8") if target.is_file() else ""
    found: dict[str, Any] = json.loads(text) if text else {"benchmarks": []}
    found[KEY] = plugin._own()  # noqa: SLF001
    for benchmark in found["benchmarks"]:
        benchmark["extra_info"]["spread"] = spread(benchmark["stats"]["data"])
    return found


@contextlib.contextmanager
def _apart(printed: io.StringIO) -> Iterator[None]:
    """Keep what is printed, and hide a worker of pytest-xdist around us: it would take no time."""
    around = {_WORKER: os.environ.pop(_WORKER)} if _WORKER in os.environ else {}
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield
    finally:
        os.environ.update(around)


def spread(rounds: Sequence[float]) -> float:
    """Return how far rounds lie apart: half the distance of the quartiles over the median.

    Examples
    --------
    >>> spread([1.0, 1.0, 1.0, 1.2, 1.0])
    0.05
    """
    if len(rounds) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(rounds, n=4)
    return round((high - low) / 2.0 / middle, 6)
