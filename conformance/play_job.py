"""Plays a job on a backend: the user's strategy itself, on the user's candles."""

from __future__ import annotations

import warnings
from typing import Any

from fillproof import backends, cli_run, intake, own_modules
from fillproof import outcome as outcomes

from .given_signals import Keeper
from .isolation import family
from .job_trace import JobTrace
from .jobs import Job
from .outcome import Outcome, describe_error, read_run
from .records.chain import Chain
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
    trace
        What is kept of the trace where it is not kept whole, else None.
    """

    def __init__(
        self,
        engine: Any,
        job: Job,
        *,
        traced: bool,
        until: int | None,
        window: tuple[int, int] | None = None,
        whole: bool = True,
    ) -> None:
        # A worker that runs another build than the installed one must not go by the installed.
        name = family(engine.EventEngine.__module__) or str(engine.build_info()["backend"])
        backends.hold(name, engine)
        self.pair, strategy, self.executor = cli_run.prepare(job.settings, engine, job.folder)
        # A strategy compiled in Rust runs in the engine that it was compiled with.
        engine = own_modules.behind(strategy, engine)
        self.portfolio = self.executor.portfolio
        self.tracer: Any = engine.Tracer() if traced else None
        bid, ask = self.pair.bid[:until], self.pair.ask[:until]
        self.candles = intake.candles(bid, engine), intake.candles(ask, engine)
        self.keeper = Keeper(intake.strategy(strategy, engine))
        self.manager = self.keeper.position_manager
        bid, ask = self.candles
        first = intake.time_of(bid, 0) if len(bid) else None
        keywords = {"tracer": self.tracer} if traced else {}
        self.trace = (
            None if whole else JobTrace(self.tracer, self.executor, len(bid), window=window)
        )
        self.loop = engine.EventEngine(
            bid,
            ask,
            self.keeper,
            self.executor,
            self.portfolio,
            {self.pair.timeframe: {"bid": bid, "ask": ask}},
            self.pair.symbol,
            self.trace,
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
    curve: bool = False,
    window: list[int] | None = None,
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
        users read, as for a case; `events`: those of the bars of `window`, and as `opening` the
        state before them.
    record
        Answer with the signals as they were given, too.
    until
        Only so many bars of the candles are there.
    chain
        Answer with every link of the chained digest, not the last alone (`records.chain`).
    curve
        Answer with time and equity of every bar, too.
    window
        First bar, and the one after the last, of the events to give.
    """
    run = None
    failure = None
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run = Run(
                engine,
                Job.from_plain(job),
                traced=True,
                until=until,
                window=None if window is None else (window[0], window[1]),
                whole=give == "all",
            )
            run.loop.run()
    except Exception as error:  # noqa: BLE001  (whatever a run raises is its answer)
        failure = describe_error(error)
    if run is None:
        return {"events": [], "error": failure}
    answer, links = _answer(run, give)
    answer["error"] = failure
    answer["warnings"] = [f"{item.category.__name__}: {item.message}" for item in caught]
    told: dict[str, Any] = {
        "asked": run.keeper.asked,
        "bars": len(run.candles[0]),
        "signals_given": len(run.keeper.signals),
        "chain": links.last,
    }
    if chain:
        told["links"] = {"first": links.first, "links": links.hexes()}
    if record:
        told["given"] = run.keeper.given()
    if curve:
        columns = plain(run.portfolio.equity_columns())
        told["curve"] = {name: columns[name] for name in ("time_us", "equity")}
    answer.update(told)  # type: ignore[typeddict-item]
    return answer


def _answer(run: Run, give: str) -> tuple[Outcome, Chain]:
    """Give what was asked for, and the chain of the run."""
    if run.trace is None:
        whole = read_run(run.executor, run.portfolio, run.tracer, run.manager, run.loop)
        return whole, chain_of(run.tracer.events)
    run.trace.drain()
    answer: Any = {}
    if give == "events":
        answer = {"events": run.trace.events, "opening": run.trace.opening}
    else:
        answer = _digest(run)
        answer["rules"] = dict(sorted(run.trace.rules.items()))
    return answer, run.trace.chain()


def _digest(run: Run) -> Outcome:
    result = run.result()
    return {
        "digest": result.digest,
        "counts": {name: table.num_rows for name, table in result.tables.items()},
        "rejected": sum(result.rejections.values()),
        "final": {name: repr(float(result.exact[name])) for name in _FINAL},
        "summary": plain(result.summary),
    }
