"""Many runs of one strategy over the same candles; see `fillproof.sweep`.

Read `sweeping` first, then `work` (what one combination is and how it runs), `running` (in which order
and where), `storing` (what is kept on disk), `windows` (walk-forward).
"""

from __future__ import annotations

from fillproof.sweeps.grid import Grid
from fillproof.sweeps.result import SweepInterrupted, SweepResult
from fillproof.sweeps.sweeping import sweep

__all__ = [
    "Grid",
    "SweepInterrupted",
    "SweepResult",
    "sweep",
]
