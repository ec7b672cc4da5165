"""The lint of names sees each kind of name whose bearer is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from fillproof.conformance.lints import named_paths

SOUND = """
Read `pyengine/orders.py`, all of `pyengine/X.py` and `tests/*.py`; then in this folder
python -m fillproof.conformance.lints names and cargo run --example bench_bars -- 10
tox run -e py,docs and `tox -e NAME`; https://example.org/tests/none.py is not ours.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "pyengine/orders.py", "tests/test_orders.py", "conformance/lints/__main__.py",
        "rsengine/crates/engine/examples/bench_bars.rs",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "tox.ini").write_text("[testenv:py]\n[testenv:docs]\n")
    (tmp_path / "MANIFEST.in").write_text("recursive-include tests *\ninclude tox.ini\n")
    (tmp_path / "README.md").write_text(SOUND)
    return tmp_path


def test_what_is_there_may_be_named(root: Path) -> None:
    assert list(named_paths.absent(root)) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("see `pyengine/sizes.py`.", "pyengine/sizes.py"),
        ("pytest pyengine/tests", "pyengine/tests"),
        ("(rsengine/Xs.rs)", "rsengine/Xs.rs"),
        ("all of tests/*.rs", "tests/*.rs"),
        ("python -m fillproof.conformance.faults --ci", "module fillproof.conformance.faults"),
        ("python -m fillproof.bench", "module fillproof.bench"),
        ("cargo run --release --example bench_open", "example bench_open"),
        ("tox run -e docs,fuzz", "environment fuzz"),
    ],
)
def test_what_is_gone_is_told_with_its_line(root: Path, line: str, name: str) -> None:
    (root / "README.md").write_text(f"{SOUND}{line}\n")
    assert list(named_paths.absent(root)) == [f"README.md:5: there is no {name}"]


@pytest.mark.parametrize("line", ["prune rsengines", "recursive-include docs *", "include a.md"])
def test_a_folder_of_the_manifest_that_is_gone_is_told(root: Path, line: str) -> None:
    (root / "MANIFEST.in").write_text(f"{line}\n")
    assert list(named_paths.absent(root)) == [f"MANIFEST.in: there is no {line.split()[1]}"]


def test_a_page_may_name_what_lies_beside_it(root: Path) -> None:
    page = root / "examples" / "one" / "README.md"
    page.parent.mkdir(parents=True)
    page.write_text("pytest tests/test_one.py")
    (said,) = named_paths.absent(root)
    assert said == "examples/one/README.md:1: there is no tests/test_one.py"
    (page.parent / "tests").mkdir()
    (page.parent / "tests" / "test_one.py").touch()
    assert list(named_paths.absent(root)) == []
