"""Writes the smallest example that fails, so that anybody can run it again."""

from __future__ import annotations

import shlex
from pathlib import Path

from ..jobs import Job
from ..wire import dumps
from .loop import Fuzzing
from .source import Source
from .toml_text import settings_text

__all__ = ["command", "save"]


def command(done: Fuzzing, job: Job, folder: Path) -> str:
    """Say how to repeat what was found.

    Parameters
    ----------
    done
        With a finding.
    job
        The example's.
    folder
        Where it was saved.
    """
    config = str(folder / "job.toml")
    kind = "" if done.found is None else done.found.kind
    # Modules are looked for where the command is called.
    where = [] if job.folder == Path.cwd() else ["cd", str(job.folder), "&&"]
    if kind == "look-ahead":
        words = ["fillproof", "lookahead", "--config", config]
    elif kind == "audit":
        out = str(folder / "run")
        words = ["fillproof", "run", "--config", config, "--out", out]
    else:
        candidate = done.labels[-1] if done.found is None else done.found.candidate
        if candidate == done.labels[0] and len(done.labels) > 1:
            candidate = done.labels[1]
        words = ["fillproof", "verify", "--config", config, "--reference", done.labels[0]]
        words += ["--candidate", candidate]
    return " ".join(word if word == "&&" else shlex.quote(word) for word in (*where, *words))


def save(done: Fuzzing, source: Source, folder: Path) -> tuple[list[str], str]:
    """Write candles, settings, the case where there is one, and the command.

    Returns
    -------
    tuple
        The files' names, and the command that repeats what was found.
    """
    if done.example is None or done.found is None:
        raise ValueError("nothing was found, so there is nothing to save")
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    job = done.example.job(source, folder)
    names = ["bid.csv", "ask.csv", "job.toml"]
    (folder / "job.toml").write_text(settings_text(job.settings, folder), encoding="utf-8")
    if done.found.case is not None:
        names.append("case.json")
        text = dumps(done.found.case, indent=1) + "\n"
        (folder / "case.json").write_text(text, encoding="utf-8")
    again = command(done, job, folder)
    if done.found.report is not None:
        done.found.report["command"] = again
        names.append("divergence.json")
        text = dumps(done.found.report, indent=1) + "\n"
        (folder / "divergence.json").write_text(text, encoding="utf-8")
    told = [again, f"{done.found.kind}: {done.found}"]
    (folder / "again.txt").write_text("\n".join(told) + "\n", encoding="utf-8")
    return [*names, "again.txt"], again
