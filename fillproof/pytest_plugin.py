"""Fillproof in pytest: tests on every backend, backends held against each other, goldens of runs.

Loaded by pytest in every session, so it imports nothing but pytest; engines and harness come with
the first test that asks for them.

Fixtures: `fillproof_backend`, `fillproof_verify`, `fillproof_golden`. Options:
``--fillproof-backend NAME``, ``--fillproof-refill``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from fillproof.results import BacktestResult

REFERENCE = "python"
GOLDEN_VERSION = 1
GOLDEN_FOLDER = "fillproof_golden"
_NAMES = ("python", "cython", "rust")


class Backend:
    """One backend as a test sees it: the engine's public names, and its own `name`.

    Parameters
    ----------
    name : str
        ``"python"``, ``"cython"`` or ``"rust"``.
    module : module
        The namespace of the backend.
    """

    def __init__(self, name: str, module: ModuleType) -> None:
        self.name = name
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    def __repr__(self) -> str:
        return f"Backend({self.name!r})"

    def run_backtest(self, bid: Any, ask: Any, strategy: Any, **options: Any) -> Any:
        """Run a strategy on this backend; see `fillproof.run_backtest`."""
        from fillproof import run_backtest

        return run_backtest(bid, ask, strategy, **{**options, "backend": self.name})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("fillproof")
    group.addoption(
        "--fillproof-backend",
        action="append",
        default=[],
        metavar="NAME",
        help="run tests on this backend alone (python, cython, rust); may be given several times; "
        "one that cannot be used is an error",
    )
    group.addoption(
        "--fillproof-refill",
        action="store_true",
        help="write the goldens of fillproof_golden anew, from the reference; refused in CI",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that cannot be done, before the first test."""
    if config.getoption("--fillproof-refill") and _in_ci():
        raise pytest.UsageError(
            "--fillproof-refill: refused where CI is set: a golden is filled by hand and looked "
            "at, not made by the run that it is to hold"
        )
    for name in config.getoption("--fillproof-backend"):
        trouble = _trouble(name)
        if trouble is not None:
            raise pytest.UsageError(f"--fillproof-backend {name}: {trouble[1]}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `fillproof_backend` its values: those asked for, or all with reasons for the absent."""
    if "fillproof_backend" not in metafunc.fixturenames:
        return
    asked = list(dict.fromkeys(metafunc.config.getoption("--fillproof-backend")))
    values = []
    for name in asked or _NAMES:
        trouble = _trouble(name)
        marks = []
        if trouble is not None and trouble[0] == "absent":
            marks = [pytest.mark.skip(reason=f"backend {name}: {trouble[1]}")]
        values.append(pytest.param(name, id=name, marks=marks))
    metafunc.parametrize("fillproof_backend", values, indirect=True)


@pytest.fixture
def fillproof_backend(request: pytest.FixtureRequest) -> Backend:
    """Each usable backend in turn: the engine's namespace, with `name` and `run_backtest`."""
    from fillproof import backends

    # One that is there but out of date raises here: that is a fault, not a reason to skip.
    return Backend(request.param, backends.load(request.param))


@pytest.fixture
def fillproof_verify(request: pytest.FixtureRequest) -> Callable[..., BacktestResult]:
    """Return a function that runs a strategy on all backends and asserts that they agree.

    ``fillproof_verify(bid, ask, strategy, symbol=..., min_trades=1, **options)``: `strategy` is a
    class or a function without parameters that makes it, or one that can be copied; `options` are
    those of `fillproof.run_backtest`. It returns the reference's result, and fails with the first
    divergence.
    """
    asked = list(dict.fromkeys(request.config.getoption("--fillproof-backend")))
    node = request.node.nodeid

    def verify(
        bid: Any, ask: Any, strategy: Any, *, min_trades: int = 1, **options: Any
    ) -> BacktestResult:
        __tracebackhide__ = True
        from fillproof.conformance.side_by_side import NotTheSame, run_side_by_side

        found = {name: _trouble(name) for name in _NAMES if not asked or name in asked}
        for name, trouble in found.items():
            if trouble is not None and trouble[0] != "absent":
                pytest.fail(f"backend {name}: {trouble[1]}", pytrace=False)
        usable = [name for name, trouble in found.items() if trouble is None]
        if len(usable) < 2:
            absent = [f"{name}: {trouble[1]}" for name, trouble in found.items() if trouble]
            why = "; ".join(absent) or "--fillproof-backend names one alone"
            pytest.skip(f"nothing to hold {usable[0] if usable else 'a backend'} against: {why}")
        told = ""
        try:
            result: BacktestResult = run_side_by_side(
                usable,
                (bid, ask),
                strategy,
                options,
                again=f"pytest '{node}'",
                min_trades=min_trades,
            )
        except NotTheSame as error:
            told = str(error)
        if told:
            # Outside of the handler, or pytest would print the same words twice.
            pytest.fail(told, pytrace=False)
        return result

    return verify


@pytest.fixture
def fillproof_golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that holds a result against the golden file of this test.

    ``fillproof_golden(result, name=None)``: the file lies in the folder ``fillproof_golden`` beside
    the test's module and is called by the module and the test, or by `name`. It is the same for
    all backends; ``--fillproof-refill`` writes it, from the reference alone.
    """

    def hold(result: BacktestResult, name: str | None = None) -> None:
        __tracebackhide__ = True
        test = getattr(request.node, "originalname", None) or request.node.name
        called = re.sub(r"[^\w.-]+", "_", name or f"{request.path.stem}.{test}")
        path = request.path.parent / GOLDEN_FOLDER / f"{called}.json"
        found = _record(result)
        if request.config.getoption("--fillproof-refill"):
            _refill(path, found)
            return
        node = request.node.nodeid.partition("[")[0]
        cure = f"pytest --fillproof-refill --fillproof-backend {REFERENCE} '{node}'"
        if not path.is_file():
            pytest.fail(f"no golden: {path}; fill it and look at it: {cure}", pytrace=False)
        told = _unlike(json.loads(path.read_text(encoding="utf-8")), found)
        if told:
            pytest.fail("\n".join([f"{path} says otherwise:", *told]), pytrace=False)

    return hold


def _trouble(name: str) -> tuple[str, str] | None:
    """Say in one word and in many what keeps a backend from being used; None for nothing."""
    from fillproof import backends
    from fillproof.errors import ConfigError

    try:
        found = backends.status(name)
    except ConfigError as error:
        return "unknown", str(error)
    return None if found.ok else (found.state, f"{found.state}: {found.detail}; cure: {found.cure}")


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def _record(result: BacktestResult) -> dict[str, Any]:
    """Make what a golden file keeps of a result."""
    from fillproof.digest import digest

    return {
        "version": GOLDEN_VERSION,
        "backend": result.backend,
        "digest": result.digest,
        "tables": {
            name: {"rows": table.num_rows, "digest": digest(result.tables, [name])}
            for name, table in result.tables.items()
        },
        "exact": {name: repr(value) for name, value in result.exact.items()},
    }


def _refill(path: Path, found: dict[str, Any]) -> None:
    __tracebackhide__ = True
    if found["backend"] != REFERENCE:
        pytest.fail(
            f"--fillproof-refill: refused for a result of {found['backend']}: a golden is made by "
            f"the reference; cure: add --fillproof-backend {REFERENCE}",
            pytrace=False,
        )
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _unlike(golden: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Say in which tables and figures a result leaves its golden."""
    if golden["version"] != GOLDEN_VERSION:
        return [f"it is of version {golden['version']}; this release reads {GOLDEN_VERSION}"]
    if golden["digest"] == found["digest"]:
        return []
    lines = [f"digest {golden['digest']} in the golden, {found['digest']} on {found['backend']}"]
    for name, table in golden["tables"].items():
        now = found["tables"][name]
        if table != now:
            lines.append(
                f"{name}: {table['rows']} rows in the golden, {now['rows']} now, not equal"
            )
    for name, value in golden["exact"].items():
        now = found["exact"].get(name, "absent")
        if value != now:
            lines.append(f"{name}: {value} in the golden, {now} now")
    return lines
