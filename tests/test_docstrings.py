"""Every example in a docstring is true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import fillproof.conformance
import pyengine
from fillproof.errors import BackendUnavailable

FOLDERS = {
    "fillproof": Path(fillproof.__file__).parent,
    "fillproof.conformance": Path(fillproof.conformance.__file__).parent,
    "pyengine": Path(pyengine.__file__).parent,
}
# Programs; and the compiled modules, which are made of the sources tested here.
LEFT_OUT = {"__main__", "_compiled", "conformance", "golden", "tests"}


def modules() -> list[str]:
    """Name all modules below the three packages, those without examples included."""
    found = []
    for package, folder in FOLDERS.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            if not LEFT_OUT & set(parts):
                found.append(".".join([package, *(part for part in parts if part != "__init__")]))
    return found


@pytest.mark.parametrize("name", modules())
def test_examples(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except BackendUnavailable as error:
        pytest.skip(str(error))
    assert doctest.testmod(module).failed == 0
