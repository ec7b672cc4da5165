"""A sweep on a dask cluster: the candles are sent once, combinations in chunks.

A chunk is a pure function of the candles and its places in the grid, so one whose worker died runs
again elsewhere and gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from time import monotonic
from typing import Any

import pyarrow as pa

from fillproof.sweeps import running
from fillproof.sweeps.grid import Grid
from fillproof.sweeps.sending import aligned, candles_of
from fillproof.sweeps.work import Rows, Sides, Work, open_sides

__all__ = ["run"]

#: Combinations of the first chunks; later ones take as long as `_SECONDS`.
_FIRST = 16
_MOST = 32_768
_SECONDS = 2.0
#: Chunks that wait for each worker, so that none stands still.
_WAITING = 2
#: How often the caller is told, and interrupts are seen.
_PAUSE = 0.05


def run(
    work: Work,
    sides: Sides,
    grid: Grid,
    places: Iterable[int],
    client: Any,
    told: Callable[[int], None] | None,
) -> Iterator[Rows]:
    """Run the combinations at some places on a cluster; see `fillproof.sweeps.running.run`.

    Parameters
    ----------
    client : dask.distributed.Client
        Workers have to have Fillproof, with the backend, and what the strategy comes from.

    Yields
    ------
    Rows
    """
    from distributed import wait

    columns = tuple(candles_of(side) for side in sides)
    # Held by each worker once, however many chunks it runs.
    shared = client.scatter((work, columns), broadcast=True, hash=False)
    todo = iter(places)
    waiting: dict[Any, int] = {}
    size, done = _FIRST, 0
    failed: tuple[int, Exception] | None = None
    try:
        while True:
            # Asked anew: workers come and go.
            room = _WAITING * max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
            while failed is None and len(waiting) < room and (chunk := list(islice(todo, size))):
                combinations = [(place, grid[place]) for place in chunk]
                future = client.submit(_chunk, shared, combinations, pure=False)
                waiting[future] = len(chunk)
            if not waiting:
                break
            ended = [future for future in waiting if future.done()]
            if not ended:
                wait_a_while(wait, list(waiting))
            for future in ended:
                count = waiting.pop(future)
                batch, error, took = future.result()
                done += batch.num_rows
                if error is not None and (failed is None or error[0] < failed[0]):
                    failed = error
                size = min(max(int(count * _SECONDS / max(took, 1e-3)), 1), 2 * size, _MOST)
                yield Rows(batch)
            if told is not None:
                told(done)
    except KeyboardInterrupt as interrupt:
        yield Rows(work.rows([], []), interrupted=interrupt)
        return
    finally:
        for future in waiting:
            future.cancel()
    if failed is not None:
        yield Rows(work.rows([], []), failed=failed)


def wait_a_while(wait: Any, futures: list[Any]) -> None:
    """Wait until one of the futures is done, or for a while."""
    from distributed import TimeoutError as Expired

    try:
        wait(futures, timeout=_PAUSE, return_when="FIRST_COMPLETED")
    except (Expired, TimeoutError):
        return


#: The candles of the last chunk as they were sent, and as the engine takes them.
_opened: tuple[Any, str, Sides] | None = None


def _open(columns: tuple[Any, ...], backend: str) -> Sides:
    """Bring candles into the engine's form once for each worker, not once for each chunk."""
    global _opened  # noqa: PLW0603 - one sweep at a time
    held = _opened
    if held is None or held[0] is not columns or held[1] != backend:
        bid, ask = (aligned(side) for side in columns)
        _opened = held = (columns, backend, open_sides(bid, ask, backend))
    return held[2]


def _chunk(
    shared: tuple[Work, tuple[Any, ...]], combinations: list[tuple[int, Mapping[str, Any]]]
) -> tuple[pa.RecordBatch, tuple[int, Exception] | None, float]:
    """Run a chunk on a worker; rows, the first failure, and how long it took."""
    work, columns = shared
    began = monotonic()
    sides = _open(columns, work.backend)
    listed = dict(combinations)
    made = list(running.run(work, sides, listed, listed, 1, None))
    table = pa.Table.from_batches([rows.batch for rows in made], work.schema).combine_chunks()
    batch = (table.to_batches() or [work.rows([], [])])[0]
    failed = next((rows.failed for rows in made if rows.failed is not None), None)
    return batch, failed, monotonic() - began
