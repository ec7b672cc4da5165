"""Mutators make what they say, a mutant that shows is killed, a run goes on where it stopped."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fillproof.conformance.mutation import __main__ as command
from fillproof.conformance.mutation.mutants import Mutant, chosen
from fillproof.conformance.mutation.mutator import mutants_of
from fillproof.conformance.mutation.outcomes import (
    Equivalent,
    Kept,
    Verdict,
    load_equivalents,
    score,
)
from fillproof.conformance.mutation.python import EXCLUDED, FACE_TESTS, PythonEngine
from fillproof.conformance.mutation.reach import Reach
from fillproof.conformance.mutation.rust import RustEngine, read_mutant
from fillproof.conformance.mutation.table import known_equivalents, markdown
from fillproof.conformance.mutation.tree import MutationError, refresh

ROOT = Path(__file__).resolve().parents[2]
IN_CHECKOUT = (ROOT / ".git").exists() and shutil.which("git") is not None
needs_checkout = pytest.mark.skipif(not IN_CHECKOUT, reason="needs a git checkout")

SMALL = '''"""A module."""

from x import y

LIMIT = 3


def f(a: int | None, b=0.0):
    """Do."""
    if a is None or not b:
        raise ValueError(f"{a + 1} is wrong")
    self.kept = g(a, b)
    return [x for x in a if x < LIMIT]
'''


def name(number: int) -> str:
    return f"pyengine/a.py:{number}:1: constant: 1 -> 2"


def verdict(number: int, kind: str = "killed", stage: str = "golden") -> Verdict:
    return Verdict(name(number), kind, stage, "case", 0.5)


def test_a_small_source_has_these_mutants_and_no_others() -> None:
    assert [mutant.mutation for mutant in mutants_of(SMALL, "a.py")] == [
        "constant: 3 -> 4",
        "constant: 3 -> 2",
        "constant: 0.0 -> 1.0",
        "condition negated: a is None or not b -> not (a is None or not b)",
        "boolean operator: a is None or not b -> a is None and (not b)",
        "comparison: a is None -> a is not None",
        "operator left out: not b -> b",
        "statement left out: raise ValueError(f'{a + 1} is wrong') -> pass",
        "statement left out: self.kept = g(a, b) -> pass",
        "arguments swapped: g(a, b) -> g(b, a)",
        "return: return [x for x in a if x < LIMIT] -> return None",
        "comparison: x < LIMIT -> x <= LIMIT",
        "comparison: x < LIMIT -> x >= LIMIT",
        "condition negated: x < LIMIT -> not x < LIMIT",
    ]


def test_a_mutant_changes_its_place_alone() -> None:
    source = "# gr\u00fc\u00dfe\ndef f(a, b):\n    return '\u00fc' * 0 + (a + b)\n"
    for mutant in mutants_of(source, "a.py"):
        planted = mutant.plant(source)
        assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(source)), mutant
        assert planted[: mutant.start] == source[: mutant.start]
        assert planted.endswith(source[mutant.end :])
    added = next(m for m in mutants_of(source, "a.py") if m.mutation.endswith("a + b -> a - b"))
    assert added.plant(source).splitlines()[2] == "    return '\u00fc' * 0 + ((a - b))"


@needs_checkout
def test_every_mutant_of_the_engine_parses_and_has_a_name_of_its_own() -> None:
    for path in (ROOT / "pyengine").glob("ex*s.py"):
        source = path.read_text(encoding="utf-8")
        made = mutants_of(source, path.name)
        assert len({mutant.name for mutant in made}) == len(made)
        for mutant in made:
            ast.parse(mutant.plant(source))


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    mutants = [Mutant("a.py", line, 1, "+ -> -", 0, 0, "") for line in range(100)]
    first = chosen(mutants, sample=20, seed=1)
    assert first == chosen(mutants[::-1], sample=20, seed=1)
    assert first != chosen(mutants, sample=20, seed=2)
    assert chosen(mutants, sample=30, seed=1)[:20] == first
    shards = [chosen(mutants, sample=20, seed=1, shard=(k, 3)) for k in (1, 2, 3)]
    assert sorted(m.line for shard in shards for m in shard) == sorted(m.line for m in first)


def test_what_is_kept_holds_as_long_as_its_sources_and_evidence(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    kept = Kept(path, "s1", "e1")
    rows = [verdict(1), verdict(2, "survived", "verify"), verdict(3, "timeout"),
            verdict(4, "killed", "verify"), verdict(5, "unviable")]  # fmt: skip
    for row in rows:
        kept.add(row)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"name": "half')
    assert list(kept.read().values()) == rows
    # One more case may kill what survived, and what no golden case noticed.
    assert list(Kept(path, "s1", "e2").read()) == [name(1), name(3), name(5)]
    assert Kept(path, "s2", "e1").read() == {}


def test_counts_are_told_apart() -> None:
    rows = [verdict(1), verdict(2, "killed", "verify"), verdict(3, "timeout"),
            verdict(4, "survived"), verdict(5, "survived"), verdict(6, "unviable")]  # fmt: skip
    total = score(rows, frozenset({name(5)}))
    assert (total.golden, total.verify, total.timeout, total.survived) == (1, 1, 1, 1)
    assert (total.equivalent, total.unviable, total.viable) == (1, 1, 4)
    assert (total.by_golden, total.caught) == (50.0, 75.0)
    text = markdown(rows, {name(5): "nothing reads it"}, "abc", "again", 99)
    assert "Golden cases catch 2 of them (50.0 %), 1 by not ending" in text
    assert f"- `{name(4)}`" in text
    assert name(5) not in text


def test_cases_that_run_the_changed_lines_come_first() -> None:
    lines = {
        "a": {"m.py": frozenset({5}), "n.py": frozenset({1})},
        "b": {"m.py": frozenset({7})},
        "c": {"n.py": frozenset({2})},
    }
    reach = Reach(("b", "c", "a"), lines, {"m.py": frozenset({1})})
    assert reach.killers("m.py", 4, 6) == ["a"]
    assert reach.killers("m.py", 8, 9) == []
    # Line 1 runs when the module is loaded: every case that uses the module, then all others.
    assert reach.killers("m.py", 1, 1) == ["b", "a", "c"]


class Fake:
    """An engine without sources."""

    name = "python"

    def __init__(self) -> None:
        self.played: list[str] = []

    def prepare(self, stages: Sequence[str]) -> None:
        """Nothing to prepare."""

    def play(self, mutant: Mutant, stages: Sequence[str]) -> Verdict:
        """Note the mutant; all survive what was asked for."""
        self.played.append(mutant.name)
        return Verdict(mutant.name, "survived", stages[-1], "", 0.0)

    def close(self) -> None:
        """Nothing to close."""


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    mutants = [Mutant("a.py", line, 1, "+ -> -", 0, 0, "") for line in range(5)]
    kept = Kept(tmp_path / "kept.jsonl", "s", "e")
    console = Console(quiet=True)

    def run(mutants: list[Mutant], stages: tuple[str, ...]) -> list[str]:
        engine = Fake()
        command.play_all(engine, mutants, kept, stages, console)
        return engine.played

    assert run(mutants[:3], ("golden",)) == [mutant.name for mutant in mutants[:3]]
    assert run(mutants, ("golden",)) == [mutant.name for mutant in mutants[3:]]
    assert run(mutants, ("golden",)) == []
    # What survived the golden cases has the next stage before it.
    assert run(mutants[:1], ("golden", "verify")) == [mutants[0].name]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the engine and one file of cases."""
    if not IN_CHECKOUT:
        pytest.skip("needs a git checkout")
    root = tmp_path_factory.mktemp("checkout")
    refresh(ROOT, ("pyengine",), root)
    author = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for words in (["init", "--quiet"], [*author, "commit", "--quiet", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    fees = root / "golden" / "cases" / "costs" / "P4.fee.json"
    fees.parent.mkdir(parents=True)
    shutil.copyfile(ROOT / "golden" / "cases" / "costs" / "P4.fee.json", fees)
    shutil.copyfile(ROOT / "golden" / "rules.toml", root / "golden" / "rules.toml")
    (root / "conformance").mkdir()
    return root


@needs_checkout
def test_a_mutant_that_shows_is_killed_and_one_that_does_not_survives(
    checkout: Path, tmp_path: Path
) -> None:
    engine = PythonEngine(checkout, tmp_path)
    engine.prepare(engine.stages)
    try:
        fees = [m for m in engine.mutants() if m.file == "pyengine/costs.py"]
        added = next(m for m in fees if m.mutation.startswith("arithmetic: per_lot * lots"))
        found = engine.play(added, engine.stages)
        assert (found.verdict, found.stage) == ("killed", "golden")
        assert found.by.startswith("costs/P4.fee/")
        source = (checkout / added.file).read_text(encoding="utf-8")
        same = replace(added, text=f"(1.0 * ({source[added.start : added.end]}))")
        assert engine.play(same, engine.stages).verdict == "survived"
        broken = replace(added, text="(")
        assert engine.play(broken, engine.stages).verdict == "killed"
        # No case of these runs the loop at all.
        loop = next(m for m in engine.mutants() if m.file == "pyengine/event_engine.py" and
                    m.mutation.startswith("arithmetic"))  # fmt: skip
        assert engine.play(loop, engine.stages).verdict == "survived"
    finally:
        engine.close()


@needs_checkout
def test_the_command_prints_a_table_and_keeps_verdicts(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.jsonl"
    arguments = [
        "python", "--root", str(checkout), "--folder", str(tmp_path / "w"), "--results",
        str(results), "--only", "pyengine/costs.py*model.*", "--sample", "2", "--resume",
    ]  # fmt: skip
    # The goal is not met where nothing was caught, and met by what was.
    assert command.main([*arguments, "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 2
    table = tmp_path / "table.md"
    assert command.main([*arguments, "--goal", "50", "--table", str(table)]) in {0, 1}
    shown = capsys.readouterr().out
    assert "0 verdicts are kept, 2 are left" in shown
    assert "| `costs.py` |" in table.read_text(encoding="utf-8")
    assert len(results.read_text(encoding="utf-8").splitlines()) == 2
    command.main(arguments)
    assert "2 verdicts are kept, 0 are left" in capsys.readouterr().out


def test_a_mutant_of_rust_is_planted_at_its_place() -> None:
    row = {
        "file": "src/a.rs",
        "name": "src/a.rs:2:5: replace + with - in f",
        "replacement": "-",
        "span": {"start": {"line": 2, "column": 5}, "end": {"line": 2, "column": 6}},
    }
    mutant = read_mutant(row, "// \u00fc\n1 + + 2\n")
    assert mutant.name == row["name"]
    assert mutant.plant("// \u00fc\n1 + + 2\n") == "// \u00fc\n1 + - 2\n"


@needs_checkout
def test_without_cargo_mutants_the_error_says_how_to_get_it(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(MutationError, match="cargo install cargo-mutants"):
        RustEngine(checkout, tmp_path)


@needs_checkout
@pytest.mark.parametrize("named", [*EXCLUDED, *FACE_TESTS])
def test_sources_left_out_and_tests_that_are_run_are_there(named: str) -> None:
    assert (ROOT / named).exists()


@needs_checkout
def test_every_known_equivalent_is_a_mutant_of_today() -> None:
    for row in load_equivalents():
        assert row.reason, row
        text = (ROOT / row.file).read_text(encoding="utf-8")
        lines = text.split("\n")
        assert row.line in [line.strip() for line in lines], row
        if row.engine == "python":
            made = mutants_of(text, row.file)
            assert any(row.covers(mutant, lines[mutant.line - 1]) for mutant in made), row


def test_a_known_equivalent_is_found_by_the_text_of_its_line() -> None:
    mutants = mutants_of("x = 1\n\ny = 1\n", "a.py")

    class Reads:
        name = "python"

        def line(self, mutant: Mutant) -> str:
            return ["x = 1", "", "y = 1"][mutant.line - 1]

    mutation = "constant: 1 -> 2"
    known = [
        Equivalent("python", "a.py", "y = 1", mutation, "nobody reads y", at=5),
        Equivalent("python", "a.py", "y = 1", "constant: 1 -> 0", "another place", at=6),
        Equivalent("rust", "a.py", "x = 1", mutation, "another engine"),
    ]
    assert known_equivalents(known, Reads(), mutants) == {
        "a.py:3:5: constant: 1 -> 2": "nobody reads y"
    }
