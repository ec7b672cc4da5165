"""The reference engine in plain Python, by name.

Importing this module loads the backend, or raises `BackendUnavailable` with the cure. It is no
choice for ``from fillproof import ...``, and may stand beside any other backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fillproof._face import FACE
from fillproof.backends import info_of, load

if TYPE_CHECKING:
    from fillproof._face import *  # noqa: F403

_backend = load("python")


def build_info() -> dict[str, Any]:
    """Say how this backend was built; see `fillproof.backends.build_info`."""
    return info_of("python", _backend)


def __getattr__(name: str) -> Any:
    if name in FACE:
        value = globals()[name] = getattr(_backend, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(FACE)
