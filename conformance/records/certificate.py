"""Certificates: what a run was made of and what came of it, for others to run again.

A certificate convinces nobody by itself, since whoever writes it can write anything.  `verify`
takes the data, the configuration and the strategy that the reader has, holds them against it part
by part, runs them again, by default on another implementation than the one that made it, and holds
the results against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fillproof import __version__, backends

from ..isolation import proof
from ..jobs import Job
from .making import outputs_of, rules_in_force
from .pins import made_by, read_pin, seal, write_pin
from .question import question_of_result, question_parts
from .record import Connect, Record, ask_record, changed_files, is_record

__all__ = ["SCHEMA", "Verified", "certify_record", "certify_result", "read", "verify", "write"]

SCHEMA = "fillproof-certificate"
ANSWERS = {0: "same", 1: "different", 2: "not proven", 3: "error"}
_OUTPUTS = ("digest", "digest_aside", "chain")
# In the order in which a sceptic would like to have it: another language first.
_OTHERS = {"python": "rust", "rust": "python", "cython": "rust"}


@dataclass
class Verified:
    """What came of running a certificate again.

    Attributes
    ----------
    maker
        Backend that the certificate names as its maker.
    backend
        Backend that ran it again.
    question
        Parts of data, configuration and strategy that are not the certificate's, in words.
    result
        Results that are not the certificate's, in words.
    doubts
        Why the proof is weaker than it might be.
    """

    maker: str
    backend: str
    question: list[str] = field(default_factory=list)
    result: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 same, 1 different (any part), 2 not proven (the same implementation ran)."""
        if self.question or self.result:
            return 1
        return 2 if self.doubts else 0

    def plain(self) -> dict[str, Any]:
        """Give all of it as JSON values."""
        return {
            "answer": ANSWERS[self.exit_code],
            "exit_code": self.exit_code,
            "made_by": self.maker,
            "run_again_by": self.backend,
            "compared": self.compared,
            "question": self.question,
            "result": self.result,
            "doubts": self.doubts,
        }

    def told(self) -> str:
        """Say it in lines."""
        lines = [f"made by {self.maker}, run again by {self.backend}"]
        lines += [f"not what was certified: {part}" for part in self.question]
        lines += [f"result differs: {part}" for part in self.result]
        lines += [f"not proven: {doubt}" for doubt in self.doubts]
        if not (self.question or self.result):
            lines.append(f"the same: {', '.join(self.compared)}")
        lines.append(ANSWERS[self.exit_code])
        return "\n".join(lines)


def certify_record(record: Record) -> dict[str, Any]:
    """Make the certificate of a record.

    Raises
    ------
    ValueError
        A file of the record was changed since it was made.
    """
    changed = changed_files(record)
    if changed:
        raise ValueError(f"{record.folder}: {', '.join(changed)} since the record was made")
    kept = ("made_by", "rules", "question", "outputs")
    return _certificate({name: record.pin[name] for name in kept})


def certify_result(result: Any) -> dict[str, Any]:
    """Make the certificate of a result that `run_backtest` has just given.

    Raises
    ------
    ValueError
        The result was loaded from disk, is one over several symbols, or its strategy has no source
        file.
    """
    candles = result.candles
    if candles is None or result.strategy_module is None:
        raise ValueError(
            "a result that was loaded or pickled, or one over several symbols, does not know what "
            "it was made from: certify the result of run_backtest where it is made"
        )
    sides = candles[0], candles[1]
    namespace = backends.load(result.backend)
    identity = proof(result.backend, namespace)
    return _certificate(
        {
            "made_by": made_by(result.backend, identity),
            "rules": rules_in_force(),
            "question": question_of_result(result.config, sides, result.strategy_module),
            "outputs": outputs_of(result),
        }
    )


def certify_folder(
    folder: Path, job: Job | None, *, seconds: float, connect: Connect | None = None
) -> dict[str, Any]:
    """Make the certificate of a folder; what `run --out` wrote needs the job that it came from.

    The job runs again on the backend of the result, since nothing else shows that it is the one.

    Raises
    ------
    ValueError
        The folder cannot be read, or the job does not give its results.
    """
    from fillproof.results import BacktestResult

    if is_record(folder):
        return certify_record(Record.read(folder))
    result = BacktestResult.load(folder)
    if job is None:
        raise ValueError(
            f"{folder} does not say what it was made from: name it by --config, --strategy, --bid, "
            "--ask or --data as it was run, or record the run: fillproof record"
        )
    told = ask_record(job, result.backend, seconds=seconds, connect=connect)
    if told["outputs"]["digest"] != result.digest:
        raise ValueError(
            f"{job.label} on {result.backend} gives the digest {told['outputs']['digest'][:16]}, "
            f"{folder} has {result.digest[:16]}: it was made from something else"
        )
    return _certificate({name: told[name] for name in ("made_by", "rules", "question", "outputs")})


def verify(
    certificate: dict[str, Any],
    job: Job,
    *,
    backend: str | None = None,
    result: Path | None = None,
    seconds: float = 600.0,
    connect: Connect | None = None,
) -> Verified:
    """Hold a certificate against what the reader has, and run it again.

    Parameters
    ----------
    certificate
        What `read` gave.
    job
        Strategy, data and settings as the reader has them.
    backend
        Which one runs again; by default another implementation than the maker's.
    result
        A folder that is said to hold the certified results.
    seconds
        How long the run may take.
    connect
        How a process is started.

    Raises
    ------
    ValueError
        The run fails, or `result` cannot be read.
    """
    maker = str(certificate["made_by"]["backend"])
    backend = backend or _OTHERS.get(maker, "python")
    found = Verified(maker, backend)
    if result is not None:
        _against_folder(found, certificate, result)
    told = ask_record(job, backend, seconds=seconds, connect=connect)
    found.question += question_parts(told["question"], certificate["question"])
    rules = certificate["rules"], told["rules"]
    if rules[0] != rules[1]:
        same = rules[0]["version"] == rules[1]["version"]
        found.doubts.append(
            "the registry of rules is another one, though its version has the same number"
            if same
            else f"certified under rules version {rules[0]['version']}, run again under "
            f"{rules[1]['version']}"
        )
    _against_outputs(found, certificate["outputs"], told["outputs"], f"run again on {backend}")
    if told["made_by"]["engine"] == certificate["made_by"]["engine"]:
        found.doubts.append(
            f"{backend} is the very build that made it: it ran again, but nobody else did"
        )
    return found


def write(path: Path, certificate: dict[str, Any]) -> None:
    """Write a certificate as canonical JSON."""
    write_pin(path, certificate)


def read(path: Path) -> dict[str, Any]:
    """Read a certificate; ValueError where it is none, or was changed after it was sealed."""
    return read_pin(path, SCHEMA)


def _certificate(told: dict[str, Any]) -> dict[str, Any]:
    return seal({**told, "schema": SCHEMA, "version": 1, "fillproof": __version__})


def _against_outputs(
    found: Verified, mine: dict[str, Any], other: dict[str, Any], where: str
) -> None:
    # A result made from Python keeps no trace, so that its certificate has no chain.
    for name in _OUTPUTS:
        if name in mine and name in other:
            if name not in found.compared:
                found.compared.append(name)
            if mine[name] != other[name]:
                found.result.append(
                    f"{where}: {name} {other[name][:16]}, certified {mine[name][:16]}"
                )
    for name in sorted({*mine["tables"], *other["tables"]}):
        if mine["tables"].get(name) != other["tables"].get(name):
            rows = mine["rows"].get(name), other["rows"].get(name)
            told = "" if rows[0] == rows[1] else f": {rows[1]} rows, certified {rows[0]}"
            found.result.append(f"{where}: table {name} differs{told}")
    if mine["summary"] != other["summary"]:
        names = sorted(
            key
            for key in {*mine["summary"], *other["summary"]}
            if mine["summary"].get(key) != other["summary"].get(key)
        )
        found.result.append(f"{where}: summary, {', '.join(names)}")


def _against_folder(found: Verified, certificate: dict[str, Any], folder: Path) -> None:
    from fillproof.results import BacktestResult

    if is_record(folder):
        changed = changed_files(Record.read(folder))
        found.result += [f"{folder}: {what}" for what in changed]
        if changed:
            return
    told = outputs_of(BacktestResult.load(folder))
    _against_outputs(found, certificate["outputs"], told, str(folder))
