"""Writes the files of a record, in the process that ran the job: `{"do": "record"}` of a worker.

Tables and trace need not go through a pipe then, and the process is provably of one backend.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from fillproof import backends, golden, intake
from fillproof import outcome as outcomes
from fillproof.digest import digest

from ..isolation import family
from ..jobs import Job
from ..lints.rule_changes import texts
from ..outcome import describe_error
from ..play_job import Run
from ..wire import dumps
from .chain import Chain, chain
from .question import digest_of, question_of_job
from .trace_file import write_trace

__all__ = ["CHAIN", "GIVEN", "TRACE", "make_record"]

CHAIN = "chain.bin"
GIVEN = "given.jsonl"
TRACE = "trace.parquet"


def make_record(engine: Any, job: dict[str, Any], folder: str | None) -> dict[str, Any]:
    """Run a job and describe it; write its files where a folder is named.

    Parameters
    ----------
    engine
        The backend's package.
    job
        What `Job.plain` gave.
    folder
        An empty folder for result tables, signals, chain and trace.

    Returns
    -------
    dict
        `question`, `outputs`, `rules` (id to count), `engine` (digest of each loaded module) and
        `error`, None where all went well.
    """
    try:
        asked = Job.from_plain(job)
        run = Run(engine, asked, traced=True, until=None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run.loop.run()
        result = _result(engine, run, asked)
        links = chain(run.tracer.events)
        given = run.keeper.given()
        outputs = {
            **outputs_of(result),
            "chain": links.last,
            "signals_given": len(given["signals"]),
            "asked": run.keeper.asked,
        }
        outputs["events"] = len(run.tracer.events)
        if folder is not None:
            _write(Path(folder), result, links, given, run.tracer.events)
        sides = run.pair.bid, run.pair.ask
        return {
            "question": question_of_job(asked, result.config, sides),
            "outputs": outputs,
            "rules": _counted(run.tracer.events),
            "error": None,
        }
    except Exception as error:  # noqa: BLE001  (whatever a run raises is its answer)
        return {"error": describe_error(error)}


def _write(
    folder: Path, result: Any, links: Chain, given: dict[str, Any], events: list[dict[str, Any]]
) -> None:
    result.save(folder)
    (folder / CHAIN).write_bytes(links.to_bytes())
    lines = [dumps({"bar": bar, **signal}) + "\n" for bar, signal in given["signals"]]
    (folder / GIVEN).write_text("".join(lines), encoding="utf-8", newline="\n")
    write_trace(folder / TRACE, events)


def outputs_of(result: Any) -> dict[str, Any]:
    """Give the digests of a result, whole and table by table."""
    record = result.record()
    names = sorted(record["rows"])
    tables = {name: result.table(name) for name in names}
    return {
        "digest": record["digest"],
        "digest_aside": record["digest_aside"],
        "tables": {name: digest(tables, [name]) for name in names},
        "rows": record["rows"],
        "summary": record["summary"],
    }


def rules_in_force() -> dict[str, Any]:
    """Name the version of the rules, and the digest of what they say here."""
    return {"version": golden.rules_version(), "digest": digest_of(texts(golden.FOLDER))}


def _result(engine: Any, run: Run, job: Job) -> Any:
    name = family(engine.EventEngine.__module__) or ""
    bid, ask = run.candles
    start = job.settings.start or intake.time_of(bid, 0)
    config = {
        "symbol": run.pair.symbol,
        "timeframe": run.pair.timeframe,
        "bars": len(bid),
        "start": start.isoformat(),
        "strategy": intake.describe_strategy(_given_strategy(run), engine),
        "position_manager": intake.fields_of(run.manager),
        **outcomes.describe(run.executor, run.portfolio, run.pair.symbol),
    }
    return outcomes.collect(
        run.executor,
        run.portfolio,
        backend=name,
        build=backends.info_of(name, engine),
        config=config,
        notes=[run.pair.note],
        crossed_bars=outcomes.crossed_counter(engine, bid, ask),
        candles=run.candles,
    )


def _given_strategy(run: Run) -> Any:
    """Look behind what stands before the user's strategy, the engine's own wrapper included."""
    driven = run.keeper.strategy
    kind = type(driven)
    if kind.__name__ in {"StrategyWrapper", "FunctionStrategy"}:
        return getattr(driven, "strategy", None) or getattr(driven, "evaluate", driven)
    return driven


def _counted(events: list[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for event in events:
        rule = event["rule"]
        if rule:
            counts[rule] = counts.get(rule, 0) + 1
    return dict(sorted(counts.items()))
