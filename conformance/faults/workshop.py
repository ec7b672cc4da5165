"""A copy of the sources in which faults are planted, built and taken out again."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from .planted import Fault

__all__ = ["Workshop", "WorkshopError", "commit_of", "fingerprint"]

_PARTS = ("pyengine", "rsengine", "Cargo.toml", "Cargo.lock")
# What a verdict rests on beside the engines.
_EVIDENCE = ("golden", "conformance", "fillproof")
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
        for name in _listed(root, _PARTS):
            copy = self.tree / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy)

    def build(self, engine: str, fault: Fault | None = None) -> str:
        """Make the copy loadable and name it as a backend, such as `rust@FOLDER`.

        Parameters
        ----------
        engine
            Whose sources are built.
        fault
            Planted before and taken out again; None builds the sources as they are.

        Raises
        ------
        WorkshopError
            The patch does not fit the sources any more, or they do not build.
        """
        overlay = self.overlays / (f"{engine}-as-it-is" if fault is None else fault.name)
        shutil.rmtree(overlay, ignore_errors=True)
        sound = {} if fault is None else self._touched(fault)
        if fault is not None:
            self._apply(fault)
        try:
            if engine == "python":
                shutil.copytree(self.tree / "pyengine", overlay / "pyengine")
            else:
                self._build_rust(overlay / "rsengine")
        finally:
            # Taking a patch back could fit at another place than where it was planted.
            for path, content in sound.items():
                path.write_bytes(content)
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

    def _touched(self, fault: Fault) -> dict[Path, bytes]:
        """Read the files that a patch changes."""
        patch = fault.patch.read_text(encoding="utf-8").splitlines()
        paths = [self.tree / line[6:] for line in patch if line.startswith("--- a/")]
        return {path: path.read_bytes() for path in paths if path.is_file()}

    def _apply(self, fault: Fault) -> None:
        # Without the ceiling git would look for a repository above, and skip paths outside of it.
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(self.tree.parent)}
        command = ["git", "apply", str(fault.patch.resolve())]
        _run(command, self.tree, environment)


def fingerprint(root: Path, engine: str) -> str:
    """Return a digest of all files that a verdict about a fault in an engine rests on."""
    parts = _PARTS if engine == "rust" else ("pyengine",)
    digest = hashlib.sha256()
    for name in _listed(root, (*parts, *_EVIDENCE)):
        # The other faults do not matter.
        if Path(name).parent.name != "faults" or Path(name).suffix == ".py":
            digest.update(f"{name}\0".encode())
            digest.update(hashlib.sha256((root / name).read_bytes()).digest())
    return digest.hexdigest()


def commit_of(root: Path) -> str:
    """Name the commit of a checkout, and whether the sources have changed since."""
    commit = _run(["git", "rev-parse", "--short=10", "HEAD"], root).strip()
    changed = _run(["git", "status", "--porcelain", "--", *_PARTS, *_EVIDENCE], root).strip()
    return f"{commit} and changes" if changed else commit


def _listed(root: Path, parts: tuple[str, ...]) -> list[str]:
    """List the files of parts of a checkout, those that are not yet committed included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *parts]
    names = sorted(set(filter(None, _run(command, root).split("\0"))))
    # A file that was deleted and not yet committed is still listed.
    return [name for name in names if (root / name).is_file()]


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
