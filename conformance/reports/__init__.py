"""What a verification looks like: to people, to CI, and as one page to keep.

`write` is the one entry.  All forms are made from the report as plain data, by
`schema/report.schema.json`; nothing here knows how it was found.
"""

from __future__ import annotations

from .series import thin
from .writing import check_targets, write

__all__ = ["check_targets", "thin", "write"]
