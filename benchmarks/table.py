"""One table of pytest-benchmark's JSON: ``python benchmarks/table.py .benchmarks/latest.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COLUMNS = ("python", "cython", "rust", "bare loop")


def table(report: dict[str, Any]) -> str:
    """Lay out ns a bar by case and backend, with what Rust gains and what the callback costs.

    Parameters
    ----------
    report : dict
        What ``--benchmark-json`` writes.

    Returns
    -------
    str
        Markdown.
    """
    times: dict[str, dict[str, float]] = {}
    bars = 0
    for benchmark in report["benchmarks"]:
        info = benchmark["extra_info"]
        bars = info["bars"]
        per_bar = benchmark["stats"]["min"] / bars * 1e9
        times.setdefault(info["case"], {})[info["backend"]] = per_bar
    head = ["case", *COLUMNS, "python / rust", "cython / rust", "rust / bare"]
    rows = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for case, found in times.items():
        cells = [f"{found[name]:,.1f}" if name in found else "-" for name in COLUMNS]
        pairs = (("python", "rust"), ("cython", "rust"), ("rust", "bare loop"))
        rows.append([case, *cells, *(_ratio(found, a, b) for a, b in pairs)])
    machine = report["machine_info"]
    where = f"{machine['cpu'].get('brand_raw', 'unknown')}, Python {machine['python_version']}"
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([*lines, "", f"{bars:,} made bars; {where}"])


def _ratio(found: dict[str, float], above: str, below: str) -> str:
    if above not in found or below not in found:
        return "-"
    return f"{found[above] / found[below]:.1f}"


if __name__ == "__main__":
    sys.stdout.write(table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))) + "\n")
