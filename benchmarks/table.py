"""Prints tables of a run's JSON as Markdown, so that no number of a page is typed by hand.

`python benchmarks/table.py RUN.json [HEADING ...]`, RUN.json of `fillproof bench` or of
`tox -e peers`; without headings all tables.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from peers.__main__ import page

from fillproof.conformance.bench.report import machine_line
from fillproof.conformance.bench.telling import everything, markdown_table


def main(source: str, *headings: str) -> None:
    """Print the tables whose heading begins with one of those given."""
    found = json.loads(Path(source).read_text(encoding="utf-8"))
    if "answers" in found:
        print(page(found))
        return
    for section in everything(found):
        if headings and not section.title.startswith(headings):
            continue
        parts = [f"### {section.title}", section.about, "\n".join(markdown_table(section))]
        print("\n\n".join([part for part in [*parts, *section.notes] if part]) + "\n")
    print(machine_line(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
