"""Lint of the goldens: form, arithmetic, and that every rule and error has its evidence.

`python -m fillproof.conformance.lints golden` checks; `python conformance/lints/golden.py --fmt`
rewrites the JSON files in their canonical form first.  Files that are named are checked alone,
without asking what else a rule or an error wants.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from fillproof import golden
from fillproof.conformance.lints import evidence
from fillproof.conformance.lints.canonical_json import dumps
from fillproof.conformance.lints.schemas import validator_of
from fillproof.conformance.lints.sums import SumError, binary64, exact

ROOT = Path(__file__).resolve().parents[2]
ID_LENGTH = 70
TOLERANCE = Fraction(1, 10**9)
# Of a number so large that its last bits are worth more than that.
RELATIVE = Fraction(1, 5 * 10**14)


def main(arguments: Sequence[str] = ()) -> int:
    """Print what is wrong and where; zero if nothing is."""
    named = [Path(name).resolve() for name in arguments if name != "--fmt"]
    if "--fmt" in arguments:
        print(*rewrite(golden.FOLDER, named or None), sep="\n")
    found = check_files(golden.FOLDER, named) if named else check(golden.FOLDER, ROOT)
    problems = 0
    for problem in found:
        problems += 1
        print(problem)
    return 1 if problems else 0


def check(folder: Path, root: Path) -> Iterator[str]:
    """Check all goldens of a folder; evidence that is a test is looked for under `root`."""
    for path in sorted(folder.glob("schema/*.json")):
        yield from _check_text(path, folder)
    if not _files(folder):
        yield f"{folder}: no cases at all"
    yield from check_files(folder, _files(folder))
    yield from check_registries(folder, root)


def check_registries(folder: Path, root: Path) -> Iterator[str]:
    """Check that every rule and error has its evidence, and the candles; no file of cases."""
    cases = list(_cases(_files(folder)))
    yield from evidence.check_rules(folder, root, cases)
    yield from evidence.check_errors(folder, root, cases)
    yield from _check_bars(folder)


def check_files(folder: Path, paths: list[Path]) -> Iterator[str]:
    """Check some files by themselves: form, names, sums, ids of rules and errors."""
    missing = [path for path in paths if not path.is_file()]
    if missing:
        yield from (f"{path}: no such file" for path in missing)
        return
    yield from _check_form(folder, paths)
    cases = list(_cases(paths))
    yield from _check_names(cases)
    for path, _, case in cases:
        where = f"{path.relative_to(folder)}: {case['id']}"
        yield from (f"{where}: {problem}" for problem in check_sums(case))
    yield from evidence.check_ids(folder, cases)


def _files(folder: Path) -> list[Path]:
    return [*golden.case_files(folder), *golden.run_files(folder)]


def _cases(paths: list[Path]) -> Iterator[tuple[Path, dict[str, Any], dict[str, Any]]]:
    for path in paths:
        document = golden.read_json(path)
        for case in document.get("cases", []):
            yield path, document, case


def _check_form(folder: Path, paths: list[Path]) -> Iterator[str]:
    """Check that schemas are schemas, that files follow theirs, and the form of all."""
    validators = {}
    for path in folder.glob("schema/*.json"):
        schema = golden.read_json(path)
        Draft202012Validator.check_schema(schema)
        validators[path.name] = validator_of(schema)
    for path in paths:
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


def _check_names(cases: evidence.Cases) -> Iterator[str]:
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
        elif abs(in_fractions - Fraction(expected)) > max(TOLERANCE, abs(in_fractions) * RELATIVE):
            yield f"{path}: {expression} is {float(in_fractions)!r} exactly; expected {expected}"
    given = set(_numbers(_given(case)))
    for path, text in _leaves(case["expect"], ""):
        number = _number(text)
        if number is None or path in covered or path.startswith("error."):
            continue
        if case.get("function") is None and number not in given:
            yield f"{path}: {text} is neither in the input nor the value of a sum"


_GIVEN = ("config", "bars", "bid", "ask", "signals", "commands", "input")


def _given(case: dict[str, Any]) -> dict[str, Any]:
    """Gather what a case gives; keys of several symbols are no numbers, whatever they look like."""
    found = {key: case.get(key) for key in _GIVEN}
    for symbol, sides in case.get("symbols", {}).items():
        rows = [row for side in sides.values() for row in side]
        found[symbol] = [row if isinstance(row, dict) else row[1:] for row in rows]
    return found


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
    # 0: what has not happened yet, and needs no sum; 100000: the contract where no SymbolSpec says
    # another one.
    yield from (0.0, 100000.0)
    for _, text in _leaves(value, ""):
        number = _number(text)
        if number is not None:
            yield number


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


def rewrite(folder: Path, paths: list[Path] | None = None) -> list[str]:
    """Bring the JSON files, or some of them, into canonical form; name those that changed."""
    every = [*_files(folder), *folder.glob("schema/*.json"), *folder.glob("bars/*.json")]
    changed = []
    for path in every if paths is None else paths:
        text = path.read_text(encoding="utf-8")
        if dumps(json.loads(text)) != text:
            path.write_text(dumps(json.loads(text)), encoding="utf-8")
            changed.append(path.name)
    return changed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
