"""Sweeps on a dask cluster: the same table, also where a worker dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fillproof import SweepInterrupted, sweep
from fillproof.data import CandleTable
from fillproof.errors import ConfigError
from fillproof.sweeps.sending import aligned
from fillproof.timeframes import resample

from .helpers import wave

BARS = wave(300)
GRID = {"fast": [2, 3, 4, 5], "slow": list(range(7, 27)), "stop_pips": [4.0]}
OPTIONS: dict[str, Any] = {"symbol": "EURUSD", "grid": GRID}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    )
    with cluster, distributed.Client(cluster) as made:
        yield made


@pytest.mark.filterwarnings("ignore")
def test_the_same_table_and_a_worker_that_dies(
    client: Any, backends: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fastest = "rust" if "rust" in backends else "cython" if "cython" in backends else "python"
    alone = sweep(*BARS, "ema-cross", backend=fastest, digests=True, **OPTIONS)
    # Small chunks, so that there are many when the worker dies.
    monkeypatch.setattr("fillproof.sweeps.cluster._MOST", 4)
    monkeypatch.setattr("fillproof.sweeps.cluster._FIRST", 4)
    told: list[int] = []
    killed: list[int] = []

    def see(done: int, total: int) -> None:
        told.append(done)
        if not killed and done:
            pids = client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    shared = sweep(
        *BARS, "ema-cross", backend=fastest, digests=True, client=client, on_progress=see, **OPTIONS
    )
    assert killed
    assert shared == alone
    assert told[-1] == 80
    assert told[0] < 80


@pytest.mark.filterwarnings("ignore")
def test_candles_that_died_with_a_worker_are_sent_again(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = sweep(*BARS, "ema-cross", backend="python", digests=True, **OPTIONS)
    monkeypatch.setattr("fillproof.sweeps.cluster._MOST", 4)
    monkeypatch.setattr("fillproof.sweeps.cluster._FIRST", 4)
    pids = client.run(os.getpid)
    only, sent = next(iter(pids)), []
    scatter = client.scatter

    def scatter_to_one(data: Any, **options: Any) -> Any:
        sent.append(options)
        if len(sent) > 1:
            return scatter(data, **options)
        # As if no other worker had joined yet.
        return scatter(data, workers=[only], hash=False)

    def see(done: int, total: int) -> None:
        if len(sent) == 1 and pids and done:
            # The other one may have asked for the candles: both begin anew.
            for pid in pids.values():
                os.kill(pid, signal.SIGKILL)
            pids.clear()

    monkeypatch.setattr(client, "scatter", scatter_to_one)
    shared = sweep(
        *BARS, "ema-cross", backend="python", digests=True, client=client, on_progress=see,
        **OPTIONS,
    )  # fmt: skip
    assert shared == alone
    assert len(sent) > 1


@pytest.mark.filterwarnings("ignore")
def test_failures_interrupts_and_files(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError) as caught:
        sweep(
            *BARS, "ema-cross", symbol="EURUSD", grid={"fast": [2, 0]}, backend="python",
            client=client,
        )  # fmt: skip
    assert caught.value.code == "PERIOD_INVALID"
    # Small chunks, so that some are left when the interrupt comes.
    monkeypatch.setattr("fillproof.sweeps.cluster._MOST", 4)
    monkeypatch.setattr("fillproof.sweeps.cluster._FIRST", 4)
    # A process that tests share their work among does not hear of interrupts.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    told: list[int] = []

    def interrupt(done: int, _total: int) -> None:
        if done and not told:
            told.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    options = {**OPTIONS, "backend": "python"}
    try:
        with pytest.raises(SweepInterrupted) as stopped:
            sweep(
                *BARS, "ema-cross", client=client, out=tmp_path / "rows", on_progress=interrupt,
                **options,
            )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, heard)
    assert len(stopped.value.result) < 80
    begun = time.monotonic()
    options["grid"] = GRID
    stored = sweep(*BARS, "ema-cross", client=client, out=tmp_path / "rows", **options)
    assert stored.is_complete
    assert time.monotonic() - begun < 60


@pytest.mark.filterwarnings("ignore")
def test_lower_candles_go_with_it(client: Any, backend: Any, backend_name: str) -> None:
    bid, ask = BARS
    options = {
        "symbol": "EURUSD", "backend": backend_name, "digests": True, "lower_candles": BARS,
        "policy": backend.ExecutionPolicy(intrabar="drilldown"),
        "grid": {"fast": [2, 3], "slow": [9], "stop_pips": [2.0], "target_pips": [2.0]},
    }  # fmt: skip
    sides = resample(bid, ask, "M1", "M5")
    assert sweep(*sides, "ema-cross", client=client, **options) == sweep(
        *sides, "ema-cross", **options
    )


def test_columns_that_begin_at_any_byte() -> None:
    bid, _ = BARS
    raw = np.frombuffer(b"\0" + bid.close.tobytes(), dtype=np.uint8)[1:].view(np.float64)
    assert not raw.flags.aligned
    table = CandleTable(bid.time_us, bid.open, bid.high, bid.low, raw)
    made = aligned(table)
    assert made.close.flags.aligned
    assert made.close.tolist() == bid.close.tolist()
