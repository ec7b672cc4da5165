"""Many runs of one strategy over the same candles; see `fillproof.sweep`.

Read `sweeping` first, then `work` (what one combination is and how it runs), `running` (in which
order and where), `storing` (what is kept on disk), `windows` (walk-forward).
"""

from __future__ import annotations

from fillproof.sweeps.grid import Grid
from fillproof.sweeps.result import SweepInterrupted, SweepResult
from fillproof.sweeps.sweeping import sweep
from fillproof.sweeps.windows import WalkForwardResult, walk_forward

__all__ = [
    "Grid",
    "SweepInterrupted",
    "SweepResult",
    "WalkForwardResult",
    "sweep",
    "walk_forward",
]
