"""A worker holds one backend, can show it, and cannot be made to hold another."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from fillproof.conformance.client import BackendSpec, Client
from fillproof.conformance.isolation import BACKENDS, RefuseTwins, family, proof

PROBE = """
import importlib, sys
from fillproof.conformance.isolation import RefuseTwins
RefuseTwins(sys.argv[1]).install()
try:
    importlib.import_module(sys.argv[2])
except ImportError as error:
    sys.exit(7 if "belongs to backend" in str(error) else str(error))
"""
TWINS = [
    ("python", "pyengine._compiled"),
    ("python", "pyengine._compiled.execution"),
    ("python", "rsengine"),
    ("python", "rsengine._rsengine"),
    ("cython", "pyengine.execution"),
    ("cython", "pyengine.indicators.ema"),
    ("cython", "rsengine"),
    ("rust", "pyengine"),
    ("rust", "pyengine.execution"),
    ("rust", "pyengine._compiled.execution"),
    ("rust", "fillproof.python"),
    ("rust", "fillproof.cython"),
    ("python", "fillproof.rust"),
]


@pytest.mark.parametrize(("backend", "module"), TWINS)
def test_module_of_a_twin_cannot_be_imported(backend: str, module: str) -> None:
    code = PROBE
    if module.startswith("fillproof."):
        # These hand out a backend's names when they are asked for one.
        code = PROBE.replace("(sys.argv[2])", "(sys.argv[2]).EventEngine").replace(
            "ImportError as", "Exception as"
        )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, backend, module],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0, f"{backend} could import {module}"


def test_worker_shows_that_it_runs_its_backend_alone(engine: Any) -> None:
    backend = family(engine.EventEngine.__module__)
    assert backend is not None
    with Client(BackendSpec(backend)) as client:
        case = {"kind": "arithmetic", "function": "ema", "input": {"period": 3, "values": ["1"]}}
        assert client.ask({"do": "case", "case": case}, 20.0)["outcome"]["value"] == [1.0]
        found = client.ask({"do": "proof"}, 20.0)["proof"]
    assert found["faults"] == []
    assert found["build"]["backend"] == backend
    assert {family(name) for name in found["modules"]} - {None} == {backend}
    kinds = {file.rsplit(".", 1)[-1] for file in found["modules"].values()}
    assert ("so" in kinds or "pyd" in kinds or "dylib" in kinds) is (backend != "python")


def test_what_a_backend_prints_is_no_answer(engine: Any) -> None:
    """An answer is only what the worker itself writes; a stray line would end the conversation."""
    backend = family(engine.EventEngine.__module__)
    code = "import os, sys; os.write(1, b'stray\\n'); print('stray')"
    hooked = [
        sys.executable,
        "-P",
        "-c",
        f"from fillproof.conformance import worker\n{TAP}{code!r})",
    ]
    with Client(BackendSpec(backend or ""), [*hooked, backend or ""]) as client:
        assert client.ask({"do": "proof"}, 20.0)["proof"]["faults"] == []


TAP = """
import sys
def main(code):
    def serve(*given, **named):
        exec(code)
        return kept(*given, **named)
    kept, worker.serve = worker.serve, serve
    sys.exit(worker.main(["--backend", sys.argv[1], "--foreign"]))
main("""


def test_proof_names_what_is_wrong() -> None:
    alien = SimpleNamespace(
        EventEngine=SimpleNamespace(__module__="elsewhere.engine"),
        build_info=lambda: {"backend": "python"},
    )
    faults = proof("rust", alien)["faults"]
    assert "EventEngine comes from elsewhere.engine" in faults
    assert "build_info() says backend 'python'" in faults
    # This process has the interpreted engine loaded by other tests, or no library at all.
    assert len(faults) >= 3


def test_guard_comes_first_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyengine.execution", sys)
    with pytest.raises(ImportError, match="loaded before the guard"):
        RefuseTwins("rust").install()


def test_every_backend_has_a_name() -> None:
    assert list(BACKENDS) == ["python", "cython", "rust"]
    with pytest.raises(ValueError, match="unknown backend 'java'"):
        BackendSpec("java")
