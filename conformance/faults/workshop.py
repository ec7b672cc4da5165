"""A copy of the sources in which faults are planted, built and taken out again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from .planted import Fault

__all__ = ["Workshop", "WorkshopError"]

_PARTS = ("pyengine", "rsengine", "Cargo.toml", "Cargo.lock")
_PROFILE = "fast"


class WorkshopError(RuntimeError):
    """A tool is missing, a patch does not apply, or a build fails."""


class Workshop:
    """Sources under test in a folder of their own.

    Parameters
    ----------
    root
        A git checkout of the project.
    folder
        Where the copy goes; it must be empty or absent.
    target
        Folder in which cargo keeps what it built, to be used again next time.
    """

    def __init__(self, root: Path, folder: Path, target: Path) -> None:
        self.tree = folder / "tree"
        self.overlays = folder / "overlays"
        self.target = target
        # New files that are not yet committed belong to the sources, too.
        listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = _run([*listing, "--", *_PARTS], root)
        for name in filter(None, listed.split("\0")):
            # A file that was deleted and not yet committed is still listed.
            if (root / name).is_file():
                copy = self.tree / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / name, copy)

    def plant(self, fault: Fault) -> None:
        """Change the copy as the fault's patch says.

        Raises
        ------
        WorkshopError
            The patch does not fit the sources any more.
        """
        self._apply(fault, [])

    def take_out(self, fault: Fault) -> None:
        """Undo `plant`."""
        self._apply(fault, ["--reverse"])

    def build(self, engine: str) -> str:
        """Make the copy loadable and name it as a backend, such as `rust@FOLDER`."""
        overlay = self.overlays / engine
        shutil.rmtree(overlay, ignore_errors=True)
        if engine == "python":
            shutil.copytree(self.tree / "pyengine", overlay / "pyengine")
        else:
            self._build_rust(overlay / "rsengine")
        return f"{engine}@{overlay}"

    def _build_rust(self, package: Path) -> None:
        command = ["cargo", "build", "--quiet", "-p", "fillproof-python", "--profile", _PROFILE]
        environment = {
            **os.environ,
            "CARGO_TARGET_DIR": str(self.target),
            "PYO3_PYTHON": sys.executable,
        }
        _run(command, self.tree, environment)
        shutil.copytree(self.tree / "rsengine" / "python" / "rsengine", package)
        suffix = sysconfig.get_config_var("EXT_SUFFIX") or ".so"
        shutil.copyfile(self._library(), package / f"_rsengine{suffix}")

    def _library(self) -> Path:
        names = ("lib_rsengine.so", "lib_rsengine.dylib", "_rsengine.dll")
        for name in names:
            path = self.target / _PROFILE / name
            if path.is_file():
                return path
        raise WorkshopError(f"cargo left none of {', '.join(names)} in {self.target / _PROFILE}")

    def _apply(self, fault: Fault, options: list[str]) -> None:
        # Without the ceiling git would look for a repository above, and skip paths outside of it.
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(self.tree.parent)}
        command = ["git", "apply", *options, str(fault.patch.resolve())]
        _run(command, self.tree, environment)


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise WorkshopError(f"{command[0]} cannot be run: {error}") from error
    if done.returncode != 0:
        raise WorkshopError(f"{' '.join(command)} failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout
