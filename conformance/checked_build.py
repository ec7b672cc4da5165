"""Random cases on the reference compiled with every check of Cython.

`python -m fillproof.conformance.checked_build --examples 2000`, in a checkout, compiles a copy of
the sources with checks that the everyday build leaves out (overflow of C integers, attributes of
None, use before a value was set) and plays random cases on it beside the plain reference and Rust.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import fuzz

__all__ = ["build", "main"]

ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = ("pyengine", "fillproof", "conformance", "golden")
_FILES = ("setup.py", "pyproject.toml", "README.md", "LICENSE")
_LEFT_OUT = shutil.ignore_patterns("*.so", "*.pyd", "_build_info.json", "__pycache__")


def build(folder: Path) -> None:
    """Compile a copy of the sources with all checks.

    Parameters
    ----------
    folder
        An empty folder; `cython@FOLDER` names the result as a backend.

    Raises
    ------
    subprocess.CalledProcessError
        The build failed.
    """
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT)
    for name in _FILES:
        shutil.copy(ROOT / name, folder)
    environment = {
        **os.environ,
        "FILLPROOF_CHECKED_CYTHON": "1",
        "FILLPROOF_REQUIRE_CYTHON": "1",
    }
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace", "-j2"]
    subprocess.run(command, cwd=folder, env=environment, check=True)  # noqa: S603


def main(arguments: list[str] | None = None) -> int:
    """Build, then play; answers as `fillproof.conformance.fuzz` does."""
    parser = argparse.ArgumentParser(prog="python -m fillproof.conformance.checked_build")
    parser.add_argument("--examples", type=int, default=2000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        build(Path(name))
        backends = f"python,cython@{name},rust"
        return fuzz.main(["--backends", backends, "--examples", str(options.examples)])


if __name__ == "__main__":
    sys.exit(main())
