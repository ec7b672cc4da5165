"""The lint of the goldens finds what it is there for, and engines speak by the schemas."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fillproof import golden
from fillproof.conformance import fill
from fillproof.conformance.lints import generated
from fillproof.conformance.lints import golden as lint
from fillproof.conformance.lints.canonical_json import dumps
from fillproof.conformance.lints.schemas import validator_of
from fillproof.conformance.lints.sums import SumError, binary64, exact
from fillproof.conformance.play import play
from fillproof.conformance.suite import load_suite

ROOT = lint.ROOT
STOP = "cases/execution/X1.stop.json"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "golden"
    shutil.copytree(golden.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Copy the goldens with a single file of cases, which is quick to check."""
    folder = tmp_path / "golden"
    (folder / STOP).parent.mkdir(parents=True)
    for part in ("schema", "bars"):
        shutil.copytree(golden.FOLDER / part, folder / part)
    for name in ("rules.toml", "errors.toml", STOP):
        shutil.copyfile(golden.FOLDER / name, folder / name)
    return folder


def problems(folder: Path) -> list[str]:
    return list(lint.check(folder, ROOT))


def registries(folder: Path) -> list[str]:
    return list(lint.check_registries(folder, ROOT))


def change(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(dumps(document), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / "Cargo.toml").is_file(), reason="tests are not installed")
def test_goldens_are_in_order() -> None:
    assert problems(golden.FOLDER) == []


def edit_first(**changes: Any) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        for key, value in changes.items():
            document["cases"][0][key] = value

    return edit


def edit_exit(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def edit(document: dict[str, Any]) -> None:
        document["cases"][0]["expect"]["events"][1][key] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (edit_exit("result", "-12.000000000000011"), "in binary64; expected"),
        (edit_exit("price", "1.09899"), "neither in the input nor the value of a sum"),
        (edit_exit("rule", "X1.gone"), "not in the registry"),
        (edit_exit("reason", 3), "$.cases[0].expect.events[1].reason: 3 is not of type 'string'"),
        (edit_exit("surprise", "1"), "'surprise' was unexpected"),
        (edit_first(sum=[]), "neither in the input nor the value of a sum"),
        (edit_first(sum=[{"of": "events[9].result", "expr": "1"}]), "index out of range"),
        (edit_first(sum=[{"of": "events[1].result", "expr": "2 ** 3"}]), "is not allowed"),
        (edit_first(id="execution/X1.stop/" + "long" * 20), "characters; expected at most 70"),
        (edit_first(id="execution/X1.target/long_touch"), "does not begin with"),
        (edit_first(id="execution/X1.stop/long_one_tick_past"), "as well"),
        (edit_first(comment="the stop should be touched"), "not what should be"),
        (lambda document: document.update(number_of_cases=3), "number_of_cases is 3"),
        (lambda document: document.update(module="sizing"), "differ from the path"),
        (lambda document: document.update(extra=1), "Additional properties"),
    ],
)
def test_faults_of_a_case_are_found(
    small: Path, edit: Callable[[dict[str, Any]], None], told: str
) -> None:
    before = problems(small)
    assert not any(line.startswith("cases/") for line in before)
    change(small / STOP, edit)
    new = [line for line in problems(small) if line not in before]
    assert any(told in line for line in new), new


def test_sum_that_is_right_only_in_binary_is_found() -> None:
    case = {
        "config": {},
        "expect": {"value": "0.0"},
        "sum": [{"of": "value", "expr": "(1e16 + 1) - 1e16"}],
    }
    assert list(lint.check_sums(case)) == ["value: (1e16 + 1) - 1e16 is 1.0 exactly; expected 0.0"]


def test_form_is_looked_at(small: Path) -> None:
    before = problems(small)
    path = small / STOP
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert f"{STOP}: not in the canonical form; run this lint with --fmt" in problems(small)
    assert lint.rewrite(small) == ["X1.stop.json"]
    assert problems(small) == before


def test_rule_without_its_case_is_found(copy: Path) -> None:
    (copy / STOP).unlink()
    told = registries(copy)
    assert f"rules.toml: X1.stop: {STOP} does not exist" in told
    assert "rules.toml: X1.stop: no case of its evidence expects an event with this rule" in told


def test_error_that_nothing_pins_is_found(copy: Path) -> None:
    (copy / "invalid/candles/T2.finite.json").unlink()
    told = registries(copy)
    assert any("no case of its evidence expects the error PRICE_NOT_FINITE" in t for t in told)
    assert any(t.startswith("errors.toml: PRICE_NOT_FINITE") for t in told)


def test_evidence_that_does_not_name_its_rule_is_found(copy: Path) -> None:
    path = copy / "rules.toml"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("tests/test_evidence.py", "tests/test_golden_lint.py", 1)
    path.write_text(changed, encoding="utf-8")
    assert any("test_golden_lint.py does not mention" in line for line in registries(copy))


def test_changed_candles_are_found(copy: Path) -> None:
    path = copy / "bars" / "eurusd-d1-2021-bid.csv"
    path.write_bytes(path.read_bytes().replace(b"1.20118", b"1.20119"))
    assert "bars/eurusd-d1-2021-bid.csv: its sha256 is not the one in metadata.json" in registries(
        copy
    )


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')",
        "x + 1",
        "1 if 1 else 2",
        "f(1)",
        "1 +",
        "round2(1, 2)",
        "splitmix(1.5, 1, 0, 0)",
    ],
)
def test_sums_are_arithmetic_and_nothing_else(expression: str) -> None:
    for evaluate in (exact, binary64):
        with pytest.raises(SumError):
            evaluate(expression)


@pytest.mark.parametrize(
    ("expression", "fraction", "binary"),
    [
        ("round2(0.125)", "0.12", 0.12),
        ("round2(0.375)", "0.38", 0.38),
        # The binary nearest to 2.675 lies below it, the decimal is a half.
        ("round2(2.675)", "2.68", 2.67),
        ("round8(1 / 3)", "0.33333333", 0.33333333),
        ("-round8(0.000000004)", "0", -0.0),
    ],
)
def test_rounding_is_of_the_exact_value_half_to_even(
    expression: str, fraction: str, binary: float
) -> None:
    assert exact(expression) == Fraction(fraction)
    assert binary64(expression) == binary


@pytest.mark.parametrize(
    ("expression", "output"),
    [
        # The published outputs of splitmix64 from the state 0: gamma, 2 gamma, 3 gamma, 4 gamma.
        ("splitmix(0, 0, 1, 0)", 0xE220A8397B1DCDAF),
        ("splitmix(0, 1, 0, 0)", 0x6E789E6AA1B965F4),
        ("splitmix(0, 1, 1, 0)", 0x06C45D188009454F),
        ("splitmix(0, 2, 0, 0)", 0xF88BB8A8724C81EC),
    ],
)
def test_splitmix_is_the_published_one(expression: str, output: int) -> None:
    assert exact(expression) == Fraction(output >> 11, 1 << 53)
    assert binary64(expression) == (output >> 11) * 2.0**-53


def test_part_of_an_order_draws_a_number_of_its_own() -> None:
    assert exact("splitmix(7, 3, 1, 2)") == exact(f"splitmix(7, {3 + 2 * 2**32}, 1, 0)")
    assert exact("splitmix(18446744073709551615, 3, 1, 0)") != exact("splitmix(0, 3, 1, 0)")


def test_named_files_are_checked_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert lint.main([str(golden.FOLDER / STOP)]) == 0
    assert capsys.readouterr().out == ""
    assert lint.main([str(tmp_path / "none.json")]) == 1
    assert "no such file" in capsys.readouterr().out


def test_mark_of_an_unknown_rule_is_found(small: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        mark = {"order_id": 1, "rule": "X3.gone", "other": "target", "price": None, "result": "0"}
        document["cases"][0]["expect"]["marks"] = [mark]

    change(small / STOP, edit)
    told = list(lint.check_files(small, [small / STOP]))
    assert any("expects the rule X3.gone, not in the registry" in line for line in told)


@pytest.mark.skipif(not (ROOT / "Cargo.toml").is_file(), reason="sources are not installed")
def test_generated_files_are_of_this_registry(tmp_path: Path) -> None:
    assert generated.stale(ROOT) == []
    shutil.copytree(golden.FOLDER, tmp_path / "golden")
    written = generated.write(tmp_path)
    assert len(written) == 5
    assert generated.stale(tmp_path) == []
    path = tmp_path / "pyengine" / "rule_ids.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert generated.stale(tmp_path) == ["pyengine/rule_ids.py"]


def as_text(value: Any) -> Any:
    """Write floats as the files have them."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return repr(value) if isinstance(value, float) else value


@functools.cache
def validators() -> tuple[dict[str, Any], Any]:
    """Make those of each kind of event and of a state."""
    events = golden.schema("event.schema.json")
    by_kind = {
        variant["title"]: validator_of({**variant, "$defs": events["$defs"]})
        for variant in events["oneOf"]
    }
    return by_kind, validator_of(golden.schema("state.schema.json"))


@functools.cache
def hold(kind: str, text: str) -> None:
    """Hold an event or state against its schema; what another engine made alike was held before."""
    by_kind, state_of = validators()
    (by_kind[kind] if kind else state_of).validate(json.loads(text))


def test_every_event_and_state_is_of_its_schema(engine: Any) -> None:
    told = dict.fromkeys(validators()[0], 0)
    for case in load_suite().cases:
        if case.kind != "run":
            continue
        outcome = play(engine, case.data)
        for index, event in enumerate(outcome["events"]):
            hold(event["kind"], json.dumps(as_text(event)))
            assert event["seq"] == index, case.id
            told[event["kind"]] += 1
        if outcome.get("state") is not None:
            hold("", json.dumps(as_text(outcome["state"])))
    assert all(told.values()), told


def test_run_with_a_rule_that_no_case_proves_is_not_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    document = golden.read_json(golden.run_files()[0])
    proved = fill.hand_cased()
    monkeypatch.setattr(fill, "hand_cased", lambda: proved - {"X1.stop"})
    with pytest.raises(fill.CannotFillError, match=r"no hand case expects X1\.stop"):
        fill.answer(document)


@pytest.mark.parametrize("several", [False, True])
def test_run_over_other_candles_is_not_filled(several: bool) -> None:
    documents = map(golden.read_json, golden.run_files())
    document = next(item for item in documents if fill.several(item) == several)
    data = document["data"][0] if several else document["data"]
    data["sha256"] = "0" * 64
    with pytest.raises(fill.CannotFillError, match="not the file"):
        fill.answer(document)


def test_runs_are_as_filled(capsys: pytest.CaptureFixture[str]) -> None:
    assert fill.main(["--check"]) == 0
    assert capsys.readouterr().out.count("as filled") == len(golden.run_files()) >= 2
