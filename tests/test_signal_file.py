"""A file of signals as a strategy gives the run that they were recorded from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from typer.testing import CliRunner

from fillproof import backends, data, run_backtest, signal_file
from fillproof.cli import app
from fillproof.errors import DataError

TIMES = np.array([0, 60_000_000, 120_000_000])


def columns(backend_name: str, **given: Any) -> Any:
    table = pa.table({"time_us": [60_000_000], "direction": ["buy"], **given})
    return signal_file.columns_of(table, backends.load(backend_name), TIMES, "EURUSD", "it")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_recorded_run_is_run_again(backend_name, ending: str, tmp_path: Path) -> None:
    pair = data.eurusd_h1_2017()
    strategy = backends.load(backend_name).Breakout("H1", unit="pips", stop=10.0, target=20.0)

    class One:
        def on_data(self, slice_map: Any) -> Any:
            found = strategy.on_data(slice_map)
            return None if found is None else [type(found[0])(*self.values(found[0]))]

        def values(self, signal: Any) -> Any:
            return (signal.direction, signal.entry_price, signal.stop_loss, signal.take_profit,
                    signal.symbol, signal.timestamp, signal.type, signal.reason)  # fmt: skip

    settings = tmp_path / "run.toml"
    settings.write_text("[sizing]\nfixed_lots = 0.1\n", encoding="utf-8")
    sizing = backends.load(backend_name).FixedLots(0.1)
    result = run_backtest(
        pair.bid, pair.ask, One(), symbol="EURUSD", backend=backend_name, keep_signals=True,
        sizing=sizing,
    )  # fmt: skip
    assert result.signals.num_rows > 100
    file = tmp_path / f"signals.{ending}"
    write = csv.write_csv if ending == "csv" else parquet.write_table
    write(result.trade_signals, file)
    given = ["run", "--strategy", str(file), "--config", str(settings), "--quiet"]
    told = CliRunner().invoke(app, [*given, "--backend", backend_name])
    assert told.exit_code == 0, told.output
    assert told.output.strip() == result.digest


def test_names_and_words(backend_name) -> None:
    one = columns(backend_name, sl=["1.5"], entry=[2.0], type=["Limit"], symbol=["EURUSD"])
    assert one.direction.tolist() == [0, 1, 0]
    assert (one.stop[1], one.entry[1], one.target) == (1.5, 2.0, None)
    assert one.type.tolist() == [0, 1, 0]
    assert np.isnan(one.stop[0])
    empty = pa.table({"time_us": pa.array([], pa.int64()), "direction": pa.array([], pa.string())})
    engine = backends.load(backend_name)
    assert len(signal_file.columns_of(empty, engine, TIMES, "EURUSD", "it")) == 3


@pytest.mark.parametrize(
    ("given", "field", "row"),
    [
        ({"direction": ["up"]}, "direction", 1),
        ({"type": ["stop_limit"]}, "type", 1),
        ({"sl": ["near"]}, "sl", 1),
        ({"time_us": [61_000_000]}, "time_us", 1),
        ({"time_us": [180_000_000]}, "time_us", 1),
        ({"time_us": [0, 0], "direction": ["buy", "sell"]}, "time_us", 2),
        ({"symbol": ["GBPUSD"]}, "symbol", 1),
        ({"meta": ['{"max_bars": 3}']}, "meta", 1),
        ({"meta": ["[]"]}, "meta", 1),
    ],
)
def test_what_a_row_cannot_say(given: dict[str, Any], field: str, row: int) -> None:
    with pytest.raises(DataError, match=f"column {field}") as info:
        columns("python", **given)
    assert (info.value.code, info.value.field, info.value.bar) == ("CELL_INVALID", field, row)


def test_columns_that_are_missing() -> None:
    table = pa.table({"timestamp": ["2020-01-01T00:00:00Z"]})
    with pytest.raises(DataError, match="direction") as info:
        signal_file.columns_of(table, backends.load("python"), TIMES, "EURUSD", "it")
    assert info.value.code == "COLUMNS_MISSING"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "signals.parquet"
    file.write_text("direction\n", encoding="utf-8")
    for path in (file, tmp_path / "none.csv"):
        with pytest.raises(DataError, match="cannot be read") as info:
            signal_file.read_signals(path, backends.load("python"), TIMES, "EURUSD")
        assert info.value.code == "FILE_UNREADABLE"


def test_a_record_pins_the_file(tmp_path: Path) -> None:
    file = tmp_path / "signals.csv"
    rows = "2017-01-03T10:00:00Z,buy,1.03\n2017-01-05T10:00:00Z,sell,1.07\n"
    file.write_text("timestamp,direction,sl\n" + rows, encoding="utf-8")
    out = tmp_path / "record"
    told = CliRunner().invoke(app, ["record", "--strategy", str(file), "--out", str(out)])
    assert told.exit_code == 0, told.output
    pinned = json.loads((out / "pin.json").read_text(encoding="utf-8"))
    assert "signals.csv" in json.dumps(pinned)
    again = tmp_path / "again"
    file.write_text("timestamp,direction,sl\n" + rows.replace("1.03", "1.02"), encoding="utf-8")
    CliRunner().invoke(app, ["record", "--strategy", str(file), "--out", str(again)])
    other = json.loads((again / "pin.json").read_text(encoding="utf-8"))
    digests = [
        row["digest"] for pin in (pinned, other) for row in pin["question"]["strategy"]["modules"]
    ]
    assert len(set(digests)) == 2
