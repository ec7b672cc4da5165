"""A process that runs cases on one backend: one JSON object a line in, one a line out.

`python -m fillproof.conformance.worker --backend rust` first says who it is, then answers requests:

    {"protocol": 1, "backend": "rust", "modules": {...}, "build": {...}, "faults": []}
    <- {"do": "case", "case": {...}, "columns": false, "states": false}
    -> {"outcome": {...}, "seconds": 0.002}
    <- {"do": "whole", "run": {...}, "trace": false}
    -> {"outcome": {...}, "seconds": 1.5}
    <- {"do": "job", "job": {...}, "give": "digest", "record": false, "until": null}
    -> {"outcome": {...}, "seconds": 1.5}
    <- {"do": "record", "job": {...}, "folder": "/an/empty/folder"}
    -> {"outcome": {...}, "seconds": 1.5}
    <- {"do": "case", "case": {...}, "resume": {"bar": 7, "state": {...}}}
    -> {"outcome": {...}, "seconds": 0.002}
    <- {"do": "proof"}
    -> {"proof": {...}}

A worker ends when its input does.  What an engine or a library prints goes to stderr, so that it
cannot be taken for an answer.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from typing import Any, TextIO

from .isolation import BACKENDS, RefuseTwins, engine_module, proof

__all__ = ["main", "serve"]


def main(arguments: list[str] | None = None) -> int:
    """Load one backend, refuse all others, answer until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m fillproof.conformance.worker")
    parser.add_argument("--backend", required=True, choices=sorted(BACKENDS))
    parser.add_argument(
        "--foreign", action="store_true", help="not the installed build: do not call it stale"
    )
    options = parser.parse_args(arguments)
    guard = RefuseTwins(options.backend).install()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(guard, sys.stdin, answers, foreign=options.foreign)
    return 0


def serve(guard: RefuseTwins, requests: TextIO, answers: TextIO, *, foreign: bool = False) -> None:
    """Say the proof of identity, then answer one request a line."""
    # Imported after the guard stands, since play pulls in numpy and the engine.
    from .functions import Unsupported
    from .wire import PROTOCOL, dumps, loads

    def say(message: dict[str, Any]) -> None:
        answers.write(dumps(message) + "\n")
        answers.flush()

    wrong = [] if foreign else _out_of_date(guard.backend)
    try:
        engine = importlib.import_module(engine_module(guard.backend))
        engine.EventEngine  # noqa: B018  (loaded at its first use)
    except (ImportError, AttributeError) as error:
        told = wrong or [f"{type(error).__name__}: {error}"]
        say({"protocol": PROTOCOL, "backend": guard.backend, "faults": told})
        return

    def identity() -> dict[str, Any]:
        found = proof(guard.backend, engine)
        found["refused"] = list(guard.refused)
        found["faults"] += wrong
        found["build"] = {key: _text(value) for key, value in found["build"].items()}
        return found

    say({"protocol": PROTOCOL, **identity()})
    for line in requests:
        request = loads(line)
        if request["do"] == "proof":
            say({"proof": identity()})
            continue
        started = time.perf_counter()
        try:
            answer = {"outcome": _answer(engine, request)}
        except Unsupported as reason:
            answer = {"skip": str(reason)}
        say({**answer, "seconds": time.perf_counter() - started})


def _answer(engine: Any, request: dict[str, Any]) -> Any:
    if request["do"] == "whole":
        from .whole import play_whole

        return play_whole(engine, request["run"], trace=request.get("trace", False))
    if request["do"] == "job":
        from .play_job import play_job

        return play_job(
            engine,
            request["job"],
            give=request.get("give", "digest"),
            record=request.get("record", False),
            until=request.get("until"),
            chain=request.get("chain", False),
            curve=request.get("curve", False),
            window=request.get("window"),
        )
    if request["do"] == "job_case":
        from .replay_case import case_answer

        return case_answer(engine, request["job"], request["given"], request.get("first", 0))
    if request["do"] == "record":
        from .records.making import make_record

        return make_record(engine, request["job"], request.get("folder"))
    from .play import play

    return play(
        engine,
        request["case"],
        columns=request.get("columns", False),
        states=request.get("states", False),
        resume=request.get("resume"),
    )


def _out_of_date(backend: str) -> list[str]:
    """Say what makes an installed build unfit, such as sources that changed after it was made."""
    from fillproof import backends

    status = backends.status(backend)
    return [] if status.ok else [f"{status.state}: {status.detail}; cure: {status.cure}"]


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


if __name__ == "__main__":
    sys.exit(main())
