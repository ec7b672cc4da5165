"""Builds another version of Fillproof into an environment of its own, once, into a cache.

A git ref is taken from the checkout's history by `git archive`, so that neither the work tree nor
the index is touched; a release comes from the package index.  The python backend is built without a
compiler, which is quick; rust brings its crate along.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fillproof.discovery import in_checkout

from ..isolation import BACKENDS

__all__ = ["Built", "Version", "VersionError", "build", "cache_folder", "checkout", "parse"]

_READY = "ready.json"
_RELEASE = re.compile(r"fillproof(\[rust\])?==[A-Za-z0-9.+!_-]+")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/~^@{}-]*")
_SECONDS = 1800.0
_LAST_WORDS = 4

Run = Callable[[Sequence[str], "dict[str, str] | None"], None]
"""Carries out one command of a build, in an environment that is given in addition."""


class VersionError(ValueError):
    """A version that cannot be named or had, with the reason."""


@dataclass(frozen=True)
class Version:
    """What the text after `--against` names.

    Attributes
    ----------
    text
        As the user wrote it.
    kind
        `git`, `release` or `folder`.
    name
        The commit in full, the requirement, or the folder.
    backend
        Which backend of that version runs.
    """

    text: str
    kind: str
    name: str
    backend: str

    @property
    def label(self) -> str:
        """A short name for reports."""
        ref = self.text.removeprefix("git+")
        if self.kind != "git" or self.name.startswith(ref):
            return self.text
        return f"{self.text} ({self.name[:10]})"


@dataclass(frozen=True)
class Built:
    """A version that can run: the interpreter that has it, and the folder to put before others."""

    version: Version
    python: Path
    folder: Path | None = None


def parse(text: str, *, backend: str = "python", root: Path | None = None) -> Version:
    """Read what the user wrote after `--against`.

    Parameters
    ----------
    text
        `fillproof==0.1.0`, `git+REF`, a bare ref of the checkout, or `NAME@FOLDER` for a folder
        into which a version was installed.
    backend
        Which backend of that version; in `NAME@FOLDER` it is named by the text.
    root
        The checkout; the one that this package runs from by default.

    Raises
    ------
    VersionError
        It names nothing that there is.

    Examples
    --------
    >>> parse("fillproof==0.1.0").kind
    'release'
    """
    if backend not in BACKENDS:
        raise VersionError(f"backend {backend!r}; expected one of {', '.join(BACKENDS)}")
    if text.startswith("fillproof"):
        if not _RELEASE.fullmatch(text):
            raise VersionError(f"{text!r} names no release; expected such as fillproof==0.1.0")
        return Version(text, "release", text, backend)
    name, at, folder = text.partition("@")
    if at and name in BACKENDS:
        if not Path(folder).is_dir():
            raise VersionError(f"{text!r}: there is no folder {folder}")
        return Version(text, "folder", str(Path(folder).resolve()), name)
    ref = text.removeprefix("git+")
    return Version(text, "git", _commit(ref, text, checkout(root)), backend)


def checkout(root: Path | None = None) -> Path:
    """Find the checkout whose history is asked.

    Raises
    ------
    VersionError
        This package does not run from one.
    """
    if root is not None:
        return root
    if not in_checkout():
        raise VersionError(
            "a git ref needs a checkout of Fillproof, and this is an installed package; "
            "name a release: fillproof==X"
        )
    return Path(__file__).resolve().parents[2]


def cache_folder() -> Path:
    """Say where built versions are kept: FILLPROOF_CACHE, else the user's cache."""
    named = os.environ.get("FILLPROOF_CACHE")
    base = Path(named) if named else Path.home() / ".cache" / "fillproof"
    return base / "versions"


def build(
    version: Version,
    *,
    cache: Path | None = None,
    root: Path | None = None,
    run: Run | None = None,
) -> Built:
    """Make a version ready to run; what was built before is used again.

    Parameters
    ----------
    version
        What `parse` gave.
    cache
        Where built versions are kept.
    root
        The checkout of a git ref.
    run
        Carries out the commands; by default they run, and an error has their last words.

    Raises
    ------
    VersionError
        It cannot be had or built.
    """
    if version.kind == "folder":
        return Built(version, Path(sys.executable), Path(version.name))
    run = run or _run
    short = re.sub(r"[^A-Za-z0-9.]+", "-", version.name)[:60]
    made_for = f"py{sys.version_info.major}{sys.version_info.minor}"
    place = (cache or cache_folder()) / f"{short}-{version.backend}-{made_for}"
    built = Built(version, place / "env" / _SCRIPTS / _PYTHON)
    if (place / _READY).is_file() and built.python.is_file():
        return built
    place.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place and moved there when it is whole, since another process may do the same.
    made = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        wanted = _wanted(version, made / "tree", root)
        _install(made / "env", wanted, version.backend, run)
        told = {"text": version.text, "name": version.name, "backend": version.backend}
        (made / _READY).write_text(json.dumps(told) + "\n", encoding="utf-8")
        if not (place / _READY).is_file():
            shutil.rmtree(place, ignore_errors=True)
            made.rename(place)
    except VersionError as error:
        raise VersionError(f"{version.text} cannot be had: {error}") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return built


def _wanted(version: Version, tree: Path, root: Path | None) -> list[str]:
    """Name what is to be installed: a release, or the unpacked tree of a commit."""
    if version.kind == "git":
        _unpack(version.name, tree, checkout(root))
        return [str(tree), *([str(tree / "rsengine")] if version.backend == "rust" else [])]
    if version.backend == "rust":
        return [version.name.replace("fillproof==", "fillproof[rust]==")]
    return [version.name]


_SCRIPTS = "Scripts" if os.name == "nt" else "bin"
_PYTHON = "python.exe" if os.name == "nt" else "python"


def _install(env: Path, wanted: list[str], backend: str, run: Run) -> None:
    python = env / _SCRIPTS / _PYTHON
    uv = shutil.which("uv")
    if uv is not None:
        run([uv, "venv", "--quiet", "--python", sys.executable, str(env)], None)
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    else:
        run([sys.executable, "-m", "venv", str(env)], None)
        install = [str(python), "-m", "pip", "install", "--quiet"]
    # Only the compiled reference needs its extensions, which take minutes.
    plain = {"CC": "false", "FILLPROOF_REQUIRE_CYTHON": "0"}
    run([*install, wanted[0]], {"FILLPROOF_REQUIRE_CYTHON": "1"} if backend == "cython" else plain)
    if wanted[1:]:
        run([*install, *wanted[1:]], {"MATURIN_NO_INSTALL_RUST": "1"})


def _commit(ref: str, text: str, root: Path) -> str:
    if not _REF.fullmatch(ref):
        raise VersionError(f"{text!r} names no version: fillproof==X, a git ref, or NAME@FOLDER")
    found = _git(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    commit = found.decode().strip()
    if not commit:
        raise VersionError(f"{text!r} is no ref of {root}; expected a commit, branch or tag")
    return commit


def _unpack(commit: str, tree: Path, root: Path) -> None:
    content = _git(root, "archive", "--format=tar", commit)
    if not content:
        raise VersionError(f"git cannot give the tree of {commit}")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(tree, filter="data")


def _git(root: Path, *arguments: str) -> bytes:
    git = shutil.which("git")
    if git is None:
        raise VersionError("git is not installed; a git ref needs it")
    done = subprocess.run(  # noqa: S603
        [git, "-C", str(root), *arguments], capture_output=True, check=False
    )
    return done.stdout if done.returncode == 0 else b""


def _run(command: Sequence[str], extra: dict[str, str] | None) -> None:
    environment: dict[str, Any] = {**os.environ, **(extra or {})}
    # The environment of this process is not the one that is built.
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"):
        environment.pop(name, None)
    try:
        done = subprocess.run(  # noqa: S603
            list(command),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VersionError(f"{command[0]}: {error}") from None
    if done.returncode != 0:
        last = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise VersionError(" | ".join(last[-_LAST_WORDS:]) or f"exit code {done.returncode}")
