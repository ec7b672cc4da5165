"""What a sweep keeps: on disk, when it is interrupted, and when it is gone on with."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from fillproof import SweepInterrupted, SweepResult, sweep
from fillproof.errors import ConfigError, DataError
from fillproof.sweeps import storing

from .helpers import wave

BARS = wave(150)
GRID = {"fast": [2, 3, 4], "slow": [7, 9, 12]}


def swept(backend: str, strategy: Any = "ema-cross", bars: Any = BARS, **options: Any) -> Any:
    given = {"grid": GRID, "symbol": "EURUSD", "backend": backend, **options}
    return sweep(*bars, strategy, **given)


def test_the_same_rows_on_disk(backend_name: str, tmp_path: Path) -> None:
    memory = swept(backend_name)
    stored = swept(backend_name, out=tmp_path / "rows")
    assert stored.path == tmp_path / "rows"
    assert stored == memory
    assert SweepResult.load(tmp_path / "rows") == memory
    file = memory.save(tmp_path / "rows.parquet")
    loaded = SweepResult.load(file)
    assert loaded == memory
    assert (loaded.total, loaded.parameters, loaded.is_complete) == (9, ["fast", "slow"], True)


class Stops:
    """A callback that interrupts once so many are done."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.seen: list[int] = []

    def __call__(self, done: int, total: int) -> None:
        self.seen.append(done)
        if done >= self.after:
            raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_an_interrupt_keeps_what_is_done(where: str, tmp_path: Path) -> None:
    out = tmp_path / "rows" if where == "disk" else None
    with pytest.raises(KeyboardInterrupt) as caught:
        swept("python", out=out, on_progress=Stops(4))
    assert isinstance(caught.value, SweepInterrupted)
    result = caught.value.result
    assert result.table["combination"].to_pylist() == [0, 1, 2, 3]
    assert not result.is_complete
    whole = swept("python")
    assert result.table.equals(whole.table.slice(0, 4))
    if out is not None:
        calls = Stops(100)
        assert swept("python", out=out, on_progress=calls) == whole
        # Only the rest was run.
        assert calls.seen[:2] == [5, 6]


def test_an_interrupt_in_the_midst_of_threads(backends: dict[str, Any], tmp_path: Path) -> None:
    if "rust" not in backends:
        pytest.skip("rust is not in FILLPROOF_TEST_BACKENDS")
    bars = wave(20_000)
    grid = {"fast": range(2, 52), "slow": range(60, 160)}
    options = {"backend": "rust", "bars": bars, "grid": grid, "digests": True}
    asked: list[float] = []

    def interrupt() -> None:
        asked.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    # A process that tests share their work among does not hear of interrupts.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.4, interrupt)
    timer.start()
    try:
        with pytest.raises(SweepInterrupted) as caught:
            swept(out=tmp_path / "rows", **options)
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, heard)
    # 100 ms, and the time to write what was done.
    assert time.monotonic() - asked[0] < 1.0
    result = caught.value.result
    assert 0 < len(result) < result.total
    row = result.table.slice(len(result) - 1, 1).to_pylist()[0]
    grid_of_one = {"fast": [row["fast"]], "slow": [row["slow"]]}
    single = swept("rust", bars=bars, grid=grid_of_one, digests=True)
    assert single.table["digest"].to_pylist() == [row["digest"]]


def test_a_failure_leaves_the_rows_before_it(backend_name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        swept(backend_name, grid={"fast": [2, 3, 0, 4]}, out=tmp_path / "rows")
    assert SweepResult.load(tmp_path / "rows").table["fast"].to_pylist() == [2, 3]


def test_folders_of_others(backend_name: str, tmp_path: Path) -> None:
    out = tmp_path / "rows"
    swept(backend_name, out=out)
    for other in (
        {"grid": {"fast": [2], "slow": [7]}},
        {"bars": wave(150, seed=8)},
        {"initial_balance": 5000.0},
        {"strategy": "ema-atr"},
        {"digests": True},
    ):
        with pytest.raises(ConfigError) as caught:
            swept(backend_name, out=out, **other)
        assert caught.value.code == "OPTION_UNKNOWN"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError):
        swept(backend_name, out=tmp_path / "mine")
    with pytest.raises(DataError):
        SweepResult.load(tmp_path / "mine")
    with pytest.raises(DataError):
        SweepResult.load(tmp_path / "mine" / "notes.txt")


def test_another_backend_may_go_on(backends: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SweepInterrupted):
        swept("python", out=tmp_path / "rows", on_progress=Stops(3))
    for name in backends:
        assert swept(name, out=tmp_path / "rows") == swept("python")


def test_a_half_written_file_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(table: Any, place: Path) -> None:
        Path(place).write_bytes(b"PAR1")
        raise OSError("no space left")

    monkeypatch.setattr(storing.parquet, "write_table", fail)
    with pytest.raises(OSError, match="no space"):
        swept("python", out=tmp_path / "rows")
    monkeypatch.undo()
    assert [file.name for file in (tmp_path / "rows").iterdir()] == ["sweep.json"]
    assert swept("python", out=tmp_path / "rows") == swept("python")


def test_many_rows_are_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "_ROWS", 3)
    monkeypatch.setattr("fillproof.sweeps.running._ROWS", 1)
    stored = swept("python", out=tmp_path / "rows")
    files = sorted((tmp_path / "rows").glob("*.parquet"))
    assert [parquet.read_metadata(file).num_rows for file in files] == [3, 3, 3]
    assert len(stored) == 9
    assert stored == swept("python")
