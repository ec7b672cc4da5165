"""A program is spoken to strictly: what it leaves out, says too much or says wrongly is told."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fillproof.conformance.adapters.adapter_file import ForeignSpec
from fillproof.conformance.adapters.foreign import ForeignClient
from fillproof.conformance.client import WorkerAbsent, WorkerCrashed, WorkerSilent

from .conftest import TOUCH
from .tiny_candidate import ECHO, HEAD, HELLO, REQUEST, TRADE, started


def test_an_answer_is_typed_and_counted(tmp_path: Path) -> None:
    with started(tmp_path, ECHO) as client:
        answer = client.ask(REQUEST, 5.0)
        assert answer["outcome"]["trades"] == {"closed": [{**TRADE, "exit_price": 2.0}]}
        assert type(answer["outcome"]["trades"]["closed"][0]["exit_price"]) is float
        assert client.ask(REQUEST, 5.0)["seconds"] > 0.0
        proof = client.ask({"do": "proof"}, 5.0)["proof"]
    assert proof["answered"] == 2
    assert proof["faults"] == []
    assert proof["build"] == {"name": "tiny", "version": "3"}


def test_what_is_expected_of_a_case_is_not_sent(tmp_path: Path) -> None:
    body = """
for line in sys.stdin:
    request = json.loads(line)
    say({"id": request["id"], "skip": ",".join(sorted(request["case"]))})
"""
    with started(tmp_path, body) as client:
        told = client.ask({"do": "case", "case": {**TOUCH, "sum": []}}, 5.0)["skip"]
    assert told == "bars,commands,config,id,kind,signals"


def test_a_candidate_that_was_never_asked_proves_nothing(tmp_path: Path) -> None:
    with started(tmp_path, ECHO) as client:
        assert "skip" in client.ask({"do": "whole", "run": {}}, 5.0)
        assert "skip" in client.ask({**REQUEST, "resume": {"bar": 0, "state": {}}}, 5.0)
        arithmetic = {"kind": "arithmetic", "function": "ema"}
        assert "skip" in client.ask({"do": "case", "case": arithmetic}, 5.0)
        assert client.ask({"do": "proof"}, 5.0)["proof"]["faults"] == ["answered no request"]


def test_a_candidate_that_counts_otherwise_is_found_out(tmp_path: Path) -> None:
    body = """
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "proof":
        say({"id": request["id"], "proof": {"answered": 7}})
    else:
        say({"id": request["id"], "outcome": {"trades": []}})
"""
    with started(tmp_path, body, {**HELLO, "can": ["case", "proof"]}) as client:
        client.ask(REQUEST, 5.0)
        (fault,) = client.ask({"do": "proof"}, 5.0)["proof"]["faults"]
    assert fault == "says it answered 7 requests; it was heard to answer 1"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("sys.stdin.readline(); print('loading', flush=True); time.sleep(9)", "line 'loading'"),
        ("sys.stdin.readline(); say([1]); time.sleep(9)", "no JSON object"),
        (
            'sys.stdin.readline(); print(\'{"id":1,"skip":NaN}\', flush=True); time.sleep(9)',
            "NaN is no JSON",
        ),
        (
            "sys.stdin.readline(); say({'id': 9, 'skip': 'x'}); time.sleep(9)",
            "request 9, expected 1",
        ),
        ("sys.stdin.readline(); say({'id': 1}); time.sleep(9)", "none of outcome, skip, error"),
        ("sys.stdin.readline(); say({'id': 1, 'skip': ''}); time.sleep(9)", "skip is ''"),
        ("sys.stdin.readline(); sys.exit(3)", "exit code 3"),
        ("sys.stdin.readline(); os.kill(os.getpid(), 11)", "signal 11"),
        ("sys.stdin.readline(); os.close(1); time.sleep(9)", "closed its output and went on"),
    ],
)
def test_a_broken_answer_ends_it_and_says_why(tmp_path: Path, body: str, told: str) -> None:
    body = f"print('last words', file=sys.stderr, flush=True)\n{body}"
    with started(tmp_path, body) as client, pytest.raises(WorkerCrashed) as caught:
        client.ask(REQUEST, 5.0)
    assert told in str(caught.value)
    assert "last words" in str(caught.value)


def test_a_line_that_nobody_asked_for_is_an_error(tmp_path: Path) -> None:
    body = ECHO.replace("say({", "say({'id': 0, 'skip': 'early'}); say({")
    with (
        started(tmp_path, body) as client,
        pytest.raises(WorkerCrashed, match="answered request 0, expected 1"),
    ):
        client.ask(REQUEST, 5.0)
    twice = ECHO + "\n    say({'id': 1, 'skip': 'late'})\n"
    with started(tmp_path, twice) as client:
        client.ask(REQUEST, 5.0)
        time.sleep(0.2)
        with pytest.raises(WorkerCrashed, match="which nobody asked for"):
            client.ask(REQUEST, 5.0)


def test_silence_ends_it_and_what_it_started(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("process groups are POSIX's")
    body = """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, "is at work", file=sys.stderr, flush=True)
time.sleep(60)
"""
    with started(tmp_path, body) as client, pytest.raises(WorkerSilent) as caught:
        client.ask(REQUEST, 1.0)
    told = str(caught.value)
    assert "no answer within 1 s" in told
    assert "is at work" in told
    pid = int(told.split("|")[1].split(maxsplit=1)[0])
    for _ in range(50):
        if not _lives(pid):
            break
        time.sleep(0.05)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    if not Path("/proc").is_dir():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    # One that nobody waits for any more is dead all the same.
    return (
        status.is_file() and status.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    )


def test_the_adapter_files_limit_goes_before_the_commands(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text(f"{HEAD}say({HELLO!r})\ntime.sleep(60)\n", encoding="utf-8")
    command = (sys.executable, "-S", str(path))
    with (
        ForeignClient(ForeignSpec("tiny", "adapter", command, case_seconds=0.2)) as client,
        pytest.raises(WorkerSilent, match=r"within 0\.2 s"),
    ):
        client.ask(REQUEST, 60.0)


@pytest.mark.parametrize(
    ("hello", "told"),
    [
        ({**HELLO, "protocol": 2}, "protocol 2, expected 1"),
        ({**HELLO, "name": ""}, "name '', expected text"),
        ({**HELLO, "gives": ["profits"]}, "gives has 'profits'; expected some of trades"),
        ({**HELLO, "gives": []}, "it gives nothing"),
        ({**HELLO, "trade_fields": ["size"]}, "expected at least direction"),
        ({**HELLO, "gives": ["equity"], "equity_columns": ["cash"]}, "expected time_us"),
        ({"protocol": 1, "faults": ["no licence"]}, "no licence"),
    ],
)
def test_a_wrong_hello_makes_it_absent(tmp_path: Path, hello: dict[str, Any], told: str) -> None:
    with pytest.raises(WorkerAbsent) as caught:
        started(tmp_path, ECHO, hello)
    assert told in str(caught.value)


def test_one_that_says_nothing_is_absent(tmp_path: Path) -> None:
    path = tmp_path / "mute.py"
    path.write_text(
        "import sys, time\nprint('busy', file=sys.stderr, flush=True)\ntime.sleep(60)\n"
    )
    spec = ForeignSpec("tiny", "adapter", (sys.executable, "-S", str(path)), start_seconds=0.5)
    with pytest.raises(WorkerAbsent, match=r"tiny: no answer within 0\.5 s \| busy"):
        ForeignClient(spec)


def test_one_that_never_stops_printing_is_ended(tmp_path: Path) -> None:
    body = "sys.stdin.readline()\nwhile True: print('x' * 1000)\n"
    with (
        started(tmp_path, body) as client,
        pytest.raises(WorkerCrashed, match="no JSON object"),
    ):
        client.ask(REQUEST, 5.0)


def test_a_program_that_is_not_there_is_absent(tmp_path: Path) -> None:
    with pytest.raises(WorkerAbsent, match=r"cannot start '.*engine': No such file"):
        ForeignClient(ForeignSpec("tiny", "adapter", (str(tmp_path / "engine"),)))
