"""In which order and where the combinations of a sweep run: threads, processes or one by one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context
from time import monotonic
from typing import Any

from fillproof.intake import candles
from fillproof.sweeps.grid import Grid
from fillproof.sweeps.sending import aligned, candles_of
from fillproof.sweeps.work import Rows, Sides, Work

__all__ = ["cores", "run"]

#: Combinations of the first native call; later ones take as many as fit into `_SECONDS`.
_FIRST = 256
_MOST = 4096
_SECONDS = 1.0
#: Rows of the other ways that are handed over together, or after so many seconds.
_ROWS = 256

Combination = tuple[int, Mapping[str, Any]]


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    work: Work,
    sides: Sides,
    grid: Grid | Mapping[int, Mapping[str, Any]],
    places: Iterable[int],
    workers: int | None,
    told: Callable[[int], None] | None,
) -> Iterator[Rows]:
    """Run the combinations at some places, and hand over rows as they are done.

    Parameters
    ----------
    work : Work
    sides : Sides
    grid : Grid or mapping of int to parameters
    places : iterable of int
    workers : int, optional
        Threads for what Rust runs without Python (by default as many as there are cores), else
        processes (by default none but this one).
    told : callable, optional
        Called with the number of combinations done so far, now and then.

    Yields
    ------
    Rows
        In any order of their places; with an error or an interrupt, the last ones.
    """
    todo: Iterator[Combination]
    todo = grid.at(places) if isinstance(grid, Grid) else ((at, grid[at]) for at in places)
    first = next(todo, None)
    if first is None:
        return
    todo = chain([first], todo)
    if work.is_native(first[1]):
        yield from _natively(work, sides, todo, workers or cores(), told)
    elif workers is None or workers == 1:
        yield from _one_by_one(work, sides, todo, told)
    else:
        yield from _in_processes(work, sides, todo, workers, told)


def _natively(
    work: Work,
    sides: Sides,
    todo: Iterator[Combination],
    workers: int,
    told: Callable[[int], None] | None,
) -> Iterator[Rows]:
    done, size = 0, _FIRST
    while combinations := list(islice(todo, size)):
        began = monotonic()
        rows = work.run_native(sides, combinations, workers, told and partial(_after, told, done))
        if rows is None:
            yield from _one_by_one(work, sides, iter(combinations), told, done)
            done += len(combinations)
            continue
        done += rows.batch.num_rows
        yield rows
        if rows.failed or rows.interrupted:
            return
        # Many at a time share more; few lose less when the machine stops.
        took = monotonic() - began
        fits = int(len(combinations) * _SECONDS / max(took, 1e-3))
        size = min(max(fits, workers), _MOST)


def _after(told: Callable[[int], None], before: int, count: int) -> None:
    told(before + count)


def _one_by_one(
    work: Work,
    sides: Sides,
    todo: Iterator[Combination],
    told: Callable[[int], None] | None,
    done: int = 0,
) -> Iterator[Rows]:
    kept: list[Combination] = []
    rows: list[dict[str, Any]] = []
    began = monotonic()
    for place, parameters in todo:
        try:
            rows.append(work.run_one(sides, parameters))
            kept.append((place, parameters))
            done += 1
            if told is not None:
                told(done)
        except Exception as error:  # noqa: BLE001 - it is raised once what is done is safe
            yield Rows(work.rows(kept, rows), failed=(place, error))
            return
        except KeyboardInterrupt as interrupt:
            # The row may be there while its combination is not yet.
            yield Rows(work.rows(kept, rows[: len(kept)]), interrupted=interrupt)
            return
        if len(kept) >= _ROWS or monotonic() - began > _SECONDS:
            yield Rows(work.rows(kept, rows))
            kept, rows, began = [], [], monotonic()
    if kept:
        yield Rows(work.rows(kept, rows))


def _in_processes(
    work: Work,
    sides: Sides,
    todo: Iterator[Combination],
    workers: int,
    told: Callable[[int], None] | None,
) -> Iterator[Rows]:
    """Run in processes, to each of which work and candles are sent once."""
    columns = [candles_of(side) for side in sides]
    pool = ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_open, initargs=(work, *columns)
    )
    waiting: dict[Future[dict[str, Any]], Combination] = {}
    kept: list[Combination] = []
    rows: list[dict[str, Any]] = []
    done = 0
    failed: tuple[int, Exception] | None = None
    try:
        while True:
            while len(waiting) < 2 * workers and failed is None:
                combination = next(todo, None)
                if combination is None:
                    break
                waiting[pool.submit(_run, combination[1])] = combination
            if not waiting:
                break
            for future in wait(waiting, timeout=_SECONDS, return_when=FIRST_COMPLETED).done:
                combination = waiting.pop(future)
                error = future.exception()
                if isinstance(error, Exception):
                    if failed is None or combination[0] < failed[0]:
                        failed = (combination[0], error)
                    continue
                rows.append(future.result())
                kept.append(combination)
                done += 1
            if told is not None:
                told(done)
            if len(kept) >= _ROWS:
                yield Rows(work.rows(kept, rows))
                kept, rows = [], []
    except KeyboardInterrupt as interrupt:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 - no public way
            process.terminate()
        yield Rows(work.rows(kept, rows[: len(kept)]), interrupted=interrupt)
        return
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    yield Rows(work.rows(kept, rows), failed=failed)


_held: tuple[Work, Sides] | None = None


def _open(work: Work, bid: Any, ask: Any) -> None:
    """Take in, in a process of a sweep, what its runs share."""
    global _held  # noqa: PLW0603 - one sweep for each process
    # As many processes as the user wants have the cores; a run of one of them takes no thread more.
    os.environ["FILLPROOF_THREADS"] = "1"
    # Only the process that the user sees decides what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    engine = work.engine()
    _held = (work, Sides(candles(aligned(bid), engine), candles(aligned(ask), engine)))


def _run(parameters: Mapping[str, Any]) -> dict[str, Any]:
    assert _held is not None, "Invariant: the process was opened"
    work, sides = _held
    return work.run_one(sides, parameters)
