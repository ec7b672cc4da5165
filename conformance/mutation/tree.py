"""The copy of the sources that is changed, and what runs in it."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["MutationError", "bounded_memory", "digest_of", "listed", "refresh", "run"]

# A mutant that fills a list for ever must not take the machine down.
_MEMORY = 6 << 30


class MutationError(RuntimeError):
    """A tool is missing or fails, or the tests fail without any change."""


def listed(root: Path, parts: Sequence[str]) -> list[str]:
    """List the files of parts of a checkout, those that are not yet committed included."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *parts]
    names = sorted(set(filter(None, run(command, root).split("\0"))))
    # A file that was deleted and not yet committed is still listed.
    return [name for name in names if (root / name).is_file()]


def refresh(root: Path, parts: Sequence[str], tree: Path) -> None:
    """Make a folder hold parts of a checkout and no other file.

    Files that are the same stay untouched, so that cargo need not build them again.
    """
    wanted = set(listed(root, parts))
    for path in sorted(tree.rglob("*")) if tree.is_dir() else ():
        if path.is_file() and path.relative_to(tree).as_posix() not in wanted:
            path.unlink()
    for name in sorted(wanted):
        content, copy = (root / name).read_bytes(), tree / name
        if not copy.is_file() or copy.read_bytes() != content:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)


def digest_of(root: Path, parts: Sequence[str]) -> str:
    """Return a digest over names and contents of parts of a checkout."""
    digest = hashlib.sha256()
    for name in listed(root, parts):
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256((root / name).read_bytes()).digest())
    return digest.hexdigest()[:16]


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Limit the memory of all that is started meanwhile, where the system can."""
    try:
        import resource
    except ImportError:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    hard = before[1]
    soft = _MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def run(command: list[str], folder: Path) -> str:
    """Run a tool and return what it prints.

    Raises
    ------
    MutationError
        It is not there, or fails; the message has its last words.
    """
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise MutationError(f"{command[0]} cannot be run: {error}") from error
    if done.returncode != 0:
        raise MutationError(f"{' '.join(command)} failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout
