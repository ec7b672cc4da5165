"""Prints tables of a run's JSON as Markdown, so that no number of a page is typed by hand.

`python benchmarks/table.py RUN.json ...` prints all tables, of `fillproof bench` and of
`tox -e peers`; with `--into docs/performance.md` it writes them there, each between
`<!-- table: BEGINNING OF ITS HEADING -->` and `<!-- end of table -->`. Runs of `fillproof bench`
that each timed some of the cases are joined, and so are those of peers.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from peers.__main__ import table as peers_table

from fillproof.conformance.bench.plan import KEY
from fillproof.conformance.bench.report import Section
from fillproof.conformance.bench.telling import everything, markdown_table
from fillproof.conformance.bench.verdict import machine_line

_PLACE = re.compile(r"(<!-- table: (.*?) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def main(arguments: list[str] | None = None) -> int:
    """Print or write tables; 1: the page wants one that no run has."""
    parser = argparse.ArgumentParser(prog="python benchmarks/table.py", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, help="page whose marked tables are written anew")
    options = parser.parse_args(arguments)
    found = [json.loads(run.read_text("utf-8")) for run in options.runs]
    told = [pair for run in joined(found) for pair in tables(run)]
    if options.into is None:
        for section, where in told:
            print("\n".join([f"### {section.title}", "", *lines(section, where)]))
        return 0
    missing: list[str] = []
    # Where a run was made stands under its first table only.
    placed: set[str] = set()

    def written(match: re.Match[str]) -> str:
        heading = match[2]
        for section, where in told:
            if section.title.startswith(heading):
                here = "" if where in placed else where
                placed.add(where)
                return "\n".join([match[1], *lines(section, here), match[3]])
        missing.append(heading)
        return match[0]

    text = _PLACE.sub(written, options.into.read_text("utf-8"))
    options.into.write_text(text, encoding="utf-8")
    for heading in missing:
        print(f"no run has a table {heading!r}; it stays as it was", file=sys.stderr)
    return 1 if missing else 0


def joined(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join the runs of `fillproof bench` that each timed some of the cases, and those of peers."""
    benches = [run for run in runs if KEY in run]
    peers = [run for run in runs if "answers" in run]
    found = [run for run in runs if KEY not in run and "answers" not in run]
    if benches:
        first: dict[str, Any] = {**benches[0], KEY: dict(benches[0][KEY])}
        first["benchmarks"] = [benchmark for run in benches for benchmark in run["benchmarks"]]
        for run in benches[1:]:
            for name, part in run[KEY].items():
                if isinstance(part, list):
                    first[KEY][name] = [*first[KEY].get(name, []), *part]
        found.append(first)
    if peers:
        together = dict(peers[0])
        for part in ("answers", "ours"):
            together[part] = {
                name: answer for run in reversed(peers) for name, answer in run[part].items()
            }
        order = [name for run in peers for name in run["answers"]]
        together["answers"] = {name: together["answers"][name] for name in dict.fromkeys(order)}
        found.append(together)
    return found


def tables(found: dict[str, Any]) -> list[tuple[Section, str]]:
    """Return the tables of a run, each with where and when it was made."""
    if "answers" in found:
        return [(peers_table(found), "")]
    if "rust_phases" in found:
        return [(_rust_phases(found), "")]
    where = machine_line(found)
    return [(section, where) for section in everything(found)]


def _rust_phases(found: dict[str, Any]) -> Section:
    """Lay out what `rust_phases.py` counted."""
    phases: dict[str, float] = found["rust_phases"]
    total = sum(phases.values())
    rows = [[name, f"{n:.0f}", f"{100 * n / total:.0f} %"] for name, n in phases.items()]
    heads = ["phase on rust", "instructions a bar", "share"]
    return Section("Rust, by source file", heads, rows, "", [f"{found['told']}."])


def lines(section: Section, where: str) -> list[str]:
    """Write a table with what is said about it."""
    found = [section.about, "", *markdown_table(section), ""]
    for note in [*section.notes, where]:
        found += [note, ""] if note else []
    return found if section.about else found[2:]


if __name__ == "__main__":
    sys.exit(main())
