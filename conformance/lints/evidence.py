"""What the lint of the goldens asks of the registries: each rule and error has its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fillproof import golden

Cases = list[tuple[Path, dict[str, Any], dict[str, Any]]]
"""Of each case its file, that file's content and the case."""


def check_ids(folder: Path, cases: Cases) -> Iterator[str]:
    """Ask of every rule and error that a case expects whether the registries have it."""
    names = {rule["id"] for rule in golden.rules(folder)}
    codes = {error["code"] for error in golden.errors(folder)}
    for path, _, case in cases:
        where = f"{path.relative_to(folder).as_posix()}: {case['id']}"
        expect = case["expect"]
        for item in [*expect.get("events", []), *expect.get("marks", [])]:
            if item["rule"] not in names:
                yield f"{where} expects the rule {item['rule']}, not in the registry"
        code = expect.get("error", {}).get("code")
        if code is not None and code not in codes:
            yield f"{where} expects the error {code}, not in errors.toml"


def check_rules(folder: Path, root: Path, cases: Cases) -> Iterator[str]:
    """Ask of every rule the evidence that its kind wants."""
    rules = golden.rules(folder)
    names = {rule["id"] for rule in rules}
    traced: dict[str, set[str]] = {}
    pinned: dict[str, set[str]] = {}
    for path, _, case in cases:
        name = path.relative_to(folder).as_posix()
        for event in case["expect"].get("events", []):
            traced.setdefault(event["rule"], set()).add(name)
        code = case["expect"].get("error", {}).get("code")
        if code is not None:
            pinned.setdefault(name, set()).add(code)
        if path.stem in names and case["expect"].get("rows") is not None:
            traced.setdefault("P3.row", set()).add(name)
    files = {path.relative_to(folder).as_posix() for path, _, _ in cases}
    for rule in rules:
        where = f"rules.toml: {rule['id']}"
        yield from _check_fields(where, rule)
        for evidence in rule["evidence"]:
            yield from _check_evidence(where, evidence, files, root, rule["id"])
        if rule["kind"] == "decision" and not traced.get(rule["id"], set()) & set(rule["evidence"]):
            yield f"{where}: no case of its evidence expects an event with this rule"
        if rule["kind"] == "refusal" and not any(
            rule.get("error") in pinned.get(evidence, ()) for evidence in rule["evidence"]
        ):
            yield f"{where}: no case of its evidence expects the error {rule.get('error')}"
        if rule["kind"] == "arithmetic" and "formula" not in rule and not rule["evidence"]:
            yield f"{where}: arithmetic without a formula"
    claimed = {evidence for rule in rules for evidence in rule["evidence"]}
    claimed |= {evidence for error in golden.errors(folder) for evidence in error["evidence"]}
    yield from (f"{name}: evidence of no rule and no error" for name in sorted(files - claimed))


def _check_fields(where: str, rule: dict[str, Any]) -> Iterator[str]:
    kinds = ("decision", "refusal", "order", "arithmetic")
    if rule["kind"] not in kinds:
        yield f"{where}: kind is {rule['kind']}; expected one of {', '.join(kinds)}"
    if (rule["kind"] == "refusal") != ("error" in rule):
        yield f"{where}: an error code belongs to a refusal, and to nothing else"
    if not rule["evidence"]:
        yield f"{where}: no evidence"
    if not re.fullmatch(r"[A-Z][0-9]*\.[a-z_]+", rule["id"]):
        yield f"{where}: expected a letter, a number and a slug, such as X2.gap_stop"


def _check_evidence(
    where: str, evidence: str, files: set[str], root: Path, word: str
) -> Iterator[str]:
    """Ask of a golden file that it exists, of a test that it names what it is evidence of."""
    if evidence.startswith(("cases/", "invalid/")):
        if evidence not in files:
            yield f"{where}: {evidence} does not exist"
        return
    # Tests are not installed: only a checkout can be asked for them.
    if not (root / "golden" / "rules.toml").is_file():
        return
    test = root / evidence
    if not test.is_file():
        yield f"{where}: {evidence} does not exist"
    elif word not in test.read_text(encoding="utf-8"):
        yield f"{where}: {evidence} does not mention {word}"


def check_errors(folder: Path, root: Path, cases: Cases) -> Iterator[str]:
    """Ask of every code an invalid case, or a test that names it."""
    import fillproof.errors as classes

    pinned: dict[str, set[str]] = {}
    for path, _, case in cases:
        code = case["expect"].get("error", {}).get("code")
        if code is not None:
            pinned.setdefault(code, set()).add(path.relative_to(folder).as_posix())
    files = {path.relative_to(folder).as_posix() for path, _, _ in cases}
    rules = {rule["id"] for rule in golden.rules(folder)}
    for error in golden.errors(folder):
        where = f"errors.toml: {error['code']}"
        if not hasattr(classes, error["class"]):
            yield f"{where}: fillproof.errors has no class {error['class']}"
        if error.get("rule", next(iter(rules))) not in rules:
            yield f"{where}: there is no rule {error['rule']}"
        for evidence in error["evidence"]:
            yield from _check_evidence(where, evidence, files, root, error["code"])
            if evidence.startswith("invalid/") and evidence not in pinned.get(error["code"], set()):
                yield f"{where}: no case of {evidence} expects it"
        if not error["evidence"]:
            yield f"{where}: no evidence"
