"""What every peer's script does the same: read bars, run cold, run warm, write what was found.

Runs in an environment that has the peer, not Fillproof: `python X_peer.py BARS.npz ANSWER.json
ROUNDS`. The bars are the workload's: columns of bid and ask, and signals computed beforehand.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

CASH, UNITS, FEE_PER_TRADE, PIP = 100_000.0, 10_000, 0.7, 0.0001
FAST, SLOW, STOP_PIPS, TARGET_PIPS = 10, 50, 10, 20

#: From columns to a function that runs once and returns the number of trades and the last equity.
Prepare = Callable[[dict[str, Any]], Callable[[], tuple[int, float]]]


def serve(package: str, load: Callable[[], Prepare]) -> None:
    """Time a peer.

    Parameters
    ----------
    package : str
        The distribution whose version is told.
    load : callable
        Imports the peer and returns what prepares it; the import counts to a cold start.
    """
    source, target, rounds = sys.argv[1:4]
    columns = dict(np.load(source))
    base = _memory()
    begun, on_processor = time.perf_counter(), time.process_time()
    prepare = load()
    imported = time.perf_counter()
    run = prepare(columns)
    prepared = time.perf_counter()
    trades, equity = run()
    done, cold_processor = time.perf_counter(), time.process_time()
    warm, wall = [], []
    for _ in range(int(rounds)):
        started, clock = time.perf_counter(), time.process_time()
        again = run()
        wall.append(time.perf_counter() - started)
        warm.append(time.process_time() - clock)
        assert again == (trades, equity), "run again it gave another result"
    found = {
        "version": version(package),
        "bars": len(columns["bid_close"]),
        "import_s": imported - begun,
        "input_s": prepared - imported,
        "cold_s": done - begun,
        "cold_processor_s": cold_processor - on_processor,
        "warm_s": warm,
        "warm_wall_s": wall,
        "memory_mb": _memory(),
        "memory_before_mb": base,
        "trades": int(trades),
        "equity": float(equity),
    }
    Path(target).write_text(json.dumps(found), encoding="utf-8")


def _memory() -> float:
    """Return the most memory this process has had, in megabytes."""
    # Where the system tells: what it counts for `getrusage` begins with the parent's.
    with contextlib.suppress(OSError), Path("/proc/self/status").open() as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1e6 if sys.platform == "darwin" else size / 1e3
