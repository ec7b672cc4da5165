"""Plays a question, a case or a job, on whatever engine it is given, again and again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fillproof
from fillproof._face import FACE

from ..outcome import Outcome

__all__ = ["Play", "Specs", "player"]

Play = Callable[[Any], Outcome]
Specs = Callable[[Any], Any]


def player(request: dict[str, Any]) -> tuple[Play, Specs]:
    """Give what plays the question on an engine, and what makes its specifications."""
    if "job" in request:
        return _job_player(request["job"], request.get("until"))
    from ..build import specs_of

    name = "run" if "run" in request else "case"
    asked = request[name]
    config = asked["config"]

    def specs(engine: Any) -> Any:
        return specs_of(engine, config) if config.get("spec") else {}

    if name == "run":
        from ..whole import play_whole

        return (lambda engine: play_whole(engine, asked, trace=True)), specs
    from ..play import play

    return (lambda engine: play(engine, asked)), specs


def _job_player(job: dict[str, Any], until: int | None) -> tuple[Play, Specs]:
    from ..jobs import Job
    from ..play_job import play_job

    settings = Job.from_plain(job).settings
    fields = settings.spec_fields(settings.symbol or "EURUSD")

    def play_it(engine: Any) -> Outcome:
        outcome = play_job(engine, job, give="all", until=until)
        _forget(Path(job["folder"]))
        return outcome

    return play_it, lambda engine: {fields.symbol: engine.SymbolSpec(**fields._asdict())}


def _forget(folder: Path) -> None:
    """Forget the user's modules and the classes that they were handed, so that each run is new."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name != "__main__" and not name.startswith(("swap_", "fillproof", "pyengine")):
            path = Path(file).resolve()
            if path.is_relative_to(folder.resolve()) and "site-packages" not in path.parts:
                del sys.modules[name]
    for name in FACE:
        vars(fillproof).pop(name, None)
