"""The command line as a user meets it: what is shown, written, and said when something is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fillproof
from fillproof import BacktestResult, cli_settings, run_backtest
from fillproof.cli import main
from fillproof.data import CandleTable
from fillproof.errors import ConfigError

from .helpers import EveryTenth, wave

STRATEGY = """
class Tenth:
    def __init__(self, every=10):
        self.every = every

    def on_data(self, slice_map):
        view = slice_map["EURUSD"]
        if view.index % self.every:
            return None
        bid, ask = view.latest("M1", "bid"), view.latest("M1", "ask")
        return {"direction": "buy", "sl": bid.close - 0.0005, "tp": ask.close + 0.0005}


class Failing:
    def on_data(self, slice_map):
        raise KeyError("a bug of the user")
"""


def command(
    *arguments: object, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fillproof", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        # A wide screen, so that no line is broken.
        env={**os.environ, "COLUMNS": "200", "PYTHONSAFEPATH": "1", **environment},
    )


Spoken = tuple[int, str, str]


@pytest.fixture
def spoken(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., Spoken]:
    """Run the command in this process, which is quicker; return exit code and what was said."""

    def speak(*arguments: str) -> Spoken:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["fillproof", *arguments])
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.delitem(sys.modules, "mine", raising=False)
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return speak


def write(table: CandleTable, path: Path) -> Path:
    rows = zip(*(column.tolist() for column in table.columns()), strict=True)
    lines = ["timestamp,open,high,low,close,volume", *(",".join(map(repr, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bid, ask = wave()
    write(bid, tmp_path / "bid.csv")
    write(ask, tmp_path / "ask.csv")
    (tmp_path / "mine.py").write_text(STRATEGY)
    (tmp_path / "run.toml").write_text(
        'symbol = "EURUSD"\n'
        '[strategy]\nname = "mine:Tenth"\n'
        '[data]\nbid = "bid.csv"\nask = "ask.csv"\ntime_unit = "us"\n'
    )
    return tmp_path


def test_version(tmp_path: Path) -> None:
    done = command("--version", folder=tmp_path)
    assert done.stdout.strip() == f"fillproof {fillproof.__version__}"


def test_run_without_options_is_the_embedded_data(backend_name, tmp_path: Path) -> None:
    done = command("run", "--backend", backend_name, "--out", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    out = done.stdout
    assert f"backend    {backend_name} {fillproof.__version__}" in out
    assert "bid derived from a constant spread of 0.8 pip" in out
    assert "EURUSD: pip 0.0001, 5 digits, contract 100000" in out
    assert "RiskAmount(amount=100.0)" in out
    assert "SlippageModel(fixed_pips=0.0, random_pips=0.0, seed=0)" in out
    assert "limits     filled when touched" in out
    assert re.search(
        r"^ambiguous  trades \d+, marks \d+, .*trade list held fixed", out, re.MULTILINE
    )
    result = BacktestResult.load(tmp_path / "out")
    assert f"digest     {result.digest}" in out
    assert result.config["bars"] == 6225


def test_run_of_files_and_an_own_strategy_is_run_backtest(backend_name, folder: Path) -> None:
    done = command(
        "run", "--config", "run.toml", "--backend", backend_name, "--quiet", folder=folder
    )
    assert done.returncode == 0, done.stderr
    bid, ask = wave()
    wanted = run_backtest(bid, ask, EveryTenth(), symbol="EURUSD", backend=backend_name)
    assert done.stdout == wanted.digest + "\n"


def test_one_side_and_a_spread(backend_name, folder: Path) -> None:
    settings = folder / "time.toml"
    settings.write_text('[data]\ntime_unit = "us"\n')
    run = ["run", "--config", settings, "--backend", backend_name, "--strategy", "mine:Tenth"]
    run += ["--symbol", "EURUSD", "--data", "ask.csv", "--side", "ask", "--spread", "0.8"]
    done = command(*run, folder=folder)
    assert done.returncode == 0, done.stderr
    assert "ask from ask.csv, bid derived from a constant spread of 0.8 pip" in done.stdout
    both = command("run", "--config", "run.toml", "--backend", backend_name, "-q", folder=folder)
    assert both.returncode == 2, "there is no -q"
    quiet = command(*run, "--quiet", folder=folder)
    both = command(
        "run", "--config", "run.toml", "--backend", backend_name, "--quiet", folder=folder
    )
    assert quiet.stdout == both.stdout


def test_every_table_of_the_settings_counts(backend_name, folder: Path) -> None:
    (folder / "all.toml").write_text(
        'symbol = "EURUSD"\ntimeframe = "M1"\ninitial_balance = 5000\nstrict = false\n'
        "start = 2020-01-01T01:00:00Z\n"
        '[strategy]\nname = "mine:Tenth"\nevery = 20\n'
        '[data]\nbid = "bid.csv"\nask = "ask.csv"\ntime_unit = "us"\n'
        '[policy]\nmarket_fill = "next_open"\nclose_at_end = true\n'
        "[sizing]\nfixed_lots = 0.2\n"
        "[slippage]\nfixed_pips = 0.3\n"
        "[fees]\nper_lot = 3.5\n"
        "[spec]\nvolume_max = 5.0\n"
    )
    done = command(
        "run", "--config", "all.toml", "--backend", backend_name, "--out", "o", folder=folder
    )
    assert done.returncode == 0, done.stderr
    result = BacktestResult.load(folder / "o")
    assert result.config["policy"]["market_fill"] == "next_open"
    assert result.config["symbol_spec"]["volume_max"] == 5.0
    assert result.exact["initial_balance"] == 5000.0
    assert set(result.trades["size"].to_pylist()) == {0.2}
    assert result.equity.num_rows == 340
    assert result.signals.num_rows == 17
    assert result.fees.num_rows > 0


COSTLY = """
symbol = "EURUSD"
[strategy]
name = "mine:Tenth"
[data]
bid = "bid.csv"
ask = "ask.csv"
time_unit = "us"
[policy]
intrabar = "ohlc"
limit_through_pips = 0.2
exit_buffer_pips = 0.1
max_positions = 4
[sizing]
risk_fraction = 0.01
[slippage]
random_pips = 0.5
seed = 42
[session]
no_entry = [["00:30", "01:00"], ["01:30", "02:00"]]
"""


@pytest.mark.filterwarnings("ignore::fillproof.errors.ExitBufferWarning")
def test_what_costs_money_is_printed(spoken: Any, folder: Path, backend_name) -> None:
    (folder / "costly.toml").write_text(COSTLY)
    code, out, err = spoken("run", "--config", "costly.toml", "--backend", backend_name)
    assert code == 0, err
    for told in (
        "RiskFraction(fraction=0.01)",
        "SlippageModel(fixed_pips=0.0, random_pips=0.5, seed=42)",
        "market     close: market orders fill at the very close",
        "intrabar   ohlc: every bar goes from its open to its high",
        "gaps       open: a bar that opens beyond a level fills at its open",
        "limits     filled when the price is 0.2 pip beyond the entry",
        "buffer     stops and targets count as touched 0.1 pip early",
        "session    Session(timeframe=M1, no_entry=[[00:30, 01:00], [01:30, 02:00]])",
        "S3.no_entry 6",
    ):
        assert told in out
    assert "preset     " not in out


def test_the_preset_parity_starts_from_its_own_options(
    spoken: Any, folder: Path, backend_name
) -> None:
    text = (folder / "run.toml").read_text() + '[policy]\npreset = "parity"\n'
    (folder / "parity.toml").write_text(text + "exit_buffer_pips = 0.25\n")
    code, out, err = spoken("run", "--config", "parity.toml", "--backend", backend_name)
    assert code == 0, err
    assert "preset     parity: the rules of another system, faults included" in out
    assert "market_fill=signal" in out
    assert "exit_buffer_pips=0.25" in out
    assert "ambiguous  not told: the preset parity marks nothing" in out
    (folder / "parity.toml").write_text(text + 'intrabar = "best"\n')
    code, out, err = spoken("run", "--config", "parity.toml", "--backend", backend_name)
    assert (code, out) == (2, "")
    assert "PRESET_OPTION" in err


def test_explain(spoken: Any, folder: Path, backend_name) -> None:
    run = ["run", "--config", "run.toml", "--backend", backend_name, "--out", "out"]
    assert spoken(*run)[0] == 0
    code, bare, _ = spoken("explain", "out", "1")
    assert code == 0
    assert bare.startswith("order      1: long ")
    assert "bars       not shown" in bare
    code, full, _ = spoken("explain", "out", "1", "--config", "run.toml")
    assert code == 0
    bid, ask = wave()
    assert full == BacktestResult.load(folder / "out").explain(1, bid, ask) + "\n"
    code, _, err = spoken("explain", "out", "41")
    assert (code, err.count("\n")) == (2, 1)
    assert "ORDER_UNKNOWN: order_id is 41; expected one of the result's 40 orders" in err


def test_explain_knows_the_embedded_candles(spoken: Any, backend_name) -> None:
    assert spoken("run", "--backend", backend_name, "--out", "out")[0] == 0
    code, out, _ = spoken("explain", "out", "1")
    assert code == 0
    assert "the bid's low 1.05156 reached the stop 1.05182" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--backend", "java"], "BACKEND_UNKNOWN: backend is 'java'"),
        (["--bid", "bid.csv"], "OPTION_UNKNOWN: bid, ask is"),
        (["--data", "bid.csv"], "OPTION_UNKNOWN: spread is None"),
        (["--data", "bid.csv", "--spread", "1"], "OPTION_UNKNOWN: symbol is None"),
        (["--data", "bid.csv", "--spread", "-1", "--symbol", "EURUSD"], "OPTION_UNKNOWN: spread"),
        (["--symbol", "USDJPY"], "OPTION_UNKNOWN: symbol is 'USDJPY'"),
        (["--data", "no.csv", "--spread", "1", "--symbol", "EURUSD"], "FILE_UNREADABLE: no.csv"),
        (
            ["--data", "bid.csv", "--spread", "1", "--symbol", "EURUSD"],
            "CELL_INVALID: row 1: bid.csv",
        ),
        (["--data", "bid.csv", "--spread", "1", "--symbol", "DAX"], "SPEC_REQUIRED: symbol 'DAX'"),
        (["--side", "middle"], "OPTION_UNKNOWN: side is 'middle'"),
        (["--strategy", "sma-cross"], "OPTION_UNKNOWN: strategy is 'sma-cross'"),
        (["--strategy", "nowhere:Class"], "there is none named nowhere"),
        (["--strategy", "mine:Class"], "it has no Class"),
        (["--config", "no.toml"], "FILE_UNREADABLE: no.toml"),
        (["--out", "mine.py"], "FileExistsError"),
    ],
)
def test_faults_are_one_line_with_a_code(spoken: Any, arguments: list[str], told: str) -> None:
    if "--backend" not in arguments:
        arguments = [*arguments, "--backend", "python"]
    code, out, err = spoken("run", *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1, err
    assert err.startswith("fillproof: ")
    assert told in err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no toml", "cannot be read"),
        ("colour = 1", "colour is unknown; expected one of account"),
        ("[fees]\nper_trade = 1", "fees.per_trade is unknown"),
        ("[sizing]\nfixed_lots = 1\nrisk_amount = 2", "sizing names fixed_lots, risk_amount"),
        ("start = 2020-01-01T00:00:00", "TIME_NAIVE: start is"),
        ("[slippage]\nfixed_pips = -1", "NUMBER_INVALID"),
        ('[policy]\nmarket_fill = "open"', "OPTION_UNKNOWN"),
        ('[session]\nno_entry = [["25:00", "01:00"]]', "SESSION_INVALID"),
        ('[session]\nflat_at = ["21:00"]', "session.flat_at is unknown"),
        ("[slippage]\nseed = 1.5", "NUMBER_INVALID"),
    ],
)
def test_faults_of_the_settings(spoken: Any, folder: Path, text: str, told: str) -> None:
    (folder / "bad.toml").write_text(text)
    code, _, err = spoken("run", "--config", "bad.toml", "--backend", "python")
    assert code == 2
    assert err.count("\n") == 1, err
    assert told in err


def test_an_unexpected_exception_keeps_its_traceback(folder: Path) -> None:
    arguments = ["run", "--config", "run.toml", "--strategy", "mine:Failing", "--backend", "python"]
    done = command(*arguments, folder=folder)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "KeyError: 'a bug of the user'" in done.stderr


def test_options_go_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('symbol = "GBPUSD"\n[strategy]\nname = "a:B"\nx = 1\n')
    settings = cli_settings.Settings.read(tmp_path / "a.toml")
    settings.override(symbol=None, strategy="a:B")
    assert (settings.symbol, settings.parameters) == ("GBPUSD", {"x": 1})
    settings.override(symbol="EURUSD", strategy="c:D")
    assert (settings.symbol, settings.parameters) == ("EURUSD", {})


def test_a_missing_harness_does_not_stop_a_run(folder: Path) -> None:
    code = (
        "import sys; sys.modules['fillproof.conformance'] = None; sys.argv[0] = 'fillproof';"
        "from fillproof.cli import main; main()"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            "run",
            "--config",
            "run.toml",
            "--backend",
            "python",
            "--quiet",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr


def test_doctor(tmp_path: Path, backend_name) -> None:
    done = command("doctor", folder=tmp_path, FILLPROOF_BACKEND=backend_name)
    assert done.returncode == 0, done.stdout
    assert f"{backend_name + ':':<8} works" in done.stdout
    assert f"in use:  {backend_name} (asked for by FILLPROOF_BACKEND)" in done.stdout
    none = command("doctor", folder=tmp_path, FILLPROOF_BACKEND="java")
    assert none.returncode == 1
    assert "BACKEND_UNKNOWN" in none.stdout


def test_doctor_sees_a_checkout_that_hides_the_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fillproof import doctor

    class Distribution:
        direct: str | None = None

        def read_text(self, name: str) -> str | None:
            return self.direct

        def locate_file(self, name: str) -> Path:
            return tmp_path / name

    distribution = Distribution()
    own = Distribution()
    own.locate_file = lambda name: Path(doctor.__file__).parents[1] / name  # type: ignore[method-assign]
    found = [own, distribution]
    monkeypatch.setattr(doctor.metadata, "distributions", lambda *, name: found)
    assert doctor.shadowed() is None
    (tmp_path / "fillproof").mkdir()
    assert doctor.shadowed() == tmp_path / "fillproof"
    checkout = Path(doctor.__file__).parents[1]
    distribution.direct = json.dumps({"url": checkout.as_uri(), "dir_info": {"editable": True}})
    assert doctor.shadowed() is None


def test_settings_name_no_sizing() -> None:
    settings = cli_settings.Settings(sizing={})
    with pytest.raises(ConfigError, match="sizing names nothing"):
        settings.override()
