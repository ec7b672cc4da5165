"""The backends, one by one: a backend that is missing fails its tests rather than skip them."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import pytest

PACKAGES = {"python": "pyengine", "cython": "pyengine._compiled", "rust": "rsengine"}

# Limits the set where not all can be built, such as on a machine without cargo.
NAMES = [
    name
    for name in os.environ.get("FILLPROOF_TEST_BACKENDS", ",".join(PACKAGES)).split(",")
    if name.strip()
]


def load(name: str) -> ModuleType:
    """Import a backend, or fail the test that asks for it."""
    if name not in PACKAGES:
        pytest.fail(f"FILLPROOF_TEST_BACKENDS names {name!r}; known are {', '.join(PACKAGES)}")
    try:
        module = importlib.import_module(PACKAGES[name])
        module.EventEngine  # noqa: B018  (imported at first use)
    except (ImportError, AttributeError) as error:
        pytest.fail(f"backend {name} cannot be imported: {error}", pytrace=False)
    return module


@pytest.fixture(params=NAMES)
def backend_name(request: pytest.FixtureRequest) -> str:
    """Name of each backend in turn."""
    name: str = request.param
    return name


@pytest.fixture
def backend(backend_name: str) -> ModuleType:
    """Each backend in turn, as the package of its public names."""
    return load(backend_name)


@pytest.fixture(scope="session")
def backends() -> dict[str, ModuleType]:
    """All backends at once, to be compared with each other."""
    return {name: load(name) for name in NAMES}
