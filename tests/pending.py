"""Public names that the tables promise and some backend does not have yet.

Empty in a release. A name that every backend has must not stand here:
`test_signatures.py` says so.
"""

from __future__ import annotations

from typing import Any

import pytest

#: Classes, functions, ``Class.method`` or ``Class.attribute`` (also ``Class`` for its constructor).
PENDING: frozenset[str] = frozenset()


def need(backend: Any, name: str) -> Any:
    """Return a class of a backend; skip where it is still to come, fail where it is not."""
    found = getattr(backend, name, None)
    if found is None and name in PENDING:
        pytest.skip(f"{backend.__name__} has no {name} yet")
    assert found is not None, f"{backend.__name__} has no {name}"
    return found
