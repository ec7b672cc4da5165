"""Lint of the semantic changelog: no rule changes its text without an entry that says so.

`golden/rules.lock.json` holds the digest of each rule's text and how many entries of
`golden/changelog.toml` name the rule.  `python -m fillproof.conformance.lints rule_changes` checks;
`python conformance/lints/rule_changes.py --lock` takes over what an entry speaks of, and refuses
what none does.  docs/rule-changes.md is made from the changelog by the same command.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fillproof import golden
from fillproof.conformance.lints.canonical_json import dumps

LOCK = "rules.lock.json"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "rule-changes.md"
# What a rule says; its evidence and where it is filed change no result.
_MEANT = ("kind", "preset", "error", "text", "formula")
_LOCK = "python conformance/lints/rule_changes.py --lock"


def main(arguments: Sequence[str] = ()) -> int:
    """Print what is wrong and where; zero if nothing is."""
    if "--lock" in arguments:
        left = lock(golden.FOLDER)
        PAGE.write_text(page(golden.FOLDER), encoding="utf-8", newline="\n")
        return left
    problems = 0
    for problem in [*check(golden.FOLDER), *_check_page(golden.FOLDER)]:
        problems += 1
        print(problem)
    return 1 if problems else 0


def check(folder: Path) -> Iterator[str]:
    """Hold the rules of a folder against its lock, and the changelog against both."""
    yield from _check_form(folder)
    known, now, told = _locked(folder), texts(folder), entries(folder)
    for rule in sorted({*known, *now}):
        held = known.get(rule)
        if held is None:
            yield f"rules.toml: {rule} is new and not locked; run {_LOCK}"
        elif now.get(rule) != held["digest"]:
            what = "says something else than what was locked" if rule in now else "is gone"
            yield f"rules.toml: {rule} {what}; write an entry into changelog.toml, then {_LOCK}"
        elif told[rule] != held["entries"]:
            yield (
                f"changelog.toml: {rule} is named by {told[rule]} entries, {held['entries']} are "
                f"locked; run {_LOCK}"
            )


def lock(folder: Path) -> int:
    """Write the lock anew, unless a text changed that no new entry names."""
    known, now, told = _locked(folder), texts(folder), entries(folder)
    silent = [
        rule
        for rule, held in sorted(known.items())
        if now.get(rule) != held["digest"] and told[rule] <= held["entries"]
    ]
    for rule in silent:
        print(f"{rule} changed, and no entry written since speaks of it: golden/changelog.toml")
    if silent:
        return 1
    # A rule that is gone stays known, so that the entry that says so still names a rule.
    rows = {
        rule: {"digest": now.get(rule), "entries": told[rule]} for rule in sorted({*known, *now})
    }
    (folder / LOCK).write_text(dumps({"rules": rows}), encoding="utf-8", newline="\n")
    return 0


def page(folder: Path) -> str:
    """Write the changelog as a page, newest version first."""
    lines = [
        "# Changes of the rules",
        "",
        "<!-- Made from golden/changelog.toml; see conformance/lints/rule_changes.py. -->",
        "",
        "What changed in the [rules](rules.md), in words, and which results move by it. Results,",
        "records and certificates name the version that they were made under;",
        "[`verify --against`](versions.md) shows it on your own trades.",
    ]
    for version in reversed(golden.changelog(folder)):
        lines += ["", f"## Version {version['version']}, {version['date']}", "", version["about"]]
        for change in version.get("change", []):
            ids = ", ".join(f"`{rule}`" for rule in change["rules"])
            lines += ["", f"{ids}: {change['what']}", "", f"> Moves: {change['moves']}"]
    return "\n".join(lines) + "\n"


def _check_page(folder: Path) -> Iterator[str]:
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page(folder):
        yield f"docs/{PAGE.name}: not what the changelog says; run {_LOCK}"


def texts(folder: Path) -> dict[str, str]:
    """Give the digest of what each rule says."""
    return {
        rule["id"]: hashlib.blake2b(
            json.dumps([rule.get(name) for name in _MEANT]).encode(), digest_size=16
        ).hexdigest()
        for rule in golden.rules(folder)
    }


def entries(folder: Path) -> Counter[str]:
    """Count the entries of the changelog that name each rule."""
    return Counter(
        rule
        for version in golden.changelog(folder)
        for change in version.get("change", [])
        for rule in change["rules"]
    )


def _locked(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / LOCK
    found: dict[str, dict[str, Any]] = golden.read_json(path)["rules"] if path.is_file() else {}
    return found


def _check_form(folder: Path) -> Iterator[str]:
    versions = golden.changelog(folder)
    numbers = [version.get("version") for version in versions]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"changelog.toml: versions {numbers}; expected 1, 2, 3 ... in this order"
    dates = [version["date"] for version in versions]
    if dates != sorted(dates):
        yield "changelog.toml: a version is older than the one before it"
    known = {*texts(folder), *_locked(folder)}
    for version in versions:
        where = f"changelog.toml: version {version.get('version')}"
        if not str(version.get("about", "")).strip():
            yield f"{where} does not say what it is about"
        for change in version.get("change", []):
            for name in ("what", "moves"):
                if not str(change.get(name, "")).strip():
                    yield f"{where}: a change of {', '.join(change['rules'])} lacks {name!r}"
            for rule in change["rules"]:
                if rule not in known:
                    yield f"{where}: {rule} is no rule"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
