"""Plays a job on a backend: the user's strategy itself, on the user's candles."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

from fillproof import backends, cli_run, intake
from fillproof import outcome as outcomes

from .given_signals import Keeper
from .isolation import family
from .jobs import Job
from .outcome import Outcome, describe_error, read_run
from .records.chain import chain as chain_of
from .wire import plain

__all__ = ["Run", "play_job", "run_job"]

_FINAL = ("cash", "equity", "total_fees", "max_drawdown", "max_drawdown_worst")


class Run:
    """A job that has run, or has failed on the way.

    Attributes
    ----------
    executor, portfolio, tracer, loop
        The engine's objects.
    keeper
        What stood before the strategy: number of evaluations, signals as they were given.
    manager
        The position manager that the loop found, or None.
    """

    def __init__(self, engine: Any, job: Job, *, traced: bool, until: int | None) -> None:
        # A worker that runs another build than the installed one must not go by the installed.
        name = family(engine.EventEngine.__module__) or ""
        backends.hold(name, engine)
        self.pair, strategy, self.executor = cli_run.prepare(job.settings, engine, job.folder)
        self.portfolio = self.executor.portfolio
        self.tracer: Any = engine.Tracer() if traced else None
        bid, ask = self.pair.bid[:until], self.pair.ask[:until]
        self.candles = intake.candles(bid, engine), intake.candles(ask, engine)
        self.keeper = Keeper(intake.strategy(strategy, engine))
        self.manager = self.keeper.position_manager
        bid, ask = self.candles
        first = intake.time_of(bid, 0) if len(bid) else None
        keywords = {"tracer": self.tracer} if traced else {}
        self.loop = engine.EventEngine(
            bid,
            ask,
            self.keeper,
            self.executor,
            self.portfolio,
            {self.pair.timeframe: {"bid": bid, "ask": ask}},
            self.pair.symbol,
            None,
            job.settings.start or first,
            **keywords,
        )
        self._name = name

    def result(self) -> Any:
        """Give the tables that users get."""
        return outcomes.collect(
            self.executor,
            self.portfolio,
            backend=self._name,
            build={},
            config={},
            notes=[],
            crossed_bars=int,
        )


def run_job(engine: Any, job: Job, *, traced: bool = True, until: int | None = None) -> Run:
    """Run a job to its end; what goes wrong is raised.

    Parameters
    ----------
    engine
        The backend's package.
    job
        What to run.
    traced
        Whether the trace is kept.
    until
        Only so many bars of the candles are there.
    """
    run = Run(engine, job, traced=traced, until=until)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run.loop.run()
    return run


def play_job(
    engine: Any,
    job: dict[str, Any],
    *,
    give: str = "digest",
    record: bool = False,
    until: int | None = None,
    chain: bool = False,
) -> Outcome:
    """Run a job and answer in plain values; an exception becomes `error`.

    Parameters
    ----------
    engine
        The backend's package.
    job
        What `Job.plain` gave.
    give
        `digest`: digest, counts, rules, final figures; `all`: trace, state and everything that
        users read, as for a case.
    record
        Answer with the signals as they were given, too.
    until
        Only so many bars of the candles are there.
    chain
        Answer with every link of the chained digest, not the last alone (`records.chain`).
    """
    run = None
    failure = None
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run = Run(engine, Job.from_plain(job), traced=True, until=until)
            run.loop.run()
    except Exception as error:  # noqa: BLE001  (whatever a run raises is its answer)
        failure = describe_error(error)
    if run is None:
        return {"events": [], "error": failure}
    if give == "all":
        answer = read_run(run.executor, run.portfolio, run.tracer, run.manager, run.loop)
    else:
        answer = _digest(run)
    answer["error"] = failure
    answer["warnings"] = [f"{item.category.__name__}: {item.message}" for item in caught]
    told: dict[str, Any] = {
        "asked": run.keeper.asked,
        "bars": len(run.candles[0]),
        "signals_given": len(run.keeper.signals),
    }
    links = chain_of(run.tracer.events)
    told["chain"] = links.last
    if chain:
        told["links"] = {"first": links.first, "links": links.hexes()}
    if record:
        told["given"] = run.keeper.given()
    answer.update(told)  # type: ignore[typeddict-item]
    return answer


def _digest(run: Run) -> Outcome:
    result = run.result()
    rules = Counter(event["rule"] for event in run.tracer.events if event["rule"])
    return {
        "digest": result.digest,
        "counts": {name: table.num_rows for name, table in result.tables.items()},
        "rejected": sum(result.rejections.values()),
        "final": {name: repr(float(result.exact[name])) for name in _FINAL},
        "summary": plain(result.summary),
        "rules": dict(sorted(rules.items())),
    }
