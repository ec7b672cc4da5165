"""Certificates: verified by running again elsewhere; every changed byte is told by its name."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from fillproof import data, run_backtest
from fillproof.conformance.commands.certificate import make as make_command
from fillproof.conformance.commands.certificate import verify as verify_command
from fillproof.conformance.jobs import read_job
from fillproof.conformance.records import certificate as certificates
from fillproof.conformance.records.record import Record, make

from .user_jobs import BARS, another_backend, job_in, write_user


@dataclass
class Published:
    """A user's folder, its record and its certificate."""

    user: Path
    record: Record
    certificate: dict[str, Any]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    user = write_user(tmp_path_factory.mktemp("user"))
    record = make(job_in(user), user / "run")
    return Published(user, record, certificates.certify_record(record))


@pytest.fixture
def other() -> str:
    return another_backend()


@pytest.fixture
def reader(published: Published, tmp_path: Path) -> Path:
    return write_user(tmp_path / "reader")


def test_it_is_verified_on_another_implementation(
    published: Published, reader: Path, other: str
) -> None:
    found = certificates.verify(
        published.certificate, job_in(reader), backend=other, result=published.record.folder
    )
    assert (found.exit_code, found.question, found.result) == (0, [], []), found.told()
    assert found.compared == ["digest", "digest_aside", "chain"]


def test_by_default_another_language_runs_it(published: Published) -> None:
    asked = []

    def connect(backend: str) -> Any:
        asked.append(backend)
        raise OSError("not started")

    for maker, expected in (("python", "rust"), ("rust", "python"), ("cython", "rust")):
        made = {**published.certificate, "made_by": {"backend": maker}}
        with pytest.raises(OSError, match="not started"):
            certificates.verify(made, job_in(published.user), connect=connect)
        assert asked.pop() == expected


def test_the_build_that_made_it_proves_nothing(published: Published, reader: Path) -> None:
    found = certificates.verify(published.certificate, job_in(reader), backend="python")
    assert found.exit_code == 2
    assert "the very build that made it" in found.told()


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("ask.csv", b"143539993", b"143539994", "data: the ask candles differ in value"),
        ("ask.csv", b"22:00:00+00:00", b"22:00:00.0+00:00", "data: the bytes of the file ask.csv"),
        ("job.toml", b"per_lot = 3.5", b"per_lot = 3.6", "config: fees.per_lot is 3.6 against 3.5"),
        ("breakout.py", b"some bars", b"some Bars", "strategy: the module breakout (breakout.py)"),
        (
            "helper.py",
            b"STOP = 0.0020",
            b"STOP = 0.0030",
            "strategy: the module helper (helper.py)",
        ),
        ("pips_late.py", b"0.0015", b"0.0015 ", "strategy: the module pips_late (pips_late.py)"),
    ],
)
def test_a_changed_byte_of_the_question_is_told_by_name(
    published: Published, reader: Path, other: str, file: str, old: bytes, new: bytes, told: str
) -> None:
    content = (reader / file).read_bytes()
    assert old in content
    (reader / file).write_bytes(content.replace(old, new, 1))
    found = certificates.verify(published.certificate, job_in(reader), backend=other)
    assert found.exit_code == 1
    assert any(part.startswith(told) for part in found.question), found.told()


def test_a_changed_byte_of_the_result_is_told_by_name(
    published: Published, reader: Path, tmp_path: Path, other: str
) -> None:
    trades = published.record.folder / "trades.parquet"
    content = trades.read_bytes()
    trades.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    found = certificates.verify(
        published.certificate, job_in(reader), backend=other, result=published.record.folder
    )
    trades.write_bytes(content)
    assert found.exit_code == 1
    assert found.result == [f"{published.record.folder}: trades.parquet was changed"]


def test_forged_results_with_a_valid_seal_are_found_by_running(
    published: Published, reader: Path, tmp_path: Path, other: str
) -> None:
    forged = json.loads(json.dumps(published.certificate))
    forged["outputs"].update(digest="0" * 64, chain="0" * 64)
    forged["outputs"]["tables"]["fees"] = "0" * 64
    forged["outputs"]["summary"]["Wins"] = 99
    certificates.write(tmp_path / "c.json", forged)
    made = certificates.read(tmp_path / "c.json")
    found = certificates.verify(made, job_in(reader), backend=other)
    assert (found.exit_code, found.question) == (1, [])
    told = [part.partition(": ")[2].split(" ")[:2] for part in found.result]
    assert told == [
        ["digest", told[0][1]],
        ["chain", told[1][1]],
        ["table", "fees"],
        ["summary,", "Wins"],
    ]


def test_any_flipped_byte_of_the_file_breaks_its_seal(published: Published, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    certificates.write(path, published.certificate)
    content = path.read_bytes()
    for place in range(5, len(content), 211):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(ValueError, match=r"c\.json"):
            certificates.read(path)


def test_other_rules_leave_it_unproven(published: Published, reader: Path, other: str) -> None:
    older = {**published.certificate, "rules": {"version": 3, "digest": "0" * 64}}
    found = certificates.verify(older, job_in(reader), backend=other)
    assert found.exit_code == 2
    assert "certified under rules version 3" in found.told()


def test_commands_make_and_verify(
    published: Published, tmp_path: Path, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file, config = tmp_path / "c.json", published.user / "job.toml"
    saved = published.record.result().save(tmp_path / "saved")
    with pytest.raises(typer.Exit):
        make_command(saved, file)
    assert "does not say what it was made from" in capsys.readouterr().err
    with pytest.raises(typer.Exit) as left:
        make_command(saved, file, config=config, strategy="ema-cross")
    assert left.value.exit_code == 3
    assert "it was made from something else" in capsys.readouterr().err
    # Its strategy is looked for in the current folder, as `fillproof run` does.
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(published.user)
        make_command(saved, file, config=config)
        with pytest.raises(typer.Exit) as left:
            verify_command(file, backend=other, config=config, json_file=tmp_path / "v.json")
    assert left.value.exit_code == 0
    assert json.loads((tmp_path / "v.json").read_text("utf-8"))["answer"] == "same"


@pytest.fixture
def imported(published: Published) -> Iterator[Any]:
    sys.path.insert(0, str(published.user))
    import breakout  # type: ignore[import-not-found]

    yield breakout
    sys.path.remove(str(published.user))
    for name in ("breakout", "helper", "pips_late"):
        sys.modules.pop(name, None)


def test_a_result_gives_its_own_certificate(
    published: Published, imported: Any, other: str
) -> None:
    from fillproof.python import FeeModel

    ask = data.read_csv(published.user / "ask.csv")
    bid = data.derive_bid(ask, 0.8, 0.0001, 5)
    result = run_backtest(
        bid,
        ask,
        imported.Breakout(),
        symbol="EURUSD",
        timeframe="H1",
        fee_model=FeeModel(per_lot=3.5),
        backend="python",
    )
    made = result.certificate()
    assert made["question"]["data"]["bars"] == BARS
    assert [row["name"] for row in made["question"]["strategy"]["modules"]] == [
        "breakout",
        "helper",
    ]
    assert made["rules"] == published.certificate["rules"]
    assert made["made_by"]["engine"] == published.certificate["made_by"]["engine"]
    found = certificates.verify(made, job_in(published.user), backend=other)
    assert (found.exit_code, found.compared) == (0, ["digest", "digest_aside"]), found.told()


def test_a_loaded_result_has_no_certificate(published: Published) -> None:
    with pytest.raises(ValueError, match="was loaded or pickled"):
        published.record.result().certificate()


def test_a_built_in_strategy_is_told_by_its_settings(tmp_path: Path, other: str) -> None:
    pair = data.eurusd_h1_2017()
    from fillproof.python import EmaCross

    result = run_backtest(
        pair.bid, pair.ask, EmaCross("H1"), symbol="EURUSD", timeframe="H1", backend="python"
    )
    made = result.certificate()
    assert made["question"]["strategy"]["modules"] == []
    assert "fast=10" in made["question"]["config"]["values"]["strategy"]
    found = certificates.verify(made, read_job(folder=tmp_path), backend=other)
    assert found.exit_code == 0, found.told()
