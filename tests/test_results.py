"""Results on disk: whole or not at all, and the same when read back."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from fillproof import BacktestResult, run_backtest
from fillproof.canonical_json import dumps
from fillproof.data import from_frame
from fillproof.errors import DataError, DigestError
from fillproof.results import RESULT_VERSION
from fillproof.tables import SCHEMAS

from .helpers import EveryTenth, wave


@pytest.fixture
def result(backend_name) -> Any:
    bid, ask = wave()
    return run_backtest(bid, ask, EveryTenth(), symbol="EURUSD", backend=backend_name)


def test_tables_have_their_columns(result) -> None:
    for name, schema in SCHEMAS.items():
        assert result.table(name).schema.equals(schema)
    assert list(result.tables) == ["signals", "trades", "fees", "equity"]


def test_a_table_made_of_a_frame_is_memory_of_its_own(backend_name, result) -> None:
    frames = []
    for side in wave():
        times = pd.to_datetime(side.time_us, unit="us", utc=True).rename("timestamp")
        prices = {name: getattr(side, name) for name in ("open", "high", "low", "close")}
        frames.append(pd.DataFrame(prices, times))
    tables = map(from_frame, frames)
    again = run_backtest(*tables, EveryTenth(), symbol="EURUSD", backend=backend_name)
    for frame in frames:
        frame.iloc[:, :] = 1.0
    assert again.tables == result.tables


def test_saved_and_read_back(result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "runs" / "first")
    names = {path.name for path in folder.iterdir()}
    assert names == {*(f"{name}.parquet" for name in SCHEMAS), "result.json"}
    assert [path.name for path in folder.parent.iterdir()] == ["first"]
    again = BacktestResult.load(folder)
    assert again.digest == result.digest
    assert again.record() == result.record()
    for name in SCHEMAS:
        assert again.table(name).equals(result.table(name))


def test_pickled_copied_and_compared(result) -> None:
    for again in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert again == result
        assert hash(again) == hash(result)
        assert again.record() == result.record()
        assert repr(again) == repr(result)
    assert result != 1


def test_the_record_is_canonical(result, tmp_path: Path) -> None:
    text = (result.save(tmp_path / "out") / "result.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert dumps(record) == text
    assert record["schema"] == "fillproof-result"
    assert record["version"] == RESULT_VERSION
    counts = {"signals": 40, "trades": 40, "fees": 0, "equity": 400}
    assert record["rows"] == {**counts, "ambiguous": 0, "refusals": 0, "swaps": 0}
    assert record["exact"]["cash"] == result.exact["cash"]


def test_an_older_result_is_replaced_and_nothing_else_is(result, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    result.save(folder)
    result.save(folder)
    (tmp_path / "empty").mkdir()
    result.save(tmp_path / "empty")
    other = tmp_path / "photos"
    other.mkdir()
    (other / "cat.jpg").write_text("cat")
    with pytest.raises(FileExistsError, match="not a result"):
        result.save(other)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "out", "photos"]


def test_a_failure_leaves_the_older_result(
    result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = result.save(tmp_path / "out")
    calls: list[Path] = []
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 2:
            raise OSError("disk")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="disk"):
            result.save(folder)
    with monkeypatch.context() as patch:
        patch.setattr(parquet, "write_table", lambda *_: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            result.save(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert BacktestResult.load(folder).digest == result.digest


@pytest.mark.parametrize("name", ["equity", "ambiguous"])
def test_tables_that_were_changed_are_refused(result, tmp_path: Path, name: str) -> None:
    folder = result.save(tmp_path / "out")
    table = parquet.read_table(folder / f"{name}.parquet")
    nulls = pa.table({field.name: pa.nulls(1, field.type) for field in table.schema})
    parquet.write_table(pa.concat_tables([table, nulls]), folder / f"{name}.parquet")
    with pytest.raises(DataError, match="not the ones that were saved") as caught:
        BacktestResult.load(folder)
    assert caught.value.code == "FILE_UNREADABLE"
    assert caught.value.field == ("digest" if name == "equity" else "digest_aside")


def test_what_is_no_result_is_refused(result, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read as a result"):
        BacktestResult.load(tmp_path / "nothing")
    folder = result.save(tmp_path / "out")
    record = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps({**record, "version": RESULT_VERSION + 1}))
    with pytest.raises(DataError, match=f"reads version {RESULT_VERSION}"):
        BacktestResult.load(folder)
    (folder / "result.json").write_text(json.dumps(record))
    parquet.write_table(pa.table({"a": [1]}), folder / "fees.parquet")
    with pytest.raises(DataError, match=r"fees\.parquet.*columns a"):
        BacktestResult.load(folder)
    (folder / "fees.parquet").unlink()
    with pytest.raises(DataError):
        BacktestResult.load(folder)


def test_canonical_json_writes_shortest_floats_and_refuses_the_rest() -> None:
    assert dumps(0.1 + 0.2) == "0.30000000000000004\n"
    assert dumps({"b": 1, "a": "ü"}) == '{\n "a": "ü",\n "b": 1\n}\n'
    for value in (float("nan"), float("inf"), -0.0):
        with pytest.raises(DigestError, match=r"a\[0\]"):
            dumps({"a": [value]})
    with pytest.raises(TypeError, match="object"):
        dumps({"a": object()})
