"""The harness itself: it must be able to say every answer but "same"."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from fillproof.conformance.cli import verify
from fillproof.conformance.client import BackendSpec, Client
from fillproof.conformance.runner import Limits
from fillproof.conformance.suite import load_suite
from fillproof.conformance.verification import Verification, verify_backends

Doctor = Callable[[str, str, str], str]
GAP_AT_LEVEL = ("exits.py", "X2_GAP_STOP, reason, gap, True", "X2_GAP_STOP, reason, stop, True")


def run(folder: Path, *backends: str, **options: Any) -> Verification:
    connect = options.pop("connect", Client)
    only = options.pop("only", None)
    specs = [BackendSpec(name) for name in backends]
    return verify_backends(specs, load_suite(folder, only), connect=connect, **options)


def test_one_backend_passes_the_small_suite(suite_folder: Path) -> None:
    found = run(suite_folder, "python")
    assert (found.doubts, found.exit_code) == ([], 0)
    assert found.runs[0].count("pass") == 3
    assert found.runs[0].coverage(found.suite).percent == 100.0


def test_fault_in_a_copy_is_found_and_named(suite_folder: Path, doctored: Doctor) -> None:
    patched = doctored(*GAP_AT_LEVEL)
    found = run(suite_folder, "python", patched)
    assert found.exit_code == 1
    (comparison,) = found.comparisons
    (divergence,) = comparison.divergences
    assert divergence["case"] == "execution/X2.gap_stop/long_opens_below"
    assert (divergence["stage"], divergence["bar"]) == ("fill", 2)
    assert (divergence["phase"], divergence["kind"]) == ("EXITS", "exit")
    assert divergence["field"] == "raw"
    assert divergence["sides"]["python"]["rule"] == "X2.gap_stop"
    assert divergence["sides"]["python"]["value"] == "1.0985"
    assert divergence["sides"][patched]["value"] == "1.099"
    assert divergence["sides"][patched]["bits"] == "0x3ff195810624dd2f"
    assert divergence["ticks"] == "-50"
    assert divergence["golden_agrees_with"] == ["python"]
    assert divergence["missing_on"] is None
    assert [row["bar"] for row in divergence["bars_around"]] == [0, 1, 2]
    assert len(divergence["last_common"]) == 3
    assert divergence["states"]["python"]["ledger"]["cash"] == 10000.0 - 0.35
    assert "--only 'execution/X2.gap_stop/long_opens_below'" in divergence["command"]
    assert {field["field"] for field in divergence["other_fields"]} >= {"price", "result"}


def test_missing_event_is_told_as_missing(suite_folder: Path, doctored: Doctor) -> None:
    patched = doctored("exits.py", "quote.bid_low <= near_stop", "quote.bid_low < near_stop")
    found = run(suite_folder, "python", patched)
    assert found.exit_code == 1
    divergence = found.comparisons[0].divergences[0]
    assert divergence["case"] == "execution/X1.stop/long_touched"
    assert (divergence["field"], divergence["kind"]) == ("event", "exit")
    assert divergence["missing_on"] == patched
    assert divergence["sides"]["python"]["rule"] == "X1.stop"
    assert divergence["sides"][patched]["rule"] is None


def test_golden_alone_finds_the_fault(suite_folder: Path, doctored: Doctor) -> None:
    found = run(suite_folder, doctored(*GAP_AT_LEVEL))
    assert found.exit_code == 1
    assert [r.case.rule for r in found.runs[0].results.values() if r.verdict == "fail"] == [
        "X2.gap_stop"
    ]


def test_absent_backend_is_not_proven(suite_folder: Path, tmp_path: Path) -> None:
    # A folder that hides the engine behind an empty package.
    (tmp_path / "hollow" / "pyengine").mkdir(parents=True)
    (tmp_path / "hollow" / "pyengine" / "__init__.py").write_text("EXPORTS = {}\n")
    found = run(suite_folder, "python", f"python@{tmp_path / 'hollow'}")
    assert found.exit_code == 2
    assert any("is absent" in doubt for doubt in found.doubts)


def test_no_case_is_not_proven(suite_folder: Path) -> None:
    found = run(suite_folder, "python", only="execution/X9.*")
    assert found.exit_code == 2
    assert found.doubts == ["nothing was run: no case matches 'execution/X9.*'"]


def test_unexercised_rule_is_not_proven(suite_folder: Path) -> None:
    (suite_folder / "cases" / "candles" / "T1.aware.json").unlink()
    found = run(suite_folder, "python")
    assert found.exit_code == 2
    assert "missing: T1.aware" in found.doubts[0]
    assert run(suite_folder, "python", min_coverage=80.0).exit_code == 0


def test_part_of_the_suite_needs_no_full_coverage(suite_folder: Path) -> None:
    assert run(suite_folder, "python", only="execution/*").exit_code == 0


def test_same_modules_twice_prove_nothing(suite_folder: Path) -> None:
    found = run(suite_folder, "python", "python")
    assert found.exit_code == 2
    assert any("nothing was compared" in doubt for doubt in found.doubts)


def test_rule_that_is_not_registered_is_not_proven(suite_folder: Path) -> None:
    path = suite_folder / "rules.toml"
    path.write_text(path.read_text().replace('id = "P3.row"', 'id = "P3.other"'))
    found = run(suite_folder, "python", min_coverage=0.0)
    assert found.exit_code == 2
    assert "not registered: P3.row" in found.doubts[0]


def test_reference_that_differs_from_itself_is_not_proven(
    suite_folder: Path, doctored: Doctor
) -> None:
    unsteady = doctored(
        "costs.py",
        "return larger((by_lot + by_million) + by_percent, minimum) + 0.0",
        "import os\n    return larger((by_lot + by_million) + by_percent, minimum)"
        " + os.getpid() * 1e-6",
    )
    found = run(suite_folder, unsteady, only="execution/X1.*")
    assert any("differs from itself" in doubt for doubt in found.doubts)
    assert found.exit_code == 2


def test_backend_that_changes_from_run_to_run_leaves_the_golden(
    suite_folder: Path, doctored: Doctor
) -> None:
    unsteady = doctored(
        "costs.py",
        "return larger((by_lot + by_million) + by_percent, minimum) + 0.0",
        "import time\n    return larger((by_lot + by_million) + by_percent, minimum)"
        " + time.time_ns() * 1e-12",
    )
    found = run(suite_folder, unsteady, only="execution/X1.*")
    assert found.exit_code == 1
    (result,) = found.runs[0].results.values()
    assert "without a tracer" in result.reason


class Killed(Client):
    """Loses its process at the second case, as under a lack of memory."""

    asked = 0

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        self.asked += 1
        if self.asked == 2:
            os.kill(self.pid, signal.SIGKILL)
        return super().ask(request, seconds)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_worker_is_a_crash_and_the_run_goes_on(suite_folder: Path) -> None:
    found = run(suite_folder, "python", connect=Killed)
    verdicts = [result.verdict for result in found.runs[0].results.values()]
    assert verdicts.count("crash") >= 1
    assert "signal 9" in next(
        result.reason for result in found.runs[0].results.values() if result.verdict == "crash"
    )
    assert len(verdicts) == 3
    assert found.exit_code == 3


def test_silent_worker_is_a_timeout(suite_folder: Path, doctored: Doctor) -> None:
    sleepy = doctored(
        "exits.py",
        "    # READ\n    stop, target",
        "    import time\n    time.sleep(60)\n    stop, target",
    )
    found = run(suite_folder, sleepy, only="execution/X1.*", limits=Limits(case=1.0))
    (result,) = found.runs[0].results.values()
    assert (result.verdict, found.exit_code) == ("timeout", 3)


def test_exception_of_no_rule_is_an_error(suite_folder: Path, doctored: Doctor) -> None:
    broken = doctored("exits.py", "    # READ\n    stop, target", "    1 / 0\n    stop, target")
    found = run(suite_folder, broken, only="execution/X1.*")
    (result,) = found.runs[0].results.values()
    assert (result.verdict, found.exit_code) == ("error", 3)
    assert "ZeroDivisionError" in result.reason


def test_worker_refuses_the_modules_of_twins(suite_folder: Path, doctored: Doctor) -> None:
    leaning = doctored(
        "exits.py",
        "from .rule_ids import (",
        "import pyengine._compiled.exits\nfrom .rule_ids import (",
    )
    found = run(suite_folder, leaning)
    assert found.exit_code == 2
    assert "belongs to backend cython" in found.doubts[0]


def test_command_writes_a_report_and_ends_with_the_answer(
    suite_folder: Path, doctored: Doctor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    path = tmp_path / "report.json"
    with pytest.raises(typer.Exit) as ended:
        verify(candidate=[doctored(*GAP_AT_LEVEL)], json_file=path, golden=suite_folder)
    assert ended.value.exit_code == 1
    report = json.loads(path.read_text())
    schema = Path(sys.modules["fillproof.conformance"].__file__ or "").parent / "schema"
    jsonschema.validate(report, json.loads((schema / "report.schema.json").read_text()))
    assert report["answer"] == "different"
    printed = capsys.readouterr().out
    assert "0x3ff195810624dd2f" in printed
    assert "different: 3 cases" in printed


def test_command_with_an_unknown_backend_is_an_error(suite_folder: Path) -> None:
    with pytest.raises(typer.Exit) as ended:
        verify(candidate=["fortran"], golden=suite_folder)
    assert ended.value.exit_code == 3


def test_command_without_goldens_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(typer.Exit) as ended:
        verify(golden=tmp_path)
    assert ended.value.exit_code == 3


def test_command_lists_cases(suite_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        verify(golden=suite_folder, list_cases=True)
    assert ended.value.exit_code == 0
    assert "candles/T1.aware/no_zone" in capsys.readouterr().out
