"""`import fillproof` is free of charge, and the names are where they are said to be."""

from __future__ import annotations

import pytest

import fillproof
import fillproof.python
from fillproof._face import FACE

from .helpers import python

LOADED = "duckdb numpy pandas polars pyarrow pyengine rich rsengine tqdm typer".split()


@pytest.mark.parametrize("module", ["fillproof", "fillproof.errors", "fillproof.types"])
def test_import_loads_no_engine_and_no_frame_library(module: str) -> None:
    done = python(f"import {module}, sys; print([m for m in {LOADED} if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_a_run_from_the_command_line_loads_only_what_it_uses() -> None:
    # Each of these takes longer than the run itself.
    unused = ["pandas", "polars", "duckdb", "tqdm", "pyarrow.compute", "pyarrow.parquet"]
    code = (
        "import sys; from fillproof.cli_run import Settings, run_command;"
        "run_command(Settings(), out=None, quiet=False);"
        f"print([m for m in {unused} if m in sys.modules])"
    )
    done = python(code)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


def test_results_and_data_load_no_engine() -> None:
    code = (
        "import fillproof.data, fillproof.run, fillproof.results, sys;"
        "print([m for m in ['pyengine', 'rsengine'] if m in sys.modules])"
    )
    done = python(code)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_python_backend_loads_no_compiled_module_and_no_other_engine() -> None:
    code = (
        "import sys, fillproof.python as b; b.EventEngine;"
        "print(sorted(m for m in sys.modules if m.startswith(('rsengine', 'pyengine._c'))))"
    )
    done = python(code)
    assert done.stdout.strip() == "[]", done.stderr


def test_every_public_name_is_there() -> None:
    for name in fillproof.__all__:
        if name not in {"rust", "cython"} | FACE:
            assert getattr(fillproof, name) is not None


def test_the_list_of_names_is_the_face_and_what_is_neutral() -> None:
    assert set(fillproof.__all__) >= FACE
    assert len(set(fillproof.__all__)) == len(fillproof.__all__)
    assert set(dir(fillproof)) >= set(fillproof.__all__)


def test_every_backend_offers_the_face(backend) -> None:
    for name in FACE:
        assert getattr(backend, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Engine'"):
        _ = fillproof.Engine

    with pytest.raises(AttributeError, match="no attribute 'Engine'"):
        _ = fillproof.python.Engine


def test_explicit_namespace_hands_out_its_own_classes(backend_name) -> None:
    namespace = getattr(fillproof, backend_name)
    package = {"rust": "rsengine", "cython": "pyengine._compiled.", "python": "pyengine."}
    assert namespace.EventEngine.__module__.startswith(package[backend_name])
    assert (backend_name == "cython") == ("_compiled" in namespace.EventEngine.__module__)
    assert namespace.build_info()["backend"] == backend_name
    assert "EventEngine" in dir(namespace)
