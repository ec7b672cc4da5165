"""Shares by phase of the Rust engine's loop, in instructions, by the source file they stand in.

`python benchmarks/rust_phases.py` builds the example `count_phases` with line numbers, runs
it under callgrind and adds up what was counted, inlined code by the file it was written in. With a
Python callback the loop takes the same steps; calling Python itself is not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
#: The phase of each source file of the engine; a file that is not here belongs to the loop.
PHASES = {
    "strategy": {"strategies", "indicators", "strategy.rs", "series_view.rs"},
    "execution": {
        "acceptance.rs", "admission.rs", "arithmetic.rs", "blotter.rs", "commands.rs", "config.rs",
        "core.rs", "costs.rs", "custody.rs", "desk.rs", "entry_bar.rs", "execution.rs",
        "execution_state.rs", "exits.rs", "fills.rs", "leaving.rs", "orders.rs", "paths.rs",
        "positions.rs", "quotes.rs", "sizing.rs", "symbols.rs", "triggering.rs", "triggers.rs",
    },
    "portfolio": {"holdings.rs", "ledger.rs", "marks.rs", "portfolio.rs", "rollover.rs"},
}  # fmt: skip
_RECORD = re.compile(r"^(fl|fi|fe|fn|cfn|cfi|cfl|calls|ob|cob)=(.*)$")
_NAMED = re.compile(r"^\((\d+)\)(?: (.*))?$")


def main(arguments: list[str] | None = None) -> int:
    """Build, count and print."""
    parser = argparse.ArgumentParser(prog="python benchmarks/rust_phases.py", description=__doc__)
    parser.add_argument("--bars", type=int, default=50_000)
    parser.add_argument("--json", type=Path, help="write what was counted to this file")
    options = parser.parse_args(arguments)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "phases"
    environment = {
        **os.environ, "CARGO_TARGET_DIR": str(target), "CARGO_PROFILE_RELEASE_DEBUG": "1",
        "CARGO_PROFILE_RELEASE_STRIP": "none",
    }  # fmt: skip
    build = ["cargo", "build", "--quiet", "--release", "-p", "fillproof-engine", "--example",
             "count_phases"]  # fmt: skip
    subprocess.run(build, check=True, cwd=ROOT, env=environment)
    program = target / "release" / "examples" / "count_phases"
    with TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--dump-before=getppid", "--quiet",
                   f"--callgrind-out-file={folder}/counted", str(program),
                   str(options.bars)]  # fmt: skip
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        # The first dump ends what came before the run.
        counted = by_file((Path(folder) / "counted.2").read_text(encoding="utf-8"))
    phases = {name: count / options.bars for name, count in by_phase(counted).most_common()}
    found = {"rust_phases": phases, "told": told}
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(told)
    for phase, count in phases.items():
        share = 100 * count / sum(phases.values())
        print(f"{phase:>10} {count:8.1f} instructions a bar, {share:.0f} %")
    for name, count in counted.most_common(15):
        print(f"{count / options.bars:12.1f} {Path(name).name}")
    return 0


def by_file(text: str) -> Counter[str]:
    """Add up callgrind's own costs by source file; the cost of a call counts in what is called."""
    names: dict[str, str] = {}
    found: Counter[str] = Counter()
    current, called = "", False
    for line in text.splitlines():
        record = _RECORD.match(line)
        if record is not None:
            kind, value = record.groups()
            if kind == "calls":
                called = True
                continue
            named = _NAMED.match(value)
            if named is not None and kind in {"fl", "fi", "fe", "cfi", "cfl"}:
                number, name = named.groups()
                names[number] = name if name is not None else names[number]
                if kind in {"fl", "fi", "fe"}:
                    current = names[number]
        elif line[:1].isdigit() or line[:1] in {"+", "-", "*"}:
            if not called:
                found[current] += int(line.split()[1])
            called = False
    return found


def by_phase(counted: Counter[str]) -> Counter[str]:
    """Add up by phase; what the standard library did is shared out like the engine's own."""
    own: Counter[str] = Counter()
    for name, count in counted.items():
        parts = set(Path(name).parts)
        if "engine" in parts and "src" in parts:
            phase = next((key for key, files in PHASES.items() if parts & files), "loop")
            own[phase] += count
    return own


if __name__ == "__main__":
    sys.exit(main())
