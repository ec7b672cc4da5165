"""The scripts of benchmarks/: what they make of numbers that are given to them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def script(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def answer(bars: int, *warm: float, **others: Any) -> dict[str, Any]:
    return {
        "version": "1.0", "bars": bars, "import_s": 1.0, "input_s": 0.5, "cold_s": 3.0,
        "memory_mb": 100.0, "trades": 7, "equity": 100_001.5, "calibration": 0.005,
        "warm_s": list(warm), **others,
    }  # fmt: skip


@pytest.fixture
def peers(tmp_path: Path) -> Path:
    found = {
        "when": "2026-01-02 03:04", "commit": "abcdef0123456", "cores": 2,
        "repeats": 2, "rounds": 1,
        "answers": {
            "fillproof, signal columns": [answer(1000, 1e-6), answer(1000, 3e-6)],
            "backtrader": [answer(100, 1e-2, trades=6), answer(100, 2e-2, trades=6, cold_s=5.0)],
        },
        "ours": {"1000": answer(1000, 1e-6), "100": answer(100, 1e-6, trades=5)},
    }  # fmt: skip
    path = tmp_path / "peers.json"
    path.write_text(json.dumps(found))
    return path


def test_peers_stand_under_a_heading_that_says_what_they_are(peers: Path) -> None:
    lines = script(BENCHMARKS / "table.py", peers).stdout.splitlines()
    assert lines[0] == "### Not the same fills"
    (theirs,) = [line for line in lines if line.startswith("| backtrader")]
    cells = [cell.strip() for cell in theirs.strip("|").split("|")]
    # The median of all rounds, its range, and how many times the median of ours.
    assert cells[:6] == ["backtrader", "1.0", "100", "150,000", "100,000 to 200,000", "75,000"]
    assert cells[8] == "4.00"
    assert cells[10:] == ["6 (5)", "100,001.50 (100,001.50)"]


def test_tables_are_written_into_a_page(peers: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    marked = "<!-- table: {} -->\nstale text\n<!-- end of table -->\n"
    page.write_text("before\n\n" + marked.format("Not the same") + "\nafter\n")
    script(BENCHMARKS / "table.py", peers, "--into", page)
    text = page.read_text()
    assert "stale text" not in text
    assert "| backtrader |" in text
    assert text.startswith("before\n")
    assert text.endswith("<!-- end of table -->\n\nafter\n")
    script(BENCHMARKS / "table.py", peers, "--into", page)
    assert page.read_text() == text
    page.write_text(marked.format("Nobody's"))
    assert "Nobody's" in script(BENCHMARKS / "table.py", peers, "--into", page, code=1).stderr
    assert page.read_text() == marked.format("Nobody's")


COUNTED = """\
fl=(1) /x/engine/src/event_engine.rs
fn=(1) run
10 5
fi=(2) /x/engine/src/exits.rs
11 7
+1 3
fe=(1)
calls=1 20
12 1000
cfi=(3) /x/engine/src/portfolio.rs
cfn=(2) update
calls=2 5
13 2000
14 1
fl=(3)
fn=(2)
5 40
fl=(4) /rustc/library/core/src/ops.rs
fn=(3) add
1 9
"""


def test_instructions_are_added_up_by_the_file_they_were_written_in(tmp_path: Path) -> None:
    code = (
        "import sys, json; sys.path.insert(0, sys.argv[1]); import rust_phases as r; "
        "found = r.by_file(open(sys.argv[2]).read()); "
        "print(json.dumps([found, r.by_phase(found)]))"
    )
    path = tmp_path / "counted.2"
    path.write_text(COUNTED)
    counted, phases = json.loads(script("-c", code, BENCHMARKS, path).stdout)
    # A call's own line counts in what is called, not where it stands.
    assert counted == {
        "/x/engine/src/event_engine.rs": 6, "/x/engine/src/exits.rs": 10,
        "/x/engine/src/portfolio.rs": 40, "/rustc/library/core/src/ops.rs": 9,
    }  # fmt: skip
    assert phases == {"loop": 6, "execution": 10, "portfolio": 40}


def test_every_marked_table_of_the_page_is_there() -> None:
    page = (BENCHMARKS.parent / "docs" / "performance.md").read_text(encoding="utf-8")
    marks = page.count("<!-- table: ")
    assert marks == page.count("<!-- end of table -->") > 5
    assert page.count(" -->\n<!-- end of table -->") == 0, "a table was never written"
