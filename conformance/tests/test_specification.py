"""The map of the interface specification is complete, and everything that it names is there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from fillproof import SIGNAL_SCHEMA, types
from fillproof.conformance.lints import places, specification
from fillproof.conformance.lints.specification import Part, Row
from fillproof.signatures import load as load_signatures

from .specification_names import IN_ORDER, NAMES, OPEN

ROOT = Path(__file__).resolve().parents[2]
PARTS = specification.load(ROOT)
ROWS = {row.id: row for row in specification.rows_of(PARTS)}


def names_of(kind: str, key: str) -> list[str]:
    return [row.name for part in PARTS if part.key == key for row in part.rows if row.kind == kind]


def test_every_place_test_golden_and_rule_is_there() -> None:
    assert list(specification.problems(ROOT)) == []


def test_the_page_is_the_one_that_is_made() -> None:
    assert not specification.stale(ROOT), f"run `{specification.COMMAND}`"


def test_nothing_of_the_specification_is_left_out() -> None:
    found = {part.key: [row.name for row in part.rows] for part in PARTS}
    assert found == {key: names.split() for key, names in NAMES.items()}


def test_open_rows_are_these_and_no_others() -> None:
    assert [row.id for row in ROWS.values() if row.open is not None] == OPEN
    page = (ROOT / specification.PAGE).read_text(encoding="utf-8")
    assert f"**Open: {len(OPEN)}.**" in page
    for name in OPEN:
        assert f"- `{name}`: " in page


def test_parameters_are_in_order_in_both_engines() -> None:
    for key, names in IN_ORDER.items():
        assert names_of("parameter", key) == names.split()
        for row in (row for part in PARTS if part.key == key for row in part.rows):
            if row.kind == "parameter":
                for place in (*row.python, *row.rust):
                    found = [n for n in places.parameters_of(ROOT, place) if n in names.split()]
                    assert found == names.split(), place


def test_names_are_those_of_types_and_tables() -> None:
    assert names_of("key", "raw_signal") == list(get_type_hints(types.TradeSignalDict))
    assert names_of("column", "arrow") == SIGNAL_SCHEMA.names
    assert names_of("attribute", "signal") == list(load_signatures()["TradeSignal"].read)
    assert {name for name in names_of("type", "types") if name not in types.__all__} == {"Candle"}


def test_every_call_of_the_specification_has_its_rows() -> None:
    """What the table of the specification's signatures names is in the map, too."""
    text = (ROOT / "tests" / "seed_signatures.toml").read_text(encoding="utf-8")
    listed = [name for row in ROWS.values() for name in (row.name, *row.python)]
    named = {word for name in listed for word in name.rpartition(":")[2].split(".")}
    for name, entry in tomllib.loads(text).items():
        if name != "version":
            assert {name, *entry.get("methods", ()), *entry.get("read", ())} <= named


BOUNDARIES = {
    "single_input": "EventEngine",
    "multi_input": "CrossSymbolEventEngine",
    "types": "types.CandleLookups",
    "injected": "EventEngine",
    "event_engine": "EventEngine",
    "run": "EventEngine.run",
    "cross_engine": "CrossSymbolEventEngine",
    "cross_run": "CrossSymbolEventEngine.run",
    "evaluate": "StrategyWrapper.evaluate",
    "progress": "types.ProgressCallback",
    "raw_signal": "TradeSignal",
    "slice": "types.SymbolDataSliceProtocol",
}


def test_boundaries_are_those_of_the_table_of_signatures() -> None:
    table = load_signatures()
    marks = {row.id for row in ROWS.values() if row.kind == "boundary"}
    assert marks == {f"{key}.boundary" for key in BOUNDARIES}
    for key, name in BOUNDARIES.items():
        said = ROWS[f"{key}.boundary"].says.rstrip(".").split(",")[0].split(" and ")
        owner, _, method = name.partition(".")
        entry = table[name] if owner == "types" else table[owner]
        directions = ", ".join(entry.boundary)
        if owner != "types" and method:
            directions = entry.boundary_of[method]
        assert said == directions.split(", "), key


def changed(row_id: str, **fields: Any) -> list[Part]:
    def rows(part: Part) -> Iterator[Row]:
        for row in part.rows:
            yield replace(row, **fields) if row.id == row_id else row

    return [replace(part, rows=tuple(rows(part))) for part in PARTS]


ENGINE = "pyengine/event_engine.py:EventEngine"
NEUTRAL = "tests/test_types.py:test_run_options_are_those_of_run_backtest"


@pytest.mark.parametrize(
    ("row", "fields", "told"),
    [
        ("run.run", {"python": (f"{ENGINE}.walk",)}, "defines no EventEngine.walk"),
        ("run.run", {"python": ("pyengine/engine.py:run",)}, "no file pyengine/engine.py"),
        ("run.run", {"python": ()}, "no place in Python"),
        ("run.run", {"rust": ()}, "no place in Rust"),
        ("run.run", {"rust": (f"{ENGINE}.run",)}, "is no .rs file"),
        (
            "run.run",
            {"rust": ("rsengine/crates/engine/src/event_engine.rs:EventEngine::walk",)},
            "defines no EventEngine::walk",
        ),
        ("run.run", {"shown": ("tests/test_run.py:test_nothing",)}, "defines no test_nothing"),
        ("run.run", {"shown": ("tests/helpers.py:wave",)}, "is no test"),
        ("run.run", {"shown": ("golden/cases/none.json",)}, "no file golden/cases/none.json"),
        ("run.run", {"shown": ()}, "nothing shows it on every backend"),
        ("run.run", {"shown": (NEUTRAL,)}, "nothing shows it on every backend"),
        ("run.run", {"rules": ("L2.nothing",)}, "no rule L2.nothing"),
        ("run.run", {"kind": "thing"}, "no kind thing"),
        ("run.run", {"id": "run.boundary"}, "run.boundary: 2 rows"),
        ("run.boundary", {"says": "inward, all of it."}, "a boundary begins with"),
        ("event_engine.symbol", {"default": "None"}, "for default of symbol"),
        ("event_engine.on_progress", {"default": None}, "for default of on_progress"),
        ("event_engine.symbol", {"name": "market"}, "has no parameter market"),
        ("shares.targets", {"open": " "}, "open without a reason"),
        ("shares.targets", {"shown": ()}, "nothing shows it on every backend"),
    ],
)
def test_what_does_not_hold_is_told(row: str, fields: dict[str, Any], told: str) -> None:
    found = list(specification.problems(ROOT, changed(row, **fields)))
    assert any(told in problem for problem in found), found


@pytest.mark.parametrize(
    ("place", "everywhere"),
    [
        ("conformance/tests/test_order.py:test_phases_of_a_foreign_executor", True),
        ("tests/boundary/test_phases.py:test_crossed_bars_warn_once_with_their_number", True),
        ("tests/test_hybrid.py:test_it_is_the_run_of_run_backtest", True),
        ("tests/test_signatures.py:test_an_option_makes_a_difference", True),
        (NEUTRAL, False),
        ("conformance/tests/test_specification.py:test_the_page_is_the_one_that_is_made", False),
        ("tests/boundary/test_rust_face.py:test_build_info", False),
    ],
)
def test_which_tests_run_on_every_backend(place: str, everywhere: bool) -> None:
    assert places.runs_on_every_backend(ROOT, place) is everywhere


def test_a_field_that_no_row_has_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / specification.FOLDER
    folder.mkdir(parents=True)
    head = 'title = "A"\n[[part]]\nkey = "k"\ntitle = "T"\n'
    row = '[[part.row]]\nname = "n"\nkind = "name"\nsays = "It is."\n'
    for text in (f'{head}{row}shwon = ["x"]\n', f'{head}rool = ["x"]\n{row}'):
        (folder / "a.toml").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"shwon|rool"):
            specification.load(tmp_path)


def test_a_page_that_fell_behind_is_stale(tmp_path: Path) -> None:
    folder = tmp_path / specification.FOLDER
    folder.mkdir(parents=True)
    assert specification.stale(tmp_path)
    (tmp_path / specification.PAGE).write_text(specification.page([]), encoding="utf-8")
    assert not specification.stale(tmp_path)
    (tmp_path / specification.PAGE).write_text("old", encoding="utf-8")
    assert specification.stale(tmp_path)
