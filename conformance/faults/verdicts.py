"""What became of each fault: kept line by line, so that a long run can go on, and shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from .planted import Fault

__all__ = ["FOUND", "Verdict", "keep", "key_of", "markdown", "read_kept", "write_table"]

FOUND = "found, rightly named"
_BEGIN, _END = "<!-- faults: begin -->", "<!-- faults: end -->"


@dataclass(frozen=True)
class Verdict:
    """What became of one fault.

    Attributes
    ----------
    key
        Digest of the fault and of all that the verdict rests on.
    first
        The first divergence of the case that the description names, in words.
    red
        How many cases turned red.
    complaints
        What was missed or misnamed; none where the fault was found.
    """

    key: str
    name: str
    title: str
    rule: str
    engine: str
    first: str
    red: int
    complaints: tuple[str, ...]
    seconds: float

    @property
    def result(self) -> str:
        """The verdict in words."""
        return "; ".join(self.complaints) or FOUND


def key_of(fault: Fault, sources: str) -> str:
    """Return the digest under which the verdict about a fault is kept."""
    digest = hashlib.sha256(sources.encode())
    for path in (fault.patch, fault.patch.with_suffix(".toml")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_kept(path: Path | None) -> dict[str, Verdict]:
    """Read the verdicts of earlier runs by their keys; an unfinished last line is passed over."""
    kept: dict[str, Verdict] = {}
    if path is None or not path.is_file():
        return kept
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            content = json.loads(line)
        except ValueError:
            continue
        content["complaints"] = tuple(content["complaints"])
        verdict = Verdict(**content)
        kept[verdict.key] = verdict
    return kept


def keep(path: Path | None, verdict: Verdict) -> None:
    """Add a verdict to the file; runs of several shards may share it."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(verdict)) + "\n")


def markdown(verdicts: Sequence[Verdict], commit: str, command: str) -> str:
    """Write a table of the verdicts, and how it came about."""
    found = sum(not verdict.complaints for verdict in verdicts)
    rust = sum(verdict.engine == "rust" for verdict in verdicts)
    rows = [
        f"{len(verdicts)} faults: {len(verdicts) - rust} in the Python engine, {rust} in Rust's.",
        f"{found} were found and rightly named.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit}. Again: `{command}`",
        "",
        "| fault | rule | engine | first divergence named | cases red | result |",
        "| --- | --- | --- | --- | ---: | --- |",
    ]
    for verdict in sorted(verdicts, key=lambda verdict: (verdict.rule, verdict.name)):
        cells = (
            f"{verdict.title} (`{verdict.name}`)", verdict.rule, verdict.engine, verdict.first,
            str(verdict.red), verdict.result,
        )  # fmt: skip
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def write_table(path: Path, table: str) -> None:
    """Write a table to a file: between its two marks where it has them, else in its place."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    head, begin, rest = text.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if begin and end:
        table = f"{head}{begin}\n\n{table}\n{end}{tail}"
    path.write_text(table, encoding="utf-8")
