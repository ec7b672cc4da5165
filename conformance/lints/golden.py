"""Lint of the goldens: form, arithmetic, and that every rule and error has its evidence.

`python -m fillproof.conformance.lints golden` checks; `python conformance/lints/golden.py --fmt`
rewrites the JSON files in their canonical form first.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from fillproof import golden
from fillproof.conformance.lints.canonical_json import dumps
from fillproof.conformance.lints.sums import SumError, binary64, exact

ROOT = Path(__file__).resolve().parents[2]
ID_LENGTH = 70
TOLERANCE = Fraction(1, 10**9)
TRACED = ("signal", "rejection", "order", "fill", "exit", "ledger")
# Of a formula, but zero says "nothing": no sum is asked for then.
ZERO_NEEDS_NO_SUM = frozenset({"fee", "exit_fee", "entry_fee", "drawdown"})


def main() -> int:
    """Print what is wrong and where; zero if nothing is."""
    problems = list(check(golden.FOLDER, ROOT))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def check(folder: Path, root: Path) -> Iterator[str]:
    """Check all goldens of a folder; evidence that is a test is looked for under `root`."""
    yield from _check_form(folder)
    cases = list(_cases(folder))
    yield from _check_names(cases)
    for path, _, case in cases:
        where = f"{path.relative_to(folder)}: {case['id']}"
        yield from (f"{where}: {problem}" for problem in check_sums(case))
    yield from _check_rules(folder, root, cases)
    yield from _check_errors(folder, root, cases)
    yield from _check_bars(folder)


def _files(folder: Path) -> list[Path]:
    return [*golden.case_files(folder), *golden.run_files(folder)]


def _cases(folder: Path) -> Iterator[tuple[Path, dict[str, Any], dict[str, Any]]]:
    for path in _files(folder):
        document = golden.read_json(path)
        for case in document.get("cases", []):
            yield path, document, case


def _check_form(folder: Path) -> Iterator[str]:
    """Check that schemas are schemas, that files follow theirs, and the form of all."""
    validators = {}
    for path in sorted(folder.glob("schema/*.json")):
        schema = golden.read_json(path)
        Draft202012Validator.check_schema(schema)
        validators[path.name] = Draft202012Validator(schema)
        yield from _check_text(path, folder)
    if not _files(folder):
        yield f"{folder}: no cases at all"
    for path in _files(folder):
        name = path.relative_to(folder)
        document = golden.read_json(path)
        validator = validators.get(document.get("schema", ""))
        if validator is None:
            yield f"{name}: names no schema of golden/schema"
            continue
        for error in validator.iter_errors(document):
            inner = _innermost(error)
            yield f"{name}: {inner.json_path}: {inner.message[:200]}"
        yield from _check_text(path, folder)


def _innermost(error: ValidationError) -> ValidationError:
    """Follow "none of these" into the variant that was meant: the one whose constants fit."""
    while error.context:
        variants: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            variants.setdefault(inner.schema_path[0], []).append(inner)
        meant = min(
            variants.values(),
            key=lambda found: (any(e.validator == "const" for e in found), len(found)),
        )
        error = max(meant, key=lambda inner: len(inner.absolute_path))
    return error


def _check_text(path: Path, folder: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if dumps(json.loads(text)) != text:
        yield f"{path.relative_to(folder)}: not in the canonical form; run this lint with --fmt"


def _check_names(cases: list[tuple[Path, dict[str, Any], dict[str, Any]]]) -> Iterator[str]:
    seen: dict[str, Path] = {}
    counted: dict[Path, int] = {}
    for path, document, case in cases:
        name = case["id"]
        counted[path] = counted.get(path, 0) + 1
        if name in seen:
            yield f"{path.name}: {name} is in {seen[name].name} as well"
        seen[name] = path
        if len(name) > ID_LENGTH:
            yield f"{path.name}: {name} has {len(name)} characters; expected at most {ID_LENGTH}"
        if name.rsplit("/", 1)[0] != f"{path.parent.name}/{path.stem}":
            yield f"{path.name}: {name} does not begin with {path.parent.name}/{path.stem}/"
        if document["module"] != path.parent.name or document["rule"] not in {None, path.stem}:
            yield f"{path.name}: module or rule differ from the path"
        if re.search(r"\bshould\b", case["comment"]):
            yield f"{path.name}: {name}: the comment says what is, not what should be"
        expected = document["number_of_cases"]
        if counted[path] == len(document["cases"]) != expected:
            yield f"{path.name}: number_of_cases is {expected}, there are {counted[path]}"


def check_sums(case: dict[str, Any]) -> Iterator[str]:
    """Evaluate the sums of a case, and find expected numbers that have none.

    Examples
    --------
    >>> list(check_sums({"input": {}, "expect": {"value": "0.3"},
    ...                  "sum": [{"of": "value", "expr": "0.1 + 0.2"}]}))
    ['value: 0.1 + 0.2 is 0.30000000000000004 in binary64; expected 0.3']
    """
    covered = set()
    for item in case["sum"]:
        path, expression = item["of"], item["expr"]
        covered.add(path)
        try:
            expected = _at(case["expect"], path)
            in_fractions, in_binary = exact(expression), binary64(expression)
        except (SumError, KeyError, IndexError, TypeError, ZeroDivisionError) as error:
            yield f"{path}: {error}"
            continue
        if not isinstance(expected, str):
            yield f"{path}: expects {expected!r}, which is no number as text"
        elif _bits(in_binary) != _bits(float(expected)):
            yield f"{path}: {expression} is {in_binary!r} in binary64; expected {expected}"
        elif abs(in_fractions - Fraction(expected)) > TOLERANCE:
            yield f"{path}: {expression} is {float(in_fractions)!r} exactly; expected {expected}"
    given = set(_numbers({key: case.get(key) for key in _GIVEN}))
    for path, text in _leaves(case["expect"], ""):
        number = _number(text)
        if number is None or path in covered or path.startswith("error."):
            continue
        zero = number == 0.0 and path.rsplit(".", 1)[-1] in ZERO_NEEDS_NO_SUM
        if not zero and case.get("function") is None and number not in given:
            yield f"{path}: {text} is neither in the input nor the value of a sum"


_GIVEN = ("config", "bars", "bid", "ask", "signals", "commands", "input")


def _bits(value: float) -> bytes:
    return struct.pack("<d", value)


def _at(document: Any, path: str) -> Any:
    for part in re.findall(r"[^.\[\]]+", path):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if number != number else number


def _numbers(value: Any) -> Iterator[float]:
    # 0: what has not happened yet; 100000: the contract where no SymbolSpec says another one.
    yield from (0.0, 100000.0)
    for _, text in _leaves(value, ""):
        number = _number(text)
        if number is not None:
            yield number


def _check_rules(
    folder: Path, root: Path, cases: list[tuple[Path, dict[str, Any], dict[str, Any]]]
) -> Iterator[str]:
    """Ask of every rule the evidence that its kind wants."""
    rules = golden.rules(folder)
    codes = {error["code"] for error in golden.errors(folder)}
    names = {rule["id"] for rule in rules}
    traced: dict[str, set[str]] = {}
    pinned: dict[str, set[str]] = {}
    for path, _, case in cases:
        name = path.relative_to(folder).as_posix()
        for event in case["expect"].get("events", []):
            traced.setdefault(event["rule"], set()).add(name)
            if event["rule"] not in names:
                yield f"{name}: {case['id']} expects the rule {event['rule']}, not in the registry"
        code = case["expect"].get("error", {}).get("code")
        if code is not None:
            pinned.setdefault(name, set()).add(code)
            if code not in codes:
                yield f"{name}: {case['id']} expects the error {code}, not in errors.toml"
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


def _check_errors(
    folder: Path, root: Path, cases: list[tuple[Path, dict[str, Any], dict[str, Any]]]
) -> Iterator[str]:
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


def _check_bars(folder: Path) -> Iterator[str]:
    """Hold the embedded candles against the digests in metadata.json."""
    yield from _check_text(folder / "bars" / "metadata.json", folder)
    metadata = golden.read_json(folder / "bars" / "metadata.json")
    listed = {item["file"]: item for item in metadata["files"]}
    present = {path.name for path in (folder / "bars").glob("*.csv")}
    for name in sorted(present ^ set(listed)):
        yield f"bars/{name}: in only one of the folder and metadata.json"
    for name in sorted(present & set(listed)):
        content = (folder / "bars" / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != listed[name]["sha256"]:
            yield f"bars/{name}: its sha256 is not the one in metadata.json"
        if content.count(b"\n") - 1 != listed[name]["bars"]:
            yield f"bars/{name}: does not have the {listed[name]['bars']} bars of metadata.json"


def rewrite(folder: Path) -> list[str]:
    """Bring the JSON files into their canonical form, and name those that changed."""
    changed = []
    for path in [*_files(folder), *folder.glob("schema/*.json"), *folder.glob("bars/*.json")]:
        text = path.read_text(encoding="utf-8")
        if dumps(json.loads(text)) != text:
            path.write_text(dumps(json.loads(text)), encoding="utf-8")
            changed.append(path.name)
    return changed


if __name__ == "__main__":
    if "--fmt" in sys.argv[1:]:
        print(*rewrite(golden.FOLDER), sep="\n")
    sys.exit(main())
